import { DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  GetResourcesCommand,
  ResourceGroupsTaggingAPIClient,
} from '@aws-sdk/client-resource-groups-tagging-api';
import { GetBucketPolicyCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { GetTopicAttributesCommand, SNSClient } from '@aws-sdk/client-sns';
import { GetQueueUrlCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Gateway, startGateway } from './gateway.ts';
import type { AwsError, Overlay } from './overlay.ts';

let error: AwsError;
let success: Record<string, unknown> | string | undefined;
let gateway: Gateway;

const answersAll: Overlay[] = ['s3', 'sqs', 'sns', 'kms', 'sts', 'tagging', 'ec2'].map(service => ({
  service,
  operation: /./,
  source: 'none: answers as the test says',
  before: (call, bench) => (success === undefined ? bench.error(call, error) : bench.success(call, success)),
}));

beforeAll(async () => {
  gateway = await startGateway({ upstreams: { ministack: 'http://127.0.0.1:1' }, overlays: answersAll });
});
beforeEach(() => {
  success = undefined;
});
afterAll(() => gateway.stop());

function configuration() {
  return {
    endpoint: gateway.url,
    region: 'eu-west-1',
    credentials: { accessKeyId: '123456789012', secretAccessKey: 'none' },
    forcePathStyle: true,
    maxAttempts: 1,
  };
}

const calls: Record<string, () => Promise<unknown>> = {
  s3: () => new S3Client(configuration()).send(new GetBucketPolicyCommand({ Bucket: 'b' })),
  's3 HEAD': () => new S3Client(configuration()).send(new HeadBucketCommand({ Bucket: 'b' })),
  sqs: () => new SQSClient(configuration()).send(new GetQueueUrlCommand({ QueueName: 'q' })),
  sns: () =>
    new SNSClient(configuration()).send(new GetTopicAttributesCommand({ TopicArn: 'arn:aws:sns:r:1:t' })),
  kms: () => new KMSClient(configuration()).send(new DescribeKeyCommand({ KeyId: 'k' })),
  ec2: () => new EC2Client(configuration()).send(new DescribeVpcsCommand({})),
  sts: () => new STSClient(configuration()).send(new GetCallerIdentityCommand({})),
  tagging: () => new ResourceGroupsTaggingAPIClient(configuration()).send(new GetResourcesCommand({})),
};

const message = 'It is <not> there & "never" was';

test.each([
  ['s3', 404, 'NoSuchBucket', 'NoSuchBucket'],
  ['s3', 404, 'NoSuchBucketPolicy', 'NoSuchBucketPolicy'],
  ['s3', 403, 'AccessDenied', 'AccessDenied'],
  ['s3', 503, 'SlowDown', 'SlowDown'],
  ['sqs', 400, 'QueueDoesNotExist', 'QueueDoesNotExist'],
  ['sqs', 400, 'QueueDeletedRecently', 'QueueDeletedRecently'],
  ['sqs', 400, 'QueueNameExists', 'QueueNameExists'],
  ['sqs', 400, 'KmsInvalidState', 'KmsInvalidState'],
  ['sqs', 400, 'InvalidAttributeValue', 'InvalidAttributeValue'],
  ['sqs', 403, 'AccessDeniedException', 'AccessDenied'],
  ['sns', 404, 'NotFoundException', 'NotFoundException'],
  ['sns', 404, 'ResourceNotFoundException', 'ResourceNotFoundException'],
  ['sns', 400, 'InvalidParameterException', 'InvalidParameterException'],
  ['sns', 400, 'InvalidParameterValueException', 'InvalidParameterValueException'],
  ['sns', 403, 'AuthorizationErrorException', 'AuthorizationErrorException'],
  ['sns', 400, 'KMSOptInRequired', 'KMSOptInRequired'],
  ['kms', 400, 'NotFoundException', 'NotFoundException'],
  ['kms', 400, 'KMSInvalidStateException', 'KMSInvalidStateException'],
  ['kms', 400, 'MalformedPolicyDocumentException', 'MalformedPolicyDocumentException'],
  ['sts', 403, 'AccessDenied', 'AccessDenied'],
  ['sts', 400, 'MalformedPolicyDocumentException', 'MalformedPolicyDocumentException'],
  ['sts', 400, 'InvalidIdentityTokenException', 'InvalidIdentityTokenException'],
  ['sts', 400, 'ExpiredTokenException', 'ExpiredTokenException'],
  ['ec2', 400, 'InvalidVpcID.NotFound', 'InvalidVpcID.NotFound'],
  ['ec2', 403, 'UnauthorizedOperation', 'UnauthorizedOperation'],
  ['ec2', 503, 'RequestLimitExceeded', 'RequestLimitExceeded'],
  ['tagging', 400, 'InvalidParameterException', 'InvalidParameterException'],
  ['tagging', 400, 'ThrottledException', 'ThrottledException'],
])('%s %i %s is named so by the SDK', async (service, status, code, name) => {
  error = { status, code, message };
  await expect(calls[service]?.()).rejects.toMatchObject({
    name,
    message,
    $metadata: { httpStatusCode: status },
  });
  expect(gateway.journal.at(-1)).toMatchObject({ status, errorCode: expect.any(String) });
});

test('S3 answers a HEAD with the status alone', async () => {
  error = { status: 404, code: 'NoSuchBucket', message };
  await expect(calls['s3 HEAD']?.()).rejects.toMatchObject({ name: 'NotFound' });
});

test('SQS still tells the code of its query protocol', async () => {
  error = { status: 400, code: 'QueueDoesNotExist', message };
  await expect(calls.sqs?.()).rejects.toMatchObject({
    Error: { Code: 'AWS.SimpleQueueService.NonExistentQueue', Type: 'Sender' },
  });
});

test('further fields of an error reach the client', async () => {
  error = { status: 301, code: 'PermanentRedirect', message, fields: { BucketName: 'b' } };
  await expect(calls.s3?.()).rejects.toMatchObject({ BucketName: 'b' });
});

test.each([
  ['s3', '{"Version":"2012-10-17"}', { Policy: '{"Version":"2012-10-17"}' }],
  ['sqs', { QueueUrl: 'http://q' }, { QueueUrl: 'http://q' }],
  [
    'sns',
    '<Attributes><entry><key>Owner</key><value>1</value></entry></Attributes>',
    { Attributes: { Owner: '1' } },
  ],
  ['kms', { KeyMetadata: { KeyId: 'k' } }, { KeyMetadata: { KeyId: 'k' } }],
  [
    'ec2',
    '<vpcSet><item><vpcId>vpc-1</vpcId></item></vpcSet>',
    { Vpcs: [expect.objectContaining({ VpcId: 'vpc-1' })] },
  ],
  ['sts', '<Account>123456789012</Account>', { Account: '123456789012' }],
])('%s success', async (service, output, expected) => {
  success = output;
  await expect(calls[service]?.()).resolves.toMatchObject(expected);
});

test('an overlay that fails is a 501 that names it, and is not asked again', async () => {
  const failing: Overlay = {
    service: 'sqs',
    operation: 'ListQueues',
    source: 'none',
    before: () => {
      throw new Error('mistake in the overlay');
    },
  };
  const other = await startGateway({ upstreams: { ministack: 'http://127.0.0.1:1' }, overlays: [failing] });
  const client = new SQSClient({ ...configuration(), endpoint: other.url, maxAttempts: 3 });
  await expect(client.send(new ListQueuesCommand({}))).rejects.toMatchObject({
    name: 'BenchFailed',
    message: expect.stringContaining('mistake in the overlay'),
  });
  expect(other.journal).toHaveLength(1);
  await other.stop();
});
