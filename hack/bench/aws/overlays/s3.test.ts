import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateKeyCommand, DisableKeyCommand, KMSClient, PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketTaggingCommand,
  DeletePublicAccessBlockCommand,
  GetBucketAbacCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyStatusCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  PutBucketAbacCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketLoggingCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { iamControl } from './iam/propagation.ts';
import { blockPublicPolicies } from './s3-policy.ts';
import { startTestBench, type TestBench } from './testing.ts';

const account = '111122223333';
const stranger = '444455556666';
let bench: TestBench;
let s3: S3Client;
let serial = 0;

beforeAll(async () => {
  bench = await startTestBench();
  s3 = client();
});
afterAll(() => bench.stop());

function client(of = account, region = 'eu-central-1'): S3Client {
  return new S3Client({ ...bench.clientConfig(of), region });
}

async function newBucket(on: S3Client = s3, region: string = 'eu-central-1'): Promise<string> {
  serial += 1;
  const Bucket = `bucket-${serial}`;
  const LocationConstraint = region as BucketLocationConstraint;
  await on.send(
    new CreateBucketCommand({
      Bucket,
      ...(region !== 'us-east-1' && { CreateBucketConfiguration: { LocationConstraint } }),
    }),
  );
  return Bucket;
}

const blocked = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
};
const document = (...Statement: unknown[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const statement = (Bucket: string, more: Record<string, unknown> = {}) => ({
  Effect: 'Allow',
  Principal: '*',
  Action: 's3:GetObject',
  Resource: `arn:aws:s3:::${Bucket}/*`,
  ...more,
});

test('the expected owner is checked on every call', async () => {
  const Bucket = await newBucket();
  const wrong = { Bucket, ExpectedBucketOwner: stranger };
  const Tagging = { TagSet: [] };
  for (const command of [
    new HeadBucketCommand(wrong),
    new GetBucketVersioningCommand(wrong),
    new PutBucketTaggingCommand({ ...wrong, Tagging }),
    new DeleteBucketCommand(wrong),
    new GetPublicAccessBlockCommand(wrong),
    new PutObjectCommand({ ...wrong, Key: 'a', Body: 'b' }),
  ]) {
    const outcome = await s3.send<never, never>(command as never).then(
      () => 200,
      error => error.$metadata.httpStatusCode,
    );
    expect(outcome, command.constructor.name).toBe(403);
  }
  const right = { Bucket, ExpectedBucketOwner: account };
  await s3.send(new HeadBucketCommand(right));
  await s3.send(new DeleteBucketCommand(right));
  await expect(s3.send(new HeadBucketCommand(right))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 404 },
  });
  await expect(s3.send(new GetBucketVersioningCommand(right))).rejects.toMatchObject({
    name: 'NoSuchBucket',
  });
});

test("a stranger's bucket is not ours, whatever we expect", async () => {
  const Bucket = await newBucket(client(stranger));
  const read = (ExpectedBucketOwner: string) =>
    s3.send(new HeadBucketCommand({ Bucket, ExpectedBucketOwner }));
  await expect(read(account)).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
  await expect(read(stranger)).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
});

test('the tags of a bucket are written by another API while ABAC is on', async () => {
  const Bucket = await newBucket();
  const status = async () => (await s3.send(new GetBucketAbacCommand({ Bucket }))).AbacStatus?.Status;
  const tag = () => s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [] } }));
  const turn = (Status: 'Enabled' | 'Disabled') =>
    s3.send(new PutBucketAbacCommand({ Bucket, AbacStatus: { Status } }));
  expect(await status()).toBe('Disabled');
  await turn('Enabled');
  expect(await status()).toBe('Enabled');
  await expect(tag()).rejects.toMatchObject({ name: 'MethodNotAllowed' });
  await expect(s3.send(new DeleteBucketTaggingCommand({ Bucket }))).rejects.toThrow();
  await turn('Disabled');
  await tag();
  await expect(s3.send(new GetBucketAbacCommand({ Bucket: `${Bucket}-not` }))).rejects.toMatchObject({
    name: 'NoSuchBucket',
  });
});

