import {
  AuthorizeSecurityGroupIngressCommand,
  CreateFlowLogsCommand,
  CreateLaunchTemplateCommand,
  CreateNatGatewayCommand,
  CreateRouteTableCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateTagsCommand,
  CreateVpcCommand,
  CreateVpcEndpointCommand,
  DescribeAddressesCommand,
  DescribeFlowLogsCommand,
  DescribeLaunchTemplatesCommand,
  DescribeNatGatewaysCommand,
  DescribeRouteTablesCommand,
  DescribeSubnetsCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
  type EC2Client,
  EC2ServiceException,
  ModifyVpcAttributeCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Ec2Bench,
  makeAddress,
  makeNetwork,
  makeSubnet,
  makeVpc,
  type Network,
  REGION,
  startEc2Bench,
} from './testing.ts';

let bench: Ec2Bench;
let ec2: EC2Client;
beforeAll(async () => {
  bench = await startEc2Bench();
  ec2 = bench.ec2;
});
afterAll(() => bench.stop());

const ROLE = 'arn:aws:iam::111122223333:role/flow-logs';

interface Made {
  ids(token: string, other?: boolean): Promise<unknown>;
  count(): Promise<number | undefined>;
}

/** Each with its count of what exists, so that a second one shows. */
const TOKENS: Record<string, () => Promise<Made>> = {
  async CreateNatGateway() {
    const { subnetId: SubnetId } = await makeNetwork(ec2);
    const [one, two] = [await makeAddress(ec2), await makeAddress(ec2)];
    const Filter = [{ Name: 'subnet-id', Values: [SubnetId] }];
    return {
      ids: async (ClientToken, other) => {
        const AllocationId = other ? two : one;
        const command = new CreateNatGatewayCommand({ SubnetId, AllocationId, ClientToken });
        return (await ec2.send(command)).NatGateway?.NatGatewayId;
      },
      count: async () => (await ec2.send(new DescribeNatGatewaysCommand({ Filter }))).NatGateways?.length,
    };
  },
  async CreateRouteTable() {
    const [one, two] = [await makeVpc(ec2), await makeVpc(ec2)];
    const Filters = [{ Name: 'vpc-id', Values: [one] }];
    return {
      ids: async (ClientToken, other) => {
        const VpcId = other ? two : one;
        return (await ec2.send(new CreateRouteTableCommand({ VpcId, ClientToken }))).RouteTable?.RouteTableId;
      },
      // The main one is not counted.
      count: async () =>
        ((await ec2.send(new DescribeRouteTablesCommand({ Filters }))).RouteTables?.length ?? 0) - 1,
    };
  },
  async CreateLaunchTemplate() {
    const data = (HttpTokens: 'required' | 'optional') => ({ MetadataOptions: { HttpTokens } });
    return {
      ids: async (ClientToken, other) => {
        const LaunchTemplateData = data(other ? 'optional' : 'required');
        const command = new CreateLaunchTemplateCommand({
          LaunchTemplateName: 'tokens',
          LaunchTemplateData,
          ClientToken,
        });
        return (await ec2.send(command)).LaunchTemplate?.LaunchTemplateId;
      },
      count: async () =>
        (await ec2.send(new DescribeLaunchTemplatesCommand({ LaunchTemplateNames: ['tokens'] })))
          .LaunchTemplates?.length,
    };
  },
  async CreateFlowLogs() {
    const VpcId = await makeVpc(ec2);
    const Filter = [{ Name: 'resource-id', Values: [VpcId] }];
    return {
      ids: async (ClientToken, other) => {
        const command = new CreateFlowLogsCommand({
          ResourceIds: [VpcId],
          ResourceType: 'VPC',
          TrafficType: other ? 'REJECT' : 'ALL',
          LogGroupName: `tokens-${VpcId}`,
          DeliverLogsPermissionArn: ROLE,
          ClientToken,
        });
        return (await ec2.send(command)).FlowLogIds?.[0];
      },
      count: async () => (await ec2.send(new DescribeFlowLogsCommand({ Filter }))).FlowLogs?.length,
    };
  },
  async CreateVpcEndpoint() {
    const VpcId = await makeVpc(ec2);
    const Filters = [{ Name: 'vpc-id', Values: [VpcId] }];
    return {
      ids: async (ClientToken, other) => {
        const ServiceName = `com.amazonaws.${REGION}.${other ? 'dynamodb' : 's3'}`;
        const command = new CreateVpcEndpointCommand({ VpcId, ServiceName, ClientToken });
        return (await ec2.send(command)).VpcEndpoint?.VpcEndpointId;
      },
      count: async () => (await ec2.send(new DescribeVpcEndpointsCommand({ Filters }))).VpcEndpoints?.length,
    };
  },
};

