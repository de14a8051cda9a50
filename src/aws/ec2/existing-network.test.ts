import {
  AssociateRouteTableCommand,
  AssociateVpcCidrBlockCommand,
  CreateRouteCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeRouteTablesCommand,
  DescribeVpcsCommand,
  DisassociateVpcCidrBlockCommand,
  ModifyVpcAttributeCommand,
  type Route,
  type RouteTable,
  type Subnet,
  type Vpc,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AwsBench, startAwsBench, type World } from '../conformance/world.ts';
import type { AwsScope } from '../scope.ts';
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
    serves: true,
    coming: [],
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
    'no such subnet, and nothing of the zones of the others',
    ({ desired }) => ({
      ...desired,
      privateSubnetIds: [...desired.privateSubnetIds.slice(0, 1), 'subnet-0123456789abcdef0'],
    }),
    /: subnet-0123456789abcdef0 does not exist in this account and region: list one that does in spec\.network\.existing\.privateSubnetIds$/,
  ],
  [
    'a subnet of another VPC',
    async ({ world, desired }) => {
      const other = await makeSubnet(world, await makeVpc(world));
      return { ...desired, privateSubnetIds: [...desired.privateSubnetIds, other] };
    },
    /subnet-\w+ is in vpc-\w+, not in vpc-\w+: list subnets of the latter alone in spec\.network\.existing\.privateSubnetIds/,
  ],
  [
    'private subnets of one zone',
    ({ desired }) => ({ ...desired, privateSubnetIds: desired.privateSubnetIds.slice(0, 1) }),
    /the private subnets subnet-\w+ are all in euc1-az2: add one of another zone to spec\.network\.existing\.privateSubnetIds/,
  ],
  [
    'a private subnet that the internet reaches',
    ({ desired }) => ({
      ...desired,
      privateSubnetIds: [...desired.privateSubnetIds, ...desired.publicSubnetIds],
    }),
    /subnet-\w+ in \S+ is to be private, and its default route leads to the internet gateway igw-\w+: list another one in spec\.network\.existing\.privateSubnetIds, or have the network's keepers lead that route to a NAT gateway/,
  ],
  [
    'a public subnet without a way anywhere',
    async ({ world, desired }) => {
      const SubnetId = desired.privateSubnetIds[0] ?? '';
      const RouteTableId = await makeRouteTable(world, desired.vpcId);
      const aside = await world.scope.ec2.send(
        new CreateSubnetCommand({ VpcId: desired.vpcId, CidrBlock: '10.0.9.0/24' }),
      );
      const bare = aside.Subnet?.SubnetId ?? SubnetId;
      await world.scope.ec2.send(new AssociateRouteTableCommand({ RouteTableId, SubnetId: bare }));
      return { ...desired, publicSubnetIds: [bare] };
    },
    /subnet-\w+ in \S+ is to be public, and its default route leads to nowhere: take it out of spec\.network\.existing\.publicSubnetIds, or have the network's keepers give it a route to an internet gateway/,
  ],
])('%s is told', async (what, change, message) => {
  const network = await prepared();
  const { state } = await look(network, await change(network));
  // What there is runs in the private ones.
  const serves = what.startsWith('a public subnet') ? { serves: true } : {};
  expect(existingNetworkAdaptor.readiness(state)).toEqual({
    is: 'failed',
    message: expect.stringMatching(message),
    ...serves,
  });
});

/** What EC2 shows, with changes that the emulator cannot make. */
function showing(world: World, change: (subnetId: string, shown: Shown) => void): AwsScope {
  const send = async (command: Parameters<typeof world.scope.ec2.send>[0]) => {
    const shown = (await world.scope.ec2.send(command)) as Shown;
    for (const one of shown.Subnets ?? []) change(one.SubnetId ?? '', { Subnets: [one] });
    for (const one of shown.RouteTables ?? [])
      for (const use of one.Associations ?? []) change(use.SubnetId ?? 'main', { RouteTables: [one] });
    for (const one of shown.Vpcs ?? []) change('vpc', { Vpcs: [one] });
    return shown;
  };
  return { ...world.scope, ec2: { send } as unknown as AwsScope['ec2'] };
}

interface Shown {
  readonly Subnets?: Subnet[];
  readonly RouteTables?: RouteTable[];
  readonly Vpcs?: Vpc[];
}

async function lookShowing(network: Network, of: string, change: (shown: Shown) => void, forCluster = false) {
  const { world, desired } = network;
  const scope = showing(world, (subnetId, shown) => {
    if (subnetId === of) change(shown);
  });
  const context = { ...FRESH, desired: { ...desired, forCluster } };
  const [found] = await existingNetworkAdaptor.find(scope, world.identity(), context);
  if (found === undefined) throw new Error('nothing was found');
  return found.state;
}

