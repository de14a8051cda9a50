import type { BY_POD_IDENTITY, Cluster } from '../../api/cluster.ts';
import type { AddonDesired } from '../../aws/eks/addon-state.ts';
import { childName } from '../../aws/eks/child-name.ts';
import type { ClusterState } from '../../aws/eks/cluster-state.ts';
import type { NodegroupState } from '../../aws/eks/nodegroup-state.ts';
import type { PodIdentityDesired } from '../../aws/eks/pod-identity.ts';
import { podIdentityName } from '../../aws/eks/pod-identity-name.ts';
import type { GraphNode, Observations } from '../../engine/graph.ts';
import { type AddonName, addonId, addonNames, BEFORE_NODES } from './addon-names.ts';
import { addonSettings, settingsField } from './addon-settings.ts';
import { clusterName, isHeldBack, upgradeOf } from './cluster.ts';
import { madeCluster } from './cluster-spec.ts';
import { type Input, node, withArn } from './node.ts';
import { roleId, roleNodes } from './role-node.ts';
import { cniRole, ebsCsiRole } from './roles/add-ons.ts';

interface Rights {
  readonly role: string;
  /** The service account that has it. */
  readonly account: string;
}

/** Add-ons with rights in AWS. Amazon EKS User Guide, "AWS add-ons". */
const WITH_ROLE: Readonly<Partial<Record<AddonName, Rights>>> = {
  'vpc-cni': { role: 'vpc-cni', account: 'aws-node' },
  'aws-ebs-csi-driver': { role: 'ebs-csi', account: 'ebs-csi-controller-sa' },
} satisfies Record<(typeof BY_POD_IDENTITY)[number], Rights>;

/** The managed add-ons, each with the role of its own that it needs. */
export function addonNodes(input: Input): readonly GraphNode[] {
  const spec = madeCluster(input.spec);
  if (spec === undefined) return [];
  const place = { ...input.place, clusterName: clusterName(input) };
  const names = addonNames(spec);
  return [
    ...(names.includes('vpc-cni') ? roleNodes(input, 'vpc-cni', () => cniRole(place)) : []),
    ...(names.includes('aws-ebs-csi-driver')
      ? roleNodes(input, 'ebs-csi', seen => withArn(seen, 'key', keyArn => ebsCsiRole(place, keyArn)), [
          'key',
        ])
      : []),
    ...names.flatMap(name => {
      const rights = WITH_ROLE[name];
      return rights === undefined ? [] : [identityNode(input, rights.role, rights.account)];
    }),
    ...names.map(name => addonNode(input, spec, name)),
  ];
}

function identityId(account: string): string {
  return `pod-identity/kube-system/${account}`;
}

function identityNode(input: Input, role: string, account: string): GraphNode<PodIdentityDesired> {
  const of = { clusterName: clusterName(input), namespace: 'kube-system', serviceAccount: account };
  return node(
    input,
    identityId(account),
    'eks/pod-identity',
    ['cluster', roleId(role)],
    seen =>
      seen.id('cluster') === undefined
        ? { waitingFor: 'cluster', node: 'cluster' }
        : withArn(seen, roleId(role), roleArn => ({ ...of, roleArn })),
    { name: () => podIdentityName(of) },
  );
}

/** Those that are about to be raised do not wait for an add-on that lacks nodes. */
function hasNodes(seen: Observations, nodegroupVersion: string): boolean {
  const group = seen.state<NodegroupState>('node-group');
  return group?.status === 'ACTIVE' && group.issues === '' && group.version === nodegroupVersion;
}

/** Those that run on every node tolerate all. aws/containers-roadmap issues 1389 and 1930. */
function keptOff(spec: Cluster, name: AddonName): string | undefined {
  const keepsOff = (spec.nodeGroup?.taints ?? []).some(one => one.effect !== 'PreferNoSchedule');
  if (BEFORE_NODES.has(name) || !keepsOff) return undefined;
  return `where nodes are well its pods may not tolerate spec.kubernetes.nodeGroup.taints: set tolerations in ${settingsField(name)}`;
}

function addonNode(input: Input, spec: Cluster, name: AddonName): GraphNode<AddonDesired> {
  const setting = spec.addons?.find(one => one.name === name);
  const rights = WITH_ROLE[name];
  const taints = keptOff(spec, name);
  const dependsOn = [
    'cluster',
    ...(rights === undefined ? [] : [identityId(rights.account)]),
    ...(BEFORE_NODES.has(name) ? [] : ['node-group']),
  ];
  return node<AddonDesired>(
    input,
    addonId(name),
    'eks/addon',
    dependsOn,
    seen => {
      const cluster = seen.state<ClusterState>('cluster');
      if (cluster === undefined) return { waitingFor: 'cluster', node: 'cluster' };
      const settings =
        setting?.configuration === undefined ? undefined : addonSettings(setting.configuration);
      // `check` says so too; a deletion goes on, and asks for no settings.
      if (setting?.configuration !== undefined && settings === undefined)
        return { waitingFor: `${settingsField(name)} to be a JSON object`, needsPerson: true };
      const { addonVersions, nodegroupVersion } = upgradeOf(input, seen);
      const version = addonVersions[name];
      const upTo = spec.version ?? cluster.version;
      return {
        clusterName: clusterName(input),
        kubernetesVersion: cluster.version,
        hasNodes: hasNodes(seen, nodegroupVersion),
        ...(taints === undefined ? {} : { keptOff: taints }),
        ...(version === undefined ? {} : { version }),
        ...(setting?.version === undefined ? {} : { pin: { version: setting.version, upTo } }),
        ...(settings === undefined ? {} : { configuration: settings }),
      };
    },
    { name: () => childName(clusterName(input), name), heldBack: isHeldBack(input, 'addons') },
  );
}
