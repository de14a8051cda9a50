import type { ClusterState } from '../../aws/eks/cluster-state.ts';
import type { GraphNode, Observations, Waiting } from '../../engine/graph.ts';
import { clusterName } from './cluster.ts';
import { madeCluster } from './cluster-spec.ts';
import { networkSource, withSource } from './network-source.ts';
import { type Input, withId } from './node.ts';
import { roleNode } from './role-node.ts';
import { clusterAutoscalerRole } from './roles/cluster-autoscaler.ts';
import { externalDnsRole } from './roles/external-dns.ts';
import { loadBalancerControllerRole } from './roles/load-balancer-controller.ts';
import type { RolePolicies } from './roles/role-policies.ts';

/** Namespace and service account as the charts of these controllers have them. */
const NAMESPACE = 'kube-system';

/** Roles of controllers that are installed in the cluster, by its own issuer. */
export function controllerNodes(input: Input): readonly GraphNode[] {
  const cluster = madeCluster(input.spec);
  const vpc = networkSource(input)?.vpc;
  if (cluster === undefined || vpc === undefined) return [];
  const place = { ...input.place, clusterName: clusterName(input) };
  const roles = cluster.controllerRoles;
  return [
    ...(roles?.externalDns === 'Disabled' || input.spec.dns === undefined
      ? []
      : [
          roleNode(
            input,
            'external-dns',
            seen =>
              withIssuer(seen, 'external-dns', account =>
                withId(seen, 'zone', zoneId => externalDnsRole(place, account, zoneId)),
              ),
            ['oidc-provider', 'zone'],
          ),
        ]),
    ...(roles?.loadBalancerController === 'Disabled'
      ? []
      : [
          roleNode(
            input,
            'load-balancer-controller',
            seen =>
              withIssuer(seen, 'aws-load-balancer-controller', account =>
                withSource(seen, vpc, ({ id: vpcId }) =>
                  loadBalancerControllerRole({ ...place, vpcId }, account),
                ),
              ),
            ['oidc-provider', ...vpc.dependsOn],
          ),
        ]),
    ...(roles?.clusterAutoscaler === 'Disabled'
      ? []
      : [
          roleNode(
            input,
            'cluster-autoscaler',
            seen => withIssuer(seen, 'cluster-autoscaler', account => clusterAutoscalerRole(place, account)),
            ['oidc-provider'],
          ),
        ]),
  ];
}

function withIssuer(
  seen: Observations,
  name: string,
  make: (account: { issuer: string; namespace: string; name: string }) => RolePolicies | Waiting,
): RolePolicies | Waiting {
  const issuer = seen.state<ClusterState>('cluster')?.issuer;
  if (issuer === undefined) return { waitingFor: 'the issuer of the cluster', node: 'cluster' };
  return make({ issuer, namespace: NAMESPACE, name });
}
