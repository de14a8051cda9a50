import type { Clock } from '../../src/engine/clock.ts';

/** Time that runs as the machine's does and can be moved ahead: what waits for it goes off in order, at once. */
export interface VirtualClock extends Clock {
  /** Moves to when the next timer is due; false when none waits. */
  skip(): boolean;
  advance(ms: number): void;
}

interface Timer {
  readonly due: number;
  readonly callback: () => void;
  real: NodeJS.Timeout;
}

export function createVirtualClock(): VirtualClock {
  let ahead = 0;
  const timers = new Set<Timer>();
  const monotonic = () => performance.now() + ahead;

  function arm(timer: Timer): void {
    timer.real = setTimeout(
      () => {
        timers.delete(timer);
        timer.callback();
      },
      Math.max(0, timer.due - monotonic()),
    );
    timer.real.unref();
  }

  function advance(ms: number): void {
    ahead += ms;
    for (const timer of [...timers].sort((a, b) => a.due - b.due)) {
      clearTimeout(timer.real);
      arm(timer);
    }
  }

  return {
    now: () => Date.now() + ahead,
    monotonic,
    setTimeout(callback, ms) {
      const timer: Timer = { due: monotonic() + ms, callback, real: setTimeout(() => {}, 0) };
      clearTimeout(timer.real);
      timers.add(timer);
      arm(timer);
      return () => {
        clearTimeout(timer.real);
        timers.delete(timer);
      };
    },
    skip() {
      const next = [...timers].reduce(
        (soonest, timer) => Math.min(soonest, timer.due),
        Number.POSITIVE_INFINITY,
      );
      if (next === Number.POSITIVE_INFINITY) return false;
      advance(Math.max(0, next - monotonic()) + 1);
      return true;
    },
    advance,
  };
}
