import type { OptaEnvironmentSpec } from '../../api/environment.ts';
import type { LaunchTemplateState } from '../../aws/ec2/launch-template.ts';
import type { ClusterState } from '../../aws/eks/cluster-state.ts';
import type { NodegroupState } from '../../aws/eks/nodegroup-state.ts';
import { defaultVersion } from '../../aws/eks/versions.ts';
import type { LogGroupState } from '../../aws/logs/log-group.ts';
import type { Observations } from '../../engine/graph.ts';
import type { DefaultField } from '../../engine/pass.ts';
import type { Problem } from '../kind.ts';
import { CLUSTER_LOG_GROUP } from './cluster.ts';
import { madeCluster } from './cluster-spec.ts';
import { diskGiBOf } from './disks.ts';
import { layoutOf } from './layout.ts';

/** `now` in ms since 1970: which version is the newest but one is a matter of the day. */
export function clusterDefaults({ kubernetes }: OptaEnvironmentSpec, now: number): readonly DefaultField[] {
  if (kubernetes?.enabled === false || kubernetes?.existing !== undefined) return [];
  const of = (field: string, value: unknown, observed?: DefaultField['observed']): DefaultField => ({
    field: `kubernetes.${field}`,
    value,
    ...(observed === undefined ? {} : { observed }),
  });
  const nodes = (field: string, value: unknown, read: (group: NodegroupState) => unknown) =>
    of(`nodeGroup.${field}`, value, seen => {
      const group = seen.state<NodegroupState>('node-group');
      return group === undefined ? undefined : read(group);
    });
  return [
    {
      ...of('version', defaultVersion(now), seen => seen.state<ClusterState>('cluster')?.version),
      // One that is left out after it was written is none to be upgraded to.
      fixedBy: 'cluster',
    },
    of('logRetentionDays', 90, seen => seen.state<LogGroupState>(CLUSTER_LOG_GROUP)?.retentionDays),
    of('supportType', 'Standard', supportType),
    of('deletionProtection', true, seen => seen.state<ClusterState>('cluster')?.deletionProtection),
    nodes('instanceTypes', ['t3.medium'], one =>
      one.instanceTypes.length > 0 ? one.instanceTypes : undefined,
    ),
    nodes('minSize', 3, one => one.minSize),
    nodes('maxSize', 5, one => one.maxSize),
    of('nodeGroup.diskGiB', 50, diskGiB),
    nodes('capacity', 'OnDemand', one => (one.capacityType === 'SPOT' ? 'Spot' : 'OnDemand')),
    nodes('amiType', 'AL2023_x86_64_STANDARD', one => one.amiType),
    of('nodeGroup.image', 'Pinned', seen => layoutOf(seen, 'node-group', 'image')),
    nodes('updateMaxUnavailablePercent', 33, one => one.maxUnavailablePercentage),
  ];
}

/** This release knows no version that AWS still supports: none is guessed. */
export function versionProblem(spec: OptaEnvironmentSpec, now: number): Problem | undefined {
  const cluster = madeCluster(spec);
  if (cluster === undefined || cluster.version !== undefined || defaultVersion(now) !== undefined)
    return undefined;
  return {
    field: 'spec.kubernetes.version',
    reason: 'InvalidSpec',
    message:
      'this release of the operator is too old to have a default for it: write the version that the cluster is to have, or has',
  };
}

function supportType(seen: Observations): string | undefined {
  const cluster = seen.state<ClusterState>('cluster');
  if (cluster === undefined) return undefined;
  return cluster.supportType === 'EXTENDED' ? 'Extended' : 'Standard';
}

function diskGiB(seen: Observations): number | undefined {
  return diskGiBOf(seen.state<LaunchTemplateState>('launch-template')?.data.BlockDeviceMappings ?? []);
}
