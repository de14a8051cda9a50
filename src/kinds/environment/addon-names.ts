import { ADDONS, type Cluster } from '../../api/cluster.ts';

export type AddonName = (typeof ADDONS)[number];

/** What nodes need to become ready; the others run on nodes. */
export const BEFORE_NODES: ReadonlySet<AddonName> = new Set([
  'vpc-cni',
  'kube-proxy',
  'eks-pod-identity-agent',
]);

export function addonId(name: string): string {
  return `addon/${name}`;
}

export function addonNames(spec: Cluster | undefined): readonly AddonName[] {
  const off = new Set((spec?.addons ?? []).filter(one => one.mode === 'Disabled').map(one => one.name));
  return ADDONS.filter(name => !off.has(name));
}
