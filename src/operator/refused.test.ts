import { describe, expect, test } from 'vitest';
import { CloudError } from '../engine/errors.ts';
import { createFakeClock } from '../engine/testing/fake-clock.ts';
import { KINDS } from '../kinds/all.ts';
import { findCondition } from '../kube/conditions.ts';
import { apiError } from '../kube/testing/fake-server.ts';
import type { Call } from '../kube/transport.ts';
import { createKnownObjects } from './known.ts';
import type { OptaObject, Status } from './objects.ts';
import { reconcile } from './reconcile.ts';
import { contextWith, type FakeContext } from './testing/context.ts';
import { objectOf } from './testing/objects.ts';
import { entryOf } from './testing/results.ts';

const signal = new AbortController().signal;
const OURS = ['opta.dev/aws'];
const DELETING = { finalizers: OURS, deletionTimestamp: '2026-01-01T00:00:00Z' };
const PLACE = { region: 'eu-central-1', accountId: '111111111111' };
const dev = objectOf('OptaEnvironment dev', { spec: PLACE });

function readyOf({ stored }: FakeContext, object: OptaObject): string | undefined {
  return findCondition(stored(object)?.status?.conditions, 'Ready')?.reason;
}

describe('what was made in another account than its environment is in now', () => {
  const status = {
    resources: [entryOf('queue', { id: 'q', arn: 'arn:aws:sqs:eu-central-1:222222222222:orders' })],
  };

  test.each([
    ['is not made anew', { finalizers: OURS }],
    ['is not forgotten when its object is deleted', DELETING],
  ])('%s', async (_, metadata) => {
    const orders = objectOf('Queue shop/orders', { metadata, status });
    const of = contextWith([dev, orders]);
    await reconcile(of.context, orders, signal);
    expect(readyOf(of, orders)).toBe('InvalidSpec');
    expect(of.stored(orders)?.status?.resources).toEqual(status.resources);
    expect(of.stored(orders)?.metadata.finalizers).toEqual(OURS);
  });

  test('stays there when its object is abandoned', async () => {
    const annotations = { 'opta.dev/abandon': 'uid of Queue shop/orders' };
    const orders = objectOf('Queue shop/orders', { metadata: { ...DELETING, annotations }, status });
    const of = contextWith([dev, orders]);
    await reconcile(of.context, orders, signal);
    expect(of.stored(orders)?.metadata.finalizers).toEqual([]);
    expect(of.told).toMatchObject([{ about: 'dev', reason: 'Retained' }]);
  });
});

describe('an environment with managementPolicy Observe that is deleted', () => {
  const environment = objectOf('OptaEnvironment dev', {
    metadata: DELETING,
    spec: { ...PLACE, managementPolicy: 'Observe' },
  });

  test.each([
    ['waits for the objects in it', [objectOf('Queue shop/orders')], 'DeletionBlocked', OURS],
    ['goes without them', [], undefined, []],
  ] as const)('%s', async (_, others, reason, finalizers) => {
    const of = contextWith([environment, ...others]);
    await reconcile(of.context, environment, signal);
    const { metadata, status } = of.stored(environment) ?? {};
    expect(findCondition(status?.conditions, 'Synced')?.reason).toBe(reason);
    expect(metadata?.finalizers).toEqual(finalizers);
  });
});

describe('an environment that is deleted, of which the watches show', () => {
  const environment = objectOf('OptaEnvironment dev', {
    metadata: DELETING,
    spec: { ...PLACE, managementPolicy: 'Observe' },
  });
  const having = objectOf('Queue shop/orders', { status: { resources: [entryOf('queue', { id: 'q' })] } });
  const claimed = objectOf('Queue shop/orders', { metadata: { finalizers: OURS } });
  const bare = objectOf('Queue shop/orders');
  const beside = objectOf('Topic shop/events');

  test.each([
    ['an object that has something, asks for no lists', having, true, 0],
    ['an object that may have something, asks for no lists', claimed, true, 0],
    ['an object that has nothing, asks who is there', bare, true, KINDS.length - 1],
    ['none, asks before it waits', having, false, KINDS.length - 1],
  ])('%s', async (_, orders, isShown, lists) => {
    const of = contextWith([environment, orders, beside]);
    if (!isShown) of.context.world.objects('Queue').remove(orders);
    await reconcile(of.context, environment, signal);
    const { metadata, status } = of.stored(environment) ?? {};
    expect(findCondition(status?.conditions, 'Synced')?.message).toBe(
      'still used by Queue shop/orders, Topic shop/events; the environment goes when they are deleted',
    );
    expect(status?.blockedBy?.map(one => one.resource)).toEqual(['Queue shop/orders', 'Topic shop/events']);
    expect(metadata?.finalizers).toEqual(OURS);
    expect(of.server.calls.filter(({ method }) => method === 'GET')).toHaveLength(lists);
  });
});

