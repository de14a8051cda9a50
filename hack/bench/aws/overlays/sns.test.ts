import {
  CreateKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  KMSClient,
  PutKeyPolicyCommand,
} from '@aws-sdk/client-kms';
import {
  CreateTopicCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListTagsForResourceCommand,
  PublishBatchCommand,
  PublishCommand,
  SetSubscriptionAttributesCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestBench, type TestBench } from './testing.ts';

const account = '111122223333';
let bench: TestBench;
let sns: SNSClient;
let sqs: SQSClient;
let kms: KMSClient;
let serial = 0;

beforeAll(async () => {
  bench = await startTestBench();
  sns = new SNSClient(bench.clientConfig(account));
  sqs = new SQSClient(bench.clientConfig(account));
  kms = new KMSClient(bench.clientConfig(account));
});
afterAll(() => bench.stop());

type Attributes = Record<string, string>;
type Body = Record<string, unknown>;

async function newTopic(Attributes: Attributes = {}): Promise<string> {
  serial += 1;
  return (await sns.send(new CreateTopicCommand({ Name: `topic-${serial}`, Attributes }))).TopicArn ?? '';
}

const policy = (...Statement: Body[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const fromTopic = (topic: string) => ({
  ArnEquals: { 'aws:SourceArn': topic },
  StringEquals: { 'aws:SourceAccount': account },
});
const queuePolicy = (topic: string, Service = 'sns.amazonaws.com') =>
  policy({
    Effect: 'Allow',
    Principal: { Service },
    Action: 'sqs:SendMessage',
    Resource: '*',
    Condition: fromTopic(topic),
  });
const root = {
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::${account}:root` },
  Action: 'kms:*',
  Resource: '*',
};
const keyPolicy = (topic: string, Action: string[] = ['kms:GenerateDataKey*', 'kms:Decrypt']) =>
  policy(root, {
    Effect: 'Allow',
    Principal: { Service: 'sns.amazonaws.com' },
    Action,
    Resource: '*',
    Condition: fromTopic(topic),
  });

async function newKey(Policy?: string): Promise<string> {
  return (await kms.send(new CreateKeyCommand(Policy ? { Policy } : {}))).KeyMetadata?.KeyId ?? '';
}

interface Wiring {
  topic: string;
  queue: string;
  subscription: string;
}

async function wire(
  queueAttributes: (topic: string) => Attributes | Promise<Attributes>,
  subscribed: Attributes = {},
): Promise<Wiring> {
  const topic = await newTopic();
  const name = `queue-${serial}`;
  const Attributes = await queueAttributes(topic);
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }));
  const subscribe = new SubscribeCommand({
    TopicArn: topic,
    Protocol: 'sqs',
    Endpoint: `arn:aws:sqs:eu-central-1:${account}:${name}`,
    Attributes: { RawMessageDelivery: 'true', ...subscribed },
  });
  const { SubscriptionArn = '' } = await sns.send(subscribe);
  return { topic, queue: QueueUrl, subscription: SubscriptionArn };
}

async function received(QueueUrl: string): Promise<string[]> {
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  return Messages.map(({ Body = '' }) => Body).sort();
}

const publish = (TopicArn: string, Message = 'hello') => sns.send(new PublishCommand({ TopicArn, Message }));

describe('delivery to a queue', () => {
  test.each([
    ['the queue admits the topic', (topic: string) => ({ Policy: queuePolicy(topic) }), true],
    ['the queue has no policy', () => ({}), false],
    ['the queue admits another topic', (topic: string) => ({ Policy: queuePolicy(`${topic}-2`) }), false],
    [
      'the queue admits another service',
      (topic: string) => ({ Policy: queuePolicy(topic, 's3.amazonaws.com') }),
      false,
    ],
    [
      'the key admits SNS',
      async (topic: string) => ({
        Policy: queuePolicy(topic),
        KmsMasterKeyId: await newKey(keyPolicy(topic)),
      }),
      true,
    ],
    [
      'the key knows nothing of SNS',
      async (topic: string) => ({ Policy: queuePolicy(topic), KmsMasterKeyId: await newKey() }),
      false,
    ],
    [
      'the key lacks Decrypt',
      async (topic: string) => ({
        Policy: queuePolicy(topic),
        KmsMasterKeyId: await newKey(keyPolicy(topic, ['kms:GenerateDataKey*'])),
      }),
      false,
    ],
    [
      'the key admits another topic',
      async (topic: string) => ({
        Policy: queuePolicy(topic),
        KmsMasterKeyId: await newKey(keyPolicy(`${topic}-2`)),
      }),
      false,
    ],
    [
      'the key is the AWS managed one',
      (topic: string) => ({ Policy: queuePolicy(topic), KmsMasterKeyId: 'alias/aws/sqs' }),
      false,
    ],
    [
      'the key is not there',
      (topic: string) => ({ Policy: queuePolicy(topic), KmsMasterKeyId: 'alias/none' }),
      false,
    ],
  ] as [string, (topic: string) => Attributes | Promise<Attributes>, boolean][])(
    '%s: %#',
    async (_what, attributes, arrives) => {
      const { topic, queue, subscription } = await wire(attributes);
      await publish(topic);
      const PublishBatchRequestEntries = [{ Id: '1', Message: 'batch' }];
      await sns.send(new PublishBatchCommand({ TopicArn: topic, PublishBatchRequestEntries }));
      // Opened only now, so that a queue that cannot be read shows what lies in it.
      if (!arrives)
        await sqs.send(
          new SetQueueAttributesCommand({ QueueUrl: queue, Attributes: { KmsMasterKeyId: '' } }),
        );
      expect(await received(queue)).toEqual(arrives ? ['batch', 'hello'] : []);
      const kept = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn: subscription }));
      expect(kept.Attributes).not.toHaveProperty('FilterPolicy');
    },
  );

  test('begins when the policy is put right, and stops when the key is disabled', async () => {
    let KmsMasterKeyId = '';
    const { topic, queue } = await wire(async arn => {
      KmsMasterKeyId = await newKey(keyPolicy(arn));
      return { KmsMasterKeyId };
    });
    await publish(topic, 'lost');
    await sqs.send(
      new SetQueueAttributesCommand({ QueueUrl: queue, Attributes: { Policy: queuePolicy(topic) } }),
    );
    await publish(topic, 'first');
    await kms.send(new DisableKeyCommand({ KeyId: KmsMasterKeyId }));
    await publish(topic, 'lost too');
    await kms.send(new EnableKeyCommand({ KeyId: KmsMasterKeyId }));
    await publish(topic, 'second');
    expect(await received(queue)).toEqual(['first', 'second']);
  });

  test('to one queue does not depend on another, and filters stay as they were', async () => {
    const FilterPolicy = JSON.stringify({ colour: ['red'] });
    const refused = await wire(() => ({}), { FilterPolicy });
    await sqs.send(
      new CreateQueueCommand({ QueueName: 'open', Attributes: { Policy: queuePolicy(refused.topic) } }),
    );
    const Endpoint = `arn:aws:sqs:eu-central-1:${account}:open`;
    await sns.send(new SubscribeCommand({ TopicArn: refused.topic, Protocol: 'sqs', Endpoint }));
    const MessageAttributes = { colour: { DataType: 'String', StringValue: 'red' } };
    const many = ['1', '2', '3', '4'].map(Message =>
      sns.send(new PublishCommand({ TopicArn: refused.topic, Message, MessageAttributes })),
    );
    await Promise.all(many);
    expect(await received(refused.queue)).toEqual([]);
    const open = await received(refused.queue.replace(/[^/]+$/, 'open'));
    expect(open.map(body => JSON.parse(body).Message).sort()).toEqual(['1', '2', '3', '4']);
    const { Attributes } = await sns.send(
      new GetSubscriptionAttributesCommand({ SubscriptionArn: refused.subscription }),
    );
    expect(Attributes).toMatchObject({
      FilterPolicy,
      FilterPolicyScope: 'MessageAttributes',
      RawMessageDelivery: 'true',
    });
  });
});

test("the topic's own key must be usable by the publisher", async () => {
  const KeyId = await newKey();
  const TopicArn = await newTopic({ KmsMasterKeyId: KeyId });
  await publish(TopicArn);
  const elsewhere = policy(
    { ...root, Principal: { AWS: 'arn:aws:iam::444455556666:root' } },
    { ...root, Action: 'kms:DisableKey' },
  );
  await kms.send(new PutKeyPolicyCommand({ KeyId, Policy: elsewhere, BypassPolicyLockoutSafetyCheck: true }));
  await expect(publish(TopicArn)).rejects.toMatchObject({ name: 'KMSAccessDeniedException' });
  await kms.send(new DisableKeyCommand({ KeyId }));
  await expect(publish(TopicArn)).rejects.toMatchObject({ name: 'KMSDisabledException' });
});

test('a topic is made again only as it is', async () => {
  const Name = 'again';
  const create = (Attributes: Attributes, tags: Attributes = {}) => {
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    return sns.send(new CreateTopicCommand({ Name, Attributes, Tags }));
  };
  const { TopicArn } = await create({ DisplayName: 'a' }, { owner: 'x' });
  expect((await create({ DisplayName: 'a' }, { owner: 'x' })).TopicArn).toBe(TopicArn);
  expect((await create({})).TopicArn).toBe(TopicArn);
  await expect(create({ DisplayName: 'b' })).rejects.toThrow(
    /Topic already exists with different attributes/,
  );
  await expect(create({}, { owner: 'y' })).rejects.toThrow(/Topic already exists with different tags/);
  expect((await sns.send(new ListTagsForResourceCommand({ ResourceArn: TopicArn }))).Tags).toEqual([
    { Key: 'owner', Value: 'x' },
  ]);
});

test.each([
  ['an unknown attribute', { Colour: 'red' }],
  ['a policy that is no JSON', { Policy: 'x' }],
  ['an empty policy', { Policy: '' }],
  ['a policy of another service', { Policy: policy({ ...root, Action: 'sqs:SendMessage' }) }],
] as [string, Attributes][])('a topic refuses %s', async (_what, attributes) => {
  await expect(newTopic(attributes)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  const TopicArn = await newTopic();
  for (const [AttributeName, AttributeValue] of Object.entries(attributes)) {
    const set = new SetTopicAttributesCommand({ TopicArn, AttributeName, AttributeValue });
    await expect(sns.send(set)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  }
});

test('a cleared key is gone', async () => {
  const TopicArn = await newTopic({ KmsMasterKeyId: 'alias/aws/sns' });
  const attributes = async () => (await sns.send(new GetTopicAttributesCommand({ TopicArn }))).Attributes;
  expect(await attributes()).toHaveProperty('KmsMasterKeyId', 'alias/aws/sns');
  await sns.send(
    new SetTopicAttributesCommand({ TopicArn, AttributeName: 'KmsMasterKeyId', AttributeValue: '' }),
  );
  expect(await attributes()).not.toHaveProperty('KmsMasterKeyId');
});

test('a second subscription of the endpoint must be the same', async () => {
  const { topic, subscription } = await wire(() => ({}));
  const again = (RawMessageDelivery: string) =>
    sns.send(
      new SubscribeCommand({
        TopicArn: topic,
        Protocol: 'sqs',
        Endpoint: `arn:aws:sqs:eu-central-1:${account}:queue-${serial}`,
        Attributes: { RawMessageDelivery },
      }),
    );
  expect((await again('true')).SubscriptionArn).toBe(subscription);
  await expect(again('false')).rejects.toThrow(/Subscription already exists with different attributes/);
});

test.each([
  ['FilterPolicy', 'x'],
  ['FilterPolicy', '[]'],
  ['FilterPolicy', '{"colour":"red"}'],
  ['FilterPolicy', '{"colour":[]}'],
  ['FilterPolicy', '{"colour":[{"like":"r"}]}'],
  ['FilterPolicy', '{"paint":{"colour":["red"]}}'],
  ['FilterPolicyScope', 'Everything'],
  ['RawMessageDelivery', 'maybe'],
  ['RedrivePolicy', '{}'],
  ['Colour', 'red'],
])('a subscription refuses %s %s', async (AttributeName, AttributeValue) => {
  const { subscription, topic } = await wire(() => ({}));
  const set = new SetSubscriptionAttributesCommand({
    SubscriptionArn: subscription,
    AttributeName,
    AttributeValue,
  });
  await expect(sns.send(set)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  const Attributes = { [AttributeName]: AttributeValue };
  const subscribe = new SubscribeCommand({
    TopicArn: topic,
    Protocol: 'email',
    Endpoint: 'a@example.com',
    Attributes,
  });
  await expect(sns.send(subscribe)).rejects.toMatchObject({ name: 'InvalidParameterException' });
});

test('a filter on the body may nest, and is gone when cleared', async () => {
  const FilterPolicy = JSON.stringify({ paint: { colour: [{ prefix: 'r' }] } });
  const { subscription } = await wire(() => ({}), { FilterPolicyScope: 'MessageBody', FilterPolicy });
  const attributes = async () =>
    (await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn: subscription }))).Attributes;
  expect(await attributes()).toMatchObject({ FilterPolicy, FilterPolicyScope: 'MessageBody' });
  await sns.send(
    new SetSubscriptionAttributesCommand({
      SubscriptionArn: subscription,
      AttributeName: 'FilterPolicy',
      AttributeValue: '{}',
    }),
  );
  expect(await attributes()).not.toHaveProperty('FilterPolicy');
  expect(await attributes()).not.toHaveProperty('FilterPolicyScope');
});

test.each([
  ['a standard topic', 'mixed', 'InvalidParameterException'],
  ['a FIFO topic', 'mixed.fifo', undefined],
])('a FIFO queue subscribed to %s', async (_, Name, refusal) => {
  const QueueName = `of-${Name.replace('.fifo', '-fifo')}.fifo`;
  await sqs.send(new CreateQueueCommand({ QueueName, Attributes: { FifoQueue: 'true' } }));
  const Attributes = Name.endsWith('.fifo') ? { FifoTopic: 'true' } : {};
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name, Attributes }));
  const Endpoint = `arn:aws:sqs:eu-central-1:${account}:${QueueName}`;
  const outcome = await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint })).then(
    () => undefined,
    (error: Error) => error.name,
  );
  expect(outcome).toBe(refusal);
});

test('an empty filter policy at Subscribe is none', async () => {
  const TopicArn = await newTopic();
  const Endpoint = `arn:aws:sqs:eu-central-1:${account}:unfiltered`;
  await sqs.send(new CreateQueueCommand({ QueueName: 'unfiltered' }));
  const { SubscriptionArn } = await sns.send(
    new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint, Attributes: { FilterPolicy: '{}' } }),
  );
  const { Attributes } = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }));
  expect(Attributes).not.toHaveProperty('FilterPolicy');
});
