/** A deletion takes many passes: each asks for what is left, and the last one for everything. */
import { expect, test } from 'vitest';
import { ownershipTags, RETAINED_TAG, type Tags } from './owner.ts';
import type { PassResult } from './pass.ts';
import { isOver } from './plan.ts';
import { type NodeSpec, nameOf } from './testing/fake-graph.ts';
import { FAKE_TYPES } from './testing/fake-types.ts';
import { resourceOf } from './testing/oracles.ts';
import { BOX, calls, GATE, KEY, later, NET, retag, STORE, settled } from './testing/stories.ts';
import {
  createWorld,
  deleteObject,
  passOnce,
  rebuild,
  respecify,
  restart,
  type World,
} from './testing/world.ts';

/** The network is encrypted by the key. */
const SPEC: readonly NodeSpec[] = [KEY, { ...NET, uses: ['key'] }, GATE, BOX];

/** What the next pass looks for, in words; undefined: the object is gone. */
async function looks(world: World): Promise<string | undefined> {
  const from = world.cloud.journal.length;
  const result = await passOnce(world);
  const asked = world.cloud.journal.slice(from).filter(one => one.operation === 'find');
  const ends = result?.plan.steps.length === 0 && result.plan.nodes.length === 0;
  return ends ? undefined : [...new Set(asked.map(one => one.node))].sort().join(' ');
}

async function deleting(spec: readonly NodeSpec[] = SPEC): Promise<World> {
  const world = await settled(spec);
  deleteObject(world, 'Remove');
  return world;
}

test('what an earlier pass saw to be gone is not asked for again before the end', async () => {
  const world = await deleting([NET, GATE, BOX]);
  const all = 'box gate net';
  const passes: (string | undefined)[] = [];
  for (let n = 0; n < 20 && (passes.length === 0 || passes.at(-1) !== undefined); n += 1) {
    passes.push(await looks(world));
    world.now += 15_000;
  }
  expect(passes[0]).toBe(all);
  expect(passes.slice(1)).toContain('gate net');
  expect(passes.at(-1)).toBeUndefined();
});

test.each([
  ['what came back', false],
  ['what came back, after a restart', true],
])('%s is removed before the object goes', async (_, restarted) => {
  const world = await deleting([NET, GATE, BOX]);
  const box = resourceOf(world, 'box');
  const asked: (string | undefined)[] = [];
  for (let n = 0; n < 40 && (n === 0 || asked.at(-1) !== undefined); n += 1) {
    asked.push(await looks(world));
    if (asked.at(-1) === 'gate net') {
      // A late write of a process that is gone.
      delete box?.deletedAt;
      if (restarted) restart(world);
    }
    world.now += 15_000;
  }
  expect(asked).toContain('gate net');
  expect(asked.at(-1)).toBeUndefined();
  expect(world.cloud.living()).toEqual([]);
});

test('data go when all that used them is seen to be gone in the same pass', async () => {
  const world = await deleting();
  let before: readonly string[] = [];
  for (let n = 0; n < 40; n += 1) {
    const from = world.cloud.journal.length;
    await passOnce(world);
    const calls = world.cloud.journal.slice(from).map(one => `${one.operation} ${one.node}`);
    if (calls.includes('remove key')) before = calls.slice(0, calls.indexOf('remove key'));
    later(world);
  }
  expect(before).toEqual(expect.arrayContaining(['find box', 'find gate', 'find net']));
});

test('what was made and never recorded is on record before what it is found by goes', async () => {
  const world = await deleting([NET, GATE]);
  const { id } = resourceOf(world, 'net') ?? {};
  world.state = { ...world.state, resources: world.state.resources.filter(one => one.node !== 'net') };
  restart(world);
  const result = await passOnce(world);
  expect(world.log).toContain('remove gate');
  expect(result?.state.resources.find(one => one.node === 'net')?.id).toBe(id);
});

/** What is told of each node at the end of a deletion, and the writes that it took. */
async function deleted(world: World): Promise<{ told: readonly string[]; wrote: readonly string[] }> {
  const from = calls(world).length;
  let told: readonly string[] = [];
  for (let n = 0; n < 20 && !world.released; n += 1) {
    const result = await passOnce(world);
    if (result !== undefined) told = result.plan.nodes.map(view => `${view.node} ${view.state}`);
    later(world);
  }
  expect(world.released).toBe(true);
  return { told, wrote: calls(world).slice(from) };
}

/** Content that nobody can read any more is lost. */
test.each<[string, (tags: Tags) => Tags]>([
  ['its tags were replaced by hand', () => ({ team: 'a' })],
  ['it was marked as kept by hand', tags => ({ ...tags, [RETAINED_TAG]: '2026-01-01T00:00:00Z' })],
])('what stays because %s keeps its key, and both are told', async (_, change) => {
  const world = await settled([KEY, { ...STORE, uses: ['key'] }]);
  retag(world, 'store', change);
  deleteObject(world, 'Remove');
  const { told, wrote } = await deleted(world);
  expect(wrote).toEqual(['tag key']);
  expect(told).toEqual(['key Kept', 'store Kept']);
  expect(world.cloud.living().map(one => one.type)).toEqual(['fake/vault', 'fake/store']);
});

