import { randomUUID } from 'node:crypto';
import { activeCluster, arnOf, clusterOf, type EksCall, type Handler, statusOf } from './call.ts';
import { addonOffer, addonVersions } from './catalogue.ts';
import { type Json, object, objects, text } from './input.ts';
import { roleNow } from './network.ts';
import { hasNodes } from './nodegroup.ts';
import { page } from './pages.ts';
import { addAssociation } from './pod-identity.ts';
import { absent, badState, inUse, invalid } from './refusal.ts';
import { type Issue, takeFailure } from './settings.ts';
import { type Cluster, seconds, type Thing } from './state.ts';
import { tagsOf } from './tags.ts';
import { remember } from './tokens.ts';
import { beginUpdate, refuseWhileUpdating } from './updates.ts';

function addonOf(call: EksCall): { cluster: Cluster; addon: Thing; name: string } {
  const cluster = clusterOf(call);
  const name = text(call.input, 'addonName') ?? '';
  const addon = cluster.addons.get(name);
  if (addon === undefined) throw absent(`No addon: ${name} found in cluster: ${cluster.wire.name}`);
  return { cluster, addon, name };
}

/** "The version must match one of the versions returned by DescribeAddonVersions": CreateAddon, UpdateAddon. */
function versionOf(cluster: Cluster, name: string, asked: string | undefined): string {
  if (addonOffer(name) === undefined) throw invalid(`Addon ${name} specified is not supported`);
  const kubernetes = String(cluster.wire.version);
  const offered = addonVersions(name, kubernetes);
  const version = asked ?? offered.find(one => one.isDefault)?.version;
  if (version === undefined || !offered.some(one => one.version === version))
    throw invalid(
      `Addon version specified is not supported: ${name} ${version} with Kubernetes ${kubernetes}`,
    );
  return version;
}

/** In the words of EKS: awsdocs/amazon-eks-user-guide pull request 672, terraform-aws-modules/terraform-aws-eks issue 2749. */
function refuseJump(name: string, from: string, to: string): void {
  const [major, minor] = numbersOf(from);
  const [toMajor, toMinor = 0] = numbersOf(to);
  if (addonOffer(name)?.byMinors !== true || major !== toMajor || minor === undefined) return;
  if (Math.abs(toMinor - minor) > 1)
    throw invalid(`Updating ${name.toUpperCase()} can only go up or down 1 minor version at a time`);
}

function numbersOf(version: string): number[] {
  return (version.match(/\d+/g) ?? []).map(Number);
}

