import type { RequestLaunchTemplateData } from '@aws-sdk/client-ec2';
import type { Cluster } from '../../api/cluster.ts';
import type { LaunchTemplateDesired, LaunchTemplateState } from '../../aws/ec2/launch-template.ts';
import type { AddonState } from '../../aws/eks/addon-state.ts';
import { childName } from '../../aws/eks/child-name.ts';
import type { ClusterState } from '../../aws/eks/cluster-state.ts';
import type { NodeImageDesired, NodeImageState } from '../../aws/eks/node-image.ts';
import type { NodegroupDesired, NodegroupState } from '../../aws/eks/nodegroup-state.ts';
import { LAUNCH_TEMPLATE_NAME } from '../../aws/names.ts';
import type { GraphNode, Observations } from '../../engine/graph.ts';
import { tagsOf } from '../kind.ts';
import { addonId, addonNames, BEFORE_NODES } from './addon-names.ts';
import { clusterName, isHeldBack, upgradeOf } from './cluster.ts';
import { madeCluster } from './cluster-spec.ts';
import { disksOf } from './disks.ts';
import { nodesLayout } from './layout.ts';
import { linkedRoleId } from './linked-roles.ts';
import { networkSource, type Source, withSource } from './network-source.ts';
import { type Input, named, node, withArn, withId } from './node.ts';
import { roleId, roleNodes } from './role-node.ts';
import { nodeRole } from './roles/nodes.ts';

export const NODE_IMAGE = 'node-image';

const EFFECTS = {
  NoSchedule: 'NO_SCHEDULE',
  NoExecute: 'NO_EXECUTE',
  PreferNoSchedule: 'PREFER_NO_SCHEDULE',
} as const;

/** One group over all private subnets, with the least rights and a template of its own. */
export function nodeGroupNodes(input: Input): readonly GraphNode[] {
  const cluster = madeCluster(input.spec);
  const subnets = networkSource(input)?.routed;
  if (cluster === undefined || subnets === undefined) return [];
  return [
    ...roleNodes(input, 'node', () => nodeRole(input.place.partition)),
    templateNode(input, cluster),
    ...(cluster.nodeGroup?.image === 'Latest' ? [imageNode(cluster)] : []),
    groupNode(input, cluster, subnets),
  ];
}

function amiTypeOf({ nodeGroup }: Cluster): string {
  return nodeGroup?.amiType ?? 'AL2023_x86_64_STANDARD';
}

/** Of the control plane's version: nodes of another one are on their way to it, which brings an image by itself. */
function imageNode(cluster: Cluster): GraphNode<NodeImageDesired> {
  return {
    id: NODE_IMAGE,
    type: 'eks/node-image',
    role: 'watched',
    dependsOn: ['cluster'],
    desired(seen) {
      const version = seen.state<ClusterState>('cluster')?.version;
      if (version === undefined) return { waitingFor: 'the version of the cluster', node: 'cluster' };
      return { version, amiType: amiTypeOf(cluster) };
    },
  };
}

/**
 * Nothing where nodes keep the image that they have: EKS then chooses one for new nodes only. Nobody asked for other nodes now:
 * they do not come while an add-on that they need is not well.
 */
function imageOf(
  seen: Observations,
  version: string,
  addons: readonly string[],
): Pick<NodegroupDesired, 'releaseVersion'> {
  const image = seen.state<NodeImageState>(NODE_IMAGE);
  if (image?.newest === undefined || image.version !== version || seen.id('node-group') === undefined)
    return {};
  const areWell = addons.every(id => {
    const { status, awaitsNodes = false } = seen.state<AddonState>(id) ?? {};
    return status === 'ACTIVE' || awaitsNodes;
  });
  return areWell ? { releaseVersion: image.newest } : {};
}

