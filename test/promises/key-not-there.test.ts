import { DeleteAliasCommand } from '@aws-sdk/client-kms';
import { GetTopicAttributesCommand, ListSubscriptionsByTopicCommand } from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { approve } from '../support/approval.ts';
import { type Acting, areReady, openStage, type Stage, standing } from '../support/stage.ts';
import { bucket, type Manifest, plainEnvironment, queue, topic } from '../support/world.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());
afterEach(() => stage.clear());

const BY_ENVIRONMENT = { encryption: 'EnvironmentKey' };
const BY_OWN = { encryption: 'OwnKey' };
const EVENTS = topic('events', { ...BY_ENVIRONMENT, subscriptions: [{ queue: 'orders' }] });

async function started(...manifests: readonly Manifest[]): Promise<Acting> {
  await stage.cluster.apply(plainEnvironment(), ...manifests);
  const acting = await stage.operator();
  await acting.until(areReady(plainEnvironment(), ...manifests));
  return acting;
}

function denyKeys(): void {
  stage.world.bench.gateway.addFault({
    service: 'kms',
    operation: 'CreateKey',
    times: 1_000,
    fault: { kind: 'accessDenied' },
  });
}

const statusOf = async (kind: string, name: string) => (await stage.cluster.get(kind, name)).status ?? {};

async function attributesOf(url: unknown) {
  const { Attributes = {} } = await stage.world.aws.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: String(url), AttributeNames: ['All'] }),
  );
  return Attributes;
}

function sidsOf(policy: string | undefined): readonly string[] {
  return JSON.parse(policy ?? '{}').Statement.map(({ Sid }: { Sid: string }) => Sid);
}

async function gone(acting: Acting, kind: string, name: string): Promise<void> {
  await stage.cluster.delete(kind, name);
  await acting.until(look => look(kind, name) === undefined);
  await acting.driftPasses(2);
}

describe('a key of its own that AWS refuses to make', () => {
  test('keeps open no right of a sender that is gone, and holds up nothing but the encryption', async () => {
    const orders = (spec: object) =>
      queue('orders', { deadLetter: { messageRetentionSeconds: 700_000 }, ...spec });
    const acting = await started(orders(BY_ENVIRONMENT), EVENTS);
    const before = await statusOf('Queue', 'orders');
    denyKeys();
    const next = queue('orders', {
      ...BY_OWN,
      visibilityTimeoutSeconds: 300,
      deadLetter: { messageRetentionSeconds: 800_000 },
    });
    await stage.cluster.apply(next);
    await acting.until(look => standing(look('Queue', 'orders')) === 'Ready=False Denied');
    await gone(acting, 'Topic', 'events');
    const now = await attributesOf(before.url);
    expect(now).toMatchObject({ VisibilityTimeout: '300', KmsMasterKeyId: before.keyArn });
    expect(sidsOf(now.Policy)).toEqual(['DenyPlaintext']);
    expect(await attributesOf(Object(before.deadLetter).url)).toMatchObject({
      MessageRetentionPeriod: '800000',
      KmsMasterKeyId: before.keyArn,
    });
    expect(standing(await stage.cluster.get('Queue', 'orders'))).toBe('Ready=False Denied');

    stage.world.bench.gateway.clearFaults();
    await acting.until(areReady(next));
    const { keyArn, url } = await statusOf('Queue', 'orders');
    expect([url, keyArn === before.keyArn]).toEqual([before.url, false]);
    expect(await attributesOf(url)).toMatchObject({ KmsMasterKeyId: keyArn });
  });

  test('nor where a dead-letter queue is to be made by it', async () => {
    const orders = (spec: object) => queue('orders', spec);
    const acting = await started(orders({ ...BY_ENVIRONMENT, deadLetter: { mode: 'Disabled' } }), EVENTS);
    const { url } = await statusOf('Queue', 'orders');
    denyKeys();
    await stage.cluster.apply(orders(BY_OWN));
    await acting.until(look => standing(look('Queue', 'orders')) === 'Ready=False Denied');
    await gone(acting, 'Topic', 'events');
    const { Policy, RedrivePolicy } = await attributesOf(url);
    expect([sidsOf(Policy), RedrivePolicy]).toEqual([['DenyPlaintext'], undefined]);
    stage.world.bench.gateway.clearFaults();
    await acting.until(areReady(orders(BY_OWN)));
    expect(await attributesOf(url)).toHaveProperty('RedrivePolicy');
  });

  test('of a Topic alike; and it is subscribed to what its spec names meanwhile', async () => {
    const mail = queue('mail', { ...BY_ENVIRONMENT, deadLetter: { mode: 'Disabled' } });
    const uploads = bucket('uploads', {
      notifications: [{ events: ['s3:ObjectCreated:*'], topic: 'events' }],
    });
    const acting = await started(topic('events', BY_ENVIRONMENT), mail, uploads);
    const before = await statusOf('Topic', 'events');
    denyKeys();
    const next = topic('events', { ...BY_OWN, displayName: 'Events', subscriptions: [{ queue: 'mail' }] });
    await stage.cluster.apply(next);
    await acting.until(look => standing(look('Topic', 'events')) === 'Ready=False Denied');
    await gone(acting, 'Bucket', 'uploads');
    const TopicArn = String((await statusOf('Topic', 'events')).arn);
    const { sns } = stage.world.aws;
    const { Attributes = {} } = await sns.send(new GetTopicAttributesCommand({ TopicArn }));
    expect(sidsOf(Attributes.Policy)).toEqual(['DenyPlaintext', 'AccountOwnsTopic']);
    expect(Attributes).toMatchObject({ DisplayName: 'Events', KmsMasterKeyId: before.keyArn });
    const { Subscriptions } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
    expect(Subscriptions).toHaveLength(1);
    stage.world.bench.gateway.clearFaults();
    await acting.until(areReady(next));
  });
});

