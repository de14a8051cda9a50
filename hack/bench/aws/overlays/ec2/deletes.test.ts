import {
  AssociateRouteTableCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateNetworkInterfaceCommand,
  CreateRouteTableCommand,
  CreateSecurityGroupCommand,
  CreateVpcEndpointCommand,
  DeleteInternetGatewayCommand,
  DeleteNatGatewayCommand,
  DeleteNetworkInterfaceCommand,
  DeleteRouteTableCommand,
  DeleteSecurityGroupCommand,
  DeleteSubnetCommand,
  DeleteVpcCommand,
  DeleteVpcEndpointsCommand,
  DescribeAddressesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DetachInternetGatewayCommand,
  type EC2Client,
  ReleaseAddressCommand,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { plantInterface, uprootInterface } from './interfaces.ts';
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

const place = { accountId: ACCOUNT, region: REGION };
let bench: Ec2Bench;
let ec2: EC2Client;
beforeAll(async () => {
  bench = await startEc2Bench();
  ec2 = bench.ec2;
});
afterAll(() => bench.stop());

async function makeGroup(VpcId: string, GroupName: string): Promise<string> {
  const command = new CreateSecurityGroupCommand({ VpcId, GroupName, Description: 'a' });
  return (await ec2.send(command)).GroupId ?? '';
}

async function defaultGroup(VpcId: string): Promise<string> {
  const Filters = [{ Name: 'vpc-id', Values: [VpcId] }];
  const { SecurityGroups } = await ec2.send(new DescribeSecurityGroupsCommand({ Filters }));
  return SecurityGroups?.[0]?.GroupId ?? '';
}

const violation = { name: 'DependencyViolation' };
const dropSubnet = (SubnetId: string) => ec2.send(new DeleteSubnetCommand({ SubnetId }));
const dropGroup = (GroupId: string) => ec2.send(new DeleteSecurityGroupCommand({ GroupId }));
const dropVpc = (VpcId: string) => ec2.send(new DeleteVpcCommand({ VpcId }));

test('a subnet with an interface of a load balancer stays, and an operator can tell whose it is', async () => {
  const { subnetId } = await makeNetwork(ec2);
  const planted = await plantInterface(bench.gateway.bench, {
    ...place,
    subnetId,
    description: 'ELB net/k8s-web-1234/50dc6c495c0c9188',
    interfaceType: 'network_load_balancer',
    requesterId: 'amazon-elb',
    tags: { 'elbv2.k8s.aws/cluster': 'shop' },
  });
  await expect(dropSubnet(subnetId)).rejects.toMatchObject(violation);
  const show = async (Name: string, value: string) =>
    (
      await ec2.send(new DescribeNetworkInterfacesCommand({ Filters: [{ Name, Values: [value] }] }))
    ).NetworkInterfaces?.map(one => one.NetworkInterfaceId);
  expect(await show('requester-id', 'amazon-elb')).toEqual([planted.id]);
  expect(await show('interface-type', 'network_load_balancer')).toEqual([planted.id]);
  expect(await show('status', 'available')).not.toContain(planted.id);
  expect(await show('tag:elbv2.k8s.aws/cluster', 'shop')).toEqual([planted.id]);
  const byHand = new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: planted.id });
  await expect(ec2.send(byHand)).rejects.toMatchObject({
    name: 'InvalidParameterValue',
    message: expect.stringContaining('is currently in use'),
  });
  await uprootInterface(bench.gateway.bench, place, planted);
  await dropSubnet(subnetId);
});

test('an interface that a node left behind is available, and can be deleted', async () => {
  const { subnetId } = await makeNetwork(ec2);
  const planted = await plantInterface(bench.gateway.bench, {
    ...place,
    subnetId,
    description: 'aws-K8S-i-0123456789abcdef0',
    interfaceType: 'interface',
    status: 'available',
  });
  await expect(dropSubnet(subnetId)).rejects.toMatchObject(violation);
  await ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: planted.id }));
  await dropSubnet(subnetId);
});

test('a group that another one names, or an interface has, stays', async () => {
  const { vpcId, subnetId } = await makeNetwork(ec2);
  const [used, user] = [await makeGroup(vpcId, 'used'), await makeGroup(vpcId, 'user')];
  const pair = (GroupId: string) => [
    { IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, UserIdGroupPairs: [{ GroupId }] },
  ];
  await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: user, IpPermissions: pair(used) }));
  // Naming itself is no obstacle.
  await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: used, IpPermissions: pair(used) }));
  await expect(dropGroup(used)).rejects.toMatchObject(violation);
  await ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId: user, IpPermissions: pair(used) }));
  const { NetworkInterface } = await ec2.send(
    new CreateNetworkInterfaceCommand({ SubnetId: subnetId, Groups: [used] }),
  );
  await expect(dropGroup(used)).rejects.toMatchObject(violation);
  const { NetworkInterfaceId } = NetworkInterface ?? {};
  await ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId }));
  await dropGroup(used);
  await expect(dropGroup(used)).rejects.toMatchObject({ name: 'InvalidGroup.NotFound' });
});