describe('an environment that another installation made', () => {
  const annotations = { 'opta.dev/abandon': 'uid of OptaEnvironment dev' };
  const paused = { ...annotations, 'opta.dev/paused': 'true' };
  const status = { installation: 'another', resources: [entryOf('key', { id: 'k' })] };
  const orders = objectOf('Queue shop/orders');
  // Only AWS could tell whether there is something of it, and not by the tags of this installation.
  const doubtful = objectOf('Queue other/orders', {
    metadata: { finalizers: OURS, creationTimestamp: '2026-01-01T00:00:01Z' },
  });

  test.each([
    ['and abandoned, it waits for the objects in it', { annotations }, {}, [orders], 'DeletionBlocked', OURS],
    [
      'and abandoned, it waits for what it cannot know',
      { annotations },
      {},
      [doubtful],
      'DeletionBlocked',
      OURS,
    ],
    [
      'and observed, it waits for them too',
      {},
      { managementPolicy: 'Observe' },
      [orders],
      'DeletionBlocked',
      OURS,
    ],
    ['abandoned and paused, it waits', { annotations: paused }, {}, [], 'Paused', OURS],
    ['it is not abandoned unasked', {}, {}, [orders], 'Conflict', OURS],
    ['and abandoned, it goes without them', { annotations }, {}, [], undefined, []],
  ] as const)('deleted, %s', async (_, more, spec, others, reason, finalizers) => {
    const environment = objectOf('OptaEnvironment dev', {
      metadata: { ...DELETING, ...more },
      spec: { ...PLACE, ...spec },
      status,
    });
    const of = contextWith([environment, ...others]);
    of.context.world.namespaces.put({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'other', uid: 'o', resourceVersion: '1' },
    });
    await reconcile(of.context, environment, signal);
    const after = of.stored(environment);
    expect(findCondition(after?.status?.conditions, 'Synced')?.reason).toBe(reason);
    expect(after?.metadata.finalizers).toEqual(finalizers);
    for (const one of others) expect(of.stored(one)).toBe(one);
  });
});

describe('in an environment that is being deleted', () => {
  const environment = objectOf('OptaEnvironment dev', { metadata: DELETING, spec: PLACE });

  test('what has something in AWS is looked after until it goes', async () => {
    const status = { resources: [entryOf('queue', { id: 'q' })] };
    const orders = objectOf('Queue shop/orders', { metadata: { finalizers: OURS }, status });
    const of = contextWith([environment, orders]);
    await expect(reconcile(of.context, orders, signal)).rejects.toThrow('AWS is not asked');
  });

  test('nothing new is made', async () => {
    const orders = objectOf('Queue shop/orders');
    const of = contextWith([environment, orders]);
    await reconcile(of.context, orders, signal);
    expect(readyOf(of, orders)).toBe('EnvironmentDeleting');
    expect(of.stored(orders)?.metadata.finalizers).toBeUndefined();
  });
});

