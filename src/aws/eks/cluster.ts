import {
  CreateClusterCommand,
  DeleteClusterCommand,
  DescribeClusterCommand,
  DescribeUpdateCommand,
  ListClustersCommand,
  ListFargateProfilesCommand,
  ListNodegroupsCommand,
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
import { clusterDiff } from './cluster-diff.ts';
import {
  type ClusterDesired,
  type ClusterLeaving,
  type ClusterState,
  clusterState,
} from './cluster-state.ts';
import { configure, endpointAccess, loggingOf, updateCluster, watchedAs } from './cluster-update.ts';
import { isInUse, orExisting, whenVisible } from './eks-errors.ts';
import { openInsights } from './insights.ts';
import { isOfVersion, namingVersions, offeredVersions, withSupport } from './support.ts';
import { tagByArn } from './tags.ts';
import { openFailure } from './update-watch.ts';
import { compareVersions, nextVersion } from './versions.ts';

// UpdateClusterConfig: "this status transition is eventually consistent", without a figure; a minute is ours.
const SETTLE_MS = 60_000;
/** As often as the SDK's own waiter looks. */
const LOOK_AGAIN_MS = 30_000;

export const clusterAdaptor: AwsAdaptor<ClusterDesired, ClusterState> = {
  type: 'eks/cluster',
  createBy: 'token',
  nameScope: 'region',
  // Its etcd holds what no manifest does, and its identity (endpoint, issuer) is in every kubeconfig and trust policy.
  holdsData: true,
  // Nodes, add-ons, access: a cluster without them runs nothing.
  livesByUsers: true,
  // What is left is looked for where the whole environment is deleted alone, and data on disks is nobody's to remove.
  lossOnRemoval:
    'what its controllers made stays in AWS, load balancers and records until the environment is deleted, volumes for good: delete Services, Ingresses and volume claims first',
  settleMs: SETTLE_MS,
  optionalKeys: desired => (desired.zonalShift === undefined ? [] : ['zonalShift']),
  find(scope, identity, { desired, requested }) {
    const name = identity.name ?? identity.id;
    if (name !== undefined) {
      scope.eksUpdates.tryNow(watchedAs(name), requested);
      scope.eksInsights.lookNow(name, requested);
    }
    return find(scope, identity, desired);
  },
  diff: clusterDiff,
  create: (scope, identity, desired, tags) => create(scope, identity, desired, tags),
  update: (scope, found, desired, changes) => updateCluster(scope, found, desired, changes),
  tag: tagByArn,
  async mayGo(_scope, { id, state }, { desired }) {
    if (isProtected(state) && desired?.deletionProtection !== false) throw protectedError(id);
  },
  remove: (scope, found, { desired }) => remove(scope, found, desired),
  readiness,
};

async function find(
  scope: AwsScope,
  identity: Identity,
  desired: ClusterDesired | undefined,
): Promise<readonly Found<ClusterState>[]> {
  // A status can be written by others: the name says which cluster it is, not the recorded id.
  const name = identity.name ?? identity.id;
  if (name !== undefined) return findByName(scope, name, desired);
  const names = await allNames(async nextToken => {
    const answer = await scope.eks.send(new ListClustersCommand({ nextToken }));
    return { names: answer.clusters ?? [], nextToken: answer.nextToken };
  });
  const found = await Promise.all(names.map(one => findByName(scope, one, undefined)));
  return thoseOf(found.flat(), identity);
}

async function findByName(
  scope: AwsScope,
  name: string,
  desired: ClusterDesired | undefined,
): Promise<readonly Found<ClusterState>[]> {
  const answer = await orAbsent(scope.eks.send(new DescribeClusterCommand({ name })));
  if (answer?.cluster === undefined) return [];
  const found = await withSupport(scope, foundOf(name, answer.cluster), desired?.supportType);
  if (found.state.status !== 'ACTIVE') return [found];
  const [insights, failedUpdates] = await Promise.all([
    insightsFor(scope, name, found.state, desired),
    scope.eksUpdates.failures(watchedAs(name), async updateId => {
      const update = await orAbsent(scope.eks.send(new DescribeUpdateCommand({ name, updateId })));
      return update?.update;
    }),
  ]);
  return [{ ...found, state: { ...found.state, ...insights, failedUpdates } }];
}

/** Only on the way to another version: what does not pass for the next minor. */
async function insightsFor(
  scope: AwsScope,
  name: string,
  state: ClusterState,
  desired: ClusterDesired | undefined,
) {
  const target = desired?.targetVersion ?? desired?.version;
  if (target === undefined || compareVersions(target, state.version) <= 0) return undefined;
  // First: what is listed after a look of EKS's is what it saw.
  const insightsCurrent = await scope.eksInsights.isCurrent(name);
  const [insights, offered] = await Promise.all([
    openInsights(scope, name, nextVersion(state.version, target)),
    offeredVersions(scope),
  ]);
  return { insightsCurrent, insights, ...(offered === undefined ? {} : { offered }) };
}

function foundOf(name: string, cluster: Parameters<typeof clusterState>[0]): Found<ClusterState> {
  return {
    id: name,
    name,
    ...(cluster.arn === undefined ? {} : { arn: cluster.arn }),
    tags: { ...cluster.tags },
    state: clusterState(cluster),
  };
}

async function create(
  scope: AwsScope,
  identity: Identity,
  desired: ClusterDesired,
  tags: Tags,
): Promise<Found<ClusterState>> {
  const name = identity.name ?? '';
  const command = new CreateClusterCommand({
    name,
    version: desired.version,
    roleArn: desired.roleArn,
    clientRequestToken: clientToken(identity),
    tags: { ...tags },
    resourcesVpcConfig: {
      subnetIds: [...desired.subnetIds],
      securityGroupIds: [...desired.securityGroupIds],
      ...endpointAccess(desired.publicCidrs),
    },
    encryptionConfig: [{ resources: ['secrets'], provider: { keyArn: desired.keyArn } }],
    logging: loggingOf(desired.logTypes),
    // The creator would else be an administrator for ever, and in no list of them: that is this operator.
    accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: false },
    upgradePolicy: { supportType: desired.supportType },
    deletionProtection: desired.deletionProtection,
    // The networking add-ons are nodes of the graph; copies that nobody updates would stand in their way.
    bootstrapSelfManagedAddons: false,
    ...(desired.serviceCidr === undefined
      ? {}
      : { kubernetesNetworkConfig: { serviceIpv4Cidr: desired.serviceCidr } }),
    ...(desired.zonalShift === undefined ? {} : { zonalShiftConfig: { enabled: desired.zonalShift } }),
  });
  try {
    const { cluster } = await whenVisible(
      scope,
      `cluster ${name} as ${desired.roleArn}`,
      scope.eks.send(command),
    );
    return foundOf(name, answered(cluster, 'EKS CreateCluster', 'a cluster'));
  } catch (error) {
    if (isOfVersion(error)) throw await namingVersions(scope, error, desired.version);
    return orExisting(error, `cluster ${name}`, () => findByName(scope, name, undefined));
  }
}