/** "The values that you provide are validated against the schema": here that they are a JSON (or YAML) object. */
function checkConfiguration(values: string | undefined): void {
  if (values === undefined || values === '' || !/^\s*[[{"]/.test(values)) return;
  try {
    JSON.parse(values);
  } catch {
    throw invalid('ConfigurationValue is not in the correct format. The supported formats are JSON and YAML');
  }
}

async function checkRole(call: EksCall, arn: string | undefined): Promise<void> {
  if (arn === undefined) return;
  if ((await roleNow(call, arn)) === undefined)
    throw invalid(`Role ${arn} for the service account does not exist`);
}

const createAddon: Handler = async call => {
  const { input, now, place } = call;
  const cluster = activeCluster(call);
  const name = text(input, 'addonName') ?? '';
  if (cluster.addons.has(name)) throw inUse(`Addon already exists: ${name}`);
  const version = versionOf(cluster, name, text(input, 'addonVersion'));
  const role = text(input, 'serviceAccountRoleArn');
  await checkRole(call, role);
  const configuration = text(input, 'configurationValues');
  checkConfiguration(configuration);
  const id = randomUUID();
  const wire: Json = {
    addonName: name,
    clusterName: cluster.wire.name,
    status: 'CREATING',
    addonVersion: version,
    health: { issues: [] },
    addonArn: arnOf(place, `addon/${cluster.wire.name}/${name}/${id}`),
    createdAt: seconds(now),
    modifiedAt: seconds(now),
    ...(role === undefined ? {} : { serviceAccountRoleArn: role }),
    ...(configuration === undefined ? {} : { configurationValues: configuration }),
    tags: tagsOf(input),
    namespaceConfig: { namespace: addonOffer(name)?.namespace ?? 'kube-system' },
  };
  const associations = objects(input, 'podIdentityAssociations');
  if (associations !== undefined) await associate(call, cluster, wire, associations);
  const addon: Thing = { wire };
  const failure = takeFailure(call.bench, 'CreateAddon', `${cluster.wire.name}/addon/${name}`);
  addon.job = {
    at: now + call.settings.durations.createAddon,
    end: () => {
      wire.status = failure === undefined ? 'ACTIVE' : 'CREATE_FAILED';
      wire.health = { issues: failure ?? [] };
    },
  };
  cluster.addons.set(name, addon);
  remember(call, () => (cluster.addons.get(name) === addon ? { addon: shown(cluster, addon) } : undefined));
  return { addon: shown(cluster, addon) };
};

/** "Each association maps a role to a service account"; "If an empty array is provided, existing associations owned by the add-on are deleted". */
async function associate(
  call: EksCall,
  cluster: Cluster,
  addon: Json,
  wanted: readonly Json[],
): Promise<void> {
  for (const [id, { wire }] of cluster.associations)
    if (wire.ownerArn === addon.addonArn) cluster.associations.delete(id);
  const namespace = addonOffer(String(addon.addonName))?.namespace ?? 'kube-system';
  const arns: unknown[] = [];
  for (const one of wanted) {
    const association = await addAssociation(call, cluster, {
      namespace,
      serviceAccount: text(one, 'serviceAccount') ?? '',
      roleArn: text(one, 'roleArn') ?? '',
      ownerArn: String(addon.addonArn),
    });
    arns.push(association.wire.associationArn);
  }
  if (arns.length > 0) addon.podIdentityAssociations = arns;
  else delete addon.podIdentityAssociations;
}

/**
 * What runs as a Deployment is not well without nodes. Source: user guide, "Amazon EKS add-ons": status Degraded;
 * AddonIssue InsufficientNumberOfReplicas. A DaemonSet is so where nodes are not well (aws/containers-roadmap issue 2799),
 * which tests plant.
 */
function shown(cluster: Cluster, { wire }: Thing): Json {
  const needsNodes = addonOffer(String(wire.addonName))?.deployment === true;
  const planted = objects(object(wire, 'health') ?? {}, 'issues') ?? [];
  if (wire.status === 'ACTIVE' && planted.length > 0) return { ...wire, status: 'DEGRADED' };
  if (wire.status !== 'ACTIVE' || !needsNodes || hasNodes(cluster)) return wire;
  const issue = {
    code: 'InsufficientNumberOfReplicas',
    message: 'The add-on is unhealthy because it doesn’t have the desired number of replicas.',
    resourceIds: [],
  };
  return { ...wire, status: 'DEGRADED', health: { issues: [issue] } };
}

const describeAddon: Handler = call => {
  const { cluster, addon } = addonOf(call);
  return { addon: shown(cluster, addon) };
};

const listAddons: Handler = call => page(call.input, 'addons', [...clusterOf(call).addons.keys()].sort());

/** What is not named stays. Source: Amazon EKS API Reference, UpdateAddon. */
const updateAddon: Handler = async call => {
  const { input } = call;
  activeCluster(call);
  const { cluster, addon, name } = addonOf(call);
  const { wire } = addon;
  refuseWhileUpdating(call, addon, `addon ${name}`);
  const status = statusOf(addon);
  if (['CREATING', 'DELETING'].includes(status))
    throw badState(`Cannot update addon ${name} because it is ${status}`);
  const version = versionOf(cluster, name, text(input, 'addonVersion') ?? String(wire.addonVersion));
  refuseJump(name, String(wire.addonVersion), version);
  const role = text(input, 'serviceAccountRoleArn');
  await checkRole(call, role);
  const configuration = text(input, 'configurationValues');
  checkConfiguration(configuration);
  const associations = objects(input, 'podIdentityAssociations');
  return beginUpdate(call, {
    cluster,
    thing: addon,
    kind: 'addon',
    name,
    type: 'AddonUpdate',
    params: {
      AddonVersion: version,
      ...(role === undefined ? {} : { ServiceAccountRoleArn: role }),
      ...(configuration === undefined ? {} : { ConfigurationValues: configuration }),
      ResolveConflicts: text(input, 'resolveConflicts') ?? 'NONE',
    },
    duration: 'updateAddon',
    failed: 'UPDATE_FAILED',
    async apply() {
      wire.addonVersion = version;
      wire.health = { issues: [] };
      if (role !== undefined) wire.serviceAccountRoleArn = role;
      if (configuration !== undefined) wire.configurationValues = configuration;
      if (associations !== undefined) await associate(call, cluster, wire, associations);
    },
  });
};

const deleteAddon: Handler = call => {
  const { cluster, addon, name } = addonOf(call);
  const { wire } = addon;
  refuseWhileUpdating(call, addon, `addon ${name}`);
  const failure = takeFailure(call.bench, 'DeleteAddon', `${cluster.wire.name}/addon/${name}`);
  wire.status = 'DELETING';
  addon.job = {
    at: call.now + call.settings.durations.deleteAddon,
    end: () => {
      if (failure !== undefined) {
        Object.assign(wire, { status: 'DELETE_FAILED', health: { issues: failure satisfies Issue[] } });
        return;
      }
      for (const [id, one] of cluster.associations)
        if (one.wire.ownerArn === wire.addonArn) cluster.associations.delete(id);
      cluster.addons.delete(name);
    },
  };
  return { addon: wire };
};

export const addonHandlers: Record<string, Handler> = {
  CreateAddon: createAddon,
  DescribeAddon: describeAddon,
  ListAddons: listAddons,
  UpdateAddon: updateAddon,
  DeleteAddon: deleteAddon,
};
