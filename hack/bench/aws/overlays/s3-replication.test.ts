import {
  CreatePolicyCommand,
  CreateRoleCommand,
  IAMClient,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketReplicationCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketReplicationCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutBucketReplicationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type ReplicationRule,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestBench, type TestBench } from './testing.ts';

const account = '111122223333';
const stranger = '444455556666';
let bench: TestBench;
let s3: S3Client;
let iam: IAMClient;
let kms: KMSClient;
let serial = 0;

beforeAll(async () => {
  bench = await startTestBench();
  s3 = new S3Client(bench.clientConfig(account));
  iam = new IAMClient(bench.clientConfig(account));
  kms = new KMSClient(bench.clientConfig(account));
});
afterAll(() => bench.stop());

const document = (...Statement: unknown[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const arn = (bucket: string) => `arn:aws:s3:::${bucket}`;

async function newBucket(isVersioned = true): Promise<string> {
  serial += 1;
  const Bucket = `bucket-${serial}`;
  await makeBucket(s3, Bucket);
  if (isVersioned) await turnVersioningOn(s3, Bucket);
  return Bucket;
}

function makeBucket(by: S3Client, Bucket: string) {
  const CreateBucketConfiguration = { LocationConstraint: 'eu-central-1' as const };
  return by.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
}

function turnVersioningOn(by: S3Client, Bucket: string) {
  const VersioningConfiguration = { Status: 'Enabled' as const };
  return by.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
}

function ruleTo(target: string, more: Partial<ReplicationRule> = {}): ReplicationRule {
  return {
    ID: 'a',
    Status: 'Enabled',
    Priority: 1,
    Filter: { Prefix: '' },
    DeleteMarkerReplication: { Status: 'Enabled' },
    Destination: { Bucket: arn(target) },
    ...more,
  };
}

function put(Bucket: string, rule: ReplicationRule, Role = `arn:aws:iam::${account}:role/r`) {
  const ReplicationConfiguration = { Role, Rules: [rule] };
  return s3.send(new PutBucketReplicationCommand({ Bucket, ReplicationConfiguration }));
}

describe('a configuration', () => {
  let source: string;
  let target: string;
  beforeAll(async () => {
    [source, target] = [await newBucket(), await newBucket()];
  });

  test('is taken and read back as it was given; without one the answer has its own name', async () => {
    await expect(s3.send(new GetBucketReplicationCommand({ Bucket: source }))).rejects.toMatchObject({
      name: 'ReplicationConfigurationNotFoundError',
    });
    const rule = ruleTo(target);
    await put(source, rule);
    const { ReplicationConfiguration } = await s3.send(new GetBucketReplicationCommand({ Bucket: source }));
    expect(ReplicationConfiguration).toEqual({ Role: `arn:aws:iam::${account}:role/r`, Rules: [rule] });
    await s3.send(new DeleteBucketReplicationCommand({ Bucket: source }));
    await s3.send(new DeleteBucketReplicationCommand({ Bucket: source }));
  });

  const filtered = (without: 'Priority' | 'DeleteMarkerReplication') => {
    const { [without]: _, ...rule } = ruleTo('');
    return (to: string) => ({ ...rule, Destination: { Bucket: arn(to) } });
  };
  test.each<[string, (to: string) => ReplicationRule, string, RegExp]>([
    ['a filter and no priority', filtered('Priority'), 'InvalidRequest', /Priority must be specified/],
    [
      'a filter and no word on delete markers',
      filtered('DeleteMarkerReplication'),
      'InvalidRequest',
      /DeleteMarkerReplication must be specified/,
    ],
    [
      'encrypted objects and no key',
      to => ruleTo(to, { SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: 'Enabled' } } }),
      'InvalidRequest',
      /ReplicaKmsKeyID must be specified/,
    ],
  ])('with %s is refused', async (_, rule, name, message) => {
    await expect(put(source, rule(target))).rejects.toMatchObject({
      name,
      message: expect.stringMatching(message),
    });
  });

  test('of the older form needs neither', async () => {
    await put(source, { ID: 'a', Status: 'Enabled', Prefix: '', Destination: { Bucket: arn(target) } });
  });

  test('needs a role of the same account', async () => {
    await expect(put(source, ruleTo(target), `arn:aws:iam::${stranger}:role/r`)).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    await expect(put(source, ruleTo(target), 'r')).rejects.toMatchObject({ name: 'InvalidArgument' });
  });

  test('needs both buckets, with versioning', async () => {
    const plain = await newBucket(false);
    for (const [from, to, message] of [
      [source, 'not-there', /Destination bucket must exist/],
      [source, plain, /versioning/i],
      [plain, target, /versioning/i],
    ] as const)
      await expect(put(from, ruleTo(to))).rejects.toMatchObject({
        name: 'InvalidRequest',
        message: expect.stringMatching(message),
      });
    await expect(put('not-there', ruleTo(target))).rejects.toMatchObject({ name: 'NoSuchBucket' });
  });

  test('keeps versioning on while it lasts', async () => {
    const suspend = (Bucket: string) =>
      s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Suspended' } }));
    await put(source, ruleTo(target));
    await expect(suspend(source)).rejects.toMatchObject({ name: 'InvalidBucketState' });
    await s3.send(new DeleteBucketReplicationCommand({ Bucket: source }));
    await suspend(source);
  });
});

