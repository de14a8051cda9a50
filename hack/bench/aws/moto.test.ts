import {
  CreateTagsCommand,
  CreateVpcCommand,
  DescribeImageAttributeCommand,
  DescribeVpcsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Emulators, startEmulators } from './emulators.ts';
import { type Gateway, startGateway } from './gateway.ts';

const REGION = 'eu-central-1';

let emulators: Emulators;
let gateway: Gateway;

beforeAll(async () => {
  emulators = await startEmulators({ log: console.log });
  gateway = await startGateway({ upstreams: emulators.upstreams });
});
beforeEach(() => gateway.reset());
afterAll(async () => {
  await gateway.stop();
  await emulators.stop();
});

function configuration(
  credentials: { accessKeyId: string; secretAccessKey: string } = {
    accessKeyId: 'AKIDUMMY',
    secretAccessKey: 'none',
  },
) {
  return { endpoint: gateway.url, region: REGION, credentials, maxAttempts: 3 };
}

function authorization(service: string, accessKeyId = 'AKIDUMMY'): string {
  return `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20260101/us-east-1/${service}/aws4_request`;
}

/** A form call as the SDK of a query service sends it; its client is no dependency of this test. */
async function form(service: string, fields: Record<string, string>): Promise<[number, string]> {
  const body = new URLSearchParams(fields);
  const answer = await fetch(gateway.url, {
    method: 'POST',
    headers: { authorization: authorization(service) },
    body,
  });
  return [answer.status, await answer.text()];
}

const iam = (fields: Record<string, string>) => form('iam', { Version: '2010-05-08', ...fields });

async function acm(operation: string, input: object): Promise<[number, Record<string, unknown>]> {
  const answer = await fetch(gateway.url, {
    method: 'POST',
    headers: {
      authorization: authorization('acm'),
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `CertificateManager.${operation}`,
    },
    body: JSON.stringify(input),
  });
  return [answer.status, (await answer.json()) as Record<string, unknown>];
}

const CIDRS = async (client: EC2Client) =>
  ((await client.send(new DescribeVpcsCommand({}))).Vpcs ?? [])
    .filter(vpc => vpc.IsDefault !== true)
    .map(vpc => vpc.CidrBlock);

test('EC2: calls, tags and refusals are written down', async () => {
  const ec2 = new EC2Client(configuration());
  const Tags = [{ Key: 'team', Value: 'a & b' }];
  const { Vpc } = await ec2.send(
    new CreateVpcCommand({ CidrBlock: '10.0.0.0/16', TagSpecifications: [{ ResourceType: 'vpc', Tags }] }),
  );
  const VpcId = Vpc?.VpcId ?? '';
  await ec2.send(new CreateTagsCommand({ Resources: [VpcId], Tags }));
  const absent = ec2.send(new DescribeVpcsCommand({ VpcIds: ['vpc-0123456789abcdef0'] }));
  await expect(absent).rejects.toMatchObject({ name: 'InvalidVpcID.NotFound' });
  const team = { team: 'a & b' };
  expect(gateway.journal).toMatchObject([
    { service: 'ec2', region: REGION, operation: 'CreateVpc', mutating: true, resource: '', tags: team },
    { operation: 'CreateTags', mutating: true, resource: VpcId, tags: team },
    { operation: 'DescribeVpcs', mutating: false, errorCode: 'InvalidVpcID.NotFound', status: 400 },
  ]);
});

test('IAM: managed policies of AWS are there', async () => {
  const PolicyArn = 'arn:aws:iam::aws:policy/AmazonEKSClusterPolicy';
  const [status, text] = await iam({ Action: 'GetPolicy', PolicyArn });
  expect([status, text]).toEqual([200, expect.stringContaining('AmazonEKSClusterPolicy')]);
  const [refused, error] = await iam({ Action: 'GetRole', RoleName: 'absent' });
  expect([refused, error]).toEqual([404, expect.stringContaining('<Code>NoSuchEntity</Code>')]);
  expect(gateway.journal).toMatchObject([
    { service: 'iam', operation: 'GetPolicy', resource: PolicyArn, mutating: false },
    { operation: 'GetRole', resource: 'absent', errorCode: 'NoSuchEntity' },
  ]);
});

