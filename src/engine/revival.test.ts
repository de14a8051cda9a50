/** What AWS makes again after it was removed: it goes too, whichever process removed it. */
import { beforeEach, expect, test } from 'vitest';
import type { Adaptor } from './adaptor.ts';
import { CloudError } from './errors.ts';
import type { GraphNode } from './graph.ts';
import type { Entry } from './inventory.ts';
import type { Memory } from './memory.ts';
import { ownershipTags, type Tags } from './owner.ts';
import { type PassResult, runPass } from './pass.ts';
import { barePorts } from './testing/bare-ports.ts';
import { memorySince } from './testing/memory-since.ts';
import { ownerOf } from './testing/world.ts';

const owner = ownerOf('one');
const MINUTE = 60_000;
const REVIVES_MS = 10 * MINUTE;

let now: number;
let memory: Memory;
/** As AWS has it; undefined: it has none. */
let trail: Tags | undefined;
let removals: number;
let refusal: CloudError | undefined;
let stored: readonly Entry[];
/** Runs when AWS is asked to remove it. */
let onRemoval: () => void;
beforeEach(() => {
  now = Date.parse('2026-02-01T00:00:00Z');
  memory = memorySince(Date.parse('2026-01-01T00:00:00Z'), () => now);
  trail = ownershipTags(owner, 'trail', 1);
  removals = 0;
  refusal = undefined;
  stored = [
    {
      node: 'trail',
      epoch: 1,
      type: 'trail',
      id: 'trail',
      name: 'trail',
      createdAt: '2026-01-01T00:00:00Z',
      after: [],
    },
  ];
  onRemoval = () => {};
  graph = TRAIL;
});

function adaptorOf(revivesMs: number | undefined): Adaptor {
  return {
    type: 'trail',
    createBy: 'name',
    holdsData: false,
    settleMs: MINUTE,
    find: async () => (trail === undefined ? [] : [{ id: 'trail', name: 'trail', tags: trail, state: {} }]),
    diff: () => [],
    create: async () => {
      trail = ownershipTags(owner, 'trail', 1);
      return { id: 'trail', name: 'trail', tags: trail, state: {} };
    },
    update: async (_, found) => found,
    async tag(_, __, set) {
      trail = { ...trail, ...set };
    },
    async remove() {
      onRemoval();
      if (refusal !== undefined) throw refusal;
      removals += 1;
      trail = undefined;
    },
    ...(revivesMs === undefined ? {} : { revivesMs: () => revivesMs }),
    readiness: () => ({ is: 'ready' }),
  };
}

let graph: readonly GraphNode[];
const TRAIL: readonly GraphNode[] = [
  { id: 'trail', type: 'trail', name: () => 'trail', dependsOn: [], desired: () => ({}) },
];

async function pass(
  deletion: 'None' | 'Remove' | 'Retain' = 'Remove',
  revivesMs: number | undefined = REVIVES_MS,
): Promise<PassResult> {
  const result = await runPass(
    {
      owner,
      generation: 1,
      policy: 'Apply',
      deletion,
      state: { resources: stored, defaults: {} },
      defaults: [],
      graph: () => graph,
    },
    {
      ...barePorts(
        () => now,
        () => adaptorOf(revivesMs),
      ),
      memory,
      async save(state) {
        stored = state.resources;
      },
    },
  );
  stored = result.state.resources;
  return result;
}

const views = ({ plan }: PassResult) => plan.nodes.map(({ state, againInMs }) => `${state} ${againInMs}`);
/** Without tags, as a service of AWS makes it: the adaptor takes it for ours of before. */
const revive = () => {
  const { 'opta.dev/uid': _, ...rest } = ownershipTags(owner, 'trail', 1);
  trail = rest;
};

test('what stays gone is forgotten at once', async () => {
  const result = await pass('Remove', 0);
  expect([views(result), stored]).toEqual([[], []]);
});

test('it is looked for until it cannot come back any more', async () => {
  expect(views(await pass())).toEqual(['Deleting 60000']);
  now += REVIVES_MS - 10_000;
  expect(views(await pass())).toEqual(['Deleting 10000']);
  now += 10_000;
  expect([views(await pass()), stored, removals]).toEqual([[], [], 1]);
});

test('it is looked for, and goes again, also where it is the spec that wants it no more', async () => {
  graph = [];
  expect(views(await pass('None'))).toEqual(['Deleting 60000']);
  now += REVIVES_MS - 10_000;
  revive();
  expect(views(await pass('None'))).toEqual(['Deleting 60000']);
  expect([trail, removals]).toEqual([undefined, 2]);
  now += REVIVES_MS;
  expect([views(await pass('None')), stored, removals]).toEqual([[], [], 2]);
});

test('what came back is taken up and goes, and is waited for anew', async () => {
  await pass();
  now += REVIVES_MS - 10_000;
  revive();
  expect(views(await pass())).toEqual(['Deleting 60000']);
  expect([trail, removals]).toEqual([undefined, 2]);
  now += REVIVES_MS - 10_000;
  expect(views(await pass())).toEqual(['Deleting 10000']);
  now += 10_000;
  expect([views(await pass()), stored]).toEqual([[], []]);
});

test('a process that ends as AWS removes it leaves word of that', async () => {
  let left: readonly Entry[] = [];
  onRemoval = () => {
    left = stored;
  };
  await pass();
  stored = left;
  const [entry] = stored;
  expect(entry?.revivesUntil).toBe(new Date(now + REVIVES_MS).toISOString());
  now += MINUTE + 1;
  memory = memorySince(now - MINUTE - 1, () => now);
  expect(views(await pass())).toEqual(['Deleting 60000']);
});

test('what another object kept, or somebody else made under its name, is not touched', async () => {
  await pass();
  now += MINUTE;
  trail = { team: 'others' };
  expect(views(await pass())).toEqual(['Deleting 60000']);
  now += REVIVES_MS;
  expect([views(await pass()), stored, removals]).toEqual([[], [], 1]);
});

test('wanted again before that it is made at once, and the word of its removal goes', async () => {
  await pass();
  now += MINUTE;
  await pass('None');
  expect(stored.map(one => [one.state, one.revivesUntil])).toEqual([[undefined, undefined]]);
  expect(trail).toEqual(ownershipTags(owner, 'trail', 1));
});

test.each(['2999-01-01T00:00:00Z', 'never', ''])(
  'a status that says %j holds up no deletion',
  async revivesUntil => {
    stored = stored.map(one => ({ ...one, revivesUntil }));
    trail = undefined;
    expect([views(await pass()), stored]).toEqual([[], []]);
  },
);

test('a removal that is refused is no end of anything', async () => {
  refusal = new CloudError('Blocked', 'it is protected');
  const result = await pass();
  expect(result.errors.map(one => one.error.message)).toEqual(['it is protected']);
  refusal = undefined;
  expect(views(await pass())).toEqual(['Deleting 60000']);
});
