import type { Clock } from '../../src/engine/clock.ts';

/** Time that stands still until a test moves it: what waits for it goes off in order, at once. */
export interface VirtualClock extends Clock {
  /** Moves to when the next timer is due; false when none waits. */
  skip(): boolean;
  /** In ms, until the next timer is due; Infinity when none waits. */
  readonly nextIn: number;
  advance(ms: number): void;
  /** The same time for one operator, whose timers end with it. */
  forLife(): LifeClock;
}

export interface LifeClock extends Clock {
  /** Nothing of it holds time up any more: what waits, and whatever waits later, goes off at once. */
  release(): void;
}

interface Timer {
  readonly due: number;
  readonly callback: () => void;
}

export function createVirtualClock(): VirtualClock {
  const startedAt = Math.floor(Date.now() / 1_000) * 1_000;
  const timers = new Set<Timer>();
  let elapsed = 0;

  function add(callback: () => void, ms: number): () => void {
    const timer = { due: elapsed + Math.max(0, ms), callback };
    timers.add(timer);
    return () => timers.delete(timer);
  }

  /** Of those due at the same time, the one that was set first. */
  function next(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of timers) if (first === undefined || timer.due < first.due) first = timer;
    return first;
  }

  function advance(ms: number): void {
    const until = elapsed + ms;
    for (let timer = next(); timer !== undefined && timer.due <= until; timer = next()) {
      elapsed = Math.max(elapsed, timer.due);
      timers.delete(timer);
      timer.callback();
    }
    elapsed = until;
  }

  function forLife(): LifeClock {
    const own = new Map<() => void, () => void>();
    let beyond = 0;
    let isReleased = false;
    return {
      now: () => startedAt + elapsed + beyond,
      monotonic: () => elapsed + beyond,
      setTimeout(callback, ms) {
        if (isReleased) {
          beyond += Math.max(0, ms);
          const immediate = setImmediate(callback);
          return () => clearImmediate(immediate);
        }
        function fire(): void {
          own.delete(fire);
          callback();
        }
        const cancel = add(fire, ms);
        own.set(fire, cancel);
        return () => {
          own.delete(fire);
          cancel();
        };
      },
      release() {
        isReleased = true;
        for (const [fire, cancel] of [...own]) {
          cancel();
          fire();
        }
      },
    };
  }

  return {
    now: () => startedAt + elapsed,
    monotonic: () => elapsed,
    setTimeout: add,
    get nextIn() {
      return (next()?.due ?? Number.POSITIVE_INFINITY) - elapsed;
    },
    skip() {
      const timer = next();
      if (timer === undefined) return false;
      advance(Math.max(0, timer.due - elapsed));
      return true;
    },
    advance,
    forLife,
  };
}
