import type { Clock } from '../clock.ts';

/** A clock that stands still until a test moves it. */
export interface FakeClock extends Clock {
  /** Moves time by `ms`, firing the timers on the way in order and letting promises settle after each. */
  advance(ms: number): Promise<void>;
  /** Moves wall time only, as a correction of the machine's clock does. */
  shiftWall(ms: number): void;
  /** How many timers wait. */
  readonly pending: number;
}

/** Lets promise chains and I/O callbacks that are ready run to their end. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) {
    await new Promise<void>(resolve => setImmediate(resolve));
  }
}

/** A clock at 2026-01-01T00:00:00Z. */
export function createFakeClock(): FakeClock {
  const timers = new Map<number, { at: number; callback: () => void }>();
  let elapsed = 0;
  let wallOffset = Date.UTC(2026, 0, 1);
  let nextId = 0;

  function takeDue(until: number): { at: number; callback: () => void } | undefined {
    let first: number | undefined;
    let firstAt = Number.POSITIVE_INFINITY;
    for (const [id, timer] of timers) {
      if (timer.at <= until && timer.at < firstAt) {
        first = id;
        firstAt = timer.at;
      }
    }
    if (first === undefined) return undefined;
    const timer = timers.get(first);
    timers.delete(first);
    return timer;
  }

  return {
    now: () => wallOffset + elapsed,
    monotonic: () => elapsed,
    setTimeout(callback, ms) {
      const id = nextId;
      nextId += 1;
      timers.set(id, { at: elapsed + Math.max(0, ms), callback });
      return () => timers.delete(id);
    },
    async advance(ms) {
      const until = elapsed + ms;
      await settle();
      for (let timer = takeDue(until); timer; timer = takeDue(until)) {
        elapsed = Math.max(elapsed, timer.at);
        timer.callback();
        await settle();
      }
      elapsed = until;
      await settle();
    },
    shiftWall(ms) {
      wallOffset += ms;
    },
    get pending() {
      return timers.size;
    },
  };
}
