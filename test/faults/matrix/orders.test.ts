import { afterAll, expect, test } from 'vitest';
import { FULL_TIMEOUT_MS, isFull, seed } from '../../../hack/vitest/mode.ts';
import { sampleByName } from '../../../hack/vitest/random.ts';
import { bucket, environment, type Manifest, queue, topic } from '../../support/manifests.ts';
import { type Act, applied, begin, deleted, liveOn, type Story, verdict } from '../../support/story.ts';
import { openReferences } from './references.ts';

const SAMPLE = 2;

const ALL: readonly Manifest[] = [
  environment(),
  queue('orders'),
  topic('events', { subscriptions: [{ queue: 'orders' }] }),
  bucket('uploads', { notifications: [{ events: ['s3:ObjectCreated:*'], topic: 'events' }] }),
];
const ORDERS = permutations(ALL);
const CHOSEN = isFull ? ORDERS : sampleByName(ORDERS, SAMPLE, seed, nameOf);

const references = openReferences();
afterAll(() => {
  console.log(
    `covered: ${CHOSEN.length} of ${ORDERS.length} orders in which one of each kind came, and those in which it went${isFull ? '' : ` (seed ${seed})`}`,
  );
});

/** Each is looked at as far as it goes before the next one comes. */
function oneByOne(acts: readonly Act[]): readonly Act[] {
  return acts.map((act, at) => (at < acts.length - 1 ? { ...act, until: () => true } : act));
}

const come = (order: readonly Manifest[]): Story => ({
  name: 'one of each kind: they come one by one',
  before: [],
  acts: oneByOne(
    order.map((manifest, at) => ({ ...applied(manifest), until: applied(...order.slice(0, at + 1)).until })),
  ),
});
const go = (order: readonly Manifest[]): Story => ({
  name: 'one of each kind: they go one by one',
  before: [applied(...ALL)],
  acts: oneByOne(
    order.map((manifest, at) => ({ ...deleted(manifest), until: deleted(...order.slice(0, at + 1)).until })),
  ),
});
const STORIES = [
  { way: 'made', story: come, reference: come(ALL) },
  { way: 'deleted', story: go, reference: go(ALL.toReversed()) },
];

test.each(STORIES.flatMap(one => CHOSEN.map(order => ({ ...one, order, names: nameOf(order) }))))(
  '$names are $way in this order, one at a time: the end is the same',
  async ({ story, order, reference: of }) => {
    const { world } = references;
    const reference = await references.of(of);
    const run = await begin(world, story(order));
    const { finished } = await liveOn(world, run, { settings: { concurrency: 1 } });
    expect(finished).toBe(true);
    expect(await verdict(world, reference, run)).toBeUndefined();
  },
  FULL_TIMEOUT_MS,
);

function permutations<T>(all: readonly T[]): readonly (readonly T[])[] {
  if (all.length < 2) return [all];
  return all.flatMap(first => permutations(all.filter(one => one !== first)).map(rest => [first, ...rest]));
}

function nameOf(order: readonly Manifest[]): string {
  return order.map(one => one.kind).join(', ');
}
