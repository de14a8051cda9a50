import type { ExistingNetworkDesired, ExistingNetworkState } from '../../aws/ec2/existing-network.ts';
import { type GraphNode, isWaiting, type Observations, type Waiting } from '../../engine/graph.ts';
import { madeCluster } from './cluster-spec.ts';
import { subnetNodes, wayOutNodes } from './network.ts';
import { madeNetwork } from './network-spec.ts';
import { type Input, withId, withIds } from './node.ts';

/** Something that other nodes are made in: what they come after, and its value once that is there. */
export interface Source<T> {
  readonly dependsOn: readonly string[];
  read(seen: Observations): T | Waiting;
}

/** The network that stores and the cluster are in, made here or there already. */
export interface NetworkSource {
  /** With all of its ranges: subnets may be in any. */
  readonly vpc: Source<{ readonly id: string; readonly cidrs: readonly string[] }>;
  /** Private subnets alone: in public ones are load balancers and NAT gateways, and nothing else. */
  readonly subnets: Source<readonly string[]>;
  /** The same, once they have their ways out. */
  readonly routed: Source<readonly string[]>;
}

export function withSource<T, D>(
  seen: Observations,
  source: Source<T>,
  make: (value: T) => D | Waiting,
): D | Waiting {
  const value = source.read(seen);
  return isWaiting(value) ? value : make(value);
}

export const EXISTING_NETWORK = 'existing-network';

/** Undefined: there is none. */
export function networkSource(input: Input): NetworkSource | undefined {
  const network = madeNetwork(input.spec);
  if (network === undefined) return existingSource(input);
  const nodes = subnetNodes(input, 'private');
  const subnets = { dependsOn: nodes, read: (seen: Observations) => withIds(seen, nodes, ids => ids) };
  const cidr = network.cidr ?? '10.0.0.0/16';
  return {
    vpc: { dependsOn: ['vpc'], read: seen => withId(seen, 'vpc', id => ({ id, cidrs: [cidr] })) },
    subnets,
    routed: { ...subnets, dependsOn: [...nodes, ...wayOutNodes(input)] },
  };
}

/** Looks at a network that is there already; it is never changed. */
export function existingNetworkNodes({ spec }: Input): readonly GraphNode<ExistingNetworkDesired>[] {
  const existing = spec.network?.enabled === false ? undefined : spec.network?.existing;
  if (existing === undefined) return [];
  const { vpcId, privateSubnetIds, publicSubnetIds = [] } = existing;
  const forCluster = madeCluster(spec) !== undefined;
  const desired = () => ({ vpcId, privateSubnetIds, publicSubnetIds, forCluster });
  return [{ id: EXISTING_NETWORK, type: 'ec2/existing-network', role: 'watched', dependsOn: [], desired }];
}

function existingSource(input: Input): NetworkSource | undefined {
  if (existingNetworkNodes(input).length === 0) return undefined;
  function once<T>(make: (state: ExistingNetworkState) => T | Waiting): Source<T> {
    return {
      dependsOn: [EXISTING_NETWORK],
      read(seen) {
        const state = seen.state<ExistingNetworkState>(EXISTING_NETWORK);
        return state === undefined
          ? { waitingFor: 'the existing network', node: EXISTING_NETWORK }
          : make(state);
      },
    };
  }
  const subnets = once(state => state.privateSubnets.map(subnet => subnet.id));
  const id = input.spec.network?.existing?.vpcId ?? '';
  const vpc = once<{ id: string; cidrs: readonly string[] }>(({ cidr, cidrs }) =>
    cidr === '' ? { waitingFor: `the existing network ${id}`, node: EXISTING_NETWORK } : { id, cidrs },
  );
  return { vpc, subnets, routed: subnets };
}
