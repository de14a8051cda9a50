import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GetKeyRotationStatusCommand,
  KMSClient,
  ListKeysCommand,
  ListResourceTagsCommand,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateKeyDescriptionCommand,
} from '@aws-sdk/client-kms';
import {
  GetResourcesCommand,
  ResourceGroupsTaggingAPIClient,
} from '@aws-sdk/client-resource-groups-tagging-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestBench, type TestBench } from './testing.ts';

const account = '111122223333';
let bench: TestBench;
let kms: KMSClient;

beforeAll(async () => {
  bench = await startTestBench();
  kms = new KMSClient(bench.clientConfig(account));
});
afterAll(() => bench.stop());

async function newKey(): Promise<string> {
  return (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.KeyId ?? '';
}

test('a new key tells its account', async () => {
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  expect(KeyMetadata).toMatchObject({ AWSAccountId: account, Enabled: true, KeyState: 'Enabled' });
});

test('a key pending deletion is left alone until that is cancelled, and is disabled then', async () => {
  const KeyId = await newKey();
  await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
  const refused = [
    new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }),
    new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'a', TagValue: 'b' }] }),
    new UntagResourceCommand({ KeyId, TagKeys: ['a'] }),
    new EnableKeyCommand({ KeyId }),
    new DisableKeyCommand({ KeyId }),
    new EnableKeyRotationCommand({ KeyId }),
    new ScheduleKeyDeletionCommand({ KeyId }),
    new UpdateKeyDescriptionCommand({ KeyId, Description: 'x' }),
    new CreateAliasCommand({ AliasName: 'alias/late', TargetKeyId: KeyId }),
  ];
  for (const command of refused) {
    const outcome = await kms.send<never, never>(command as never).then(
      () => 'accepted',
      error => error.name,
    );
    expect(outcome, command.constructor.name).toBe('KMSInvalidStateException');
  }
  await kms.send(new CancelKeyDeletionCommand({ KeyId }));
  const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId }));
  expect(KeyMetadata).toMatchObject({ KeyState: 'Disabled', Enabled: false });
  await expect(kms.send(new CancelKeyDeletionCommand({ KeyId }))).rejects.toThrow(/not pending deletion/);
  await expect(kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }))).rejects.toMatchObject({
    name: 'DisabledException',
  });
});

test('a cancelled deletion never comes', async () => {
  const KeyId = await newKey();
  await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
  await kms.send(new CancelKeyDeletionCommand({ KeyId }));
  bench.gateway.advanceClock(8 * 86_400);
  expect((await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata).toMatchObject({
    KeyState: 'Disabled',
  });
});

test('a key is gone when its waiting period is over, and its alias is free', async () => {
  const [KeyId, other] = [await newKey(), await newKey()];
  const alias = (TargetKeyId: string) =>
    kms.send(new CreateAliasCommand({ AliasName: 'alias/gone', TargetKeyId }));
  await alias(KeyId);
  await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
  bench.gateway.advanceClock(7 * 86_400 - 60);
  expect((await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.KeyState).toBe('PendingDeletion');
  bench.gateway.advanceClock(61);
  for (const command of [
    new DescribeKeyCommand({ KeyId }),
    new CancelKeyDeletionCommand({ KeyId }),
    new DescribeKeyCommand({ KeyId: 'alias/gone' }),
  ])
    await expect(kms.send<never, never>(command as never)).rejects.toMatchObject({
      name: 'NotFoundException',
    });
  const { Keys = [] } = await kms.send(new ListKeysCommand({}));
  expect(Keys.map(key => key.KeyId)).not.toContain(KeyId);
  expect(Keys.map(key => key.KeyId)).toContain(other);
  await alias(other);
});

test('rotation has a period of 90 to 2560 days, and is off while a key waits for deletion', async () => {
  const KeyId = await newKey();
  for (const RotationPeriodInDays of [5, 89, 2561])
    await expect(
      kms.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays })),
    ).rejects.toMatchObject({
      name: 'ValidationException',
    });
  await kms.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
  expect(await kms.send(new GetKeyRotationStatusCommand({ KeyId }))).toMatchObject({
    KeyRotationEnabled: true,
    RotationPeriodInDays: 90,
  });
  await kms.send(new ScheduleKeyDeletionCommand({ KeyId }));
  expect(await kms.send(new GetKeyRotationStatusCommand({ KeyId }))).toMatchObject({
    KeyRotationEnabled: false,
  });
});

