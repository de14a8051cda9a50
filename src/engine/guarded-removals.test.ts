/** What may not go keeps all that leads up to its removal. */
import { describe, expect, test } from 'vitest';
import { CloudError } from './errors.ts';
import { converge } from './testing/converge.ts';
import type { NodeSpec } from './testing/fake-graph.ts';
import { calls, later, NET, settled } from './testing/stories.ts';
import { approve, deleteObject, ownerOf, passOnce, respecify, restart, type World } from './testing/world.ts';

const STORE: NodeSpec = { id: 'store', type: 'store', fields: { a: '1', locked: 'on' } };
const UNLOCKED: NodeSpec = { ...STORE, fields: { a: '1', locked: 'off' } };
const BOX: NodeSpec = { id: 'box', type: 'box', fields: { shape: '1' }, uses: ['store'] };
const ALL = [NET, STORE, BOX];

async function pass(world: World) {
  const result = await passOnce(world);
  later(world);
  return {
    calls: calls(world).filter(call => !call.startsWith('find')),
    errors: result?.errors.map(
      ({ node, action, error }) => `${action} ${node}: ${error.class} ${error.message}`,
    ),
    shown: result?.plan.nodes.map(view => `${view.node} ${view.state}`),
  };
}

describe('an object that is deleted', () => {
  test('loses nothing while something of it may not go, and says what', async () => {
    const world = await settled(ALL);
    deleteObject(world, 'Remove');
    for (let n = 0; n < 3; n += 1) {
      expect(await pass(world)).toEqual({
        calls: [],
        errors: [expect.stringMatching(/^remove store: Blocked .* is locked$/)],
        shown: ['net Deleting', 'store Deleting', 'box Deleting'],
      });
    }
    world.spec = [NET, UNLOCKED, BOX];
    await converge(world);
    expect(world.cloud.living()).toEqual([]);
  });

  test('loses nothing while it is not known whether something of it may go', async () => {
    const world = await settled([NET, UNLOCKED, BOX]);
    deleteObject(world, 'Remove');
    world.cloud.fault = ({ operation, node }) =>
      operation === 'find' && node === 'store' ? 'refused' : 'none';
    expect((await pass(world)).calls).toEqual([]);
    world.cloud.fault = () => 'none';
    await converge(world);
    expect(world.cloud.living()).toEqual([]);
  });

  test('loses nothing while AWS does not show what may have to stay, as reads of a new process may not', async () => {
    const world = await settled(ALL);
    restart(world);
    deleteObject(world, 'Remove');
    const { find } = world.cloud;
    world.cloud.find = (type, owner, from) => (type.type === 'fake/store' ? [] : find(type, owner, from));
    expect((await pass(world)).calls).toEqual([]);
    world.cloud.find = find;
    for (let n = 0; n < 3; n += 1) expect((await pass(world)).calls).toEqual([]);
    world.spec = [NET, UNLOCKED, BOX];
    await converge(world);
    expect(world.cloud.living()).toEqual([]);
  });

  test('and was made anew loses nothing either while its data are to be taken up first', async () => {
    const link: NodeSpec = { id: 'link', type: 'link', fields: { a: '1' }, uses: ['store'] };
    const world = await settled([STORE, link]);
    world.owner = ownerOf('one', 'uid-later');
    world.state = { resources: [], defaults: {} };
    restart(world);
    deleteObject(world, 'Remove');
    for (let n = 0; n < 3; n += 1) await pass(world);
    expect(calls(world)).toEqual(['tag store']);
  });

  test('whose name somebody else has by now, and has nothing to lose there, goes', async () => {
    const world = await settled([NET, { ...STORE, fields: { a: '1' } }, BOX]);
    deleteObject(world, 'Remove');
    world.cloud.fault = ({ operation, node }) => {
      if (operation === 'find' && node === 'store') throw new CloudError('Conflict', 'is another account’s');
      return 'none';
    };
    expect((await pass(world)).calls).toEqual(['remove net', 'remove box']);
  });

  test('goes up to what asks when it is its turn', async () => {
    const world = await settled([NET, { ...STORE, asksLast: true }, BOX]);
    deleteObject(world, 'Remove');
    for (let n = 0; n < 3; n += 1) await pass(world);
    expect(world.cloud.living().map(one => one.madeFor)).toEqual(['one/store@1']);
  });

  test('whose data stay is not asked whether they may go', async () => {
    const world = await settled([NET, { ...STORE, keepOnDelete: 'kept' }, BOX]);
    deleteObject(world, 'Remove');
    await converge(world);
    expect(world.cloud.living().map(one => one.madeFor)).toEqual(['one/store@1']);
  });
});

describe('what left the spec', () => {
  test('waits for one approval, with all that uses data which go', async () => {
    const world = await settled([NET, UNLOCKED, BOX]);
    respecify(world, []);
    const result = await passOnce(world);
    expect(calls(world)).toEqual(['remove net']);
    expect(
      result?.gated.map(({ step, gate }) => `${gate} ${step.action} ${step.node} ${step.consent}`),
    ).toEqual(['approve remove store critical', 'approve remove box critical']);
    approve(world, result?.state.plan?.hash);
    await converge(world);
    expect(world.cloud.living()).toEqual([]);
  });

  test('goes by what the spec says of it still', async () => {
    const world = await settled(ALL);
    respecify(world, []);
    world.left = { store: { fields: { locked: 'off' } } };
    await converge(world, { approving: true });
    expect(world.cloud.living()).toEqual([]);
  });

  test('keeps what uses something that may not go, although it was approved', async () => {
    const world = await settled(ALL);
    respecify(world, []);
    const { state } = (await passOnce(world)) ?? {};
    approve(world, state?.plan?.hash);
    for (let n = 0; n < 3; n += 1) {
      later(world);
      const { errors } = await pass(world);
      expect(errors).toEqual([expect.stringMatching(/^remove store: Blocked/)]);
    }
    expect(calls(world)).toEqual(['remove net']);
    expect(world.cloud.living().map(one => one.madeFor)).toEqual(['one/store@1', 'one/box@1']);
  });
});

test('an old epoch that may not go holds up itself alone', async () => {
  const world = await settled(ALL);
  const moved = { ...STORE, id: 'store', fields: { ...STORE.fields, shape: '2' } };
  respecify(world, [moved, BOX]);
  for (let n = 0; n < 4; n += 1) {
    const result = await passOnce(world);
    approve(world, result?.state.plan?.hash);
    later(world);
  }
  expect(world.state.resources.filter(one => one.node === 'store').map(one => one.epoch)).toEqual([1, 2]);
  world.log.length = 0;
  respecify(world, [moved]);
  const result = await passOnce(world);
  expect(result?.plan.nodes.map(view => `${view.node}@${view.epoch} ${view.state}`)).toContain(
    'box@1 Deleting',
  );
  expect(calls(world)).toContain('remove box');
});

test('what stays is no hindrance, whatever AWS says of it', async () => {
  const world = await settled(ALL);
  respecify(world, [STORE, BOX]);
  world.cloud.fault = ({ operation, node }) => {
    if (operation === 'find' && node === 'store') throw new CloudError('Denied', 'no');
    return 'none';
  };
  expect((await pass(world)).calls).toEqual(['remove net']);
});
