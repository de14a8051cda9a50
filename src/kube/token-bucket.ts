import type { Clock } from '../engine/clock.ts';

/** Lets `burst` through at once and then one every `refillMs`. */
export interface TokenBucket {
  /** `leaving`: only where so many are left for others. */
  take(leaving?: number): boolean;
}

/** A full bucket. */
export function createTokenBucket(clock: Clock, burst: number, refillMs: number): TokenBucket {
  let tokens = burst;
  let filledAt = clock.monotonic();
  return {
    take(leaving = 0) {
      const now = clock.monotonic();
      tokens = Math.min(burst, tokens + (now - filledAt) / refillMs);
      filledAt = now;
      if (tokens < 1 + leaving) return false;
      tokens -= 1;
      return true;
    },
  };
}
