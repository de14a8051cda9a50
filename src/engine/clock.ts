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