describe.each([
  ['is watched', true],
  ['is not watched', false],
])('a finalizer of ours in a namespace that may not use what is deleted and %s', (_, isWatched) => {
  const environment = objectOf('OptaEnvironment dev', {
    metadata: DELETING,
    spec: { ...PLACE, managementPolicy: 'Observe' },
  });
  const before = { finalizers: OURS, creationTimestamp: '2025-12-31T00:00:00Z' };
  const entries = [entryOf('queue', { id: 'q', arn: 'arn:q' })];
  const own = { 'opta.dev/kind': 'Queue', 'opta.dev/namespace': 'other', 'opta.dev/name': 'orders' };

  type Answer = () => Readonly<Record<string, string>> | undefined;
  function sessionsWith(answer: Answer) {
    const inEnvironment = async () => {
      const tags = answer();
      return new Map(tags === undefined ? [] : [['arn:aws:other:eu-central-1:111111111111:x', tags]]);
    };
    return { scope: async () => ({ tagged: { inEnvironment } }) as never, close: () => {} };
  }
  const denied = () => {
    throw new CloudError('Denied', 'not authorized');
  };

  test.each<[string, object, Status, number, Answer, boolean]>([
    ['does not hold it up, and comes off, when AWS has nothing', before, {}, 5, () => undefined, false],
    ['does when AWS has something of it', before, {}, 5, () => own, true],
    [
      'does not when AWS has something of another',
      before,
      {},
      5,
      () => ({ ...own, 'opta.dev/name': 'x' }),
      false,
    ],
    ['does when AWS does not let us look', before, {}, 5, denied, true],
    ['does when something is on record', before, { resources: entries }, 5, () => undefined, true],
    ['does while AWS may not show it yet', before, {}, 4, () => undefined, true],
    [
      'does not when it was made after that',
      { ...before, creationTimestamp: '2026-01-01T00:00:01Z' },
      {},
      0,
      () => undefined,
      false,
    ],
  ])('%s', async (_, metadata, status, minutes, answer, holds) => {
    const orders = objectOf('Queue other/orders', { metadata, status });
    const of = contextWith([environment, orders], { sessions: sessionsWith(answer) });
    const { world } = of.context;
    const clock = createFakeClock();
    world.namespaces.put({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'other', uid: 'o', resourceVersion: '1' },
    });
    if (!isWatched) world.objects('Queue').remove(orders);
    const knownOf = createKnownObjects(world, clock).of;
    knownOf(environment);
    await clock.advance(minutes * 60_000);
    await reconcile({ ...of.context, clock, knownOf }, environment, signal);
    expect(of.stored(environment)?.metadata.finalizers).toEqual(holds ? OURS : []);
    expect(of.stored(orders)?.metadata.finalizers).toEqual(holds ? OURS : []);
  });
});

describe('an object of which the finalizer was asked for', () => {
  const orders = objectOf('Queue shop/orders');
  const sessions = { scope: async () => ({}) as never, close: () => {} };

  async function deletedAfter(patch: Error, isApplied: boolean): Promise<OptaObject | undefined> {
    const of = contextWith([dev, orders], { sessions });
    const { server, context } = of;
    const transport: typeof context.transport = {
      ...server,
      async request<T>(call: Call): Promise<T> {
        if (call.method !== 'PATCH' || call.path.endsWith('/status')) return server.request<T>(call);
        if (isApplied) await server.request(call);
        throw patch;
      },
    };
    await expect(reconcile({ ...context, transport }, orders, signal)).rejects.toBe(patch);
    context.world.objects('OptaEnvironment').remove(dev);
    const deleted = {
      ...orders,
      metadata: { ...orders.metadata, ...of.stored(orders)?.metadata, ...DELETING },
    };
    await reconcile(context, deleted, signal);
    return of.stored(orders);
  }

  test.each([
    ['the answer was lost', new Error('read ECONNRESET')],
    ['the API server waited no longer', apiError(504, 'Timeout')],
    ['a load balancer waited no longer', apiError(502, '')],
  ])('and %s has begun nothing: it can be deleted without its environment', async (_, patch) => {
    const after = await deletedAfter(patch, true);
    expect(after?.metadata.finalizers).toEqual([]);
  });

  test('and was refused may have got it from another process, which may have begun', async () => {
    const after = await deletedAfter(apiError(409, 'Conflict'), false);
    expect(findCondition(after?.status?.conditions, 'Ready')?.reason).toBe('EnvironmentMissing');
    expect(after?.metadata.finalizers).not.toEqual([]);
  });
});