test('a deletion that kept a part on purpose, and is to remove everything then, keeps what that part uses', async () => {
  const world = await settled([KEY, { ...STORE, uses: ['key'] }]);
  deleteObject(world, 'Retain');
  world.cloud.fault = ({ operation, node }) => (operation === 'tag' && node === 'key' ? 'refused' : 'none');
  await passOnce(world);
  expect(calls(world)).toContain('tag store');
  world.cloud.fault = () => 'none';
  later(world);
  deleteObject(world, 'Remove');
  const { told, wrote } = await deleted(world);
  expect(wrote).toEqual(['tag key']);
  expect(told).toEqual(['key Kept', 'store Kept']);
});

test('what an earlier object kept under the name of a part keeps nothing of this one', async () => {
  const base: NodeSpec = { ...GATE, id: 'base', uses: [] };
  const box: NodeSpec = { ...BOX, uses: ['base'], keepOnDelete: 'it is worth keeping' };
  const world = createWorld([base, box]);
  const before = { ...ownershipTags({ ...world.owner, uid: 'uid-before' }, 'box', 1), [RETAINED_TAG]: 'yes' };
  const { id } = world.cloud.plant(FAKE_TYPES.box, nameOf(world.owner.name, box, 1), box.fields, before);
  // AWS does not show it yet, so the box is begun: it waits for its base.
  world.cloud.lagMs = 19_000;
  await passOnce(world);
  expect(calls(world)).toEqual(['create base']);
  expect(world.state.resources.find(one => one.node === 'box')?.after).toEqual(['base']);
  respecify(world, [{ ...box, uses: [] }]);
  world.cloud.lagMs = 0;
  deleteObject(world, 'Remove');
  const { wrote } = await deleted(world);
  expect(wrote).toEqual(['remove base']);
  expect(world.cloud.living().map(one => one.id)).toEqual([id]);
});

test.each([
  ['a lost answer made it', '2', ['tag key', 'tag key']],
  ['it bears a copy of the tags: nothing is done to it', '1', ['tag key']],
])('of two of one identity that are kept, the one on record stays so; %s', async (_, attempt, called) => {
  const world = await settled([KEY]);
  const first = resourceOf(world, 'key');
  if (first === undefined) throw new Error('no key');
  const { fields, tags } = world.cloud.current(first);
  world.cloud.plant(FAKE_TYPES.vault, first.name, fields, { ...tags, 'opta.dev/attempt': attempt });
  const resources = world.state.resources.map(one => ({ ...one, attempts: 2 }));
  world.state = { ...world.state, resources };
  deleteObject(world, 'Retain');
  const result = await passOnce(world);
  expect(calls(world)).toEqual(called);
  expect(result?.state.resources.map(entry => entry.id)).toEqual([first.id]);
});

test.each([
  ['without an attempt', undefined],
  ['with the attempt of the one on record', '1'],
])(
  'what bears a copy of the tags, %s, stays and is named, and what it would use goes',
  async (_, attempt) => {
    const world = await settled([KEY, { ...NET, uses: ['key'] }]);
    const net = resourceOf(world, 'net');
    if (net === undefined) throw new Error('no network');
    const { fields, tags } = world.cloud.current(net);
    const { 'opta.dev/attempt': _attempt, ...bare } = tags;
    const copied = attempt === undefined ? bare : { ...bare, 'opta.dev/attempt': attempt };
    const copy = world.cloud.plant(FAKE_TYPES.net, undefined, fields, copied);
    deleteObject(world, 'Remove');
    const result = await lastOf(world);
    expect(result?.plan.nodes.map(view => [view.node, view.state, ...(view.named ?? [])])).toEqual([
      ['net', 'Kept', expect.stringMatching(`${copy.id} is a second one; it is left alone because`)],
    ]);
    expect(world.cloud.living().filter(one => one.scheduledAt === undefined)).toEqual([copy]);
    expect(copy.versions).toHaveLength(1);
  },
);

test('what is of the cluster that this one was rebuilt from is not touched, and is named', async () => {
  const world = await settled([KEY, NET]);
  rebuild(world, 'cluster-2');
  world.takeOver = [];
  const before = world.cloud.living().map(one => world.cloud.current(one));
  deleteObject(world, 'Remove');
  const result = await lastOf(world);
  expect(result?.plan.nodes.map(view => [view.node, view.state, ...(view.named ?? [])])).toEqual([
    ['key', 'Kept', expect.stringMatching(/vault-1 \(it belongs to the cluster with UID "cluster-1"; if/)],
    ['net', 'Kept', expect.stringMatching(/net-\d \(it belongs to the cluster with UID "cluster-1"; if/)],
  ]);
  expect(world.cloud.living().map(one => world.cloud.current(one))).toEqual(before);
});

/** The pass with which a deletion ends. */
async function lastOf(world: World): Promise<PassResult | undefined> {
  for (let n = 0; n < 40; n += 1) {
    const result = await passOnce(world);
    if (result !== undefined && isOver(result.plan)) return result;
    world.now += 15_000;
  }
  return undefined;
}
