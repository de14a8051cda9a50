import { randomUUID } from 'node:crypto';
import { addAccessEntry } from './access.ts';
import { activeCluster, arnOf, clusterOf, type EksCall, type Handler, statusOf } from './call.ts';
import { imageReleases } from './catalogue.ts';
import { count, flag, type Json, object, objects, text, textMap, texts } from './input.ts';
import type { LaunchTemplate } from './neighbours.ts';
import { findSubnets, roleNow } from './network.ts';
import {
  checkLabels,
  checkScaling,
  checkTaints,
  launchTemplateOf,
  updateConfigOf,
} from './nodegroup-settings.ts';
import { page } from './pages.ts';
import { absent, inUse, invalid } from './refusal.ts';
import { type Issue, takeFailure } from './settings.ts';
import { type Cluster, seconds, type Thing } from './state.ts';
import { tagsOf } from './tags.ts';
import { remember } from './tokens.ts';

const NAME = /^[0-9A-Za-z][A-Za-z0-9_-]{0,62}$/;
const NODE_SERVICE = 'ec2.amazonaws.com';

export function nodegroupOf(call: EksCall): { cluster: Cluster; nodegroup: Thing } {
  const cluster = clusterOf(call);
  const name = text(call.input, 'nodegroupName') ?? '';
  const nodegroup = cluster.nodegroups.get(name);
  if (nodegroup === undefined) throw absent(`No node group found for name: ${name}.`);
  return { cluster, nodegroup };
}

const createNodegroup: Handler = async call => {
  const { input, now, place } = call;
  const cluster = activeCluster(call);
  const name = text(input, 'nodegroupName') ?? '';
  const clusterName = String(cluster.wire.name);
  if (!NAME.test(name)) throw invalid(`The node group name ${name} does not match ${NAME.source}`);
  if (cluster.nodegroups.has(name))
    throw inUse(`NodeGroup already exists with name ${name} and cluster name ${clusterName}`);
  // "By default, the Kubernetes version of the cluster is used, and this is the only accepted specified value."
  const version = text(input, 'version') ?? String(cluster.wire.version);
  if (version !== cluster.wire.version)
    throw invalid(`The node group's version ${version} is not the cluster's, ${cluster.wire.version}`);
  // User guide, release notes of 1.30: AL2023 is the default.
  const amiType = text(input, 'amiType') ?? 'AL2023_x86_64_STANDARD';
  const releases = imageReleases(version, amiType, call.settings);
  const releaseVersion = text(input, 'releaseVersion') ?? releases.at(-1);
  if (!releases.includes(String(releaseVersion)))
    throw invalid(
      `Requested release version ${releaseVersion} is not valid for kubernetes version ${version}.`,
    );
  const subnetIds = texts(input, 'subnets') ?? [];
  await checkNodeSubnets(call, cluster, subnetIds);
  const nodeRole = text(input, 'nodeRole') ?? '';
  await checkNodeRole(call, nodeRole);
  const launchTemplate = await launchTemplateOf(call);
  const scaling = object(input, 'scalingConfig') ?? {};
  const desired = count(scaling, 'desiredSize') ?? count(scaling, 'minSize') ?? 2;
  const scalingConfig = {
    minSize: count(scaling, 'minSize') ?? 1,
    maxSize: count(scaling, 'maxSize') ?? 2,
    desiredSize: desired,
  };
  checkScaling(scalingConfig);
  const labels = textMap(input, 'labels') ?? {};
  checkLabels(labels);
  const taints = objects(input, 'taints') ?? [];
  checkTaints(taints);
  const id = randomUUID();
  const wire: Json = {
    nodegroupName: name,
    nodegroupArn: arnOf(place, `nodegroup/${clusterName}/${name}/${id}`),
    clusterName,
    version,
    releaseVersion,
    createdAt: seconds(now),
    modifiedAt: seconds(now),
    status: 'CREATING',
    capacityType: text(input, 'capacityType') ?? 'ON_DEMAND',
    scalingConfig,
    // "If you don't specify an instance type in a launch template or for instanceTypes, then t3.medium is used".
    ...(launchTemplate?.has.instanceType === true
      ? {}
      : { instanceTypes: texts(input, 'instanceTypes') ?? ['t3.medium'] }),
    subnets: subnetIds,
    amiType,
    nodeRole,
    labels,
    ...(taints.length > 0 ? { taints } : {}),
    resources: { autoScalingGroups: [{ name: `eks-${name}-${id}` }] },
    // "The default disk size is 20 GiB"; with a launch template it is null.
    ...(launchTemplate === undefined ? { diskSize: count(input, 'diskSize') ?? 20 } : {}),
    health: { issues: [] },
    updateConfig: updateConfigOf(object(input, 'updateConfig')),
    // "Node auto repair is disabled by default."
    nodeRepairConfig: { enabled: flag(object(input, 'nodeRepairConfig') ?? {}, 'enabled') ?? false },
    ...(launchTemplate === undefined
      ? {}
      : {
          launchTemplate: {
            id: launchTemplate.id,
            name: launchTemplate.name,
            version: launchTemplate.version,
          },
        }),
    tags: tagsOf(input),
  };
  const nodegroup: Thing = { wire };
  const failure = takeFailure(call.bench, 'CreateNodegroup', `${clusterName}/nodegroup/${name}`);
  nodegroup.job = {
    at: now + call.settings.durations.createNodegroup,
    async end() {
      const issues = failure ?? (desired > 0 ? await launchIssues(call, launchTemplate, wire) : []);
      wire.status = issues.length === 0 ? 'ACTIVE' : 'CREATE_FAILED';
      wire.health = { issues };
    },
  };
  cluster.nodegroups.set(name, nodegroup);
  addNodeAccess(call, cluster, nodeRole);
  remember(call, () => (cluster.nodegroups.get(name) === nodegroup ? { nodegroup: wire } : undefined));
  return { nodegroup: wire };
};

