import { CloudError } from '../engine/errors.ts';
import type { Listings } from './listing.ts';

/** A type that AWS lists for a whole account or region only, whoever's. */
export interface Whole<T> {
  readonly key: string;
  /** How long AWS may answer with old values after a write; in ms. */
  readonly settleMs: number;
  read(): Promise<{
    readonly items: T;
    readonly pages: number;
    /** How many calls it would take to read by themselves those that are ours. */
    readonly singles: number;
  }>;
}

/** Refused, or dearer than single reads: tried again after this, as all that is refused is. */
const UNSUITABLE_MS = 15 * 60_000;

/**
 * What was listed a moment ago, for all objects that ask. Undefined: the one asked for is to be read by itself, because we
 * wrote it a moment ago, or because listing is refused or does not pay here. What the list lacks may exist all the same.
 */
export async function listed<T>(
  listings: Listings,
  { key, settleMs, read }: Whole<T>,
  asked: string,
): Promise<T | undefined> {
  const unsuitable = `${key} is not listed`;
  const isOff = listings.isRecent(unsuitable, UNSUITABLE_MS);
  if (isOff || listings.isRecent(`${key} ${asked}`, settleMs)) return undefined;
  return listings.get(key, 'shared', async () => {
    try {
      const { items, pages, singles } = await read();
      // A big account of which little is ours.
      if (pages > Math.max(1, singles)) listings.note(unsuitable);
      return items;
    } catch (error) {
      if (!(error instanceof CloudError) || !['Denied', 'Invalid'].includes(error.class)) throw error;
      listings.note(unsuitable);
      return undefined;
    }
  });
}

/** A write of ours: what is listed of it is not believed before AWS has settled. */
export function noteWrite(listings: Listings, { key }: Pick<Whole<unknown>, 'key'>, written: string): void {
  listings.note(`${key} ${written}`);
}
