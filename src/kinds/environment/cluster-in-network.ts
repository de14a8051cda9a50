import type { ClusterState } from '../../aws/eks/cluster-state.ts';
import { isWaiting } from '../../engine/graph.ts';
import type { ConditionsOf, KindCondition } from '../kind.ts';
import { existingCluster } from './cluster-spec.ts';
import { networkSource } from './network-source.ts';
import type { Input } from './node.ts';

/**
 * Whether a cluster that is there already is in the network of its environment. Two that are peered work, with rules that
 * somebody adds: people are told, and nothing waits for it.
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
  const ours =
    input.spec.network?.existing === undefined
      ? `${vpc.id}, which was made for it`
      : `${vpc.id}, as spec.network.existing says`;
  const message = `cluster ${name} is in ${vpcId}, and the network of this environment is ${ours}: its stores let in the ranges of ${vpc.id} alone, and load balancers of the cluster do not find its subnets. Name ${vpcId} and its subnets in spec.network.existing, or a cluster that is in ${vpc.id}`;
  return [{ type, status: 'False', reason: 'AnotherNetwork', message }];
}