async function remove(
  scope: AwsScope,
  found: Found<ClusterState>,
  desired: ClusterLeaving | undefined,
): Promise<void> {
  const { id: name, state } = found;
  if (state.status === 'DELETING') return;
  if (isProtected(state)) {
    await unprotect(scope, name, desired);
    return;
  }
  try {
    await scope.eks.send(new DeleteClusterCommand({ name }));
  } catch (error) {
    throw await namingBlockers(scope, name, error);
  }
}

function isProtected({ status, deletionProtection }: ClusterState): boolean {
  return deletionProtection && status !== 'FAILED' && status !== 'DELETING';
}

const WAY_OUT = 'set spec.kubernetes.deletionProtection to false';

function protectedError(name: string): CloudError {
  return new CloudError('Blocked', `EKS cluster ${name} is protected against deletion: ${WAY_OUT}`, {
    blockers: [{ resource: `EKS cluster ${name}`, reason: `its deletion protection is on: ${WAY_OUT}` }],
  });
}

/** Deletion protection goes only where the spec says so itself; the deletion follows when EKS has done it. */
async function unprotect(scope: AwsScope, name: string, desired: ClusterLeaving | undefined): Promise<void> {
  if (desired?.deletionProtection !== false) throw protectedError(name);
  await configure(scope, name, { deletionProtection: false });
  throw new CloudError('Busy', `the deletion protection of EKS cluster ${name} is being taken off`, {
    retryAfterMs: LOOK_AGAIN_MS,
  });
}

