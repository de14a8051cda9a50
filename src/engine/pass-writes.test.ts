import { describe, expect, test } from 'vitest';
import { CloudError } from './errors.ts';
import { converge } from './testing/converge.ts';
import type { Fault } from './testing/fake-cloud.ts';
import type { NodeSpec } from './testing/fake-graph.ts';
import { resourceOf } from './testing/oracles.ts';
import {
  BOX,
  calls,
  changed,
  drift,
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
import { approve, createWorld, deleteObject, passOnce, respecify, restart } from './testing/world.ts';

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
        { ...QUEUE, fixed: true },
        { ...QUEUE, id: 'late', uses: ['queue'], fixed: true },
      ],
      ['create gate', 'create queue', 'save', 'create late', 'save'],
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

  test('what AWS refused was not made: the next attempt is the first one, and nothing else is looked for', async () => {
    const world = createWorld([NET]);
    const { fault } = world.cloud;
    world.cloud.fault = call => (call.operation === 'create' ? 'refused' : 'none');
    await passOnce(world);
    expect(world.state.resources[0]).toMatchObject({ node: 'net', epoch: 1 });
    expect(world.state.resources[0]).not.toHaveProperty('attempts');
    expect(world.state.resources[0]).not.toHaveProperty('pending');
    world.cloud.fault = fault;
    await passOnce(world);
    expect(world.state.resources[0]).toMatchObject({ attempts: 1, id: 'net-1' });
  });

  test('a change that AWS refuses holds up nothing that uses the resource as it is', async () => {
    const user = { ...QUEUE, id: 'user', uses: ['queue'] };
    const world = await settled([QUEUE, user]);
    const { fault } = world.cloud;
    world.cloud.fault = call => (call.operation === 'update' && call.node === 'queue' ? 'denied' : 'none');
    respecify(world, [changed(QUEUE, { a: '2' }), changed(user, { a: '2' })]);
    const result = await passOnce(world);
    expect(calls(world)).toEqual(['update user']);
    expect(result?.errors.map(({ node, error }) => `${node} ${error.class}`)).toEqual(['queue Denied']);
    world.cloud.fault = fault;
    await converge(world);
    expect(calls(world).at(-1)).toBe('update queue');
  });

  test('nor does a refusal make one forget an attempt that may have been made', async () => {
    const world = createWorld([NET]);
    const { fault } = world.cloud;
    world.cloud.fault = call => (call.operation === 'create' ? 'broken' : 'none');
    await passOnce(world);
    expect(world.state.resources[0]).toMatchObject({ attempts: 1, pending: { attempt: '1' } });
    world.cloud.fault = call => (call.operation === 'create' ? 'refused' : 'none');
    world.now += 60_000;
    await passOnce(world);
    expect(world.state.resources[0]).toMatchObject({ attempts: 1 });
    expect(world.state.resources[0]).not.toHaveProperty('pending');
    world.cloud.fault = fault;
    await passOnce(world);
    expect(world.state.resources[0]).toMatchObject({ attempts: 2, id: 'net-1' });
  });

  test('the id of what was made without an answer is stored, also when it is not wanted any more', async () => {
    const world = createWorld([NET], { policy: 'ApproveHighRisk' });
    world.cloud.fault = call => (call.operation === 'create' ? 'lost' : 'none');
    await passOnce(world);
    respecify(world, []);
    const result = await converge(world);
    expect(world.state.resources.map(one => [one.id, one.pending])).toEqual([['net-1', undefined]]);
    expect(result.gated.map(({ step }) => step.action)).toEqual(['remove']);
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

  test('and again before the next one, where that comes after the first', async () => {
    const world = await settled([NET, { ...QUEUE, uses: ['net'] }]);
    deleteObject(world, 'Remove');
    await passOnce(world);
    expect([world.confirms, calls(world).length]).toEqual([2, 2]);
  });

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

  test.each([
    ['is asked about where it may interrupt, or take data with it', { risky: '1' }, 1],
    ['is not asked about otherwise', { a: '2' }, 0],
  ])('an update %s', async (_, fields, confirms) => {
    const world = await settled([QUEUE]);
    respecify(world, [changed(QUEUE, fields)]);
    await passOnce(world);
    expect([world.confirms, calls(world)]).toEqual([confirms, ['update queue']]);
  });

  test('and is not done when it is wanted no more', async () => {
    const world = await settled([QUEUE]);
    respecify(world, [changed(QUEUE, { risky: '1' })]);
    world.cloud.fault = () => {
      if (world.generation === 2) respecify(world, [QUEUE]);
      return 'none';
    };
    expect(await passOnce(world)).toBeUndefined();
    expect([world.confirms, calls(world)]).toEqual([1, []]);
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

  test.each([
    ['a write', 'Apply'],
    ['what a person is asked for', 'ApproveAll'],
  ] as const)('never decide %s: a difference is looked at once more', async (_, policy) => {
    const world = await settled([KEY], { policy });
    drift(world, 'key', { a: '9' });
    world.now += 30_000;
    drift(world, 'key', { a: '1' });
    world.now += 1_000;
    world.cloud.sharedLagMs = 20_000;
    const finds = world.cloud.journal.length;
    const result = await passOnce(world);
    expect([world.log, result?.gated]).toEqual([[], []]);
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

test('what somebody schedules for deletion a moment after it was made asks for no person: it is looked at again, and saved', async () => {
  const world = createWorld([KEY]);
  await converge(world);
  const one = resourceOf(world, 'key');
  if (one !== undefined) one.scheduledAt = world.now;
  world.now += 1_000;
  const view = (await passOnce(world))?.plan.nodes[0];
  expect(view).toMatchObject({
    state: 'InProgress',
    message: 'is scheduled for deletion; what differs is put right once our last change has settled',
  });
  world.now += view?.againInMs ?? Number.POSITIVE_INFINITY;
  await converge(world);
  later(world);
  expect(states((await passOnce(world)) ?? { plan: { nodes: [] } })).toEqual(['key@1 Ready']);
  expect(calls(world)).toEqual(['create key', 'update key']);
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

  test('stays on record while AWS shows it: a write whose answer was lost brought it back', async () => {
    const world = await settled([QUEUE]);
    world.cloud.lateMs = 9_000;
    const faults = ['late', 'none', 'none'] as const;
    let tagged = 0;
    world.cloud.fault = call => (call.operation === 'tag' ? (faults[tagged++] ?? 'none') : 'none');
    respecify(world, [{ ...QUEUE, tags: { team: 'red' } }]);
    await passOnce(world);
    world.now += 5_000;
    await passOnce(world);
    world.now += 1_000;
    respecify(world, [QUEUE]);
    await converge(world);
    later(world);
    await converge(world);
    const [one] = world.cloud.living();
    expect(one && world.cloud.current(one).tags).not.toHaveProperty('team');
    expect(calls(world)).toEqual(['tag queue', 'tag queue', 'tag queue', 'tag queue']);
  });

  test('what we never set is untouched', async () => {
    const world = await settled([QUEUE]);
    drift(world, 'queue', { 'opt-x': 'theirs' });
    await converge(world);
    expect(world.log).toEqual([]);
  });

  const THEIRS = { 'opt-x': 'theirs' };
  test.each<readonly [string, readonly Fault[], Readonly<Record<string, string>>]>([
    ['AWS does not allow', ['denied'], THEIRS],
    ['AWS had no time for, and does not allow then', ['refused', 'denied'], THEIRS],
    ['AWS may have set is set back', ['lost'], {}],
    ['AWS may have set, and does not allow then, is set back', ['broken', 'denied'], {}],
  ])('what %s', async (_, faults, left) => {
    const world = await settled([QUEUE]);
    drift(world, 'queue', THEIRS);
    respecify(world, [changed(QUEUE, { 'opt-x': 'ours' })]);
    for (const fault of faults) {
      world.cloud.fault = call => (call.operation === 'update' ? fault : 'none');
      await passOnce(world);
      later(world);
    }
    world.cloud.fault = () => 'none';
    respecify(world, [QUEUE]);
    await converge(world);
    const [one] = world.cloud.living();
    expect(one && world.cloud.current(one).fields).toEqual({ a: '1', ...left });
  });

  test('what was to be set once something else was made, which never was, is untouched', async () => {
    const world = await settled([QUEUE]);
    drift(world, 'queue', THEIRS);
    retag(world, 'queue', tags => ({ ...tags, team: 'blue' }));
    respecify(world, [
      KEY,
      { ...changed(QUEUE, { 'opt-x': 'ours' }), after: ['key'], tags: { team: 'red' } },
    ]);
    world.cloud.fault = call => (call.operation === 'create' ? 'denied' : 'none');
    await passOnce(world);
    respecify(world, [QUEUE]);
    await converge(world);
    expect(calls(world)).toEqual([]);
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

  test('is told of also where the pass is cut off after it', async () => {
    const world = await settled([QUEUE, { ...BOX, uses: ['queue'] }]);
    drift(world, 'queue', { a: '9' });
    vanish(world, 'box');
    later(world);
    world.edit = { at: world.writes + 1, change: one => approve(one, 'other') };
    expect(await passOnce(world)).toBeUndefined();
    expect([calls(world), world.done]).toEqual([['update queue'], ['update queue']]);
  });

  describe('of a resource whose tags AWS refuses', () => {
    /** An Organizations tag policy lets nobody set it. */
    async function untaggable(of: Parameters<typeof settled>[1] = {}) {
      const world = await settled([QUEUE], of);
      world.cloud.fault = call => {
        if (call.operation === 'tag') throw new CloudError('Denied', 'not this tag');
        return 'none';
      };
      respecify(world, [{ ...QUEUE, tags: { team: 'red' } }]);
      await passOnce(world);
      later(world);
      world.log.length = 0;
      return world;
    }

    test('is corrected and told, and so is the refusal', async () => {
      const world = await untaggable();
      drift(world, 'queue', { a: '9' });
      const result = await passOnce(world);
      expect(calls(world)).toEqual(['update queue']);
      expect(result?.errors.map(({ error }) => error.message)).toEqual(['not this tag']);
      const told = result?.done.map(step => [step.changes.map(one => one.field), step.setTags]);
      expect(told).toEqual([[['a'], {}]]);
      world.log.length = 0;
      expect((await passOnce(world))?.errors.length).toBe(1);
      expect(calls(world)).toEqual([]);
    });

    test('nor do they hold up what was approved', async () => {
      const world = await untaggable({ policy: 'ApproveHighRisk' });
      const wanted = { ...changed(QUEUE, { risky: '1', a: '2' }), tags: { team: 'red' } };
      respecify(world, [wanted]);
      await passOnce(world);
      expect(world.state.plan?.hash).toBeDefined();
      approve(world, world.state.plan?.hash);
      later(world);
      await passOnce(world);
      const [one] = world.cloud.living();
      expect(one && world.cloud.current(one).fields).toEqual({ a: '2', risky: '1' });
    });

    test('while a refused field does', async () => {
      const world = await untaggable({ policy: 'ApproveHighRisk' });
      world.cloud.fault = call => {
        if (call.operation === 'update') throw new CloudError('Invalid', 'not this value');
        return 'none';
      };
      respecify(world, [{ ...changed(QUEUE, { risky: '1', a: '2' }), tags: { team: 'red' } }]);
      await passOnce(world);
      approve(world, world.state.plan?.hash);
      const tried = world.cloud.journal.length;
      await passOnce(world);
      const updates = world.cloud.journal.slice(tried).filter(one => one.operation === 'update');
      expect(updates.length).toBe(0);
    });
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

describe('data that were to go, were wanted again, and are gone later are lost', () => {
  /** The removal is accepted, and the spec has it again at once. */
  async function rescued() {
    const world = await settled([KEY, QUEUE]);
    respecify(world, [QUEUE]);
    await passOnce(world);
    approve(world, world.state.plan?.hash);
    // After the approval is stored and AWS has answered.
    world.edit = { at: world.writes + 2, change: now => respecify(now, [KEY, QUEUE]) };
    await passOnce(world);
    world.edit = undefined;
    expect(calls(world)).toEqual(['remove key']);
    return world;
  }

  test.each(['by us', 'by hand'])('rescued %s', async by => {
    const world = await rescued();
    if (by === 'by hand') delete resourceOf(world, 'key')?.scheduledAt;
    later(world);
    expect(states(await converge(world))).toContain('key@1 Ready');
    later(world);
    vanish(world, 'key');
    world.log.length = 0;
    const result = await converge(world);
    expect([calls(world), states(result)]).toEqual([[], ['key@1 Lost', 'queue@1 Ready']]);
    expect(result.gated.map(({ gate, step }) => `${gate} ${step.action}`)).toEqual(['approve recreate']);
  });
});
