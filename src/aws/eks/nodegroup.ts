import {
  type AMITypes,
  CreateNodegroupCommand,
  DeleteNodegroupCommand,
  DescribeNodegroupCommand,
  DescribeUpdateCommand,
  ListNodegroupsCommand,
  type Nodegroup,
} from '@aws-sdk/client-eks';
import type { Change, Found, Identity, Readiness } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import type { Tags } from '../../engine/owner.ts';
import { answered } from '../answered.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { orAbsent } from '../errors.ts';
import type { AwsScope } from '../scope.ts';
import { clientToken } from '../token.ts';
import { allNames, thoseOf } from './by-tags.ts';
import { type ChildName, childName, splitChildName } from './child-name.ts';
import { orExisting, whenVisible } from './eks-errors.ts';
import { nodegroupDiff } from './nodegroup-diff.ts';
import { type NodegroupDesired, type NodegroupState, nodegroupState } from './nodegroup-state.ts';
import { updateNodegroup, watchedAs } from './nodegroup-update.ts';
import { tagByArn } from './tags.ts';
import { openFailure } from './update-watch.ts';

const SETTLE_MS = 60_000;
/** As often as the SDK's own waiter looks. */
const LOOK_AGAIN_MS = 30_000;

/** Named `cluster/nodegroup`. */
export const nodegroupAdaptor: AwsAdaptor<NodegroupDesired, NodegroupState> = {
  type: 'eks/nodegroup',
  createBy: 'token',
  nameScope: 'region',
  holdsData: false,
  // Amazon EKS User Guide, "Delete a managed node group from your cluster": its size is set to zero, and what has not been drained
  // "after 5 minutes" is ended by force.
  interruptionOnReplacement:
    'once the new nodes are there all old ones are drained together, and ended after 5 minutes, also where a PodDisruptionBudget still keeps pods on them',
  settleMs: SETTLE_MS,
  async find(scope, identity, { desired, requested }) {
    const name = identity.name ?? identity.id;
    if (name !== undefined) scope.eksUpdates.tryNow(watchedAs(name), requested);
    const found = await find(scope, identity, desired?.clusterName);
    return found.map(one => ({ ...one, state: { ...one.state, ...nextTemplate(one.state, desired) } }));
  },
  diff: nodegroupDiff,
  create: (scope, identity, desired, tags) => create(scope, identity, desired, tags),
  update: (scope, found, desired, changes) => updateNodegroup(scope, found, nameOf(found), desired, changes),
  tag: tagByArn,
  async remove(scope, found) {
    if (found.state.status === 'DELETING') return;
    const { clusterName, child: nodegroupName } = nameOf(found);
    const command = new DeleteNodegroupCommand({ clusterName, nodegroupName });
    await scope.eks.send(command);
  },
  readiness,
};

function nameOf(found: Found): ChildName {
  const name = splitChildName(found.id);
  if (name === undefined) throw new CloudError('Invalid', `${found.id} does not name a node group`);
  return name;
}

async function find(
  scope: AwsScope,
  identity: Identity,
  clusterName: string | undefined,
): Promise<readonly Found<NodegroupState>[]> {
  // A status can be written by others: the name says which one it is, not the recorded id.
  const name = splitChildName(identity.name ?? identity.id);
  if (name !== undefined) return findByName(scope, name);
  if (clusterName === undefined) return [];
  const names = await allNames(async nextToken => {
    const answer = await orAbsent(scope.eks.send(new ListNodegroupsCommand({ clusterName, nextToken })));
    return answer && { names: answer.nodegroups ?? [], nextToken: answer.nextToken };
  });
  const found = await Promise.all(names.map(child => findByName(scope, { clusterName, child })));
  return thoseOf(found.flat(), identity);
}

function nextTemplate(
  { launchTemplateId, launchTemplateVersion }: NodegroupState,
  desired: NodegroupDesired | undefined,
): Pick<NodegroupState, 'nextTemplateVersion'> {
  const { id, version } = desired?.launchTemplate ?? {};
  const isOlder = id !== undefined && id === launchTemplateId && version !== launchTemplateVersion;
  return isOlder && version !== undefined ? { nextTemplateVersion: version } : {};
}

async function findByName(scope: AwsScope, name: ChildName): Promise<readonly Found<NodegroupState>[]> {
  const { eks, eksUpdates } = scope;
  const { clusterName, child: nodegroupName } = name;
  const answer = await orAbsent(eks.send(new DescribeNodegroupCommand({ clusterName, nodegroupName })));
  if (answer?.nodegroup === undefined) return [];
  const found = foundOf(name, answer.nodegroup);
  if (['CREATING', 'UPDATING', 'DELETING'].includes(found.state.status)) return [found];
  const failedUpdates = await eksUpdates.failures(watchedAs(found.id), async updateId => {
    const command = new DescribeUpdateCommand({ name: clusterName, nodegroupName, updateId });
    return (await orAbsent(eks.send(command)))?.update;
  });
  return [{ ...found, state: { ...found.state, failedUpdates } }];
}

