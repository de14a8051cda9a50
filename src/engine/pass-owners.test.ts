import { describe, expect, test } from 'vitest';
import type { Found } from './adaptor.ts';
import { ownershipTags, TAG_PREFIX } from './owner.ts';
import { converge } from './testing/converge.ts';
import { createFakeCloud } from './testing/fake-cloud.ts';
import type { NodeSpec } from './testing/fake-graph.ts';
import { FAKE_TYPES } from './testing/fake-types.ts';
import { livingOf, problems } from './testing/oracles.ts';
import {
  BOX,
  calls,
  changed,
  GATE,
  KEY,
  later,
  NET,
  QUEUE,
  retag,
  STORE,
  settled,
  states,
  vanish,
} from './testing/stories.ts';
import {
  approve,
  createWorld,
  deleteObject,
  loseStatus,
  ownerOf,
  passOnce,
  rebuild,
  respecify,
  restart,
  type World,
} from './testing/world.ts';

const observed = (seen: { state<S>(node: string): S | undefined }) =>
  seen.state<{ fields: Record<string, string> }>('queue')?.fields.b;
const chosen = (value: string) => [{ field: 'queue.b', value, observed }];

describe('an object whose status is lost', () => {
  const HOUR_MS = 60 * 60_000;
  test.each<readonly [string, Partial<NodeSpec>, number, string]>([
    ['goes on with what it was made with', {}, HOUR_MS, 'old'],
    ['goes on with what it found when it adopted', { adopt: 'legacy', mayBeAdopted: true }, 60_000, 'old'],
    // By a first pass that was cut off, as far as anybody can tell.
    ['is finished as a new one while it may be half made', {}, HOUR_MS - 60_000, 'new'],
  ])('%s', async (_, of, agedMs, left) => {
    const spec: NodeSpec = { ...QUEUE, ...of };
    const world = createWorld([spec]);
    if (spec.adopt !== undefined)
      world.cloud.plant(FAKE_TYPES.queue, spec.adopt, { ...QUEUE.fields, b: 'old' }, {});
    const madeAt = world.now;
    world.defaults = chosen('old');
    await converge(world, { approving: true });
    world.now = madeAt + agedMs;
    loseStatus(world);
    // A newer operator has other defaults by now.
    world.defaults = chosen('new');
    restart(world);
    world.log.length = 0;
    await converge(world);
    expect(calls(world)).toEqual(left === 'old' ? [] : ['update queue']);
    expect(world.state.defaults).toEqual({ 'queue.b': left });
  });
});

