import { afterAll, describe, expect, test } from 'vitest';
import { isFull, seed } from '../../hack/vitest/mode.ts';
import { sample, seeded } from '../../hack/vitest/random.ts';
import { converge } from './testing/converge.ts';
import type { NodeSpec } from './testing/fake-graph.ts';
import { FAKE_TYPES } from './testing/fake-types.ts';
import { dangling, picture, problems } from './testing/oracles.ts';
import {
  createWorld,
  deleteObject,
  type Kill,
  POINTS,
  passOnce,
  rebuild,
  respecify,
  type World,
} from './testing/world.ts';

/** What is there, what changes, and every place where the process can end meanwhile. */
interface Story {
  readonly name: string;
  readonly before?: readonly NodeSpec[];
  readonly change: (world: World) => void;
  /** Also second ends after every first: all, or some by chance. With FULL all, of every story. */
  readonly pairs?: 'all' | 'some';
}

const KEY: NodeSpec = { id: 'key', type: 'vault', fields: { a: '1' } };
const NET: NodeSpec = { id: 'net', type: 'net', fields: { shape: '1', 'opt-x': '1' }, tags: { team: 'red' } };
const GATE: NodeSpec = { id: 'gate', type: 'gate', fields: { shape: '1' }, uses: ['net'] };
const QUEUE: NodeSpec = { id: 'queue', type: 'queue', fields: { shape: '1', 'opt-x': '1' }, uses: ['key'] };
const LINK: NodeSpec = { id: 'link', type: 'link', fields: { a: '1' }, uses: ['queue'] };
const BOX: NodeSpec = { id: 'box', type: 'box', fields: { shape: '1' }, uses: ['gate'] };
const STORE: NodeSpec = { id: 'store', type: 'store', fields: { shape: '1', 'opt-x': '1' } };
const ALL = [KEY, NET, GATE, QUEUE, LINK, BOX, STORE];

function reshaped(spec: readonly NodeSpec[], ...ids: readonly string[]): readonly NodeSpec[] {
  return spec.map(one => (ids.includes(one.id) ? { ...one, fields: { ...one.fields, shape: '2' } } : one));
}

function without(spec: readonly NodeSpec[], ...ids: readonly string[]): readonly NodeSpec[] {
  const left = spec.filter(one => !ids.includes(one.id));
  return left.map(one => ({ ...one, uses: (one.uses ?? []).filter(id => !ids.includes(id)) }));
}

const bare = (spec: readonly NodeSpec[]) =>
  spec.map(({ tags: _, ...one }) => {
    const { 'opt-x': _x, ...fields } = one.fields;
    return { ...one, fields };
  });

const becomes = (spec: readonly NodeSpec[]) => (world: World) => respecify(world, spec);

const kept = (spec: readonly NodeSpec[], ...ids: readonly string[]) =>
  spec.map(one => (ids.includes(one.id) ? { ...one, keepOnDelete: 'worth keeping' } : one));

function vanish(world: World, node: string): void {
  const entry = world.state.resources.find(one => one.node === node);
  const one = world.cloud.resources.find(other => other.id === entry?.id);
  if (one === undefined) throw new Error(`no ${node}`);
  one.deletedAt = world.now;
  one.byHand = true;
}

/** Longer than any type settles, so that what is gone is gone. */
function later(world: World): void {
  world.now += 10 * 60_000;
}