function foundOf({ clusterName, child }: ChildName, nodegroup: Nodegroup): Found<NodegroupState> {
  const name = childName(clusterName, child);
  return {
    id: name,
    name,
    ...(nodegroup.nodegroupArn === undefined ? {} : { arn: nodegroup.nodegroupArn }),
    tags: { ...nodegroup.tags },
    state: nodegroupState(nodegroup),
  };
}

async function create(
  scope: AwsScope,
  identity: Identity,
  desired: NodegroupDesired,
  tags: Tags,
): Promise<Found<NodegroupState>> {
  const name = splitChildName(identity.name);
  if (name === undefined) throw new CloudError('Invalid', `${identity.name} does not name a node group`);
  const { launchTemplate, minSize, maxSize, releaseVersion } = desired;
  const command = new CreateNodegroupCommand({
    clusterName: name.clusterName,
    nodegroupName: name.child,
    clientRequestToken: clientToken(identity),
    tags: { ...tags },
    nodeRole: desired.nodeRoleArn,
    subnets: [...desired.subnetIds],
    launchTemplate: { id: launchTemplate.id, version: launchTemplate.version },
    instanceTypes: [...desired.instanceTypes],
    capacityType: desired.capacityType,
    amiType: desired.amiType as AMITypes,
    scalingConfig: {
      minSize,
      maxSize,
      desiredSize: within(await replacedSize(scope, identity), minSize, maxSize),
    },
    labels: { ...desired.labels },
    taints: desired.taints.map(taint => ({ ...taint })),
    updateConfig: { maxUnavailablePercentage: desired.maxUnavailablePercentage },
    nodeRepairConfig: { enabled: desired.nodeRepair },
    version: desired.version,
    ...(releaseVersion === undefined ? {} : { releaseVersion }),
  });
  try {
    const { nodegroup } = await whenVisible(
      scope,
      `node group ${identity.name} as ${desired.nodeRoleArn}`,
      scope.eks.send(command),
    );
    const made = answered(nodegroup, 'EKS CreateNodegroup', 'a node group');
    scope.eksInsights.changed(name.clusterName);
    return foundOf(name, made);
  } catch (error) {
    return orExisting(error, `node group ${identity.name}`, () => findByName(scope, name));
  }
}

/**
 * How many nodes the group that it takes the place of has, which goes once this one is there: less would be capacity lost. Asked
 * of AWS at each try, so that nothing has to be remembered. 0: there is none.
 */
async function replacedSize(scope: AwsScope, identity: Identity): Promise<number> {
  if (identity.epoch === 1) return 0;
  const clusterName = splitChildName(identity.name)?.clusterName;
  const others = await find(scope, { ...identity, name: undefined, id: undefined }, clusterName);
  const serving = others.filter(({ state }) => !['CREATE_FAILED', 'DELETING'].includes(state.status));
  return Math.max(0, ...serving.map(({ state }) => state.desiredSize));
}

function within(size: number, minSize: number, maxSize: number): number {
  return Math.min(Math.max(size, minSize, 1), maxSize);
}

/** What new nodes lack, which may be what keeps them from starting, as where an organization asks for a tag. */
function ofOlderTemplate({
  launchTemplateVersion: version,
  nextTemplateVersion: next,
}: NodegroupState): string | undefined {
  if (next === undefined) return undefined;
  return `starts nodes by version ${version} of its launch template: version ${next}, which may have other tags or metadata options, comes with what replaces its nodes next (another Kubernetes version, image, disk or instance type)`;
}

function readiness(state: NodegroupState, differs?: readonly Change[]): Readiness {
  const { status, issues, isBeyondRepair, failedUpdates } = state;
  const failed = openFailure(failedUpdates, differs);
  const older = ofOlderTemplate(state);
  switch (status) {
    case 'ACTIVE':
      if (failed !== undefined) return { is: 'failed', message: failed.message };
      return older === undefined ? { is: 'ready' } : { is: 'ready', note: older };
    case 'CREATING':
      return progress('EKS is creating the node group; that takes a few minutes');
    case 'UPDATING':
      return progress('EKS is updating the node group');
    case 'DELETING':
      return progress('EKS is draining and deleting the node group');
    case 'CREATE_FAILED':
      return {
        is: 'failed',
        message: `EKS could not create the node group: ${issues}`,
        remedy: 'replace',
      };
    case 'DELETE_FAILED':
      // Its nodes may be gone already, and no call of EKS takes it back.
      return { is: 'failed', message: `EKS could not delete the node group: ${issues}`, remedy: 'replace' };
    case 'DEGRADED': {
      const message = `the node group is not well: ${issues}${older === undefined ? '' : `. It ${older}`}`;
      return { is: 'failed', message, ...(isBeyondRepair ? { remedy: 'replace' } : {}) };
    }
    default:
      return progress(`the node group is ${status}`);
  }
}

function progress(message: string): Readiness {
  return { is: 'in progress', message, againInMs: LOOK_AGAIN_MS };
}
