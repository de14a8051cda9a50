import type { AddonState } from '../../aws/eks/addon.ts';
import type { ClusterState } from '../../aws/eks/cluster-state.ts';
import { blockingInsights, type Insight, insightText } from '../../aws/eks/insight.ts';
import type { NodegroupState } from '../../aws/eks/nodegroup-state.ts';
import { compareVersions, nextVersion } from '../../aws/eks/versions.ts';

/** What an upgrade is decided on: all of it read in this pass. */
export interface UpgradeView {
  /** From the spec, or the default that was chosen. */
  readonly target: string;
  /** Nodes of the graph that this pass could not see: whether they are there, and in what version, is not known. */
  readonly unknown: readonly string[];
  readonly cluster: ClusterState | undefined;
  readonly nodegroup: NodegroupState | undefined;
  /** By name; undefined: not there. */
  readonly addons: Readonly<Record<string, AddonState | undefined>>;
  /** Versions that the spec names. */
  readonly pinned: Readonly<Record<string, string | undefined>>;
}

/** What each part is to be now. Add-ons and nodes are never ahead of the control plane. */
export interface UpgradeStep {
  readonly clusterVersion: string;
  readonly nodegroupVersion: string;
  /** Undefined: as EKS chooses, or not known yet. */
  readonly addonVersions: Readonly<Record<string, string | undefined>>;
  /** While an upgrade is under way. */
  readonly stage?: UpgradeStage;
  /** What stops it here, and what helps. */
  readonly blockers: readonly string[];
  /** What is to be newer and is not asked to be yet. */
  readonly heldBack: readonly UpgradePart[];
}

export type UpgradePart = 'cluster' | 'addons' | 'nodes';

export interface UpgradeStage {
  readonly is: 'Insights' | 'ControlPlane' | 'AddOns' | 'Nodes' | 'NotKnown';
  /** The lowest version that is there. */
  readonly from: string;
  readonly words: string;
}

/**
 * One minor version at a time: control plane, add-ons to that version's defaults, nodes, and then the next. A function
 * of what is there, so that it goes on from wherever it was cut off: nodes go last, so while they are behind the control
 * plane, the add-ons are still to be seen to.
 */
export function upgradeStep(view: UpgradeView): UpgradeStep {
  const { target, cluster, nodegroup } = view;
  const plane = cluster?.version ?? target;
  const nodes = nodegroup?.version ?? plane;
  const behind = compareVersions(nodes, plane) < 0;
  const stage = (is: UpgradeStage['is'], words: string) => ({
    stage: { is, from: behind ? nodes : plane, words },
  });
  const asIs = { clusterVersion: plane, nodegroupVersion: nodes, blockers: [], heldBack: [] };
  // What could not be read may be behind: nothing moves on past it.
  if (view.unknown.length > 0) {
    const words = `waits until ${view.unknown.join(', ')} can be read`;
    const heldBack = ['cluster', 'addons', 'nodes'] as const;
    return { ...asIs, heldBack, addonVersions: wantedAddons(view, false), ...stage('NotKnown', words) };
  }
  const addonVersions = wantedAddons(view, behind);
  const addonsDone = Object.entries(view.addons).every(([name, addon]) => isDone(addon, addonVersions[name]));
  if (behind && addonsDone)
    return { ...asIs, nodegroupVersion: plane, addonVersions, ...stage('Nodes', to('nodes', plane, target)) };
  if (behind) {
    const blockers = withoutVersion(view, plane);
    const heldBack = ['nodes'] as const;
    return { ...asIs, heldBack, addonVersions, blockers, ...stage('AddOns', to('add-ons', plane, target)) };
  }
  const next = nextVersion(plane, target);
  if (cluster === undefined || next === plane) return { ...asIs, addonVersions };
  const unoffered = notOffered(target, cluster.offered);
  if (unoffered !== undefined) {
    const blockers = [unoffered];
    return {
      ...asIs,
      heldBack: ['cluster'],
      addonVersions,
      blockers,
      ...stage('ControlPlane', to('control plane', next, target)),
    };
  }
  const blockers = blockingInsights(cluster.insights).map(told);
  const settled = addonsDone && (nodegroup === undefined || nodegroup.status === 'ACTIVE');
  // What is in the way may be gone by now: the upgrade has EKS look again, and stops there if it is not.
  const isOld = cluster.insightsCurrent === false;
  const goesOn = settled && (blockers.length === 0 || isOld);
  return {
    ...asIs,
    clusterVersion: goesOn ? next : plane,
    addonVersions,
    blockers,
    heldBack: goesOn ? [] : ['cluster'],
    ...(goesOn && isOld
      ? stage('Insights', to('insights of EKS for the control plane', next, target))
      : stage('ControlPlane', to('control plane', next, target))),
  };
}

function to(what: string, version: string, target: string): string {
  return `${what} to ${version}${compareVersions(target, version) > 0 ? `, on the way to ${target}` : ''}`;
}

/** EKS would refuse the last step only, after all others: what is named by mistake is told before the first. */
function notOffered(target: string, offered: readonly string[] | undefined): string | undefined {
  if (offered === undefined || offered.length === 0 || offered.includes(target)) return undefined;
  return `Kubernetes ${target}, which EKS does not offer (it has ${offered.join(', ')}): leave spec.kubernetes.version out, which keeps the cluster as it is, and then write one of these`;
}

function told(insight: Insight): string {
  const seen = insight.seenAt === '' ? '' : ` (as EKS saw it at ${insight.seenAt})`;
  return `insight ${insight.name}${seen}: ${insightText(insight)}`;
}

/** As they are; the defaults of the control plane's version while an upgrade is under way, undefined until those are known. */
function wantedAddons(
  { addons, pinned }: UpgradeView,
  upgrading: boolean,
): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    Object.entries(addons).map(([name, addon]) => [
      name,
      pinned[name] ?? (upgrading ? addon?.offer?.default : addon?.version),
    ]),
  );
}

function isDone(addon: AddonState | undefined, wanted: string | undefined): boolean {
  if (addon === undefined) return true;
  return addon.version === wanted && (addon.status === 'ACTIVE' || addon.awaitsNodes);
}

const NAMED_AT_MOST = 5;

/** EKS names no default of some add-ons for some versions: the choice is a person's. */
function withoutVersion({ addons, pinned }: UpgradeView, version: string): readonly string[] {
  return Object.entries(addons).flatMap(([name, addon]) => {
    if (pinned[name] !== undefined || addon?.offer === undefined || addon.offer.default !== undefined)
      return [];
    const offered = addon.offer.versions.slice(0, NAMED_AT_MOST).join(', ');
    const ways = [
      ...(offered === '' ? [] : [`name one that EKS offers (${offered})`]),
      'where nothing needs it, set its mode to Disabled',
    ].join(', or ');
    return [
      `add-on ${name} has no default version for Kubernetes ${version}: in spec.kubernetes.addons ${ways}`,
    ];
  });
}
