import type { Clock } from '../engine/clock.ts';

/** Growing waits for one loop. */
export interface BackOff {
  /** The next wait, in ms. */
  next(): number;
}

interface BackOffOptions {
  clock: Clock;
  random: () => number;
  baseMs?: number;
  capMs?: number;
  /** After this long without a wait the growth starts again. */
  resetMs?: number;
}

/**
 * 0.8 s, doubled up to 30 s, each stretched by a random part of itself, from the start again after 2 min of health:
 * client-go's figures for reflectors (tools/cache/reflector.go).
 */
export function createBackOff(options: BackOffOptions): BackOff {
  const { clock, random, baseMs = 800, capMs = 30_000, resetMs = 120_000 } = options;
  let current = baseMs;
  let lastAt = Number.NEGATIVE_INFINITY;
  return {
    next() {
      const now = clock.monotonic();
      if (now - lastAt > resetMs) current = baseMs;
      const wait = current * (1 + random());
      current = Math.min(current * 2, capMs);
      lastAt = now + wait;
      return wait;
    },
  };
}
