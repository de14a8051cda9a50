import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isFull, seed } from '../../hack/vitest/mode.ts';
import type { ManagementPolicy } from './gate.ts';
import type { Tags } from './owner.ts';
import { nameOf } from './testing/fake-graph.ts';
import { FAKE_TYPES, type FakeType } from './testing/fake-types.ts';
import { type Episode, histories } from './testing/history.ts';
import { dangling, keptAndGone, picture, problems } from './testing/oracles.ts';
import { play } from './testing/play.ts';
import { passOnce, restart, type World } from './testing/world.ts';

const { RUNS } = process.env;
/** The same lives in every run; the long run draws others each time, and tells the seed of one that fails. */
const DRAWN = isFull || RUNS ? { numRuns: Number(RUNS ?? 6_000) } : { numRuns: 300, seed };
const TIMEOUT_MS = 3_600_000;

/** Drift checks, with a restart among them. */
async function expectQuiet(world: World): Promise<void> {
  const { writes } = world;
  for (let pass = 0; pass < 4; pass++) {
    if (pass === 2) restart(world);
    await passOnce(world);
    world.now += 5 * 60_000;
  }
  expect(world.writes).toBe(writes);
}

async function hold<T>(arbitrary: fc.Arbitrary<T>, check: (value: T) => Promise<void>): Promise<void> {
  await fc.assert(fc.asyncProperty(arbitrary, check), DRAWN);
}

const calmly = histories({ interrupting: false });
const hastily = histories({ interrupting: true });
const policy = fc.constantFrom<ManagementPolicy>('Apply', 'ApproveHighRisk', 'ApproveAll');

describe('lives of an object that somebody approves', () => {
  test(
    'changes one after the other: the end is the undisturbed one, under every policy',
    async () => {
      await hold(fc.tuple(calmly, policy), async ([episodes, how]) => {
        const undisturbed = await play(episodes, { disturbed: false, approving: true });
        expect([...problems(undisturbed), ...dangling(undisturbed)]).toEqual([]);
        const disturbed = await play(episodes, { disturbed: true, approving: true, policy: how });
        expect([...problems(disturbed), ...dangling(disturbed), ...keptAndGone(disturbed)]).toEqual([]);
        if (disturbed.deletion === 'None') expect(picture(disturbed)).toEqual(picture(undisturbed));
        await expectQuiet(disturbed);
      });
    },
    TIMEOUT_MS,
  );

  test(
    'changes that interrupt each other: the end is the undisturbed one',
    async () => {
      await hold(fc.tuple(hastily, policy), async ([episodes, how]) => {
        const undisturbed = await play(episodes, { disturbed: false, approving: true });
        const disturbed = await play(episodes, { disturbed: true, approving: true, policy: how });
        expect([...problems(disturbed), ...dangling(disturbed)]).toEqual([]);
        // What was not made yet when the object was deleted is not there to be kept.
        if (disturbed.deletion === 'None') expect(picture(disturbed)).toEqual(picture(undisturbed));
        await expectQuiet(disturbed);
      });
    },
    TIMEOUT_MS,
  );
});

function writesTo(world: World, of: (type: FakeType) => boolean, operation: string): number {
  const types = Object.values(FAKE_TYPES)
    .filter(of)
    .map(type => type.type as string);
  return world.cloud.journal.filter(call => call.operation === operation && types.includes(call.type)).length;
}

/**
 * What waits for approval to be removed is on no record any more when the status is lost; and what was lost, dropped
 * from the spec and put into it again is a new one.
 */
function lasting(episodes: readonly Episode[]): readonly Episode[] {
  const lost = new Set<string>();
  return episodes.filter(({ event }) => {
    if (event.is === 'vanish') lost.add(event.node);
    if (event.is === 'spec') return [...lost].every(id => event.spec.some(node => node.id === id));
    return !['delete', 'rebuild', 'lose', 'policy'].includes(event.is);
  });
}

