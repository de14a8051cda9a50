import * as acm from '@aws-sdk/client-acm';
import * as logs from '@aws-sdk/client-cloudwatch-logs';
import * as ec2 from '@aws-sdk/client-ec2';
import * as elb from '@aws-sdk/client-elastic-load-balancing';
import * as elbv2 from '@aws-sdk/client-elastic-load-balancing-v2';
import * as elasticache from '@aws-sdk/client-elasticache';
import * as iam from '@aws-sdk/client-iam';
import * as kms from '@aws-sdk/client-kms';
import * as rds from '@aws-sdk/client-rds';
import * as tagging from '@aws-sdk/client-resource-groups-tagging-api';
import * as route53 from '@aws-sdk/client-route-53';
import * as s3 from '@aws-sdk/client-s3';
import * as sns from '@aws-sdk/client-sns';
import * as sqs from '@aws-sdk/client-sqs';
import * as sts from '@aws-sdk/client-sts';
import { describe, expect, test } from 'vitest';
import { createAccounts } from './accounts.ts';
import { createCall } from './call.ts';
import { isMutating, SERVICES } from './operations.ts';
import type { Call } from './overlay.ts';

interface Sent {
  method: string;
  path: string;
  query: Record<string, string | string[] | null>;
  headers: Record<string, string>;
  body?: unknown;
}

interface Sender {
  send(command: unknown): Promise<unknown>;
}

/** Lets the SDK write its request, signature and all, and identifies that. */
async function identified(make: (configuration: object) => Sender, command: unknown): Promise<Call> {
  let sent: Sent | undefined;
  const requestHandler = {
    handle: (request: Sent) => {
      sent = request;
      throw new Error('captured');
    },
  };
  const client = make({
    endpoint: 'http://127.0.0.1:1',
    region: 'eu-west-3',
    credentials: { accessKeyId: '222222222222', secretAccessKey: 'none' },
    forcePathStyle: true,
    maxAttempts: 1,
    requestHandler,
  });
  const failure = await client.send(command).catch((error: unknown) => error);
  if (sent === undefined) throw failure;
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(sent.query)) query.set(name, String(value ?? ''));
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(sent.headers)) headers[name.toLowerCase()] = value;
  const body = typeof sent.body === 'string' || sent.body instanceof Uint8Array ? sent.body : '';
  return createCall(
    1,
    { method: sent.method, path: sent.path, query, headers },
    Buffer.from(body),
    createAccounts(),
  );
}

interface CommandConstructor {
  new (input: object): unknown;
}

function commandsOf(module: Record<string, unknown>): [string, CommandConstructor][] {
  return Object.entries(module).flatMap(([name, value]): [string, CommandConstructor][] =>
    /^[A-Z]\w+Command$/.test(name) ? [[name.slice(0, -'Command'.length), value as CommandConstructor]] : [],
  );
}

/** Whatever an operation may require; what it does not know, the SDK leaves out. */
const ANY_INPUT = {
  Bucket: 'my-bucket',
  Key: 'folder/my key',
  Id: 'one',
  UploadId: 'upload',
  PartNumber: 1,
  CopySource: 'other/key',
  RenameSource: 'other',
  AnnotationName: 'note',
  RequestRoute: 'route',
  RequestToken: 'token',
  Delete: { Objects: [{ Key: 'a' }] },
  QueueUrl: 'http://127.0.0.1:1/123456789012/my-queue',
  QueueName: 'my-queue',
  MessageBody: 'text',
  TaskHandle: 'task',
  TopicArn: 'arn:aws:sns:eu-west-3:222222222222:my-topic',
  KeyId: 'my-key',
};

const MODULES: [string, Record<string, unknown>, (configuration: object) => Sender][] = [
  ['s3', s3, configuration => new s3.S3Client(configuration)],
  ['sqs', sqs, configuration => new sqs.SQSClient(configuration)],
  ['sns', sns, configuration => new sns.SNSClient(configuration)],
  ['kms', kms, configuration => new kms.KMSClient(configuration)],
  ['sts', sts, configuration => new sts.STSClient(configuration)],
  ['ec2', ec2, configuration => new ec2.EC2Client(configuration)],
  ['tagging', tagging, configuration => new tagging.ResourceGroupsTaggingAPIClient(configuration)],
];

/** Go to a host of their own (Object Lambda) or first ask for a session (directory buckets). */
const OTHER_ENDPOINT = new Set(['WriteGetObjectResponse', 'ListDirectoryBuckets']);

/** Their tables hold what the emulator serves; every other operation is a 501. */
const LISTS_SERVED_ONLY = new Set(['ec2']);

