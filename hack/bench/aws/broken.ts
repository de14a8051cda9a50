/** Calls that come without the network, and what becomes of those whose connection is to break. */

import type { Answer } from './overlay.ts';
import type { Outcome } from './pipeline.ts';

/** The answer; or the id of an ending that only a connection has: a request that bears it meets nothing else. */
export type Told = { readonly answer: Answer } | { readonly broken: string };

/** Header of a request that is only there to break as was told of it. */
export const BROKEN_HEADER = 'x-bench-broken';

export interface Broken {
  tell(outcome: Outcome): Told;
  /** What nobody told of is reset. */
  take(id: string): Outcome;
}

export function createBroken(): Broken {
  const kept = new Map<string, Outcome>();
  let count = 0;
  return {
    tell(outcome) {
      if (outcome.delivery === 'whole' && outcome.answer !== undefined) return { answer: outcome.answer };
      count += 1;
      kept.set(String(count), outcome);
      return { broken: String(count) };
    },
    take(id) {
      const outcome = kept.get(id);
      kept.delete(id);
      return outcome ?? { delivery: 'reset', faults: [] };
    },
  };
}
