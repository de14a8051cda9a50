import {
  AssociateRouteTableCommand,
  AttachInternetGatewayCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateFlowLogsCommand,
  CreateInternetGatewayCommand,
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  CreateSecurityGroupCommand,
  CreateSnapshotCommand,
  CreateSubnetCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  CreateVpcEndpointCommand,
  DeleteLaunchTemplateCommand,
  DeleteLaunchTemplateVersionsCommand,
  DeleteRouteCommand,
  DeleteVpcEndpointsCommand,
  DescribeFlowLogsCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSnapshotsCommand,
  DescribeSubnetsCommand,
  DescribeTagsCommand,
  DescribeVpcEndpointsCommand,
  DetachInternetGatewayCommand,
  type EC2Client,
  ModifySubnetAttributeCommand,
  ModifyVpcAttributeCommand,
  ModifyVpcEndpointCommand,
  ReplaceRouteCommand,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  ACCOUNT,
  type Ec2Bench,
  makeAddress,
  makeNatGateway,
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

test('a route names a gateway that there is, and is named by a range or a prefix list', async () => {
  const { vpcId, internetGatewayId: GatewayId } = await makeNetwork(ec2);
  const RouteTableId = await makeTable(vpcId);
  const to = { RouteTableId, DestinationCidrBlock: '0.0.0.0/0' };
  const absent = { ...to, GatewayId: 'igw-0123456789abcdef0' };
  const unknown = { name: 'InvalidGatewayID.NotFound' };
  await expect(ec2.send(new CreateRouteCommand(absent))).rejects.toMatchObject(unknown);
  await ec2.send(new CreateRouteCommand({ ...to, GatewayId }));
  await expect(ec2.send(new ReplaceRouteCommand(absent))).rejects.toMatchObject(unknown);
  for (const DestinationCidrBlock of ['', 'pl-0123456789abcdef0']) {
    const drop = ec2.send(new DeleteRouteCommand({ RouteTableId, DestinationCidrBlock }));
    await expect(drop).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  }
  await ec2.send(new DeleteRouteCommand(to));
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

test('a new subnet gives no public addresses, and is in a zone of its region', async () => {
  const VpcId = await makeVpc(ec2);
  const make = async (CidrBlock: string, AvailabilityZoneId: string) =>
    (await ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock, AvailabilityZoneId }))).Subnet;
  const made = await make('10.0.0.0/24', 'euc1-az1');
  expect(made).toMatchObject({ AvailabilityZoneId: 'euc1-az1', MapPublicIpOnLaunch: false });
  const { Subnets } = await ec2.send(new DescribeSubnetsCommand({ SubnetIds: [made?.SubnetId ?? ''] }));
  expect(Subnets?.[0]).toMatchObject({ AvailabilityZoneId: 'euc1-az1', MapPublicIpOnLaunch: false });
  const invalid = { name: 'InvalidParameterValue' };
  await expect(make('10.0.1.0/24', 'use1-az1')).rejects.toMatchObject(invalid);
});

test('a VPC has one internet gateway', async () => {
  const { vpcId: VpcId } = await makeNetwork(ec2);
  const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}));
  const InternetGatewayId = InternetGateway?.InternetGatewayId;
  const attach = ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId, VpcId }));
  await expect(attach).rejects.toMatchObject({ name: 'InvalidParameterValue' });
});

test('a rule is revoked by what it allows, whatever its description says', async () => {
  const VpcId = await makeVpc(ec2);
  const make = async (GroupName: string) =>
    (await ec2.send(new CreateSecurityGroupCommand({ VpcId, GroupName, Description: 'a' }))).GroupId;
  const [GroupId, peer] = [await make('own'), await make('peer')];
  const permissions = (Description?: string) => [
    {
      IpProtocol: 'tcp',
      FromPort: 80,
      ToPort: 80,
      IpRanges: [{ CidrIp: '10.0.0.0/16', Description }],
      UserIdGroupPairs: [{ GroupId: peer, Description }],
    },
  ];
  await ec2.send(
    new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: permissions('for the web') }),
  );
  const revoke = () =>
    ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions: permissions() }));
  await revoke();
  const { SecurityGroups } = await ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [GroupId ?? ''] }));
  expect(SecurityGroups?.[0]?.IpPermissions).toEqual([]);
  await expect(revoke()).rejects.toMatchObject({ name: 'InvalidPermission.NotFound' });
});

