import { describe, expect, test } from 'vitest';
import type { Found } from './adaptor.ts';
import { converge } from './testing/converge.ts';
import { createFakeCloud } from './testing/fake-cloud.ts';
import type { NodeSpec } from './testing/fake-graph.ts';
import { FAKE_TYPES } from './testing/fake-types.ts';
import { livingOf, problems, resourceOf } from './testing/oracles.ts';
import {
  approve,
  createWorld,
  deleteObject,
  ownerOf,
  passOnce,
  rebuild,
  respecify,
  restart,
  type World,
} from './testing/world.ts';

const KEY: NodeSpec = { id: 'key', type: 'vault', fields: { a: '1' } };
const NET: NodeSpec = { id: 'net', type: 'net', fields: { shape: '1' } };
const GATE: NodeSpec = { id: 'gate', type: 'gate', fields: { shape: '1' }, uses: ['net'] };
const BOX: NodeSpec = { id: 'box', type: 'box', fields: { shape: '1' }, uses: ['gate'] };
const QUEUE: NodeSpec = { id: 'queue', type: 'queue', fields: { a: '1' } };
const STORE: NodeSpec = { id: 'store', type: 'store', fields: { a: '1' } };

function changed(node: NodeSpec, fields: Readonly<Record<string, string>>): NodeSpec {
  return { ...node, fields: { ...node.fields, ...fields } };
}

async function settled(
  spec: readonly NodeSpec[],
  of: Parameters<typeof createWorld>[1] = {},
): Promise<World> {
  const world = createWorld(spec, of);
  await converge(world, { approving: true });
  approve(world, undefined);
  later(world);
  world.log.length = 0;
  return world;
}

/** Longer than any type settles. */
function later(world: World): void {
  world.now += 10 * 60_000;
}

/** The writes to AWS, without those to the status. */
function calls(world: World): readonly string[] {
  return world.log.filter(one => one !== 'save');
}

function drift(world: World, node: string, fields: Readonly<Record<string, string>>): void {
  const one = resourceOf(world, node);
  if (one === undefined) throw new Error(`no ${node}`);
  const last = world.cloud.current(one);
  one.versions.push({ at: world.now, fields: { ...last.fields, ...fields }, tags: last.tags });
}

function vanish(world: World, node: string): void {
  const one = resourceOf(world, node);
  if (one === undefined) throw new Error(`no ${node}`);
  one.deletedAt = world.now;
}

const states = (of: {
  readonly plan: { readonly nodes: readonly { node: string; epoch: number; state: string }[] };
}) => of.plan.nodes.map(view => `${view.node}@${view.epoch} ${view.state}`);

describe('AWS, then status, then the next step', () => {
  test.each<readonly [string, readonly NodeSpec[], readonly string[]]>([
    [
      'a name that stays in the graph needs no write of its own',
      [{ ...QUEUE, fixed: true }],
      ['create queue', 'save'],
    ],
    ['what may leave the graph is recorded before it is begun', [QUEUE], ['save', 'create queue', 'save']],
    [
      'a token’s id is stored before the next step',
      [
        { ...GATE, uses: [], fixed: true },
        { ...QUEUE, uses: ['gate'], fixed: true },
      ],
      ['create gate', 'save'],
    ],
    [
      'an intent is stored before the create, and the id after it',
      [{ ...NET, fixed: true }],
      ['save', 'create net', 'save', 'save'],
    ],
    [
      'intents that start together go out in one write',
      [NET, { ...NET, id: 'net2' }, KEY],
      ['save', 'create net', 'create net2', 'create key', 'save', 'save'],
    ],
    [
      'an optional setting is recorded before it is written',
      [changed({ ...QUEUE, fixed: true }, { 'opt-x': '1' })],
      ['save', 'create queue', 'save'],
    ],
  ])('%s', async (_, spec, log) => {
    const world = createWorld(spec);
    await passOnce(world);
    expect(world.log).toEqual(log);
  });

  test('a quiet object costs no write, in this process and in the next', async () => {
    const world = await settled([KEY, NET, GATE, BOX, QUEUE, STORE]);
    await passOnce(world);
    restart(world);
    await passOnce(world);
    expect(world.log).toEqual([]);
  });

  test('an update is one write to AWS and none to the status before it', async () => {
    const world = await settled([QUEUE]);
    respecify(world, [changed(QUEUE, { a: '2' })]);
    await passOnce(world);
    expect(world.log.slice(0, 1)).toEqual(['update queue']);
  });

  test('what AWS refused was not made: the next attempt has a number of its own', async () => {
    const world = createWorld([NET]);
    const { fault } = world.cloud;
    world.cloud.fault = call => (call.operation === 'create' ? 'refused' : 'none');
    await passOnce(world);
    expect(world.state.resources[0]).toMatchObject({ attempts: 1 });
    expect(world.state.resources[0]).not.toHaveProperty('pending');
    world.cloud.fault = fault;
    await passOnce(world);
    expect(world.state.resources[0]).toMatchObject({ attempts: 2, id: 'net-1' });
  });

  test('each step is told before it is done, and what it came to', async () => {
    const world = createWorld([NET, GATE]);
    const result = await passOnce(world);
    expect(result?.done.map(step => `${step.action} ${step.node}`)).toEqual(['create net', 'create gate']);
    expect(world.told).toEqual(['create net', 'create net done', 'create gate', 'create gate done']);
  });
});

