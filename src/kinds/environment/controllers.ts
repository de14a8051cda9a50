import { CONTROLLER_ACCOUNTS, CONTROLLER_NAMESPACE } from '../../api/controller-accounts.ts';
import type { ClusterState } from '../../aws/eks/cluster-state.ts';
import type { GraphNode, Observations, Waiting } from '../../engine/graph.ts';
import { clusterName } from './cluster.ts';
import { existingCluster, madeCluster } from './cluster-spec.ts';
import { linkedRoleId, linkedRoleNode } from './linked-roles.ts';
import { type Input, withId } from './node.ts';
import { roleNodes } from './role-node.ts';
import { clusterAutoscalerRole } from './roles/cluster-autoscaler.ts';
import { externalDnsRole } from './roles/external-dns.ts';
import { loadBalancerControllerRole } from './roles/load-balancer-controller.ts';
import type { RolePolicies } from './roles/role-policies.ts';
import type { ServiceAccount } from './roles/trust.ts';
import { zoneId, zoneState } from './zone-source.ts';

/** Roles of controllers that are installed in the cluster, by its own issuer. */
export function controllerNodes(input: Input): readonly GraphNode[] {
  const isMade = madeCluster(input.spec) !== undefined;
  if (!isMade && existingCluster(input.spec) === undefined) return [];
  const place = { ...input.place, clusterName: clusterName(input) };
  const roles = input.spec.kubernetes?.controllerRoles;
  const zone = zoneId(input.spec);
  return [
    ...(roles?.externalDns === 'Disabled' || input.spec.dns === undefined
      ? []
      : roleNodes(
          input,
          'external-dns',
          seen =>
            withIssuer(seen, CONTROLLER_ACCOUNTS.externalDns, account =>
              withId(seen, zone, zoneId => externalDnsRole(place, account, zoneId, domainIn(input, seen))),
            ),
          ['oidc-provider', zone],
        )),
    ...(roles?.loadBalancerController === 'Disabled'
      ? []
      : [
          // A cluster that is made brings it, for the control plane.
          ...(isMade ? [] : [linkedRoleNode('elasticloadbalancing.amazonaws.com')]),
          ...roleNodes(
            input,
            'load-balancer-controller',
            seen =>
              withIssuer(seen, CONTROLLER_ACCOUNTS.loadBalancerController, (account, vpcId) =>
                loadBalancerControllerRole({ ...place, vpcId }, account),
              ),
            ['oidc-provider', linkedRoleId('elasticloadbalancing')],
          ),
        ]),
    ...(roles?.clusterAutoscaler === 'Disabled'
      ? []
      : roleNodes(
          input,
          'cluster-autoscaler',
          seen =>
            withIssuer(seen, CONTROLLER_ACCOUNTS.clusterAutoscaler, account =>
              clusterAutoscalerRole(place, account),
            ),
          ['oidc-provider'],
        )),
  ];
}

/** Undefined: the whole zone is the domain's. */
function domainIn({ spec }: Input, seen: Observations): string | undefined {
  const zone = zoneState(spec, seen)?.domain;
  return zone === spec.dns?.domain ? undefined : spec.dns?.domain;
}

function withIssuer(
  seen: Observations,
  name: string,
  make: (account: ServiceAccount, vpcId: string) => RolePolicies | Waiting,
): RolePolicies | Waiting {
  const { issuer, vpcId } = seen.state<ClusterState>('cluster') ?? {};
  if (issuer === undefined || vpcId === undefined)
    return { waitingFor: 'the issuer of the cluster', node: 'cluster' };
  return make({ issuer, namespace: CONTROLLER_NAMESPACE, name }, vpcId);
}
