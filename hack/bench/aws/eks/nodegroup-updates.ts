import { compareVersions } from '../../../../src/aws/eks/versions.ts';
import { activeCluster, type EksCall, type Handler, statusOf } from './call.ts';
import { imageReleases } from './catalogue.ts';
import { count, flag, type Json, object, objects, text, textMap, texts } from './input.ts';
import { nodegroupOf } from './nodegroup.ts';
import {
  checkLabels,
  checkScaling,
  checkTaints,
  launchTemplateOf,
  updateConfigOf,
} from './nodegroup-settings.ts';
import { badState, invalid } from './refusal.ts';
import type { Cluster, Thing } from './state.ts';
import { beginUpdate, refuseWhileUpdating } from './updates.ts';

function restingNodegroup(call: EksCall): { cluster: Cluster; nodegroup: Thing; name: string } {
  activeCluster(call);
  const { cluster, nodegroup } = nodegroupOf(call);
  const name = String(nodegroup.wire.nodegroupName);
  refuseWhileUpdating(call, nodegroup, `node group ${name}`);
  const status = statusOf(nodegroup);
  if (status !== 'ACTIVE' && status !== 'DEGRADED')
    throw badState(`Cannot ${call.operation} because node group ${name} is ${status}`);
  return { cluster, nodegroup, name };
}

/** Only what is named changes; sizes are merged. Source: Amazon EKS API Reference, UpdateNodegroupConfig. */
const updateNodegroupConfig: Handler = call => {
  const { input } = call;
  const { cluster, nodegroup, name } = restingNodegroup(call);
  const { wire } = nodegroup;
  const after: Json = {};
  const params: Record<string, string> = {};
  const labels = object(input, 'labels');
  if (labels !== undefined) {
    const removed = texts(labels, 'removeLabels') ?? [];
    const added = textMap(labels, 'addOrUpdateLabels') ?? {};
    checkLabels(added);
    const merged = { ...textMap(wire, 'labels'), ...added };
    after.labels = Object.fromEntries(Object.entries(merged).filter(([key]) => !removed.includes(key)));
    params.LabelsToAdd = JSON.stringify(added);
    params.LabelsToRemove = JSON.stringify(removed);
  }
  const taints = object(input, 'taints');
  if (taints !== undefined) {
    checkTaints(objects(taints, 'addOrUpdateTaints') ?? []);
    after.taints = mergedTaints(objects(wire, 'taints') ?? [], taints);
    params.TaintsToAdd = JSON.stringify(taints.addOrUpdateTaints ?? []);
    params.TaintsToRemove = JSON.stringify(taints.removeTaints ?? []);
  }
  const scaling = object(input, 'scalingConfig');
  if (scaling !== undefined) {
    const before = object(wire, 'scalingConfig') ?? {};
    const size = (field: string) => count(scaling, field) ?? count(before, field) ?? 0;
    const sizes = {
      minSize: size('minSize'),
      maxSize: size('maxSize'),
      desiredSize: size('desiredSize'),
    };
    checkScaling(sizes);
    after.scalingConfig = sizes;
    for (const [field, param] of [
      ['minSize', 'MinSize'],
      ['maxSize', 'MaxSize'],
      ['desiredSize', 'DesiredSize'],
    ] as const)
      params[param] = String(sizes[field]);
  }
  if (input.updateConfig !== undefined) after.updateConfig = updateConfigOf(object(input, 'updateConfig'));
  const repair = object(input, 'nodeRepairConfig');
  if (repair !== undefined) after.nodeRepairConfig = { ...repair, enabled: flag(repair, 'enabled') ?? false };
  return beginUpdate(call, {
    cluster,
    thing: nodegroup,
    kind: 'nodegroup',
    name,
    type: 'ConfigUpdate',
    params,
    duration: 'updateNodegroup',
    apply: () => {
      Object.assign(wire, after);
      if (Array.isArray(wire.taints) && wire.taints.length === 0) delete wire.taints;
    },
  });
};

/** A taint is its key and effect: user guide, "Recipe: Prevent pods from being scheduled on specific nodes". */
function mergedTaints(before: readonly Json[], change: Json): Json[] {
  const keyOf = (taint: Json) => `${taint.key} ${taint.effect}`;
  const byKey = new Map(before.map(taint => [keyOf(taint), taint]));
  for (const taint of objects(change, 'addOrUpdateTaints') ?? []) byKey.set(keyOf(taint), taint);
  for (const taint of objects(change, 'removeTaints') ?? []) byKey.delete(keyOf(taint));
  return [...byKey.values()];
}

/**
 * "If no version is specified, then the node group will be updated to match the cluster's current Kubernetes version,
 * and the latest available AMI"; "you must specify the same launch template ID or name that was used to create the node
 * group"; "You cannot roll back a node group to an earlier Kubernetes version or AMI version": UpdateNodegroupVersion.
 */
const updateNodegroupVersion: Handler = async call => {
  const { input } = call;
  const { cluster, nodegroup, name } = restingNodegroup(call);
  const { wire } = nodegroup;
  const before = object(wire, 'launchTemplate');
  const template = await launchTemplateOf(call);
  if (template !== undefined && before === undefined)
    throw invalid('You cannot specify a launch template for a node group that was created without one');
  if (template !== undefined && template.id !== before?.id)
    throw invalid('You cannot update to a different launch template than the node group was created with');
  const plane = String(cluster.wire.version);
  const version = text(input, 'version') ?? plane;
  if (version !== plane)
    throw invalid(`Node group version ${version} is not the version of the cluster, ${plane}`);
  const current = String(wire.version);
  if (compareVersions(version, current) < 0) throw invalid(`Version ${version} is older than ${current}`);
  const releases = imageReleases(version, String(wire.amiType), call.settings);
  const release = text(input, 'releaseVersion') ?? releases.at(-1) ?? '';
  if (!releases.includes(release))
    throw invalid(`Requested release version ${release} is not valid for kubernetes version ${version}.`);
  if (version === current && releases.indexOf(release) < releases.indexOf(String(wire.releaseVersion)))
    throw invalid(`Release version ${release} is older than ${wire.releaseVersion}`);
  return beginUpdate(call, {
    cluster,
    thing: nodegroup,
    kind: 'nodegroup',
    name,
    type: 'VersionUpdate',
    params: {
      Version: version,
      ReleaseVersion: release,
      ...(template === undefined ? {} : { LaunchTemplateVersion: template.version }),
    },
    duration: 'upgradeNodegroup',
    // "You can force the update if Amazon EKS is unable to drain the nodes as a result of a Pod disruption budget issue."
    ...(flag(input, 'force') === true ? { overcomes: 'PodEvictionFailure' } : {}),
    apply: () => {
      Object.assign(wire, { version, releaseVersion: release });
      if (template !== undefined)
        wire.launchTemplate = { id: template.id, name: template.name, version: template.version };
    },
  });
};

export const nodegroupUpdateHandlers: Record<string, Handler> = {
  UpdateNodegroupConfig: updateNodegroupConfig,
  UpdateNodegroupVersion: updateNodegroupVersion,
};
