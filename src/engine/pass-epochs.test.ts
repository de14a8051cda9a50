import { describe, expect, test } from 'vitest';
import { ownershipTags } from './owner.ts';
import type { PassResult } from './pass.ts';
import { converge } from './testing/converge.ts';
import type { FakeCall } from './testing/fake-cloud.ts';
import type { NodeSpec } from './testing/fake-graph.ts';
import { FAKE_TYPES } from './testing/fake-types.ts';
import { livingOf, problems, resourceOf } from './testing/oracles.ts';
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
  passOnce,
  rebuild,
  respecify,
  restart,
  type World,
} from './testing/world.ts';

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

  describe('also where the status with the number is lost', () => {
    const dropped = async (world: World) => {
      respecify(world, []);
      await converge(world, { approving: true });
      later(world);
      loseStatus(world);
    };
    const takenByHand = async (world: World) => {
      vanish(world, 'gate');
      later(world);
      loseStatus(world);
    };

    test.each([
      ['removed, and put into the spec again', dropped, TOKEN],
      ['removed, and put into the spec again with other values', dropped, changed(TOKEN, { shape: '2' })],
      ['removed by hand', takenByHand, TOKEN],
    ] as const)('%s: the next one is made once AWS would show what its token made', async (_, lose, spec) => {
      for (const policy of ['Apply', 'ApproveAll'] as const) {
        for (const isRestarted of [true, false]) {
          const world = await settled([TOKEN], { policy });
          await lose(world);
          if (isRestarted) restart(world);
          respecify(world, [spec]);
          world.log.length = 0;
          const result = await converge(world, { approving: true });
          expect([states(result), livingOf(world).map(one => one.id)]).toEqual([
            ['gate@2 Ready'],
            ['gate-2'],
          ]);
          expect(problems(world)).toEqual([]);
        }
      }
    });

    test('of one that is there and not shown yet no second one is made', async () => {
      const world = await settled([TOKEN]);
      world.now += 1;
      respecify(world, []);
      await converge(world);
      later(world);
      respecify(world, [TOKEN]);
      await converge(world);
      // Made a moment ago: as far as reads go.
      world.cloud.lagMs = 10 * 60_000;
      loseStatus(world);
      respecify(world, [changed(TOKEN, { shape: '2' })]);
      await passOnce(world);
      expect(livingOf(world).map(one => one.id)).toEqual(['gate-2']);
      world.now += FAKE_TYPES.gate.settleMs - 1;
      await passOnce(world);
      expect(livingOf(world).map(one => one.id)).toEqual(['gate-2']);
      world.cloud.lagMs = 0;
      await converge(world, { approving: true });
      expect(livingOf(world).map(one => one.madeFor)).toEqual(['one/gate@3']);
      expect(problems(world)).toEqual([]);
    });
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
  test('the old id is off the record before one is made under its epoch: that would look lost', async () => {
    const lone: NodeSpec = { ...BOX, uses: [], fixed: true };
    const world = await settled([lone]);
    respecify(world, []);
    await passOnce(world);
    respecify(world, [lone]);
    world.now += 16_000;
    world.log.length = 0;
    await passOnce(world);
    expect(world.log.slice(0, 2)).toEqual(['save', 'create box']);
  });

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

  describe('that is on record, and of which AWS refuses all', () => {
    const REFUSED = (call: FakeCall) => (call.write ? 'refused' : 'none');

    async function refused(spec: readonly NodeSpec[], wanted: readonly NodeSpec[]): Promise<World> {
      const world = await settled(spec);
      respecify(world, wanted);
      await passOnce(world);
      approve(world, world.state.plan?.hash);
      world.cloud.fault = REFUSED;
      await passOnce(world);
      const [{ id: replaced } = NET] = spec;
      const epochs = world.state.resources.filter(one => one.node === replaced);
      expect(epochs.map(({ epoch, id }) => [epoch, id])).toEqual([
        [1, expect.any(String)],
        [2, undefined],
      ]);
      later(world);
      world.log.length = 0;
      return world;
    }

    test.each([
      ['an id that AWS chooses', NET],
      ['a token', { ...GATE, uses: [] }],
      ['a name for each epoch', { ...BOX, uses: [] }],
    ])(
      'is called off by a spec that goes back, also where one look at the old one fails: %s',
      async (_, spec) => {
        const world = await refused([spec], [changed(spec, { shape: '2' })]);
        const [old] = livingOf(world);
        respecify(world, [spec]);
        let looks = 0;
        world.cloud.fault = call => (call.id === old?.id && looks++ === 0 ? 'refused' : 'none');
        await passOnce(world);
        await converge(world);
        expect(looks).toBeGreaterThan(1);
        expect([calls(world), world.state.resources.flatMap(one => one.id ?? [])]).toEqual([[], [old?.id]]);
      },
    );

    test.each<readonly [string, NodeSpec, readonly string[]]>([
      ['an id that AWS chooses', NET, ['create', 'remove']],
      ['a token', { ...GATE, uses: [] }, ['create', 'remove']],
      ['a name for each epoch', { ...BOX, uses: [] }, ['create', 'remove']],
      ['one name, so that the old one would go first', QUEUE, ['remove']],
    ])('yet another spec is done only if a person agrees again: %s', async (_, spec, steps) => {
      const world = await refused([spec], [changed(spec, { shape: '2' })]);
      respecify(world, [changed(spec, { shape: '3' })]);
      world.cloud.fault = () => 'none';
      restart(world);
      const asked = await converge(world, { passes: 60 });
      expect(calls(world)).toEqual([]);
      expect(asked.gated.map(({ gate, step }) => [gate, step.action])).toEqual(
        steps.map(action => ['approve', action]),
      );
      await converge(world, { approving: true });
      expect(livingOf(world).map(one => world.cloud.current(one).fields.shape)).toEqual(['3']);
      expect(problems(world)).toEqual([]);
    });

    test('what uses the old one stays with it under yet another spec, and is looked after', async () => {
      const user: NodeSpec = { ...GATE, goesOn: true };
      const world = await refused([NET, user], [changed(NET, { shape: '2' }), user]);
      respecify(world, [changed(NET, { shape: '3' }), changed(user, { b: '2' })]);
      world.cloud.fault = () => 'none';
      await converge(world);
      expect(calls(world)).toEqual(['update gate']);
      const one = resourceOf(world, 'gate');
      expect(one && world.cloud.current(one).fields).toMatchObject({ b: '2', 'ref-net': 'net-1' });
      await converge(world, { approving: true });
      expect(calls(world)).toEqual(['update gate', 'create net', 'update gate', 'remove net']);
    });

    test('what is lost after it was replaced is made anew unasked, also while the old one waits for its end', async () => {
      const world = await refused([NET], [changed(NET, { shape: '2' })]);
      world.cloud.fault = call => (call.operation === 'remove' ? 'refused' : 'none');
      await passOnce(world);
      respecify(world, [changed(NET, { shape: '2', b: '1' })]);
      await converge(world);
      const [, fresh] = livingOf(world);
      later(world);
      Object.assign(fresh ?? {}, { deletedAt: world.now, byHand: true });
      world.log.length = 0;
      await converge(world);
      expect(calls(world)).toEqual(['create net']);
      expect(world.state.resources.map(one => one.epoch)).toEqual([1, 3]);
    });

    test('what moves freely is made under yet another spec unasked', async () => {
      const spec: NodeSpec = { id: 'sign', type: 'sign', fields: { shape: '1' } };
      const world = await settled([spec]);
      respecify(world, [changed(spec, { shape: '2' })]);
      world.cloud.fault = REFUSED;
      await passOnce(world);
      respecify(world, [changed(spec, { shape: '3' })]);
      world.cloud.fault = () => 'none';
      await converge(world);
      expect(calls(world)).toEqual(['create sign', 'remove sign']);
    });

    test('under the same spec nobody is asked again, also after the process ended', async () => {
      for (const spec of [NET, QUEUE]) {
        const world = await refused([spec], [changed(spec, { shape: '2' })]);
        world.cloud.fault = () => 'none';
        restart(world);
        const result = await converge(world);
        expect(result.gated).toEqual([]);
        expect(livingOf(world).map(one => world.cloud.current(one).fields.shape)).toEqual(['2']);
      }
    });
  });

  describe('whose spec goes back once the new one is there', () => {
    /** Another one is there beside the old one, which AWS does not remove. */
    async function beside(spec: readonly NodeSpec[], wanted: readonly NodeSpec[]): Promise<World> {
      const world = await settled(spec);
      respecify(world, wanted);
      await passOnce(world);
      approve(world, world.state.plan?.hash);
      world.cloud.fault = call => (call.operation === 'remove' ? 'refused' : 'none');
      await passOnce(world);
      expect(world.state.resources.map(({ epoch, id }) => [epoch, id])).toContainEqual([
        2,
        expect.any(String),
      ]);
      return world;
    }

    const asks = ({ gated }: PassResult) =>
      gated.map(({ step }) => `${step.action} ${step.node}@${step.epoch}`);

    const EACH: readonly (readonly [string, NodeSpec])[] = [
      ['an id that AWS chooses', NET],
      ['a token, while it is made', { ...GATE, uses: [] }],
      ['a name for each epoch, while it is made', { ...BOX, uses: [] }],
    ];

    test.each(EACH)('the old one stays, and the new one goes once a person agrees: %s', async (_, spec) => {
      const world = await beside([spec], [changed(spec, { shape: '2' })]);
      const [old] = livingOf(world);
      respecify(world, [spec]);
      world.log.length = 0;
      world.cloud.fault = () => 'none';
      const asked = await converge(world);
      expect([calls(world), asks(asked)]).toEqual([[], [`remove ${spec.id}@2`]]);
      expect(asked.plan.nodes[0]).toMatchObject({ epoch: 1, state: 'Ready' });
      await converge(world, { approving: true });
      expect(livingOf(world).map(one => one.id)).toEqual([old?.id]);
      expect(problems(world)).toEqual([]);
    });

    test('what moved to the new one moves back', async () => {
      const world = await beside([NET, GATE], [changed(NET, { shape: '2' }), GATE]);
      respecify(world, [NET, GATE]);
      world.log.length = 0;
      world.cloud.fault = () => 'none';
      expect(asks(await converge(world))).toEqual(['remove net@2']);
      expect(calls(world)).toEqual(['update gate']);
      await converge(world, { approving: true });
      expect(livingOf(world).map(one => one.id)).toEqual(['net-1', 'gate-2']);
      expect(problems(world)).toEqual([]);
    });

    test.each(EACH)(
      'nobody is asked for another one while AWS does not tell of the old one: %s',
      async (_, spec) => {
        const world = await beside([spec], [changed(spec, { shape: '2' })]);
        const [old] = livingOf(world);
        respecify(world, [spec]);
        world.cloud.fault = call => (call.id === old?.id ? 'refused' : 'none');
        const result = await passOnce(world);
        expect(result && asks(result)).toEqual([]);
      },
    );

    test.each(EACH)('and forth again, the one that is there is the one: %s', async (_, spec) => {
      const wanted = changed(spec, { shape: '2' });
      const world = await beside([spec], [wanted]);
      const [, fresh] = livingOf(world);
      respecify(world, [spec]);
      world.cloud.fault = () => 'none';
      await converge(world);
      later(world);
      respecify(world, [wanted]);
      world.log.length = 0;
      const asked = await converge(world);
      expect([calls(world), states(asked)[0], asks(asked)]).toEqual([
        [],
        `${spec.id}@2 Ready`,
        [`remove ${spec.id}@1`],
      ]);
      await converge(world, { approving: true });
      expect(livingOf(world).map(one => one.id)).toEqual([fresh?.id]);
      expect(problems(world)).toEqual([]);
    });

    test('nor is one made that is there, however many were made since', async () => {
      const world = await beside([NET], [changed(NET, { shape: '2' })]);
      respecify(world, [changed(NET, { shape: '3' })]);
      await passOnce(world);
      approve(world, world.state.plan?.hash);
      world.cloud.fault = call => (call.write ? 'refused' : 'none');
      await passOnce(world);
      expect(world.state.resources.map(({ epoch, id }) => [epoch, id])).toEqual([
        [1, 'net-1'],
        [2, 'net-2'],
        [3, undefined],
      ]);
      later(world);
      respecify(world, [NET]);
      world.log.length = 0;
      world.cloud.fault = () => 'none';
      expect(asks(await converge(world))).toEqual(['remove net@2']);
      expect(calls(world)).toEqual([]);
      await converge(world, { approving: true });
      expect(livingOf(world).map(one => one.id)).toEqual(['net-1']);
      expect(problems(world)).toEqual([]);
    });
  });

  describe('that failed for good, and whose spec goes back', () => {
    async function failed(spec: readonly NodeSpec[], wanted: readonly NodeSpec[]): Promise<World> {
      const world = await settled(spec);
      respecify(world, wanted);
      await passOnce(world);
      approve(world, world.state.plan?.hash);
      for (let pass = 0; pass < 2; pass++) await passOnce(world);
      const fresh = world.cloud.resources.at(-1);
      if (fresh !== undefined) fresh.failed = true;
      later(world);
      await converge(world);
      respecify(world, spec);
      world.log.length = 0;
      return world;
    }

    const REVERTED = [NET, changed(GATE, { shape: '2' }), BOX];

    test('removes what failed and keeps what works', async () => {
      const world = await failed([NET, GATE, BOX], REVERTED);
      expect(world.state.resources.map(one => `${one.node}@${one.epoch}`)).toContain('gate@2');
      const result = await converge(world);
      expect(new Set(calls(world))).toEqual(new Set(['remove gate']));
      expect(states(result)).toEqual(['net@1 Ready', 'gate@1 Ready', 'box@1 Ready']);
      expect(livingOf(world).map(one => one.id)).toEqual(['net-1', 'gate-2', 'box-3']);
      expect(problems(world)).toEqual([]);
    });

    test.each([1, 2, 3, 4])('also when the process ends at write %d', async at => {
      for (const point of ['before', 'applied', 'answered', 'saved'] as const) {
        const world = await failed([NET, GATE, BOX], REVERTED);
        await converge(world, { kills: [{ at, point }] });
        expect(calls(world).filter(call => call.startsWith('create'))).toEqual([]);
        expect(livingOf(world).map(one => one.id)).toEqual(['net-1', 'gate-2', 'box-3']);
      }
    });

    test('and a later change makes another epoch, and asks before', async () => {
      const world = await failed([NET, GATE, BOX], REVERTED);
      await converge(world);
      respecify(world, REVERTED);
      const asked = await converge(world);
      expect(asked.gated.map(one => `${one.step.action} ${one.step.node}@${one.step.epoch}`)).toContain(
        'replace gate@1',
      );
      await converge(world, { approving: true });
      expect(world.state.resources.find(one => one.node === 'gate')?.epoch).toBe(3);
    });

    test('that is not the one before: a person is asked for another one', async () => {
      const world = await failed([NET, GATE], [NET, changed(GATE, { shape: '2' })]);
      respecify(world, [NET, changed(GATE, { shape: '3' })]);
      const result = await converge(world);
      expect(result.gated.map(one => `${one.step.action} ${one.step.node}@${one.step.epoch}`)).toEqual([
        'replace gate@2',
        'remove gate@1',
      ]);
      expect(calls(world)).toEqual([]);
    });
  });
});

