import { CreateKeyCommand, KMSClient, PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketNotificationConfigurationCommand,
  type NotificationConfiguration,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  CreateTopicCommand,
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
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startTestBench, type TestBench } from './testing.ts';

const account = '111122223333';
let bench: TestBench;
let s3: S3Client;
let sqs: SQSClient;
let sns: SNSClient;
let kms: KMSClient;
let serial = 0;
let Bucket = '';
let QueueUrl = '';
let queueArn = '';

beforeAll(async () => {
  bench = await startTestBench();
  s3 = new S3Client(bench.clientConfig(account));
  sqs = new SQSClient(bench.clientConfig(account));
  sns = new SNSClient(bench.clientConfig(account));
  kms = new KMSClient(bench.clientConfig(account));
});
afterAll(() => bench.stop());

beforeEach(async () => {
  serial += 1;
  Bucket = `source-${serial}`;
  await s3.send(
    new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' } }),
  );
  ({ QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: `target-${serial}` })));
  queueArn = `arn:aws:sqs:eu-central-1:${account}:target-${serial}`;
});

const document = (...Statement: unknown[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const root = { Effect: 'Allow', Principal: { AWS: account }, Action: 'kms:*', Resource: '*' };

function admit(
  Action: string | string[],
  service = 's3.amazonaws.com',
  sourceArn = `arn:aws:s3:::${Bucket}`,
) {
  const Condition = {
    ArnLike: { 'aws:SourceArn': sourceArn },
    StringEquals: { 'aws:SourceAccount': account },
  };
  return { Effect: 'Allow', Principal: { Service: service }, Action, Resource: '*', Condition };
}

const setQueue = (Attributes: Record<string, string>) =>
  sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
const openQueue = () => setQueue({ Policy: document(admit('sqs:SendMessage')) });

function notify(configuration?: NotificationConfiguration) {
  const QueueConfigurations = [{ QueueArn: queueArn, Events: ['s3:ObjectCreated:*' as const] }];
  const NotificationConfiguration = configuration ?? { QueueConfigurations };
  return s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }));
}

const put = (Key: string, Body = 'hello') => s3.send(new PutObjectCommand({ Bucket, Key, Body }));

async function received(): Promise<Record<string, unknown>[]> {
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  return Messages.map(({ Body = '' }) => JSON.parse(Body));
}

test('an object is told to the queue that admits the bucket', async () => {
  await openQueue();
  await notify();
  await put('a folder/ü.txt');
  const [hello, event, ...more] = await received();
  expect(hello).toMatchObject({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket });
  expect(event).toMatchObject({
    Records: [
      {
        eventSource: 'aws:s3',
        eventName: 'ObjectCreated:Put',
        awsRegion: 'eu-central-1',
        s3: {
          bucket: { name: Bucket, arn: `arn:aws:s3:::${Bucket}` },
          object: { key: 'a+folder/%C3%BC.txt', size: 5 },
        },
      },
    ],
  });
  expect(more).toEqual([]);
});

const refusal = /Unable to validate the following destination configurations/;

test.each([
  ['the queue has no policy', async () => {}],
  [
    'the queue admits another bucket',
    () => setQueue({ Policy: document(admit('sqs:SendMessage', 's3.amazonaws.com', 'arn:aws:s3:::other')) }),
  ],
  [
    'the queue admits another service',
    () => setQueue({ Policy: document(admit('sqs:SendMessage', 'sns.amazonaws.com')) }),
  ],
  [
    'the key does not admit S3',
    async () => {
      const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
      await setQueue({
        Policy: document(admit('sqs:SendMessage')),
        KmsMasterKeyId: KeyMetadata?.KeyId ?? '',
      });
    },
  ],
  [
    'the queue is not there',
    async () => {
      queueArn += '-not';
    },
  ],
] as [string, () => Promise<unknown>][])('a configuration is refused when %s', async (_what, prepare) => {
  await prepare();
  await expect(notify()).rejects.toMatchObject({
    name: 'InvalidArgument',
    message: expect.stringMatching(refusal),
  });
  expect(await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }))).not.toHaveProperty(
    'QueueConfigurations',
  );
});

test('an encrypted queue works once its key admits S3', async () => {
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  const KeyId = KeyMetadata?.KeyId ?? '';
  await setQueue({ Policy: document(admit('sqs:SendMessage')), KmsMasterKeyId: KeyId });
  await expect(notify()).rejects.toThrow(refusal);
  await kms.send(
    new PutKeyPolicyCommand({
      KeyId,
      Policy: document(root, admit(['kms:GenerateDataKey*', 'kms:Decrypt'])),
    }),
  );
  await notify();
  await put('a');
  expect(await received()).toHaveLength(2);
});

