import {
  AssociateRouteTableCommand,
  AssociateVpcCidrBlockCommand,
  CreateRouteCommand,
  CreateSubnetCommand,
  DescribeRouteTablesCommand,
  DescribeVpcsCommand,
  DisassociateVpcCidrBlockCommand,
  ModifyVpcAttributeCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AwsBench, startAwsBench, type World } from '../conformance/world.ts';
import { type ExistingNetworkDesired, existingNetworkAdaptor } from './existing-network.ts';
import {
  FRESH,
  makeInternetGateway,
  makeNatGateway,
  makeRouteTable,
  makeSubnet,
  makeVpc,
  SHARED,
  ZONES,
} from './testing.ts';

let bench: AwsBench;
beforeAll(async () => {
  bench = await startAwsBench();
});
afterAll(() => bench?.stop());

const EVERYWHERE = { DestinationCidrBlock: '0.0.0.0/0' };

interface Network {
  readonly world: World;
  readonly desired: ExistingNetworkDesired;
  readonly natGatewayId: string;
  readonly internetGatewayId: string;
}

/** Two private subnets in two zones behind a NAT gateway, and a public one that has the main route table. */
async function prepared(): Promise<Network> {
  const world = await bench.world();
  const { ec2 } = world.scope;
  const VpcId = await makeVpc(world);
  const internetGatewayId = await makeInternetGateway(world, VpcId);
  const subnet = async (index: number) => {
    const place = { VpcId, CidrBlock: `10.0.${index}.0/24`, AvailabilityZoneId: ZONES[index] };
    return (await ec2.send(new CreateSubnetCommand(place))).Subnet?.SubnetId ?? '';
  };
  const [one, two, open] = [await subnet(0), await subnet(1), await subnet(2)];
  const natGatewayId = await makeNatGateway(world, open);
  const RouteTableId = await makeRouteTable(world, VpcId);
  await ec2.send(new CreateRouteCommand({ RouteTableId, ...EVERYWHERE, NatGatewayId: natGatewayId }));
  for (const SubnetId of [one, two])
    await ec2.send(new AssociateRouteTableCommand({ RouteTableId, SubnetId }));
  const Filters = [
    { Name: 'vpc-id', Values: [VpcId] },
    { Name: 'association.main', Values: ['true'] },
  ];
  const { RouteTables } = await ec2.send(new DescribeRouteTablesCommand({ Filters }));
  const main = RouteTables?.[0]?.RouteTableId;
  await ec2.send(new CreateRouteCommand({ RouteTableId: main, ...EVERYWHERE, GatewayId: internetGatewayId }));
  const desired = { vpcId: VpcId, privateSubnetIds: [one, two], publicSubnetIds: [open], forCluster: false };
  return { world, desired, natGatewayId, internetGatewayId };
}

async function look({ world }: Network, desired: ExistingNetworkDesired) {
  const [found] = await existingNetworkAdaptor.find(world.scope, world.identity(), { ...FRESH, desired });
  if (found === undefined) throw new Error('nothing was found');
  return found;
}

test('a network that can be used is shown with zones, free addresses and routes', async () => {
  const network = await prepared();
  const { id, state } = await look(network, network.desired);
  const [one, two] = network.desired.privateSubnetIds;
  const [open] = network.desired.publicSubnetIds;
  const nat = network.natGatewayId;
  expect(id).toBe(network.desired.vpcId);
  expect(state).toEqual({
    cidr: '10.0.0.0/16',
    cidrs: ['10.0.0.0/16'],
    zones: { [String(one)]: ZONES[0], [String(two)]: ZONES[1], [String(open)]: ZONES[2] },
    problems: [],
    privateSubnets: [
      { id: one, zoneId: ZONES[0], cidr: '10.0.0.0/24', freeAddresses: 251, defaultRoute: nat },
      { id: two, zoneId: ZONES[1], cidr: '10.0.1.0/24', freeAddresses: 251, defaultRoute: nat },
    ],
    publicSubnets: [
      {
        id: open,
        zoneId: ZONES[2],
        cidr: '10.0.2.0/24',
        freeAddresses: expect.any(Number),
        defaultRoute: network.internetGatewayId,
      },
    ],
  });
  expect(existingNetworkAdaptor.readiness(state)).toEqual({ is: 'ready' });
});

test('its ranges are those that it has now: one that was taken away is shown on for a while', async () => {
  const network = await prepared();
  const { ec2 } = network.world.scope;
  const VpcId = network.desired.vpcId;
  await ec2.send(new AssociateVpcCidrBlockCommand({ VpcId, CidrBlock: '100.64.0.0/16' }));
  const gone = await ec2.send(new AssociateVpcCidrBlockCommand({ VpcId, CidrBlock: '100.65.0.0/16' }));
  const AssociationId = gone.CidrBlockAssociation?.AssociationId;
  await ec2.send(new DisassociateVpcCidrBlockCommand({ AssociationId }));
  const { Vpcs } = await ec2.send(new DescribeVpcsCommand({ VpcIds: [VpcId] }));
  expect(Vpcs?.[0]?.CidrBlockAssociationSet).toHaveLength(3);
  const { state } = await look(network, network.desired);
  expect(state.cidrs.toSorted()).toEqual(['10.0.0.0/16', '100.64.0.0/16']);
});