describe('somebody changes the object meanwhile', () => {
  test('before a guarded write: the pass is dropped and AWS not called', async () => {
    const world = createWorld([NET]);
    world.cloud.fault = () => {
      if (world.generation === 1) respecify(world, [NET]);
      return 'none';
    };
    expect(await passOnce(world)).toBeUndefined();
    expect(world.log).toEqual([]);
  });

  test('before an id is stored: it is stored all the same', async () => {
    const world = createWorld([NET, GATE]);
    world.edit = {
      at: 2,
      change(now) {
        now.state = {
          ...now.state,
          resources: now.state.resources.map(one => ({ ...one, message: 'theirs' })),
        };
        respecify(now, [NET, GATE]);
      },
    };
    expect(await passOnce(world)).toBeUndefined();
    expect(world.log).toEqual(['save', 'create net', 'save']);
    expect(world.state.resources).toEqual([
      expect.objectContaining({ node: 'net', id: 'net-1', message: 'theirs' }),
      expect.objectContaining({ node: 'gate' }),
    ]);
  });

  test.each(['Remove', 'Retain'] as const)(
    'before the first destructive call it is looked at again: %s',
    async how => {
      const world = await settled([QUEUE, STORE]);
      deleteObject(world, how);
      await passOnce(world);
      expect([world.confirms, calls(world).length]).toEqual([1, 2]);
    },
  );

  test('and nothing is removed when it is another one by now', async () => {
    const world = await settled([QUEUE]);
    respecify(world, []);
    world.cloud.fault = () => {
      world.version += 1;
      return 'none';
    };
    expect(await passOnce(world)).toBeUndefined();
    expect([world.confirms, calls(world)]).toEqual([1, []]);
  });

  test('nothing destructive is not asked about', async () => {
    const world = await settled([QUEUE]);
    respecify(world, [changed(QUEUE, { a: '2' })]);
    await passOnce(world);
    expect(world.confirms).toBe(0);
  });
});

