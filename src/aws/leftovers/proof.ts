import { TAG_PREFIX, type Tags } from '../../engine/owner.ts';

const CLUSTER_PREFIX = 'kubernetes.io/cluster/';

/**
 * Tags whose value is the name of the cluster that the thing was made for. AWS Load Balancer Controller, "Subnet and
 * security group tags": load balancers, target groups and security groups; Amazon VPC CNI plugin, "Cluster Name tag":
 * network interfaces.
 */
const NAMING_TAGS = ['elbv2.k8s.aws/cluster', 'cluster.k8s.amazonaws.com/name'];

/**
 * Whether the tags prove that a controller in the cluster made the thing for this cluster alone. `owned`: "the resource is
 * to go with the cluster", `shared`: others use it too (Kubernetes' AWS cloud provider, "Tagging"). What says both, names
 * another cluster besides, or was made by an operator (this one or another) proves nothing.
 */
export function isLeftOf(cluster: string, tags: Tags): boolean {
  const entries = Object.entries(tags);
  if (entries.some(([key]) => key.startsWith(TAG_PREFIX))) return false;
  const claims = entries.flatMap(([key, value]) => {
    if (key.startsWith(CLUSTER_PREFIX))
      return { cluster: key.slice(CLUSTER_PREFIX.length), owned: value === 'owned' };
    return NAMING_TAGS.includes(key) ? { cluster: value, owned: true } : [];
  });
  return claims.length > 0 && claims.every(claim => claim.cluster === cluster && claim.owned);
}

/** The object in the cluster that a thing was made for: `Service shop/web`; undefined where its tags do not say. */
export function madeFor(tags: Tags): string | undefined {
  const service = tags['kubernetes.io/service-name'] ?? tags['service.k8s.aws/stack'];
  if (service !== undefined) return `Service ${service}`;
  const ingress = tags['ingress.k8s.aws/stack'];
  return ingress === undefined ? undefined : `Ingress ${ingress}`;
}