interface Copying {
  from: string;
  to: string;
  role: string;
}

const MAY: Readonly<Record<string, (of: Copying) => object>> = {
  's3:GetReplicationConfiguration': ({ from }) => ({ Resource: arn(from) }),
  's3:ListBucket': ({ from }) => ({ Resource: arn(from) }),
  's3:GetObjectVersionForReplication': ({ from }) => ({ Resource: `${arn(from)}/*` }),
  's3:GetObjectVersionAcl': ({ from }) => ({ Resource: `${arn(from)}/*` }),
  's3:ReplicateObject': ({ to }) => ({ Resource: `${arn(to)}/*` }),
  's3:ReplicateDelete': ({ to }) => ({ Resource: `${arn(to)}/*` }),
};

const trust = (Condition: object = {}, Service = 's3.amazonaws.com') =>
  document({ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole', Condition });

async function permit(of: Copying, actions: readonly string[], more: readonly object[] = []) {
  const statements = actions.map(Action => ({ Effect: 'Allow', Action, ...MAY[Action]?.(of) }));
  const PolicyDocument = document(...statements, ...more);
  await iam.send(new PutRolePolicyCommand({ RoleName: of.role, PolicyName: 'copy', PolicyDocument }));
}

async function copying(rule: Partial<ReplicationRule> = {}): Promise<Copying> {
  const [from, to] = [await newBucket(), await newBucket()];
  const role = `copier-${serial}`;
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName: role, Path: '/opta/x/', AssumeRolePolicyDocument: trust() }),
  );
  await permit({ from, to, role }, Object.keys(MAY));
  await put(from, ruleTo(to, rule), Role?.Arn);
  return { from, to, role };
}

async function isIn(Bucket: string, Key: string, by = s3): Promise<boolean> {
  const { Versions = [] } = await by.send(new ListObjectVersionsCommand({ Bucket }));
  return Versions.some(one => one.Key === Key);
}

async function statusOf(Bucket: string, Key: string) {
  return (await s3.send(new HeadObjectCommand({ Bucket, Key }))).ReplicationStatus;
}

