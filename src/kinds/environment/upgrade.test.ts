import { describe, expect, test } from 'vitest';
import type { AddonState } from '../../aws/eks/addon-state.ts';
import type { ClusterState } from '../../aws/eks/cluster-state.ts';
import type { Insight } from '../../aws/eks/insight.ts';
import type { NodegroupState } from '../../aws/eks/nodegroup-state.ts';
import { type UpgradeView, upgradeStep } from './upgrade.ts';

const cluster = (version: string, of: Partial<ClusterState> = {}) =>
  ({ version, status: 'ACTIVE', ...of }) as ClusterState;
const nodegroup = (version: string, status = 'ACTIVE') => ({ version, status }) as NodegroupState;
const addon = (version: string, ofDefault?: string, status = 'ACTIVE') =>
  ({
    version,
    status,
    awaitsNodes: false,
    configuration: '',
    issues: '',
    ...(ofDefault === undefined
      ? {}
      : { offer: { default: ofDefault, versions: [...new Set([ofDefault, version])] } }),
  }) as AddonState;
const BLOCKER =
  'insight Deprecated APIs removed in Kubernetes v1.35 (as EKS saw it at 2026-11-25T06:00:00Z): in use. Move to v2';
const offering = (version: string, ...versions: readonly string[]): AddonState => ({
  ...addon(version),
  offer: { default: undefined, versions },
});
const pinnable = (version: string, versions: readonly string[], pinnedFor?: string): AddonState => ({
  ...addon(version),
  offer: { default: versions[0], versions },
  ...(pinnedFor === undefined ? {} : { pinnedFor }),
});
/** One that EKS has for these minors, and not for the present one. */
const goingWith = (version: string, ofDefault: string, ...goesWith: readonly string[]): AddonState => ({
  ...pinnable(version, [ofDefault]),
  goesWith,
});
const insight = (status: string): Insight => ({
  id: 'i-1',
  name: 'Deprecated APIs removed in Kubernetes v1.35',
  kubernetesVersion: '1.35',
  status,
  reason: 'in use.',
  seenAt: '2026-11-25T06:00:00Z',
  advice: 'Move to v2',
});

interface Row {
  readonly what: string;
  readonly target?: string;
  readonly cluster?: ClusterState;
  readonly nodegroup?: NodegroupState;
  readonly addons?: UpgradeView['addons'];
  readonly pinned?: UpgradeView['pinned'];
  readonly unknown?: UpgradeView['unknown'];
  /** Control plane, the first add-on, nodes. */
  readonly wanted: readonly [string, string | undefined, string];
  readonly stage?: string;
  readonly blockers?: readonly string[];
  /** What is to be newer and waits. */
  readonly heldBack?: string;
}

const CNI = ['v1.21.1-eksbuild.3', 'v1.20.4-eksbuild.2', 'v1.20.0-eksbuild.1', 'v1.19.6-eksbuild.1'];
/** What EKS raises and lowers by one minor version at a time, and by more. */
const HOPS: readonly (readonly [string, string, AddonState, string, string?])[] = [
  ['by one minor, to its newest', 'vpc-cni', pinnable('v1.19.0-eksbuild.1', CNI), 'v1.20.4-eksbuild.2'],
  ['the last one to the default', 'vpc-cni', pinnable('v1.20.0-eksbuild.1', CNI), 'v1.21.1-eksbuild.3'],
  [
    'from one that EKS lists for other minors alone',
    'eks-pod-identity-agent',
    { ...pinnable('v1.2.0-eksbuild.1', ['v1.4.0', 'v1.3.9', 'v1.3.10']), goesWith: ['1.33'] },
    'v1.3.10',
  ],
  [
    'at once where EKS has nothing between',
    'vpc-cni',
    pinnable('v1.17.0-eksbuild.1', CNI),
    'v1.21.1-eksbuild.3',
  ],
  ['at once to another major', 'vpc-cni', pinnable('v1.19.0', ['v2.1.0', 'v2.0.0', 'v1.20.0']), 'v2.1.0'],
  ['at once where EKS takes that', 'coredns', pinnable('v1.19.0-eksbuild.1', CNI), 'v1.21.1-eksbuild.3'],
  [
    'on the way to what the spec names',
    'vpc-cni',
    pinnable('v1.19.0-eksbuild.1', CNI),
    'v1.20.4-eksbuild.2',
    'v1.21.1-eksbuild.3',
  ],
  ['down too', 'vpc-cni', pinnable('v1.21.1-eksbuild.3', CNI), 'v1.20.4-eksbuild.2', 'v1.19.6-eksbuild.1'],
];

