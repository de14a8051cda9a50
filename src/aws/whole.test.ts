import { describe, expect, test } from 'vitest';
import { CloudError } from '../engine/errors.ts';
import { createFakeClock } from '../engine/testing/fake-clock.ts';
import { createListings } from './listing.ts';
import { listed, noteWrite } from './whole.ts';

const A_LIST_MS = 15_000;
const SETTLE_MS = 120_000;
const OFF_MS = 15 * 60_000;

/** A list that answers as told, with the number of times that it was made. */
function account(answer: { pages?: number; singles?: number; error?: CloudError }) {
  const clock = createFakeClock();
  const listings = createListings(clock);
  let made = 0;
  const whole = {
    key: 'roles',
    settleMs: SETTLE_MS,
    async read() {
      made += 1;
      if (answer.error !== undefined) throw answer.error;
      return { items: 'all', pages: answer.pages ?? 1, singles: answer.singles ?? 1 };
    },
  };
  return {
    clock,
    ask: (name: string) => listed(listings, whole, name),
    note: (name: string) => noteWrite(listings, whole, name),
    get made() {
      return made;
    },
  };
}

test('one list serves all who ask within 15 s', async () => {
  const one = account({});
  expect(await Promise.all(['a', 'b', 'c'].map(one.ask))).toEqual(['all', 'all', 'all']);
  await one.clock.advance(A_LIST_MS - 1);
  await one.ask('a');
  expect(one.made).toBe(1);
  await one.clock.advance(1);
  await one.ask('a');
  expect(one.made).toBe(2);
});

test('what we wrote is read by itself until AWS has settled, and others are still served', async () => {
  const one = account({});
  await one.ask('a');
  one.note('a');
  expect([await one.ask('a'), await one.ask('b')]).toEqual([undefined, 'all']);
  await one.clock.advance(SETTLE_MS - 1);
  expect(await one.ask('a')).toBeUndefined();
  await one.clock.advance(1);
  expect(await one.ask('a')).toBe('all');
});

describe('what is not listed again soon', () => {
  test.each<[string, Parameters<typeof account>[0], string | undefined, string | undefined]>([
    ['a page for each of ours', { pages: 3, singles: 3 }, 'all', 'all'],
    ['one page of which nothing is ours', { pages: 1, singles: 0 }, 'all', 'all'],
    ['more pages than ours would take calls', { pages: 4, singles: 3 }, 'all', undefined],
    ['what may not be listed', { error: new CloudError('Denied', 'no') }, undefined, undefined],
    ['what cannot be listed so', { error: new CloudError('Invalid', 'no') }, undefined, undefined],
  ])('%s', async (_, answer, first, later) => {
    const one = account(answer);
    expect(await one.ask('a')).toBe(first);
    await one.clock.advance(OFF_MS - 1);
    const before = one.made;
    expect(await one.ask('a')).toBe(later);
    expect(one.made - before).toBe(later === undefined ? 0 : 1);
    await one.clock.advance(A_LIST_MS);
    expect(await one.ask('a')).toBe(first);
  });
});

test('a list that fails is a failure, and made again by who asks next', async () => {
  const one = account({ error: new CloudError('Throttled', 'slow down') });
  for (const _ of [1, 2]) await expect(one.ask('a')).rejects.toMatchObject({ class: 'Throttled' });
  expect(one.made).toBe(2);
});
