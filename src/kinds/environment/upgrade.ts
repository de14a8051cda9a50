import type { AddonState } from '../../aws/eks/addon-state.ts';
import type { ClusterState } from '../../aws/eks/cluster-state.ts';
import { blockingInsights, type Insight, insightText } from '../../aws/eks/insight.ts';
import type { NodegroupState } from '../../aws/eks/nodegroup-state.ts';
import { compareVersions, nextVersion } from '../../aws/eks/versions.ts';
import { few } from '../../engine/few.ts';
import { addonId } from './addon-names.ts';
import {
  type AddonsView,
  type AddonVersions,
  laggingAddons,
  unfitPins,
  wantedAddons,
  withoutDefault,
} from './upgrade-addons.ts';

/** What an upgrade is decided on: all of it read in this pass. */
export interface UpgradeView extends AddonsView {
  /** From the spec, or the default that was chosen. */
  readonly target: string;
  /** Nodes of the graph that this pass could not see: whether they are there, and in what version, is not known. */
  readonly unknown: readonly string[];
  readonly cluster: ClusterState | undefined;
  readonly nodegroup: NodegroupState | undefined;
}

/** What each part is to be now. Add-ons and nodes are never ahead of the control plane. */
export interface UpgradeStep {
  readonly clusterVersion: string;
  readonly nodegroupVersion: string;
  /** Undefined: as EKS chooses, or not known yet. */
  readonly addonVersions: AddonVersions;
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
 * plane, the add-ons are still to be seen to; and so are those that tell it themselves.
 */
export function upgradeStep(view: UpgradeView): UpgradeStep {
  const { target, cluster, nodegroup } = view;
  const plane = cluster?.version ?? target;
  const nodes = nodegroup?.version ?? plane;
  const nodesBehind = compareVersions(nodes, plane) < 0;
  const lagging = laggingAddons(view, plane);
  const behind = nodesBehind || lagging.length > 0;
  const next = nextVersion(plane, target);
  const upgrading = behind || next !== plane;
  const stage = (is: UpgradeStage['is'], words: string) => ({
    stage: { is, from: nodesBehind ? nodes : plane, words },
  });
  const asIs = { clusterVersion: plane, nodegroupVersion: nodes, blockers: [], heldBack: [] };
  // What could not be read may be behind: nothing moves on past it.
  if (view.unknown.length > 0) {
    const words = `waits until ${view.unknown.join(', ')} can be read`;
    const heldBack = ['cluster', 'addons', 'nodes'] as const;
    return {
      ...asIs,
      heldBack,
      addonVersions: wantedAddons(view, { upgrading, raises: () => false }),
      ...stage('NotKnown', words),
    };
  }
  const raises = (name: string) => nodesBehind || lagging.includes(name);
  const addonVersions = wantedAddons(view, { upgrading, raises });
  const unwellAddons = unwellAddonsOf(view, addonVersions);
  if (behind && unwellAddons.length === 0)
    return { ...asIs, nodegroupVersion: plane, addonVersions, ...stage('Nodes', to('nodes', plane, target)) };
  if (behind) {
    const blockers = [...(nodesBehind ? withoutDefault(view, plane) : []), ...unfitPins(view, plane, target)];
    const heldBack: readonly UpgradePart[] = nodesBehind ? ['nodes'] : next === plane ? [] : ['cluster'];
    return { ...asIs, heldBack, addonVersions, blockers, ...stage('AddOns', to('add-ons', plane, target)) };
  }
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
  const insights = blockingInsights(cluster.insights).map(told);
  const blockers = [...insights, ...unfitPins(view, plane, target)];
  const unwell = [...unwellNodesOf(view), ...unwellAddons];
  // What is in the way may be gone by now: the upgrade has EKS look again, and stops there if it is not.
  const isOld = cluster.insightsCurrent === false;
  const goesOn = unwell.length === 0 && (insights.length === 0 || isOld);
  return {
    ...asIs,
    clusterVersion: goesOn ? next : plane,
    addonVersions,
    blockers,
    heldBack: goesOn ? [] : ['cluster'],
    ...(goesOn && isOld
      ? stage('Insights', to('insights of EKS for the control plane', next, target))
      : stage('ControlPlane', `${to('control plane', next, target)}${once(unwell)}`)),
  };
}

function to(what: string, version: string, target: string): string {
  return `${what} to ${version}${compareVersions(target, version) > 0 ? `, on the way to ${target}` : ''}`;
}

/**
 * Over these the control plane is not raised: `node-group (DEGRADED)`. While nodes are being replaced or were lost, those that
 * serve are still of the old version, and new ones are made for a control plane that stands still.
 */
function unwellNodesOf({ nodegroup }: UpgradeView): readonly string[] {
  const status = nodegroup?.status ?? 'not there yet';
  return status === 'ACTIVE' ? [] : [`node-group (${status})`];
}

/** Over these nothing else is raised: `addon/dns (CREATE_FAILED)`. */
function unwellAddonsOf({ addons }: UpgradeView, versions: AddonVersions): readonly string[] {
  return Object.entries(addons).flatMap(([name, addon]) => {
    const wanted = versions[name];
    if (addon === undefined || isDone(addon, wanted)) return [];
    const { version, status } = addon;
    return `${addonId(name)} (${version === wanted ? status : `${version}, to be ${wanted}`})`;
  });
}

function once(unwell: readonly string[]): string {
  return unwell.length === 0 ? '' : `, once ${few(unwell)} ${unwell.length === 1 ? 'is' : 'are'} well`;
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

function isDone(addon: AddonState, wanted: string | undefined): boolean {
  return addon.version === wanted && (addon.status === 'ACTIVE' || addon.awaitsNodes);
}