describe.each(MODULES)('%s', (service, module, make) => {
  const commands = commandsOf(module).filter(([operation]) => !OTHER_ENDPOINT.has(operation));

  test.each(commands)('%s', async (operation, Command) => {
    const call = await identified(make, new Command(ANY_INPUT));
    expect(call).toMatchObject({ service, operation });
    expect(SERVICES.get(service)?.operations.has(operation) || LISTS_SERVED_ONLY.has(service)).toBe(true);
  });

  test('the routing table names no operation that the SDK lacks', () => {
    const known = new Set(commandsOf(module).map(([operation]) => operation));
    expect(
      [...(SERVICES.get(service)?.operations.keys() ?? [])].filter(operation => !known.has(operation)),
    ).toEqual([]);
  });
});

describe.each<[string, Record<string, unknown>]>([
  ['iam', iam],
  ['acm', acm],
  ['logs', logs],
  ['elasticloadbalancing', { ...elb, ...elbv2 }],
  ['rds', rds],
  ['elasticache', elasticache],
  ['route53', route53],
])('%s', (service, module) => {
  test('the routing table names no operation that the SDK lacks', () => {
    const known = new Set(commandsOf(module).map(([operation]) => operation));
    const named = [...(SERVICES.get(service)?.operations.keys() ?? [])];
    expect(named.filter(operation => !known.has(operation))).toEqual([]);
  });
});

const ROUTE53_INPUT = {
  Id: '/hostedzone/Z1',
  HostedZoneId: '/hostedzone/Z1',
  Name: 'example.com',
  CallerReference: 'one',
  ChangeBatch: { Changes: [] },
  ResourceType: 'hostedzone',
  ResourceId: 'Z1',
  ResourceIds: ['Z1'],
  VPC: { VPCId: 'vpc-1', VPCRegion: 'eu-west-3' },
};
const route53Commands = commandsOf(route53).filter(([operation]) =>
  SERVICES.get('route53')?.operations.has(operation),
);

test.each(route53Commands)('route53 %s', async (operation, Command) => {
  const call = await identified(
    configuration => new route53.Route53Client(configuration),
    new Command(ROUTE53_INPUT),
  );
  expect(call).toMatchObject({ service: 'route53', operation });
});

const topic = 'arn:aws:sns:eu-west-3:222222222222:orders';
const key = 'arn:aws:kms:eu-west-3:222222222222:key/1-2';

test.each<[string, string, (configuration: object) => Sender, unknown]>([
  ['bucket', 'data', c => new s3.S3Client(c), new s3.GetBucketPolicyCommand({ Bucket: 'data' })],
  [
    'bucket of an object',
    'data',
    c => new s3.S3Client(c),
    new s3.GetObjectCommand({ Bucket: 'data', Key: 'a/b' }),
  ],
  ['new queue', 'jobs', c => new sqs.SQSClient(c), new sqs.CreateQueueCommand({ QueueName: 'jobs' })],
  [
    'queue by URL',
    'jobs',
    c => new sqs.SQSClient(c),
    new sqs.DeleteQueueCommand({ QueueUrl: 'http://h/1/jobs' }),
  ],
  ['new topic', 'orders', c => new sns.SNSClient(c), new sns.CreateTopicCommand({ Name: 'orders' })],
  ['topic by ARN', topic, c => new sns.SNSClient(c), new sns.GetTopicAttributesCommand({ TopicArn: topic })],
  [
    'tagged topic',
    topic,
    c => new sns.SNSClient(c),
    new sns.ListTagsForResourceCommand({ ResourceArn: topic }),
  ],
  ['key', key, c => new kms.KMSClient(c), new kms.DescribeKeyCommand({ KeyId: key })],
  [
    'alias before its key',
    'alias/a',
    c => new kms.KMSClient(c),
    new kms.CreateAliasCommand({ AliasName: 'alias/a', TargetKeyId: '1-2' }),
  ],
  [
    'hosted zone',
    'Z1',
    c => new route53.Route53Client(c),
    new route53.ListResourceRecordSetsCommand({ HostedZoneId: '/hostedzone/Z1' }),
  ],
  [
    'tagged hosted zone',
    'Z1',
    c => new route53.Route53Client(c),
    new route53.ListTagsForResourceCommand({ ResourceType: 'hostedzone', ResourceId: 'Z1' }),
  ],
  ['role', 'nodes', c => new iam.IAMClient(c), new iam.GetRoleCommand({ RoleName: 'nodes' })],
  [
    'group of a subnet group',
    'private',
    c => new rds.RDSClient(c),
    new rds.DescribeDBSubnetGroupsCommand({ DBSubnetGroupName: 'private' }),
  ],
  ...(
    [
      ['VPC', 'vpc-1', new ec2.DeleteVpcCommand({ VpcId: 'vpc-1' })],
      ['listed VPC', 'vpc-1', new ec2.DescribeVpcsCommand({ VpcIds: ['vpc-1', 'vpc-2'] })],
      ['search for VPCs', '', new ec2.DescribeVpcsCommand({ Filters: [{ Name: 'tag-key', Values: ['a'] }] })],
      ['new subnet', '', new ec2.CreateSubnetCommand({ VpcId: 'vpc-1', CidrBlock: '10.0.0.0/24' })],
      ['new NAT gateway', '', new ec2.CreateNatGatewayCommand({ SubnetId: 's', AllocationId: 'eipalloc-1' })],
      ['NAT gateway', 'nat-1', new ec2.DeleteNatGatewayCommand({ NatGatewayId: 'nat-1' })],
      [
        'route table of a route',
        'rtb-1',
        new ec2.CreateRouteCommand({ RouteTableId: 'rtb-1', GatewayId: 'igw-1' }),
      ],
      [
        'gateway to attach',
        'igw-1',
        new ec2.AttachInternetGatewayCommand({ InternetGatewayId: 'igw-1', VpcId: 'v' }),
      ],
      [
        'new group',
        'db',
        new ec2.CreateSecurityGroupCommand({ GroupName: 'db', Description: 'd', VpcId: 'v' }),
      ],
      ['group of a rule', 'sg-1', new ec2.AuthorizeSecurityGroupIngressCommand({ GroupId: 'sg-1' })],
      ['tagged resource', 'nat-1', new ec2.CreateTagsCommand({ Resources: ['nat-1'], Tags: [] })],
      [
        'new template',
        'nodes',
        new ec2.CreateLaunchTemplateCommand({ LaunchTemplateName: 'nodes', LaunchTemplateData: {} }),
      ],
    ] as const
  ).map(([what, resource, command]): [string, string, (configuration: object) => Sender, unknown] => [
    what,
    resource,
    configuration => new ec2.EC2Client(configuration),
    command,
  ]),
])('resource: %s', async (_, resource, make, command) => {
  expect(await identified(make, command)).toMatchObject({
    resource,
    region: 'eu-west-3',
    accountId: '222222222222',
    accessKeyId: '222222222222',
    callerArn: 'arn:aws:iam::222222222222:root',
  });
});

