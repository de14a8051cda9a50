import { PutObjectCommand } from '@aws-sdk/client-s3';
import { CreateTopicCommand, ListSubscriptionsByTopicCommand, PublishCommand } from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { approve } from '../support/approval.ts';
import { bucket, environment, type Manifest, queue, topic } from '../support/manifests.ts';
import { pass } from '../support/settle.ts';
import { type Acting, areReady, messageOf, openStage, type Stage, standing } from '../support/stage.ts';
import { trickWatch } from '../support/tricked-watch.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());
afterEach(() => stage.clear());

const aws = () => stage.world.aws;
const EVENTS = topic('events', { subscriptions: [{ queue: 'orders' }] });
const UPLOADS = bucket('uploads', {
  notifications: [
    { events: ['s3:ObjectCreated:*'], prefix: 'in/', queue: 'orders' },
    { events: ['s3:ObjectCreated:*'], prefix: 'out/', topic: 'events' },
  ],
});

async function started(...manifests: readonly Manifest[]): Promise<Acting> {
  await stage.cluster.apply(environment(), ...manifests);
  const acting = await stage.operator();
  await acting.until(areReady(environment(), ...manifests));
  return acting;
}

const output = async (kind: string, name: string, field: string) =>
  String((await stage.cluster.get(kind, name)).status?.[field]);

/** Who may send to the queue, by its policy and by its key's. */
async function letIn(name: string): Promise<{ policy: readonly string[]; key: readonly string[] }> {
  const { status } = await stage.cluster.get('Queue', name);
  const QueueUrl = String(status?.url);
  const answer = await aws().sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['Policy'] }),
  );
  const keyId = status?.resources?.find(entry => entry.node === 'key')?.id ?? '';
  const keyPolicy = (await aws().state()).keys[keyId]?.policy;
  return { policy: senders(answer.Attributes?.Policy), key: senders(keyPolicy) };
}

function senders(policy: string | undefined): readonly string[] {
  const { Statement = [] }: { Statement?: { Sid: string }[] } = JSON.parse(policy ?? '{}');
  return (
    Statement.map(one => one.Sid)
      .filter(sid => !['DenyPlaintext', 'AccountOwnsKey'].includes(sid))
      // What makes it unique.
      .map(sid => sid.replace(/[0-9a-f]{8}$/, ''))
      .sort()
  );
}

async function received(name: string): Promise<readonly string[]> {
  const QueueUrl = await output('Queue', name, 'url');
  const bodies: string[] = [];
  for (;;) {
    const { Messages = [] } = await aws().sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
    );
    if (Messages.length === 0) return bodies;
    bodies.push(...Messages.map(message => message.Body ?? ''));
  }
}

