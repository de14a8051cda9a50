import { PutObjectCommand } from '@aws-sdk/client-s3';
import { DeleteQueueCommand } from '@aws-sdk/client-sqs';
import { describe, expect, test } from 'vitest';
import { applyObject, resourceOfKind } from '../../hack/bench/install.ts';
import { remove } from '../../hack/bench/kubernetes/objects.ts';
import { BUCKET_NAME, QUEUE_NAME, resourceName, TOPIC_NAME } from '../../src/aws/names.ts';
import { get } from '../../src/kube/apply.ts';
import type { OptaObject } from '../../src/operator/objects.ts';
import { allReady, conditionOf, isTrue } from '../support/settle.ts';
import { ACCOUNT, environment } from '../support/world.ts';
import {
  byHand,
  foreign,
  mallory,
  mine,
  newName,
  ofShop,
  operator,
  resourcesOf,
  theirs,
  told,
  withNeighbours,
  world,
} from './support/neighbours.ts';
import { calm } from './support/run.ts';

/**
 * The third way: nothing foreign is touched and nothing is lost silently, by adoption, by names, by force or in haste.
 */
withNeighbours();

describe('A10: an adoption that comes after the object has its own', () => {
  test.each([
    ['Queue', 'queue'],
    ['Topic', 'topic'],
    ['Bucket', 'bucket'],
  ] as const)('%s: neither changes nor deletes what it names, and removes its own', async (kind, node) => {
    const name = await mine(kind);
    const adopt = { name: String(theirs[node].name) };
    const before = await foreign();
    await mallory.change(kind, name, { adopt, deletionPolicy: 'Delete' });
    await operator.settle(calm);
    expect(conditionOf(await world.get(kind, name), 'Ready')).toMatchObject({
      reason: 'NotGranted',
      message: expect.stringMatching(/^spec.adopt/),
    });
    await mallory.delete(kind, name);
    await operator.settle(calm);
    expect(await world.get(kind, name)).toBeUndefined();
    expect(await foreign()).toEqual(before);
    expect(await ofShop()).toEqual([]);
  });

  test.each([
    ['Queue', 'queue', 'what people made by hand is adopted', () => byHand, true],
    ['Queue', 'queue', 'another team’s, which has not let it go, is not', () => theirs, false],
    ['Topic', 'topic', 'another team’s, which has not let it go, is not', () => theirs, false],
    ['Bucket', 'bucket', 'another team’s, which has not let it go, is not', () => theirs, false],
  ] as const)('%s: with a grant %s', async (kind, node, _, of, isAdopted) => {
    const { name: id = '' } = of()[node];
    await world.apply(environment({ grants: { adopt: [{ namespace: 'shop', kind, ids: [id] }] } }));
    const before = await foreign();
    const name = newName();
    await mallory.create(kind, name, {
      adopt: { name: id },
      encryption: kind === 'Bucket' ? 'AES256' : 'EnvironmentKey',
      ...(kind === 'Queue' ? { deadLetter: { mode: 'Disabled' } } : {}),
    });
    await operator.settle(calm);
    const ready = conditionOf(await world.get(kind, name), 'Ready');
    if (isAdopted)
      expect(ready).toMatchObject({
        reason: 'ApprovalRequired',
        message: expect.stringMatching(/adopt queue/),
      });
    else
      expect(ready).toMatchObject({
        reason: 'Conflict',
        message: expect.stringMatching(/(its tag opta.dev|by its tags).*left alone/),
      });
    await mallory.annotate(kind, name, {
      'opta.dev/approve': (await world.get(kind, name))?.status?.plan?.hash ?? 'none',
    });
    await operator.settle(calm);
    if (!isAdopted) expect(await foreign()).toEqual(before);
    await mallory.delete(kind, name);
    await operator.settle(calm);
    await world.apply(environment());
    await operator.settle(calm);
    if (!isAdopted) return;
    expect(JSON.stringify((await world.aws.state()).queues[id])).toMatch(/opta.dev\/retained/);
    await world.aws.sqs.send(new DeleteQueueCommand({ QueueUrl: String(byHand.queue.id) }));
  });

  test('a Topic and a Queue that together name another team’s subscription', async () => {
    const [queueName, topicName] = [await mine('Queue'), await mine('Topic')];
    await mallory.change('Topic', topicName, { subscriptions: [{ queue: queueName }] });
    await operator.settle();
    const before = await foreign();
    await mallory.change('Queue', queueName, {
      adopt: { name: String(theirs.queue.name) },
      deletionPolicy: 'Delete',
    });
    await mallory.change('Topic', topicName, {
      adopt: { name: String(theirs.topic.name) },
      deletionPolicy: 'Delete',
    });
    await operator.settle(calm);
    await mallory.delete('Topic', topicName);
    await mallory.delete('Queue', queueName);
    await operator.settle(calm);
    expect(await foreign()).toEqual(before);
    expect(await ofShop()).toEqual([]);
  });
});