function bare(method: string, url: string, headers: Record<string, string> = {}, body = ''): Call {
  const [path = '/', search = ''] = url.split('?');
  const request = { method, path, query: new URLSearchParams(search), headers };
  return createCall(1, request, Buffer.from(body), createAccounts());
}

const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };

test('unsigned AssumeRoleWithWebIdentity is of STS, by the version of its API', () => {
  const body =
    'Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A2%3Arole%2Fr';
  expect(bare('POST', '/', form, body)).toMatchObject({
    service: 'sts',
    operation: 'AssumeRoleWithWebIdentity',
    resource: 'arn:aws:iam::2:role/r',
    accountId: '123456789012',
    accessKeyId: '',
    callerArn: '',
  });
});

test('an anonymous GET of a path is GetObject', () => {
  expect(bare('GET', '/data/a/b.txt')).toMatchObject({
    service: 's3',
    operation: 'GetObject',
    resource: 'data',
  });
});

test('a presigned URL is signed', () => {
  const call = bare(
    'GET',
    '/data/a?X-Amz-Credential=333333333333%2F20260101%2Feu-west-1%2Fs3%2Faws4_request',
  );
  expect(call).toMatchObject({ operation: 'GetObject', accountId: '333333333333', region: 'eu-west-1' });
});

test.each([
  ['DELETE', '/data?nonsense'],
  ['DELETE', '/data?policy&tagging'],
  ['DELETE', '/data?uploadId=1'],
  ['DELETE', '/data?id=1'],
  ['DELETE', '/data?policyStatus'],
  ['DELETE', '/data?x-id=DeleteBucketSomething'],
  ['PUT', '/data?versions'],
  ['PUT', '/data?prefix=a'],
  ['DELETE', '/'],
  ['POST', '/data'],
  ['DELETE', '/data/key?nonsense'],
])('%s %s is no operation of S3', (method, url) => {
  expect(bare(method, url)).toMatchObject({ service: 's3', operation: 'Unknown' });
});

test.each([
  ['s3', 'GetBucketPolicyStatus', false],
  ['s3', 'PutPublicAccessBlock', true],
  ['sqs', 'GetQueueUrl', false],
  ['sqs', 'SendMessage', true],
  ['sns', 'Subscribe', true],
  ['kms', 'Encrypt', false],
  ['kms', 'EnableKeyRotation', true],
  ['sts', 'AssumeRole', false],
  ['ec2', 'DescribeVpcs', false],
  ['ec2', 'CreateVpc', true],
  ['route53', 'ListHostedZonesByName', false],
  ['route53', 'ChangeTagsForResource', true],
  ['logs', 'AssociateKmsKey', true],
  ['rds', 'CreateDBSubnetGroup', true],
])('%s:%s changes something: %s', (service, operation, mutating) => {
  expect(isMutating(service, operation)).toBe(mutating);
});
