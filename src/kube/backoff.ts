import type { Clock } from '../engine/clock.ts';

/** Growing waits for one loop. */
export interface BackOff {
  /** The next wait, in ms. */
  next(): number;
}

interface BackOffOptions {
  clock: Clock;
  random: () => number;
}

const baseMs = 800;
const capMs = 30_000;
/** After this long without a wait the growth starts again. */
const resetMs = 120_000;

/**
 * 0.8 s, doubled up to 30 s, each stretched by a random part of itself, from the start again after 2 min of health:
 * client-go's figures for reflectors (tools/cache/reflector.go).
 */
export function createBackOff({ clock, random }: BackOffOptions): BackOff {
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
