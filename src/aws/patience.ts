import type { Clock } from '../engine/clock.ts';
import { createExpiringMap } from './expiring-map.ts';

/** What is not asked for any more is forgotten. */
const FORGOTTEN_MS = 24 * 3_600_000;

/**
 * How long a refusal is taken for AWS not seeing yet what was made a moment ago. AWS says the same of what never comes,
 * so the waiting has an end, counted from the first refusal that this process was given.
 */
export interface Patience {
  /** True until `ms` after the first refusal of `what`. */
  lasts(what: string, ms: number): boolean;
  /** It was taken: a later refusal is waited for anew. */
  done(what: string): void;
}

export function createPatience(clock: Clock): Patience {
  const since = createExpiringMap<number>(clock, FORGOTTEN_MS);
  return {
    lasts(what, ms) {
      const now = clock.monotonic();
      const first = since.get(what) ?? now;
      // Also known: it is asked for still.
      since.set(what, first);
      return now - first < ms;
    },
    done: what => since.delete(what),
  };
}