describe('lives of an object that nobody approves', () => {
  test(
    'Apply removes and re-creates no data',
    async () => {
      await hold(fc.oneof(calmly, hastily), async episodes => {
        const world = await play(lasting(episodes), { disturbed: true, approving: false });
        expect(problems(world)).toEqual([]);
        expect(writesTo(world, type => type.holdsData === true, 'remove')).toBe(0);
        const data = world.cloud.resources
          .filter(one => isData(one.type))
          .map(one => one.madeFor.replace(/@.*/, ''));
        expect(data).toEqual([...new Set(data)]);
      });
    },
    TIMEOUT_MS,
  );

  test(
    'ApproveHighRisk removes nothing',
    async () => {
      await hold(fc.oneof(calmly, hastily), async episodes => {
        const world = await play(lasting(episodes), {
          disturbed: true,
          approving: false,
          policy: 'ApproveHighRisk',
        });
        expect(problems(world)).toEqual([]);
        expect(writesTo(world, () => true, 'remove')).toBe(0);
      });
    },
    TIMEOUT_MS,
  );

  test.each(['ApproveAll', 'Observe'] as const)(
    '%s writes nothing to AWS',
    async how => {
      await hold(fc.oneof(calmly, hastily), async episodes => {
        const living = episodes.filter(
          ({ event: { is } }) => is !== 'policy' && (is !== 'delete' || how === 'Observe'),
        );
        const world = await play(living, { disturbed: true, approving: how === 'Observe', policy: how });
        expect(world.cloud.journal.filter(call => call.write)).toEqual([]);
      });
    },
    TIMEOUT_MS,
  );
});

function isData(type: string): boolean {
  return Object.values(FAKE_TYPES).some((one: FakeType) => one.type === type && one.holdsData === true);
}

const OURS = {
  'opta.dev/installation': 'test',
  'opta.dev/environment': 'env',
  'opta.dev/kind': 'Thing',
  'opta.dev/namespace': 'ns',
  'opta.dev/name': 'one',
  'opta.dev/cluster': 'cluster-1',
  'opta.dev/uid': 'uid-one',
  'opta.dev/epoch': '1',
};

/** Whose the resources are that are there already, with the names and nearly the tags that ours would have. */
const STRANGERS: Readonly<Record<string, Tags>> = {
  nobody: {},
  'another tool': { Name: 'one' },
  'another installation': { ...OURS, 'opta.dev/installation': 'other' },
  'another environment': { ...OURS, 'opta.dev/environment': 'other' },
  'another kind': { ...OURS, 'opta.dev/kind': 'Other' },
  'another namespace': { ...OURS, 'opta.dev/namespace': 'other' },
  'another cluster': { ...OURS, 'opta.dev/cluster': 'other' },
  'a deleted object': { ...OURS, 'opta.dev/uid': 'uid-before', 'opta.dev/retained': '2025-01-01T00:00:00Z' },
};

describe('resources of others that carry the names of ours', () => {
  test(
    'are never written or removed, and the rest comes to its end',
    async () => {
      const plants = fc.array(fc.option(fc.constantFrom(...Object.keys(STRANGERS))), {
        minLength: 5,
        maxLength: 5,
      });
      await hold(
        fc.tuple(fc.oneof(calmly, hastily), plants, fc.boolean()),
        async ([episodes, whose, approving]) => {
          const prepare = (world: World) => plant(world, episodes, whose);
          // What waits for an approval that may never come is on no record after these.
          const known = episodes.filter(({ event: { is } }) => is !== 'rebuild' && is !== 'lose');
          const world = await play(known, { disturbed: true, approving, prepare });
          expect(problems(world)).toEqual([]);
          await expectQuiet(world);
        },
      );
    },
    TIMEOUT_MS,
  );
});

function plant(world: World, episodes: readonly Episode[], whose: readonly (string | null)[]): void {
  const specs = episodes.flatMap(({ event }) => (event.is === 'spec' ? event.spec : []));
  for (const [index, who] of whose.entries()) {
    const one = specs.find(node => node.id === `n${index}`);
    if (one === undefined || who === null) continue;
    const type: FakeType = FAKE_TYPES[one.type];
    // Whose an untagged one is, its parent's tags say.
    const parent = specs.some(node => node.type === 'link' && node.uses?.includes(one.id));
    if (type.untagged === true || parent) continue;
    const tags = STRANGERS[who] ?? {};
    const node = tags['opta.dev/name'] === undefined ? {} : { 'opta.dev/node': one.id };
    const name = type.createBy === 'name' ? nameOf('one', one, 1) : undefined;
    world.cloud.plant(type, name, one.fields, { ...tags, ...node });
  }
}
