import { CreateAliasCommand, CreateKeyCommand } from '@aws-sdk/client-kms';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { CreateTopicCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, DeleteQueueCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { applyObject, resourceOfKind } from '../../hack/bench/install.ts';
import { BUCKET_NAME, QUEUE_NAME, resourceName, TOPIC_NAME } from '../../src/aws/names.ts';
import type { Entry } from '../../src/engine/inventory.ts';
import { get, remove } from '../../src/kube/apply.ts';
import type { Log } from '../../src/kube/log.ts';
import type { OptaObject } from '../../src/operator/objects.ts';
import { allReady, conditionOf, isTrue } from '../support/settle.ts';
import {
  ACCOUNT,
  bucket,
  environment,
  queue,
  REGION,
  startWorld,
  type TestWorld,
  topic,
} from '../support/world.ts';
import { calm, type Run, run } from './support/run.ts';
import { type Tenant, tenant } from './support/tenant.ts';

/**
 * The third way: nothing foreign is touched and nothing is lost silently, whatever somebody writes who may write the
 * objects of the namespace shop and their statuses. Foreign is what another team has, and what people made by hand.
 */
let world: TestWorld;
let operator: Run;
let mallory: Tenant;
const told: { fields: Record<string, unknown>; message: string }[] = [];
const log: Log = {
  debug: () => {},
  info: () => {},
  warn: (fields, message) => void told.push({ fields: { ...fields }, message }),
  error: (fields, message) => void told.push({ fields: { ...fields }, message }),
};

/** What a status could name: every resource of the others, by its type. */
interface Foreign {
  readonly title: string;
  readonly queue: Partial<Entry>;
  readonly topic: Partial<Entry>;
  readonly bucket: Partial<Entry>;
  readonly key: Partial<Entry>;
  readonly alias: Partial<Entry>;
}
let theirs: Foreign;
let byHand: Foreign;
let subscription: Partial<Entry>;

beforeAll(async () => {
  world = await startWorld();
  mallory = await tenant(world);
  operator = await run(world, { log });
  await applyObject(world.cluster.transport, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'bank', labels: { 'opta.dev/environment': 'dev' } },
  });
  await world.apply(environment());
  const created = [{ events: ['s3:ObjectCreated:*'], queue: 'vault' }];
  for (const manifest of [
    queue('vault'),
    topic('news', { subscriptions: [{ queue: 'vault' }] }),
    bucket('ledger', { notifications: created }),
  ])
    await world.apply({ ...manifest, namespace: 'bank' });
  await operator.settle();
  theirs = { title: 'another team’s', ...(await entriesOfBank()) };
  byHand = { title: 'what somebody made by hand', ...(await madeByHand()) };
});
afterAll(async () => {
  mallory?.close();
  await operator?.end();
  await world?.stop();
});

/** What a test that failed left must not fail the next one. */
afterEach(async () => {
  const left = (await world.objects()).filter(object => /^shop/.test(object.metadata.namespace ?? ''));
  for (const object of left) await remove(world.cluster.transport, resourceOfKind(object.kind), object);
  if (left.length > 0) await operator.settle(calm);
});

async function entriesOfBank(): Promise<Omit<Foreign, 'title'>> {
  const [vault, news, ledger] = await Promise.all(
    [
      ['Queue', 'vault'],
      ['Topic', 'news'],
      ['Bucket', 'ledger'],
    ].map(([kind = '', name = '']) =>
      get<OptaObject>(world.cluster.transport, resourceOfKind(kind), { namespace: 'bank', name }),
    ),
  );
  const entry = (object: OptaObject | undefined, node: string): Partial<Entry> => {
    const found = object?.status?.resources?.find(one => one.node === node);
    if (found === undefined) throw new Error(`the bank has no ${node}`);
    const { id, arn, name } = found;
    return {
      ...(id === undefined ? {} : { id }),
      ...(arn === undefined ? {} : { arn }),
      ...(name === undefined ? {} : { name }),
    };
  };
  subscription = entry(news, 'subscription/vault');
  return {
    queue: entry(vault, 'queue'),
    topic: entry(news, 'topic'),
    bucket: entry(ledger, 'bucket'),
    key: entry(vault, 'key'),
    alias: entry(vault, 'alias'),
  };
}

async function madeByHand(): Promise<Omit<Foreign, 'title'>> {
  const { sqs, sns, s3, kms } = world.aws;
  const name = 'made-by-hand';
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: name }));
  await s3.send(new CreateBucketCommand({ Bucket: name }));
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  await kms.send(new CreateAliasCommand({ AliasName: `alias/${name}`, TargetKeyId: KeyMetadata?.KeyId }));
  return {
    queue: { id: QueueUrl, name, arn: `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}` },
    topic: { id: TopicArn, name, arn: TopicArn },
    bucket: { id: name, name, arn: `arn:aws:s3:::${name}` },
    key: { id: KeyMetadata?.KeyId ?? '', arn: KeyMetadata?.Arn ?? '' },
    alias: { id: `alias/${name}`, name: `alias/${name}` },
  };
}

