import type { IpPermission, RouteTable, SecurityGroup, Subnet } from '@aws-sdk/client-ec2';
import type { EnvironmentCheck } from './environment-checks.ts';
import type { EnvironmentState } from './environment-state.ts';
import { when } from './judge.ts';
import { type NetworkSecurity, nodeOf } from './network-state.ts';

/** S1 to S5 and S20: the network, word by word. */

type Tier = 'public' | 'private';

export function subnetsOf({ subnets }: NetworkSecurity, tier: Tier): readonly Subnet[] {
  return subnets.filter(subnet => nodeOf(subnet).startsWith(`subnet/${tier}/`));
}

/** S1: one region. IAM and Route 53 have none in their ARNs. */
export const s1: EnvironmentCheck = (state, { region }) => {
  const regional = arnsOf(state).filter(arn => !/^arn:aws:(iam|route53|s3)::/.test(arn));
  const named = state.network.endpoints.map(one => one.ServiceName ?? '');
  return [
    ...when(regional.length < 5, 'hardly anything has an ARN'),
    ...regional.flatMap(arn => when(arn.split(':')[3] !== region, `${arn} is not in ${region}`)),
    ...named.flatMap(name => when(!name.includes(`.${region}.`), `endpoint ${name} is not of ${region}`)),
  ];
};

