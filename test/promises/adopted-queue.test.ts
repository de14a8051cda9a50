import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { CreateTopicCommand, GetTopicAttributesCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, GetQueueAttributesCommand, ListQueueTagsCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { approve } from '../support/approval.ts';
import { type Acting, areReady, messageOf, openStage, type Stage, standing } from '../support/stage.ts';
import { bucket, environment, queue, REGION, topic } from '../support/world.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());
afterEach(() => stage.clear());

const PLAIN = { encryption: 'EnvironmentKey', deadLetter: { mode: 'Disabled' } };
const REPLICA = { mode: 'SameRegion' };
const OWN = queue('orders', PLAIN);
const ADOPTING = queue('orders', { ...PLAIN, adopt: { name: 'legacy' } });
const GRANTS = { adopt: [{ namespace: 'shop', kind: 'Queue', ids: ['legacy'] }] };
const EVENTS = topic('events', { encryption: 'EnvironmentKey', subscriptions: [{ queue: 'orders' }] });

async function legacyQueue(): Promise<string> {
  const { QueueUrl = '' } = await stage.world.aws.sqs.send(new CreateQueueCommand({ QueueName: 'legacy' }));
  return QueueUrl;
}

const isRefused = (acting: Acting) =>
  acting.until(look => standing(look('Queue', 'orders')) === 'Ready=False InvalidSpec');

test('adopt comes too late for an object that has made its own: that would be left without anybody’s care', async () => {
  await legacyQueue();
  await stage.cluster.apply(environment({ grants: GRANTS }), OWN);
  const acting = await stage.operator();
  await acting.until(areReady(OWN));
  const name = String((await stage.cluster.get('Queue', 'orders')).status?.name);
  const mark = stage.mark();
  await stage.cluster.apply(ADOPTING);
  await isRefused(acting);
  expect(messageOf(await stage.cluster.get('Queue', 'orders'))).toContain(
    `spec.adopt: this object has ${name} already`,
  );
  await acting.driftPasses(2);
  expect(stage.writesSince(mark)).toEqual([]);
  await stage.cluster.apply(OWN);
  await acting.until(areReady(OWN));
  expect(stage.writesSince(mark)).toEqual([]);
});

test('adopt stays written: without it nothing is changed, and a deletion keeps what was adopted', async () => {
  const QueueUrl = await legacyQueue();
  await stage.cluster.apply(environment({ grants: GRANTS }), ADOPTING, EVENTS);
  const acting = await stage.operator();
  await acting.until(look => standing(look('Queue', 'orders'), 'Synced') === 'Synced=False ApprovalRequired');
  await approve(stage.world, 'Queue', 'orders');
  await acting.until(areReady(ADOPTING, EVENTS));
  const before = await stage.world.aws.state();
  await stage.cluster.apply(OWN);
  await isRefused(acting);
  expect(messageOf(await stage.cluster.get('Queue', 'orders'))).toContain(
    'spec.adopt: cannot be left out: this object takes care of legacy',
  );
  await acting.driftPasses(2);
  expect((await stage.world.aws.state()).queues).toEqual(before.queues);

  await stage.cluster.delete('Topic', 'events');
  await stage.cluster.delete('Queue', 'orders');
  await acting.until(look => look('Queue', 'orders') === undefined);
  const { Tags } = await stage.world.aws.sqs.send(new ListQueueTagsCommand({ QueueUrl }));
  expect(Tags).toHaveProperty('opta.dev/retained');
});

test.each([
  ['while the adoption of another one waited', { adopt: { name: 'other' } }],
  ['while what it named did not exist', { adopt: { name: 'typo' } }],
  ['while all of its own waited', { managementPolicy: 'ApproveAll' }],
])('what is adopted is taken as it is, whatever the object would have had before, %s', async (_, first) => {
  const { sqs } = stage.world.aws;
  async function keeps(QueueName: string, MessageRetentionPeriod: string): Promise<string> {
    const Attributes = { MessageRetentionPeriod };
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
    return QueueUrl;
  }
  await keeps('other', '3600');
  const QueueUrl = await keeps('legacy', '7200');
  const ids = ['legacy', 'other', 'typo'];
  const grants = { adopt: [{ namespace: 'shop', kind: 'Queue', ids }] };
  await stage.cluster.apply(environment({ grants }), queue('orders', { ...PLAIN, ...first }));
  const acting = await stage.operator();
  await acting.until(look => standing(look('Queue', 'orders'), 'Synced').startsWith('Synced=False'));
  await acting.quiet();
  expect((await stage.cluster.get('Queue', 'orders')).status).not.toHaveProperty('defaults');
  await stage.cluster.apply(ADOPTING);
  await acting.until(look => {
    const adopts = look('Queue', 'orders')?.status?.plan?.steps?.some(step => step.action === 'adopt');
    return adopts === true && look('Queue', 'orders')?.status?.observedGeneration === 2;
  });
  await approve(stage.world, 'Queue', 'orders');
  await acting.until(areReady(ADOPTING));
  const all = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] });
  expect((await sqs.send(all)).Attributes).toMatchObject({ MessageRetentionPeriod: '7200' });
  expect((await stage.cluster.get('Queue', 'orders')).status?.defaults).toMatchObject({
    messageRetentionSeconds: 7200,
  });
});