describe('reads that are shared among objects', () => {
  test('may decide that nothing is to be done', async () => {
    const world = await settled([KEY]);
    world.cloud.sharedLagMs = 60_000;
    drift(world, 'key', { a: '9' });
    expect(states((await passOnce(world)) ?? { plan: { nodes: [] } })).toEqual(['key@1 Ready']);
    expect(world.log).toEqual([]);
  });

  test('never decide a write: a difference is looked at once more', async () => {
    const world = await settled([KEY]);
    drift(world, 'key', { a: '9' });
    world.now += 30_000;
    drift(world, 'key', { a: '1' });
    world.now += 1_000;
    world.cloud.sharedLagMs = 20_000;
    const finds = world.cloud.journal.length;
    await passOnce(world);
    expect(world.log).toEqual([]);
    expect(world.cloud.journal.slice(finds).map(one => one.operation)).toEqual(['find', 'find']);
  });

  test('never decide a removal', async () => {
    const world = await settled([KEY], { policy: 'Apply' });
    const one = resourceOf(world, 'key');
    const last = one === undefined ? undefined : world.cloud.current(one);
    one?.versions.push({
      at: world.now,
      fields: last?.fields ?? {},
      tags: { ...last?.tags, 'opta.dev/name': 'somebody else by now' },
    });
    world.now += 1_000;
    world.cloud.sharedLagMs = 20_000;
    deleteObject(world, 'Remove');
    await passOnce(world);
    expect(calls(world)).toEqual([]);
  });
});

describe('two of one node', () => {
  /** A create whose answer and result AWS hides for longer than it should. */
  async function doubled(spec: NodeSpec): Promise<World> {
    const world = createWorld([spec]);
    world.cloud.fault = call => (call.operation === 'create' ? 'lost' : 'none');
    await passOnce(world);
    world.cloud.fault = () => 'none';
    world.cloud.lagMs = 100_000;
    for (const waitMs of [1_000, 90_000]) {
      world.now += waitMs;
      await passOnce(world);
    }
    expect(world.cloud.resources.length).toBe(2);
    world.cloud.lagMs = 0;
    return world;
  }

  test('the one on record stays, the other goes', async () => {
    const world = await doubled(NET);
    const kept = world.state.resources[0]?.id;
    await converge(world);
    expect(livingOf(world).map(one => one.id)).toEqual([kept]);
    expect(kept).toBe('net-2');
  });

  test('one that may hold data is named, and left to a person', async () => {
    const world = await doubled(KEY);
    const result = await converge(world);
    expect(livingOf(world).length).toBe(2);
    expect(result.plan.nodes[0]?.message).toContain(
      'arn:vault-1 is a second one; it is left alone because it may hold data',
    );
  });

  test('found together before either is on record, the lower attempt stays', async () => {
    const world = createWorld([NET]);
    world.cloud.fault = call => (call.operation === 'create' ? 'lost' : 'none');
    world.cloud.lagMs = 1_000_000;
    for (const waitMs of [41_000, 1_000]) {
      await passOnce(world);
      world.now += waitMs;
    }
    world.cloud.fault = () => 'none';
    world.cloud.lagMs = 0;
    expect(world.cloud.resources.length).toBe(2);
    await converge(world);
    expect(livingOf(world).map(one => one.id)).toEqual(['net-1']);
    expect(problems(world)).toEqual([expect.stringContaining('net-1 and net-2 both live')]);
  });
});

describe('a token serves once', () => {
  const TOKEN: NodeSpec = { ...GATE, uses: [] };

  test('after a removal the next epoch is made, and the number stays on record meanwhile', async () => {
    const world = await settled([TOKEN]);
    respecify(world, []);
    await converge(world);
    later(world);
    expect(world.state.resources).toEqual([
      { node: 'gate', epoch: 2, type: 'fake/gate', after: [], attempts: 0 },
    ]);
    respecify(world, [TOKEN]);
    await converge(world);
    expect(world.state.resources.map(one => [one.epoch, one.id])).toEqual([[2, 'gate-2']]);
  });

  test('after a failure too', async () => {
    const world = await settled([TOKEN]);
    const one = resourceOf(world, 'gate');
    if (one !== undefined) one.failed = true;
    await converge(world, { approving: true });
    expect(world.state.resources.map(two => [two.epoch, two.id])).toEqual([[2, 'gate-2']]);
  });

  test('and after a loss', async () => {
    const world = await settled([TOKEN]);
    vanish(world, 'gate');
    await converge(world);
    expect(world.state.resources.map(two => [two.epoch, two.id])).toEqual([[2, 'gate-2']]);
  });
});

