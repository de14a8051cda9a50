import type { Cluster } from '../../api/cluster.ts';
import type { WholeEnvironmentSpec } from '../../api/whole-environment.ts';

/** The part of the spec about a cluster that is made here; undefined where there is none, or an existing one is used. */
export function madeCluster(spec: WholeEnvironmentSpec): Cluster | undefined {
  const { kubernetes } = spec;
  if (kubernetes === undefined || kubernetes.enabled === false || kubernetes.existing !== undefined)
    return undefined;
  return kubernetes;
}
