import type { ElasticAddressDesired } from '../../aws/ec2/elastic-address.ts';
import type { GatewayEndpointDesired } from '../../aws/ec2/gateway-endpoint.ts';
import type { InternetGatewayDesired } from '../../aws/ec2/internet-gateway.ts';
import type { NatGatewayDesired } from '../../aws/ec2/nat-gateway.ts';
import type { RouteDesired } from '../../aws/ec2/route.ts';
import type { RouteTableDesired } from '../../aws/ec2/route-table.ts';
import type { RouteTableAssociationDesired } from '../../aws/ec2/route-table-association.ts';
import type { SubnetDesired } from '../../aws/ec2/subnet.ts';
import type { VpcDesired } from '../../aws/ec2/vpc.ts';
import { policyOf } from '../../aws/policy.ts';
import { type GraphNode, isWaiting, type Observations } from '../../engine/graph.ts';
import type { Tags } from '../../engine/owner.ts';
import { subnetCidrs } from './cidrs.ts';
import { networkLayout } from './layout.ts';
import { madeNetwork } from './network-spec.ts';
import { type Input, node, unique, withId, withIds } from './node.ts';
import { subnetId, waitingForZones, ZONES_NODE, zoneOf } from './zones.ts';

const EVERYWHERE = '0.0.0.0/0';

/** VPC, subnets in each zone, and their ways out. */
export function networkNodes(input: Input): readonly GraphNode[] {
  const network = madeNetwork(input.spec);
  if (network === undefined) return [];
  const zones = network.availabilityZones ?? 3;
  const indexes = Array.from({ length: zones }, (_, index) => index);
  return [
    ZONES_NODE,
    vpcNode(input, zones),
    node<InternetGatewayDesired>(input, 'internet-gateway', 'ec2/internet-gateway', ['vpc'], seen =>
      withId(seen, 'vpc', vpcId => ({ vpcId })),
    ),
    ...indexes.flatMap(index => [
      subnetNode(input, 'public', index, zones),
      subnetNode(input, 'private', index, zones),
    ]),
    ...publicRoutes(input, indexes),
    ...indexes.flatMap(index => privateRoutes(input, index)),
    ...natNodes(input, indexes),
    ...endpointNodes(input, indexes),
  ];
}

/** The nodes of a tier's subnets. */
export function subnetNodes(input: Input, tier: 'public' | 'private'): readonly string[] {
  const zones = input.spec.network?.availabilityZones ?? 3;
  return Array.from({ length: zones }, (_, index) => subnetId(tier, index));
}

/**
 * What makes private subnets lead out: their tables, and in these the routes to NAT gateways, where there are any. Nodes that
 * start without them never join (Amazon EKS User Guide, "NodeCreationFailure"), and drain without images when they go first.
 */
export function wayOutNodes(input: Input): readonly string[] {
  return subnetNodes(input, 'private').flatMap((subnet, index) => [
    associationId(subnet),
    ...(natOf(input, index) === undefined ? [] : [routeId(privateTable(index))]),
  ]);
}

/** One that is there does not wait: it was made with that many zones. */
function vpcNode(input: Input, zones: number): GraphNode<VpcDesired> {
  const cidr = input.spec.network?.cidr ?? '10.0.0.0/16';
  const marks = networkLayout(input.spec);
  const desired = (seen: Observations) =>
    (seen.id('vpc') === undefined ? waitingForZones(seen, zones) : undefined) ?? {
      cidr,
      dnsSupport: true,
      dnsHostnames: true,
    };
  return node(input, 'vpc', 'ec2/vpc', [], desired, { marks });
}

/** How load balancers in the cluster find their subnets: AWS Load Balancer Controller, "Subnet auto-discovery". */
export const ROLE_TAGS: Readonly<Record<'public' | 'private', Tags>> = {
  public: { 'kubernetes.io/role/elb': '1' },
  private: { 'kubernetes.io/role/internal-elb': '1' },
};

/** Of one tier, in the order of their zones; undefined where the range of the VPC is too small for so many. */
export function subnetRanges(
  { network }: Input['spec'],
  tier: 'public' | 'private',
): readonly string[] | undefined {
  const computed = subnetCidrs(network?.cidr ?? '10.0.0.0/16', network?.availabilityZones ?? 3);
  return tier === 'public'
    ? (network?.publicSubnetCidrs ?? computed?.publicCidrs)
    : (network?.privateSubnetCidrs ?? computed?.privateCidrs);
}

function subnetNode(
  input: Input,
  tier: 'public' | 'private',
  index: number,
  zones: number,
): GraphNode<SubnetDesired> {
  const cidrs = subnetRanges(input.spec, tier);
  const id = subnetId(tier, index);
  return node(
    input,
    id,
    'ec2/subnet',
    ['vpc'],
    seen =>
      withId(seen, 'vpc', vpcId => {
        const cidr = cidrs?.[index];
        if (cidr === undefined)
          return { waitingFor: `a range: network.cidr is too small for ${zones} zones` };
        const zoneId = zoneOf(seen, index, zones);
        return isWaiting(zoneId) ? zoneId : { vpcId, zoneId, cidr };
      }),
    { name: unique(input, id), marks: ROLE_TAGS[tier] },
  );
}

function publicRoutes(input: Input, indexes: readonly number[]): readonly GraphNode[] {
  const table = 'route-table/public';
  return [
    routeTableNode(input, table),
    routeNode(input, table, 'internet-gateway'),
    ...indexes.map(index => associationNode(input, subnetId('public', index), table)),
  ];
}