describe('data that was lost', () => {
  test('is never made anew unapproved, and a person is told', async () => {
    const world = await settled([STORE]);
    vanish(world, 'store');
    const result = await converge(world);
    expect(states(result)).toEqual(['store@1 Lost']);
    expect(result.plan.nodes[0]?.message).toContain('store-1 was recorded and no longer exists in AWS');
    expect(calls(world)).toEqual([]);
    approve(world, world.state.plan?.hash);
    await converge(world);
    expect(calls(world)).toEqual(['create store']);
    expect(world.state.resources.map(one => [one.epoch, one.id])).toEqual([[2, 'store-2']]);
  });
});

describe('an object that is deleted', () => {
  test('while it is made: what was made goes, and what was not is waited for by nobody', async () => {
    const world = createWorld([NET, { ...KEY, uses: ['net'], fixed: true }]);
    world.kill = { at: 3, point: 'answered' };
    await passOnce(world);
    restart(world);
    expect(livingOf(world).map(one => one.id)).toEqual(['net-1']);
    deleteObject(world, 'Remove');
    await converge(world);
    expect(livingOf(world)).toEqual([]);
  });
});

describe('removed and wanted again', () => {
  test.each([1, 2, 3])(
    'one is made, on a record of its own, also when the process ends at write %d',
    async at => {
      const lone: NodeSpec = { ...BOX, uses: [] };
      const world = await settled([lone]);
      respecify(world, []);
      await passOnce(world);
      respecify(world, [lone]);
      world.cloud.lagMs = 5_000;
      world.now += 16_000;
      await converge(world, { kills: [{ at, point: 'applied' }] });
      expect(world.restarts).toBe(1);
      expect(world.state.resources.map(one => [one.epoch, one.id])).toEqual([[1, 'box-2']]);
      expect(livingOf(world).map(one => one.id)).toEqual(['box-2']);
    },
  );
});

describe('replacing', () => {
  test('makes the new one, moves its users, then removes the old one', async () => {
    const world = await settled([NET, GATE, BOX]);
    respecify(world, [changed(NET, { shape: '2' }), GATE, BOX]);
    await converge(world, { approving: true });
    expect(calls(world)).toEqual(['create net', 'update gate', 'remove net']);
    expect(world.state.resources.map(one => `${one.node}@${one.epoch}`).sort()).toEqual([
      'box@1',
      'gate@1',
      'net@2',
    ]);
  });

  test('removes first where the name exists once', async () => {
    const world = await settled([QUEUE]);
    respecify(world, [changed(QUEUE, { shape: '2' })]);
    await converge(world, { approving: true });
    expect(calls(world)).toEqual(['remove queue', 'create queue']);
  });

  test('is called off by a spec that goes back', async () => {
    const world = await settled([NET]);
    respecify(world, [changed(NET, { shape: '2' })]);
    world.edit = { at: world.writes + 2, change: now => respecify(now, [NET]) };
    await converge(world, { approving: true });
    later(world);
    await converge(world);
    expect(calls(world)).toEqual([]);
    expect(world.state.resources.map(one => one.epoch)).toEqual([1]);
  });
});

