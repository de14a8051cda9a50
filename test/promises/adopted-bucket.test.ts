import { CreateKeyCommand } from '@aws-sdk/client-kms';
import {
  CreateBucketCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLoggingCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  type LifecycleRule,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketLoggingCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  type Tag,
} from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { approve } from '../support/approval.ts';
import { ACCOUNT, bucket, environment, REGION } from '../support/manifests.ts';
import { areReady, messageOf, openStage, type Stage, standing } from '../support/stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());
afterEach(() => stage.clear());

const THEIRS: readonly LifecycleRule[] = [
  { ID: 'scratch', Status: 'Enabled', Filter: { Prefix: 'tmp/' }, Expiration: { Days: 1 } },
  { ID: 'old', Status: 'Disabled', Filter: { Prefix: '' }, Expiration: { Days: 2 } },
  {
    ID: 'drafts',
    Status: 'Enabled',
    Filter: { Tag: { Key: 'state', Value: 'draft' } },
    NoncurrentVersionExpiration: { NoncurrentDays: 3 },
  },
];
const byKey = (a: Tag, b: Tag) => (a.Key ?? '').localeCompare(b.Key ?? '');

const Bucket = 'legacy-data';
const GRANTS = { adopt: [{ namespace: 'shop', kind: 'Bucket', ids: [Bucket] }] };

test('a bucket whose rules delete some of its objects is adopted: they go on, no other object is deleted, and what would be needs a yes', async () => {
  const { cluster, world } = stage;
  const { s3 } = world.aws;
  const CreateBucketConfiguration = { LocationConstraint: REGION } as const;
  await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
  const LifecycleConfiguration = { Rules: [...THEIRS] };
  await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }));
  const rules = async () =>
    (await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))).Rules ?? [];

  const adopting = { adopt: { name: Bucket }, managementPolicy: 'ApproveHighRisk' };
  const legacy = (spec: object) => bucket('legacy', { ...adopting, ...spec });
  await cluster.apply(environment({ grants: GRANTS }), legacy({}));
  const acting = await stage.operator();
  const waits = () => acting.until(look => standing(look('Bucket', 'legacy')).endsWith(' ApprovalRequired'));
  await waits();
  expect(await rules()).toEqual(THEIRS);
  await approve(world, 'Bucket', 'legacy');
  await acting.until(areReady(legacy({})));
  await acting.driftPasses(2);
  expect((await cluster.get('Bucket', 'legacy')).status?.defaults).toMatchObject({
    'lifecycle.expireDays': 0,
    'lifecycle.nonCurrentExpireDays': 0,
  });
  expect(await rules()).toEqual(THEIRS);

  await cluster.apply(legacy({ lifecycle: { expireDays: 400 } }));
  await acting.until(look => look('Bucket', 'legacy')?.status?.plan?.risk === 'High');
  await acting.driftPasses(2);
  expect(await rules()).toEqual(THEIRS);
  await approve(world, 'Bucket', 'legacy');
  await acting.until(areReady(legacy({})));
  const objects = { ID: 'objects', Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { Days: 400 } };
  expect(await rules()).toEqual([objects, ...THEIRS]);

  await cluster.apply(legacy({ lifecycle: { expireDays: 0 } }));
  await acting.until(areReady(legacy({})));
  expect(await rules()).toEqual(THEIRS);
});

