import { DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { KMSClient, ListKeysCommand } from '@aws-sdk/client-kms';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { forgetRoles, registerRole } from './index.ts';
import { keysOf, startTestBench, type TestBench } from './testing.ts';

const account = '111122223333';
const RoleArn = 'arn:aws:iam::222222222222:role/opta/operator';
let bench: TestBench;
let sts: STSClient;

beforeAll(async () => {
  bench = await startTestBench();
  sts = new STSClient(bench.clientConfig(account));
});
afterEach(() => forgetRoles(bench.gateway));
afterAll(() => bench.stop());

function trust(AWS: string, externalId?: string): Record<string, unknown> {
  const Condition = externalId && { StringEquals: { 'sts:ExternalId': externalId } };
  const Statement = {
    Effect: 'Allow',
    Principal: { AWS },
    Action: 'sts:AssumeRole',
    ...(Condition && { Condition }),
  };
  return { Version: '2012-10-17', Statement };
}

const assume = (ExternalId?: string, role = RoleArn) =>
  sts.send(
    new AssumeRoleCommand({ RoleArn: role, RoleSessionName: 'test', ...(ExternalId && { ExternalId }) }),
  );

test.each([
  ['a role that is not there', undefined, 'agreed', 'AccessDenied'],
  ['the agreed id', trust(account, 'agreed'), 'agreed', undefined],
  ['another id', trust(account, 'agreed'), 'guessed', 'AccessDenied'],
  ['no id', trust(account, 'agreed'), undefined, 'AccessDenied'],
  ['a role that asks for none', trust(account), undefined, undefined],
  ['a role that trusts somebody else', trust('999999999999', 'agreed'), 'agreed', 'AccessDenied'],
])('AssumeRole: %s', async (_what, trustPolicy, externalId, error) => {
  if (trustPolicy) registerRole(bench.gateway, { arn: RoleArn, trustPolicy });
  if (error) await expect(assume(externalId)).rejects.toMatchObject({ name: error });
  else expect((await assume(externalId)).AssumedRoleUser?.Arn).toContain(':assumed-role/');
});

test('the wildcard admits everybody, also after a reset', async () => {
  registerRole(bench.gateway, { arn: '*' });
  await bench.gateway.reset();
  expect((await assume()).Credentials?.AccessKeyId).toBeTruthy();
});

test('a session may assume what trusts its role, and is itself afterwards', async () => {
  registerRole(bench.gateway, { arn: RoleArn, trustPolicy: trust(account) });
  const next = 'arn:aws:iam::333333333333:role/next';
  registerRole(bench.gateway, { arn: next, trustPolicy: trust('arn:aws:iam::222222222222:role/operator') });
  await expect(assume(undefined, next)).rejects.toMatchObject({ name: 'AccessDenied' });
  const session = new STSClient(bench.clientConfig(account, keysOf(await assume())));
  expect((await session.send(new GetCallerIdentityCommand({}))).Account).toBe('222222222222');
  const chained = await session.send(new AssumeRoleCommand({ RoleArn: next, RoleSessionName: 'test' }));
  expect(chained.AssumedRoleUser?.Arn).toContain('333333333333');
});

test('a session ends by the clock of the gateway, and each service says so', async () => {
  registerRole(bench.gateway, { arn: RoleArn, trustPolicy: trust(account) });
  const assumed = await sts.send(
    new AssumeRoleCommand({ RoleArn, RoleSessionName: 'test', DurationSeconds: 900 }),
  );
  const endsAt = assumed.Credentials?.Expiration?.getTime() ?? 0;
  expect(Math.abs(endsAt - bench.gateway.now() - 900_000)).toBeLessThan(10_000);
  const config = { ...bench.clientConfig(account, keysOf(assumed)), forcePathStyle: true };
  const calls: Record<string, () => Promise<unknown>> = {
    ExpiredToken: () => new STSClient(config).send(new GetCallerIdentityCommand({})),
    RequestExpired: () => new EC2Client(config).send(new DescribeVpcsCommand({})),
    ExpiredTokenException: () => new KMSClient(config).send(new ListKeysCommand({})),
  };
  for (const call of Object.values(calls)) await call();
  await expect(new S3Client(config).send(new ListBucketsCommand({}))).resolves.toBeDefined();
  bench.gateway.advanceClock(900);
  for (const [name, call] of Object.entries(calls)) await expect(call()).rejects.toMatchObject({ name });
  const listed = new S3Client(config).send(new ListBucketsCommand({}));
  await expect(listed).rejects.toMatchObject({ name: 'ExpiredToken' });
});