/** All of AWS that is not of the namespace shop. */
async function foreign(): Promise<unknown> {
  const state = await world.aws.state();
  const others = <T extends object>(all: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(all).filter(([, one]) => !isOfShop(one)));
  const notShop = (all: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(Object.entries(all).filter(([key]) => !key.includes('-shop-')));
  return {
    queues: others(state.queues),
    topics: others(state.topics),
    keys: others(state.keys),
    buckets: others(state.buckets),
    aliases: notShop(state.aliases),
    subscriptions: notShop(state.subscriptions),
  };
}

function isOfShop(one: object): boolean {
  const tags: unknown = Reflect.get(one, 'tags');
  return typeof tags === 'object' && tags !== null && Reflect.get(tags, 'opta.dev/namespace') === 'shop';
}

/** What shop has in AWS; a key that is to be deleted is gone. */
async function ofShop(): Promise<readonly string[]> {
  const state = await world.aws.state();
  const all = [state.queues, state.topics, state.buckets, state.keys].flatMap(Object.entries<object>);
  const mine = all.filter(([, one]) => isOfShop(one) && Reflect.get(one, 'state') !== 'PendingDeletion');
  const named = [...Object.keys(state.aliases), ...Object.keys(state.subscriptions)].filter(key =>
    key.includes('-shop-'),
  );
  return [...mine.map(([key]) => key), ...named];
}

let serial = 0;

/** An object of its own for each attack: names in AWS and ConfigMaps take a while to be free again. */
async function mine(kind: string, spec: object = {}, until = allReady): Promise<string> {
  serial += 1;
  const name = `mine-${serial}`;
  await mallory.create(kind, name, spec);
  await operator.settle(until);
  return name;
}

const CHANGE: Readonly<Record<string, object>> = {
  Queue: { delaySeconds: 7 },
  Topic: { displayName: 'Changed' },
  Bucket: { versioning: false },
};

/** The attack, then a drift check, a change and the deletion: each of them could touch what the status names. */
async function harmless(kind: string, name: string, attack: () => Promise<unknown>): Promise<void> {
  const before = await foreign();
  await attack();
  await mallory.annotate(kind, name, { 'opta.dev/reconcile-requested-at': 'now' });
  await operator.settle(calm);
  await operator.drift();
  await mallory.change(kind, name, CHANGE[kind] ?? {});
  await operator.settle(calm);
  await mallory.delete(kind, name);
  await operator.settle(calm);
  expect(await foreign()).toEqual(before);
  // Nothing of its own is left behind, nor does the object hang.
  expect(await world.get(kind, name)).toBeUndefined();
  expect(await ofShop()).toEqual([]);
}

async function resourcesOf(kind: string, name: string): Promise<readonly Entry[]> {
  return (await world.get(kind, name))?.status?.resources ?? [];
}

describe('A25: an id in the status that is somebody else’s', () => {
  const NODES: readonly (readonly [string, string, keyof Omit<Foreign, 'title'>])[] = [
    ['Queue', 'queue', 'queue'],
    ['Queue', 'dead-letter', 'queue'],
    ['Queue', 'key', 'key'],
    ['Queue', 'alias', 'alias'],
    ['Topic', 'topic', 'topic'],
    ['Topic', 'key', 'key'],
    ['Bucket', 'bucket', 'bucket'],
  ];
  const whose: readonly (readonly [string, () => Foreign])[] = [
    ['another team’s', () => theirs],
    ['what somebody made by hand', () => byHand],
  ];
  const all = NODES.flatMap(([kind, node, type]) =>
    whose.map(([title, of]) => ({ kind, node, type, title, of })),
  );

  test.each(all)('$kind $node: $title', async ({ kind, node, type, of }) => {
    const name = await mine(kind);
    const resources = await resourcesOf(kind, name);
    const forged = resources.map(entry => (entry.node === node ? { ...entry, ...of()[type] } : entry));
    expect(forged).not.toEqual(resources);
    await harmless(kind, name, () => mallory.forge(kind, name, { resources: forged }));
  });

  test.each(all.filter(({ title }) => title === 'another team’s'))(
    '$kind $node, by its id alone',
    async ({ kind, node, type, of }) => {
      const name = await mine(kind);
      const resources = await resourcesOf(kind, name);
      const { id = '' } = of()[type];
      const forged = resources.map(entry => (entry.node === node ? { ...entry, id } : entry));
      await harmless(kind, name, () => mallory.forge(kind, name, { resources: forged }));
    },
  );
});

describe('A25: entries for what the object never had', () => {
  test.each(['Queue', 'Topic', 'Bucket'])('in the status of a %s', async kind => {
    const name = await mine(kind);
    const at = { epoch: 1, after: [] };
    const extra = [theirs, byHand].flatMap((of, index) => [
      { ...at, ...of.queue, node: `q${index}`, type: 'sqs/queue' },
      { ...at, ...of.topic, node: `t${index}`, type: 'sns/topic' },
      { ...at, ...of.bucket, node: `b${index}`, type: 's3/bucket' },
      { ...at, ...of.bucket, node: `n${index}`, type: 's3/notifications' },
      { ...at, ...of.key, node: `k${index}`, type: 'kms/key' },
      { ...at, ...of.alias, node: `a${index}`, type: 'kms/alias' },
      { ...at, ...of.queue, node: `qa${index}`, type: 'sqs/sender-access' },
      { ...at, ...of.topic, node: `ta${index}`, type: 'sns/publisher-access' },
    ]);
    const subscribed = { ...at, ...subscription, node: 'subscription/vault', type: 'sns/subscription' };
    const resources = [...(await resourcesOf(kind, name)), ...extra, subscribed];
    await harmless(kind, name, () => mallory.forge(kind, name, { resources }));
  });

  test('a newer epoch of its queue, which is another team’s', async () => {
    const name = await mine('Queue');
    const resources = await resourcesOf('Queue', name);
    const own = resources.find(entry => entry.node === 'queue');
    const newer = { ...own, ...theirs.queue, node: 'queue', type: 'sqs/queue', epoch: 7, after: [] };
    await harmless('Queue', name, () => mallory.forge('Queue', name, { resources: [...resources, newer] }));
  });

  test('open creates and counts that never were', async () => {
    const name = await mine('Queue');
    const resources = (await resourcesOf('Queue', name)).map(({ id: _, arn: __, ...entry }) => ({
      ...entry,
      attempts: 99,
      pending: { attempt: '98', at: '2020-01-01T00:00:00Z' },
    }));
    await harmless('Queue', name, () => mallory.forge('Queue', name, { resources }));
  });

  test('an order in a circle', async () => {
    const name = await mine('Queue');
    const resources = (await resourcesOf('Queue', name)).map(entry => ({
      ...entry,
      after: ['queue', 'key', 'alias', 'dead-letter'],
    }));
    await harmless('Queue', name, () => mallory.forge('Queue', name, { resources }));
  });

  test('nothing at all', async () => {
    const name = await mine('Queue');
    await harmless('Queue', name, () =>
      mallory.forge('Queue', name, { resources: [], defaults: null, plan: null, conditions: [] }),
    );
  });

  test('a type that this version does not know is told, and hides nothing', async () => {
    const name = await mine('Queue');
    const resources = await resourcesOf('Queue', name);
    const before = await foreign();
    const unknown = { node: 'x', epoch: 1, type: 'rds/cluster', id: 'db', after: [] };
    await mallory.forge('Queue', name, { resources: [...resources, unknown] });
    await mallory.annotate('Queue', name, { 'opta.dev/reconcile-requested-at': 'now' });
    await operator.settle(objects =>
      objects.some(object => conditionOf(object, 'Stalled')?.status === 'True'),
    );
    expect(conditionOf(await world.get('Queue', name), 'Stalled')).toMatchObject({
      status: 'True',
      reason: 'Failed',
      message: expect.stringMatching(/no adaptor serves the type rds\/cluster/),
    });
    await mallory.forge('Queue', name, { resources });
    await mallory.delete('Queue', name);
    await operator.settle();
    expect(await foreign()).toEqual(before);
    expect(await ofShop()).toEqual([]);
  });
});

describe('A25: what else a status says', () => {
  test('defaults that a spec could not have', async () => {
    const name = await mine('Bucket');
    const before = (await world.aws.state()).buckets;
    const defaults = {
      publicRead: 'yes',
      name: String(theirs.bucket.name),
      'adopt.name': String(theirs.bucket.name),
      tags: { 'opta.dev/uid': 'x' },
      policyStatements: [
        { sid: 'X', effect: 'Allow', principals: { aws: ['*'] }, actions: ['s3:*'], resources: ['/*'] },
      ],
      '__proto__.publicRead': true,
      'constructor.prototype.publicRead': true,
    };
    await mallory.forge('Bucket', name, { defaults });
    await mallory.annotate('Bucket', name, { 'opta.dev/reconcile-requested-at': 'now' });
    await operator.settle();
    expect((await world.aws.state()).buckets).toEqual(before);
    expect(Reflect.get({}, 'publicRead')).toBeUndefined();
    const stored = (await world.get('Bucket', name))?.status?.defaults ?? {};
    expect(Object.keys(stored)).toContain('lifecycle.expireDays');
    expect(JSON.stringify(stored)).not.toMatch(/policyStatements|adopt|proto|yes/);
    await harmless('Bucket', name, async () => {});
  });

  test('a default that needs a grant is asked for it', async () => {
    const name = await mine('Bucket');
    await mallory.forge('Bucket', name, { defaults: { publicRead: true } });
    await mallory.annotate('Bucket', name, { 'opta.dev/reconcile-requested-at': 'now' });
    await operator.settle(calm);
    expect(conditionOf(await world.get('Bucket', name), 'Ready')).toMatchObject({
      reason: 'NotGranted',
      message: expect.stringMatching(/^spec.publicRead/),
    });
    await mallory.forge('Bucket', name, { defaults: { publicRead: false } });
    await harmless('Bucket', name, async () => {});
  });

  test('outputs, conditions, blockers and an unknown word are as they were after the next look', async () => {
    const name = await mine('Queue');
    const before = (await world.get('Queue', name))?.status;
    await mallory.forge('Queue', name, {
      url: 'https://sqs.eu-central-1.amazonaws.com/999999999999/evil',
      arn: 'arn:aws:sqs:eu-central-1:999999999999:evil',
      keyArn: String(theirs.key.arn),
      blockedBy: [{ node: 'x', resource: 'x', reason: 'x' }],
      binding: { name: 'kube-root-ca.crt' },
      conditions: [
        {
          type: 'Ready',
          status: 'False',
          reason: 'Evil',
          message: 'x',
          lastTransitionTime: '2020-01-01T00:00:00Z',
        },
      ],
    });
    await mallory.annotate('Queue', name, { 'opta.dev/reconcile-requested-at': 'now' });
    await operator.settle();
    const after = (await world.get('Queue', name))?.status;
    const timeless = (status: typeof before) => ({
      ...status,
      lastHandledReconcileAt: 0,
      conditions: status?.conditions?.map(({ lastTransitionTime: _, ...rest }) => rest),
    });
    expect(timeless(after)).toEqual(timeless(before));
    await harmless('Queue', name, async () => {});
  });

  test('referrers that are none open nothing, and cannot stop the object', async () => {
    const name = await mine('Queue');
    const policies = async () => JSON.stringify((await world.aws.state()).queues);
    const before = await policies();
    await mallory.forge('Queue', name, {
      referrers: [
        { kind: 'Topic', name: 'news', uid: 'x' },
        { kind: 'Topic', name: '../../bank/topics/news' },
        { kind: 'Topic', name: '' },
        { kind: 'OptaEnvironment', name: 'dev' },
        { kind: 'Secret', name: 'x' },
      ],
    });
    await mallory.annotate('Queue', name, { 'opta.dev/reconcile-requested-at': 'now' });
    await operator.settle();
    expect(await policies()).toBe(before);
    await harmless('Queue', name, async () => {});
  });

  test('an approval that nobody gave approves nothing, and does not stand in the way of a true one', async () => {
    const plain = { deadLetter: { mode: 'Disabled' }, encryption: 'EnvironmentKey' };
    const name = await mine('Queue', { managementPolicy: 'ApproveAll', ...plain }, calm);
    const planned = (await world.get('Queue', name))?.status?.plan;
    expect(planned?.steps?.length).toBeGreaterThan(0);
    const at = '2020-01-01T00:00:00Z';
    await mallory.forge('Queue', name, {
      plan: { ...planned, approval: { hash: 'ffffffffffff', by: 'admin', at } },
    });
    await mallory.annotate('Queue', name, { 'opta.dev/reconcile-requested-at': '1' });
    await operator.settle(calm);
    expect(await ofShop()).toEqual([]);
    const hash = (await world.get('Queue', name))?.status?.plan?.hash ?? '';
    await mallory.annotate('Queue', name, { 'opta.dev/approve': hash });
    await operator.settle();
    await mallory.change('Queue', name, { managementPolicy: 'Apply' });
    await harmless('Queue', name, async () => {});
  });
});

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
    serial += 1;
    const name = `mine-${serial}`;
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
        message: expect.stringMatching(/its tag opta.dev.*left alone/),
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
          /its tag opta.dev\/namespace is "shop-x", not "shop". It is left alone/,
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
    expect(told).toEqual([]);
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
        'opta.dev/reconcile-requested-at': `${'😀'.repeat(30_000)}`,
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