describe('A18, A28: two objects whose names become one in AWS', () => {
  // Found by trying: long names are cut, and six characters of a hash are the same for some pair among some ten thousand.
  test.each([
    ['Queue', 'queue', QUEUE_NAME, { deadLetter: { mode: 'Disabled' }, encryption: 'EnvironmentKey' }],
    ['Topic', 'topic', { ...TOPIC_NAME, maxLength: 256 }, { encryption: 'EnvironmentKey' }],
    ['Bucket', 'bucket', BUCKET_NAME, {}],
  ] as const)(
    '%s: the first keeps it, the second is told, and goes without touching it',
    async (kind, node, rule, spec) => {
      const [first, second] = collision(kind, node, rule);
      await applyObject(world.cluster.transport, {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: 'shop-x', labels: { 'opta.dev/environment': 'dev' } },
      });
      await world.apply({ kind, name: first, namespace: 'shop-x', spec });
      await operator.settle();
      const before = await world.aws.state();
      const since = world.bench.gateway.journal.at(-1)?.id ?? 0;
      await mallory.create(kind, second, {
        ...spec,
        ...(kind === 'Topic' ? { subscriptions: [{ queue: 'none' }] } : {}),
      });
      await operator.settle(calm);
      expect(conditionOf(await world.get(kind, second), 'Ready')).toMatchObject({
        reason: 'Conflict',
        message: expect.stringMatching(
          new RegExp(`by its tags it is that of ${kind} shop-x/${first} of this cluster. It is left alone`),
        ),
      });
      await mallory.delete(kind, second);
      await operator.settle(
        objects => calm(objects) && objects.every(object => object.metadata.name !== second),
      );
      expect(world.bench.gateway.journalSince(since).filter(call => call.mutating)).toEqual([]);
      expect(await world.aws.state()).toEqual(before);
      const stays = await get<OptaObject>(world.cluster.transport, resourceOfKind(kind), {
        namespace: 'shop-x',
        name: first,
      });
      expect(isTrue(stays, 'Ready')).toBe(true);
      if (stays !== undefined) await remove(world.cluster.transport, resourceOfKind(kind), stays);
      await operator.settle();
    },
  );

  function collision(kind: string, node: string, rule: typeof QUEUE_NAME): readonly [string, string] {
    const nameOf = (namespace: string, name: string) =>
      resourceName(
        { installation: 'test', accountId: ACCOUNT, environment: 'dev', kind, namespace, name, node },
        rule,
      );
    // So long that what follows is cut off.
    const long = 'y'.repeat(Math.min(240, rule.maxLength - 10));
    const seen = new Map<string, string>();
    for (let index = 0; index < 50_000; index++)
      seen.set(nameOf('shop-x', `${long}${index}`), `${long}${index}`);
    for (let index = 0; index < 10_000_000; index++) {
      const name = `x-${long}${index}`;
      const other = seen.get(nameOf('shop', name));
      if (other !== undefined) return [other, name];
    }
    throw new Error('no two names are one');
  }
});

describe('A22: an object that is forced off its finalizer', () => {
  test.each<[string, boolean]>([
    ['deleted by force', false],
    ['deleted, then forced', true],
  ])('%s: what it had stays, is named to people, and is taken up when it is made again', async (_, first) => {
    const name = await mine('Queue');
    const had = await ofShop();
    const arn = (await world.get('Queue', name))?.status?.arn;
    told.length = 0;
    const paused = { 'opta.dev/paused': 'true' };
    // A busy operator, so that the person is faster.
    await mallory.annotate('Queue', name, paused);
    if (first) await mallory.delete('Queue', name);
    await mallory.request('PATCH', 'Queue', { namespace: 'shop', name }, { metadata: { finalizers: null } });
    if (!first) await mallory.delete('Queue', name);
    await operator.settle(
      objects => allReady(objects) && objects.every(object => object.metadata.name !== name),
    );
    expect(await ofShop()).toEqual(had);
    expect(told).toContainEqual({
      message: 'the object vanished without being deleted by the operator; its resources stay in AWS',
      fields: { object: `Queue shop/${name}`, resources: expect.arrayContaining([arn]) },
    });
    const events = () =>
      world.cluster.transport.request({ method: 'GET', path: '/apis/events.k8s.io/v1/events' });
    await expect.poll(async () => JSON.stringify(await events())).toContain(`Queue shop/${name} vanished`);
    await mallory.create('Queue', name, {});
    await operator.settle(calm);
    expect((await ofShop()).toSorted()).toEqual(had.toSorted());
    expect((await world.get('Queue', name))?.status?.arn).toBe(arn);
    await mallory.delete('Queue', name);
    await operator.settle(calm);
    expect(await ofShop()).toEqual([]);
  });

  test('one that the operator let go is not called an orphan', async () => {
    const name = await mine('Queue');
    told.length = 0;
    await mallory.delete('Queue', name);
    await operator.settle();
    expect(told.filter(({ fields }) => 'resources' in fields)).toEqual([]);
  });
});