test.each(Object.entries(TOKENS))('%s: one token makes one thing', async (_, prepare) => {
  const { ids, count } = await prepare();
  const both = await Promise.all([ids('token-1'), ids('token-1')]);
  const id = both[0];
  expect(id).toMatch(/^\w+-\w+$/);
  expect([...both, await ids('token-1')]).toEqual([id, id, id]);
  expect(await count()).toBe(1);
  await expect(ids('token-1', true)).rejects.toMatchObject({ name: 'IdempotentParameterMismatch' });
});

test('a token of a call that failed may be used again', async () => {
  const command = (VpcId: string) => new CreateRouteTableCommand({ VpcId, ClientToken: 'failed' });
  await expect(ec2.send(command('vpc-0123456789abcdef0'))).rejects.toMatchObject({
    name: 'InvalidVpcID.NotFound',
  });
  await ec2.send(command(await makeVpc(ec2)));
});

test('a dry run makes nothing', async () => {
  const before = (await ec2.send(new DescribeVpcsCommand({}))).Vpcs?.length;
  const dry = ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16', DryRun: true }));
  await expect(dry).rejects.toMatchObject({ name: 'DryRunOperation', $metadata: { httpStatusCode: 412 } });
  expect((await ec2.send(new DescribeVpcsCommand({}))).Vpcs?.length).toBe(before);
});

describe('pages', () => {
  async function subnetsOf(count: number) {
    const VpcId = await makeVpc(ec2);
    const ids: (string | undefined)[] = [];
    for (let i = 0; i < count; i += 1) {
      const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock: `10.0.${i}.0/24` }));
      ids.push(Subnet?.SubnetId);
    }
    return { Filters: [{ Name: 'vpc-id', Values: [VpcId] }], ids: ids.sort() };
  }

  async function pagesOf(Filters: { Name: string; Values: string[] }[], MaxResults?: number) {
    const pages: (string | undefined)[][] = [];
    let NextToken: string | undefined;
    do {
      const page = await ec2.send(new DescribeSubnetsCommand({ Filters, MaxResults, NextToken }));
      pages.push((page.Subnets ?? []).map(one => one.SubnetId));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    return pages;
  }

  test('as large as asked for, and none twice', async () => {
    const { Filters, ids } = await subnetsOf(7);
    const pages = await pagesOf(Filters, 5);
    expect(pages.map(page => page.length)).toEqual([5, 2]);
    expect(pages.flat().sort()).toEqual(ids);
    expect(await pagesOf(Filters)).toHaveLength(1);
  });

  test('smaller by a fault', async () => {
    const { Filters, ids } = await subnetsOf(3);
    const id = bench.gateway.addFault({ operation: 'DescribeSubnets', fault: { kind: 'pageSize', n: 1 } });
    const pages = await pagesOf(Filters, 1000);
    bench.gateway.clearFaults(id);
    expect(pages.map(page => page.length)).toEqual([1, 1, 1]);
    expect(pages.flat().sort()).toEqual(ids);
  });

  test.each([
    ['too few', new DescribeSubnetsCommand({ MaxResults: 4 }), 'InvalidParameterValue'],
    ['too many', new DescribeRouteTablesCommand({ MaxResults: 101 }), 'InvalidParameterValue'],
  ])('%s is refused', async (_, command, name) => {
    const sent = ec2.send(command as DescribeSubnetsCommand);
    await expect(sent).rejects.toMatchObject({ name });
    await expect(sent).rejects.toBeInstanceOf(EC2ServiceException);
  });
});