test('the default group and the main route table stay', async () => {
  const VpcId = await makeVpc(ec2);
  await expect(dropGroup(await defaultGroup(VpcId))).rejects.toMatchObject({ name: 'CannotDelete' });
  const Filters = [{ Name: 'vpc-id', Values: [VpcId] }];
  const tables = async () => (await ec2.send(new DescribeRouteTablesCommand({ Filters }))).RouteTables ?? [];
  const [main] = await tables();
  const drop = new DeleteRouteTableCommand({ RouteTableId: main?.RouteTableId });
  await expect(ec2.send(drop)).rejects.toMatchObject(violation);
  await dropVpc(VpcId);
  expect(await tables()).toEqual([]);
  const { SecurityGroups } = await ec2.send(new DescribeSecurityGroupsCommand({ Filters }));
  expect(SecurityGroups).toEqual([]);
});

test('an address in use is not released', async () => {
  const { subnetId } = await makeNetwork(ec2);
  const AllocationId = await makeAddress(ec2);
  const release = () => ec2.send(new ReleaseAddressCommand({ AllocationId }));
  const user = await plantInterface(bench.gateway.bench, {
    ...place,
    subnetId,
    description: 'ELB net/web/50dc6c495c0c9188',
    interfaceType: 'network_load_balancer',
    requesterId: 'amazon-elb',
    allocationId: AllocationId,
  });
  await expect(release()).rejects.toMatchObject({ name: 'InvalidIPAddress.InUse' });
  await uprootInterface(bench.gateway.bench, place, user);
  await release();
  const free = await makeAddress(ec2);
  await ec2.send(new ReleaseAddressCommand({ AllocationId: free }));
  await expect(ec2.send(new ReleaseAddressCommand({ AllocationId: free }))).rejects.toMatchObject({
    name: 'InvalidAllocationID.NotFound',
  });
  const gone = ec2.send(new DescribeAddressesCommand({ AllocationIds: [free] }));
  await expect(gone).rejects.toMatchObject({ name: 'InvalidAllocationID.NotFound' });
});

test('an address of a NAT gateway is not released before a while after it is deleted', async () => {
  const { subnetId } = await makeNetwork(ec2);
  const AllocationId = await makeAddress(ec2);
  const release = () => ec2.send(new ReleaseAddressCommand({ AllocationId }));
  const { NatGatewayId } = await makeNatGateway(ec2, subnetId, AllocationId);
  const refusal = {
    name: 'AuthFailure',
    message: 'You do not have permission to access the specified resource.',
  };
  await expect(release()).rejects.toMatchObject(refusal);
  await ec2.send(new DeleteNatGatewayCommand({ NatGatewayId }));
  bench.gateway.advanceClock(46);
  const { Addresses } = await ec2.send(new DescribeAddressesCommand({ AllocationIds: [AllocationId] }));
  expect(Addresses?.[0]?.AssociationId).toBeUndefined();
  await expect(release()).rejects.toMatchObject(refusal);
  bench.gateway.advanceClock(5);
  await release();
});

test('an attached internet gateway stays', async () => {
  const { internetGatewayId: InternetGatewayId, vpcId: VpcId } = await makeNetwork(ec2);
  const drop = () => ec2.send(new DeleteInternetGatewayCommand({ InternetGatewayId }));
  await expect(drop()).rejects.toMatchObject(violation);
  await ec2.send(new DetachInternetGatewayCommand({ InternetGatewayId, VpcId }));
  await drop();
  const again = ec2.send(new DetachInternetGatewayCommand({ InternetGatewayId, VpcId }));
  await expect(again).rejects.toMatchObject({ name: 'InvalidInternetGatewayID.NotFound' });
});

test('a route table with a subnet stays', async () => {
  const { vpcId: VpcId, subnetId: SubnetId } = await makeNetwork(ec2);
  const { RouteTable } = await ec2.send(new CreateRouteTableCommand({ VpcId }));
  const RouteTableId = RouteTable?.RouteTableId;
  await ec2.send(new AssociateRouteTableCommand({ RouteTableId, SubnetId }));
  await expect(ec2.send(new DeleteRouteTableCommand({ RouteTableId }))).rejects.toMatchObject(violation);
});

test.each<[string, (VpcId: string) => Promise<unknown>]>([
  ['a subnet', VpcId => makeSubnet(ec2, VpcId)],
  ['a group', VpcId => makeGroup(VpcId, 'extra')],
  ['a route table', VpcId => ec2.send(new CreateRouteTableCommand({ VpcId }))],
])('a VPC with %s stays', async (_, fill) => {
  const VpcId = await makeVpc(ec2);
  await fill(VpcId);
  await expect(dropVpc(VpcId)).rejects.toMatchObject(violation);
});

test('a VPC with an internet gateway, and then with an endpoint, stays', async () => {
  const { vpcId: VpcId, subnetId, internetGatewayId: InternetGatewayId } = await makeNetwork(ec2);
  await dropSubnet(subnetId);
  await expect(dropVpc(VpcId)).rejects.toMatchObject(violation);
  await ec2.send(new DetachInternetGatewayCommand({ InternetGatewayId, VpcId }));
  const ServiceName = `com.amazonaws.${REGION}.s3`;
  const { VpcEndpoint } = await ec2.send(new CreateVpcEndpointCommand({ VpcId, ServiceName }));
  await expect(dropVpc(VpcId)).rejects.toMatchObject(violation);
  await ec2.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [VpcEndpoint?.VpcEndpointId ?? ''] }));
  await dropVpc(VpcId);
  await expect(dropVpc(VpcId)).rejects.toMatchObject({ name: 'InvalidVpcID.NotFound' });
});
