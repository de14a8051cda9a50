import type { ExistingNetworkState, ExistingSubnet } from '../../aws/ec2/existing-network.ts';
import type { ClusterState } from '../../aws/eks/cluster-state.ts';
import type { Observations, Waiting } from '../../engine/graph.ts';
import type { KindCondition } from '../kind.ts';
import { madeCluster } from './cluster-spec.ts';
import { subnetRanges } from './network.ts';
import { EXISTING_NETWORK } from './network-source.ts';
import type { Input } from './node.ts';

/**
 * Amazon EKS User Guide, "View Amazon EKS networking requirements for VPC and subnets": "The subnets must each have at least
 * six IP addresses for use by Amazon EKS. However, we recommend at least 16 IP addresses."
 */
const NEEDED = 6;
const RECOMMENDED = 16;
/** Amazon VPC User Guide, "Subnet CIDR blocks": the first four addresses and the last one. */
const KEPT_BY_AWS = 5;

function privateSubnets(seen: Observations): readonly ExistingSubnet[] {
  return seen.state<ExistingNetworkState>(EXISTING_NETWORK)?.privateSubnets ?? [];
}

/** In subnets that are there already. A cluster that is made has its addresses, however many its pods have taken since. */
export function waitingForAddresses(seen: Observations): Waiting | undefined {
  if (seen.id('cluster') !== undefined) return undefined;
  const full = privateSubnets(seen).filter(subnet => subnet.freeAddresses < NEEDED);
  if (full.length === 0) return undefined;
  const left = full.map(({ id, freeAddresses }) => `${id} has ${freeAddresses} left`).join(', ');
  return { waitingFor: `${NEEDED} free addresses in each private subnet, which EKS needs: ${left}` };
}

/**
 * Those that the cluster is given: all of them when it is made, and from then on those in the zones that it was made in,
 * where it keeps its own in a zone that has none any more. Amazon EKS User Guide, as above: "All subnets that you add must be
 * in the same set of AZs as originally provided". Nodes and stores may be in all.
 */
export function subnetsOfCluster(seen: Observations, subnetIds: readonly string[]): readonly string[] {
  const { zones, kept } = zonesOfCluster(seen, subnetIds);
  // None known: it is not made yet, or its subnets are gone, and only EKS knows where they were.
  if (zones.length === 0) return subnetIds;
  return [...subnetIds.filter(id => zones.includes(zoneOf(seen, id))), ...kept];
}

function zonesOfCluster(seen: Observations, subnetIds: readonly string[]) {
  const cluster = seen.state<ClusterState>('cluster');
  // One that could not be made is made anew, where its subnets are by then.
  const own = cluster === undefined || cluster.status === 'FAILED' ? [] : cluster.subnetIds;
  const zones = own.map(id => zoneOf(seen, id)).filter(zone => zone !== '');
  const without = zones.filter(zone => subnetIds.every(id => zoneOf(seen, id) !== zone));
  return { zones, without, kept: own.filter(id => without.includes(zoneOf(seen, id))) };
}

function zoneOf(seen: Observations, subnetId: string): string {
  return seen.state<ExistingNetworkState>(EXISTING_NETWORK)?.zones[subnetId] ?? '';
}

const TYPE = 'SubnetsSuitable';

// Amazon EKS User Guide, "Deploy private clusters with limited internet access".
const ONLY_BY_ENDPOINTS =
  'no default route, as to a NAT gateway; nodes there join and get images only with VPC endpoints for all that they use';
const TOO_FEW = `less than the ${RECOMMENDED} free addresses that EKS recommends; nodes and pods have one each`;

