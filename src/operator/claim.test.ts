import { describe, expect, test } from 'vitest';
import { apiError } from '../kube/testing/fake-server.ts';
import type { Call } from '../kube/transport.ts';
import { reconcile } from './reconcile.ts';
import { contextWith, type FakeContext } from './testing/context.ts';
import { objectOf } from './testing/objects.ts';
import { entryOf } from './testing/results.ts';

const signal = new AbortController().signal;
const OURS = ['opta.dev/aws'];
const PLACE = { region: 'eu-central-1', accountId: '111111111111' };
const DEV = '/optaenvironments/dev';
const sessions = { scope: async () => ({}) as never, close: () => {} };
const orders = objectOf('Queue shop/orders');
const jobs = objectOf('Queue shop/jobs');
const deletionTimestamp = '2026-01-01T00:00:00Z';

/** Passes without AWS: they end where they would ask it. */
async function look({ context }: FakeContext, ...objects: Parameters<typeof reconcile>[1][]) {
  await Promise.allSettled(objects.map(object => reconcile(context, object, signal)));
}

function patchesOf({ server }: FakeContext): readonly Call[] {
  return server.calls.filter(({ method, path }) => method === 'PATCH' && path.endsWith(DEV));
}

describe('an environment whose own passes put no finalizer on', () => {
  const observed = objectOf('OptaEnvironment dev', { spec: { ...PLACE, managementPolicy: 'Observe' } });
  const paused = objectOf('OptaEnvironment dev', {
    metadata: { annotations: { 'opta.dev/paused': 'true' } },
    spec: PLACE,
  });

  test.each([
    ['is observed', observed],
    ['is paused', paused],
  ])('because it %s gets it from the first object in it, once', async (_, environment) => {
    const of = contextWith([environment, orders, jobs], { sessions });
    await look(of, environment);
    expect(of.stored(environment)?.metadata.finalizers).toBeUndefined();
    await look(of, orders, jobs);
    await look(of, orders, jobs);
    expect(of.stored(environment)?.metadata.finalizers).toEqual(OURS);
    expect(patchesOf(of).map(({ body }) => body)).toEqual([
      { metadata: { resourceVersion: expect.any(String), finalizers: OURS } },
    ]);
  });

  test('gets it from objects that were in an earlier one of its name', async () => {
    const status = { resources: [entryOf('queue', { id: 'q' })] };
    const claimed = objectOf('Queue shop/orders', { metadata: { finalizers: OURS }, status });
    const of = contextWith([observed, claimed], { sessions });
    await look(of, claimed);
    await look(of, claimed);
    expect(of.stored(observed)?.metadata.finalizers).toEqual(OURS);
    expect(patchesOf(of)).toHaveLength(1);
  });

  test('gets none from an object that is only observed', async () => {
    const seen = objectOf('Queue shop/orders', { spec: { managementPolicy: 'Observe' } });
    const of = contextWith([observed, seen], { sessions });
    await look(of, seen);
    expect(patchesOf(of)).toEqual([]);
  });

  test.each([
    ['holds nothing up while it is deleted', { deletionTimestamp, finalizers: ['other/finalizer'] }],
    ['has it already', { finalizers: OURS }],
  ])('or %s is left as it is', async (_, metadata) => {
    const status = { resources: [entryOf('queue', { id: 'q' })] };
    const claimed = objectOf('Queue shop/orders', { metadata: { finalizers: OURS }, status });
    const environment = objectOf('OptaEnvironment dev', { metadata, spec: PLACE });
    const of = contextWith([environment, claimed, jobs], { sessions });
    await look(of, claimed, jobs);
    expect(patchesOf(of)).toEqual([]);
  });

  test.each([
    ['was changed in between', apiError(409, 'Conflict'), { requeueAfterMs: 1_000, lane: 'user' }, OURS],
    ['is gone', apiError(404, 'NotFound'), { requeueAfterMs: 900_000 }, []],
  ])('and that %s is waited for: nothing is begun', async (_, error, result, finalizers) => {
    const of = contextWith([observed, orders], {
      sessions,
      answer({ method, path }) {
        if (method === 'PATCH' && path.endsWith(DEV)) throw error;
      },
    });
    expect(await reconcile(of.context, orders, signal)).toEqual(result);
    expect(of.stored(orders)?.metadata.finalizers).toEqual(finalizers);
  });
});

describe('what a finalizer stands for', () => {
  const status = { resources: [entryOf('queue', { id: 'q' })] };
  const made = objectOf('Queue shop/orders', { status });

  test.each([
    ['nothing is on record', {}, true],
    ['something is', status, false],
  ])('who puts it on begins alone where %s', async (_, of, isAlone) => {
    const environment = objectOf('OptaEnvironment dev', {
      spec: { ...PLACE, managementPolicy: 'Observe' },
      status: of,
    });
    const object = objectOf('Queue shop/orders', { status: of });
    const fake = contextWith([environment, object], { sessions });
    await look(fake, object);
    for (const one of [environment, object]) {
      expect(fake.stored(one)?.metadata.finalizers).toEqual(OURS);
      expect(fake.context.knownOf(one).memory.neverCreated('queue')).toBe(isAlone);
    }
  });

  test.each([
    ['what it had is on record', made, OURS],
    ['there is nothing', orders, []],
  ])('in an environment that is gone by then it stays where %s', async (_, object, finalizers) => {
    const dev = objectOf('OptaEnvironment dev', { spec: PLACE });
    const of = contextWith([dev, object], {
      sessions,
      answer({ path }) {
        if (path.endsWith(DEV)) throw apiError(404, 'NotFound');
      },
    });
    await look(of, object);
    expect(of.stored(object)?.metadata.finalizers).toEqual(finalizers);
  });

  test('one of an earlier process, which may have begun, stays without its environment', async () => {
    const claimed = objectOf('Queue shop/orders', { metadata: { finalizers: OURS } });
    const of = contextWith([claimed], { sessions });
    await look(of, claimed);
    expect(of.stored(claimed)?.metadata.finalizers).toEqual(OURS);
  });
});
