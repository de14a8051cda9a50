/** The wall clock is set forward and back (NTP, a machine that was resumed): what settles is counted by time as it goes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isFull } from '../../hack/vitest/mode.ts';
import { converge } from './testing/converge.ts';
import type { Fault } from './testing/fake-cloud.ts';
import { FAKE_TYPES } from './testing/fake-types.ts';
import { problems } from './testing/oracles.ts';
import { drift, KEY, NET, settled, vanish } from './testing/stories.ts';
import { createWorld, passOnce, restart, type World } from './testing/world.ts';

const HOUR = 60 * 60_000;
const YEAR = 365 * 24 * HOUR;
const SETTLES_MS = FAKE_TYPES.net.settleMs;
/** How often an object that waits is looked at, in ms. */
const LOOK_MS = 1_000;

interface Attempt {
  readonly node: string;
  readonly at: number;
}

/** Tells when AWS was asked to make something; `faults`: what becomes of the first of these. */
function attemptsOf(world: World, faults: readonly Fault[]): readonly Attempt[] {
  const attempts: Attempt[] = [];
  world.cloud.fault = ({ operation, node }) => {
    if (operation !== 'create') return 'none';
    attempts.push({ node, at: world.now });
    return faults[attempts.length - 1] ?? 'none';
  };
  return attempts;
}

function step(world: World, jumpMs: number, restarts: boolean): void {
  world.wallAheadMs += jumpMs;
  if (restarts) restart(world);
}

/** In ms, until it holds; undefined: not within ten minutes. */
async function timeUntil(world: World, holds: () => boolean): Promise<number | undefined> {
  const from = world.now;
  for (; world.now - from < 10 * 60_000; world.now += LOOK_MS) {
    await passOnce(world);
    if (holds()) return world.now - from;
  }
  return undefined;
}

describe.each([
  ['goes on', 0],
  ['is set forward by an hour', HOUR],
  ['is set back by an hour', -HOUR],
  ['is set forward by a year', YEAR],
  ['is set back by a year', -YEAR],
])('the wall clock %s', (_, jumpMs) => {
  describe.each([
    ['the same process', false],
    ['another process', true],
  ])('%s', (_name, restarts) => {
    test('makes another attempt when the first one has settled, neither sooner nor never', async () => {
      const world = createWorld([NET]);
      const attempts = attemptsOf(world, ['broken']);
      await passOnce(world);
      step(world, jumpMs, restarts);
      expect(await timeUntil(world, () => attempts.length > 1)).toBe(SETTLES_MS);
      expect((await converge(world)).plan.nodes.map(view => view.state)).toEqual(['Ready']);
    });

    test('takes what it made and does not see yet for no loss', async () => {
      const world = createWorld([NET]);
      world.cloud.lagMs = SETTLES_MS - LOOK_MS;
      await passOnce(world);
      step(world, jumpMs, restarts);
      await converge(world);
      expect(problems(world)).toEqual([]);
      expect(world.cloud.resources).toHaveLength(1);
    });

    test('sees that what it made is gone', async () => {
      const world = createWorld([NET]);
      const attempts = attemptsOf(world, []);
      await converge(world);
      step(world, jumpMs, restarts);
      vanish(world, 'net');
      // What the answer named and this process never saw may still be shown.
      const mostMs = restarts ? 10 * 60_000 : SETTLES_MS;
      expect(await timeUntil(world, () => attempts.length > 1)).toBeLessThanOrEqual(mostMs);
    });

    test('does not write again what AWS accepted and does not show yet', async () => {
      const world = await settled([NET]);
      drift(world, 'net', { a: 'by hand' });
      world.spec = [{ ...NET, fields: { ...NET.fields, a: '2' } }];
      await passOnce(world);
      world.cloud.lagMs = SETTLES_MS - LOOK_MS;
      world.wallAheadMs += jumpMs;
      await converge(world);
      expect(world.log.filter(one => one === 'update net')).toHaveLength(1);
    });
  });
});

const jump = fc.oneof(
  { weight: 2, arbitrary: fc.constant(0) },
  fc.constantFrom(SETTLES_MS, -SETTLES_MS, HOUR, -HOUR, YEAR, -YEAR),
  fc.integer({ min: -2 * HOUR, max: 2 * HOUR }),
);
const moments = fc.array(
  fc.record({
    passes: fc.integer({ min: 1, max: 8 }),
    everyMs: fc.integer({ min: 100, max: 20_000 }),
    jumpMs: jump,
    restarts: fc.boolean(),
  }),
  { minLength: 1, maxLength: 12 },
);
const faults = fc.array(fc.constantFrom<Fault>('broken', 'lost', 'none'), { maxLength: 6 });
const lag = fc.integer({ min: 0, max: SETTLES_MS - 1 });

test('whatever the wall clock does, no attempt comes sooner than the one before it has settled, and all is made once', async () => {
  await fc.assert(
    fc.asyncProperty(moments, faults, lag, async (all, first, lagMs) => {
      const world = createWorld([KEY, NET]);
      const attempts = attemptsOf(world, first);
      world.cloud.lagMs = lagMs;
      for (const { passes, everyMs, jumpMs, restarts } of all) {
        step(world, jumpMs, restarts);
        for (let pass = 0; pass < passes; pass++, world.now += everyMs) await passOnce(world);
      }
      await converge(world);
      for (const { id, type } of [KEY, NET]) {
        const times = attempts.filter(one => one.node === id).map(one => one.at);
        const waits = times.slice(1).map((at, before) => at - (times[before] ?? at));
        expect(waits.filter(ms => ms < FAKE_TYPES[type].settleMs)).toEqual([]);
      }
      expect(problems(world)).toEqual([]);
      expect(world.cloud.resources).toHaveLength(2);
    }),
    { numRuns: isFull ? 3_000 : 300 },
  );
});
