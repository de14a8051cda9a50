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