/** DeleteCluster: "If you have managed node groups or Fargate profiles attached to the cluster, you must delete them first." */
async function namingBlockers(scope: AwsScope, name: string, error: unknown): Promise<unknown> {
  if (!isInUse(error)) return error;
  const [nodegroups, profiles] = await Promise.all([nodegroupsOf(scope, name), profilesOf(scope, name)]);
  const blockers = [
    ...nodegroups.map(one => ({
      resource: `node group ${one}`,
      reason: `belongs to EKS cluster ${name}; it goes by: aws eks delete-nodegroup --cluster-name ${name} --nodegroup-name ${one}`,
    })),
    ...profiles.map(one => ({
      resource: `Fargate profile ${one}`,
      reason: `belongs to EKS cluster ${name}; it goes by: aws eks delete-fargate-profile --cluster-name ${name} --fargate-profile-name ${one}`,
    })),
  ];
  if (blockers.length === 0) return error;
  const named = blockers.map(one => one.resource).join(', ');
  const message = `EKS cluster ${name} cannot be deleted while it has ${named}, which somebody else made. Delete them`;
  return new CloudError('Blocked', message, { blockers, cause: error });
}

async function nodegroupsOf({ eks }: AwsScope, clusterName: string): Promise<readonly string[]> {
  const names = await allNames(async nextToken => {
    const answer = await orAbsent(eks.send(new ListNodegroupsCommand({ clusterName, nextToken })));
    return answer && { names: answer.nodegroups ?? [], nextToken: answer.nextToken };
  });
  return names.toSorted();
}

async function profilesOf({ eks }: AwsScope, clusterName: string): Promise<readonly string[]> {
  const names = await allNames(async nextToken => {
    const answer = await orAbsent(eks.send(new ListFargateProfilesCommand({ clusterName, nextToken })));
    return answer && { names: answer.fargateProfileNames ?? [], nextToken: answer.nextToken };
  });
  return names.toSorted();
}

function readiness(state: ClusterState, differs?: readonly Change[]): Readiness {
  const { status, version, issues } = state;
  const failed = openFailure(state.failedUpdates, differs);
  switch (status) {
    case 'ACTIVE':
      if (failed !== undefined) return { is: 'failed', message: failed.message, serves: true };
      // Fewer nodes may be the cure, as where addresses run out.
      if (issues !== '') return { is: 'failed', message: `the cluster is not well: ${issues}`, serves: true };
      return { is: 'ready' };
    case 'CREATING':
      return progress(`EKS is creating the cluster (${version}); that takes about ten minutes`);
    case 'UPDATING':
      return progress('EKS is updating the cluster');
    case 'DELETING':
      return progress('EKS is deleting the cluster');
    case 'FAILED':
      return { is: 'failed', message: `EKS could not create the cluster: ${issues}`, remedy: 'replace' };
    default:
      return progress(`the cluster is ${status}`);
  }
}

function progress(message: string): Readiness {
  return { is: 'in progress', message, againInMs: LOOK_AGAIN_MS };
}
