import { REFUSED_BY_EKS } from '../../aws/ec2/refused-zones.ts';
import type { SubnetState } from '../../aws/ec2/subnet.ts';
import type { ZonesState } from '../../aws/ec2/zones.ts';
import { type GraphNode, isWaiting, type Observations, type Waiting } from '../../engine/graph.ts';

export const ZONES_NODE: GraphNode<object> = {
  id: 'zones',
  type: 'ec2/zones',
  role: 'watched',
  dependsOn: [],
  desired: () => ({}),
};

export function subnetId(tier: 'public' | 'private', index: number): string {
  return `subnet/${tier}/${index + 1}`;
}

/** Before anything is made by their number, which then is fixed. Undefined: there are enough. */
export function waitingForZones(seen: Observations, count: number): Waiting | undefined {
  const usable = usableZones(seen);
  if (isWaiting(usable)) return usable;
  const there = usable.length;
  if (there >= count) return undefined;
  // Fewer than two EKS does not take (API Reference, VpcConfigRequest).
  const way =
    there < 2
      ? 'make a new OptaEnvironment in another region'
      : `set spec.network.availabilityZones to ${there} (where it is written already, leave it out first: it is not fixed before there is a VPC)`;
  return {
    waitingFor: `${count} zones: the region has ${there} that EKS can use; ${way}`,
    needsPerson: true,
  };
}

/**
 * The zone of the subnets with this index: where one of them is already, else the first that none of the others has.
 * So a zone that AWS opens later moves nothing.
 */
export function zoneOf(seen: Observations, index: number, count: number): string | Waiting {
  const usable = usableZones(seen);
  if (isWaiting(usable)) return usable;
  const taken = Array.from({ length: count }, (_, at) => zoneInUse(seen, at));
  const free = usable.filter(zone => !taken.includes(zone));
  const zones = taken.map(zone => zone ?? free.shift());
  return (
    zones[index] ?? {
      waitingFor: `a zone: the region has fewer than ${count} that EKS can use, and the VPC was made for so many: make a new OptaEnvironment with a lower spec.network.availabilityZones`,
      needsPerson: true,
    }
  );
}

function usableZones(seen: Observations): readonly string[] | Waiting {
  const known = seen.state<ZonesState>('zones');
  if (known === undefined) return { waitingFor: 'the availability zones of the region', node: 'zones' };
  return known.zoneIds.filter(zone => !REFUSED_BY_EKS.has(zone));
}

function zoneInUse(seen: Observations, index: number): string | undefined {
  const tiers = ['public', 'private'] as const;
  return tiers
    .map(tier => seen.state<SubnetState>(subnetId(tier, index))?.zoneId)
    .find(zone => zone !== undefined);
}