describe('replaced by one of another name, as the spec asks for', () => {
  const OLD: NodeSpec = { ...changed(QUEUE, { shape: '1' }), names: ['old'] };
  const NEW: NodeSpec = { ...OLD, names: ['new', 'old'], fields: { a: '2', shape: '2' } };
  const living = (world: World) => livingOf(world).map(one => [one.name, world.cloud.current(one).fields]);

  test.each([
    ['the cluster is rebuilt', (world: World) => rebuild(world, 'cluster-2'), ['tag queue']],
    ['the status is lost', loseStatus, []],
  ] as const)(
    '%s before anybody agreed: the old one is taken up, and a person is asked',
    async (_, lose, taken) => {
      for (const at of [0, 1, 2, 3, 4]) {
        const world = await settled([OLD]);
        respecify(world, [NEW]);
        await converge(world);
        later(world);
        lose(world);
        world.log.length = 0;
        const asked = await converge(world, { kills: at === 0 ? [] : [{ at, point: 'answered' }] });
        expect([...new Set(calls(world))]).toEqual(taken);
        expect(living(world)).toEqual([['old', OLD.fields]]);
        expect(asked.gated.map(({ gate, step }) => [gate, step.action, step.epoch])).toEqual([
          ['approve', 'replace', 1],
        ]);
        await converge(world, { approving: true });
        expect(living(world)).toEqual([['new', NEW.fields]]);
        expect(problems(world)).toEqual([]);
      }
    },
  );

  test('and begun when the cluster is rebuilt: the old one is not left, once who agreed to it is asked again', async () => {
    const world = await settled([OLD]);
    respecify(world, [NEW]);
    await passOnce(world);
    approve(world, world.state.plan?.hash);
    world.kill = { at: world.writes + 2, point: 'applied' };
    await passOnce(world);
    expect(living(world).map(([name]) => name)).toEqual(['old', 'new']);
    later(world);
    rebuild(world, 'cluster-2');
    const asked = await converge(world);
    expect(asked.gated.map(({ gate, step }) => [gate, step.action, step.epoch])).toEqual([
      ['approve', 'remove', 1],
    ]);
    await converge(world, { approving: true });
    expect(living(world)).toEqual([['new', NEW.fields]]);
    expect(problems(world)).toEqual([]);
  });

  test('after its status was lost it goes with its object', async () => {
    const world = await settled([OLD]);
    respecify(world, [NEW]);
    await converge(world);
    later(world);
    loseStatus(world);
    deleteObject(world, 'Remove');
    await converge(world);
    expect([living(world), world.released]).toEqual([[], true]);
  });

  test('of which only the record was made: it is made under the new name', async () => {
    const world = createWorld([{ ...OLD, tags: { team: 'a' } }]);
    world.cloud.fault = call => (call.operation === 'create' ? 'refused' : 'none');
    await passOnce(world);
    expect(world.state.resources.map(({ name, id }) => [name, id])).toEqual([['old', undefined]]);
    world.cloud.fault = () => 'none';
    respecify(world, [NEW]);
    await converge(world);
    expect(living(world)).toEqual([['new', NEW.fields]]);
    expect(problems(world)).toEqual([]);
  });
});