describe('approval', () => {
  const CHANGED = [changed(NET, { shape: '2' }), GATE, changed(BOX, { a: '2' })];

  test('one covers all steps of a change, also after the process ended', async () => {
    const world = await settled([NET, GATE, BOX], { policy: 'ApproveAll' });
    respecify(world, CHANGED);
    const waiting = await converge(world);
    expect(calls(world)).toEqual([]);
    expect(waiting.state.plan?.steps?.map(one => `${one.action} ${one.node}`)).toEqual([
      'replace net',
      'update gate',
      'update box',
    ]);
    const { hash } = world.state.plan ?? {};
    approve(world, hash);
    const asked = world.version;
    await converge(world, {
      kills: [
        { at: 4, point: 'answered' },
        { at: 2, point: 'answered' },
      ],
    });
    expect([world.restarts, world.version]).toEqual([2, asked]);
    expect(new Set(calls(world))).toEqual(new Set(['create net', 'update gate', 'update box', 'remove net']));
    expect(world.state.plan).toEqual({ sequence: 2 });
  });

  test('is stored before it is used', async () => {
    const world = await settled([QUEUE], { policy: 'ApproveAll' });
    respecify(world, [changed(QUEUE, { a: '2' })]);
    await converge(world);
    approve(world, world.state.plan?.hash);
    world.log.length = 0;
    await passOnce(world);
    expect(world.log).toEqual(['save', 'update queue', 'save']);
  });

  test('left in place it approves nothing later', async () => {
    const world = await settled([QUEUE], { policy: 'ApproveAll' });
    respecify(world, [changed(QUEUE, { a: '2' })]);
    await converge(world);
    const { hash } = world.state.plan ?? {};
    approve(world, hash);
    await converge(world);
    expect(calls(world)).toEqual(['update queue']);
    later(world);
    for (const a of ['1', '3']) {
      drift(world, 'queue', { a });
      later(world);
      const result = await converge(world);
      expect(result.gated.map(one => one.gate)).toEqual(['approve']);
    }
    expect([calls(world), world.approve]).toEqual([['update queue'], hash]);
  });

  test('ends with the generation', async () => {
    const world = await settled([NET], { policy: 'ApproveAll' });
    respecify(world, [changed(NET, { shape: '2' })]);
    await converge(world);
    approve(world, world.state.plan?.hash);
    world.edit = { at: world.writes + 1, change: now => respecify(now, [changed(NET, { shape: '3' })]) };
    await converge(world);
    expect(calls(world)).toEqual([]);
    expect(world.state.plan).toMatchObject({ sequence: 3, generation: 3 });
    expect(world.state.plan).not.toHaveProperty('approval');
  });

  test('is not voided by what comes up meanwhile, and does not approve it', async () => {
    const world = await settled([NET, QUEUE], { policy: 'ApproveAll' });
    respecify(world, [changed(NET, { shape: '2' }), QUEUE]);
    await converge(world);
    approve(world, world.state.plan?.hash);
    drift(world, 'queue', { a: '9' });
    const result = await converge(world);
    expect(calls(world)).toEqual(['create net', 'remove net']);
    expect(result.gated.map(({ step }) => step.node)).toEqual(['queue']);
  });

  test('under Observe nothing is written, whatever is approved', async () => {
    const world = await settled([QUEUE, NET]);
    world.policy = 'Observe';
    respecify(world, [changed(QUEUE, { a: '2' }), GATE]);
    const result = await converge(world);
    approve(world, world.state.plan?.hash);
    await converge(world);
    expect(result.gated.map(({ gate, step }) => `${gate} ${step.action} ${step.node}`)).toEqual([
      'show update queue',
      'show remove net',
    ]);
    expect(calls(world)).toEqual([]);
  });
});