/** Of what is there, and of what roles and keys name. */
function arnsOf({ network, clusters, roles, keys, logGroups, certificates }: EnvironmentState) {
  const documents = [
    ...roles.flatMap(role => [...role.policies, role.trust]),
    ...keys.map(key => key.policy),
  ];
  const written = documents.flatMap(text => text.match(/arn:aws:[a-z0-9-]+:[a-z0-9-]+:[^"]*/g) ?? []);
  return [
    ...written.filter(arn => !/^arn:aws:[a-z0-9-]+:\*/.test(arn)),
    ...network.subnets.map(one => one.SubnetArn ?? ''),
    ...clusters.flatMap(({ cluster, nodegroups }) => [
      cluster.arn ?? '',
      ...nodegroups.map(one => one.nodegroupArn ?? ''),
    ]),
    ...keys.map(key => key.metadata.Arn ?? ''),
    ...logGroups.map(one => one.arn ?? ''),
    ...certificates.map(one => one.CertificateArn ?? ''),
  ].filter(arn => arn !== '');
}

/** S2: a VPC of its own, private and public subnets in as many zones. */
export const s2: EnvironmentCheck = ({ network }, { zones }) => {
  const [vpc, ...more] = network.vpcs;
  const ranges = network.subnets.map(subnet => subnet.CidrBlock ?? '');
  return [
    ...when(vpc === undefined || more.length > 0, `there are ${network.vpcs.length} VPCs`),
    ...when(vpc?.IsDefault !== false, 'it is the default VPC'),
    ...when(network.subnets.length !== 2 * zones, `there are ${network.subnets.length} subnets`),
    ...(['public', 'private'] as const).flatMap(tier => {
      const ids = new Set(subnetsOf(network, tier).map(one => one.AvailabilityZoneId));
      return when(ids.size !== zones || ids.has(undefined), `${tier} subnets are in ${ids.size} zones`);
    }),
    ...ranges.flatMap((range, index) => [
      ...when(!isWithin(range, vpc?.CidrBlock ?? ''), `${range} is not in the VPC`),
      ...ranges
        .slice(index + 1)
        .flatMap(other =>
          when(isWithin(range, other) || isWithin(other, range), `${range} and ${other} overlap`),
        ),
    ]),
  ];
};

function isWithin(inner: string, outer: string): boolean {
  const [innerBits, outerBits] = [bitsOf(inner), bitsOf(outer)];
  return outer !== '' && innerBits.startsWith(outerBits);
}

/** `10.0.0.0/16` as the sixteen bits that it fixes. */
function bitsOf(cidr: string): string {
  const [address = '', length = '32'] = cidr.split('/');
  const bits = address.split('.').map(part => Number(part).toString(2).padStart(8, '0'));
  return bits.join('').slice(0, Number(length));
}

/** S3: in public subnets are load balancers and NAT gateways, and nothing else. */
export const s3: EnvironmentCheck = ({ network }) => {
  const ids = new Set(subnetsOf(network, 'public').map(one => one.SubnetId));
  const there = network.interfaces.filter(one => ids.has(one.SubnetId));
  return [
    ...when(there.length === 0, 'no interface is in a public subnet, not even of a NAT gateway'),
    ...there.flatMap(one =>
      when(
        !['nat_gateway', 'network_load_balancer'].includes(one.InterfaceType ?? '') ||
          one.Attachment?.InstanceId !== undefined,
        `in public subnet ${one.SubnetId} is ${one.InterfaceType} ${one.NetworkInterfaceId} (${one.Description})`,
      ),
    ),
    ...noAddresses(subnetsOf(network, 'public')),
  ];
};

function noAddresses(subnets: readonly Subnet[]): readonly string[] {
  return subnets.flatMap(one =>
    when(one.MapPublicIpOnLaunch !== false, `${nodeOf(one)} gives out public addresses`),
  );
}

/** S4: what runs is in private subnets, whose only way out is the NAT gateway of their zone. */
export const s4: EnvironmentCheck = ({ network, clusters }) => {
  const subnets = subnetsOf(network, 'private');
  const ids = new Set(subnets.map(one => one.SubnetId));
  const used = clusters.flatMap(({ cluster, nodegroups }) => [
    ...(cluster.resourcesVpcConfig?.subnetIds ?? []).map(id => ['the cluster', id] as const),
    ...nodegroups.flatMap(group => (group.subnets ?? []).map(id => ['its nodes', id] as const)),
  ]);
  const interfaces = network.interfaces.filter(one => ids.has(one.SubnetId));
  return [
    ...when(subnets.length === 0, 'there is no private subnet'),
    ...used.flatMap(([who, id]) => when(!ids.has(id), `${who} may be in ${id}, which is not private`)),
    ...subnets.flatMap(subnet => waysOut(network, subnet)),
    ...noAddresses(subnets),
    ...interfaces.flatMap(one =>
      when(one.Association?.PublicIp !== undefined, `${one.NetworkInterfaceId} has a public address`),
    ),
  ];
};

function waysOut(network: NetworkSecurity, subnet: Subnet): readonly string[] {
  const table = tableOf(network, subnet);
  const routes = table?.Routes ?? [];
  const out = routes.find(route => route.DestinationCidrBlock === '0.0.0.0/0');
  const nat = network.nats.find(one => one.NatGatewayId === out?.NatGatewayId);
  const zoneOf = network.subnets.find(one => one.SubnetId === nat?.SubnetId)?.AvailabilityZoneId;
  return [
    ...routes.flatMap(route =>
      when(
        route.GatewayId?.startsWith('igw-') === true,
        `${nodeOf(subnet)} reaches ${route.DestinationCidrBlock} by ${route.GatewayId}`,
      ),
    ),
    ...when(nat?.State !== 'available', `${nodeOf(subnet)} has no NAT gateway`),
    ...when(
      zoneOf !== subnet.AvailabilityZoneId,
      `the NAT gateway of ${nodeOf(subnet)} is in zone ${zoneOf}`,
    ),
  ];
}

/** Its own, else the VPC's. */
function tableOf({ tables }: NetworkSecurity, { SubnetId }: Subnet): RouteTable | undefined {
  const associations = (table: RouteTable) => table.Associations ?? [];
  return (
    tables.find(table => associations(table).some(one => one.SubnetId === SubnetId)) ??
    tables.find(table => associations(table).some(one => one.Main === true))
  );
}

/** S5: nothing external reaches them. */
export const s5: EnvironmentCheck = ({ network }) => {
  const ids = new Set(subnetsOf(network, 'private').map(one => one.SubnetId));
  const used = network.interfaces
    .filter(one => ids.has(one.SubnetId))
    .flatMap(one => one.Groups ?? [])
    .map(group => group.GroupId);
  const groups = network.groups.filter(
    group => used.includes(group.GroupId) || nodeOf(group).startsWith('security-group/'),
  );
  const cidr = network.vpcs[0]?.CidrBlock ?? '';
  const natAddresses = network.nats.flatMap(nat =>
    (nat.NatGatewayAddresses ?? []).map(one => one.AllocationId),
  );
  return [
    ...when(groups.length < 3, `there are ${groups.length} security groups`),
    ...groups.flatMap(group => open(group, cidr)),
    ...network.addresses.flatMap(one =>
      when(
        one.AssociationId !== undefined && !natAddresses.includes(one.AllocationId),
        `${one.PublicIp} leads to ${one.NetworkInterfaceId}`,
      ),
    ),
  ];
};

function open(group: SecurityGroup, cidr: string): readonly string[] {
  return (group.IpPermissions ?? []).flatMap(permission => {
    const from = [
      ...(permission.IpRanges ?? []).map(one => one.CidrIp ?? '').filter(range => !isWithin(range, cidr)),
      ...(permission.Ipv6Ranges ?? []).map(one => one.CidrIpv6 ?? ''),
      ...(permission.PrefixListIds ?? []).map(one => one.PrefixListId ?? ''),
    ];
    return from.map(range => `${group.GroupName} lets ${range} in`);
  });
}

const STORE_PORTS = { postgres: 5432, redis: 6379, documentdb: 27017 } as const;

/** S20: stores let in the VPC to their standard port, and nobody lets anything out. */
export const s20: EnvironmentCheck = ({ network }) => {
  const cidr = network.vpcs[0]?.CidrBlock ?? '';
  const byDefault = network.groups.filter(group => group.GroupName === 'default');
  return [
    ...Object.entries(STORE_PORTS).flatMap(([store, port]) => {
      const groups = network.groups.filter(group => nodeOf(group) === `security-group/${store}`);
      return [
        ...when(groups.length !== 1, `there are ${groups.length} security groups of ${store}`),
        ...groups.flatMap(group => [
          ...when(group.GroupName === 'default', `${store} has the default security group`),
          ...differ(`ingress of ${store}`, group.IpPermissions, [`tcp ${port}-${port} ${cidr}`]),
          ...differ(`egress of ${store}`, group.IpPermissionsEgress, []),
        ]),
      ];
    }),
    ...when(byDefault.length !== 1, `there are ${byDefault.length} default security groups`),
    ...byDefault.flatMap(group => [
      ...differ('ingress of the default security group', group.IpPermissions, []),
      ...differ('egress of the default security group', group.IpPermissionsEgress, []),
    ]),
  ];
};

function differ(what: string, permissions: readonly IpPermission[] = [], wanted: readonly string[]) {
  const rules = permissions.flatMap(rulesOf);
  return when(
    rules.join() !== wanted.join(),
    `${what} is ${rules.join() || '(none)'}, not ${wanted.join() || '(none)'}`,
  );
}

function rulesOf(permission: IpPermission): readonly string[] {
  const { IpProtocol, FromPort, ToPort } = permission;
  const peers = [
    ...(permission.IpRanges ?? []).map(one => one.CidrIp),
    ...(permission.Ipv6Ranges ?? []).map(one => one.CidrIpv6),
    ...(permission.PrefixListIds ?? []).map(one => one.PrefixListId),
    ...(permission.UserIdGroupPairs ?? []).map(one => one.GroupId),
  ];
  return peers.map(peer => `${IpProtocol} ${FromPort}-${ToPort} ${peer}`);
}
