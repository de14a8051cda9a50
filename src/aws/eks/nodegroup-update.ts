import { randomUUID } from 'node:crypto';
import {
  type Taint as ApiTaint,
  type Update,
  UpdateNodegroupConfigCommand,
  UpdateNodegroupVersionCommand,
} from '@aws-sdk/client-eks';
import type { Change, Found } from '../../engine/adaptor.ts';
import type { AwsScope } from '../scope.ts';
import type { ChildName } from './child-name.ts';
import { firstTaken } from './first-taken.ts';
import type { NodegroupDesired, NodegroupState, Taint } from './nodegroup-state.ts';
import type { Asked } from './update-watch.ts';

const CONFIG = ['minSize', 'maxSize', 'labels', 'taints', 'maxUnavailablePercentage', 'nodeRepair'];
const VERSION = ['launchTemplateVersion', 'version', 'releaseVersion'];

/**
 * One update of the two kinds: settings first, then new nodes. Tokens are random, as in `cluster-update.ts`: an update is
 * repeatable by itself, and one and the same token would be answered with a failed update for good.
 */
export async function updateNodegroup(
  scope: AwsScope,
  found: Found<NodegroupState>,
  of: ChildName,
  desired: NodegroupDesired,
  changes: readonly Change[],
): Promise<Found<NodegroupState>> {
  const fields = new Set(changes.map(change => change.field));
  const kinds = [CONFIG, VERSION].filter(kind => kind.some(field => fields.has(field)));
  const taken = await firstTaken(kinds, async due => {
    const what = due === CONFIG ? 'the node group’s settings' : 'the nodes';
    const asked: Asked = {
      what,
      changes: changes.filter(({ field }) => due.includes(field)),
      ...(due === VERSION ? { isRollout: true } : {}),
    };
    scope.eksUpdates.refuseRepeat(watchedAs(found.id), asked);
    const send = due === CONFIG ? configure : renew;
    const update = await send(scope, of, found.state, desired, fields);
    scope.eksUpdates.begun(watchedAs(found.id), asked, update);
    return due;
  });
  if (taken === undefined) return found;
  const after = Object.fromEntries(
    changes.filter(change => taken.includes(change.field)).map(change => [change.field, change.to]),
  );
  return { ...found, state: { ...found.state, ...after, status: 'UPDATING' } };
}

export function watchedAs(name: string): string {
  return `nodegroup ${name}`;
}

type Fields = ReadonlySet<string>;

async function configure(
  { eks }: AwsScope,
  { clusterName, child: nodegroupName }: ChildName,
  state: NodegroupState,
  desired: NodegroupDesired,
  fields: Fields,
): Promise<Update | undefined> {
  // A limit that may wait for a yes stays as it is.
  const minSize = fields.has('minSize') ? desired.minSize : state.minSize;
  const maxSize = fields.has('maxSize') ? desired.maxSize : state.maxSize;
  const resized = fields.has('minSize') || fields.has('maxSize');
  const command = new UpdateNodegroupConfigCommand({
    clusterName,
    nodegroupName,
    clientRequestToken: randomUUID(),
    ...(resized
      ? { scalingConfig: { minSize, maxSize, ...outOfRange(state.desiredSize, minSize, maxSize) } }
      : {}),
    ...(fields.has('labels') ? { labels: labelChanges(state.labels, desired.labels) } : {}),
    ...(fields.has('taints') ? { taints: taintChanges(state.taints, desired.taints) } : {}),
    ...(fields.has('maxUnavailablePercentage')
      ? { updateConfig: { maxUnavailablePercentage: desired.maxUnavailablePercentage } }
      : {}),
    ...(fields.has('nodeRepair') ? { nodeRepairConfig: { enabled: desired.nodeRepair } } : {}),
  });
  return (await eks.send(command)).update;
}

/** EKS refuses limits that the present size is outside of; otherwise the size is the autoscaler's. */
function outOfRange(size: number, min: number, max: number): { desiredSize?: number } {
  const within = Math.min(Math.max(size, min), max);
  return within === size ? {} : { desiredSize: within };
}

function labelChanges(from: NodegroupState['labels'], to: NodegroupDesired['labels']) {
  return {
    addOrUpdateLabels: Object.fromEntries(Object.entries(to).filter(([key, value]) => from[key] !== value)),
    removeLabels: Object.keys(from).filter(key => to[key] === undefined),
  };
}

function taintChanges(from: readonly Taint[], to: readonly Taint[]) {
  const keyOf = ({ key, effect }: Taint) => `${key} ${effect}`;
  const kept = new Set(to.map(keyOf));
  const asApi = (taints: readonly Taint[]): ApiTaint[] => taints.map(taint => ({ ...taint }));
  return { addOrUpdateTaints: asApi(to), removeTaints: asApi(from.filter(one => !kept.has(keyOf(one)))) };
}

/** Never forced: pods that cannot be evicted are named by the update that fails. */
async function renew(
  { eks }: AwsScope,
  { clusterName, child: nodegroupName }: ChildName,
  state: NodegroupState,
  desired: NodegroupDesired,
  fields: Fields,
): Promise<Update | undefined> {
  const { launchTemplate, version } = desired;
  const isAnother = fields.has('version') || fields.has('releaseVersion');
  // Without a release EKS takes the newest: a new template alone must not bring a new image.
  const releaseVersion = isAnother ? desired.releaseVersion : state.releaseVersion;
  const command = new UpdateNodegroupVersionCommand({
    clusterName,
    nodegroupName,
    version,
    ...(releaseVersion === undefined || releaseVersion === '' ? {} : { releaseVersion }),
    launchTemplate: { id: launchTemplate.id, version: launchTemplate.version },
    force: false,
    clientRequestToken: randomUUID(),
  });
  return (await eks.send(command)).update;
}
