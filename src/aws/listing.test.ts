import { expect, test } from 'vitest';
import { systemClock } from '../engine/clock.ts';
import { currentLane, inLane, type Lane } from './lane.ts';
import { createListings } from './listing.ts';

test.each<[Lane, Lane]>([
  ['drift', 'change'],
  ['change', 'change'],
  ['delete', 'delete'],
])(
  'a read that was begun in the lane %s waits in the lane %s: who changed something may join it',
  async (begun, waits) => {
    const listings = createListings(systemClock);
    const read = async () => currentLane();
    const who = await inLane(begun, () => listings.get('all', 'shared', read), 'shop');
    expect(who).toEqual({ lane: waits, flow: 'shop' });
  },
);