describe('what is written', () => {
  let of: Copying;
  beforeAll(async () => {
    of = await copying();
  });
  beforeEach(() => permit(of, Object.keys(MAY)));

  async function written(Key: string): Promise<boolean> {
    await s3.send(new PutObjectCommand({ Bucket: of.from, Key, Body: Key }));
    return isIn(of.to, Key);
  }

  test('is copied, with what it is', async () => {
    await s3.send(
      new PutObjectCommand({
        Bucket: of.from,
        Key: 'in/a b.txt',
        Body: 'hello',
        ContentType: 'text/plain',
        Metadata: { of: 'me' },
      }),
    );
    const copied = await s3.send(new GetObjectCommand({ Bucket: of.to, Key: 'in/a b.txt' }));
    expect(await copied.Body?.transformToString()).toBe('hello');
    expect(copied).toMatchObject({
      ContentType: 'text/plain',
      Metadata: { of: 'me' },
      ReplicationStatus: 'REPLICA',
    });
    expect(await statusOf(of.from, 'in/a b.txt')).toBe('COMPLETED');
  });

  test('before there was a rule is not copied', async () => {
    const { from, to } = await copying();
    const rule = await s3.send(new GetBucketReplicationCommand({ Bucket: from }));
    await s3.send(new DeleteBucketReplicationCommand({ Bucket: from }));
    await s3.send(new PutObjectCommand({ Bucket: from, Key: 'old', Body: 'x' }));
    await s3.send(
      new PutBucketReplicationCommand({
        Bucket: from,
        ReplicationConfiguration: rule.ReplicationConfiguration,
      }),
    );
    await s3.send(new PutObjectCommand({ Bucket: from, Key: 'new', Body: 'x' }));
    expect([await isIn(to, 'old'), await isIn(to, 'new')]).toEqual([false, true]);
  });

  test.each([
    's3:GetReplicationConfiguration',
    's3:ListBucket',
    's3:GetObjectVersionForReplication',
    's3:GetObjectVersionAcl',
    's3:ReplicateObject',
  ])('is lost to the copy, and says so, without %s', async missing => {
    await permit(
      of,
      Object.keys(MAY).filter(action => action !== missing),
    );
    const key = `without-${missing}`;
    expect(await written(key)).toBe(false);
    expect(await statusOf(of.from, key)).toBe('FAILED');
  });

  test.each<[string, string, boolean]>([
    ['of another account', trust({ StringEquals: { 'aws:SourceAccount': stranger } }), false],
    ['of another bucket', trust({ ArnEquals: { 'aws:SourceArn': 'arn:aws:s3:::other' } }), false],
    ['of another service', trust({}, 'ec2.amazonaws.com'), false],
    ['of this account', trust({ StringEquals: { 'aws:SourceAccount': account } }), true],
  ])('is copied by a role %s: %s', async (what, PolicyDocument, expected) => {
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: of.role, PolicyDocument }));
    expect(await written(`trust ${what}`)).toBe(expected);
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: of.role, PolicyDocument: trust() }));
  });

  test('is not copied by a role that is not there', async () => {
    const { from, to } = await copying();
    await put(from, ruleTo(to), `arn:aws:iam::${account}:role/nobody`);
    await s3.send(new PutObjectCommand({ Bucket: from, Key: 'a', Body: 'x' }));
    expect(await isIn(to, 'a')).toBe(false);
  });

  test('is not copied past a boundary of the role', async () => {
    const own = await copying();
    const PolicyDocument = document({ Effect: 'Allow', Action: 's3:Get*', Resource: '*' });
    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName: `boundary-${serial}`, PolicyDocument }),
    );
    await iam.send(
      new PutRolePermissionsBoundaryCommand({ RoleName: own.role, PermissionsBoundary: Policy?.Arn }),
    );
    await s3.send(new PutObjectCommand({ Bucket: own.from, Key: 'a', Body: 'x' }));
    expect(await isIn(own.to, 'a')).toBe(false);
  });

  test.each(['from', 'to'] as const)(
    'is not copied where the policy of the bucket %s denies it',
    async which => {
      const own = await copying();
      const Bucket = own[which];
      const Policy = document({
        Effect: 'Deny',
        Principal: '*',
        Action: ['s3:Replicate*', 's3:GetObjectVersionForReplication'],
        Resource: `${arn(Bucket)}/*`,
      });
      await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
      await s3.send(new PutObjectCommand({ Bucket: own.from, Key: 'a', Body: 'x' }));
      expect(await isIn(own.to, 'a')).toBe(false);
    },
  );

  test.each<[string, object, boolean]>([
    ['do not say whose the bucket is', {}, true],
    ['say so', { StringEquals: { 's3:ResourceAccount': account } }, false],
  ])(
    'goes to whom the name of the copy belongs later, where rights %s: %j: %s',
    async (_, Condition, goes) => {
      const own = await copying();
      const write = {
        Effect: 'Allow',
        Action: 's3:ReplicateObject',
        Resource: `${arn(own.to)}/*`,
        Condition,
      };
      const rest = Object.keys(MAY).filter(action => action !== 's3:ReplicateObject');
      await permit(own, rest, [write]);
      await s3.send(new DeleteBucketCommand({ Bucket: own.to }));
      const thief = new S3Client(bench.clientConfig(stranger));
      await makeBucket(thief, own.to);
      await turnVersioningOn(thief, own.to);
      const Principal = { AWS: `arn:aws:iam::${account}:root` };
      const Policy = document({ ...write, Principal, Condition: {} });
      await thief.send(new PutBucketPolicyCommand({ Bucket: own.to, Policy }));
      await s3.send(new PutObjectCommand({ Bucket: own.from, Key: 'a', Body: 'x' }));
      expect(await isIn(own.to, 'a', thief)).toBe(goes);
      expect(await statusOf(own.from, 'a')).toBe(goes ? 'COMPLETED' : 'FAILED');
    },
  );

  test('is copied only as far as the rule goes', async () => {
    const part = await copying({ Filter: { Prefix: 'in/' } });
    for (const Key of ['in/a', 'out/a'])
      await s3.send(new PutObjectCommand({ Bucket: part.from, Key, Body: 'x' }));
    expect([await isIn(part.to, 'in/a'), await isIn(part.to, 'out/a')]).toEqual([true, false]);
    const off = await copying({ Status: 'Disabled' });
    await s3.send(new PutObjectCommand({ Bucket: off.from, Key: 'a', Body: 'x' }));
    expect(await isIn(off.to, 'a')).toBe(false);
  });
});

