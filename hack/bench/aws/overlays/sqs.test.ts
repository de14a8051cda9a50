import {
  CreateKeyCommand,
  DisableKeyCommand,
  KMSClient,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ListQueueTagsCommand,
  type QueueAttributeName,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestBench, type TestBench } from './testing.ts';

const account = '111122223333';
let bench: TestBench;
let sqs: SQSClient;
let kms: KMSClient;

beforeAll(async () => {
  bench = await startTestBench();
  sqs = new SQSClient(bench.clientConfig(account));
  kms = new KMSClient(bench.clientConfig(account));
});
afterAll(() => bench.stop());

type Attributes = Record<string, string>;

async function newQueue(QueueName: string, Attributes: Attributes = {}): Promise<string> {
  return (await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl ?? '';
}

async function attributesOf(
  QueueUrl: string,
  ...AttributeNames: QueueAttributeName[]
): Promise<Attributes | undefined> {
  return (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }))).Attributes;
}

async function newKey(): Promise<string> {
  return (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.KeyId ?? '';
}

test('a name is free again 60 seconds after the queue was deleted', async () => {
  const QueueUrl = await newQueue('again');
  await sqs.send(new DeleteQueueCommand({ QueueUrl }));
  await expect(newQueue('again')).rejects.toMatchObject({ name: 'QueueDeletedRecently' });
  bench.gateway.advanceClock(59);
  await expect(newQueue('again')).rejects.toMatchObject({ name: 'QueueDeletedRecently' });
  bench.gateway.advanceClock(1);
  expect(await newQueue('again')).toBe(QueueUrl);
});

test('a create with the same attributes returns the queue and leaves its tags', async () => {
  const command = (tags: Record<string, string>, Attributes: Attributes) =>
    sqs.send(new CreateQueueCommand({ QueueName: 'same', Attributes, tags }));
  const { QueueUrl } = await command({ a: '1' }, { DelaySeconds: '5' });
  expect((await command({ a: '2' }, { DelaySeconds: '5' })).QueueUrl).toBe(QueueUrl);
  expect((await sqs.send(new ListQueueTagsCommand({ QueueUrl }))).Tags).toEqual({ a: '1' });
  await expect(command({}, { DelaySeconds: '6' })).rejects.toMatchObject({ name: 'QueueNameExists' });
});

test('one encryption at a time, SSE-SQS by default', async () => {
  const url = await newQueue('encrypted');
  expect(await attributesOf(url, 'All')).toMatchObject({ SqsManagedSseEnabled: 'true' });
  const key = await newKey();
  const set = (Attributes: Attributes) =>
    sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes }));
  await set({ KmsMasterKeyId: key });
  expect(await attributesOf(url, 'KmsMasterKeyId', 'SqsManagedSseEnabled')).toEqual({
    KmsMasterKeyId: key,
    SqsManagedSseEnabled: 'false',
  });
  expect(await attributesOf(url, 'KmsDataKeyReusePeriodSeconds')).toEqual({
    KmsDataKeyReusePeriodSeconds: '300',
  });
  await expect(set({ SqsManagedSseEnabled: 'true' })).rejects.toMatchObject({
    name: 'InvalidAttributeValue',
  });
  await set({ KmsMasterKeyId: '', SqsManagedSseEnabled: 'true' });
  expect(await attributesOf(url, 'All')).toMatchObject({ SqsManagedSseEnabled: 'true' });
  expect(await attributesOf(url, 'All')).not.toHaveProperty('KmsMasterKeyId');
  const both = { KmsMasterKeyId: key, SqsManagedSseEnabled: 'true' };
  await expect(newQueue('both', both)).rejects.toMatchObject({ name: 'InvalidAttributeValue' });
  const created = await newQueue('with-key', { KmsMasterKeyId: key });
  expect(await attributesOf(created, 'SqsManagedSseEnabled')).toEqual({ SqsManagedSseEnabled: 'false' });
});

test('attributes cleared with an empty value are gone, and only those asked for are told', async () => {
  const policy = JSON.stringify({
    Statement: { Effect: 'Deny', Principal: '*', Action: 'sqs:*', Resource: '*' },
  });
  const url = await newQueue('cleared', { Policy: policy });
  expect(await attributesOf(url, 'Policy')).toEqual({ Policy: policy });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { Policy: '' } }));
  expect(await attributesOf(url, 'Policy')).toBeUndefined();
  expect(await attributesOf(url)).toBeUndefined();
});