const STORIES: readonly Story[] = [
  { name: 'a create by name', change: becomes([{ ...QUEUE, uses: [] }]), pairs: 'all' },
  { name: 'a create by token', change: becomes([{ ...GATE, uses: [] }]), pairs: 'all' },
  { name: 'a create by intent', change: becomes([NET]), pairs: 'all' },
  { name: 'creates of nodes that use each other', change: becomes(ALL) },
  { name: 'a change of every node', before: ALL, change: becomes(bare(ALL)) },
  { name: 'a replacement that others use', before: ALL, change: becomes(reshaped(ALL, 'gate')) },
  { name: 'a replacement where the name exists once', before: ALL, change: becomes(reshaped(ALL, 'queue')) },
  {
    name: 'replacements of all that can be',
    before: ALL,
    change: becomes(reshaped(ALL, ...ALL.map(one => one.id))),
  },
  { name: 'an optional node dropped', before: ALL, change: becomes(without(ALL, 'link', 'box')) },
  { name: 'a node dropped that others used', before: ALL, change: becomes(without(ALL, 'net', 'key')) },
  { name: 'everything dropped', before: ALL, change: becomes([]) },
  {
    name: 'the object deleted',
    before: kept(ALL, 'key'),
    change: world => deleteObject(world, 'Remove'),
    pairs: 'some',
  },
  { name: 'the object deleted, all retained', before: ALL, change: world => deleteObject(world, 'Retain') },
  {
    name: 'lost resources made anew',
    before: ALL,
    change(world) {
      later(world);
      for (const one of ['net', 'gate', 'box', 'store', 'queue']) vanish(world, one);
    },
  },
  {
    name: 'a failed resource replaced',
    before: ALL,
    change(world) {
      const one = world.cloud.resources.find(other => other.type === 'fake/gate');
      if (one !== undefined) one.failed = true;
    },
  },
  {
    name: 'everything taken up by a rebuilt cluster',
    before: ALL,
    change(world) {
      later(world);
      rebuild(world, 'cluster-2');
    },
  },
  {
    name: 'an existing resource adopted',
    change(world) {
      const one = world.cloud.plant(
        FAKE_TYPES.queue,
        'theirs',
        { shape: '9', 'opt-y': '1' },
        { Name: 'theirs' },
      );
      one.adopted = true;
      respecify(world, [{ ...LINK }, { ...QUEUE, uses: [], adopt: 'theirs' }].toReversed());
    },
  },
];

/** How old reads are, in s. */
const LAGS = [0, 15];

async function prepare(story: Story, lagS: number): Promise<World> {
  const world = createWorld(story.before ?? []);
  if (story.before !== undefined) await converge(world);
  world.cloud.lagMs = lagS * 1_000;
  story.change(world);
  return world;
}

interface End {
  readonly picture: unknown;
  /** From the change on. */
  readonly writes: number;
  /** How often the process ended. */
  readonly ends: number;
}

async function run(story: Story, lagS: number, kills: readonly Kill[]): Promise<End> {
  const world = await prepare(story, lagS);
  const start = { ...world };
  await converge(world, { kills, approving: true });
  world.cloud.lagMs = 0;
  later(world);
  await converge(world, { approving: true });
  expect([...problems(world), ...dangling(world)]).toEqual([]);
  const { writes } = world;
  later(world);
  await passOnce(world);
  expect(world.writes, 'a quiet object costs no write').toBe(writes);
  return { picture: picture(world), writes: writes - start.writes, ends: world.restarts - start.restarts };
}

/** Second ends after each first, where some are enough. */
const SAMPLE = 8;

function secondEnds({ pairs }: Story, writes: number, random: () => number): readonly Kill[] {
  if (!isFull && pairs === undefined) return [];
  const all = Array.from({ length: writes }, (_, before) =>
    POINTS.map(point => ({ at: before + 1, point })),
  ).flat();
  return isFull || pairs === 'all' ? all : sample(all, SAMPLE, random);
}

const seen = { points: 0, pairs: 0 };
afterAll(() => {
  console.log(
    `covered: ${seen.points} engine crash points and ${seen.pairs} pairs of two${isFull ? '' : ` (seed ${seed})`}`,
  );
});

describe.each(STORIES)('$name', story => {
  test.each(LAGS)(
    'comes to the same end wherever the process ends, with reads %d s old',
    async lagS => {
      const reference = await run(story, lagS, []);
      expect(reference.writes).toBeGreaterThan(0);

      async function ends(kills: readonly Kill[]): Promise<End> {
        const end = await run(story, lagS, kills);
        const where = kills.map(({ at, point }) => `${point} ${at}`).join(', then ');
        expect(end.picture, `the process ended ${where}`).toEqual(reference.picture);
        return end;
      }

      const random = seeded(seed);
      for (let at = 1; at <= reference.writes; at++) {
        for (const point of POINTS) {
          const first = { at, point };
          const end = await ends([first]);
          seen.points += 1;
          if (lagS > 0) continue;
          for (const second of secondEnds(story, end.writes - at, random)) {
            const twice = await ends([first, second]);
            seen.pairs += twice.ends === 2 ? 1 : 0;
          }
        }
      }
    },
    1_200_000,
  );
});