test('what is new can be left out of lists, and be unknown by its id', async () => {
  const VpcId = await makeVpc(ec2);
  const Tags = [{ Key: 'stage', Value: VpcId }];
  await ec2.send(new CreateTagsCommand({ Resources: [VpcId], Tags }));
  const search = async () =>
    (await ec2.send(new DescribeVpcsCommand({ Filters: [{ Name: 'tag:stage', Values: [VpcId] }] }))).Vpcs
      ?.length;
  const read = () => ec2.send(new DescribeVpcsCommand({ VpcIds: [VpcId] }));
  const id = bench.gateway.addFault({ service: 'ec2', fault: { kind: 'notFoundForNew', seconds: 30 } });
  expect(await search()).toBe(0);
  await expect(read()).rejects.toMatchObject({ name: 'InvalidVpcID.NotFound' });
  bench.gateway.advanceClock(31);
  expect([await search(), (await read()).Vpcs?.length]).toEqual([1, 1]);
  bench.gateway.clearFaults(id);
});

describe('what is new is unknown to writes too', () => {
  const fault = { kind: 'notFoundForNew', seconds: 30 } as const;
  test.each<[string, string, (at: Network) => Promise<unknown>]>([
    [
      'its own attributes',
      'InvalidVpcID.NotFound',
      ({ vpcId: VpcId }) =>
        ec2.send(new ModifyVpcAttributeCommand({ VpcId, EnableDnsHostnames: { Value: true } })),
    ],
    ['what is made in it', 'InvalidVpcID.NotFound', ({ vpcId }) => makeSubnet(ec2, vpcId, '10.0.9.0/24')],
    [
      'its tags',
      'InvalidSubnetID.NotFound',
      ({ subnetId }) =>
        ec2.send(new CreateTagsCommand({ Resources: [subnetId], Tags: [{ Key: 'a', Value: 'b' }] })),
    ],
    [
      'a group named in a rule',
      'InvalidGroup.NotFound',
      async ({ vpcId: VpcId }) => {
        const named = { Description: 'named', VpcId };
        const old = await ec2.send(new CreateSecurityGroupCommand({ ...named, GroupName: 'old' }));
        bench.gateway.advanceClock(31);
        const recent = await ec2.send(new CreateSecurityGroupCommand({ ...named, GroupName: 'recent' }));
        const UserIdGroupPairs = [{ GroupId: recent.GroupId }];
        const IpPermissions = [{ IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, UserIdGroupPairs }];
        await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: old.GroupId, IpPermissions }));
      },
    ],
  ])('%s: %s', async (_, name, write) => {
    const at = await makeNetwork(ec2);
    const isOld = name === 'InvalidGroup.NotFound';
    if (isOld) bench.gateway.advanceClock(31);
    const id = bench.gateway.addFault({ service: 'ec2', fault });
    await expect(write(at)).rejects.toMatchObject({ name });
    bench.gateway.advanceClock(31);
    if (!isOld) await write(at);
    bench.gateway.clearFaults(id);
  });
});

test.each([
  ['eipalloc-0123456789abcdef0', 'InvalidAllocationID.NotFound'],
  ['fl-0123456789abcdef0', 'InvalidFlowLogId.NotFound'],
  ['vpce-0123456789abcdef0', 'InvalidVpcEndpointId.NotFound'],
  ['vpc-0123456789abcdef0', 'InvalidVpcID.NotFound'],
  ['subnet-0123456789abcdef0', 'InvalidSubnetID.NotFound'],
  ['igw-0123456789abcdef0', 'InvalidInternetGatewayID.NotFound'],
  ['rtb-0123456789abcdef0', 'InvalidRouteTableID.NotFound'],
  ['sg-0123456789abcdef0', 'InvalidGroup.NotFound'],
])('%s cannot be tagged', async (id, name) => {
  const command = new CreateTagsCommand({ Resources: [id], Tags: [{ Key: 'a', Value: 'b' }] });
  await expect(ec2.send(command)).rejects.toMatchObject({ name });
});

test('addresses have no pages', async () => {
  await makeAddress(ec2);
  expect((await ec2.send(new DescribeAddressesCommand({}))).Addresses?.length).toBeGreaterThan(0);
});