function policyOf(statements: number, source = 'a'): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: Array.from({ length: statements }, (_, index) => ({
      Sid: `S${index}`,
      Effect: 'Allow',
      Principal: { Service: 'sns.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: '*',
      Condition: { ArnEquals: { 'aws:SourceArn': `arn:aws:sns:eu-central-1:123456789012:${source}` } },
    })),
  });
}

test.each([
  ['an unknown attribute', 'q', { Colour: 'red' }, 'InvalidAttributeName'],
  [
    'a FIFO attribute of a standard queue',
    'q',
    { ContentBasedDeduplication: 'true' },
    'InvalidAttributeName',
  ],
  ['FifoQueue=false', 'q', { FifoQueue: 'false' }, 'InvalidAttributeName'],
  ['FifoQueue=false on a FIFO name', 'q.fifo', { FifoQueue: 'false' }, 'InvalidAttributeName'],
  ['a FIFO name without FifoQueue', 'q.fifo', {}, 'InvalidParameterValue'],
  ['a FIFO queue without the suffix', 'q', { FifoQueue: 'true' }, 'InvalidParameterValue'],
  ['a name with a blank', 'a b', {}, 'InvalidParameterValue'],
  ['a name of 81', 'x'.repeat(81), {}, 'InvalidParameterValue'],
  ['a policy that is no JSON', 'q', { Policy: 'x' }, 'InvalidAttributeValue'],
  [
    'a policy without a principal',
    'q',
    { Policy: '{"Statement":{"Effect":"Allow","Action":"sqs:*"}}' },
    'InvalidAttributeValue',
  ],
  ['a policy of 21 statements', 'q', { Policy: policyOf(21) }, 'InvalidAttributeValue'],
  [
    'a policy of more than 8,192 bytes',
    'q',
    { Policy: policyOf(1, 'x'.repeat(8000)) },
    'InvalidAttributeValue',
  ],
] as [string, string, Attributes, string][])('refuses %s', async (_what, name, attributes, error) => {
  await expect(newQueue(name, attributes)).rejects.toMatchObject({ name: error });
});

test('refuses unknown attributes on set and get', async () => {
  const QueueUrl = await newQueue('unknown');
  const set = new SetQueueAttributesCommand({ QueueUrl, Attributes: { Colour: 'red' } as never });
  await expect(sqs.send(set)).rejects.toMatchObject({ name: 'InvalidAttributeName' });
  await expect(attributesOf(QueueUrl, 'Colour' as QueueAttributeName)).rejects.toMatchObject({
    name: 'InvalidAttributeName',
  });
});

test('a FIFO queue is made', async () => {
  const url = await newQueue('good.fifo', { FifoQueue: 'true', ContentBasedDeduplication: 'true' });
  expect(await attributesOf(url, 'FifoQueue')).toEqual({ FifoQueue: 'true' });
});

test('the queue of another account is there only for those its policy admits', async () => {
  const stranger = '444455556666';
  const theirs = new SQSClient(bench.clientConfig(stranger));
  const QueueUrl = await newQueue('private');
  const find = () =>
    theirs.send(new GetQueueUrlCommand({ QueueName: 'private', QueueOwnerAWSAccountId: account }));
  await expect(find()).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  const read = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] });
  await expect(theirs.send(read)).rejects.toMatchObject({ name: /^AccessDenied/ });
  const Policy = JSON.stringify({
    Statement: { Effect: 'Allow', Principal: { AWS: stranger }, Action: 'sqs:GetQueueUrl', Resource: '*' },
  });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  expect((await find()).QueueUrl).toContain('/private');
});

test('nothing is sent or received while the key cannot be used', async () => {
  const KeyId = await newKey();
  const QueueUrl = await newQueue('locked', { KmsMasterKeyId: KeyId });
  const send = () => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello' }));
  await send();
  await kms.send(new DisableKeyCommand({ KeyId }));
  await expect(send()).rejects.toMatchObject({ name: 'KmsDisabled' });
  await expect(sqs.send(new ReceiveMessageCommand({ QueueUrl }))).rejects.toMatchObject({
    name: 'KmsDisabled',
  });
  await kms.send(new ScheduleKeyDeletionCommand({ KeyId }));
  await expect(send()).rejects.toMatchObject({ name: 'KmsInvalidState' });
});

test('a dead-letter queue knows its sources', async () => {
  const target = await newQueue('dead');
  const arn = (await attributesOf(target, 'QueueArn'))?.QueueArn;
  const source = await newQueue('alive', {
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount: 3 }),
  });
  expect((await sqs.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: target }))).queueUrls).toEqual([
    source,
  ]);
});