/** What a cluster can do without, and people may not have meant: Ready does not wait for it. */
export function subnetsSuitable({ spec }: Input, seen: Observations): readonly KindCondition[] {
  if (madeCluster(spec) === undefined) return [];
  if (spec.network?.existing === undefined) return suitableOfMade(spec);
  const subnets = privateSubnets(seen);
  if (subnets.length === 0) {
    const message = 'the existing network was not seen yet';
    return [{ type: TYPE, status: 'Unknown', reason: 'NetworkPending', message }];
  }
  const ids = subnets.map(subnet => subnet.id);
  const { without, kept } = zonesOfCluster(seen, ids);
  if (without.length > 0) {
    const message = `no private subnet is listed in ${[...new Set(without)].sort().join(', ')}, and EKS keeps a cluster in exactly the zones that it was made in: its control plane stays in ${kept.join(', ')}. List a subnet of each of its zones in spec.network.existing.privateSubnetIds, or make a new OptaEnvironment`;
    const notSynced = { reason: 'ChangeBlocked', needsPerson: true } as const;
    return [{ type: TYPE, status: 'False', reason: 'ZoneWithoutSubnet', message, notSynced }];
  }
  const unrouted = subnets.filter(subnet => subnet.defaultRoute === undefined).map(subnet => subnet.id);
  const few = subnets.filter(subnet => subnet.freeAddresses < RECOMMENDED).map(subnet => subnet.id);
  const indirect = indirectlyPublic(seen);
  const problems = unsuitable([
    { reason: 'NoDefaultRoute', ids: unrouted, says: ONLY_BY_ENDPOINTS },
    { reason: 'FewAddresses', ids: few, says: TOO_FEW },
    {
      reason: 'IndirectDefaultRoute',
      ids: indirect,
      says: 'to be public, and neither an internet gateway nor a firewall is next; the internet reaches load balancers there only if that leads on to a gateway',
    },
  ]);
  return problems.length > 0 ? problems : [{ type: TYPE, status: 'True', reason: 'Suitable', message: '' }];
}

/** Of a network that is made here, by its spec: so it is told before anybody builds on it. */
function suitableOfMade(spec: Input['spec']): readonly KindCondition[] {
  const small = (subnetRanges(spec, 'private') ?? []).filter(range => addressesOf(range) < RECOMMENDED);
  return unsuitable([
    // People may make the endpoints beside: so it is not refused.
    {
      reason: 'NoDefaultRoute',
      ids: spec.network?.natGateways === 'None' ? ['private subnets (spec.network.natGateways is None)'] : [],
      says: ONLY_BY_ENDPOINTS,
    },
    {
      reason: 'FewAddresses',
      ids: small,
      says: `${TOO_FEW}, and ranges cannot be changed: make a new OptaEnvironment with a network.cidr of /22 or larger, or privateSubnetCidrs of /27 or larger`,
    },
  ]);
}

function addressesOf(range: string): number {
  return 2 ** (32 - Number(range.split('/')[1])) - KEPT_BY_AWS;
}

interface Unsuitable {
  readonly reason: string;
  readonly ids: readonly string[];
  readonly says: string;
}

/** None where nothing is amiss. */
function unsuitable(all: readonly Unsuitable[]): readonly KindCondition[] {
  const problems = all.filter(problem => problem.ids.length > 0);
  const [first] = problems;
  if (first === undefined) return [];
  const message = problems.map(problem => `${problem.ids.join(', ')}: ${problem.says}`).join('. ');
  return [{ type: TYPE, status: 'False', reason: first.reason, message }];
}

/**
 * AWS Network Firewall Developer Guide, "Simple single zone architecture with an internet gateway": the default route of a
 * public subnet leads to the endpoint of the firewall, which is between it and the gateway.
 */
function indirectlyPublic(seen: Observations): readonly string[] {
  const subnets = seen.state<ExistingNetworkState>(EXISTING_NETWORK)?.publicSubnets ?? [];
  return subnets
    .filter(({ defaultRoute = '' }) => !/^(igw|vpce)-/.test(defaultRoute))
    .map(({ id, defaultRoute }) => `${id} (default route to ${defaultRoute ?? 'nowhere'})`);
}
