import {
  AssociateRouteTableCommand,
  CreateFlowLogsCommand,
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  CreateVpcEndpointCommand,
  DeleteLaunchTemplateCommand,
  DeleteLaunchTemplateVersionsCommand,
  DeleteVpcEndpointsCommand,
  DescribeFlowLogsCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeRouteTablesCommand,
  DescribeVpcEndpointsCommand,
  DetachInternetGatewayCommand,
  type EC2Client,
  ModifySubnetAttributeCommand,
  ModifyVpcAttributeCommand,
  ModifyVpcEndpointCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  ACCOUNT,
  type Ec2Bench,
  makeNetwork,
  makeSubnet,
  makeVpc,
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

async function makeTable(VpcId: string): Promise<string> {
  return (await ec2.send(new CreateRouteTableCommand({ VpcId }))).RouteTable?.RouteTableId ?? '';
}

test('a subnet has one route table, and the same association twice is one', async () => {
  const VpcId = await makeVpc(ec2);
  const SubnetId = await makeSubnet(ec2, VpcId);
  const [one, two] = [await makeTable(VpcId), await makeTable(VpcId)];
  const associate = async (RouteTableId: string) =>
    (await ec2.send(new AssociateRouteTableCommand({ RouteTableId, SubnetId }))).AssociationId;
  const id = await associate(one);
  await expect(associate(two)).rejects.toMatchObject({ name: 'Resource.AlreadyAssociated' });
  expect(await associate(one)).toBe(id);
});

test('a route to a detached internet gateway is a black hole', async () => {
  const { vpcId: VpcId, internetGatewayId } = await makeNetwork(ec2);
  const RouteTableId = await makeTable(VpcId);
  await ec2.send(
    new CreateRouteCommand({ RouteTableId, DestinationCidrBlock: '0.0.0.0/0', GatewayId: internetGatewayId }),
  );
  const state = async () =>
    (
      await ec2.send(new DescribeRouteTablesCommand({ RouteTableIds: [RouteTableId] }))
    ).RouteTables?.[0]?.Routes?.find(one => one.DestinationCidrBlock === '0.0.0.0/0')?.State;
  expect(await state()).toBe('active');
  await ec2.send(new DetachInternetGatewayCommand({ VpcId, InternetGatewayId: internetGatewayId }));
  expect(await state()).toBe('blackhole');
});

test.each([
  [
    'VPC',
    async () =>
      new ModifyVpcAttributeCommand({
        VpcId: await makeVpc(ec2),
        EnableDnsSupport: { Value: true },
        EnableDnsHostnames: { Value: true },
      }),
  ],
  [
    'subnet',
    async () =>
      new ModifySubnetAttributeCommand({
        SubnetId: await makeSubnet(ec2, await makeVpc(ec2)),
        MapPublicIpOnLaunch: { Value: true },
        AssignIpv6AddressOnCreation: { Value: true },
      }),
  ],
])('two attributes of a %s in one call are refused', async (_, command) => {
  const sent = ec2.send((await command()) as ModifyVpcAttributeCommand);
  await expect(sent).rejects.toMatchObject({ name: 'InvalidParameterCombination' });
});

test('a route table has one gateway endpoint of a service, and a deleted endpoint is gone', async () => {
  const VpcId = await makeVpc(ec2);
  const [one, two] = [await makeTable(VpcId), await makeTable(VpcId)];
  const make = async (name: string, ...RouteTableIds: string[]) => {
    const ServiceName = `com.amazonaws.${REGION}.${name}`;
    const command = new CreateVpcEndpointCommand({ VpcId, ServiceName, RouteTableIds });
    return (await ec2.send(command)).VpcEndpoint ?? {};
  };
  const first = await make('s3', one);
  expect(first).toMatchObject({ VpcEndpointType: 'Gateway', State: 'available' });
  const taken = { name: 'RouteAlreadyExists' };
  await expect(make('s3', two, one)).rejects.toMatchObject(taken);
  await make('dynamodb', one);
  const { VpcEndpointId } = await make('s3', two);
  const add = new ModifyVpcEndpointCommand({ VpcEndpointId, AddRouteTableIds: [one] });
  await expect(ec2.send(add)).rejects.toMatchObject(taken);

  const show = () => ec2.send(new DescribeVpcEndpointsCommand({ VpcEndpointIds: [VpcEndpointId ?? ''] }));
  const drop = (...ids: string[]) => ec2.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: ids }));
  expect((await show()).VpcEndpoints).toHaveLength(1);
  const absent = 'vpce-0123456789abcdef0';
  const { Unsuccessful } = await drop(absent, VpcEndpointId ?? '');
  expect(Unsuccessful).toMatchObject([
    { ResourceId: absent, Error: { Code: 'InvalidVpcEndpointId.NotFound' } },
  ]);
  await expect(show()).rejects.toMatchObject({ name: 'InvalidVpcEndpointId.NotFound' });
  const left = await ec2.send(
    new DescribeVpcEndpointsCommand({ Filters: [{ Name: 'vpc-id', Values: [VpcId] }] }),
  );
  expect(left.VpcEndpoints).toHaveLength(2);
  await make('s3', two);
});