test('a new bucket is closed to the public until its owner says otherwise', async () => {
  const Bucket = await newBucket();
  const read = async () =>
    (await s3.send(new GetPublicAccessBlockCommand({ Bucket }))).PublicAccessBlockConfiguration;
  expect(await read()).toEqual(blocked);
  await s3.send(
    new PutPublicAccessBlockCommand({
      Bucket,
      PublicAccessBlockConfiguration: { ...blocked, BlockPublicPolicy: false },
    }),
  );
  expect(await read()).toEqual({ ...blocked, BlockPublicPolicy: false });
  await s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
  await expect(read()).rejects.toMatchObject({ name: 'NoSuchPublicAccessBlockConfiguration' });
});

test.each([
  ['eu-central-1', undefined, 'IllegalLocationConstraintException'],
  ['eu-central-1', 'eu-west-1', 'IllegalLocationConstraintException'],
  ['eu-central-1', 'eu-central-1', undefined],
  ['us-east-1', undefined, undefined],
  ['us-east-1', 'eu-west-1', undefined],
])('a bucket asked for in %s, to be in %s: %s', async (region, constraint, code) => {
  serial += 1;
  // By hand: the SDK names the region of its client itself.
  const answer = await fetch(`${bench.gateway.url}/bucket-${serial}`, {
    method: 'PUT',
    headers: { authorization: `AWS4-HMAC-SHA256 Credential=${account}/20260101/${region}/s3/aws4_request` },
    ...(constraint !== undefined && {
      body: `<CreateBucketConfiguration><LocationConstraint>${constraint}</LocationConstraint></CreateBucketConfiguration>`,
    }),
  });
  expect(/<Code>(\w+)</.exec(await answer.text())?.[1]).toBe(code);
  expect(answer.status).toBe(code === undefined ? 200 : 400);
});

test('the European Sovereign Cloud takes no tags with a create', async () => {
  const region = 'eusc-de-east-1';
  const east = client(account, region);
  const Bucket = await newBucket(east, region);
  const LocationConstraint = region as BucketLocationConstraint;
  const Tags = [{ Key: 'team', Value: 'orders' }];
  const tagged = new CreateBucketCommand({
    Bucket: `${Bucket}-tagged`,
    CreateBucketConfiguration: { LocationConstraint, Tags },
  });
  await expect(east.send(tagged)).rejects.toMatchObject({ name: 'UnsupportedArgument' });
  await east.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: Tags } }));
});

test('us-east-1 answers a repeated create, and changes nothing', async () => {
  const east = client(account, 'us-east-1');
  const Bucket = await newBucket(east, 'us-east-1');
  await east.send(new DeletePublicAccessBlockCommand({ Bucket }));
  await east.send(new CreateBucketCommand({ Bucket }));
  await expect(east.send(new GetPublicAccessBlockCommand({ Bucket }))).rejects.toMatchObject({
    name: 'NoSuchPublicAccessBlockConfiguration',
  });
});

test('elsewhere a repeated create is refused', async () => {
  const Bucket = await newBucket();
  const again = new CreateBucketCommand({
    Bucket,
    CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' },
  });
  await expect(s3.send(again)).rejects.toMatchObject({ name: 'BucketAlreadyOwnedByYou' });
});

test.each([
  ['eu-central-1', '', 'IllegalLocationConstraintException'],
  ['eu-central-1', 'eu-west-1', 'IllegalLocationConstraintException'],
  ['us-east-1', 'us-east-1', 'InvalidLocationConstraint'],
] as const)('create through %s with location "%s": %s', async (region, location, error) => {
  // By hand: the SDK fills in a location that is left out.
  const constraint = location && `<LocationConstraint>${location}</LocationConstraint>`;
  const answer = await fetch(`${bench.gateway.url}/bucket-nowhere`, {
    method: 'PUT',
    headers: { authorization: `AWS4-HMAC-SHA256 Credential=${account}/20260101/${region}/s3/aws4_request` },
    body: constraint && `<CreateBucketConfiguration>${constraint}</CreateBucketConfiguration>`,
  });
  expect(answer.status).toBe(400);
  expect(await answer.text()).toContain(`<Code>${error}</Code>`);
});

