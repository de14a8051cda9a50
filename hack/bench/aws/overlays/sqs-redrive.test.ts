import { CreateQueueCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startTestBench, type TestBench } from './testing.ts';

const account = '111122223333';
const arn = (name: string) => `arn:aws:sqs:eu-central-1:${account}:${name}`;
const redriveTo = (name: string) => JSON.stringify({ deadLetterTargetArn: arn(name), maxReceiveCount: '3' });
const allow = (redrivePermission: string, ...sources: string[]) =>
  JSON.stringify({ redrivePermission, ...(sources.length > 0 && { sourceQueueArns: sources.map(arn) }) });

let bench: TestBench;
let sqs: SQSClient;
beforeAll(async () => {
  bench = await startTestBench();
  sqs = new SQSClient(bench.clientConfig(account));
});
beforeEach(() => bench.gateway.reset());
afterAll(() => bench.stop());

async function make(QueueName: string, Attributes: Record<string, string> = {}): Promise<string> {
  const fifo = QueueName.endsWith('.fifo') ? { FifoQueue: 'true' } : {};
  const command = new CreateQueueCommand({ QueueName, Attributes: { ...fifo, ...Attributes } });
  return (await sqs.send(command)).QueueUrl ?? '';
}

/** What CreateQueue and SetQueueAttributes say of the attributes: both the same. */
async function said(QueueName: string, Attributes: Record<string, string>): Promise<string> {
  const QueueUrl = await make(QueueName);
  const set = sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
  const outcomes = await Promise.all(
    [set, make(`new-${QueueName}`, Attributes)].map(one =>
      one.then(
        () => 'taken',
        (error: Error) => error.name,
      ),
    ),
  );
  expect(new Set(outcomes).size).toBe(1);
  return outcomes[0] ?? '';
}

test.each([
  ['a standard queue of a standard one', 'dead', 'source', 'taken'],
  ['a FIFO queue of a FIFO one', 'dead.fifo', 'source.fifo', 'taken'],
  ['a standard queue of a FIFO one', 'dead', 'source.fifo', 'InvalidParameterValue'],
  ['a FIFO queue of a standard one', 'dead.fifo', 'source', 'InvalidParameterValue'],
])('dead-letter queue: %s', async (_, dead, source, outcome) => {
  await make(dead);
  expect(await said(source, { RedrivePolicy: redriveTo(dead) })).toBe(outcome);
});

test.each([
  ['all', allow('allowAll'), 'taken'],
  ['none', allow('denyAll'), 'InvalidParameterValue'],
  ['this one among others', allow('byQueue', 'other', 'source', 'new-source'), 'taken'],
  ['others alone', allow('byQueue', 'other'), 'InvalidParameterValue'],
])('a dead-letter queue that allows %s', async (_, RedriveAllowPolicy, outcome) => {
  await make('dead', { RedriveAllowPolicy });
  expect(await said('source', { RedrivePolicy: redriveTo('dead') })).toBe(outcome);
});

const many = (count: number) => Array.from({ length: count }, (_, index) => `q${index}`);

test.each([
  ['byQueue with 10', allow('byQueue', ...many(10)), 'taken'],
  ['byQueue with 11', allow('byQueue', ...many(11)), 'InvalidParameterValue'],
  ['byQueue with none', allow('byQueue'), 'InvalidParameterValue'],
  ['allowAll with sources', allow('allowAll', 'q'), 'InvalidParameterValue'],
  ['an unknown permission', allow('allowSome'), 'InvalidParameterValue'],
  ['no JSON', 'allowAll', 'InvalidParameterValue'],
  ['nothing', '', 'taken'],
])('RedriveAllowPolicy: %s', async (_, RedriveAllowPolicy, outcome) => {
  expect(await said('dead', { RedriveAllowPolicy })).toBe(outcome);
});

const perGroup = { FifoThroughputLimit: 'perMessageGroupId' };

test.each([
  ['with messageGroup', { ...perGroup, DeduplicationScope: 'messageGroup' }, 'taken'],
  ['with queue', { ...perGroup, DeduplicationScope: 'queue' }, 'InvalidAttributeValue'],
  ['alone', perGroup, 'InvalidAttributeValue'],
])('throughput per message group %s', async (_, attributes, outcome) => {
  expect(await said('jobs.fifo', attributes)).toBe(outcome);
});

test('the scope stays messageGroup as long as the throughput is per message group', async () => {
  const QueueUrl = await make('jobs.fifo', { ...perGroup, DeduplicationScope: 'messageGroup' });
  const set = (Attributes: Record<string, string>) =>
    sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
  await expect(set({ DeduplicationScope: 'queue' })).rejects.toMatchObject({ name: 'InvalidAttributeValue' });
  await set({ DeduplicationScope: 'queue', FifoThroughputLimit: 'perQueue' });
});
