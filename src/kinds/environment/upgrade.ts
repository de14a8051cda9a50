import type { AddonState } from '../../aws/eks/addon.ts';
import type { ClusterState } from '../../aws/eks/cluster-state.ts';
import { blockingInsights } from '../../aws/eks/insight.ts';
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
  /** In words, while an upgrade is under way. */
  readonly stage?: string;
  /** Checks of AWS's that stop it. */
  readonly blockers: readonly string[];
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
  // What could not be read may be behind: nothing moves on past it.
  if (view.unknown.length > 0) {
    return {
      clusterVersion: plane,
      nodegroupVersion: nodes,
      addonVersions: wantedAddons(view, false),
      stage: `waits until ${view.unknown.join(', ')} can be read`,
      blockers: [],
    };
  }
  const behind = compareVersions(nodes, plane) < 0;
  const addonVersions = wantedAddons(view, behind);
  const addonsDone = Object.entries(view.addons).every(([name, addon]) => isDone(addon, addonVersions[name]));
  if (behind) {
    const what = addonsDone ? 'nodes' : 'add-ons';
    return {
      clusterVersion: plane,
      nodegroupVersion: addonsDone ? plane : nodes,
      addonVersions,
      stage: `${what} to ${plane}${way(plane, target)}`,
      blockers: [],
    };
  }
  const next = nextVersion(plane, target);
  if (cluster === undefined || next === plane)
    return { clusterVersion: plane, nodegroupVersion: nodes, addonVersions, blockers: [] };
  const blockers = blockingInsights(cluster.insights).map(one => `${one.name} (${one.reason})`);
  const settled = addonsDone && (nodegroup === undefined || nodegroup.status === 'ACTIVE');
  return {
    clusterVersion: blockers.length === 0 && settled ? next : plane,
    nodegroupVersion: nodes,
    addonVersions,
    stage: blockers.length > 0 ? `stopped before ${next}` : `control plane to ${next}${way(next, target)}`,
    blockers,
  };
}

function way(at: string, target: string): string {
  return at === target ? '' : `, on the way to ${target}`;
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