describe('a cluster that was rebuilt from Git', () => {
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

  test('has its defaults on record before it is taken up: what is ours is not asked for them any more', async () => {
    const world = await oldCluster([{ ...QUEUE, fixed: true }]);
    rebuild(world, 'cluster-2');
    world.kill = { at: world.writes + 2, point: 'applied' };
    await passOnce(world);
    expect([world.log, world.state.defaults]).toEqual([['save', 'tag queue'], { 'queue.b': 'old' }]);
  });

  test('what waits for a yes to be taken up is on no record: its tags do not say whose it is', async () => {
    const world = await oldCluster([QUEUE]);
    rebuild(world, 'cluster-2');
    world.policy = 'ApproveAll';
    await converge(world);
    expect([calls(world), world.state.resources]).toEqual([[], []]);
    await converge(world, { approving: true });
    expect(world.state.resources).toMatchObject([{ node: 'queue', id: 'queue-1' }]);
  });

  test('what AWS has and the spec leaves no room for by now is chosen anew', async () => {
    const world = await oldCluster([QUEUE]);
    rebuild(world, 'cluster-2');
    world.settled = defaults => ({ ...defaults, 'queue.b': 'fitting' });
    await converge(world);
    expect(world.state.defaults).toEqual({ 'queue.b': 'fitting' });
    expect(world.cloud.living().map(one => world.cloud.current(one).fields.b)).toEqual(['fitting']);
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

  test('keeps its defaults where a part is of a later epoch, and another could not be looked at at first', async () => {
    const world = await oldCluster([NET, QUEUE]);
    respecify(world, [changed(NET, { shape: '2' }), QUEUE]);
    await converge(world, { approving: true });
    later(world);
    world.log.length = 0;
    rebuild(world, 'cluster-2');
    world.cloud.fault = ({ operation, node }) =>
      operation === 'find' && node === 'queue' ? 'refused' : 'none';
    await passOnce(world);
    expect(world.state.resources).toEqual([]);
    world.cloud.fault = () => 'none';
    await converge(world);
    expect(world.state.defaults).toEqual({ 'queue.b': 'old' });
    expect(calls(world).filter(one => !one.startsWith('tag'))).toEqual([]);
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

  test.each([
    ['keeps what it was made with where that is for good', { fixedBy: 'queue' }, 'written'],
    ['moves to the default otherwise', {}, 'new'],
  ])('an object whose spec leaves out later what it said first %s', async (_, fixed, becomes) => {
    const world = createWorld([changed(QUEUE, { b: 'written' })]);
    await converge(world);
    respecify(world, [QUEUE]);
    world.defaults = chosen('new').map(one => ({ ...one, ...fixed }));
    await converge(world);
    expect(world.state.defaults).toEqual({ 'queue.b': becomes });
    expect(world.cloud.living().map(one => world.cloud.current(one).fields.b)).toEqual([becomes]);
  });

  test('and nothing is chosen for it while AWS does not show what it was made with', async () => {
    const world = createWorld([changed(QUEUE, { b: 'written' })]);
    await converge(world);
    later(world);
    respecify(world, [QUEUE]);
    world.defaults = chosen('new').map(one => ({ ...one, fixedBy: 'queue' }));
    world.cloud.fault = () => 'refused';
    await passOnce(world);
    expect(world.state.defaults).toEqual({});
    world.cloud.fault = () => 'none';
    await converge(world);
    expect(world.state.defaults).toEqual({ 'queue.b': 'written' });
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
    expect([calls(world), world.state.resources]).toEqual([[], []]);
    approve(world, world.state.plan?.hash);
    const result = await converge(world);
    expect(calls(world)).toEqual(['tag ', 'update queue']);
    expect(states(result)).toEqual(['queue@1 Ready']);
    expect(world.state.resources.map(one => one.adopted)).toEqual([true]);
    expect(world.cloud.living().map(one => world.cloud.current(one).fields)).toEqual([
      { a: '1', shape: '9', 'opt-y': '1' },
    ]);
    expect(problems(world)).toEqual([]);
  });

  test('is on record also where the mark in the tags waits for a yes', async () => {
    const world = await adopting({ a: '1', shape: '1' });
    await converge(world, { approving: true });
    // As an earlier release left it.
    retag(world, 'queue', ({ 'opta.dev/adopted': _, ...rest }) => rest);
    world.state = { ...world.state, resources: world.state.resources.map(({ adopted: _, ...one }) => one) };
    world.policy = 'ApproveAll';
    approve(world, undefined);
    later(world);
    world.log.length = 0;
    await converge(world);
    expect([calls(world), world.state.resources.map(one => one.adopted)]).toEqual([[], [true]]);
  });

  test.each([
    ['what nobody had', {}],
    ['what a deleted object left', { 'opta.dev/retained': 'then' }],
  ])('is not asked for again while AWS shows the tags from before: %s', async (_, tags) => {
    const world = createWorld([changed({ ...QUEUE, adopt: 'theirs' }, {})]);
    const before =
      Object.keys(tags).length === 0 ? tags : { ...ownershipTags(ownerOf('old'), 'queue', 1), ...tags };
    world.cloud.plant(FAKE_TYPES.queue, 'theirs', { a: '1' }, before).adopted = true;
    later(world);
    await passOnce(world);
    approve(world, world.state.plan?.hash);
    await passOnce(world);
    expect(calls(world)).toHaveLength(1);
    world.cloud.lagMs = 10_000;
    world.now += 1_000;
    const result = await passOnce(world);
    expect(result?.gated).toEqual([]);
    expect(states(result ?? { plan: { nodes: [] } })).toEqual(['queue@1 Ready']);
    expect(calls(world)).toHaveLength(1);
  });

  test('is not believed by a removal: that trusts nothing but what AWS shows', async () => {
    const world = await adopting({ a: '1' });
    await converge(world, { approving: true });
    const [one] = world.cloud.living();
    one?.versions.push({ at: world.now, fields: { a: '1' }, tags: { Name: 'theirs' } });
    deleteObject(world, 'Remove');
    world.log.length = 0;
    await passOnce(world);
    expect(calls(world)).toEqual([]);
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

  test('once it is lost, is restored by hand or let go: an approval leads nowhere, and none is asked for', async () => {
    const world = await adopting({ a: '1' });
    await converge(world, { approving: true });
    later(world);
    vanish(world, 'queue');
    world.log.length = 0;
    const lost = await converge(world, { approving: true });
    expect([states(lost), lost.gated, calls(world)]).toEqual([['queue@1 Failed'], [], []]);
    expect(lost.plan.nodes[0]?.message).toContain('was adopted and no longer exists in AWS; restore it');
    // Restored: asked for again, as whatever bears that name.
    world.cloud.plant(FAKE_TYPES.queue, 'theirs', { a: '1' }, {}).adopted = true;
    expect(states(await converge(world, { approving: true }))).toEqual(['queue@1 Ready']);
    expect(calls(world)).toEqual(['tag ']);
    // Left out: one of its own.
    later(world);
    vanish(world, 'queue');
    respecify(world, [changed(QUEUE, {})]);
    expect(states(await converge(world, { approving: true }))).toEqual(['queue@2 Ready']);
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

describe('one without a name that lost a tag by hand', () => {
  test.each(['node', 'installation', 'kind', 'name'])(
    'is told, and not made a second time: %s',
    async tag => {
      const world = await settled([NET, GATE]);
      retag(world, 'net', ({ [`${TAG_PREFIX}${tag}`]: _, ...rest }) => rest);
      later(world);
      const { plan } = (await passOnce(world)) ?? { plan: undefined };
      expect(plan?.nodes.find(view => view.node === 'net')?.message).toContain('is on record as this object');
      for (let n = 0; n < 3; n += 1) {
        await passOnce(world);
        later(world);
      }
      expect(calls(world)).toEqual([]);
    },
  );

  test('stays and is named when the object goes, with what it uses', async () => {
    const world = await settled([NET, GATE]);
    retag(world, 'gate', () => ({}));
    later(world);
    deleteObject(world, 'Remove');
    const told = new Set<string>();
    for (let n = 0; n < 20 && !world.released; n += 1) {
      for (const view of (await passOnce(world))?.plan.nodes ?? []) told.add(`${view.node} ${view.state}`);
      later(world);
    }
    expect(world.released).toBe(true);
    expect(told).toContain('gate Kept');
    expect(calls(world)).toEqual(['tag net']);
  });
});
