/** Node groups, add-ons and the like are found by their cluster's name and their own: `cluster/child`. */
export function childName(clusterName: string, child: string): string {
  return `${clusterName}/${child}`;
}

export interface ChildName {
  readonly clusterName: string;
  readonly child: string;
}

/** A cluster's name holds no slash (CreateCluster), so the first one ends it. Undefined: it is no such name. */
export function splitChildName(name: string | undefined): ChildName | undefined {
  const slash = name?.indexOf('/') ?? -1;
  if (name === undefined || slash < 1) return undefined;
  return { clusterName: name.slice(0, slash), child: name.slice(slash + 1) };
}
