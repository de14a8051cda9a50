/**
 * Time as everything that waits or measures sees it, so that tests can move it.
 * `now` is wall time in ms since 1970; `monotonic` never goes back and has no fixed start, in ms.
 */
export interface Clock {
  now(): number;
  monotonic(): number;
  /** Calls back once after `ms`; the returned function cancels. */
  setTimeout(callback: () => void, ms: number): () => void;
}

/**
 * The time that settling times are counted by, in ms since 1970: the wall clock as it is now, moved on by the monotonic one.
 * A step of the wall clock (NTP, a machine that was resumed) makes nothing settle too soon, and nothing wait for ever.
 */
export function steadyTime(clock: Pick<Clock, 'now' | 'monotonic'>): () => number {
  const startedAt = clock.now() - clock.monotonic();
  return () => startedAt + clock.monotonic();
}

/** Longest delay of a Node timer (2^31 - 1 ms); a longer one would fire at once (Node.js documentation, Timers). */
const longestTimerMs = 2_147_483_647;

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout(callback, ms) {
    const timer = setTimeout(callback, Math.min(Math.max(0, ms), longestTimerMs));
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms`, or at once when `signal` aborts: the caller asks the signal which of the two it was. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal?.aborted) {
      resolve();
      return;
    }
    function finish(): void {
      cancel();
      signal?.removeEventListener('abort', finish);
      resolve();
    }
    const cancel = clock.setTimeout(finish, ms);
    signal?.addEventListener('abort', finish, { once: true });
  });
}
