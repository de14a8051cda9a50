import type { ClusterState } from '../../aws/eks/cluster-state.ts';
import { blockingInsights } from '../../aws/eks/insight.ts';
import { LOOKS_AGAIN } from '../../aws/eks/requests.ts';
import { compareVersions } from '../../aws/eks/versions.ts';
import { isUnset } from '../defaults.ts';
import type { ConditionsOf, KindCondition } from '../kind.ts';
import { upgradeOf } from './cluster.ts';
import { madeCluster } from './cluster-spec.ts';
import type { Input } from './node.ts';
import type { UpgradeStage } from './upgrade.ts';

/**
 * The spec asks for less than there is: lowered past what admission sees, or AWS raised the cluster at the end of support.
 * Nobody wrote a default: it is as good as what is there.
 */
function versionBehind(
  version: string | undefined,
  there: string,
  { written }: ConditionsOf,
): KindCondition | undefined {
  if (version === undefined || isUnset(written, 'kubernetes.version')) return undefined;
  if (compareVersions(version, there) >= 0) return undefined;
  const reason = 'VersionBehind';
  const message = `spec.kubernetes.version is ${version} and the cluster runs Kubernetes ${there}: EKS never goes back. Set it to ${there}, or higher; what needs ${version} needs another cluster, in a new OptaEnvironment`;
  return {
    type: 'Upgrading',
    status: 'False',
    reason,
    message,
    notSynced: { reason, needsPerson: true },
  };
}

/** Where the cluster is on its way to the version of the spec, and what stops it there. */
export function upgradeCondition(input: Input, of: ConditionsOf): readonly KindCondition[] {
  const { seen } = of;
  const spec = madeCluster(input.spec);
  const cluster = seen.state<ClusterState>('cluster');
  if (spec === undefined || (cluster === undefined && seen.isKnown('cluster'))) return [];
  const type = 'Upgrading';
  const { stage, blockers } = upgradeOf(input, seen);
  const there = cluster?.version ?? '';
  if (stage === undefined)
    return [
      versionBehind(spec.version, there, of) ?? {
        type,
        status: 'False',
        reason: 'VersionReached',
        message: `Kubernetes ${there}`,
      },
    ];
  if (stage.is === 'NotKnown') return [{ type, status: 'Unknown', reason: stage.is, message: stage.words }];
  // AWS raises the control plane alone, at the end of support: the rest follows it, whatever the spec says.
  const to = compareVersions(spec.version ?? '', there) < 0 ? there : spec.version;
  const way = [`Kubernetes from ${stage.from} to ${to}: ${stage.words}`, ...failureOf(stage, of)].join('. ');
  if (blockers.length > 0) {
    const reason = 'UpgradeBlocked';
    const isOfInsights = blockingInsights(cluster?.insights).length > 0;
    const again = isOfInsights ? `. ${LOOKS_AGAIN}` : '';
    // What AWS says ends as it likes.
    const stops = blockers.toSorted().join('; ').replace(/\.$/, '');
    const message = `${way}. It is stopped by ${stops}${again}`;
    return [{ type, status: 'True', reason, message, notSynced: { reason, needsPerson: true } }];
  }
  const notSynced = { reason: type, needsPerson: false } as const;
  return [{ type, status: 'True', reason: stage.is, message: way, notSynced }];
}

const PART_OF: Readonly<Partial<Record<UpgradeStage['is'], string>>> = {
  ControlPlane: 'cluster',
  Nodes: 'node-group',
};

/** What EKS could not do of this stage, and when it is tried again. */
function failureOf({ is }: UpgradeStage, { nodes }: ConditionsOf): readonly string[] {
  const part = nodes.find(one => one.node === PART_OF[is]);
  return part?.state === 'Failed' && part.message !== undefined ? [part.message] : [];
}
