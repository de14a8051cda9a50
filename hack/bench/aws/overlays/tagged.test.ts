import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { CreateSubnetCommand, CreateVpcCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CreateCacheSubnetGroupCommand, ElastiCacheClient } from '@aws-sdk/client-elasticache';
import {
  CreatePolicyCommand,
  CreateServiceLinkedRoleCommand,
  IAMClient,
  TagPolicyCommand,
} from '@aws-sdk/client-iam';
import { CreateDBSubnetGroupCommand, RDSClient } from '@aws-sdk/client-rds';
import {
  GetResourcesCommand,
  type GetResourcesCommandInput,
  ResourceGroupsTaggingAPIClient,
} from '@aws-sdk/client-resource-groups-tagging-api';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestBench, type TestBench } from './testing.ts';

const account = '111122223333';
let bench: TestBench;
let logs: CloudWatchLogsClient;
let iam: IAMClient;

beforeAll(async () => {
  bench = await startTestBench();
  logs = new CloudWatchLogsClient(bench.clientConfig(account));
  iam = new IAMClient(bench.clientConfig(account));
});
beforeEach(() => bench.gateway.reset());
afterAll(() => bench.stop());

async function tagged(input: GetResourcesCommandInput, region = 'eu-central-1') {
  const client = new ResourceGroupsTaggingAPIClient({ ...bench.clientConfig(account), region });
  const { ResourceTagMappingList = [] } = await client.send(new GetResourcesCommand(input));
  client.destroy();
  return ResourceTagMappingList.map(one => one.ResourceARN);
}

const group = (name: string, region = 'eu-central-1') =>
  `arn:aws:logs:${region}:${account}:log-group:${name}`;
const make = (logGroupName: string, tags: Record<string, string> = {}) =>
  logs.send(new CreateLogGroupCommand({ logGroupName, tags }));
const ours = (...Values: string[]) => [{ Key: 'team', Values }];

describe('tagged log groups', () => {
  test.each<[string, GetResourcesCommandInput, string[]]>([
    ['of all types', {}, ['/a', '/b']],
    ['of their type', { ResourceTypeFilters: ['logs:log-group'] }, ['/a', '/b']],
    ['of their service', { ResourceTypeFilters: ['logs'] }, ['/a', '/b']],
    ['of another type', { ResourceTypeFilters: ['kms:key'] }, []],
    ['with a tag', { TagFilters: ours() }, ['/a', '/b']],
    ['with one of these values', { TagFilters: ours('orders', 'others') }, ['/a']],
    ['with both tags', { TagFilters: [...ours(), { Key: 'x', Values: ['1'] }] }, ['/b']],
  ])('%s', async (_, input, names) => {
    await make('/a', { team: 'orders' });
    await make('/b', { team: 'uploads', x: '1' });
    await make('/c');
    expect(await tagged(input)).toEqual(names.map(name => group(name)));
    expect(await tagged(input, 'eu-west-1')).toEqual([]);
  });

  test('are no more when they are untagged or deleted', async () => {
    await make('/a', { team: 'orders' });
    await make('/b', { team: 'orders' });
    await logs.send(new UntagResourceCommand({ resourceArn: group('/a'), tagKeys: ['team'] }));
    await logs.send(new DeleteLogGroupCommand({ logGroupName: '/b' }));
    expect(await tagged({})).toEqual([]);
  });
});

test('tagged policies are shown where IAM is', async () => {
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'sqs:*', Resource: '*' }],
  });
  const made = await iam.send(new CreatePolicyCommand({ PolicyName: 'limits', PolicyDocument }));
  const PolicyArn = made.Policy?.Arn;
  expect(await tagged({}, 'us-east-1')).toEqual([]);
  await iam.send(new TagPolicyCommand({ PolicyArn, Tags: [{ Key: 'team', Value: 'orders' }] }));
  expect(await tagged({ ResourceTypeFilters: ['iam:policy'] }, 'us-east-1')).toEqual([PolicyArn]);
  expect(await tagged({ ResourceTypeFilters: ['iam:policy'] })).toEqual([]);
});

test('tagged subnet groups are shown, of databases and of caches', async () => {
  const ec2 = new EC2Client(bench.clientConfig(account));
  const rds = new RDSClient(bench.clientConfig(account));
  const elasticache = new ElastiCacheClient(bench.clientConfig(account));
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
  const SubnetIds = await Promise.all(
    ['a', 'b'].map(async (zone, n) => {
      const { Subnet } = await ec2.send(
        new CreateSubnetCommand({
          VpcId: Vpc?.VpcId,
          CidrBlock: `10.0.${n}.0/24`,
          AvailabilityZone: `eu-central-1${zone}`,
        }),
      );
      return Subnet?.SubnetId ?? '';
    }),
  );
  for (const AWSServiceName of ['rds.amazonaws.com', 'elasticache.amazonaws.com'])
    await iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName }));
  const Tags = [{ Key: 'team', Value: 'orders' }];
  const DBSubnetGroupDescription = 'of databases';
  for (const [DBSubnetGroupName, of] of [
    ['ours', { Tags }],
    ['theirs', {}],
  ] as const)
    await rds.send(
      new CreateDBSubnetGroupCommand({ DBSubnetGroupName, DBSubnetGroupDescription, SubnetIds, ...of }),
    );
  await elasticache.send(
    new CreateCacheSubnetGroupCommand({
      CacheSubnetGroupName: 'ours',
      CacheSubnetGroupDescription: 'of caches',
      SubnetIds,
      Tags,
    }),
  );
  for (const client of [ec2, rds, elasticache]) client.destroy();
  const databases = `arn:aws:rds:eu-central-1:${account}:subgrp:ours`;
  const caches = `arn:aws:elasticache:eu-central-1:${account}:subnetgroup:ours`;
  expect(await tagged({ ResourceTypeFilters: ['rds:subgrp'] })).toEqual([databases]);
  expect(await tagged({ ResourceTypeFilters: ['elasticache:subnetgroup'] })).toEqual([caches]);
  expect(await tagged({ ResourceTypeFilters: ['rds:subgrp'] }, 'eu-west-1')).toEqual([]);
});

test('what the emulator knows is shown beside them', async () => {
  const sqs = new SQSClient(bench.clientConfig(account));
  await sqs.send(new CreateQueueCommand({ QueueName: 'jobs', tags: { team: 'orders' } }));
  sqs.destroy();
  await make('/a', { team: 'orders' });
  expect(await tagged({ TagFilters: ours('orders') })).toEqual([
    `arn:aws:sqs:eu-central-1:${account}:jobs`,
    group('/a'),
  ]);
});

test('log groups are told by their names, and no others', async () => {
  for (const name of ['/a', '/a/more', '/b']) await make(name);
  const named = async (...logGroupIdentifiers: string[]) =>
    (await logs.send(new DescribeLogGroupsCommand({ logGroupIdentifiers }))).logGroups?.map(
      one => one.logGroupName,
    );
  expect(await named('/b', '/a', '/absent')).toEqual(['/a', '/b']);
  expect(await named(group('/b'))).toEqual(['/b']);
  const many = Array.from({ length: 51 }, (_, n) => `/${n}`);
  await expect(named(...many)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  for (const filter of [{ limit: 50 }, { logGroupNamePrefix: '/' }, { logGroupNamePattern: 'a' }])
    await expect(
      logs.send(new DescribeLogGroupsCommand({ logGroupIdentifiers: ['/a'], ...filter })),
    ).rejects.toMatchObject({ name: 'InvalidParameterException' });
});