const STAYING: readonly (readonly [string, AddonState])[] = [
  ['EKS has taken its version off the list', goingWith('v1', 'v2')],
  ['somebody has taken a newer one that is not in our list yet', goingWith('v3', 'v2')],
  ['a newer one that goes with another minor alone', goingWith('v3', 'v2', '1.33')],
  ['it goes with a later minor', goingWith('v1', 'v2', '1.33', '1.35')],
  ['its version looks like that of an older Kubernetes', pinnable('v1.33.0', ['v1.34.0', 'v1.33.0'])],
];

const rows: readonly Row[] = [
  { what: 'nothing is there', wanted: ['1.35', undefined, '1.35'] },
  {
    what: 'all is there: add-ons stay, whatever the default is by now',
    cluster: cluster('1.35'),
    nodegroup: nodegroup('1.35'),
    addons: { dns: addon('v1', 'v9') },
    wanted: ['1.35', 'v1', '1.35'],
  },
  {
    what: 'a new target: first the control plane, by one',
    cluster: cluster('1.33'),
    nodegroup: nodegroup('1.33'),
    addons: { dns: addon('v1', 'v1') },
    wanted: ['1.34', 'v1', '1.33'],
    stage: 'control plane to 1.34, on the way to 1.35',
  },
  {
    what: 'the control plane is there: then add-ons, nodes wait',
    cluster: cluster('1.34'),
    nodegroup: nodegroup('1.33'),
    addons: { dns: addon('v1', 'v2') },
    wanted: ['1.34', 'v2', '1.33'],
    stage: 'add-ons to 1.34, on the way to 1.35',
    heldBack: 'nodes',
  },
  {
    what: 'what the default is is not known yet: nodes wait',
    cluster: cluster('1.34'),
    nodegroup: nodegroup('1.33'),
    addons: { dns: addon('v1') },
    wanted: ['1.34', undefined, '1.33'],
    stage: 'add-ons to 1.34, on the way to 1.35',
    heldBack: 'nodes',
  },
  {
    what: 'EKS names no default for that version: nodes wait, and the add-on is named',
    cluster: cluster('1.34'),
    nodegroup: nodegroup('1.33'),
    addons: { dns: offering('v1', 'v3', 'v2') },
    wanted: ['1.34', undefined, '1.33'],
    stage: 'add-ons to 1.34, on the way to 1.35',
    blockers: [
      'add-on dns has no default version for Kubernetes 1.34: in spec.kubernetes.addons name one that EKS offers (v3, v2), or where nothing needs it, set its mode to Disabled',
    ],
    heldBack: 'nodes',
  },
  {
    what: 'nor anything at all',
    cluster: cluster('1.34'),
    nodegroup: nodegroup('1.33'),
    addons: { dns: offering('v1') },
    wanted: ['1.34', undefined, '1.33'],
    stage: 'add-ons to 1.34, on the way to 1.35',
    blockers: [
      'add-on dns has no default version for Kubernetes 1.34: in spec.kubernetes.addons where nothing needs it, set its mode to Disabled',
    ],
    heldBack: 'nodes',
  },
  {
    what: 'no default is needed where the spec names a version',
    cluster: cluster('1.34'),
    nodegroup: nodegroup('1.33'),
    addons: { dns: offering('v1', 'v3', 'v2') },
    pinned: { dns: 'v3' },
    wanted: ['1.34', 'v3', '1.33'],
    stage: 'add-ons to 1.34, on the way to 1.35',
    heldBack: 'nodes',
  },
  {
    what: 'an add-on is still updating: nodes wait',
    cluster: cluster('1.34'),
    nodegroup: nodegroup('1.33'),
    addons: { dns: addon('v2', 'v2', 'UPDATING') },
    wanted: ['1.34', 'v2', '1.33'],
    stage: 'add-ons to 1.34, on the way to 1.35',
    heldBack: 'nodes',
  },
  {
    what: 'add-ons are there: then nodes',
    cluster: cluster('1.34'),
    nodegroup: nodegroup('1.33'),
    addons: { dns: addon('v2', 'v2') },
    wanted: ['1.34', 'v2', '1.34'],
    stage: 'nodes to 1.34, on the way to 1.35',
  },
  {
    what: 'nodes are still moving: the control plane waits',
    cluster: cluster('1.34'),
    nodegroup: nodegroup('1.34', 'UPDATING'),
    addons: { dns: addon('v2', 'v2') },
    wanted: ['1.34', 'v2', '1.34'],
    stage: 'control plane to 1.35, once node-group (UPDATING) is well',
    heldBack: 'cluster',
  },
  {
    what: 'nodes and add-ons that are not well are named: the control plane waits for them',
    cluster: cluster('1.33'),
    nodegroup: nodegroup('1.33', 'DEGRADED'),
    addons: { dns: addon('v2', 'v2', 'CREATE_FAILED'), other: pinnable('v1', ['v2', 'v1']) },
    pinned: { other: 'v2' },
    wanted: ['1.33', 'v2', '1.33'],
    stage:
      'control plane to 1.34, on the way to 1.35, once node-group (DEGRADED), addon/dns (CREATE_FAILED), addon/other (v1, to be v2) are well',
    heldBack: 'cluster',
  },
  {
    what: 'and then the next minor',
    cluster: cluster('1.34'),
    nodegroup: nodegroup('1.34'),
    addons: { dns: addon('v2', 'v3') },
    wanted: ['1.35', 'v2', '1.34'],
    stage: 'control plane to 1.35',
  },
  {
    what: 'a blocking insight stops it',
    cluster: cluster('1.34', { insights: [insight('ERROR')] }),
    nodegroup: nodegroup('1.34'),
    wanted: ['1.34', undefined, '1.34'],
    stage: 'control plane to 1.35',
    blockers: [BLOCKER],
    heldBack: 'cluster',
  },
  {
    what: 'a blocking insight of before our last change is looked at anew, and named until it is gone',
    cluster: cluster('1.34', { insights: [insight('ERROR')], insightsCurrent: false }),
    nodegroup: nodegroup('1.34'),
    wanted: ['1.35', undefined, '1.34'],
    stage: 'insights of EKS for the control plane to 1.35',
    blockers: [BLOCKER],
  },
  {
    what: 'a blocking insight of after it stops it',
    cluster: cluster('1.34', { insights: [insight('ERROR')], insightsCurrent: true }),
    nodegroup: nodegroup('1.34'),
    wanted: ['1.34', undefined, '1.34'],
    stage: 'control plane to 1.35',
    blockers: [BLOCKER],
    heldBack: 'cluster',
  },
  {
    what: 'EKS is not asked to look while something is still moving',
    cluster: cluster('1.34', { insights: [insight('ERROR')], insightsCurrent: false }),
    nodegroup: nodegroup('1.34', 'UPDATING'),
    wanted: ['1.34', undefined, '1.34'],
    stage: 'control plane to 1.35, once node-group (UPDATING) is well',
    blockers: [BLOCKER],
    heldBack: 'cluster',
  },
  {
    what: 'no insight, and none that EKS has looked for: it looks first',
    cluster: cluster('1.34', { insights: [], insightsCurrent: false }),
    nodegroup: nodegroup('1.34'),
    wanted: ['1.35', undefined, '1.34'],
    stage: 'insights of EKS for the control plane to 1.35',
  },
  {
    what: 'a warning does not',
    cluster: cluster('1.34', { insights: [insight('WARNING')] }),
    nodegroup: nodegroup('1.34'),
    wanted: ['1.35', undefined, '1.34'],
    stage: 'control plane to 1.35',
  },
  {
    what: 'an add-on of a version that the spec names stays at it',
    cluster: cluster('1.34'),
    nodegroup: nodegroup('1.33'),
    addons: { dns: addon('v7', 'v2') },
    pinned: { dns: 'v7' },
    wanted: ['1.34', 'v7', '1.34'],
    stage: 'nodes to 1.34, on the way to 1.35',
  },
  {
    what: 'a version that a later minor brings is not asked for yet, and holds up nothing',
    cluster: cluster('1.33'),
    nodegroup: nodegroup('1.33'),
    addons: { dns: pinnable('v1', ['v1'], '1.35') },
    pinned: { dns: 'v9' },
    wanted: ['1.34', 'v1', '1.33'],
    stage: 'control plane to 1.34, on the way to 1.35',
  },
  {
    what: 'in between the add-on has the default',
    cluster: cluster('1.34'),
    nodegroup: nodegroup('1.33'),
    addons: { dns: pinnable('v1', ['v2', 'v1'], '1.35') },
    pinned: { dns: 'v9' },
    wanted: ['1.34', 'v2', '1.33'],
    stage: 'add-ons to 1.34, on the way to 1.35',
    heldBack: 'nodes',
  },
  {
    what: 'and what the spec names once the minor has it',
    cluster: cluster('1.35'),
    nodegroup: nodegroup('1.34'),
    addons: { dns: pinnable('v2', ['v3', 'v9', 'v2']) },
    pinned: { dns: 'v9' },
    wanted: ['1.35', 'v9', '1.34'],
    stage: 'add-ons to 1.35',
    heldBack: 'nodes',
  },
  {
    what: 'while it is not known what the minor has, it is not asked for',
    cluster: cluster('1.34'),
    nodegroup: nodegroup('1.33'),
    addons: { dns: addon('v1', undefined, 'UPDATING') },
    pinned: { dns: 'v9' },
    wanted: ['1.34', undefined, '1.33'],
    stage: 'add-ons to 1.34, on the way to 1.35',
    heldBack: 'nodes',
  },
  {
    what: 'a version that no minor on the way has is named before the first step',
    cluster: cluster('1.33'),
    nodegroup: nodegroup('1.33'),
    addons: { dns: pinnable('v1', ['v2', 'v1'], '') },
    pinned: { dns: 'v9' },
    wanted: ['1.33', 'v9', '1.33'],
    stage: 'control plane to 1.34, on the way to 1.35, once addon/dns (v1, to be v9) is well',
    blockers: [
      'add-on dns, of which EKS has no version v9 for Kubernetes 1.33 to 1.35 (for 1.33 it has v2, v1): in spec.kubernetes.addons name another version, or none, which takes the default',
    ],
    heldBack: 'cluster',
  },
  {
    what: 'and while add-ons are seen to',
    cluster: cluster('1.35'),
    nodegroup: nodegroup('1.34'),
    addons: { dns: pinnable('v1', ['v2']) },
    pinned: { dns: 'v9' },
    wanted: ['1.35', 'v9', '1.34'],
    stage: 'add-ons to 1.35',
    blockers: [
      'add-on dns, of which EKS has no version v9 for Kubernetes 1.35 (for 1.35 it has v2): in spec.kubernetes.addons name another version, or none, which takes the default',
    ],
    heldBack: 'nodes',
  },
  {
    what: 'an add-on that is newer than the default, and goes with the minor, is not lowered',
    cluster: cluster('1.34'),
    nodegroup: nodegroup('1.33'),
    addons: { dns: pinnable('v1.10.0-eksbuild.2', ['v1.9.9-eksbuild.3', 'v1.10.0-eksbuild.2']) },
    wanted: ['1.34', 'v1.10.0-eksbuild.2', '1.34'],
    stage: 'nodes to 1.34, on the way to 1.35',
  },
  {
    what: 'one that goes with other minors and not with this one is',
    cluster: cluster('1.34'),
    nodegroup: nodegroup('1.33'),
    addons: { dns: goingWith('v1.10.0', 'v1.9.9', '1.33') },
    wanted: ['1.34', 'v1.9.9', '1.33'],
    stage: 'add-ons to 1.34, on the way to 1.35',
    heldBack: 'nodes',
  },
  {
    what: 'not one that EKS does not list, which may be too new for the list',
    cluster: cluster('1.34'),
    nodegroup: nodegroup('1.33'),
    addons: { dns: goingWith('v1.10.0', 'v1.9.9') },
    wanted: ['1.34', 'v1.10.0', '1.34'],
    stage: 'nodes to 1.34, on the way to 1.35',
  },
  {
    what: 'an older one that EKS does not list any more is raised with the rest',
    cluster: cluster('1.34'),
    nodegroup: nodegroup('1.33'),
    addons: { dns: goingWith('v1.8.0', 'v1.9.9') },
    wanted: ['1.34', 'v1.9.9', '1.33'],
    stage: 'add-ons to 1.34, on the way to 1.35',
    heldBack: 'nodes',
  },
  {
    what: 'no default is needed where what is there goes with the minor',
    cluster: cluster('1.34'),
    nodegroup: nodegroup('1.33'),
    addons: { dns: offering('v2', 'v3', 'v2') },
    wanted: ['1.34', 'v2', '1.34'],
    stage: 'nodes to 1.34, on the way to 1.35',
  },
  {
    what: 'nodes that were made anew midway are not behind: the add-on that does not go with the minor still is',
    cluster: cluster('1.34'),
    nodegroup: nodegroup('1.34'),
    addons: { dns: goingWith('v1', 'v2', '1.33', '1.32'), other: pinnable('v1', ['v2', 'v1']) },
    wanted: ['1.34', 'v2', '1.34'],
    stage: 'add-ons to 1.34, on the way to 1.35',
    heldBack: 'cluster',
  },
  {
    what: 'so is one that is a part of Kubernetes and an older one, and there are no nodes',
    target: '1.34',
    cluster: cluster('1.34'),
    addons: { 'kube-proxy': pinnable('v1.33.4-eksbuild.2', ['v1.34.4-eksbuild.2', 'v1.33.4-eksbuild.2']) },
    wanted: ['1.34', 'v1.34.4-eksbuild.2', '1.34'],
    stage: 'add-ons to 1.34',
  },
  {
    what: 'not where the spec names its version, or EKS names none for the minor',
    target: '1.34',
    cluster: cluster('1.34'),
    nodegroup: nodegroup('1.34'),
    addons: { dns: goingWith('v1', 'v2', '1.33'), other: { ...offering('v1', 'v2'), goesWith: ['1.33'] } },
    pinned: { dns: 'v1' },
    wanted: ['1.34', 'v1', '1.34'],
  },
  ...HOPS.map(
    ([why, name, of, wanted, pin]): Row => ({
      what: `an add-on goes ${why}, and nodes wait`,
      target: '1.34',
      cluster: cluster('1.34'),
      nodegroup: nodegroup('1.33'),
      addons: { [name]: of },
      pinned: { [name]: pin },
      wanted: ['1.34', wanted, '1.33'],
      stage: 'add-ons to 1.34',
      heldBack: 'nodes',
    }),
  ),
  {
    what: 'an add-on at a minor on its way is not there yet, though it is well: nodes wait',
    cluster: cluster('1.34'),
    nodegroup: nodegroup('1.33'),
    addons: { 'vpc-cni': pinnable('v1.20.4-eksbuild.2', CNI) },
    wanted: ['1.34', 'v1.21.1-eksbuild.3', '1.33'],
    stage: 'add-ons to 1.34, on the way to 1.35',
    heldBack: 'nodes',
  },
  {
    what: 'what comes next on the way to what the spec names is asked for once it is known what EKS has',
    target: '1.34',
    cluster: cluster('1.34'),
    nodegroup: nodegroup('1.34'),
    addons: { 'vpc-cni': addon('v1.19.6-eksbuild.1', undefined, 'UPDATING') },
    pinned: { 'vpc-cni': 'v1.21.1-eksbuild.3' },
    wanted: ['1.34', undefined, '1.34'],
  },
  {
    what: 'nothing is begun towards a version that EKS does not have',
    target: '1.34',
    cluster: cluster('1.34'),
    nodegroup: nodegroup('1.34'),
    addons: { 'vpc-cni': pinnable('v1.19.6-eksbuild.1', CNI, '') },
    pinned: { 'vpc-cni': 'v1.22.0-eksbuild.1' },
    wanted: ['1.34', 'v1.22.0-eksbuild.1', '1.34'],
  },
  ...STAYING.map(
    ([why, dns]): Row => ({
      what: `with no upgrade under way the add-on stays: ${why}`,
      target: '1.34',
      cluster: cluster('1.34'),
      nodegroup: nodegroup('1.34'),
      addons: { dns },
      wanted: ['1.34', dns.version, '1.34'],
    }),
  ),
  {
    what: 'nor does kube-proxy move where the minor’s default is an older Kubernetes itself',
    target: '1.34',
    cluster: cluster('1.34'),
    nodegroup: nodegroup('1.34'),
    addons: { 'kube-proxy': pinnable('v1.33.2-eksbuild.1', ['v1.33.4-eksbuild.2']) },
    wanted: ['1.34', 'v1.33.2-eksbuild.1', '1.34'],
  },
  {
    what: 'AWS has raised it above the spec: it is not lowered',
    target: '1.33',
    cluster: cluster('1.34'),
    nodegroup: nodegroup('1.34'),
    wanted: ['1.34', undefined, '1.34'],
  },
  {
    what: 'the node group cannot be read: it may be behind, and nothing moves',
    cluster: cluster('1.34'),
    addons: { dns: addon('v1', 'v2') },
    unknown: ['node-group'],
    wanted: ['1.34', 'v1', '1.34'],
    stage: 'waits until node-group can be read',
    heldBack: 'cluster,addons,nodes',
  },
  {
    what: 'an add-on cannot be read: the control plane waits',
    cluster: cluster('1.34'),
    nodegroup: nodegroup('1.34'),
    addons: { dns: undefined },
    unknown: ['addon/dns'],
    wanted: ['1.34', undefined, '1.34'],
    stage: 'waits until addon/dns can be read',
    heldBack: 'cluster,addons,nodes',
  },
  {
    what: 'an add-on cannot be read: nodes wait, and so do the other add-ons',
    target: '1.34',
    cluster: cluster('1.34'),
    nodegroup: nodegroup('1.33'),
    addons: { dns: addon('v1', 'v2'), proxy: undefined },
    unknown: ['addon/proxy'],
    wanted: ['1.34', 'v1', '1.33'],
    stage: 'waits until addon/proxy can be read',
    heldBack: 'cluster,addons,nodes',
  },
  {
    what: 'no add-on is there, and that is known: the control plane goes on',
    cluster: cluster('1.34'),
    nodegroup: nodegroup('1.34'),
    addons: { dns: undefined },
    wanted: ['1.35', undefined, '1.34'],
    stage: 'control plane to 1.35',
  },
  {
    what: 'the node group is being replaced, or was lost: it is made for the version that is there, and the next waits',
    cluster: cluster('1.34'),
    addons: { dns: addon('v2', 'v2') },
    wanted: ['1.34', 'v2', '1.34'],
    stage: 'control plane to 1.35, once node-group (not there yet) is well',
    heldBack: 'cluster',
  },
  {
    what: 'the control plane is there and the node group cannot be read: add-ons stay',
    cluster: cluster('1.35'),
    addons: { dns: addon('v1', 'v9') },
    unknown: ['node-group'],
    wanted: ['1.35', 'v1', '1.35'],
    stage: 'waits until node-group can be read',
    heldBack: 'cluster,addons,nodes',
  },
  {
    what: 'EKS does not offer it: not one step is made towards it',
    target: '1.99',
    cluster: cluster('1.34', { offered: ['1.34', '1.35'] }),
    nodegroup: nodegroup('1.34'),
    wanted: ['1.34', undefined, '1.34'],
    stage: 'control plane to 1.35, on the way to 1.99',
    blockers: [
      'Kubernetes 1.99, which EKS does not offer (it has 1.34, 1.35): leave spec.kubernetes.version out, which keeps the cluster as it is, and then write one of these',
    ],
    heldBack: 'cluster',
  },
];

describe('an upgrade', () => {
  test.each(rows)('$what', row => {
    const step = upgradeStep({
      target: row.target ?? '1.35',
      unknown: row.unknown ?? [],
      cluster: row.cluster,
      nodegroup: row.nodegroup,
      addons: row.addons ?? {},
      pinned: row.pinned ?? {},
    });
    const [addon] = Object.values(step.addonVersions);
    expect([step.clusterVersion, addon, step.nodegroupVersion]).toEqual(row.wanted);
    expect(step.stage?.words).toBe(row.stage);
    expect(step.blockers).toEqual(row.blockers ?? []);
    expect(step.heldBack.join()).toBe(row.heldBack ?? '');
  });
});