test('a flow log delivers once its log group is there, and a second one of its kind is refused in a success', async () => {
  const VpcId = await makeVpc(ec2);
  const group = `/opta/${VpcId}`;
  const create = () =>
    ec2.send(
      new CreateFlowLogsCommand({
        ResourceIds: [VpcId],
        ResourceType: 'VPC',
        TrafficType: 'ALL',
        LogDestinationType: 'cloud-watch-logs',
        LogDestination: `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${group}`,
        DeliverLogsPermissionArn: `arn:aws:iam::${ACCOUNT}:role/flow-logs`,
      }),
    );
  const { FlowLogIds = [], Unsuccessful } = await create();
  expect(Unsuccessful ?? []).toEqual([]);
  const show = async () => (await ec2.send(new DescribeFlowLogsCommand({ FlowLogIds }))).FlowLogs?.[0];
  expect(await show()).toMatchObject({
    LogGroupName: group,
    DeliverLogsStatus: 'FAILED',
    DeliverLogsErrorMessage: 'Access error',
  });
  await bench.gateway.bench.forward({
    service: 'logs',
    accountId: ACCOUNT,
    region: REGION,
    operation: 'CreateLogGroup',
    input: { logGroupName: group },
  });
  const delivered = await show();
  expect([delivered?.DeliverLogsStatus, delivered?.DeliverLogsErrorMessage]).toEqual(['SUCCESS', undefined]);
  const again = await create();
  expect(again.FlowLogIds ?? []).toEqual([]);
  expect(again.Unsuccessful).toMatchObject([{ ResourceId: VpcId, Error: { Code: 'FlowLogAlreadyExists' } }]);
  const absent = new DescribeFlowLogsCommand({ FlowLogIds: ['fl-0123456789abcdef0'] });
  await expect(ec2.send(absent)).rejects.toMatchObject({ name: 'InvalidFlowLogId.NotFound' });
});

test('versions of a launch template are deleted, its default one is not', async () => {
  const data = (HttpPutResponseHopLimit: number) => ({
    LaunchTemplateData: { MetadataOptions: { HttpPutResponseHopLimit } },
  });
  const LaunchTemplateName = 'versions';
  const { LaunchTemplate } = await ec2.send(
    new CreateLaunchTemplateCommand({ LaunchTemplateName, ...data(1) }),
  );
  const LaunchTemplateId = LaunchTemplate?.LaunchTemplateId;
  for (const hops of [2, 3])
    await ec2.send(new CreateLaunchTemplateVersionCommand({ LaunchTemplateId, ...data(hops) }));
  const numbers = async () =>
    (
      await ec2.send(new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId }))
    ).LaunchTemplateVersions?.map(one => one.VersionNumber).sort();
  const result = await ec2.send(
    new DeleteLaunchTemplateVersionsCommand({ LaunchTemplateId, Versions: ['1', '2', '9'] }),
  );
  expect(result.SuccessfullyDeletedLaunchTemplateVersions?.map(one => one.VersionNumber)).toEqual([2]);
  expect(
    result.UnsuccessfullyDeletedLaunchTemplateVersions?.map(one => [
      one.VersionNumber,
      one.ResponseError?.Code,
    ]),
  ).toEqual([
    [1, 'unexpectedError'],
    [9, 'launchTemplateVersionDoesNotExist'],
  ]);
  expect(await numbers()).toEqual([1, 3]);
  const { LaunchTemplateVersion } = await ec2.send(
    new CreateLaunchTemplateVersionCommand({ LaunchTemplateId, ...data(4) }),
  );
  expect(LaunchTemplateVersion?.VersionNumber).toBe(4);
  await ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId }));
  const byId = 'InvalidLaunchTemplateId.NotFound';
  await expect(ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId }))).rejects.toMatchObject({
    name: byId,
  });
  const read = new DescribeLaunchTemplatesCommand({ LaunchTemplateIds: [LaunchTemplateId ?? ''] });
  await expect(ec2.send(read)).rejects.toMatchObject({ name: byId });
  const byName = new DescribeLaunchTemplatesCommand({ LaunchTemplateNames: [LaunchTemplateName] });
  await expect(ec2.send(byName)).rejects.toMatchObject({
    name: 'InvalidLaunchTemplateName.NotFoundException',
  });
});