test('a bucket that logs elsewhere and never had versions is adopted as it is', async () => {
  const { cluster, world } = stage;
  const { s3 } = world.aws;
  const CreateBucketConfiguration = { LocationConstraint: REGION } as const;
  const [Bucket, audit] = ['legacy-plain', 'audit-logs'];
  for (const name of [Bucket, audit])
    await s3.send(new CreateBucketCommand({ Bucket: name, CreateBucketConfiguration }));
  await letLog(audit);
  const LoggingEnabled = { TargetBucket: audit, TargetPrefix: 'plain/' };
  await s3.send(new PutBucketLoggingCommand({ Bucket, BucketLoggingStatus: { LoggingEnabled } }));
  const grants = { adopt: [{ namespace: 'shop', kind: 'Bucket', ids: [Bucket] }] };
  const plain = bucket('plain', { adopt: { name: Bucket } });
  await cluster.apply(environment({ grants }), plain);
  const acting = await stage.operator();
  await acting.until(look => standing(look('Bucket', 'plain')).endsWith(' ApprovalRequired'));
  await approve(world, 'Bucket', 'plain');
  await acting.until(areReady(plain));
  await acting.driftPasses(2);
  expect((await s3.send(new GetBucketLoggingCommand({ Bucket }))).LoggingEnabled).toMatchObject(
    LoggingEnabled,
  );
  expect((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBeUndefined();
  expect((await cluster.get('Bucket', 'plain')).status?.defaults).toMatchObject({
    accessLogs: 'Disabled',
    versioning: false,
  });
});

test('a bucket that encrypts by a key is not adopted to be public, and nothing of it is written until its encryption is agreed', async () => {
  const { cluster, world } = stage;
  const { s3 } = world.aws;
  const Bucket = 'legacy-secret';
  const CreateBucketConfiguration = { LocationConstraint: REGION } as const;
  await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
  const ApplyServerSideEncryptionByDefault = { SSEAlgorithm: 'aws:kms' as const };
  const ServerSideEncryptionConfiguration = { Rules: [{ ApplyServerSideEncryptionByDefault }] };
  await s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration }));
  const adopt = [{ namespace: 'shop', kind: 'Bucket', ids: [Bucket] }];
  const grants = { adopt, publicBuckets: { namespaces: ['shop'] } };
  const secret = (spec: object) => bucket('secret', { adopt: { name: Bucket }, publicRead: true, ...spec });
  await cluster.apply(environment({ grants }));
  const acting = await stage.operator();
  await acting.until(areReady(environment({})));
  const mark = stage.mark();
  await cluster.apply(secret({}));
  await acting.until(look => standing(look('Bucket', 'secret')) === 'Ready=False InvalidSpec');
  await acting.driftPasses(1);
  expect(stage.writesSince(mark)).toEqual([]);
  expect(messageOf(await cluster.get('Bucket', 'secret'))).toMatch(/spec\.encryption: publicRead needs/);
  await cluster.apply(secret({ encryption: 'AES256' }));
  await acting.until(look => standing(look('Bucket', 'secret')).endsWith(' ApprovalRequired'));
  await approve(world, 'Bucket', 'secret');
  await acting.until(areReady(secret({})));
});

test('an adopted bucket that logs elsewhere, or not at all, goes on so when the environment gets a log bucket', async () => {
  const { s3 } = stage.world.aws;
  const CreateBucketConfiguration = { LocationConstraint: REGION } as const;
  const names = ['legacy-logged', 'legacy-unlogged'];
  const audit = 'audit-of-both';
  for (const Bucket of [...names, audit])
    await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
  await letLog(audit);
  const LoggingEnabled = { TargetBucket: audit, TargetPrefix: 'logged/' };
  await s3.send(
    new PutBucketLoggingCommand({ Bucket: 'legacy-logged', BucketLoggingStatus: { LoggingEnabled } }),
  );
  const grants = { adopt: [{ namespace: 'shop', kind: 'Bucket', ids: names }] };
  const both = names.map(name => bucket(name, { adopt: { name } }));
  await stage.cluster.apply(environment({ grants, logBucket: { mode: 'Disabled' } }), ...both);
  const acting = await stage.operator();
  for (const name of names) {
    await acting.until(look => standing(look('Bucket', name)).endsWith(' ApprovalRequired'));
    await approve(stage.world, 'Bucket', name);
  }
  await acting.until(areReady(...both));
  await stage.cluster.apply(environment({ grants, logBucket: { mode: 'Enabled' } }));
  await acting.until(areReady(environment({})));
  await acting.driftPasses(2);
  const logging = (Bucket: string) => s3.send(new GetBucketLoggingCommand({ Bucket }));
  expect((await logging('legacy-logged')).LoggingEnabled).toMatchObject(LoggingEnabled);
  expect((await logging('legacy-unlogged')).LoggingEnabled).toBeUndefined();
  for (const name of names)
    expect((await stage.cluster.get('Bucket', name)).status?.defaults).toMatchObject({
      accessLogs: 'Disabled',
    });
});

test('a replica of an adopted bucket waits for what its objects are to be encrypted by, and the key stays until that is written', async () => {
  const { s3 } = stage.world.aws;
  const Bucket = 'legacy-keyed';
  const CreateBucketConfiguration = { LocationConstraint: REGION } as const;
  await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
  const key = await encryptByKey(Bucket);
  const grants = { adopt: [{ namespace: 'shop', kind: 'Bucket', ids: [Bucket] }] };
  const adopting = { adopt: { name: Bucket }, managementPolicy: 'ApproveHighRisk', versioning: true };
  const keyed = (spec: object) => bucket('keyed', { ...adopting, ...spec });
  await stage.cluster.apply(environment({ grants }), keyed({}));
  const acting = await stage.operator();
  const asks = () => acting.until(look => standing(look('Bucket', 'keyed')).endsWith(' ApprovalRequired'));
  await asks();
  await approve(stage.world, 'Bucket', 'keyed');
  await acting.until(areReady(keyed({})));
  expect(await keyOf(Bucket)).toBe(key);

  const replica = { mode: 'SameRegion' };
  await stage.cluster.apply(keyed({ replica }));
  await acting.until(look => standing(look('Bucket', 'keyed')) === 'Ready=False InvalidSpec');
  await acting.driftPasses(1);
  expect(messageOf(await stage.cluster.get('Bucket', 'keyed'))).toContain(
    `encrypts by ${key}, which a replica`,
  );
  expect(await keyOf(Bucket)).toBe(key);

  await stage.cluster.apply(keyed({ replica, encryption: 'EnvironmentKey' }));
  await acting.until(look => look('Bucket', 'keyed')?.status?.plan?.risk === 'High');
  await acting.driftPasses(1);
  expect(await keyOf(Bucket)).toBe(key);
  await approve(stage.world, 'Bucket', 'keyed');
  await acting.until(areReady(keyed({})));
  expect(await keyOf(Bucket)).not.toBe(key);
});