test('a list of tags has the types of AWS', async () => {
  const { subnetId } = await makeNetwork(ec2);
  const allocationId = await makeAddress(ec2);
  const { NatGatewayId = '' } = await makeNatGateway(ec2, subnetId, allocationId);
  const Resources = [subnetId, allocationId, NatGatewayId];
  await ec2.send(new CreateTagsCommand({ Resources, Tags: [{ Key: 'of', Value: subnetId }] }));
  const Filters = [{ Name: 'value', Values: [subnetId] }];
  const { Tags = [] } = await ec2.send(new DescribeTagsCommand({ Filters }));
  expect(Object.fromEntries(Tags.map(tag => [tag.ResourceId, tag.ResourceType]))).toEqual({
    [subnetId]: 'subnet',
    [allocationId]: 'elastic-ip',
    [NatGatewayId]: 'natgateway',
  });
});

test('host names need DNS support', async () => {
  const VpcId = await makeVpc(ec2);
  const set = (attribute: string, Value: boolean) =>
    ec2.send(new ModifyVpcAttributeCommand({ VpcId, [attribute]: { Value } }));
  await set('EnableDnsSupport', false);
  const refused = { name: 'InvalidParameterCombination' };
  await expect(set('EnableDnsHostnames', true)).rejects.toMatchObject(refused);
  await set('EnableDnsSupport', true);
  await set('EnableDnsHostnames', true);
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
    { ResourceId: absent, Error: { Code: 'InvalidVpcEndpoint.NotFound' } },
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
  const Tags = [{ Key: 'a', Value: 'b' }];
  const TagSpecifications = [{ ResourceType: 'launch-template' as const, Tags }];
  const { LaunchTemplate } = await ec2.send(
    new CreateLaunchTemplateCommand({ LaunchTemplateName, TagSpecifications, ...data(1) }),
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
  const first = new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId, Versions: ['1'] });
  const { LaunchTemplateVersions } = await ec2.send(first);
  expect(LaunchTemplateVersions?.[0]?.LaunchTemplateData?.TagSpecifications).toBeUndefined();
  const { LaunchTemplateVersion } = await ec2.send(
    new CreateLaunchTemplateVersionCommand({ LaunchTemplateId, ...data(4) }),
  );
  expect(LaunchTemplateVersion?.VersionNumber).toBe(4);
  const inheriting = new CreateLaunchTemplateVersionCommand({
    LaunchTemplateId,
    SourceVersion: '1',
    LaunchTemplateData: {},
  });
  await expect(ec2.send(inheriting)).rejects.toMatchObject({ name: 'NotImplementedByBench' });
  const Resources = [LaunchTemplateId ?? ''];
  await ec2.send(new CreateTagsCommand({ Resources, Tags: [{ Key: 'a', Value: 'c' }] }));
  const show = new DescribeLaunchTemplatesCommand({ LaunchTemplateIds: Resources });
  const { LaunchTemplates } = await ec2.send(show);
  expect(LaunchTemplates?.[0]?.Tags).toEqual([{ Key: 'a', Value: 'c' }]);
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

test('a snapshot has the key of its volume', async () => {
  const KmsKeyId = `arn:aws:kms:${REGION}:${ACCOUNT}:key/disks`;
  const place = { AvailabilityZone: `${REGION}a`, Size: 1 };
  const ids: (string | undefined)[] = [];
  for (const of of [{ Encrypted: true, KmsKeyId }, {}]) {
    const { VolumeId } = await ec2.send(new CreateVolumeCommand({ ...place, ...of }));
    ids.push((await ec2.send(new CreateSnapshotCommand({ VolumeId }))).SnapshotId);
  }
  const { Snapshots = [] } = await ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ['self'] }));
  const keys = ids.map(id => Snapshots.find(one => one.SnapshotId === id)?.KmsKeyId);
  expect(keys).toEqual([KmsKeyId, undefined]);
});
