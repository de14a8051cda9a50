import type { Cluster } from '../../api/cluster.ts';
import type { OptaEnvironmentSpec } from '../../api/environment.ts';
import type { ClusterLeaving } from '../../aws/eks/cluster-state.ts';
import type { Problem } from '../kind.ts';

/**
 * The part of the spec about a cluster that is made here; undefined where there is none, or an existing one is used. Such
 * a cluster has an `endpoint`, which admission asks for: what was stored without one never asked for a cluster.
 */
export function madeCluster(spec: OptaEnvironmentSpec): Cluster | undefined {
  return spec.network?.enabled === false ? undefined : wantedCluster(spec);
}

/** Admission sees what the spec says of the network; not that an environment may have been without one from the beginning. */
export function clusterWithoutNetwork(spec: OptaEnvironmentSpec): Problem | undefined {
  if (spec.network?.enabled !== false || wantedCluster(spec) === undefined) return undefined;
  const message = 'this environment has no network, and a cluster needs one: set it to true';
  return { field: 'spec.network.enabled', reason: 'InvalidSpec', message };
}

function wantedCluster({ kubernetes }: OptaEnvironmentSpec): Cluster | undefined {
  if (kubernetes?.enabled === false || kubernetes?.existing !== undefined) return undefined;
  return kubernetes?.endpoint === undefined ? undefined : kubernetes;
}

/** What a deletion of the cluster goes by, also where the spec has none any more. */
export function leavingCluster({ deletionProtection = true }: Cluster = {}): ClusterLeaving {
  return { deletionProtection };
}

/** The name of a cluster that is there already and is used; undefined where there is none. */
export function existingCluster({ network, kubernetes }: OptaEnvironmentSpec): string | undefined {
  if (network?.enabled === false || kubernetes?.enabled === false) return undefined;
  return kubernetes?.existing?.clusterName;
}