test('a bucket made anew starts anew, whoever makes it', async () => {
  const Bucket = await newBucket();
  await s3.send(new DeleteBucketCommand({ Bucket }));
  const theirs = client(stranger);
  await theirs.send(
    new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' } }),
  );
  const read = new GetPublicAccessBlockCommand({ Bucket, ExpectedBucketOwner: stranger });
  expect((await theirs.send(read)).PublicAccessBlockConfiguration).toEqual(blocked);
});

test('us-east-1 makes buckets everywhere', async () => {
  const Bucket = await newBucket(client(account, 'us-east-1'), 'eu-central-1');
  expect((await s3.send(new GetPublicAccessBlockCommand({ Bucket }))).PublicAccessBlockConfiguration).toEqual(
    blocked,
  );
});

test('a policy that is malformed, or of another bucket, is refused', async () => {
  const Bucket = await newBucket();
  for (const Policy of [
    'x',
    document(statement('other')),
    document({ ...statement(Bucket), Effect: 'Maybe' }),
  ])
    await expect(s3.send(new PutBucketPolicyCommand({ Bucket, Policy }))).rejects.toMatchObject({
      name: 'MalformedPolicy',
    });
  const missing = new PutBucketPolicyCommand({ Bucket: 'not-there', Policy: 'x' });
  await expect(s3.send(missing)).rejects.toMatchObject({ name: 'NoSuchBucket' });
});

test('a public policy needs an open bucket, and is told', async () => {
  const Bucket = await newBucket();
  const status = async () =>
    (await s3.send(new GetBucketPolicyStatusCommand({ Bucket }))).PolicyStatus?.IsPublic;
  const put = (more?: Record<string, unknown>) =>
    s3.send(new PutBucketPolicyCommand({ Bucket, Policy: document(statement(Bucket, more)) }));
  await expect(status()).rejects.toMatchObject({ name: 'NoSuchBucketPolicy' });
  await expect(put()).rejects.toMatchObject({ name: 'AccessDenied' });
  await put({ Condition: { StringEquals: { 'aws:SourceAccount': account } } });
  expect(await status()).toBe(false);
  await put({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } });
  expect(await status()).toBe(false);
  await s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
  await put();
  expect(await status()).toBe(true);
});

test('a public policy needs an account that allows it, whatever the bucket says', async () => {
  const Bucket = await newBucket();
  await s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
  const put = (more?: Record<string, unknown>) =>
    s3.send(new PutBucketPolicyCommand({ Bucket, Policy: document(statement(Bucket, more)) }));
  blockPublicPolicies(bench.gateway.bench, account);
  await expect(put()).rejects.toMatchObject({
    name: 'AccessDenied',
    message: expect.stringContaining('public policies are prevented by the BlockPublicPolicy setting'),
  });
  await put({ Condition: { StringEquals: { 'aws:SourceAccount': account } } });
  blockPublicPolicies(bench.gateway.bench, account, false);
  await put();
});

test('the log target must be there and admit the logging service', async () => {
  const Bucket = await newBucket();
  const TargetBucket = await newBucket();
  const put = (target: string) =>
    s3.send(
      new PutBucketLoggingCommand({
        Bucket,
        BucketLoggingStatus: { LoggingEnabled: { TargetBucket: target, TargetPrefix: 'logs/' } },
      }),
    );
  await expect(put('not-there')).rejects.toMatchObject({ name: 'InvalidTargetBucketForLogging' });
  await expect(put(TargetBucket)).rejects.toMatchObject({ name: 'InvalidTargetBucketForLogging' });
  const admit = (SourceArn: string) => ({
    Action: 's3:PutObject',
    Principal: { Service: 'logging.s3.amazonaws.com' },
    Resource: `arn:aws:s3:::${TargetBucket}/logs/*`,
    Condition: { ArnLike: { 'aws:SourceArn': SourceArn }, StringEquals: { 'aws:SourceAccount': account } },
  });
  const allow = (SourceArn: string) =>
    s3.send(
      new PutBucketPolicyCommand({
        Bucket: TargetBucket,
        Policy: document(statement(TargetBucket, admit(SourceArn))),
      }),
    );
  await allow('arn:aws:s3:::another');
  await expect(put(TargetBucket)).rejects.toMatchObject({ name: 'InvalidTargetBucketForLogging' });
  await allow(`arn:aws:s3:::${Bucket}`);
  await put(TargetBucket);
  await s3.send(new PutBucketLoggingCommand({ Bucket, BucketLoggingStatus: {} }));
});