describe('what is deleted', () => {
  const markers = async (Bucket: string) =>
    (await s3.send(new ListObjectVersionsCommand({ Bucket }))).DeleteMarkers?.map(one => one.Key) ?? [];

  test('leaves its marker in the copy too, and no deleted version', async () => {
    const { from, to } = await copying();
    for (const Key of ['a', 'b', 'c']) await s3.send(new PutObjectCommand({ Bucket: from, Key, Body: 'x' }));
    const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: from, Prefix: 'c' }));
    await s3.send(new DeleteObjectCommand({ Bucket: from, Key: 'a' }));
    await s3.send(new DeleteObjectsCommand({ Bucket: from, Delete: { Objects: [{ Key: 'b' }] } }));
    await s3.send(new DeleteObjectCommand({ Bucket: from, Key: 'c', VersionId: Versions[0]?.VersionId }));
    expect(await markers(to)).toEqual(['a', 'b']);
    expect([await isIn(to, 'a'), await isIn(to, 'c'), await isIn(from, 'c')]).toEqual([true, true, false]);
  });

  test('leaves none where the rule or the role does not go so far', async () => {
    const silent = await copying({ DeleteMarkerReplication: { Status: 'Disabled' } });
    const weak = await copying();
    await permit(
      weak,
      Object.keys(MAY).filter(action => action !== 's3:ReplicateDelete'),
    );
    for (const { from, to } of [silent, weak]) {
      await s3.send(new PutObjectCommand({ Bucket: from, Key: 'a', Body: 'x' }));
      await s3.send(new DeleteObjectCommand({ Bucket: from, Key: 'a' }));
      expect([await isIn(to, 'a'), await markers(to)]).toEqual([true, []]);
    }
  });
});

describe('what a KMS key encrypts', () => {
  let keyArn: string;
  beforeAll(async () => {
    keyArn = (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
  });

  const use = (action: string, bucket: string, Resource: string) => ({
    Effect: 'Allow',
    Action: action,
    Resource,
    Condition: {
      StringEquals: { 'kms:ViaService': 's3.eu-central-1.amazonaws.com' },
      StringLike: { 'kms:EncryptionContext:aws:s3:arn': [arn(bucket), `${arn(bucket)}/*`] },
    },
  });

  async function encrypted(BucketKeyEnabled: boolean, kmsObjects = true): Promise<Copying> {
    const of = await copying();
    const ApplyServerSideEncryptionByDefault = { SSEAlgorithm: 'aws:kms' as const, KMSMasterKeyID: keyArn };
    const Rules = [{ ApplyServerSideEncryptionByDefault, BucketKeyEnabled }];
    for (const Bucket of [of.from, of.to])
      await s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules } }));
    if (!kmsObjects) return of;
    await put(
      of.from,
      ruleTo(of.to, {
        SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: 'Enabled' } },
        Destination: { Bucket: arn(of.to), EncryptionConfiguration: { ReplicaKmsKeyID: keyArn } },
      }),
      `arn:aws:iam::${account}:role/opta/x/${of.role}`,
    );
    return of;
  }

  async function isCopied(of: Copying): Promise<boolean> {
    await s3.send(new PutObjectCommand({ Bucket: of.from, Key: 'a', Body: 'x' }));
    return isIn(of.to, 'a');
  }

  test.each([true, false])(
    'is copied where the role may decrypt here and encrypt there; bucket key: %s',
    async by => {
      const of = await encrypted(by);
      await permit(of, Object.keys(MAY), [
        use('kms:Decrypt', of.from, keyArn),
        use('kms:Encrypt', of.to, keyArn),
        use('kms:Decrypt', of.to, keyArn),
      ]);
      expect(await isCopied(of)).toBe(true);
      const copied = await s3.send(new HeadObjectCommand({ Bucket: of.to, Key: 'a' }));
      expect(copied).toMatchObject({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: keyArn });
    },
  );

  test('is not copied where the rule does not say so', async () => {
    const of = await encrypted(true, false);
    expect(await isCopied(of)).toBe(false);
  });

  test.each<[string, (of: Copying) => object[]]>([
    ['none', () => []],
    ['to decrypt', of => [use('kms:Encrypt', of.to, keyArn), use('kms:Decrypt', of.to, keyArn)]],
    ['to encrypt', of => [use('kms:Decrypt', of.from, keyArn), use('kms:Decrypt', of.to, keyArn)]],
    [
      'to read the bucket key there',
      of => [use('kms:Decrypt', of.from, keyArn), use('kms:Encrypt', of.to, keyArn)],
    ],
    [
      'for this key',
      of => [
        use('kms:Decrypt', of.from, `${keyArn}2`),
        use('kms:Encrypt', of.to, `${keyArn}2`),
        use('kms:Decrypt', of.to, `${keyArn}2`),
      ],
    ],
    ['for these buckets', () => [use('kms:Decrypt', 'other', keyArn), use('kms:Encrypt', 'other', keyArn)]],
  ])('is not copied where the role has no right %s', async (_, rights) => {
    const of = await encrypted(true);
    await permit(of, Object.keys(MAY), rights(of));
    expect(await isCopied(of)).toBe(false);
  });
});