describe('a cluster that was rebuilt from Git', () => {
  const observed = (seen: { state<S>(node: string): S | undefined }) =>
    seen.state<{ fields: Record<string, string> }>('queue')?.fields.b;
  const chosen = (value: string) => [{ field: 'queue.b', value, observed }];

  async function oldCluster(spec: readonly NodeSpec[]): Promise<World> {
    const world = createWorld(spec);
    world.defaults = chosen('old');
    await converge(world, { approving: true });
    later(world);
    // A newer operator has other defaults by now.
    world.defaults = chosen('new');
    world.log.length = 0;
    return world;
  }

  test('takes up what is there: tags, and nothing else; unset fields keep what AWS has', async () => {
    const world = await oldCluster([KEY, NET, GATE, BOX, QUEUE, STORE]);
    const ids = livingOf(world).map(one => one.id);
    rebuild(world, 'cluster-2');
    await converge(world);
    expect([...new Set(calls(world).map(one => one.split(' ')[0]))]).toEqual(['tag']);
    expect(livingOf(world).map(one => one.id)).toEqual(ids);
    expect(world.state.defaults).toEqual({ 'queue.b': 'old' });
    expect(problems(world)).toEqual([]);
  });

  test('finds the epoch that was in use', async () => {
    const world = await oldCluster([NET, { ...BOX, uses: ['net'] }, QUEUE]);
    respecify(world, [changed(NET, { shape: '2' }), { ...BOX, uses: ['net'] }, QUEUE]);
    await converge(world, { approving: true });
    const entries = world.state.resources.map(one => [one.node, one.epoch, one.id]);
    later(world);
    rebuild(world, 'cluster-2');
    await converge(world);
    expect(world.state.resources.map(one => [one.node, one.epoch, one.id]).sort()).toEqual(entries.sort());
    expect(entries.map(([, epoch]) => epoch)).toContain(2);
  });

  test('touches nothing of a cluster that nobody declared gone', async () => {
    const world = await oldCluster([QUEUE, NET]);
    rebuild(world, 'cluster-2');
    world.takeOver = ['another'];
    const result = await converge(world);
    expect(states(result)).toEqual(['queue@1 Conflict', 'net@1 Conflict']);
    expect(result.plan.nodes[0]?.message).toContain('name its UID in the operator');
    expect(calls(world)).toEqual([]);
  });

  test('an object that lives on keeps its defaults, whatever a newer operator would choose', async () => {
    const world = await oldCluster([QUEUE]);
    await converge(world);
    expect([world.log, world.state.defaults]).toEqual([[], { 'queue.b': 'old' }]);
  });

  test('a new object takes what the operator chooses now', async () => {
    const world = createWorld([QUEUE]);
    world.defaults = chosen('new');
    await converge(world);
    expect(world.state.defaults).toEqual({ 'queue.b': 'new' });
    expect(world.cloud.living().map(one => world.cloud.current(one).fields.b)).toEqual(['new']);
  });
});

describe('adoption', () => {
  async function adopting(fields: Readonly<Record<string, string>>): Promise<World> {
    const world = createWorld([changed({ ...QUEUE, adopt: 'theirs' }, {})]);
    const one = world.cloud.plant(FAKE_TYPES.queue, 'theirs', fields, { Name: 'theirs' });
    one.adopted = true;
    return world;
  }

  test('shows a plan first, and then takes the resource as it is', async () => {
    const world = await adopting({ a: '2', shape: '9', 'opt-y': '1' });
    await converge(world);
    expect(calls(world)).toEqual([]);
    approve(world, world.state.plan?.hash);
    const result = await converge(world);
    expect(calls(world)).toEqual(['tag ', 'update queue']);
    expect(states(result)).toEqual(['queue@1 Ready']);
    expect(world.cloud.living().map(one => world.cloud.current(one).fields)).toEqual([
      { a: '1', shape: '9', 'opt-y': '1' },
    ]);
    expect(problems(world)).toEqual([]);
  });

  test('never replaces', async () => {
    const world = await adopting({ a: '1', shape: '9' });
    world.spec = [changed({ ...QUEUE, adopt: 'theirs' }, { shape: '1' })];
    const result = await converge(world, { approving: true });
    expect(calls(world)).toEqual(['tag ']);
    expect(result.plan.nodes[0]).toMatchObject({
      state: 'Ready',
      note: expect.stringContaining('shape cannot be changed'),
    });
  });

  test('takes up what a deleted object left, under another name', async () => {
    const world = await settled([QUEUE]);
    deleteObject(world, 'Retain');
    await converge(world);
    const { cloud } = world;
    const heir = createWorld([{ ...QUEUE, adopt: 'one-queue' }], {
      cloud,
      owner: ownerOf('two'),
      now: world.now,
    });
    heir.cloud.around = write => write();
    expect(states(await converge(heir))).toEqual(['queue@1 InProgress']);
    approve(heir, heir.state.plan?.hash);
    expect(states(await converge(heir))).toEqual(['queue@1 Ready']);
    const [one] = cloud.living();
    expect(one && cloud.current(one).tags).toMatchObject({
      'opta.dev/name': 'two',
      'opta.dev/uid': 'uid-two',
    });
    expect(one && cloud.current(one).tags).not.toHaveProperty('opta.dev/retained');
  });
});