describe('a bucket of which a grant was withdrawn', () => {
  const made = { resources: [entryOf('bucket', { id: 'b' })], syncedGeneration: 1 };
  const statement = { sid: 'Team', effect: 'Allow', actions: ['s3:GetObject'] };
  const stays = 'Until then what was made stays in AWS as it was last written, neither compared nor changed';

  test.each<[string, object, Status, string | undefined]>([
    [
      'says that it is public still, and how that ends',
      { publicRead: true },
      made,
      `${stays}: still everybody reads its objects. To end that, set spec.publicRead: false`,
    ],
    [
      'or that it lets in whom it let in',
      { policyStatements: [{ ...statement, principals: { aws: ['999999999999'] } }] },
      made,
      `${stays}: still 999999999999 is let in by the statement Team. To end that, take it out of spec.policyStatements[Team]`,
    ],
    [
      'or a service',
      { policyStatements: [{ ...statement, principals: { services: ['cloudfront.amazonaws.com'] } }] },
      made,
      `${stays}: still cloudfront.amazonaws.com is let in by the statement Team. To end that, take spec.policyStatements[Team] out`,
    ],
    [
      'does not know it of a spec that was not carried out',
      { publicRead: true },
      { ...made, syncedGeneration: 0 },
      `${stays}: perhaps still everybody reads its objects. To end that, set spec.publicRead: false`,
    ],
    ['says nothing of what was never made', { publicRead: true }, {}, undefined],
    [
      'says it of what an earlier object opened',
      {},
      { defaults: { publicRead: true } },
      'An earlier object made it so that everybody reads its objects: to end that, set spec.publicRead: false',
    ],
  ])('%s', async (_, spec, status, expected) => {
    const uploads = objectOf('Bucket shop/uploads', { metadata: { finalizers: OURS }, spec, status });
    const of = contextWith([dev, uploads]);
    await reconcile(of.context, uploads, signal);
    const ready = findCondition(of.stored(uploads)?.status?.conditions, 'Ready');
    expect(ready?.reason).toBe('NotGranted');
    if (expected === undefined) expect(ready?.message).not.toContain('in AWS');
    else expect(ready?.message).toContain(`. ${expected}`);
  });
});

describe('a pause', () => {
  const annotations = { 'opta.dev/paused': 'true' };

  test.each([
    ['nobody is to wait for', { annotations }, 'False'],
    ['holds up a deletion, which is waited for', { ...DELETING, annotations }, 'True'],
  ])('%s', async (_, metadata, reconciling) => {
    const orders = objectOf('Queue shop/orders', { metadata });
    const of = contextWith([dev, orders]);
    await reconcile(of.context, orders, signal);
    const conditions = of.stored(orders)?.status?.conditions;
    expect(findCondition(conditions, 'Synced')).toMatchObject({ status: 'False', reason: 'Paused' });
    expect(findCondition(conditions, 'Reconciling')?.status).toBe(reconciling);
    expect(findCondition(conditions, 'Stalled')?.status).toBe('False');
  });
});

describe('what is left in a namespace that was ended by force', () => {
  const left = objectOf('Queue gone/orders', { metadata: DELETING });
  const clock = createFakeClock();

  test('is waited for as for a watch that is late, and then left alone until the namespace is there', async () => {
    const of = contextWith([dev, left]);
    const warned: object[] = [];
    const log = { ...of.context.log, warn: (fields: object) => void warned.push(fields) };
    const look = () => reconcile({ ...of.context, clock, log }, left, signal);
    expect(await look()).toEqual({ requeueAfterMs: 1_000, isWaiting: true });
    await clock.advance(59_000);
    expect(await look()).toEqual({ requeueAfterMs: 1_000, isWaiting: true });
    expect(warned).toEqual([]);
    await clock.advance(1_000);
    expect(await look()).toEqual({ requeueAfterMs: 900_000, isWaiting: true });
    expect(warned).toEqual([{ object: 'Queue gone/orders', namespace: 'gone' }]);
    expect(of.server.calls).toEqual([]);

    const metadata = { name: 'gone', uid: 'again', resourceVersion: '2' };
    of.context.world.namespaces.put({ apiVersion: 'v1', kind: 'Namespace', metadata });
    await expect(look()).rejects.toThrow('AWS is not asked');
  });

  test('is told of by its environment that is being deleted', async () => {
    const environment = objectOf('OptaEnvironment dev', { metadata: DELETING, spec: PLACE });
    const of = contextWith([environment, left]);
    const knownOf = createKnownObjects(of.context.world, clock).of;
    knownOf(environment);
    // However long that takes: whether the namespace may use the environment nobody knows.
    await clock.advance(5 * 60_000);
    await reconcile({ ...of.context, clock, knownOf }, environment, signal);
    const { status } = of.stored(environment) ?? {};
    const again = 'namespace gone does not exist: create it again so that the deletion can go on';
    expect(findCondition(status?.conditions, 'Synced')?.message).toContain(again);
    expect(status?.blockedBy).toMatchObject([{ resource: 'Queue gone/orders', reason: again }]);
  });
});
