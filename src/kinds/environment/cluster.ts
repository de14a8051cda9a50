import type { ClusterDesired, ClusterState } from '../../aws/eks/cluster-state.ts';
import type { ExistingClusterDesired } from '../../aws/eks/existing-cluster.ts';
import { logGroupOf } from '../../aws/eks/log-group-name.ts';
import type { NodegroupState } from '../../aws/eks/nodegroup-state.ts';
import type { ReachDesired } from '../../aws/eks/reach.ts';
import type { OidcProviderDesired } from '../../aws/iam/oidc-provider.ts';
import type { LogGroupDesired } from '../../aws/logs/log-group.ts';
import { CLUSTER_NAME } from '../../aws/names.ts';
import { type GraphNode, isWaiting, type Observations } from '../../engine/graph.ts';
import { addonId, addonNames } from './addon-names.ts';
import { existingCluster, leavingCluster, madeCluster } from './cluster-spec.ts';
import { subnetsOfCluster, waitingForAddresses } from './cluster-subnets.ts';
import { linkedRoleId, linkedRoleNode } from './linked-roles.ts';
import { endpointIds } from './network.ts';
import { networkSource, withSource } from './network-source.ts';
import { type Input, named, node, unique, withArn } from './node.ts';
import { roleId, roleNodes } from './role-node.ts';
import { clusterRole } from './roles/cluster.ts';
import { subnetMarkNodes } from './subnet-marks.ts';
import { type UpgradePart, type UpgradeStep, upgradeStep } from './upgrade.ts';

export const REACH = 'reach';
export const CLUSTER_LOG_GROUP = 'log-group/cluster';
const LOG_TYPES = ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'];

export function clusterName(input: Input): string {
  return existingCluster(input.spec) ?? named(input, 'cluster', CLUSTER_NAME);
}

/** The control plane: its role, its logs, EKS itself, and the issuer of its service accounts. */
export function clusterNodes(input: Input): readonly GraphNode[] {
  const spec = madeCluster(input.spec);
  const subnets = networkSource(input)?.subnets;
  if (spec === undefined || subnets === undefined) return [];
  const name = clusterName(input);
  const groupName = logGroupOf(name);
  return [
    linkedRoleNode('autoscaling.amazonaws.com'),
    linkedRoleNode('eks.amazonaws.com'),
    linkedRoleNode('eks-nodegroup.amazonaws.com'),
    linkedRoleNode('elasticloadbalancing.amazonaws.com'),
    ...roleNodes(input, 'cluster', () =>
      clusterRole({ ...input.place, installation: input.installation, environment: input.name }),
    ),
    node<LogGroupDesired>(
      input,
      CLUSTER_LOG_GROUP,
      'logs/log-group',
      ['key'],
      seen =>
        withArn(seen, 'key', kmsKeyArn => ({
          kmsKeyArn,
          retentionDays: spec.logRetentionDays ?? 90,
          madeByAws: groupName,
        })),
      { name: () => groupName },
    ),
    node<ClusterDesired>(
      input,
      'cluster',
      'eks/cluster',
      [
        roleId('cluster'),
        CLUSTER_LOG_GROUP,
        'key',
        linkedRoleId('eks'),
        linkedRoleId('elasticloadbalancing'),
        ...subnets.dependsOn,
      ],
      seen => {
        const leaving = leavingCluster(spec);
        const desired = withArn(seen, 'key', keyArn =>
          withArn(seen, roleId('cluster'), roleArn =>
            withSource(
              seen,
              subnets,
              subnetIds =>
                waitingForAddresses(seen) ?? {
                  version: upgradeOf(input, seen).clusterVersion,
                  ...(spec.version === undefined ? {} : { targetVersion: spec.version }),
                  roleArn,
                  subnetIds: subnetsOfCluster(seen, subnetIds),
                  securityGroupIds: [],
                  publicCidrs: spec.endpoint?.publicCidrs ?? [],
                  keyArn,
                  logTypes: LOG_TYPES,
                  supportType:
                    spec.supportType === 'Extended' ? ('EXTENDED' as const) : ('STANDARD' as const),
                  ...leaving,
                },
            ),
          ),
        );
        return isWaiting(desired) ? { ...desired, leaving } : desired;
      },
      {
        name: () => name,
        heldBack: isHeldBack(input, 'cluster'),
        // What runs in it finds subnets for load balancers by these, and S3 where there is no other way out.
        goesBefore: [...subnetMarkNodes(input).map(one => one.id), ...endpointIds(input)],
      },
    ),
    providerNode(input),
    reachNode(true),
  ];
}

/**
 * A cluster that is there already, which is looked at and never changed. The IAM identity provider of its issuer may be
 * there as well, for others: it is made where it is missing, and stays.
 */
export function existingClusterNodes(input: Input): readonly GraphNode[] {
  const clusterName = existingCluster(input.spec);
  if (clusterName === undefined) return [];
  const { accountId, region } = input.place;
  const cluster: GraphNode<ExistingClusterDesired> = {
    id: 'cluster',
    type: 'eks/existing-cluster',
    role: 'watched',
    dependsOn: [],
    whenAbsent: {
      waitingFor: `the EKS cluster ${clusterName} (spec.kubernetes.existing.clusterName), which does not exist in account ${accountId} in ${region}: make it there, or make a new OptaEnvironment for another one`,
      needsPerson: true,
    },
    desired: () => ({ clusterName }),
  };
  return [cluster, { ...providerNode(input), role: 'shared' }, reachNode(false)];
}

/** Whether the operator gets to it, which nobody here waits for. */
function reachNode(isOurs: boolean): GraphNode<ReachDesired> {
  return {
    id: REACH,
    type: 'eks/reach',
    role: 'watched',
    dependsOn: ['cluster'],
    desired(seen) {
      const { endpoint, certificateAuthority, publicCidrs = [] } = seen.state<ClusterState>('cluster') ?? {};
      if (endpoint === undefined || certificateAuthority === undefined)
        return { waitingFor: 'the endpoint of the cluster', node: 'cluster' };
      return { endpoint, certificateAuthority, publicCidrs, isOurs };
    },
  };
}

function providerNode(input: Input): GraphNode<OidcProviderDesired> {
  const id = 'oidc-provider';
  const desired = (seen: Observations) => {
    const issuer = seen.state<ClusterState>('cluster')?.issuer;
    if (issuer === undefined) return { waitingFor: 'the issuer of the cluster', node: 'cluster' };
    return { issuer, audiences: ['sts.amazonaws.com'] };
  };
  return node<OidcProviderDesired>(input, id, 'iam/oidc-provider', ['cluster'], desired, {
    name: unique(input, id),
  });
}

export function isHeldBack(input: Input, part: UpgradePart): (seen: Observations) => boolean {
  return seen => upgradeOf(input, seen).heldBack.includes(part);
}

/** Where the cluster's version stands on its way, as this pass sees it. */
export function upgradeOf(input: Input, seen: Observations): UpgradeStep {
  const spec = madeCluster(input.spec);
  const cluster = seen.state<ClusterState>('cluster');
  const names = addonNames(spec);
  const parts = ['cluster', 'node-group', ...names.map(addonId)];
  return upgradeStep({
    target: spec?.version ?? cluster?.version ?? '',
    unknown: parts.filter(one => !seen.isKnown(one)),
    cluster,
    nodegroup: seen.state<NodegroupState>('node-group'),
    addons: Object.fromEntries(names.map(name => [name, seen.state(addonId(name))])),
    pinned: Object.fromEntries((spec?.addons ?? []).map(one => [one.name, one.version])),
  });
}