function templateNode(input: Input, cluster: Cluster): GraphNode<LaunchTemplateDesired> {
  const tags = Object.entries(tagsOf(input, 'node')).map(([Key, Value]) => ({ Key, Value }));
  return node(
    input,
    'launch-template',
    'ec2/launch-template',
    ['key'],
    seen =>
      withArn(seen, 'key', keyArn => {
        const inUse = seen.state<NodegroupState>('node-group')?.launchTemplateVersion;
        const needed: RequestLaunchTemplateData = {
          // Pods that need AWS have roles of their own: one hop keeps them from the node's.
          MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1, HttpEndpoint: 'enabled' },
          BlockDeviceMappings: disksOf(amiTypeOf(cluster), cluster.nodeGroup?.diskGiB ?? 50, keyArn),
        };
        return {
          needed,
          // The rest comes with other nodes, and is no reason to replace those that run.
          data: {
            ...needed,
            // An account or organization may have it enabled by default, and the tags of EKS have slashes, which it cannot show
            // (aws/karpenter-provider-aws pull request 7012).
            MetadataOptions: { ...needed.MetadataOptions, InstanceMetadataTags: 'disabled' },
            TagSpecifications: [
              { ResourceType: 'instance', Tags: tags },
              { ResourceType: 'volume', Tags: tags },
            ],
          },
          ...(inUse === undefined ? {} : { inUse: Number(inUse) }),
        };
      }),
    { name: () => named(input, 'launch-template', LAUNCH_TEMPLATE_NAME) },
  );
}

/**
 * Nodes keep theirs while it serves them, since another one replaces them all: somebody may have made a copy the default one,
 * or one with something in it that nobody asked for, which is none for other nodes either.
 */
function templateVersions(
  seen: Observations,
  { defaultVersion, fitting }: LaunchTemplateState,
): { readonly version: string; readonly kept?: string } {
  const present = seen.state<NodegroupState>('node-group')?.launchTemplateVersion;
  const isKept = present !== undefined && (fitting === undefined || fitting.includes(Number(present)));
  if (!isKept) return { version: String(defaultVersion) };
  const isDefaultFine = fitting?.includes(defaultVersion) === true;
  return { version: isDefaultFine ? String(defaultVersion) : present, kept: present };
}

function groupNode(
  input: Input,
  cluster: Cluster,
  subnets: Source<readonly string[]>,
): GraphNode<NodegroupDesired> {
  const spec = cluster.nodeGroup ?? {};
  const addons = addonNames(cluster)
    .filter(name => BEFORE_NODES.has(name))
    .map(addonId);
  return node(
    input,
    'node-group',
    'eks/nodegroup',
    [
      'cluster',
      roleId('node'),
      'launch-template',
      linkedRoleId('eks-nodegroup'),
      ...addons,
      ...subnets.dependsOn,
    ],
    seen => {
      const state = seen.state<ClusterState>('cluster');
      const template = seen.state<LaunchTemplateState>('launch-template');
      if (state === undefined) return { waitingFor: 'cluster', node: 'cluster' };
      if (template === undefined) return { waitingFor: 'launch-template', node: 'launch-template' };
      const version = upgradeOf(input, seen).nodegroupVersion;
      return withArn(seen, roleId('node'), nodeRoleArn =>
        withId(seen, 'launch-template', id =>
          withSource(seen, subnets, subnetIds => ({
            ...imageOf(seen, version, addons),
            clusterName: clusterName(input),
            nodeRoleArn,
            subnetIds,
            launchTemplate: { id, ...templateVersions(seen, template) },
            instanceTypes: spec.instanceTypes ?? ['t3.medium'],
            capacityType: spec.capacity === 'Spot' ? ('SPOT' as const) : ('ON_DEMAND' as const),
            amiType: amiTypeOf(cluster),
            minSize: spec.minSize ?? 3,
            maxSize: spec.maxSize ?? 5,
            labels: spec.labels ?? {},
            taints: (spec.taints ?? []).map(({ key, value = '', effect }) => ({
              key,
              value,
              effect: EFFECTS[effect],
            })),
            maxUnavailablePercentage: spec.updateMaxUnavailablePercent ?? 33,
            nodeRepair: true,
            version,
          })),
        ),
      );
    },
    {
      name: epoch => childName(clusterName(input), `nodes-${epoch}`),
      heldBack: isHeldBack(input, 'nodes'),
      marks: nodesLayout(cluster),
    },
  );
}
