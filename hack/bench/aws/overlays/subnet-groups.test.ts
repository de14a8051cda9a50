import { CreateSubnetCommand, CreateVpcCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  CreateCacheSubnetGroupCommand,
  DescribeCacheSubnetGroupsCommand,
  ElastiCacheClient,
} from '@aws-sdk/client-elasticache';
import { CreateServiceLinkedRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  AddTagsToResourceCommand,
  CreateDBSubnetGroupCommand,
  DeleteDBSubnetGroupCommand,
  DescribeDBSubnetGroupsCommand,
  ListTagsForResourceCommand,
  ModifyDBSubnetGroupCommand,
  RDSClient,
  RemoveTagsFromResourceCommand,
} from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestBench, type TestBench } from './testing.ts';

const account = '111122223333';
let bench: TestBench;
let ec2: EC2Client;
let rds: RDSClient;
let elasticache: ElastiCacheClient;
let subnets: string[] = [];
let elsewhere = '';

async function vpcWith(...zones: string[]): Promise<string[]> {
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
  const ids: string[] = [];
  for (const [index, zone] of zones.entries()) {
    const input = {
      VpcId: Vpc?.VpcId,
      CidrBlock: `10.0.${index}.0/24`,
      AvailabilityZone: `eu-central-1${zone}`,
    };
    ids.push((await ec2.send(new CreateSubnetCommand(input))).Subnet?.SubnetId ?? '');
  }
  return ids;
}

beforeAll(async () => {
  bench = await startTestBench();
  ec2 = new EC2Client(bench.clientConfig(account));
  rds = new RDSClient(bench.clientConfig(account));
  elasticache = new ElastiCacheClient(bench.clientConfig(account));
  const iam = new IAMClient(bench.clientConfig(account));
  await expect(create('before-the-role', await vpcWith('a', 'b'))).rejects.toMatchObject({
    name: 'InvalidParameterValue',
    message: expect.stringContaining('Missing necessary credentials'),
  });
  for (const AWSServiceName of ['rds.amazonaws.com', 'elasticache.amazonaws.com'])
    await iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName }));
  iam.destroy();
  subnets = await vpcWith('a', 'b', 'a');
  [elsewhere = ''] = await vpcWith('b');
});
afterAll(() => bench.stop());

const create = (DBSubnetGroupName: string, SubnetIds = subnets, more: object = {}) =>
  rds.send(
    new CreateDBSubnetGroupCommand({
      DBSubnetGroupName,
      DBSubnetGroupDescription: 'd',
      SubnetIds,
      ...more,
    }),
  );
const get = async (DBSubnetGroupName: string) =>
  (await rds.send(new DescribeDBSubnetGroupsCommand({ DBSubnetGroupName }))).DBSubnetGroups?.[0];

describe('a subnet group of RDS', () => {
  test('is kept with its subnets, their VPC and its tags, its name in lower case', async () => {
    await create('Private-A', subnets, { Tags: [{ Key: 'team', Value: 'a & b' }] });
    const group = await get('private-a');
    expect(group).toMatchObject({ DBSubnetGroupName: 'private-a', VpcId: expect.stringMatching(/^vpc-/) });
    expect(group?.Subnets?.map(one => one.SubnetIdentifier).sort()).toEqual([...subnets].sort());
    const ResourceName = group?.DBSubnetGroupArn;
    const tags = async () =>
      (await rds.send(new ListTagsForResourceCommand({ ResourceName }))).TagList?.map(
        tag => `${tag.Key}=${tag.Value}`,
      );
    await rds.send(new AddTagsToResourceCommand({ ResourceName, Tags: [{ Key: 'more', Value: '1' }] }));
    expect(await tags()).toEqual(['team=a & b', 'more=1']);
    await rds.send(new RemoveTagsFromResourceCommand({ ResourceName, TagKeys: ['team'] }));
    expect(await tags()).toEqual(['more=1']);
  });

  test.each<[string, () => Promise<unknown>, string]>([
    ['twice', () => create('private-a'), 'DBSubnetGroupAlreadyExistsFault'],
    [
      'of one zone',
      () => create('b', [subnets[0] ?? '', subnets[2] ?? '']),
      'DBSubnetGroupDoesNotCoverEnoughAZs',
    ],
    ['of two VPCs', () => create('b', [...subnets, elsewhere]), 'InvalidSubnet'],
    ['of a subnet that does not exist', () => create('b', ['subnet-0123456789abcdef0']), 'InvalidSubnet'],
    ['called default', () => create('default'), 'InvalidParameterValue'],
  ])('is not made %s', async (_, make, code) => {
    await create('private-a').catch(() => {});
    await expect(make()).rejects.toMatchObject({ name: code });
  });

  test('stays in its VPC', async () => {
    await create('c');
    const [other = '', another = ''] = await vpcWith('a', 'b');
    const modify = new ModifyDBSubnetGroupCommand({ DBSubnetGroupName: 'c', SubnetIds: [other, another] });
    await expect(rds.send(modify)).rejects.toMatchObject({ name: 'InvalidSubnet' });
  });

  test('is gone when it is deleted', async () => {
    await create('d');
    const remove = () => rds.send(new DeleteDBSubnetGroupCommand({ DBSubnetGroupName: 'd' }));
    await remove();
    const gone = { name: 'DBSubnetGroupNotFoundFault', $metadata: { httpStatusCode: 404 } };
    await expect(get('d')).rejects.toMatchObject(gone);
    await expect(remove()).rejects.toMatchObject(gone);
  });
});

test('a subnet group of ElastiCache may be of one zone, and is none of RDS', async () => {
  const input = {
    CacheSubnetGroupName: 'cache',
    CacheSubnetGroupDescription: 'd',
    SubnetIds: [subnets[0] ?? ''],
  };
  await elasticache.send(new CreateCacheSubnetGroupCommand(input));
  await expect(elasticache.send(new CreateCacheSubnetGroupCommand(input))).rejects.toMatchObject({
    name: 'CacheSubnetGroupAlreadyExistsFault',
  });
  const { CacheSubnetGroups } = await elasticache.send(new DescribeCacheSubnetGroupsCommand({}));
  expect(CacheSubnetGroups?.map(one => one.CacheSubnetGroupName)).toEqual(['cache']);
  await expect(get('cache')).rejects.toMatchObject({ name: 'DBSubnetGroupNotFoundFault' });
});
