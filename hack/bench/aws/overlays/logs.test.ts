import {
  AssociateKmsKeyCommand,
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteAccountPolicyCommand,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
  DisassociateKmsKeyCommand,
  type LogGroup,
  PutAccountPolicyCommand,
  PutLogGroupDeletionProtectionCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { CreateKeyCommand, DisableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestBench, type TestBench } from './testing.ts';

const account = '111122223333';
let bench: TestBench;
let logs: CloudWatchLogsClient;
let kms: KMSClient;

beforeAll(async () => {
  bench = await startTestBench();
  logs = new CloudWatchLogsClient(bench.clientConfig(account));
  kms = new KMSClient(bench.clientConfig(account));
});
beforeEach(() => bench.gateway.reset());
afterAll(() => bench.stop());

const root = {
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::${account}:root` },
  Action: 'kms:*',
  Resource: '*',
};
const allowLogs = {
  Effect: 'Allow',
  Principal: { Service: 'logs.eu-central-1.amazonaws.com' },
  Action: ['kms:Encrypt*', 'kms:Decrypt*', 'kms:GenerateDataKey*'],
  Resource: '*',
  Condition: {
    ArnLike: {
      'kms:EncryptionContext:aws:logs:arn': `arn:aws:logs:eu-central-1:${account}:log-group:/opta/*`,
    },
  },
};

async function newKey(...statements: object[]): Promise<string> {
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [root, ...statements] });
  return (await kms.send(new CreateKeyCommand({ Policy }))).KeyMetadata?.Arn ?? '';
}

async function group(name: string): Promise<LogGroup | undefined> {
  const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name }));
  return logGroups?.find(one => one.logGroupName === name);
}

const make = (logGroupName: string, more: object = {}) =>
  logs.send(new CreateLogGroupCommand({ logGroupName, ...more }));

describe('a key', () => {
  test('is named at the creation, exchanged and taken off again', async () => {
    const [first, second] = [await newKey(allowLogs), await newKey(allowLogs)];
    await make('/opta/a', { kmsKeyId: first });
    expect((await group('/opta/a'))?.kmsKeyId).toBe(first);
    await logs.send(new AssociateKmsKeyCommand({ logGroupName: '/opta/a', kmsKeyId: second }));
    expect((await group('/opta/a'))?.kmsKeyId).toBe(second);
    const resourceIdentifier = (await group('/opta/a'))?.logGroupArn;
    await logs.send(new DisassociateKmsKeyCommand({ resourceIdentifier }));
    expect((await group('/opta/a'))?.kmsKeyId).toBeUndefined();
  });

  test.each<[string, () => Promise<string>, string]>([
    ['that does not exist', async () => `arn:aws:kms:eu-central-1:${account}:key/none`, '/opta/a'],
    ['whose policy does not name the service', () => newKey(), '/opta/a'],
    ['whose policy names other groups', () => newKey(allowLogs), '/other/a'],
    [
      'that is disabled',
      async () => {
        const key = await newKey(allowLogs);
        await kms.send(new DisableKeyCommand({ KeyId: key }));
        return key;
      },
      '/opta/a',
    ],
  ])('%s is refused', async (_, key, name) => {
    const kmsKeyId = await key();
    await expect(make(name, { kmsKeyId })).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await make(name);
    const associate = new AssociateKmsKeyCommand({ logGroupName: name, kmsKeyId });
    await expect(logs.send(associate)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  test('of a group that was deleted does not come back with its name', async () => {
    await make('/opta/a');
    await logs.send(
      new AssociateKmsKeyCommand({ logGroupName: '/opta/a', kmsKeyId: await newKey(allowLogs) }),
    );
    await logs.send(new DeleteLogGroupCommand({ logGroupName: '/opta/a' }));
    await make('/opta/a');
    expect((await group('/opta/a'))?.kmsKeyId).toBeUndefined();
  });
});

test('a protected group is deleted when its protection is off', async () => {
  await make('/opta/a', { deletionProtectionEnabled: true });
  const remove = () => logs.send(new DeleteLogGroupCommand({ logGroupName: '/opta/a' }));
  expect((await group('/opta/a'))?.deletionProtectionEnabled).toBe(true);
  await expect(remove()).rejects.toMatchObject({ name: 'ValidationException' });
  const off = { logGroupIdentifier: '/opta/a', deletionProtectionEnabled: false };
  await logs.send(new PutLogGroupDeletionProtectionCommand(off));
  await remove();
  expect(await group('/opta/a')).toBeUndefined();
});

test('a group that is not there is not changed', async () => {
  const kmsKeyId = await newKey(allowLogs);
  const on = { logGroupIdentifier: '/opta/none', deletionProtectionEnabled: true };
  for (const call of [
    () => logs.send(new AssociateKmsKeyCommand({ logGroupName: '/opta/none', kmsKeyId })),
    () => logs.send(new DisassociateKmsKeyCommand({ logGroupName: '/opta/none' })),
    () => logs.send(new PutLogGroupDeletionProtectionCommand(on)),
  ])
    await expect(call()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('only certain retentions exist', async () => {
  await make('/opta/a');
  const retain = (retentionInDays: number) =>
    logs.send(new PutRetentionPolicyCommand({ logGroupName: '/opta/a', retentionInDays }));
  await expect(retain(91)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  await retain(90);
  expect((await group('/opta/a'))?.retentionInDays).toBe(90);
});

test("an account's retention policy is shown instead of the group's own time, the longest one, until it is deleted", async () => {
  await make('/opta/a');
  const policy = (policyName: string, retentionInDays: number | 'NEVER_EXPIRE') => {
    const policyDocument = JSON.stringify({ retentionInDays, enforcementMode: 'RETROACTIVE' });
    return logs.send(
      new PutAccountPolicyCommand({ policyName, policyType: 'RETENTION_POLICY', policyDocument }),
    );
  };
  const drop = (policyName: string) =>
    logs.send(new DeleteAccountPolicyCommand({ policyName, policyType: 'RETENTION_POLICY' }));
  const shown = async () => {
    const { retentionPolicyName, retentionInDays } = (await group('/opta/a')) ?? {};
    return [retentionPolicyName, retentionInDays];
  };
  await policy('month', 30);
  await logs.send(new PutRetentionPolicyCommand({ logGroupName: '/opta/a', retentionInDays: 90 }));
  expect(await shown()).toEqual(['month', 30]);
  await policy('year', 365);
  expect(await shown()).toEqual(['year', 365]);
  await policy('ever', 'NEVER_EXPIRE');
  expect(await shown()).toEqual(['ever', undefined]);
  for (const name of ['month', 'year', 'ever']) await drop(name);
  expect(await shown()).toEqual([undefined, 90]);
  await expect(drop('month')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});