const LOCAL = { DestinationCidrBlock: '10.0.0.0/16', GatewayId: 'local', State: 'active' } as const;

function withRoutes(...routes: readonly Route[]) {
  return ({ RouteTables: [table] = [] }: Shown) => {
    if (table !== undefined) table.Routes = [LOCAL, ...routes];
  };
}

test.each<[string, string, readonly Route[]]>([
  ['the endpoint of a firewall', 'vpce-0a', [{ ...EVERYWHERE, GatewayId: 'vpce-0a' }]],
  ['a NAT gateway', 'nat-0a', [{ ...EVERYWHERE, NatGatewayId: 'nat-0a' }]],
  ['a transit gateway', 'tgw-0a', [{ ...EVERYWHERE, TransitGatewayId: 'tgw-0a' }]],
  [
    'a core network',
    'arn:aws:networkmanager::1:core-network/0a',
    [{ ...EVERYWHERE, CoreNetworkArn: 'arn:aws:networkmanager::1:core-network/0a' }],
  ],
  ['a local gateway', 'lgw-0a', [{ ...EVERYWHERE, LocalGatewayId: 'lgw-0a' }]],
  ['a carrier gateway', 'cagw-0a', [{ ...EVERYWHERE, CarrierGatewayId: 'cagw-0a' }]],
  ['a peering connection', 'pcx-0a', [{ ...EVERYWHERE, VpcPeeringConnectionId: 'pcx-0a' }]],
  ['an interface', 'eni-0a', [{ ...EVERYWHERE, NetworkInterfaceId: 'eni-0a' }]],
  [
    'a transit gateway by both halves of the internet',
    'tgw-0a',
    [
      { DestinationCidrBlock: '0.0.0.0/1', TransitGatewayId: 'tgw-0a' },
      { DestinationCidrBlock: '128.0.0.0/1', TransitGatewayId: 'tgw-0a' },
    ],
  ],
])('a default route to %s is one, for private and public subnets', async (_, target, routes) => {
  const network = await prepared();
  const [one = ''] = network.desired.privateSubnetIds;
  const asPrivate = await lookShowing(network, one, withRoutes(...routes));
  expect(asPrivate.problems).toEqual([]);
  expect(asPrivate.privateSubnets[0]?.defaultRoute).toBe(target);
  const asPublic = await lookShowing(network, 'main', withRoutes(...routes));
  expect(asPublic.problems).toEqual([]);
  expect(asPublic.publicSubnets[0]?.defaultRoute).toBe(target);
});

test.each<[string, readonly Route[]]>([
  ['0.0.0.0/1', [{ DestinationCidrBlock: '0.0.0.0/1', GatewayId: 'igw-0a' }]],
  ['128.0.0.0/1', [{ DestinationCidrBlock: '128.0.0.0/1', GatewayId: 'igw-0a' }]],
  [
    '::/0',
    [
      { ...EVERYWHERE, NatGatewayId: 'nat-0a' },
      { DestinationIpv6CidrBlock: '::/0', GatewayId: 'igw-0a' },
    ],
  ],
])('a private subnet with a route to %s by an internet gateway is none', async (destination, routes) => {
  const network = await prepared();
  const [one = ''] = network.desired.privateSubnetIds;
  const { problems } = await lookShowing(network, one, withRoutes(...routes));
  const told = `${one} in ${ZONES[0]} is to be private, and its route to ${destination} leads to the internet gateway igw-0a: `;
  expect(problems[0]).toMatch(told);
});

test('a route that leads nowhere any more, and one out alone, open nothing', async () => {
  const network = await prepared();
  const [one = ''] = network.desired.privateSubnetIds;
  const { problems } = await lookShowing(
    network,
    one,
    withRoutes(
      { ...EVERYWHERE, GatewayId: 'igw-0a', State: 'blackhole' },
      { DestinationIpv6CidrBlock: '::/0', EgressOnlyInternetGatewayId: 'eigw-0a' },
    ),
  );
  expect(problems).toEqual([]);
});

