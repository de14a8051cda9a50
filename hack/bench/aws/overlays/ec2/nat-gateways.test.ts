import {
  CreateNatGatewayCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  CreateTagsCommand,
  DeleteNatGatewayCommand,
  DeleteTagsCommand,
  DescribeAddressesCommand,
  DescribeNatGatewaysCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeVpcsCommand,
  DetachInternetGatewayCommand,
  type Filter,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { setPace } from '../pace.ts';
import { failNatGateways } from './nat-gateways.ts';
import {
  type Ec2Bench,
  makeAddress,
  makeNatGateway,
  makeNetwork,
  makeSubnet,
  makeVpc,
  showNatGateway,
  startEc2Bench,
} from './testing.ts';

let bench: Ec2Bench;
beforeAll(async () => {
  bench = await startEc2Bench();
});
beforeEach(() => bench.gateway.reset());
afterAll(() => bench.stop());

async function made() {
  const { ec2 } = bench;
  const network = await makeNetwork(ec2);
  const allocationId = await makeAddress(ec2);
  const gateway = await makeNatGateway(ec2, network.subnetId, allocationId);
  return { ...network, allocationId, gateway, id: gateway.NatGatewayId ?? '' };
}

const addressOf = async (AllocationId: string) =>
  (await bench.ec2.send(new DescribeAddressesCommand({ AllocationIds: [AllocationId] }))).Addresses?.[0];

const interfacesOf = async (Filters: Filter[]) =>
  (await bench.ec2.send(new DescribeNetworkInterfacesCommand({ Filters }))).NetworkInterfaces ?? [];

async function idsWhere(...Filter: Filter[]): Promise<(string | undefined)[]> {
  const { NatGateways = [] } = await bench.ec2.send(new DescribeNatGatewaysCommand({ Filter }));
  return NatGateways.map(one => one.NatGatewayId);
}

const remove = (NatGatewayId: string) => bench.ec2.send(new DeleteNatGatewayCommand({ NatGatewayId }));

test('it is pending, then available, then deleting, and stays listed as deleted for an hour', async () => {
  const { ec2, gateway: clock } = bench;
  const { gateway, id } = await made();
  const states = [gateway.State];
  const look = async (seconds: number) => {
    clock.advanceClock(seconds);
    states.push((await showNatGateway(ec2, id)).State);
  };
  await look(80);
  await look(11);
  await remove(id);
  await look(1);
  await look(45);
  await look(3500);
  expect(states).toEqual(['pending', 'pending', 'available', 'deleting', 'deleted', 'deleted']);
  clock.advanceClock(100);
  await expect(showNatGateway(ec2, id)).rejects.toMatchObject({ name: 'NatGatewayNotFound' });
  await expect(remove(id)).rejects.toMatchObject({ name: 'NatGatewayNotFound' });
});

test('its interface and the association of its address come with it, and go when it is deleted', async () => {
  const { subnetId, allocationId, gateway, id } = await made();
  const [planted, ...others] = await interfacesOf([{ Name: 'subnet-id', Values: [subnetId] }]);
  expect(others).toEqual([]);
  expect(planted).toMatchObject({
    NetworkInterfaceId: gateway.NatGatewayAddresses?.[0]?.NetworkInterfaceId,
    InterfaceType: 'nat_gateway',
    Description: `Interface for NAT Gateway ${id}`,
    RequesterManaged: true,
    Status: 'in-use',
    PrivateIpAddress: expect.stringMatching(/^10\.0\.0\./),
    Attachment: { InstanceOwnerId: 'amazon-aws', Status: 'attached' },
  });
  const address = await addressOf(allocationId);
  expect(address).toMatchObject({
    PublicIp: gateway.NatGatewayAddresses?.[0]?.PublicIp,
    AssociationId: expect.stringMatching(/^eipassoc-/),
    NetworkInterfaceId: planted?.NetworkInterfaceId,
  });
  expect(planted?.Association?.PublicIp).toBe(address?.PublicIp);
  await remove(id);
  expect(await interfacesOf([{ Name: 'subnet-id', Values: [subnetId] }])).toHaveLength(1);
  bench.gateway.advanceClock(46);
  expect(await interfacesOf([{ Name: 'subnet-id', Values: [subnetId] }])).toEqual([]);
  expect((await addressOf(allocationId))?.AssociationId).toBeUndefined();
});

test('an address in use is accepted, and the gateway fails', async () => {
  const { subnetId, allocationId, vpcId } = await made();
  const second = await makeNatGateway(bench.ec2, subnetId, allocationId);
  expect(second).toMatchObject({ State: 'pending' });
  expect(second.FailureCode).toBeUndefined();
  bench.gateway.advanceClock(91);
  const failed = await showNatGateway(bench.ec2, second.NatGatewayId);
  expect(failed).toMatchObject({
    State: 'failed',
    FailureCode: 'Resource.AlreadyAssociated',
    FailureMessage: `Elastic IP address [${allocationId}] is already associated`,
  });
  expect(await interfacesOf([{ Name: 'vpc-id', Values: [vpcId] }])).toHaveLength(1);
});

test('without an internet gateway it fails', async () => {
  const VpcId = await makeVpc(bench.ec2);
  const subnetId = await makeSubnet(bench.ec2, VpcId);
  const { NatGatewayId } = await makeNatGateway(bench.ec2, subnetId, await makeAddress(bench.ec2));
  bench.gateway.advanceClock(91);
  expect(await showNatGateway(bench.ec2, NatGatewayId)).toMatchObject({
    State: 'failed',
    FailureCode: 'Gateway.NotAttached',
    FailureMessage: `Network ${VpcId} has no Internet gateway attached`,
  });
});

test('a test can make one fail', async () => {
  failNatGateways(bench.gateway, { code: 'InternalError', message: 'Please try again.' });
  const { id } = await made();
  failNatGateways(bench.gateway, undefined);
  const next = await made();
  bench.gateway.advanceClock(91);
  expect(await showNatGateway(bench.ec2, id)).toMatchObject({ FailureCode: 'InternalError' });
  expect(await showNatGateway(bench.ec2, next.id)).toMatchObject({ State: 'available' });
});

test.each([
  ['an absent subnet', { SubnetId: 'subnet-0123456789abcdef0' }, 'InvalidSubnetID.NotFound'],
  ['an absent address', { AllocationId: 'eipalloc-0123456789abcdef0' }, 'InvalidAllocationID.NotFound'],
  ['no address', { AllocationId: undefined }, 'MissingParameter'],
  ['a regional one', { AvailabilityMode: 'regional' as const }, 'NotImplementedByBench'],
])('refused at once: %s', async (_, change, name) => {
  const { subnetId } = await makeNetwork(bench.ec2);
  const AllocationId = await makeAddress(bench.ec2);
  const command = new CreateNatGatewayCommand({ SubnetId: subnetId, AllocationId, ...change });
  await expect(bench.ec2.send(command)).rejects.toMatchObject({ name });
});

test('it is found by its tags, state and place, and its tags change beside those of others', async () => {
  const { subnetId, vpcId, id } = await made();
  const other = await made();
  const Tags = [{ Key: 'team', Value: 'a b' }];
  await bench.ec2.send(new CreateTagsCommand({ Resources: [vpcId, id], Tags }));
  const found = [
    await idsWhere({ Name: 'tag:team', Values: ['a*'] }),
    await idsWhere({ Name: 'tag-key', Values: ['team'] }),
    await idsWhere({ Name: 'subnet-id', Values: [subnetId] }),
    await idsWhere({ Name: 'vpc-id', Values: [vpcId] }, { Name: 'state', Values: ['pending', 'failed'] }),
    await idsWhere({ Name: 'nat-gateway-id', Values: [id] }),
  ];
  expect(found).toEqual(Array(5).fill([id]));
  expect(await idsWhere({ Name: 'state', Values: ['available'] })).toEqual([]);
  expect(await idsWhere()).toEqual([id, other.id]);
  expect((await showNatGateway(bench.ec2, id)).Tags).toEqual(Tags);
  const { Vpcs } = await bench.ec2.send(new DescribeVpcsCommand({ VpcIds: [vpcId] }));
  expect(Vpcs?.[0]?.Tags).toEqual(Tags);
  await bench.ec2.send(new DeleteTagsCommand({ Resources: [id], Tags: [{ Key: 'team' }] }));
  expect((await showNatGateway(bench.ec2, id)).Tags).toEqual([]);
  const absent = new CreateTagsCommand({ Resources: ['nat-0123456789abcdef0'], Tags });
  await expect(bench.ec2.send(absent)).rejects.toMatchObject({ name: 'NatGatewayNotFound' });
  await expect(idsWhere({ Name: 'colour', Values: ['red'] })).rejects.toMatchObject({
    name: 'InvalidParameterValue',
  });
});

test('routes lead to one that is there, and are black holes when it is gone', async () => {
  const { vpcId, id } = await made();
  const { RouteTable } = await bench.ec2.send(new CreateRouteTableCommand({ VpcId: vpcId }));
  const RouteTableId = RouteTable?.RouteTableId;
  const route = (NatGatewayId: string) =>
    bench.ec2.send(new CreateRouteCommand({ RouteTableId, DestinationCidrBlock: '0.0.0.0/0', NatGatewayId }));
  const NotFound = { name: 'InvalidNatGatewayID.NotFound' };
  await expect(route('nat-0123456789abcdef0')).rejects.toMatchObject(NotFound);
  await route(id);
  const states = async () =>
    (
      await bench.ec2.send(new DescribeRouteTablesCommand({ RouteTableIds: [RouteTableId ?? ''] }))
    ).RouteTables?.[0]?.Routes?.map(one => one.State);
  expect(await states()).toEqual(['active', 'active']);
  await remove(id);
  expect(await states()).toEqual(['active', 'blackhole']);
  await expect(route(id)).rejects.toMatchObject(NotFound);
});

test('the gateway of a VPC stays attached while an address is mapped', async () => {
  const { vpcId, internetGatewayId, id } = await made();
  const detach = () =>
    bench.ec2.send(new DetachInternetGatewayCommand({ VpcId: vpcId, InternetGatewayId: internetGatewayId }));
  await expect(detach()).rejects.toMatchObject({ name: 'DependencyViolation' });
  await remove(id);
  bench.gateway.advanceClock(46);
  await detach();
});

test('its life can go faster', async () => {
  setPace(bench.gateway, 0.01);
  const { id } = await made();
  bench.gateway.advanceClock(1);
  expect((await showNatGateway(bench.ec2, id)).State).toBe('available');
  setPace(bench.gateway, 1);
});