test('nothing is made beside what is not there to be adopted yet, and what comes is taken as it is', async () => {
  const { sqs, sns, s3 } = stage.world.aws;
  const of = { adopt: { name: 'legacy' } };
  // Of this one nothing is left to be chosen.
  const whole = { fifo: true, encryption: 'OwnKey', contentBasedDeduplication: false };
  const all = [
    queue('orders', of),
    topic('events', of),
    topic('whole', { adopt: { name: 'legacy.fifo' }, ...whole }),
    bucket('uploads', { ...of, replica: REPLICA }),
  ];
  const ids = ['legacy', 'legacy.fifo'];
  const adopt = ['Queue', 'Topic', 'Bucket'].map(kind => ({ namespace: 'shop', kind, ids }));
  await stage.cluster.apply(environment({ grants: { adopt } }));
  const acting = await stage.operator();
  await acting.until(areReady(environment()));
  const mark = stage.mark();
  await stage.cluster.apply(...all);
  await acting.until(look =>
    all.every(({ kind, name }) => look(kind, name)?.status?.conditions !== undefined),
  );
  await acting.driftPasses(1);
  expect(stage.writesSince(mark)).toEqual([]);
  for (const { kind, name } of all) {
    const object = await stage.cluster.get(kind, name);
    expect(messageOf(object)).toMatch(/spec.adopt names legacy(.fifo)?, which does not exist in AWS/);
    expect(object.status).not.toHaveProperty('defaults');
  }

  const Attributes = { MessageRetentionPeriod: '1209600' };
  await sqs.send(new CreateQueueCommand({ QueueName: 'legacy', Attributes }));
  await sns.send(new CreateTopicCommand({ Name: 'legacy' }));
  await sns.send(new CreateTopicCommand({ Name: 'legacy.fifo', Attributes: { FifoTopic: 'true' } }));
  const CreateBucketConfiguration = { LocationConstraint: REGION } as const;
  await s3.send(new CreateBucketCommand({ Bucket: 'legacy', CreateBucketConfiguration }));
  await acting.driftPasses(1);
  for (const { kind, name } of all) {
    await acting.until(look => standing(look(kind, name), 'Synced') === 'Synced=False ApprovalRequired');
    await approve(stage.world, kind, name);
  }
  await acting.until(areReady(...all));
  const defaultsOf = async (kind: string, name: string) =>
    (await stage.cluster.get(kind, name)).status?.defaults;
  expect(await defaultsOf('Queue', 'orders')).toMatchObject({
    messageRetentionSeconds: 1_209_600,
    encryption: 'EnvironmentKey',
    'deadLetter.mode': 'Disabled',
  });
  expect(await defaultsOf('Topic', 'events')).toMatchObject({ encryption: 'EnvironmentKey' });
  expect(await defaultsOf('Bucket', 'uploads')).toMatchObject({ accessLogs: 'Disabled' });
  const { keys, queues } = await stage.world.aws.state();
  // One of the environment, and the one that is asked for.
  expect([Object.keys(keys).length, Object.keys(queues)]).toEqual([2, ['legacy']]);
});

test('what is written just as it was before the adoption stays so when it is left out again', async () => {
  const { sqs } = stage.world.aws;
  const Attributes = { MessageRetentionPeriod: '1209600', VisibilityTimeout: '600' };
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'legacy', Attributes }));
  const adopt = { adopt: { name: 'legacy' } };
  const written = queue('orders', {
    ...PLAIN,
    ...adopt,
    messageRetentionSeconds: 1_209_600,
    visibilityTimeoutSeconds: 300,
  });
  await stage.cluster.apply(environment({ grants: GRANTS }), written);
  const acting = await stage.operator();
  await acting.until(look => standing(look('Queue', 'orders'), 'Synced') === 'Synced=False ApprovalRequired');
  await approve(stage.world, 'Queue', 'orders');
  await acting.until(areReady(written));
  const mark = stage.mark();
  await stage.cluster.apply(queue('orders', { ...adopt, visibilityTimeoutSeconds: 300 }));
  await acting.until(look => look('Queue', 'orders')?.status?.syncedGeneration === 2);
  await acting.driftPasses(1);
  expect(stage.writesSince(mark)).toEqual([]);
  const defaults = (await stage.cluster.get('Queue', 'orders')).status?.defaults;
  expect(defaults).toMatchObject({
    messageRetentionSeconds: 1_209_600,
    encryption: 'EnvironmentKey',
    'deadLetter.mode': 'Disabled',
  });
  // What was another one until then has a default like any other.
  expect(defaults).not.toHaveProperty('visibilityTimeoutSeconds');
  await stage.cluster.apply(queue('orders', adopt));
  await acting.until(look => look('Queue', 'orders')?.status?.syncedGeneration === 3);
  const { Attributes: now } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
  );
  expect(now).toMatchObject({ MessageRetentionPeriod: '1209600', VisibilityTimeout: '30' });
});

