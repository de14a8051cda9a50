import {
  AssociateKmsKeyCommand,
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
  DisassociateKmsKeyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { CreateKeyCommand, DisableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startTestBench, type TestBench } from './testing.ts';

const account = '111122223333';
const logGroupName = '/opta/one';
let bench: TestBench;
let logs: CloudWatchLogsClient;
let kms: KMSClient;

beforeAll(async () => {
  bench = await startTestBench();
  logs = new CloudWatchLogsClient(bench.clientConfig(account));
  kms = new KMSClient(bench.clientConfig(account));
});
beforeEach(() => bench.gateway.reset());
afterAll(async () => {
  logs.destroy();
  kms.destroy();
  await bench.stop();
});

/** As the guide writes it, for one group. */
async function key(group = logGroupName, region = 'eu-central-1'): Promise<string> {
  const allow = (Principal: object, more: object = {}) => ({
    Effect: 'Allow',
    Principal,
    Action: 'kms:*',
    Resource: '*',
    ...more,
  });
  const arn = `arn:aws:logs:eu-central-1:${account}:log-group:${group}`;
  const Statement = [
    allow({ AWS: `arn:aws:iam::${account}:root` }),
    allow(
      { Service: `logs.${region}.amazonaws.com` },
      { Condition: { ArnEquals: { 'kms:EncryptionContext:aws:logs:arn': arn } } },
    ),
  ];
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  return (await kms.send(new CreateKeyCommand({ Policy }))).KeyMetadata?.Arn ?? '';
}

const create = (kmsKeyId?: string) => logs.send(new CreateLogGroupCommand({ logGroupName, kmsKeyId }));
async function shownKey(): Promise<string | undefined> {
  const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName }));
  return logGroups?.[0]?.kmsKeyId;
}

test.each<[string, () => Promise<string>, string]>([
  ['for another group', () => key('/opta/other'), 'AccessDeniedException'],
  ['for another region', () => key(logGroupName, 'us-east-1'), 'AccessDeniedException'],
  [
    'that does not exist',
    async () => `arn:aws:kms:eu-central-1:${account}:key/00000000-0000-4000-8000-000000000000`,
    'AccessDeniedException',
  ],
  ['that is no ARN', async () => 'alias/mine', 'InvalidParameterException'],
  [
    'that is disabled',
    async () => {
      const KeyId = await key();
      await kms.send(new DisableKeyCommand({ KeyId }));
      return KeyId;
    },
    'InvalidParameterException',
  ],
])('a key %s is refused, at create and later', async (_, make, name) => {
  const kmsKeyId = await make();
  await expect(create(kmsKeyId)).rejects.toMatchObject({ name });
  await create();
  const associate = logs.send(new AssociateKmsKeyCommand({ logGroupName, kmsKeyId }));
  await expect(associate).rejects.toMatchObject({ name });
});

test('a key is given, exchanged and taken away', async () => {
  const [first, second] = [await key(), await key()];
  await create(first);
  expect(await shownKey()).toBe(first);
  await logs.send(new AssociateKmsKeyCommand({ logGroupName, kmsKeyId: second }));
  expect(await shownKey()).toBe(second);
  await logs.send(new DisassociateKmsKeyCommand({ logGroupName }));
  expect(await shownKey()).toBeUndefined();
});

test('a group that is made again has the key of its creation', async () => {
  const first = await key();
  await create(first);
  await logs.send(new DisassociateKmsKeyCommand({ logGroupName }));
  await logs.send(new DeleteLogGroupCommand({ logGroupName }));
  await create(first);
  expect(await shownKey()).toBe(first);
});

test('a group that is not there takes no key', async () => {
  const associate = logs.send(new AssociateKmsKeyCommand({ logGroupName, kmsKeyId: await key() }));
  await expect(associate).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});