describe('an object that names another', () => {
  test('waits for one that does not exist yet, and goes on by itself', async () => {
    const acting = await started();
    await stage.cluster.apply(EVENTS, UPLOADS);
    await acting.until(look =>
      ['Topic events', 'Bucket uploads'].every(one => {
        const [kind = '', name = ''] = one.split(' ');
        return standing(look(kind, name)) === 'Ready=False WaitingForDependency';
      }),
    );
    expect(messageOf(await stage.cluster.get('Topic', 'events'))).toBe(
      'access/queue/orders waits for Queue orders, which does not exist in namespace shop in environment dev',
    );
    // What does not need it is there.
    expect(await output('Topic', 'events', 'arn')).toContain('arn:aws:sns:');
    expect(await output('Bucket', 'uploads', 'name')).toContain('test-dev-shop-uploads');
    const mark = stage.mark();
    await acting.driftPasses(3);
    expect(stage.writesSince(mark)).toEqual([]);
    await stage.cluster.apply(queue('orders'));
    await acting.until(areReady(queue('orders'), EVENTS, UPLOADS));
  });

  test('which takes nothing of it waits for a person, and goes on by itself when another is in its place', async () => {
    const acting = await started(queue('orders', { fifo: true }));
    await stage.cluster.apply(EVENTS, UPLOADS);
    const stuck = ([kind, name]: readonly [string, string], type: string) =>
      acting.until(look => standing(look(kind, name), type) === `${type}=True InvalidSpec`);
    for (const one of [
      ['Topic', 'events'],
      ['Bucket', 'uploads'],
    ] as const)
      await stuck(one, 'Stalled');
    await stage.cluster.delete('Queue', 'orders');
    await acting.until(look => look('Queue', 'orders') === undefined);
    await stage.cluster.apply(queue('orders'));
    await acting.until(areReady(queue('orders'), EVENTS, UPLOADS));
  });

  test('reaches it: what is published and uploaded arrives', async () => {
    const acting = await started(queue('orders'), EVENTS, UPLOADS);
    expect(await letIn('orders')).toEqual({
      policy: ['AllowBucketUploads', 'AllowTopicEvents'],
      key: ['AllowBucketUploads', 'AllowTopicEvents'],
    });
    await acting.quiet();
    await received('orders');
    await aws().sns.send(
      new PublishCommand({ TopicArn: await output('Topic', 'events', 'arn'), Message: 'published' }),
    );
    const Bucket = await output('Bucket', 'uploads', 'name');
    await aws().s3.send(new PutObjectCommand({ Bucket, Key: 'in/a', Body: 'x' }));
    await aws().s3.send(new PutObjectCommand({ Bucket, Key: 'out/b', Body: 'x' }));
    const bodies = await received('orders');
    expect(bodies).toContainEqual(expect.stringContaining('published'));
    expect(bodies).toContainEqual(expect.stringContaining('in/a'));
    expect(bodies).toContainEqual(expect.stringContaining('out/b'));
  });

  interface Obstacle {
    readonly title: string;
    readonly spec?: object;
    /** What a person did to the Queue, and what helps. */
    readonly put: () => Promise<unknown>;
    readonly clear: () => Promise<unknown>;
    readonly reason: string;
  }
  const patched = (managementPolicy: string) =>
    stage.cluster.patch('Queue', 'orders', { spec: { managementPolicy } });
  const OBSTACLES: readonly Obstacle[] = [
    {
      title: 'paused',
      put: () => stage.cluster.annotate('Queue', 'orders', { 'opta.dev/paused': 'true' }),
      clear: () => stage.cluster.annotate('Queue', 'orders', { 'opta.dev/paused': null }),
      reason: 'it is paused: remove its annotation opta.dev/paused',
    },
    {
      title: 'only observed',
      put: () => patched('Observe'),
      clear: () => patched('Apply'),
      reason: 'its managementPolicy is Observe, by which nothing is changed: set another one',
    },
    {
      title: 'awaiting a yes',
      put: () => patched('ApproveAll'),
      clear: () => approve(stage.world, 'Queue', 'orders'),
      reason: 'its plan waits for approval; how to give it: kubectl describe -n shop queue.opta.dev/orders',
    },
  ];
  test.each(OBSTACLES)(
    'says that one that is $title is in its way, looks seldom, and goes on at once when that ends',
    async ({ put, clear, reason }) => {
      const { bench, clock } = stage.world;
      const acting = await started(queue('orders'));
      await put();
      await acting.quiet();
      await stage.cluster.apply(topic('events', { subscriptions: [{ queue: 'orders' }] }));
      const blocker = { node: 'access/queue/orders', resource: 'Queue orders', reason };
      await acting.until(look => (look('Topic', 'events')?.status?.blockedBy ?? []).length > 0);
      await acting.quiet();
      const held = await stage.cluster.get('Topic', 'events');
      expect(held.status?.blockedBy).toEqual([blocker]);
      expect(standing(held)).toBe('Ready=False Progressing');
      expect(messageOf(held)).toContain("the queue's policy does not let it in yet");

      const mark = stage.mark();
      const versions = await stage.cluster.versions();
      await pass(stage.world, acting.life, 20 * 60_000);
      const calls = bench.gateway.journalSince(mark);
      const looks = calls.filter(one => one.operation === 'GetQueueUrl').length;
      // Two minutes of looking every 5 s, then every minute; the Queue's own passes are among them.
      expect(looks).toBeGreaterThan(30);
      expect(looks).toBeLessThan(80);
      expect(calls.length).toBeLessThan(1_200);
      expect(await stage.cluster.versions()).toEqual(versions);

      const from = clock.monotonic();
      await clear();
      await acting.until(look => standing(look('Topic', 'events')) === 'Ready=True Ready');
      expect(clock.monotonic() - from).toBeLessThan(30_000);
      expect((await stage.cluster.get('Topic', 'events')).status?.blockedBy).toBeUndefined();
    },
  );

  test('says that one that is stalled is in its way', async () => {
    const { gateway } = stage.world.bench;
    const acting = await started(queue('orders'));
    const operation = 'SetQueueAttributes';
    gateway.addFault({ service: 'sqs', operation, times: 1_000, fault: { kind: 'accessDenied' } });
    await stage.cluster.apply(EVENTS);
    await acting.until(look => (look('Topic', 'events')?.status?.blockedBy ?? []).length > 0);
    const look = 'kubectl describe -n shop queue.opta.dev/orders';
    const reason = `it is stalled (Denied); why, and what helps: ${look}`;
    expect((await stage.cluster.get('Topic', 'events')).status?.blockedBy).toEqual([
      { node: 'access/queue/orders', resource: 'Queue orders', reason },
    ]);
    gateway.clearFaults();
    await acting.until(areReady(queue('orders'), EVENTS));
  });

  test('does not reach one of another environment: it says so, and opens nothing', async () => {
    const staging = {
      ...environment({ allowedNamespaces: { from: 'All' } }),
      name: 'staging',
    };
    const acting = await started(staging, queue('orders'));
    const mark = stage.mark();
    await stage.cluster.apply(
      topic('events', { environment: 'staging', subscriptions: [{ queue: 'orders' }] }),
    );
    await acting.until(look => standing(look('Topic', 'events')) === 'Ready=False WaitingForDependency');
    expect(messageOf(await stage.cluster.get('Topic', 'events'))).toContain(
      'Queue orders, which does not exist in namespace shop in environment staging',
    );
    await acting.driftPasses(2);
    const operations = stage.writesSince(mark).map(entry => entry.operation);
    expect(operations.filter(one => /Queue|Subscribe|PutKeyPolicy/.test(one))).toEqual([]);
    expect(await letIn('orders')).toEqual({ policy: [], key: [] });
  });

  test('outlives it, and finds it again when it is made anew', async () => {
    const acting = await started(queue('orders'), EVENTS, UPLOADS);
    await stage.cluster.delete('Queue', 'orders');
    await acting.until(look => look('Queue', 'orders') === undefined);
    await acting.until(look => standing(look('Topic', 'events')) === 'Ready=False WaitingForDependency');
    await acting.driftPasses(2);
    await stage.cluster.apply(queue('orders'));
    await acting.until(areReady(queue('orders'), EVENTS, UPLOADS));
    const { subscriptions } = await aws().state();
    expect(Object.values(subscriptions).map(list => Object.keys(list).length)).toEqual([1]);
    await aws().sns.send(
      new PublishCommand({ TopicArn: await output('Topic', 'events', 'arn'), Message: 'again' }),
    );
    expect(await received('orders')).toContainEqual(expect.stringContaining('again'));
  });
});

