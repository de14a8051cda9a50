import type { Freshness } from '../engine/adaptor.ts';
import type { Clock } from '../engine/clock.ts';
import { coalesced } from '../engine/coalesce.ts';
import { createExpiringMap } from './expiring-map.ts';
import { inLaneOfMany } from './lane.ts';

/**
 * Reads that serve every object which asks at the same time. `shared` may be 15 s old; `fresh` was begun after the
 * question.
 */
export interface Listings {
  /** `read` is run at most once at a time for a key; all who ask meanwhile share the next. */
  get<T>(key: string, freshness: Freshness, read: () => Promise<T>): Promise<T>;
  /** Something happened for which a listing is not to be believed, or not to be made, for a while. */
  note(what: string): void;
  /** `what` was noted less than `ms` ago. */
  isRecent(what: string, ms: number): boolean;
}

const SHARED_MS = 15_000;
/** Nothing noted is asked for after this. */
const LONGEST_MS = 60 * 60_000;

export function createListings(clock: Clock): Listings {
  const last = createExpiringMap<Promise<unknown>>(clock, SHARED_MS);
  const together = coalesced<unknown>();
  const noted = createExpiringMap<number>(clock, LONGEST_MS);

  function begin<T>(key: string, read: () => Promise<T>): Promise<T> {
    const result = inLaneOfMany(read);
    last.set(key, result);
    result.catch(() => {
      if (last.get(key) === result) last.delete(key);
    });
    return result;
  }

  return {
    get<T>(key: string, freshness: Freshness, read: () => Promise<T>): Promise<T> {
      const known = freshness === 'shared' ? last.get(key) : undefined;
      return (known ?? together(key, () => begin(key, read))) as Promise<T>;
    },
    note: what => noted.set(what, clock.monotonic()),
    isRecent(what, ms) {
      const at = noted.get(what);
      return at !== undefined && clock.monotonic() - at < ms;
    },
  };
}