describe('A23: Retain is made Delete just before the deletion', () => {
  test('a Bucket with objects stays all the same, and says how many', async () => {
    const name = await mine('Bucket', { deletionPolicy: 'Retain' });
    const aws = String((await world.get('Bucket', name))?.status?.name);
    await world.aws.s3.send(new PutObjectCommand({ Bucket: aws, Key: 'a', Body: 'x' }));
    await mallory.change('Bucket', name, { deletionPolicy: 'Delete' });
    await mallory.delete('Bucket', name);
    await operator.settle(objects =>
      objects.some(object => conditionOf(object, 'Ready')?.reason === 'DeletionBlocked'),
    );
    const object = await world.get('Bucket', name);
    expect(conditionOf(object, 'Ready')?.message).toMatch(/still holds 1 object version/);
    expect(object?.status?.blockedBy).toEqual([
      {
        node: 'bucket',
        resource: `1 object version in ${aws}`,
        reason: expect.stringMatching(/forceDestroy/),
      },
    ]);
    // Retain is honoured at once.
    await mallory.change('Bucket', name, { deletionPolicy: 'Retain' });
    await operator.settle();
    expect(await world.get('Bucket', name)).toBeUndefined();
    expect(await ofShop()).toEqual([aws]);
  });

  test('a Queue’s key can be rescued for as long as the environment says', async () => {
    const name = await mine('Queue', { deletionPolicy: 'Retain' });
    const key = (await resourcesOf('Queue', name)).find(entry => entry.node === 'key')?.id ?? '';
    await mallory.change('Queue', name, { deletionPolicy: 'Delete' });
    await mallory.delete('Queue', name);
    await operator.settle();
    expect((await world.aws.state()).keys[key]?.state).toBe('PendingDeletion');
  });
});

describe('A21: at the longest', () => {
  const longest = 'n'.repeat(253);
  test('names, tags and values that are as long as they may be are served', async () => {
    const most = Object.fromEntries(
      Array.from({ length: 38 }, (_, index) => [`${'k'.repeat(120)}${index}`, 'v'.repeat(256)]),
    );
    await mallory.create('Queue', longest, { tags: most });
    await mallory.create('Topic', longest, {
      tags: most,
      subscriptions: [{ queue: longest }],
      displayName: 'd'.repeat(100),
    });
    await mallory.create('Bucket', longest, {
      tags: most,
      notifications: [{ events: ['s3:ObjectCreated:*'], queue: longest, prefix: 'p'.repeat(500) }],
    });
    await operator.settle();
    for (const kind of ['Queue', 'Topic', 'Bucket']) {
      await mallory.annotate(kind, longest, {
        'opta.dev/reconcile-requested-at': `x${'😀'.repeat(600)}${'y'.repeat(200_000)}`,
        'opta.dev/drift-interval': '9'.repeat(1000),
        'opta.dev/approve': 'x'.repeat(1000),
      });
    }
    await operator.settle();
    const before = operator.writes.length;
    await operator.drift();
    expect(operator.writes.slice(before)).toEqual([]);
    for (const kind of ['Bucket', 'Topic', 'Queue']) await mallory.delete(kind, longest);
    await operator.settle();
    for (const kind of ['Bucket', 'Topic', 'Queue']) expect(await world.get(kind, longest)).toBeUndefined();
  });

  test('characters that readers of YAML refuse do not freeze the status', async () => {
    const name = await mine('Queue');
    const asked = 'a\u007f \u0085\u2028\ufeff';
    await mallory.annotate('Queue', name, { 'opta.dev/reconcile-requested-at': asked });
    await operator.settle();
    expect((await world.get('Queue', name))?.status?.lastHandledReconcileAt).toBe(asked);
    await mallory.delete('Queue', name);
    await operator.settle();
    expect(await world.get('Queue', name)).toBeUndefined();
  });

  test('nobody is looked at more often than once a minute by their annotation', async () => {
    const name = await mine('Queue');
    await mallory.annotate('Queue', name, { 'opta.dev/drift-interval': '1s' });
    await operator.settle();
    const since = world.bench.gateway.journal.at(-1)?.id ?? 0;
    world.clock.advance(50_000);
    await operator.settle();
    expect(world.bench.gateway.journalSince(since)).toEqual([]);
    await mallory.delete('Queue', name);
    await operator.settle();
  });
});
