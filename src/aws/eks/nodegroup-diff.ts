import type { Change, Risk } from '../../engine/adaptor.ts';
import { sameSet } from './cluster-diff.ts';
import type { NodegroupDesired, NodegroupState, Taint } from './nodegroup-state.ts';
import { compareVersions } from './versions.ts';

/** Pure. The desired size is the autoscaler's and is not compared. */
export function nodegroupDiff(desired: NodegroupDesired, state: NodegroupState): readonly Change[] {
  const changes: Change[] = [];
  function differ(field: string, from: unknown, to: unknown, risk: Risk, replace = false): void {
    changes.push({ field, from, to, risk, ...(replace ? { replace: true } : {}) });
  }
  /** What neither UpdateNodegroupConfig nor UpdateNodegroupVersion has a member for. */
  function fixed(field: string, same: boolean, from: unknown, to: unknown): void {
    if (!same) differ(field, from, to, 'High', true);
  }
  fixed('nodeRoleArn', state.nodeRoleArn === desired.nodeRoleArn, state.nodeRoleArn, desired.nodeRoleArn);
  fixed('subnetIds', sameSet(state.subnetIds, desired.subnetIds), state.subnetIds, desired.subnetIds);
  const template = state.launchTemplateId;
  // "You must specify the same launch template ID or name": UpdateNodegroupVersion.
  fixed('launchTemplate', template === desired.launchTemplate.id, template, desired.launchTemplate.id);
  // What AWS does not show is no reason to replace nodes.
  const types = state.instanceTypes;
  const sameTypes = types.length === 0 || sameList(types, desired.instanceTypes);
  fixed('instanceTypes', sameTypes, types, desired.instanceTypes);
  const capacity = state.capacityType;
  fixed('capacityType', capacity === desired.capacityType, capacity, desired.capacityType);
  const image = state.amiType ?? desired.amiType;
  fixed('amiType', image === desired.amiType, image, desired.amiType);

  if (state.minSize !== desired.minSize) differ('minSize', state.minSize, desired.minSize, 'Low');
  // Nodes above the new limit are terminated.
  if (state.maxSize !== desired.maxSize) {
    const risk = desired.maxSize < state.desiredSize ? 'High' : 'Low';
    differ('maxSize', state.maxSize, desired.maxSize, risk);
  }
  if (!sameMap(state.labels, desired.labels)) differ('labels', state.labels, desired.labels, 'Low');
  if (!sameSet(state.taints.map(textOf), desired.taints.map(textOf)))
    differ('taints', state.taints, desired.taints, taintRisk(desired.taints, state.taints));
  const share = state.maxUnavailablePercentage;
  if (share !== desired.maxUnavailablePercentage)
    differ('maxUnavailablePercentage', share, desired.maxUnavailablePercentage, 'Low');
  if (state.nodeRepair !== desired.nodeRepair)
    differ('nodeRepair', state.nodeRepair, desired.nodeRepair, 'Low');

  // Each of these replaces every node, one after the other.
  const renewed = changes.length;
  if (compareVersions(desired.version, state.version) > 0)
    differ('version', state.version, desired.version, 'High');
  if (desired.releaseVersion !== undefined && isNewer(desired.releaseVersion, state.releaseVersion))
    differ('releaseVersion', state.releaseVersion, desired.releaseVersion, 'High');
  const { version, kept = version } = desired.launchTemplate;
  const templateVersion = state.launchTemplateVersion;
  const isKept = templateVersion === kept && changes.length === renewed;
  if (template === desired.launchTemplate.id && templateVersion !== version && !isKept)
    differ('launchTemplateVersion', templateVersion, version, 'High');
  return changes;
}

/**
 * "You cannot roll back a node group to an earlier Kubernetes version or AMI version." What follows the hyphen is a day, or
 * a commit of Bottlerocket's: `1.47.0-6154605b`.
 */
function isNewer(wanted: string, current: string): boolean {
  const [to = [], from = []] = [wanted, current].map(one => numbersOf(one));
  const at = to.findIndex((number, index) => number !== from[index]);
  if (at >= 0) return (to[at] ?? 0) > (from[at] ?? 0);
  return (releaseDate(wanted) ?? 0) > (releaseDate(current) ?? 0);
}

function numbersOf(releaseVersion: string): readonly number[] {
  return (releaseVersion.split('-')[0] ?? '').split('.').map(Number);
}

/**
 * The day of an image, ms since 1970: releases are named `1.34.2-20261101` (Amazon EKS User Guide, "Retrieve Amazon Linux
 * AMI version information"). Undefined for what has none.
 */
export function releaseDate(releaseVersion: string): number | undefined {
  const [, year, month, day] = /-(\d{4})(\d{2})(\d{2})$/.exec(releaseVersion) ?? [];
  return year === undefined ? undefined : Date.parse(`${year}-${month}-${day}`);
}

/** A taint that evicts what runs. */
function taintRisk(wanted: readonly Taint[], current: readonly Taint[]): Risk {
  const before = new Set(current.map(textOf));
  const evicts = wanted.some(one => one.effect === 'NO_EXECUTE' && !before.has(textOf(one)));
  return evicts ? 'High' : 'Low';
}

function textOf({ key, value, effect }: Taint): string {
  return `${key}=${value}:${effect}`;
}

/** Instance types are in the order of preference. */
function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.join('\n') === b.join('\n');
}

function sameMap(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every(key => a[key] === b[key]);
}