/** Amazon EKS API Reference, Issue: "AsgInstanceLaunchFailures: Your Auto Scaling group is experiencing failures". */
async function launchIssues(
  { neighbours, place }: EksCall,
  template: LaunchTemplate | undefined,
  wire: Json,
): Promise<readonly Issue[]> {
  for (const key of template?.volumeKeys ?? []) {
    const message = await neighbours.volumeKeyProblem(place, key);
    if (message === undefined) continue;
    const [group] = objects(object(wire, 'resources') ?? {}, 'autoScalingGroups') ?? [];
    return [{ code: 'AsgInstanceLaunchFailures', message, resourceIds: [String(group?.name)] }];
  }
  return [];
}

async function checkNodeSubnets(call: EksCall, cluster: Cluster, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) throw invalid('A node group needs at least one subnet');
  const { vpcId } = object(cluster.wire, 'resourcesVpcConfig') ?? {};
  const subnets = await findSubnets(call, ids);
  if (vpcId !== undefined && subnets.some(one => one.vpcId !== vpcId))
    throw invalid('Subnets are not in the VPC of the cluster');
}

async function checkNodeRole(call: EksCall, arn: string): Promise<void> {
  const role = await roleNow(call, arn);
  if (role === undefined)
    throw invalid(`The role with name ${arn.slice(arn.lastIndexOf('/') + 1)} cannot be found.`);
  if (role !== 'unknown' && !role.trusts.includes(NODE_SERVICE))
    throw invalid(
      'Following required service principals [ec2.amazonaws.com] were not found in the trust relationships of nodeRole',
    );
}

/** "Amazon EKS creates entries" for roles of managed nodes: CreateAccessEntry, type. */
function addNodeAccess(call: EksCall, cluster: Cluster, principalArn: string): void {
  const mode = object(cluster.wire, 'accessConfig')?.authenticationMode;
  if (mode === 'CONFIG_MAP' || cluster.accessEntries.has(principalArn)) return;
  addAccessEntry(cluster, call, { principalArn, type: 'EC2_LINUX' });
}

const describeNodegroup: Handler = call => ({ nodegroup: nodegroupOf(call).nodegroup.wire });

const listNodegroups: Handler = call =>
  page(call.input, 'nodegroups', [...clusterOf(call).nodegroups.keys()].sort());

const deleteNodegroup: Handler = call => {
  const { cluster, nodegroup } = nodegroupOf(call);
  const { wire } = nodegroup;
  const name = String(wire.nodegroupName);
  const status = statusOf(nodegroup);
  if (['CREATING', 'UPDATING', 'DELETING'].includes(status))
    throw inUse(`Nodegroup ${name} cannot be deleted: an operation is in progress (${status})`);
  const failure = takeFailure(call.bench, 'DeleteNodegroup', `${cluster.wire.name}/nodegroup/${name}`);
  wire.status = 'DELETING';
  nodegroup.job = {
    at: call.now + call.settings.durations.deleteNodegroup,
    end: () => {
      if (failure === undefined) cluster.nodegroups.delete(name);
      else Object.assign(wire, { status: 'DELETE_FAILED', health: { issues: failure } });
    },
  };
  return { nodegroup: wire };
};

/** Health issues from now on; none: it is well again. Nodegroup.status DEGRADED. */
export function setHealth({ wire }: Thing, issues: readonly Issue[]): void {
  wire.health = { issues };
  if (['ACTIVE', 'DEGRADED'].includes(String(wire.status)))
    wire.status = issues.length > 0 ? 'DEGRADED' : 'ACTIVE';
}

export function hasNodes(cluster: Cluster): boolean {
  return [...cluster.nodegroups.values()].some(({ wire }) => {
    const size = count(object(wire, 'scalingConfig') ?? {}, 'desiredSize') ?? 0;
    return size > 0 && ['ACTIVE', 'UPDATING', 'DEGRADED'].includes(String(wire.status));
  });
}

export const nodegroupHandlers: Record<string, Handler> = {
  CreateNodegroup: createNodegroup,
  DescribeNodegroup: describeNodegroup,
  ListNodegroups: listNodegroups,
  DeleteNodegroup: deleteNodegroup,
};
