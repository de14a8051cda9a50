import type { ClusterState } from '../../aws/eks/cluster-state.ts';
import { kubernetesVersion } from '../../aws/eks/versions.ts';

/** The day on which standard support of the cluster's version ends, as this release knows it or AWS says. */
export function supportEnds({ version, supportEnds: told }: ClusterState): string | undefined {
  return kubernetesVersion(version)?.standardSupportEnds ?? told;
}

/** The day on which extended support ends as well. */
export function extendedSupportEnds({
  version,
  extendedSupportEnds: told,
}: ClusterState): string | undefined {
  return kubernetesVersion(version)?.extendedSupportEnds ?? told;
}