test.each<[string, string, boolean, Partial<Subnet>]>([
  ['in a zone that EKS refuses', 'is in use1-az3', true, { AvailabilityZoneId: 'use1-az3' }],
  ['in a Local Zone', 'is in usw2-lax1-az1', true, { AvailabilityZoneId: 'usw2-lax1-az1' }],
  ['in a Wavelength Zone', 'is in use1-wl1-bos-wlz1', true, { AvailabilityZoneId: 'use1-wl1-bos-wlz1' }],
  ['on an Outpost', `is in ${ZONES[0]}, on the Outpost arn:op`, true, { OutpostArn: 'arn:op' }],
  ['in a zone that EKS refuses', '', false, { AvailabilityZoneId: 'use1-az3' }],
  ['in a Local Zone', '', false, { AvailabilityZoneId: 'usw2-lax1-az1' }],
])('a private subnet %s is told as “%s”, for a cluster: %s', async (_, told, forCluster, of) => {
  const network = await prepared();
  await setDns(network, true, true);
  const [one = ''] = network.desired.privateSubnetIds;
  const state = await lookShowing(
    network,
    one,
    ({ Subnets: [subnet] = [] }) => void Object.assign(subnet ?? {}, of),
    forCluster,
  );
  const way =
    'where EKS takes no subnets of a cluster: list one of another zone in spec.network.existing.privateSubnetIds';
  expect(state.problems).toEqual(told === '' ? [] : [`${one} ${told}, ${way}`]);
});

test.each(['privateSubnetIds', 'publicSubnetIds'] as const)('of %s none is of IPv6 alone', async field => {
  const network = await prepared();
  const [one = ''] = network.desired[field];
  const state = await lookShowing(
    network,
    one,
    ({ Subnets: [subnet] = [] }) =>
      void Object.assign(subnet ?? {}, { Ipv6Native: true, CidrBlock: undefined }),
  );
  expect(state.problems).toEqual([
    `${one} has addresses of IPv6 alone: list one with IPv4 in spec.network.existing.${field}`,
  ]);
});

test('what somebody makes still is waited for', async () => {
  const network = await prepared();
  const state = await lookShowing(network, 'vpc', ({ Vpcs: [vpc] = [] }) => {
    if (vpc !== undefined) vpc.State = 'pending';
  });
  expect(existingNetworkAdaptor.readiness(state)).toEqual({
    is: 'in progress',
    message: `the existing network is not there yet: ${network.desired.vpcId} is pending`,
    againInMs: 5_000,
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
  [true, false, [['enableDnsHostnames', '--enable-dns-hostnames']]],
  [
    false,
    false,
    [
      ['enableDnsSupport', '--enable-dns-support'],
      ['enableDnsHostnames', '--enable-dns-hostnames'],
    ],
  ],
])(
  'DNS support %s, hostnames %s: what a cluster lacks is told, and nobody else is asked for it',
  async (support, hostnames, lacking) => {
    const network = await prepared();
    await setDns(network, support, hostnames);
    const { vpcId } = network.desired;
    const told = (await look(network, { ...network.desired, forCluster: true })).state.problems;
    expect(told).toEqual(
      lacking.map(
        ([name, flag]) =>
          `${name} of ${vpcId} is off, without which nodes do not find their cluster: have the network's keepers turn it on (aws ec2 modify-vpc-attribute --vpc-id ${vpcId} ${flag} Value=true)`,
      ),
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

test('twenty looks at three networks of an account are three reads once all of them were asked for', async () => {
  const { world, desired } = await prepared();
  const { ec2 } = world.scope;
  const others: ExistingNetworkDesired[] = [];
  for (const CidrBlock of ['10.0.0.0/16', '10.1.0.0/16']) {
    const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock }));
    others.push({ ...desired, vpcId: Vpc?.VpcId ?? '', privateSubnetIds: [], publicSubnetIds: [] });
  }
  const all = [desired, ...others];
  const look = (one: ExistingNetworkDesired) =>
    existingNetworkAdaptor.find(world.scope, world.identity(), { ...SHARED, desired: one });
  for (const one of all) await look(one);
  world.gateway.advanceClock(16);
  const found: Awaited<ReturnType<typeof look>>[] = [];
  const calls = await world.calls(async () => {
    const looks = Array.from({ length: 20 }, (_, at) => look(all[at % all.length] ?? desired));
    found.push(...(await Promise.all(looks)));
  });
  expect(calls.map(call => call.operation).sort()).toEqual([
    'DescribeRouteTables',
    'DescribeSubnets',
    'DescribeVpcs',
  ]);
  expect(found[0]?.[0]?.state.problems).toEqual([]);
  expect(Object.keys(found[0]?.[0]?.state.zones ?? {})).toHaveLength(3);
  expect(found[2]?.[0]?.state).toMatchObject({ cidr: '10.1.0.0/16', zones: {} });
});
