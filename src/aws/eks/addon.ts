import {
  type Addon,
  CreateAddonCommand,
  DeleteAddonCommand,
  DescribeAddonCommand,
  DescribeUpdateCommand,
} from '@aws-sdk/client-eks';
import type { Change, Found, Identity, Readiness } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import type { Tags } from '../../engine/owner.ts';
import { answered } from '../answered.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { orAbsent } from '../errors.ts';
import type { AwsScope } from '../scope.ts';
import { clientToken } from '../token.ts';
import { addonDiff } from './addon-diff.ts';
import { addonOffer } from './addon-offer.ts';
import { type AddonDesired, type AddonState, addonState } from './addon-state.ts';
import { updateAddon, watchedAs } from './addon-update.ts';
import { type ChildName, childName, splitChildName } from './child-name.ts';
import { orExisting, whenVisible } from './eks-errors.ts';
import { tagByArn } from './tags.ts';
import { openFailure } from './update-watch.ts';

const SETTLE_MS = 60_000;
const LOOK_AGAIN_MS = 15_000;

/** Named `cluster/addon`. */
export const addonAdaptor: AwsAdaptor<AddonDesired, AddonState> = {
  type: 'eks/addon',
  createBy: 'token',
  nameScope: 'region',
  holdsData: false,
  settleMs: SETTLE_MS,
  optionalKeys: desired => (desired.configuration === undefined ? [] : ['configuration']),
  find(scope, identity, { desired, requested }) {
    const name = identity.name ?? identity.id;
    if (name !== undefined) scope.eksUpdates.tryNow(watchedAs(name), requested);
    return find(scope, identity, desired);
  },
  diff: addonDiff,
  create: (scope, identity, desired, tags) => create(scope, identity, desired, tags),
  update: (scope, found, desired, changes) => updateAddon(scope, found, nameOf(found.id), desired, changes),
  tag: tagByArn,
  async remove(scope, found, { desired }) {
    const { status, awaitsNodes } = found.state;
    if (status === 'DELETING') return;
    const { clusterName, child: addonName } = nameOf(found.id);
    // Its workload goes too: what stays would be nobody's. Of one that is made anew it may run by now, and is taken over.
    const preserve = desired !== undefined && status === 'CREATE_FAILED' && awaitsNodes;
    await scope.eks.send(
      new DeleteAddonCommand({ clusterName, addonName, ...(preserve ? { preserve } : {}) }),
    );
  },
  readiness,
};

function nameOf(id: string | undefined): ChildName {
  const name = splitChildName(id);
  if (name === undefined) throw new CloudError('Invalid', `${id} does not name an add-on`);
  return name;
}

async function find(
  scope: AwsScope,
  identity: Identity,
  desired: AddonDesired | undefined,
): Promise<readonly Found<AddonState>[]> {
  const { eks, eksUpdates, eksCatalog } = scope;
  const name = splitChildName(identity.name ?? identity.id);
  if (name === undefined) return [];
  const { clusterName, child: addonName } = name;
  // One a call: Amazon EKS API Reference, ListAddons, answers names alone.
  const answer = await orAbsent(eks.send(new DescribeAddonCommand({ clusterName, addonName })));
  if (answer?.addon === undefined) return [];
  const found = withReason(foundOf(name, answer.addon), desired);
  if (['CREATING', 'UPDATING', 'DELETING'].includes(found.state.status)) return [found];
  const [offer, failedUpdates] = await Promise.all([
    desired?.kubernetesVersion === undefined
      ? undefined
      : addonOffer(eksCatalog, addonName, found.state.version, desired.kubernetesVersion, desired.pin),
    eksUpdates.failures(watchedAs(found.id), async updateId => {
      const command = new DescribeUpdateCommand({ name: clusterName, addonName, updateId });
      return (await orAbsent(eks.send(command)))?.update;
    }),
  ]);
  return [{ ...found, state: { ...found.state, ...offer, failedUpdates } }];
}

function foundOf({ clusterName, child }: ChildName, addon: Addon): Found<AddonState> {
  const name = childName(clusterName, child);
  return {
    id: name,
    name,
    ...(addon.addonArn === undefined ? {} : { arn: addon.addonArn }),
    tags: { ...addon.tags },
    state: addonState(addon),
  };
}

function withReason(found: Found<AddonState>, desired: AddonDesired | undefined): Found<AddonState> {
  const keptOff = desired?.keptOff;
  if (keptOff === undefined || !found.state.awaitsNodes) return found;
  return { ...found, state: { ...found.state, keptOff } };
}

async function create(
  scope: AwsScope,
  identity: Identity,
  desired: AddonDesired,
  tags: Tags,
): Promise<Found<AddonState>> {
  const name = nameOf(identity.name);
  const command = new CreateAddonCommand({
    clusterName: name.clusterName,
    addonName: name.child,
    clientRequestToken: clientToken(identity),
    tags: { ...tags },
    // A copy that came with the cluster, where there is one, becomes this add-on.
    resolveConflicts: 'OVERWRITE',
    ...(desired.version === undefined ? {} : { addonVersion: desired.version }),
    ...(desired.configuration === undefined
      ? {}
      : { configurationValues: JSON.stringify(desired.configuration) }),
  });
  try {
    const { addon } = await whenVisible(scope, `add-on ${identity.name}`, scope.eks.send(command));
    const made = answered(addon, 'EKS CreateAddon', 'an add-on');
    scope.eksInsights.changed(name.clusterName);
    return foundOf(name, made);
  } catch (error) {
    return orExisting(error, `add-on ${identity.name}`, () => find(scope, identity, undefined));
  }
}

function readiness(
  { status, issues, awaitsNodes, keptOff, failedUpdates }: AddonState,
  differs?: readonly Change[],
): Readiness {
  const failed = openFailure(failedUpdates, differs);
  const lacking = keptOff === undefined ? issues : `${issues} (${keptOff})`;
  switch (status) {
    case 'ACTIVE':
      if (failed !== undefined) return unwell(failed.message);
      return { is: 'ready' };
    case 'CREATING':
      return progress('EKS is installing the add-on');
    case 'UPDATING':
      return progress('EKS is updating the add-on');
    case 'DELETING':
      return progress('EKS is removing the add-on');
    case 'CREATE_FAILED':
      if (awaitsNodes)
        return lonely(
          `EKS gave up installing the add-on, which has too few nodes to run on: ${lacking}. It is made anew once nodes are well`,
        );
      return { is: 'failed', message: `EKS could not install the add-on: ${issues}`, remedy: 'replace' };
    case 'UPDATE_FAILED': {
      const message = failed?.message ?? `EKS could not update the add-on: ${lacking}`;
      return awaitsNodes ? lonely(message) : unwell(message);
    }
    case 'DELETE_FAILED':
      return { is: 'failed', message: `EKS could not remove the add-on: ${issues}` };
    case 'DEGRADED':
      if (awaitsNodes) return lonely(`the add-on has too few nodes to run on: ${lacking}`);
      return unwell(`the add-on is not well: ${issues}`);
    default:
      return progress(`the add-on is ${status}`);
  }
}

/** Its pods are as sick as the nodes: what makes these well is not to wait for it (amazon-vpc-cni-k8s issue 3271). */
function lonely(message: string): Readiness {
  return { ...progress(message), awaitsDependants: true };
}

/** It is installed, and nodes that are there go on with it: more of them, for one, wait for no cure that may be long in coming. */
function unwell(message: string): Readiness {
  return { is: 'failed', message, serves: true };
}

function progress(message: string) {
  return { is: 'in progress', message, againInMs: LOOK_AGAIN_MS } as const;
}