const statement = (AWS: string) => ({ Effect: 'Allow', Principal: { AWS }, Action: 'kms:*', Resource: '*' });
const document = (...Statement: unknown[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const ours = document(statement(`arn:aws:iam::${account}:root`));
const lockedOut = document(statement(`arn:aws:iam::${account}:role/other`));

test.each([
  ['no JSON', '{'],
  ['no principal', document({ Effect: 'Allow', Action: 'kms:*', Resource: '*' })],
  ['the caller locked out', lockedOut],
])('a policy is refused: %s', async (_what, Policy) => {
  const KeyId = await newKey();
  for (const command of [new CreateKeyCommand({ Policy }), new PutKeyPolicyCommand({ KeyId, Policy })])
    await expect(kms.send<never, never>(command as never)).rejects.toMatchObject({
      name: 'MalformedPolicyDocumentException',
    });
});

test('a good policy is accepted, and a lock-out when the check is bypassed', async () => {
  const KeyId = await newKey();
  await kms.send(new PutKeyPolicyCommand({ KeyId, Policy: ours }));
  await kms.send(new PutKeyPolicyCommand({ KeyId, Policy: lockedOut, BypassPolicyLockoutSafetyCheck: true }));
});

test('keys are found by alias, alias ARN, and AWS managed keys by their alias', async () => {
  const KeyId = await newKey();
  await kms.send(new CreateAliasCommand({ AliasName: 'alias/mine', TargetKeyId: KeyId }));
  for (const name of [
    'alias/mine',
    `arn:aws:kms:eu-central-1:${account}:alias/mine`,
    `arn:aws:kms:eu-central-1:${account}:key/${KeyId}`,
  ])
    expect((await kms.send(new DescribeKeyCommand({ KeyId: name }))).KeyMetadata?.KeyId).toBe(KeyId);
  const managed = (await kms.send(new DescribeKeyCommand({ KeyId: 'alias/aws/sqs' }))).KeyMetadata;
  expect(managed).toMatchObject({ KeyManager: 'AWS', Enabled: true, AWSAccountId: account });
  const again = (await kms.send(new DescribeKeyCommand({ KeyId: managed?.Arn }))).KeyMetadata;
  expect(again?.KeyId).toBe(managed?.KeyId);
  await expect(
    kms.send(new CreateAliasCommand({ AliasName: 'alias/aws/mine', TargetKeyId: KeyId })),
  ).rejects.toMatchObject({ name: 'NotAuthorizedException' });
});

test('the tagging API finds keys by tag', async () => {
  const Tags = [{ TagKey: 'owner', TagValue: 'bench' }];
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Tags }));
  expect((await kms.send(new ListResourceTagsCommand({ KeyId: KeyMetadata?.KeyId }))).Tags).toEqual(Tags);
  const tagging = new ResourceGroupsTaggingAPIClient(bench.clientConfig(account));
  const query = new GetResourcesCommand({
    TagFilters: [{ Key: 'owner', Values: ['bench'] }],
    ResourceTypeFilters: ['kms:key'],
  });
  const found = (await tagging.send(query)).ResourceTagMappingList;
  expect(found?.map(({ ResourceARN }) => ResourceARN)).toEqual([KeyMetadata?.Arn]);
  await kms.send(new ScheduleKeyDeletionCommand({ KeyId: KeyMetadata?.KeyId, PendingWindowInDays: 7 }));
  bench.gateway.advanceClock(7 * 86_400);
  expect((await tagging.send(query)).ResourceTagMappingList).toEqual([]);
  const other = new GetResourcesCommand({
    TagFilters: [{ Key: 'owner', Values: ['x'] }],
    ResourceTypeFilters: ['kms:key'],
  });
  expect((await tagging.send(other)).ResourceTagMappingList).toEqual([]);
});