test('what was there before an adopted bucket’s object stays, also when adopt is left out again and when the cluster is rebuilt from that', async () => {
  const { s3 } = stage.world.aws;
  const Bucket = 'legacy-named';
  const CreateBucketConfiguration = { LocationConstraint: REGION } as const;
  await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
  const key = await encryptByKey(Bucket);
  const LifecycleConfiguration = { Rules: [...THEIRS] };
  await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }));
  const found = async () => {
    const { Rules } = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
    return { rules: Rules?.map(one => one.ID), key: await keyOf(Bucket) };
  };

  const grants = { adopt: [{ namespace: 'shop', kind: 'Bucket', ids: [Bucket] }] };
  const named = (spec: object) => bucket('named', { name: Bucket, ...spec });
  const all = (spec: object) => [environment({ grants }), named(spec)];
  const lifecycle = { abortMultipartDays: 7 };
  await stage.cluster.apply(...all({ adopt: { name: Bucket }, lifecycle }));
  const acting = await stage.operator();
  await acting.until(look => standing(look('Bucket', 'named')).endsWith(' ApprovalRequired'));
  await approve(stage.world, 'Bucket', 'named');
  await acting.until(areReady(named({})));
  const theirs = { rules: ['unfinished-uploads', ...THEIRS.map(one => one.ID)], key };
  expect(await found()).toEqual(theirs);

  const mark = stage.mark();
  await stage.cluster.apply(named({ lifecycle }));
  await acting.until(areReady(named({})));
  await acting.driftPasses(1);
  expect(stage.writesSince(mark)).toEqual([]);
  await stage.cluster.apply(named({ lifecycle: { abortMultipartDays: 9 } }));
  await acting.until(areReady(named({})));
  expect(await found()).toEqual(theirs);
  // Its mark is taken off by hand, or by what cleans up tags.
  const tags = async () => (await s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet ?? [];
  const before = await tags();
  const TagSet = before.filter(one => one.Key !== 'opta.dev/adopted');
  await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
  await acting.driftPasses(1);
  expect(await found()).toEqual(theirs);
  expect((await tags()).toSorted(byKey)).toEqual(before.toSorted(byKey));

  await acting.end();
  const rebuilt = await stage.anotherCluster();
  await rebuilt.apply(...all({ lifecycle }));
  const takeOverFrom = [stage.cluster.uid];
  const again = await stage.operator({ in: rebuilt, settings: { takeOverFrom } });
  await again.until(areReady(...all({})));
  await again.driftPasses(1);
  expect(await found()).toEqual(theirs);
});

/** Answers the ARN of a new key of others, by which the bucket encrypts from now on. */
async function encryptByKey(Bucket: string): Promise<string | undefined> {
  const { s3, kms } = stage.world.aws;
  const KMSMasterKeyID = (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn;
  const ApplyServerSideEncryptionByDefault = { SSEAlgorithm: 'aws:kms' as const, KMSMasterKeyID };
  const ServerSideEncryptionConfiguration = { Rules: [{ ApplyServerSideEncryptionByDefault }] };
  await s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration }));
  return KMSMasterKeyID;
}

async function keyOf(Bucket: string): Promise<string | undefined> {
  const answer = await stage.world.aws.s3.send(new GetBucketEncryptionCommand({ Bucket }));
  return answer.ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault
    ?.KMSMasterKeyID;
}

/** As S3 asks of a bucket that logs go to. */
async function letLog(audit: string): Promise<void> {
  const allowed = {
    Effect: 'Allow',
    Principal: { Service: 'logging.s3.amazonaws.com' },
    Action: 's3:PutObject',
    Resource: `arn:aws:s3:::${audit}/*`,
    Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } },
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [allowed] });
  await stage.world.aws.s3.send(new PutBucketPolicyCommand({ Bucket: audit, Policy }));
}
