import type { ClusterState } from '../../aws/eks/cluster-state.ts';
import { isWaiting } from '../../engine/graph.ts';
import type { ConditionsOf, KindCondition } from '../kind.ts';
import { existingCluster } from './cluster-spec.ts';
import { networkSource } from './network-source.ts';
import type { Input } from './node.ts';

/**
 * Whether a cluster that is there already is in the network of its environment. Two that are peered work, with a security
 * group of somebody's: people are told, and nothing waits for it.
 */
export function clusterInNetwork(input: Input, { seen }: ConditionsOf): readonly KindCondition[] {
  const name = existingCluster(input.spec);
  if (name === undefined) return [];
  const type = 'ClusterInNetwork';
  const vpc = networkSource(input)?.vpc.read(seen);
  const vpcId = seen.state<ClusterState>('cluster')?.vpcId;
  if (vpc === undefined || isWaiting(vpc) || vpcId === undefined) {
    const message = 'the cluster or the network was not seen yet';
    return [{ type, status: 'Unknown', reason: 'ClusterPending', message }];
  }
  if (vpc.id === vpcId) return [{ type, status: 'True', reason: 'SameNetwork', message: '' }];
  // Neither field can be changed.
  const message = `databases and caches of this environment accept traffic only from ${vpc.id}, but cluster ${name} is in ${vpcId}, and load balancers of the cluster do not find the subnets of ${vpc.id}. Make a new OptaEnvironment that names ${vpcId} and its subnets in spec.network.existing, or a cluster in ${vpc.id}; or connect the two networks and give the stores a further security group (what is added to those of this environment is taken away again)`;
  return [{ type, status: 'False', reason: 'AnotherNetwork', message }];
}
