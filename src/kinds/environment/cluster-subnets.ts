import type { ExistingNetworkState, ExistingSubnet } from '../../aws/ec2/existing-network.ts';
import type { Observations, Waiting } from '../../engine/graph.ts';
import type { KindCondition } from '../kind.ts';
import { madeCluster } from './cluster-spec.ts';
import { EXISTING_NETWORK } from './network-source.ts';
import type { Input } from './node.ts';

/**
 * Amazon EKS User Guide, "View Amazon EKS networking requirements for VPC and subnets": "The subnets must each have at least
 * six IP addresses for use by Amazon EKS. However, we recommend at least 16 IP addresses."
 */
const NEEDED = 6;
const RECOMMENDED = 16;

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

/** What a cluster can be made without, and people may not have meant: Ready does not wait for it. */
export function subnetsSuitable({ spec }: Input, seen: Observations): readonly KindCondition[] {
  if (spec.network?.existing === undefined || madeCluster(spec) === undefined) return [];
  const type = 'SubnetsSuitable';
  const subnets = privateSubnets(seen);
  if (subnets.length === 0) {
    const message = 'the existing network was not seen yet';
    return [{ type, status: 'Unknown', reason: 'NetworkPending', message }];
  }
  const unrouted = subnets.filter(subnet => subnet.defaultRoute === undefined).map(subnet => subnet.id);
  const few = subnets.filter(subnet => subnet.freeAddresses < RECOMMENDED).map(subnet => subnet.id);
  // Amazon EKS User Guide, "Deploy private clusters with limited internet access".
  const messages = [
    unrouted.length === 0
      ? []
      : `${unrouted.join(', ')}: no default route, as to a NAT gateway; nodes there join and get images only with VPC endpoints for all that they use`,
    few.length === 0
      ? []
      : `${few.join(', ')}: less than the ${RECOMMENDED} free addresses that EKS recommends; nodes and pods have one each`,
  ].flat();
  if (messages.length === 0) return [{ type, status: 'True', reason: 'Suitable', message: '' }];
  const reason = unrouted.length > 0 ? 'NoDefaultRoute' : 'FewAddresses';
  return [{ type, status: 'False', reason, message: messages.join('. ') }];
}