test('the least size for transitions is kept', async () => {
  const Bucket = await newBucket();
  const Rules = [{ ID: 'a', Status: 'Enabled' as const, Filter: { Prefix: '' }, Expiration: { Days: 9 } }];
  const put = (TransitionDefaultMinimumObjectSize?: 'varies_by_storage_class') =>
    s3.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket,
        LifecycleConfiguration: { Rules },
        ...(TransitionDefaultMinimumObjectSize && { TransitionDefaultMinimumObjectSize }),
      }),
    );
  const read = async () =>
    (await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket })))
      .TransitionDefaultMinimumObjectSize;
  await put('varies_by_storage_class');
  expect(await read()).toBe('varies_by_storage_class');
  await put();
  expect(await read()).toBe('all_storage_classes_128K');
});

test('a rule cannot expire by days and remove markers at once', async () => {
  const Bucket = await newBucket();
  const Expiration = { Days: 9, ExpiredObjectDeleteMarker: true };
  const Rules = [{ ID: 'a', Status: 'Enabled' as const, Filter: { Prefix: '' }, Expiration }];
  const put = new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } });
  await expect(s3.send(put)).rejects.toMatchObject({ name: 'MalformedXML' });
});

test('lifecycle rules are read as they were written, with all of their filters', async () => {
  const Bucket = await newBucket();
  const Expiration = { Days: 9 };
  const Status = 'Enabled' as const;
  const Rules = [
    { ID: 'old form', Status, Prefix: 'tmp/', Expiration },
    { ID: 'size', Status, Filter: { ObjectSizeGreaterThan: 7 }, Expiration },
    { Status, Filter: { And: { Prefix: 'a/', Tags: [{ Key: 'b', Value: 'c' }] } }, Expiration },
  ];
  await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }));
  const read = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
  expect(read.Rules).toEqual([Rules[0], Rules[1], { ...Rules[2], ID: expect.stringMatching(/^\S+$/) }]);
});

test('an object is encrypted only with a key that its writer may use', async () => {
  const kms = new KMSClient(bench.clientConfig(account));
  const KeyId = (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
  const Bucket = await newBucket();
  const ApplyServerSideEncryptionByDefault = { SSEAlgorithm: 'aws:kms' as const, KMSMasterKeyID: KeyId };
  const Rules = [{ ApplyServerSideEncryptionByDefault }];
  await s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules } }));
  const put = () => s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'b' }));
  await put();
  const elsewhere = { Effect: 'Allow', Principal: { AWS: stranger }, Action: 'kms:*', Resource: '*' };
  const own = { ...elsewhere, Principal: { AWS: account }, Action: 'kms:DisableKey' };
  const Policy = document(elsewhere, own);
  await kms.send(new PutKeyPolicyCommand({ KeyId, Policy, BypassPolicyLockoutSafetyCheck: true }));
  await expect(put()).rejects.toMatchObject({ name: 'AccessDenied' });
  await kms.send(new DisableKeyCommand({ KeyId }));
  await expect(put()).rejects.toMatchObject({ name: 'KMS.DisabledException' });
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'b', ServerSideEncryption: 'AES256' }));
});

test('a policy that names a role is refused until IAM has spread the role', async () => {
  const Bucket = await newBucket();
  const { settings } = iamControl(bench.gateway);
  settings.rolePropagation = 10_000;
  try {
    const iam = new IAMClient(bench.clientConfig(account));
    const trust = { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' };
    const made = new CreateRoleCommand({ RoleName: 'fresh', AssumeRolePolicyDocument: document(trust) });
    const AWS = (await iam.send(made)).Role?.Arn;
    const Resource = `arn:aws:s3:::${Bucket}/*`;
    const Policy = document({ Effect: 'Allow', Principal: { AWS }, Action: 's3:GetObject', Resource });
    const put = () => s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    const refusal = {
      name: 'MalformedPolicy',
      message: 'Invalid principal in policy',
      Detail: `"AWS" : "${AWS}"`,
    };
    await expect(put()).rejects.toMatchObject(refusal);
    bench.gateway.advanceClock(10);
    await put();
  } finally {
    settings.rolePropagation = 0;
  }
});
