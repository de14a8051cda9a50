import type { Place } from '../arn.ts';
import { CLUSTER_NAME, type NameOf, resourceName } from '../names.ts';

/** Amazon EKS User Guide, "Send control plane logs to CloudWatch Logs": the group is named by the cluster. */
export function logGroupOf(clusterName: string): string {
  return `/aws/eks/${clusterName}/cluster`;
}

/** That of the cluster that an object makes, or made: nobody else's cluster can have this name. */
export function ownLogGroup(owner: Omit<NameOf, 'node' | 'accountId'>, { accountId }: Place): string {
  const { installation, environment, kind, namespace, name } = owner;
  const of = { installation, accountId, environment, kind, namespace, name, node: 'cluster' };
  return logGroupOf(resourceName(of, CLUSTER_NAME));
}
