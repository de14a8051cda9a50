import {
  CreateAliasCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  KMSClient,
  PutKeyPolicyCommand,
  TagResourceCommand,
} from '@aws-sdk/client-kms';
import {
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  GetBucketTaggingCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  CreateTopicCommand,
  GetTopicAttributesCommand,
  SetTopicAttributesCommand,
  SNSClient,
} from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  SetQueueAttributesCommand,
  SQSClient,
  TagQueueCommand,
} from '@aws-sdk/client-sqs';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { registerRole } from './index.ts';
import { keysOf, startTestBench, type TestBench } from './testing.ts';

const account = '111122223333';
const RoleArn = `arn:aws:iam::${account}:role/operator`;
let bench: TestBench;
let asRoot: ReturnType<TestBench['clientConfig']>;
let asRole: ReturnType<TestBench['clientConfig']>;
beforeAll(async () => {
  bench = await startTestBench();
  registerRole(bench.gateway, { arn: '*' });
  asRoot = bench.clientConfig(account);
  const assumed = await new STSClient(asRoot).send(
    new AssumeRoleCommand({ RoleArn, RoleSessionName: 'test' }),
  );
  asRole = bench.clientConfig(account, keysOf(assumed));
});
afterAll(() => bench.stop());

function policy(...statements: object[]): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map(one => ({ Principal: '*', Resource: '*', ...one })),
  });
}
const deny = (Action: string, Resource = '*') => ({ Effect: 'Deny', Action, Resource });

test('a bucket policy denies the account itself, and its root user never the policy', async () => {
  const [root, role] = [
    new S3Client({ ...asRoot, forcePathStyle: true }),
    new S3Client({ ...asRole, forcePathStyle: true }),
  ];
  const Bucket = 'own-policies';
  const CreateBucketConfiguration = { LocationConstraint: 'eu-central-1' } as const;
  await role.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
  const put = (key: string) => role.send(new PutObjectCommand({ Bucket, Key: key, Body: 'x' }));
  const denies = policy(
    deny('s3:PutBucketVersioning', `arn:aws:s3:::${Bucket}`),
    deny('s3:*BucketPolicy', `arn:aws:s3:::${Bucket}`),
    deny('s3:PutObject', `arn:aws:s3:::${Bucket}/secret/*`),
    { ...deny('s3:*', `arn:aws:s3:::${Bucket}`), Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
  );
  await role.send(new PutBucketPolicyCommand({ Bucket, Policy: denies }));
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  const version = () => role.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  await expect(version()).rejects.toMatchObject({ name: 'AccessDenied' });
  await expect(put('secret/a')).rejects.toMatchObject({ name: 'AccessDenied' });
  await put('open/a');
  await expect(role.send(new GetBucketTaggingCommand({ Bucket }))).rejects.toMatchObject({
    name: 'NoSuchTagSet',
  });
  const unlock = (s3: S3Client) => s3.send(new DeleteBucketPolicyCommand({ Bucket }));
  await expect(unlock(role)).rejects.toMatchObject({ name: 'AccessDenied' });
  await unlock(root);
  await version();
});

test('a queue policy denies the account itself', async () => {
  const [root, role] = [new SQSClient(asRoot), new SQSClient(asRole)];
  const { QueueUrl } = await role.send(new CreateQueueCommand({ QueueName: 'own' }));
  const arn = `arn:aws:sqs:eu-central-1:${account}:own`;
  const Attributes = { Policy: policy(deny('sqs:TagQueue', arn), deny('sqs:SetQueueAttributes', arn)) };
  const set = (sqs: SQSClient, attributes: Record<string, string>) =>
    sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: attributes }));
  await set(role, Attributes);
  const tag = () => role.send(new TagQueueCommand({ QueueUrl, Tags: { a: 'b' } }));
  await expect(tag()).rejects.toMatchObject({ name: expect.stringMatching(/^AccessDenied/) });
  await expect(set(role, { Policy: '' })).rejects.toMatchObject({
    name: expect.stringMatching(/^AccessDenied/),
  });
  await set(root, { Policy: '' });
  await tag();
  await role.send(new DeleteQueueCommand({ QueueUrl }));
});

test('a topic policy denies the account itself', async () => {
  const sns = new SNSClient(asRole);
  const TopicArn = `arn:aws:sns:eu-central-1:${account}:own`;
  const Policy = policy(deny('sns:SetTopicAttributes', TopicArn));
  await sns.send(new CreateTopicCommand({ Name: 'own', Attributes: { Policy } }));
  const set = new SetTopicAttributesCommand({ TopicArn, AttributeName: 'DisplayName', AttributeValue: 'x' });
  await expect(sns.send(set)).rejects.toMatchObject({ name: 'AuthorizationErrorException' });
  await sns.send(new GetTopicAttributesCommand({ TopicArn }));
});

test('a key is closed to whom its policy does not let in', async () => {
  const kms = new KMSClient(asRole);
  const own = {
    Effect: 'Allow',
    Principal: { AWS: RoleArn },
    Action: ['kms:PutKeyPolicy', 'kms:DescribeKey'],
  };
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Policy: policy(own) }));
  const KeyId = KeyMetadata?.KeyId ?? '';
  const tag = () => kms.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'a', TagValue: 'b' }] }));
  const alias = () => kms.send(new CreateAliasCommand({ AliasName: 'alias/own', TargetKeyId: KeyId }));
  for (const call of [tag, alias])
    await expect(call()).rejects.toMatchObject({ name: 'AccessDeniedException' });
  await kms.send(new DescribeKeyCommand({ KeyId }));
  const root = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*' };
  await kms.send(new PutKeyPolicyCommand({ KeyId, Policy: policy(root) }));
  await tag();
  await alias();
  await kms.send(new PutKeyPolicyCommand({ KeyId, Policy: policy(root, deny('kms:TagResource')) }));
  await expect(tag()).rejects.toMatchObject({ name: 'AccessDeniedException' });
});