describe('two objects that want one name', () => {
  /** They look at the same moment, before either has made anything. */
  async function rivals(of: { readonly oneProcess: boolean }) {
    const clock = { now: 0 };
    const cloud = createFakeCloud(() => clock.now);
    const [a, b] = ['uid-a', 'uid-b'].map((uid, index) => {
      const owner = { ...ownerOf('one', uid), namespace: `ns${index}` };
      return createWorld([QUEUE, STORE], { cloud, owner });
    });
    if (a === undefined || b === undefined) throw new Error('two worlds');
    if (of.oneProcess) b.claims = a.claims;
    for (let turn = 0; turn < 6; turn++) {
      await Promise.all([passOnce(a), passOnce(b)]);
      for (const world of [a, b]) world.now += 60_000;
      clock.now += 60_000;
    }
    return { cloud, a, b };
  }

  test.each([
    ['in one process the second create is never sent', true, 2],
    ['in two, its answer is judged by the tags', false, 4],
  ])('one has it, the other says so and writes nothing to it: %s', async (_, oneProcess, creates) => {
    const { cloud, b } = await rivals({ oneProcess });
    const living = cloud.living();
    expect(living.map(one => cloud.current(one).tags['opta.dev/uid'])).toEqual(['uid-a', 'uid-a']);
    expect(living.map(one => one.versions.length)).toEqual([1, 1]);
    const writes = cloud.journal.filter(call => call.write).map(call => call.operation);
    expect(writes).toEqual(Array.from({ length: creates }, () => 'create'));
    expect(states((await passOnce(b)) ?? { plan: { nodes: [] } })).toEqual([
      'queue@1 Conflict',
      'store@1 Conflict',
    ]);
    expect(b.state.resources.map(one => one.id)).toEqual([undefined, undefined]);
  });
});

describe('what is set and then dropped', () => {
  const OPTIONAL = { ...changed(QUEUE, { 'opt-x': '1' }), tags: { team: 'red' } };

  test('goes back to what AWS has by default, and is on record no more', async () => {
    const world = await settled([OPTIONAL]);
    expect(world.state.resources[0]?.keys).toEqual(['opt-x', 'tag:team']);
    respecify(world, [QUEUE]);
    await converge(world);
    later(world);
    await converge(world);
    const [one] = world.cloud.living();
    expect(one && world.cloud.current(one).fields).toEqual({ a: '1' });
    expect(one && world.cloud.current(one).tags).not.toHaveProperty('team');
    expect(world.state.resources[0]).not.toHaveProperty('keys');
  });

  test('stays on record while reads may be older than what an earlier process set', async () => {
    const world = await settled([QUEUE]);
    respecify(world, [OPTIONAL]);
    await converge(world);
    world.now += 10_000;
    restart(world);
    world.cloud.lagMs = 30_000;
    respecify(world, [QUEUE]);
    await passOnce(world);
    expect(world.state.resources[0]?.keys).toEqual(['opt-x', 'tag:team']);
    world.cloud.lagMs = 0;
    later(world);
    await converge(world);
    const [one] = world.cloud.living();
    expect(one && world.cloud.current(one).fields).toEqual({ a: '1' });
  });

  test('what we never set is untouched', async () => {
    const world = await settled([QUEUE]);
    drift(world, 'queue', { 'opt-x': 'theirs' });
    await converge(world);
    expect(world.log).toEqual([]);
  });
});