test('events are lost when the permission goes', async () => {
  await openQueue();
  await notify();
  await setQueue({ Policy: '' });
  await put('lost');
  await openQueue();
  await put('kept');
  const told = JSON.stringify(await received());
  expect(told).toContain('kept');
  expect(told).not.toContain('lost');
});

test('filters, ids and other events are kept', async () => {
  await openQueue();
  const FilterRules = [
    { Name: 'prefix' as const, Value: 'in/' },
    { Name: 'suffix' as const, Value: '.png' },
  ];
  const Filter = { Key: { FilterRules } };
  const QueueConfigurations = [
    { Id: 'one', QueueArn: queueArn, Events: ['s3:ObjectRemoved:*' as const], Filter },
  ];
  await notify({ QueueConfigurations, EventBridgeConfiguration: {} });
  const read = await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }));
  expect(read).toMatchObject({ QueueConfigurations, EventBridgeConfiguration: {} });
  for (const Key of ['in/a.png', 'out/a.png', 'in/a.txt']) {
    await put(Key);
    await s3.send(new DeleteObjectCommand({ Bucket, Key }));
  }
  const events = (await received()).filter(message => 'Records' in message);
  expect(events).toMatchObject([
    {
      Records: [
        { eventName: 'ObjectRemoved:Delete', s3: { configurationId: 'one', object: { key: 'in/a.png' } } },
      ],
    },
  ]);
  await notify({});
  expect(await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }))).not.toHaveProperty(
    'QueueConfigurations',
  );
});

test.each([
  ['plain', 'a b=1/', []],
  ['encoded', 'a+b%3D1/', ['a+b%3D1/c.txt']],
  ['with a wildcard', '*', []],
])('a filter that is written %s', async (_, Value, keys) => {
  await openQueue();
  const Filter = { Key: { FilterRules: [{ Name: 'prefix' as const, Value }] } };
  const Events = ['s3:ObjectCreated:*' as const];
  await notify({ QueueConfigurations: [{ QueueArn: queueArn, Events, Filter }] });
  await put('a b=1/c.txt');
  const events = (await received()).filter(message => 'Records' in message);
  expect(events.map(event => /"key":"([^"]+)"/.exec(JSON.stringify(event))?.[1])).toEqual(keys);
});

test('every object of a batch is told', async () => {
  await openQueue();
  await notify({ QueueConfigurations: [{ QueueArn: queueArn, Events: ['s3:ObjectRemoved:Delete'] }] });
  const Objects = [{ Key: 'a b' }, { Key: 'c/d' }];
  for (const { Key } of Objects) await put(Key);
  await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  const events = (await received()).filter(message => 'Records' in message);
  expect(events.map(event => /"key":"([^"]+)"/.exec(JSON.stringify(event))?.[1]).sort()).toEqual([
    'a+b',
    'c/d',
  ]);
});

test('two configurations may not tell the same event of the same object', async () => {
  await openQueue();
  const one = { QueueArn: queueArn, Events: ['s3:ObjectCreated:*' as const] };
  await expect(notify({ QueueConfigurations: [one, one] })).rejects.toThrow(/overlap/);
});

test('through a topic an event reaches its queues, each by its own policy', async () => {
  const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: `events-${serial}` }));
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: queueArn }));
  const configuration = { TopicConfigurations: [{ TopicArn, Events: ['s3:ObjectCreated:Put' as const] }] };
  await sns.send(
    new SetTopicAttributesCommand({
      TopicArn,
      AttributeName: 'Policy',
      AttributeValue: document({ ...admit('sns:Publish', 'events.amazonaws.com') }),
    }),
  );
  await expect(notify(configuration)).rejects.toThrow(refusal);
  const AttributeValue = document(admit('sns:Publish'));
  await sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName: 'Policy', AttributeValue }));
  await notify(configuration);
  await put('lost');
  await setQueue({ Policy: document(admit('sqs:SendMessage', 'sns.amazonaws.com', TopicArn)) });
  await put('kept');
  const [message, ...more] = await received();
  expect(JSON.parse(String(message?.Message))).toMatchObject({
    Records: [{ s3: { object: { key: 'kept' } } }],
  });
  expect(more).toEqual([]);
});
