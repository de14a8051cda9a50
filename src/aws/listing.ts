import type { Freshness } from '../engine/adaptor.ts';
import type { Clock } from '../engine/clock.ts';

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

interface Listing {
  readonly at: number;
  readonly result: Promise<unknown>;
}

export function createListings(clock: Clock): Listings {
  const last = new Map<string, Listing>();
  const running = new Map<string, Promise<unknown>>();
  const queued = new Map<string, Promise<unknown>>();
  const noted = new Map<string, number>();

  function begin<T>(key: string, read: () => Promise<T>): Promise<T> {
    const result = read();
    last.set(key, { at: clock.monotonic(), result });
    const settled = result.catch(() => {
      if (last.get(key)?.result === result) last.delete(key);
    });
    running.set(key, settled);
    void settled.then(() => {
      if (running.get(key) === settled) running.delete(key);
    });
    return result;
  }

  /** One read runs; all who ask meanwhile share the next. */
  function fresh<T>(key: string, read: () => Promise<T>): Promise<T> {
    const current = running.get(key);
    if (current === undefined) return begin(key, read);
    const waiting = queued.get(key);
    if (waiting !== undefined) return waiting as Promise<T>;
    const next = current.then(() => {
      queued.delete(key);
      return begin(key, read);
    });
    queued.set(key, next);
    return next;
  }

  return {
    get<T>(key: string, freshness: Freshness, read: () => Promise<T>): Promise<T> {
      const listing = last.get(key);
      if (freshness === 'shared' && listing !== undefined && clock.monotonic() - listing.at < SHARED_MS) {
        return listing.result as Promise<T>;
      }
      return fresh(key, read);
    },
    note(what) {
      const now = clock.monotonic();
      for (const [old, at] of noted) if (now - at >= LONGEST_MS) noted.delete(old);
      noted.set(what, now);
    },
    isRecent(what, ms) {
      const at = noted.get(what);
      return at !== undefined && clock.monotonic() - at < ms;
    },
  };
}