test('ACM: a certificate comes with its validation record', async () => {
  const [, requested] = await acm('RequestCertificate', {
    DomainName: 'example.com',
    ValidationMethod: 'DNS',
    Tags: [{ Key: 'team', Value: 'a' }],
  });
  const [, described] = await acm('DescribeCertificate', { CertificateArn: requested.CertificateArn });
  expect(described.Certificate).toMatchObject({
    DomainValidationOptions: [{ ResourceRecord: { Name: expect.stringMatching(/^_\w+\.example\.com/) } }],
  });
  expect(gateway.journal).toMatchObject([
    { service: 'acm', operation: 'RequestCertificate', resource: 'example.com', tags: { team: 'a' } },
    { operation: 'DescribeCertificate', resource: requested.CertificateArn },
  ]);
});

test('a VPC lands in the account of the key, of the session and of the default', async () => {
  const { Credentials } = await new STSClient(configuration()).send(
    new AssumeRoleCommand({ RoleArn: 'arn:aws:iam::222222222222:role/operator', RoleSessionName: 'opta' }),
  );
  const session = {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  };
  const clients = [
    configuration(),
    configuration(session),
    configuration({ accessKeyId: '333333333333', secretAccessKey: 'none' }),
  ].map(one => new EC2Client(one));
  const owners: (string | undefined)[] = [];
  for (const [index, client] of clients.entries()) {
    const { Vpc } = await client.send(new CreateVpcCommand({ CidrBlock: `10.${index}.0.0/16` }));
    owners.push(Vpc?.OwnerId);
  }
  expect(owners).toEqual(['123456789012', '222222222222', '333333333333']);
  expect(await Promise.all(clients.map(CIDRS))).toEqual([['10.0.0.0/16'], ['10.1.0.0/16'], ['10.2.0.0/16']]);
  const elsewhere = new EC2Client({ ...configuration(), region: 'eu-west-1' });
  expect(await CIDRS(elsewhere)).toEqual([]);
});

test('a reset empties moto as well', async () => {
  const ec2 = new EC2Client(configuration());
  await ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
  await gateway.reset();
  expect(await CIDRS(ec2)).toEqual([]);
});

test('it is started by its first call, and a reset is only for what was used', async () => {
  const others = await startEmulators({ log: console.log });
  const { moto } = others.upstreams;
  const other = await startGateway({ upstreams: others.upstreams });
  const isUsed = () => typeof moto === 'object' && moto.used() !== undefined;
  await other.reset();
  const before = isUsed();
  await new EC2Client({ ...configuration(), endpoint: other.url }).send(new DescribeVpcsCommand({}));
  expect([before, isUsed(), isUsed()]).toEqual([false, true, false]);
  await other.stop();
  await others.stop();
});

test.each<[string, () => Promise<unknown>]>([
  [
    'an operation that is not in the table',
    () =>
      new EC2Client(configuration()).send(
        new DescribeImageAttributeCommand({ ImageId: 'a', Attribute: 'description' }),
      ),
  ],
  [
    'a filter that moto does not know',
    () =>
      new EC2Client(configuration()).send(
        new DescribeVpcsCommand({ Filters: [{ Name: 'block-public-access-states', Values: ['a'] }] }),
      ),
  ],
])('%s is a 501 that says so, and is not retried', async (_, call) => {
  await expect(call()).rejects.toMatchObject({
    name: 'NotImplementedByBench',
    message: expect.stringContaining('test bench'),
    $metadata: { httpStatusCode: 501 },
  });
  expect(gateway.journal).toHaveLength(1);
});

test("moto's own failures tell what failed", async () => {
  const ask = new DescribeVpcsCommand({ Filters: [{ Name: 'block-public-access-states', Values: ['a'] }] });
  await expect(new EC2Client(configuration()).send(ask)).rejects.toThrow(/moto: \w+Error: .*filter/i);
  const { forward } = gateway.bench;
  const own = () =>
    forward({
      service: 'ec2',
      region: REGION,
      accountId: '123456789012',
      operation: 'DescribeVpcs',
      input: { 'Filter.1.Name': 'nonsense', 'Filter.1.Value.1': 'a' },
    });
  await expect(own()).rejects.toThrow(/moto failed at ec2:DescribeVpcs/);
});

test.each(['CreateRole', 'RequestCertificate'])('%s without the emulator is a 501', async operation => {
  const lonely = await startGateway({ upstreams: { ministack: 'http://127.0.0.1:1' } });
  const body = new URLSearchParams({ Action: operation, Version: '2010-05-08' });
  const headers = { authorization: authorization(operation === 'CreateRole' ? 'iam' : 'acm') };
  const answer = await fetch(lonely.url, { method: 'POST', headers, body });
  expect(answer.status).toBe(501);
  await lonely.stop();
});