describe('resources that are not the object’s alone', () => {
  const ROLE: NodeSpec = { id: 'role', type: 'role', fields: { a: '1' }, role: 'shared' };
  const USER: NodeSpec = { ...QUEUE, uses: ['role'] };

  test('what is shared is made if missing, and then never tagged, changed, recorded or removed', async () => {
    const world = createWorld([ROLE, USER]);
    await converge(world);
    expect(calls(world)).toEqual(['create role', 'create queue']);
    const [role] = world.cloud.living();
    expect(role && world.cloud.current(role).tags).toEqual({});
    expect(world.state.resources.map(one => one.node)).toEqual(['queue']);
    later(world);
    respecify(world, [changed(ROLE, { a: '2' }), USER]);
    await converge(world);
    deleteObject(world, 'Remove');
    await converge(world);
    expect(calls(world)).toEqual(['create role', 'create queue', 'remove queue']);
  });

  test('what is shared and there already is only looked up', async () => {
    const world = createWorld([ROLE, USER]);
    world.cloud.plant(FAKE_TYPES.role, 'one-role', { a: '9' }, {});
    await converge(world);
    expect(calls(world)).toEqual(['create queue']);
  });

  test('what is only watched is waited for', async () => {
    const world = createWorld([{ ...ROLE, role: 'watched' }, USER]);
    expect(states(await converge(world))).toEqual(['role@1 Waiting', 'queue@1 Waiting']);
    world.cloud.plant(FAKE_TYPES.role, 'one-role', { a: '9' }, {});
    expect(states(await converge(world))).toEqual(['role@1 Ready', 'queue@1 Ready']);
    expect(calls(world)).toEqual(['create queue']);
  });
});

describe('drift', () => {
  test('is corrected and told as drift; a change of the spec is none', async () => {
    const world = await settled([QUEUE]);
    drift(world, 'queue', { a: '9' });
    later(world);
    const corrected = await passOnce(world);
    expect(corrected?.done.map(step => [step.action, step.drift])).toEqual([['update', true]]);
    await converge(world);
    later(world);
    respecify(world, [changed(QUEUE, { a: '2' })]);
    const wanted = await passOnce(world);
    expect(wanted?.done.map(step => [step.action, step.drift])).toEqual([['update', false]]);
  });

  test('a resource that an error hides is neither made nor removed', async () => {
    const world = await settled([QUEUE, NET]);
    world.cloud.fault = call => (call.operation === 'find' ? 'broken' : 'none');
    const result = await passOnce(world);
    respecify(world, []);
    await passOnce(world);
    expect(states(result ?? { plan: { nodes: [] } })).toEqual(['queue@1 Failed', 'net@1 Failed']);
    expect(calls(world)).toEqual([]);
  });
});

describe('a status that somebody forged', () => {
  test.each<readonly [string, (entry: Record<string, unknown>) => object]>([
    ['another’s id', entry => ({ ...entry, id: 'queue-2', arn: 'arn:queue-2' })],
    ['an id of nothing', entry => ({ ...entry, id: 'queue-9', arn: 'arn:queue-9' })],
    ['another’s name', entry => ({ ...entry, name: 'theirs', id: 'queue-2' })],
    ['no id', ({ id: _, arn: _arn, ...entry }) => entry],
  ])('leads nowhere: %s', async (_, forge) => {
    const world = await settled([QUEUE]);
    const theirs = world.cloud.plant(FAKE_TYPES.queue, 'theirs', { a: '9' }, { Name: 'theirs' });
    world.state = {
      ...world.state,
      resources: world.state.resources.map(
        entry => forge({ ...entry }) as (typeof world.state.resources)[number],
      ),
    };
    await converge(world);
    deleteObject(world, 'Remove');
    await converge(world);
    expect(theirs.versions.length).toBe(1);
    expect(world.cloud.living().map((one: { id: string }) => one.id)).toEqual([theirs.id]);
  });
});

test('what a look gives is what the outputs see: present, and nobody else’s', async () => {
  const world = await settled([QUEUE]);
  const result = await passOnce(world);
  const seen = (result?.seen.state('queue') as Found['state'] | undefined) ?? {};
  expect(seen).toMatchObject({ status: 'ready' });
  expect([result?.seen.id('queue'), result?.seen.arn('queue')]).toEqual(['queue-1', 'arn:queue-1']);
  const stranger = createWorld([QUEUE], {
    cloud: world.cloud,
    owner: { ...ownerOf('one', 'x'), namespace: 'x' },
  });
  const other = await passOnce(stranger);
  expect([other?.seen.state('queue'), other?.seen.id('queue')]).toEqual([undefined, undefined]);
});
