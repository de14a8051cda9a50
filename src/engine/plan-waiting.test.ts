import { describe, expect, test } from 'vitest';
import { converge } from './testing/converge.ts';
import type { NodeSpec } from './testing/fake-graph.ts';
import { calls, changed, drift, KEY, later, QUEUE, settled, vanish } from './testing/stories.ts';
import { approve, passOnce, respecify, type World } from './testing/world.ts';

const USER: NodeSpec = { ...QUEUE, uses: ['key'], goesOn: true };
const NEXT = { ...QUEUE, id: 'next', uses: ['queue'] };

function denyKeys(world: World): () => void {
  const { fault } = world.cloud;
  world.cloud.fault = call => (call.operation === 'create' && call.node === 'key' ? 'denied' : 'none');
  return () => {
    world.cloud.fault = fault;
  };
}

describe('what waits for what AWS refuses to make', () => {
  test('is looked after meanwhile, and holds up nothing that uses it; all else follows', async () => {
    const world = await settled([QUEUE, NEXT]);
    const end = denyKeys(world);
    respecify(world, [KEY, changed(USER, { a: '2' }), changed(NEXT, { a: '2' })]);
    await passOnce(world);
    expect(calls(world)).toEqual(['update queue', 'update next']);
    drift(world, 'queue', { a: '9' });
    later(world);
    const result = await passOnce(world);
    expect(calls(world).slice(2)).toEqual(['update queue']);
    expect(result?.plan.nodes.map(one => `${one.node} ${one.state}`)).toContain('queue Waiting');
    end();
    await converge(world);
    expect(calls(world).slice(3)).toEqual(['create key', 'update queue']);
  });

  test('waits where it cannot do without', async () => {
    const world = await settled([QUEUE]);
    denyKeys(world);
    const { goesOn: _, ...whole } = changed(USER, { a: '2' });
    respecify(world, [KEY, whole]);
    await passOnce(world);
    expect(calls(world)).toEqual([]);
  });

  test('is not replaced meanwhile: another one is made by all that is wanted', async () => {
    const world = await settled([QUEUE]);
    denyKeys(world);
    respecify(world, [KEY, changed(USER, { shape: '2' })]);
    const result = await passOnce(world);
    expect(calls(world)).toEqual([]);
    expect(result?.plan.steps.map(step => `${step.action} ${step.node} ${step.known}`)).toEqual([
      'create key true',
      'replace queue false',
    ]);
  });
});

test('what waits for what was lost, and is made anew only after a yes, is looked after meanwhile', async () => {
  const world = await settled([KEY, USER]);
  vanish(world, 'key');
  drift(world, 'queue', { a: '9' });
  later(world);
  await converge(world);
  expect(calls(world)).toEqual(['update queue']);
  const { steps = [], hash } = world.state.plan ?? {};
  expect(steps.map(step => `${step.action} ${step.node}`)).toEqual(['recreate key', 'update queue']);
  approve(world, hash);
  await converge(world);
  expect(calls(world).slice(1)).toEqual(['create key', 'update queue']);
});

test('what waits for what is made in this very pass is changed once', async () => {
  const world = await settled([QUEUE]);
  respecify(world, [KEY, changed(USER, { a: '2' })]);
  await converge(world);
  expect(calls(world)).toEqual(['create key', 'update queue']);
});