describe('a status older than AWS', () => {
  /** Replaced, and the status of before is back: another epoch is there, and not on record. */
  async function olderThan(before: readonly NodeSpec[], after: readonly NodeSpec[]): Promise<World> {
    const world = await settled(before);
    const { state } = world;
    respecify(world, after);
    await converge(world, { approving: true });
    later(world);
    world.state = state;
    approve(world, undefined);
    restart(world);
    later(world);
    world.log.length = 0;
    return world;
  }

  /** What a replacement made that was cut off, and that is not on record. */
  function plantSecond(world: World, shape: string): void {
    const tags = ownershipTags(world.owner, 'net', 2, '1');
    const one = world.cloud.plant(FAKE_TYPES.net, undefined, { shape }, tags);
    Object.assign(one, { madeFor: `${world.owner.name}/net@2` });
    later(world);
  }

  const ALONE: NodeSpec = { ...BOX, uses: [] };
  const TOKEN: NodeSpec = { ...GATE, uses: [] };

  test.each([
    ['an id that AWS chooses', NET],
    ['a name for each epoch', ALONE],
    ['a token', TOKEN],
    ['one name', QUEUE],
  ])('leaves nothing behind when the object goes: %s', async (_, spec) => {
    const world = await olderThan([spec], [changed(spec, { shape: '2' })]);
    deleteObject(world, 'Remove');
    await converge(world, { passes: 60 });
    expect([livingOf(world).map(one => one.id), world.released]).toEqual([[], true]);
  });

  test('nor where only what uses the other was replaced', async () => {
    const world = await olderThan([NET, GATE], [NET, changed(GATE, { shape: '2' })]);
    deleteObject(world, 'Remove');
    await converge(world, { passes: 60 });
    expect([livingOf(world).map(one => one.id), world.released]).toEqual([[], true]);
  });

  test.each([
    ['Remove', 'scheduled'],
    ['Retain', 'kept'],
  ] as const)('a key that was lost and made again is not forgotten: %s', async (deletion, end) => {
    const world = await settled([KEY]);
    const { state } = world;
    vanish(world, 'key');
    await converge(world, { approving: true });
    later(world);
    world.state = state;
    approve(world, undefined);
    restart(world);
    later(world);
    const [key] = livingOf(world);
    deleteObject(world, deletion);
    await converge(world, { passes: 60 });
    const now = key && world.cloud.current(key);
    expect(world.released).toBe(true);
    expect(key?.scheduledAt !== undefined).toBe(end === 'scheduled');
    expect(now?.tags['opta.dev/retained'] !== undefined).toBe(end === 'kept');
  });

  test('what took the place of the one on record is taken up at once', async () => {
    const world = await olderThan([NET], [changed(NET, { shape: '2' })]);
    const [one] = livingOf(world).map(({ id }) => id);
    const result = await converge(world);
    expect([states(result), calls(world), result.gated]).toEqual([['net@2 Ready'], [], []]);
    expect(world.state.resources.map(({ epoch, id, stray }) => [epoch, id, stray])).toEqual([
      [2, one, undefined],
    ]);
  });

  test.each([
    ['1', ['net-1']],
    ['2', ['net-1']],
  ])('of two that live, nothing goes unless a person agrees: the other has shape %s', async (shape, kept) => {
    const world = await settled([NET]);
    plantSecond(world, shape);
    await converge(world);
    expect(livingOf(world).map(one => one.id)).toEqual(expect.arrayContaining(kept));
    deleteObject(world, 'Remove');
    await converge(world, { passes: 60 });
    expect(livingOf(world)).toEqual([]);
  });

  test('the one on record that fits stays, and the other goes once that is approved', async () => {
    const world = await settled([NET]);
    const resources = world.state.resources.map(one => ({ ...one, attempts: 2 }));
    world.state = { ...world.state, resources };
    plantSecond(world, '2');
    const asked = await converge(world);
    expect(livingOf(world).map(one => one.id)).toEqual(['net-1', 'net-2']);
    expect(asked.gated.map(({ gate, step }) => [gate, step.action, step.epoch])).toEqual([
      ['approve', 'remove', 2],
    ]);
    await converge(world, { approving: true });
    expect(livingOf(world).map(one => one.id)).toEqual(['net-1']);
    expect(world.state.resources.map(one => [one.epoch, one.id])).toEqual([[1, 'net-1']]);
    // A list of before shows it once more.
    const [, second] = world.cloud.resources;
    world.cloud.lagMs = world.now - (second?.deletedAt ?? 0) + 1;
    await passOnce(world);
    expect(world.state.resources.map(one => [one.epoch, one.id])).toEqual([[1, 'net-1']]);
  });

  test('what fits where the one on record is gone is taken up unasked', async () => {
    const world = await settled([NET]);
    vanish(world, 'net');
    plantSecond(world, '1');
    expect(states(await converge(world))).toEqual(['net@2 Ready']);
  });

  describe('that was lost, is to be made anew, and is restored by hand before', () => {
    /** Its record is that of the next epoch, of which there is nothing yet. */
    async function restored(): Promise<World> {
      const world = await settled([QUEUE]);
      const before = resourceOf(world, 'queue');
      const tags = before === undefined ? {} : world.cloud.current(before).tags;
      vanish(world, 'queue');
      world.cloud.fault = call => (call.operation === 'create' ? 'refused' : 'none');
      await passOnce(world);
      world.cloud.fault = () => 'none';
      later(world);
      expect(world.state.resources.map(({ epoch, id }) => [epoch, id])).toEqual([[2, undefined]]);
      const one = world.cloud.plant(FAKE_TYPES.queue, before?.name, { a: '1' }, tags);
      Object.assign(one, { madeFor: before?.madeFor });
      later(world);
      world.log.length = 0;
      return world;
    }

    test.each([false, true])('is the one, as it was before; restarted: %s', async isRestarted => {
      const world = await restored();
      // What an earlier process removed may be shown still: until that is over another one is asked for, and not made.
      if (isRestarted) restart(world);
      const result = await converge(world, { passes: 60 });
      expect([states(result), result.gated]).toEqual([['queue@1 Ready'], []]);
      expect(calls(world).filter(call => call !== 'create queue')).toEqual([]);
      expect(livingOf(world).length).toBe(1);
    });

    test.each([
      ['Remove', 'gone'],
      ['Retain', 'kept'],
    ] as const)('does not stay without a word when the object goes: %s', async (deletion, end) => {
      const world = await restored();
      const [one] = livingOf(world);
      deleteObject(world, deletion);
      await converge(world, { passes: 60 });
      const isKept = one && world.cloud.current(one).tags['opta.dev/retained'] !== undefined;
      expect([one?.deletedAt !== undefined, isKept, world.released]).toEqual([
        end === 'gone',
        end === 'kept',
        true,
      ]);
    });
  });

  describe.each([
    ['a key', KEY, 'Remove'],
    ['an id that AWS chooses', NET, 'Remove'],
    ['a token', { ...GATE, uses: [] }, 'Remove'],
    ['a key', KEY, 'None'],
    ['an id that AWS chooses', NET, 'None'],
  ] as const)(
    'that somebody copied the tags of, and has another one in its place since: %s',
    (_, spec, deletion) => {
      test.each([false, true])(`is nobody's business: ${deletion}, restarted: %s`, async isRestarted => {
        const world = await settled([spec]);
        const first = resourceOf(world, spec.id);
        const tags = first === undefined ? {} : world.cloud.current(first).tags;
        vanish(world, spec.id);
        await converge(world, { approving: true });
        expect(world.state.resources.map(one => one.epoch)).toEqual([2]);
        const copy = world.cloud.plant(FAKE_TYPES[spec.type], undefined, spec.fields, tags);
        later(world);
        approve(world, undefined);
        if (isRestarted) restart(world);
        later(world);
        if (deletion === 'Remove') deleteObject(world, deletion);
        await converge(world, { passes: 60 });
        expect([copy.deletedAt, copy.scheduledAt]).toEqual([undefined, undefined]);
        expect(world.state.plan?.steps ?? []).toEqual([]);
      });
    },
  );

  test('an epoch that was changed by hand is put right, and no second one is made', async () => {
    const world = await settled([NET, QUEUE]);
    for (const node of ['net', 'queue']) retag(world, node, tags => ({ ...tags, 'opta.dev/epoch': '7' }));
    later(world);
    world.log.length = 0;
    const result = await converge(world, { passes: 60 });
    expect(states(result)).toEqual(['net@1 Ready', 'queue@1 Ready']);
    expect(calls(world)).toEqual(['tag net', 'tag queue']);
  });
});