test('a Topic follows its Queue to another name, and says that it is subscribed when it is', async () => {
  const ordered = topic('events', { fifo: true, subscriptions: [{ queue: 'orders' }] });
  const acting = await started(queue('orders'), ordered);
  await stage.cluster.delete('Queue', 'orders');
  await acting.until(look => look('Queue', 'orders') === undefined);
  const again = queue('orders', { fifo: true });
  await stage.cluster.apply(again);
  await acting.until(areReady(again, ordered));
  await acting.driftPasses(1);
  await acting.until(areReady(again, ordered));
  const { status } = await stage.cluster.get('Topic', 'events');
  expect(status?.subscriptions).toEqual([{ queue: 'orders', arn: expect.any(String), state: 'Subscribed' }]);
  const TopicArn = await output('Topic', 'events', 'arn');
  const { Subscriptions = [] } = await aws().sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
  expect(Subscriptions.map(one => one.Endpoint)).toEqual([await output('Queue', 'orders', 'arn')]);
  expect(status?.resources?.filter(one => one.node === 'subscription/orders')).toHaveLength(1);
});

describe('the right to send', () => {
  test('is taken away after the sender is gone, and only its own', async () => {
    const other = topic('other', { subscriptions: [{ queue: 'orders' }] });
    const acting = await started(queue('orders'), EVENTS, other);
    const mark = stage.mark();
    await stage.cluster.delete('Topic', 'events');
    await acting.until(look => look('Topic', 'events') === undefined);
    await acting.until(areReady(queue('orders')));
    expect(await letIn('orders')).toEqual({ policy: ['AllowTopicOther'], key: ['AllowTopicOther'] });
    const operations = stage.writesSince(mark).map(entry => entry.operation);
    for (const narrowing of ['SetQueueAttributes', 'PutKeyPolicy'])
      expect(operations.indexOf(narrowing)).toBeGreaterThan(operations.indexOf('DeleteTopic'));
    await acting.until(areReady(other));
  });

  test('is taken away when the sender names the queue no more', async () => {
    const acting = await started(queue('orders'), EVENTS);
    await stage.cluster.patch('Topic', 'events', { spec: { subscriptions: null } });
    await acting.until(areReady(EVENTS, queue('orders')));
    await acting.quiet();
    expect(await letIn('orders')).toEqual({ policy: [], key: [] });
    expect((await aws().state()).subscriptions).toEqual({});
  });

  test('stays while the unsubscription waits for a yes, and goes with it', async () => {
    const acting = await started(queue('orders'), EVENTS);
    const spec = { subscriptions: null, managementPolicy: 'ApproveAll' };
    await stage.cluster.patch('Topic', 'events', { spec });
    await acting.until(
      look => standing(look('Topic', 'events'), 'Synced') === 'Synced=False ApprovalRequired',
    );
    await acting.driftPasses(2);
    expect(await letIn('orders')).toEqual({ policy: ['AllowTopicEvents'], key: ['AllowTopicEvents'] });
    await approve(stage.world, 'Topic', 'events');
    await acting.until(look => standing(look('Topic', 'events'), 'Synced') === 'Synced=True Synced');
    await acting.quiet();
    expect((await aws().state()).subscriptions).toEqual({});
    expect(await letIn('orders')).toEqual({ policy: [], key: [] });
  });

  test('stays as long as a topic sends that was adopted, though the grant for it is withdrawn', async () => {
    const grants = { adopt: [{ namespace: 'shop', kind: 'Topic', ids: ['legacy'] }] };
    const adopting = topic('events', {
      encryption: 'EnvironmentKey',
      adopt: { name: 'legacy' },
      subscriptions: [{ queue: 'orders' }],
    });
    const { TopicArn = '' } = await aws().sns.send(new CreateTopicCommand({ Name: 'legacy' }));
    await stage.cluster.apply(environment({ grants }), queue('orders'), adopting);
    const acting = await stage.operator();
    await acting.until(
      look => standing(look('Topic', 'events'), 'Synced') === 'Synced=False ApprovalRequired',
    );
    await approve(stage.world, 'Topic', 'events');
    await acting.until(areReady(queue('orders'), adopting));
    await stage.cluster.apply(environment());
    await acting.until(look => standing(look('Topic', 'events')) === 'Ready=False NotGranted');
    await acting.driftPasses(2);
    await received('orders');
    await aws().sns.send(new PublishCommand({ TopicArn, Message: 'granted no more' }));
    expect(await received('orders')).toContainEqual(expect.stringContaining('granted no more'));
  });

  test('stays while the sender is being deleted and cannot go yet', async () => {
    const acting = await started(queue('orders'), EVENTS);
    await stage.cluster.annotate('Topic', 'events', { 'opta.dev/paused': 'true' });
    await stage.cluster.delete('Topic', 'events');
    await acting.quiet();
    stage.world.clock.advance(3600_000);
    await acting.quiet();
    expect(await letIn('orders')).toEqual({ policy: ['AllowTopicEvents'], key: ['AllowTopicEvents'] });
  });

  test('stays when a watch forgets the sender: only a live look tells that it is gone', async () => {
    const blind = trickWatch(stage.cluster.operatorTransport, '/apis/opta.dev/v1alpha1/topics');
    await stage.cluster.apply(environment(), queue('orders'), EVENTS);
    const acting = await stage.operator({ transport: blind.transport });
    await acting.until(areReady(environment(), queue('orders'), EVENTS));
    const mark = stage.mark();
    const asked = blind.gets.length;
    blind.forget(await stage.cluster.get('Topic', 'events'));
    await acting.until(look => look('Topic', 'events') === undefined);
    await acting.quiet();
    expect(stage.writesSince(mark)).toEqual([]);
    expect(await letIn('orders')).toEqual({ policy: ['AllowTopicEvents'], key: ['AllowTopicEvents'] });
    expect(blind.gets.slice(asked)).toContain('/apis/opta.dev/v1alpha1/namespaces/shop/topics/events');
  });
});