test('zones are known of subnets that are not listed too: a cluster may be in them', async () => {
  const network = await prepared();
  const { privateSubnetIds, publicSubnetIds } = network.desired;
  const [one = '', two = ''] = privateSubnetIds;
  const [open = ''] = publicSubnetIds;
  const { state } = await look(network, { ...network.desired, publicSubnetIds: [] });
  expect(state.zones).toEqual({ [one]: ZONES[0], [two]: ZONES[1], [open]: ZONES[2] });
});

test.each<[string, (network: Network) => Promise<ExistingNetworkDesired> | ExistingNetworkDesired, RegExp]>([
  [
    'no such VPC',
    ({ desired }) => ({ ...desired, vpcId: 'vpc-0123456789abcdef0' }),
    /vpc-0123456789abcdef0 does not exist in this account and region\. .*delete this OptaEnvironment and make it again/,
  ],
  [
    'no such subnet',
    ({ desired }) => ({
      ...desired,
      privateSubnetIds: [...desired.privateSubnetIds, 'subnet-0123456789abcdef0'],
    }),
    /subnet-0123456789abcdef0 does not exist/,
  ],
  [
    'a subnet of another VPC',
    async ({ world, desired }) => {
      const other = await makeSubnet(world, await makeVpc(world));
      return { ...desired, privateSubnetIds: [...desired.privateSubnetIds, other] };
    },
    /subnet-\w+ is in vpc-\w+, not in vpc-\w+/,
  ],
  [
    'private subnets of one zone',
    ({ desired }) => ({ ...desired, privateSubnetIds: desired.privateSubnetIds.slice(0, 1) }),
    /the private subnets are not in two zones or more/,
  ],
  [
    'a private subnet that the internet reaches',
    ({ desired }) => ({
      ...desired,
      privateSubnetIds: [...desired.privateSubnetIds, ...desired.publicSubnetIds],
    }),
    /is to be private, and its default route leads to the internet gateway igw-/,
  ],
  [
    'a public subnet behind a NAT gateway',
    ({ desired }) => ({ ...desired, publicSubnetIds: desired.privateSubnetIds }),
    /is to be public, and its default route leads to nat-/,
  ],
])('%s is told', async (_, change, message) => {
  const network = await prepared();
  const { state } = await look(network, await change(network));
  expect(existingNetworkAdaptor.readiness(state)).toEqual({
    is: 'failed',
    message: expect.stringMatching(message),
  });
});

async function setDns({ world, desired }: Network, support: boolean, hostnames: boolean): Promise<void> {
  const { ec2 } = world.scope;
  const VpcId = desired.vpcId;
  await ec2.send(new ModifyVpcAttributeCommand({ VpcId, EnableDnsSupport: { Value: support } }));
  await ec2.send(new ModifyVpcAttributeCommand({ VpcId, EnableDnsHostnames: { Value: hostnames } }));
}

test.each([
  [true, true, []],
  [true, false, ['enableDnsHostnames']],
  [false, false, ['enableDnsSupport', 'enableDnsHostnames']],
])(
  'DNS support %s, hostnames %s: what a cluster lacks is told, and nobody else is asked for it',
  async (support, hostnames, lacking) => {
    const network = await prepared();
    await setDns(network, support, hostnames);
    const { vpcId } = network.desired;
    const told = (await look(network, { ...network.desired, forCluster: true })).state.problems;
    expect(told).toEqual(
      lacking.map(name => `${name} of ${vpcId} is off, without which nodes do not find their cluster`),
    );
    expect((await look(network, network.desired)).state.problems).toEqual([]);
  },
);

test('for a cluster two reads more, which those who look at the same moment share', async () => {
  const { world, desired } = await prepared();
  const look = { ...SHARED, desired: { ...desired, forCluster: true } };
  const calls = await world.calls(async () => {
    const looks = Array.from({ length: 5 }, () =>
      existingNetworkAdaptor.find(world.scope, world.identity(), look),
    );
    await Promise.all(looks);
  });
  expect(calls.map(call => call.operation).sort()).toEqual([
    'DescribeRouteTables',
    'DescribeSubnets',
    'DescribeVpcAttribute',
    'DescribeVpcAttribute',
    'DescribeVpcs',
  ]);
});

test('it writes nothing, and those who look at the same moment share three reads', async () => {
  const { world, desired } = await prepared();
  const calls = await world.calls(async () => {
    const looks = Array.from({ length: 5 }, () =>
      existingNetworkAdaptor.find(world.scope, world.identity(), { ...SHARED, desired }),
    );
    await Promise.all(looks);
  });
  expect(calls.map(call => call.operation).sort()).toEqual([
    'DescribeRouteTables',
    'DescribeSubnets',
    'DescribeVpcs',
  ]);
  const [found] = await existingNetworkAdaptor.find(world.scope, world.identity(), { ...FRESH, desired });
  if (found === undefined) throw new Error('nothing was found');
  const remove = existingNetworkAdaptor.remove(world.scope, found, { desired, owner: world.owner });
  await expect(remove).rejects.toThrow('only read');
});