test('what is adopted gets a key and a second queue of its own where that is written, and all else stays', async () => {
  const { sqs, sns } = stage.world.aws;
  const Attributes = { MessageRetentionPeriod: '7200', VisibilityTimeout: '600' };
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'legacy', Attributes }));
  await sns.send(new CreateTopicCommand({ Name: 'legacy' }));
  const asking = { adopt: { name: 'legacy' }, encryption: 'OwnKey' };
  const both = [
    queue('orders', { ...asking, deadLetter: { mode: 'Enabled' } }),
    topic('events', asking),
  ] as const;
  const adopt = both.map(({ kind }) => ({ namespace: 'shop', kind, ids: ['legacy'] }));
  await stage.cluster.apply(environment({ grants: { adopt } }), ...both);
  const acting = await stage.operator();
  for (const { kind, name } of both) {
    await acting.until(look => standing(look(kind, name), 'Synced') === 'Synced=False ApprovalRequired');
    await approve(stage.world, kind, name);
  }
  await acting.until(areReady(...both));
  const { Attributes: now } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
  );
  const { keyArn, deadLetter } = (await stage.cluster.get('Queue', 'orders')).status ?? {};
  expect(now).toMatchObject({ ...Attributes, KmsMasterKeyId: keyArn });
  expect(deadLetter).toMatchObject({ name: expect.stringContaining('dead-letter') });
  expect(Object.keys((await stage.world.aws.state()).keys)).toHaveLength(3);
});

test('what was adopted goes on as it was found also where the status is lost', async () => {
  const { sqs } = stage.world.aws;
  const Attributes = { MessageRetentionPeriod: '1209600', VisibilityTimeout: '900' };
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'legacy', Attributes }));
  const adopting = queue('orders', { adopt: { name: 'legacy' } });
  await stage.cluster.apply(environment({ grants: GRANTS }), adopting);
  const acting = await stage.operator();
  await acting.until(look => standing(look('Queue', 'orders'), 'Synced') === 'Synced=False ApprovalRequired');
  await approve(stage.world, 'Queue', 'orders');
  await acting.until(areReady(adopting));
  const { defaults } = (await stage.cluster.get('Queue', 'orders')).status ?? {};
  await acting.end();
  const mark = stage.mark();
  await stage.cluster.transport.request({
    method: 'PATCH',
    path: '/apis/opta.dev/v1alpha1/namespaces/shop/queues/orders/status',
    contentType: 'application/merge-patch+json',
    body: { status: null },
  });
  const again = await stage.operator();
  await again.until(areReady(adopting));
  await again.driftPasses(1);
  expect(stage.writesSince(mark)).toEqual([]);
  expect((await stage.cluster.get('Queue', 'orders')).status?.defaults).toEqual(defaults);
  const all = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] });
  expect((await sqs.send(all)).Attributes).toMatchObject(Attributes);
});

test('a fifo queue and topic that know messages by what they say go on so', async () => {
  const { sqs, sns } = stage.world.aws;
  const Attributes = { FifoQueue: 'true', ContentBasedDeduplication: 'true' };
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'legacy.fifo', Attributes }));
  const OfTopic = { FifoTopic: 'true', ContentBasedDeduplication: 'true' };
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'legacy.fifo', Attributes: OfTopic }));
  const adopting = { fifo: true, adopt: { name: 'legacy.fifo' } };
  const both = [
    queue('orders', { ...PLAIN, ...adopting }),
    topic('events', { encryption: 'EnvironmentKey', ...adopting }),
  ] as const;
  const grants = {
    adopt: ['Queue', 'Topic'].map(kind => ({ namespace: 'shop', kind, ids: ['legacy.fifo'] })),
  };
  await stage.cluster.apply(environment({ grants }), ...both);
  const acting = await stage.operator();
  for (const { kind, name } of both) {
    await acting.until(look => standing(look(kind, name), 'Synced') === 'Synced=False ApprovalRequired');
    await approve(stage.world, kind, name);
  }
  await acting.until(areReady(...both));
  const ofQueue = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
  expect(ofQueue.Attributes).toMatchObject(Attributes);
  const ofTopic = await sns.send(new GetTopicAttributesCommand({ TopicArn }));
  expect(ofTopic.Attributes).toMatchObject(OfTopic);
});