/** Each zone has a table of its own, so that its NAT gateway can become another one without touching the others. */
function privateRoutes(input: Input, index: number): readonly GraphNode[] {
  const table = privateTable(index);
  const gateway = natOf(input, index);
  return [
    // Where the way out of the NAT gateway leads is seen to by its own node.
    routeTableNode(input, table, { internetRoutes: gateway === undefined ? [] : [EVERYWHERE] }),
    ...(gateway === undefined ? [] : [routeNode(input, table, gateway)]),
    associationNode(input, subnetId('private', index), table),
  ];
}

function privateTable(index: number): string {
  return `route-table/private/${index + 1}`;
}

function routeId(table: string): string {
  return `route/${table.slice('route-table/'.length)}/internet`;
}

function associationId(subnet: string): string {
  return `association/${subnet.slice('subnet/'.length)}`;
}

function routeTableNode(
  input: Input,
  id: string,
  more: Omit<RouteTableDesired, 'vpcId'> = {},
): GraphNode<RouteTableDesired> {
  return node(input, id, 'ec2/route-table', ['vpc'], seen =>
    withId(seen, 'vpc', vpcId => ({ vpcId, ...more })),
  );
}

function routeNode(input: Input, table: string, target: string): GraphNode<RouteDesired> {
  const id = routeId(table);
  const desired = (seen: Observations) =>
    withId(seen, table, routeTableId =>
      withId(seen, target, targetId => ({ routeTableId, destination: EVERYWHERE, target: targetId })),
    );
  return {
    id,
    type: 'ec2/route',
    dependsOn: [table, target],
    optional: true,
    name: unique(input, id),
    desired,
  };
}

function associationNode(
  input: Input,
  subnet: string,
  table: string,
): GraphNode<RouteTableAssociationDesired> {
  const id = associationId(subnet);
  const desired = (seen: Observations) =>
    withId(seen, subnet, one => withId(seen, table, routeTableId => ({ subnetId: one, routeTableId })));
  return {
    id,
    type: 'ec2/route-table-association',
    dependsOn: [subnet, table],
    optional: true,
    name: unique(input, id),
    desired,
  };
}

/** The NAT gateway that serves a zone; undefined: none does. */
function natOf(input: Input, index: number): string | undefined {
  const mode = input.spec.network?.natGateways ?? 'PerZone';
  if (mode === 'None') return undefined;
  return `nat-gateway/${mode === 'Single' ? 1 : index + 1}`;
}

function addressId(number: number): string {
  return `address/${number}`;
}

/** The nodes of the addresses that private subnets reach the internet from. */
export function addressNodes(input: Input): readonly string[] {
  const mode = input.spec.network?.natGateways ?? 'PerZone';
  const zones = input.spec.network?.availabilityZones ?? 3;
  const count = { PerZone: zones, Single: 1, None: 0 }[mode];
  return Array.from({ length: count }, (_, index) => addressId(index + 1));
}

function natNodes(input: Input, indexes: readonly number[]): readonly GraphNode[] {
  const gateways = new Set(indexes.flatMap(index => natOf(input, index) ?? []));
  return [...gateways].flatMap(id => {
    const number = Number(id.slice('nat-gateway/'.length));
    const address = addressId(number);
    const subnet = subnetId('public', number - 1);
    // Its traffic leaves by the public table: without that a NAT gateway leads nowhere.
    const dependsOn = [address, subnet, 'internet-gateway', 'route/public/internet'];
    return [
      node<ElasticAddressDesired>(
        input,
        address,
        'ec2/elastic-address',
        ['internet-gateway'],
        () => ({ domain: 'vpc' }),
        {},
      ),
      node<NatGatewayDesired>(
        input,
        id,
        'ec2/nat-gateway',
        dependsOn,
        seen =>
          withId(seen, subnet, one =>
            withId(seen, address, allocationId => ({ subnetId: one, allocationId })),
          ),
        // An address serves one NAT gateway, so that the old one goes first.
        { name: unique(input, id) },
      ),
    ];
  });
}

/** Of the network that is made here. */
export function endpointIds(input: Input): readonly string[] {
  return madeNetwork(input.spec) === undefined ? [] : endpointServices(input).map(endpointId);
}

function endpointServices({ spec }: Input) {
  return spec.network?.gatewayEndpoints ?? (['s3'] as const);
}

function endpointId(service: string): string {
  return `endpoint/${service}`;
}

function endpointNodes(input: Input, indexes: readonly number[]): readonly GraphNode[] {
  const tables = ['route-table/public', ...indexes.map(privateTable)];
  return endpointServices(input).map(service =>
    node<GatewayEndpointDesired>(
      input,
      endpointId(service),
      'ec2/gateway-endpoint',
      ['vpc', ...tables],
      seen =>
        withIds(seen, ['vpc', ...tables], ([vpcId = '', ...routeTableIds]) => ({
          vpcId,
          serviceName: `com.amazonaws.${input.place.region}.${service}`,
          routeTableIds,
          // AWS's own default: IAM and the policies of buckets and tables decide.
          policy: policyOf([{ Sid: 'All', Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }]),
        })),
      // AWS takes one of a VPC and a service: the old one goes first.
      { name: unique(input, endpointId(service)) },
    ),
  );
}
