import type { ClusterState } from '../../aws/eks/cluster-state.ts';
import type { ConditionsOf, KindCondition } from '../kind.ts';
import { upgradeOf } from './cluster.ts';
import { madeCluster } from './cluster-spec.ts';
import type { Input } from './node.ts';

/** Where the cluster is on its way to the version of the spec, and what stops it there. */
export function upgradeCondition(input: Input, { seen }: ConditionsOf): readonly KindCondition[] {
  const spec = madeCluster(input.spec);
  const cluster = seen.state<ClusterState>('cluster');
  if (spec === undefined || (cluster === undefined && seen.isKnown('cluster'))) return [];
  const type = 'Upgrading';
  const { stage, blockers } = upgradeOf(input, seen);
  if (stage === undefined)
    return [{ type, status: 'False', reason: 'VersionReached', message: `Kubernetes ${cluster?.version}` }];
  if (stage.is === 'NotKnown') return [{ type, status: 'Unknown', reason: stage.is, message: stage.words }];
  const way = `Kubernetes from ${stage.from} to ${spec.version}: ${stage.words}`;
  if (blockers.length > 0) {
    const reason = 'UpgradeBlocked';
    const message = `${way}. It is stopped by ${blockers.toSorted().join('; ')}`;
    return [{ type, status: 'True', reason, message, notSynced: { reason, needsPerson: true } }];
  }
  const notSynced = { reason: type, needsPerson: false } as const;
  return [{ type, status: 'True', reason: stage.is, message: way, notSynced }];
}