test('what is adopted and has no key of its own goes on without, where the spec says nothing of one', async () => {
  const QueueUrl = await legacyQueue();
  await stage.world.aws.sns.send(new CreateTopicCommand({ Name: 'legacy' }));
  const both = [
    queue('orders', { adopt: { name: 'legacy' } }),
    topic('events', { adopt: { name: 'legacy' } }),
  ] as const;
  const grants = { adopt: ['Queue', 'Topic'].map(kind => ({ namespace: 'shop', kind, ids: ['legacy'] })) };
  await stage.cluster.apply(environment({ grants }), ...both);
  const acting = await stage.operator();
  for (const { kind, name } of both) {
    await acting.until(look => standing(look(kind, name), 'Synced') === 'Synced=False ApprovalRequired');
    await approve(stage.world, kind, name);
  }
  await acting.until(areReady(...both));
  expect((await stage.cluster.get('Queue', 'orders')).status?.defaults).toMatchObject({
    encryption: 'EnvironmentKey',
    'deadLetter.mode': 'Disabled',
  });
  const { Attributes } = await stage.world.aws.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
  );
  const { keyArn } = (await stage.cluster.get('Queue', 'orders')).status ?? {};
  expect(Attributes).toMatchObject({ KmsMasterKeyId: keyArn });
});

test.each([
  ['as it is adopted', true],
  ['later on', false],
])(
  'an adopted queue has dead letters once the spec says how often a message fails: %s',
  async (_, isFirst) => {
    const QueueUrl = await legacyQueue();
    const plain = { encryption: 'EnvironmentKey', adopt: { name: 'legacy' } };
    const asking = queue('orders', { ...plain, deadLetter: { maxReceiveCount: 3 } });
    const first = isFirst ? asking : queue('orders', plain);
    await stage.cluster.apply(environment({ grants: GRANTS }), first);
    const acting = await stage.operator();
    await acting.until(
      look => standing(look('Queue', 'orders'), 'Synced') === 'Synced=False ApprovalRequired',
    );
    await approve(stage.world, 'Queue', 'orders');
    await acting.until(areReady(first));
    await stage.cluster.apply(asking);
    await acting.until(areReady(asking));
    const { Attributes } = await stage.world.aws.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['RedrivePolicy'] }),
    );
    expect(JSON.parse(Attributes?.RedrivePolicy ?? '{}')).toMatchObject({ maxReceiveCount: 3 });
    const defaults = (await stage.cluster.get('Queue', 'orders')).status?.defaults;
    expect(defaults).toMatchObject({ 'deadLetter.mode': 'Enabled' });
  },
);

test('what an adopted queue keeps for an hour may be kept for a day beside it, also in a rebuilt cluster', async () => {
  const { sqs } = stage.world.aws;
  const Attributes = { MessageRetentionPeriod: '3600' };
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'legacy', Attributes }));
  const manifest = queue('orders', {
    ...PLAIN,
    adopt: { name: 'legacy' },
    deadLetter: { mode: 'Enabled', messageRetentionSeconds: 86_400 },
  });
  const keeps = async () => {
    const { Attributes: now } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
    );
    return now?.MessageRetentionPeriod;
  };
  await stage.cluster.apply(environment({ grants: GRANTS }), manifest);
  const acting = await stage.operator();
  await acting.until(look => standing(look('Queue', 'orders'), 'Synced') === 'Synced=False ApprovalRequired');
  await approve(stage.world, 'Queue', 'orders');
  await acting.until(areReady(manifest));
  const defaults = { messageRetentionSeconds: 3600 };
  expect((await stage.cluster.get('Queue', 'orders')).status?.defaults).toMatchObject(defaults);
  expect(await keeps()).toBe('3600');
  await acting.end();

  const rebuilt = await stage.anotherCluster();
  await rebuilt.apply(environment({ grants: GRANTS }), manifest);
  const again = await stage.operator({ in: rebuilt, settings: { takeOverFrom: [stage.cluster.uid] } });
  await again.until(areReady(manifest));
  expect((await rebuilt.get('Queue', 'orders')).status?.defaults).toMatchObject(defaults);
  expect(await keeps()).toBe('3600');
});