test('an alias that waits for a yes holds up nothing: nobody needs it to read or write', async () => {
  const orders = (spec: object) =>
    queue('orders', { managementPolicy: 'ApproveHighRisk', deadLetter: { mode: 'Disabled' }, ...spec });
  const acting = await started(orders({}), EVENTS);
  const { url, resources = [] } = await statusOf('Queue', 'orders');
  const AliasName = resources.find(one => one.node === 'alias')?.id;
  await stage.world.aws.kms.send(new DeleteAliasCommand({ AliasName }));
  await acting.until(look => standing(look('Queue', 'orders'), 'Synced') === 'Synced=False ApprovalRequired');
  await stage.cluster.apply(orders({ visibilityTimeoutSeconds: 300 }));
  await gone(acting, 'Topic', 'events');
  const now = await attributesOf(url);
  expect([now.VisibilityTimeout, sidsOf(now.Policy)]).toEqual(['300', ['DenyPlaintext']]);
  await approve(stage.world, 'Queue', 'orders');
  await acting.until(areReady(orders({})));
});

test('a change of the key and of more is one plan, which one yes carries out whole', async () => {
  const all = { managementPolicy: 'ApproveAll' };
  const acting = await started(queue('orders', BY_ENVIRONMENT));
  const mark = stage.mark();
  await stage.cluster.apply(queue('orders', { ...all, ...BY_OWN, visibilityTimeoutSeconds: 300 }));
  await acting.until(look => standing(look('Queue', 'orders'), 'Synced') === 'Synced=False ApprovalRequired');
  await acting.driftPasses(1);
  expect(stage.writesSince(mark)).toEqual([]);
  const { plan } = await statusOf('Queue', 'orders');
  expect(plan?.steps?.map(step => [step.action, step.node, step.fields?.map(one => one.field)])).toEqual([
    ['create', 'key', undefined],
    ['create', 'alias', undefined],
    ['update', 'dead-letter', ['KmsMasterKeyId']],
    ['update', 'queue', ['KmsMasterKeyId', 'VisibilityTimeout']],
  ]);
  await approve(stage.world, 'Queue', 'orders');
  await acting.until(areReady(queue('orders')));
  const settings = stage.writesSince(mark).filter(one => one.operation === 'SetQueueAttributes');
  expect(settings).toHaveLength(2);
});
