import { childName, splitChildName } from './child-name.ts';

/** A service account of a cluster. */
export interface Account {
  readonly clusterName: string;
  readonly namespace: string;
  readonly serviceAccount: string;
}

export function podIdentityName({ clusterName, namespace, serviceAccount }: Account): string {
  return childName(clusterName, childName(namespace, serviceAccount));
}

export function accountOf(name: string | undefined): Account | undefined {
  const inCluster = splitChildName(name);
  const inNamespace = splitChildName(inCluster?.child);
  if (inCluster === undefined || inNamespace === undefined) return undefined;
  const { clusterName } = inCluster;
  return { clusterName, namespace: inNamespace.clusterName, serviceAccount: inNamespace.child };
}
