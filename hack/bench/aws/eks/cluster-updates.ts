import { compareVersions, minorOf } from '../../../../src/aws/eks/versions.ts';
import { clusterOf, type EksCall, type Handler, statusOf } from './call.ts';
import { isInExtendedSupport, isOffered } from './catalogue.ts';
import { checkEncryption, checkLogTypes, loggingOf, publicCidrs } from './cluster-settings.ts';
import { flag, type Json, object, objects, text, texts } from './input.ts';
import { checkGroups, clusterSubnets, findSubnets, makeInterfaces } from './network.ts';
import { badState, invalid, Refusal } from './refusal.ts';
import type { Cluster } from './state.ts';
import { beginUpdate, refuseWhileUpdating } from './updates.ts';

interface Change {
  /** As UpdateType. */
  type: string;
  params: Record<string, string>;
  apply(now: number): Promise<void> | void;
}

/** Settings that a call may hold one of: terraform-provider-aws, "API only allows one type of update at a time". */
const KINDS: Record<string, (call: EksCall, cluster: Cluster, asked: Json) => Promise<Change> | Change> = {
  logging: changeLogging,
  resourcesVpcConfig: changeVpc,
  accessConfig: changeAccess,
  upgradePolicy: changeUpgradePolicy,
  zonalShiftConfig: (_, { wire }, asked) => {
    const enabled = flag(asked, 'enabled') ?? false;
    if (enabled === flag(object(wire, 'zonalShiftConfig') ?? {}, 'enabled'))
      throw invalid('No changes needed for the zonal shift config provided');
    return {
      type: 'ZonalShiftConfigUpdate',
      params: { ZonalShiftConfig: JSON.stringify({ enabled }) },
      apply: () => {
        wire.zonalShiftConfig = { enabled };
      },
    };
  },
};

/** The cluster, at rest. Amazon EKS API Reference, UpdateClusterConfig: ResourceInUseException, InvalidRequestException. */
function restingCluster(call: EksCall): Cluster {
  const cluster = clusterOf(call);
  refuseWhileUpdating(call, cluster, `cluster ${cluster.wire.name}`);
  const status = statusOf(cluster);
  if (status !== 'ACTIVE') throw badState(`Cannot ${call.operation} because the cluster is ${status}`);
  return cluster;
}

const updateClusterConfig: Handler = async call => {
  const { input } = call;
  const cluster = restingCluster(call);
  const asked = Object.keys(KINDS).filter(kind => object(input, kind) !== undefined);
  const protection = flag(input, 'deletionProtection');
  if (asked.length + (protection === undefined ? 0 : 1) > 1)
    throw invalid('Only one type of update can be allowed.');
  const [kind = ''] = asked;
  const change =
    protection === undefined
      ? await KINDS[kind]?.(call, cluster, object(input, kind) ?? {})
      : changeProtection(cluster, protection);
  if (change === undefined) throw invalid('No changes were asked for.');
  return beginUpdate(call, {
    cluster,
    thing: cluster,
    kind: 'cluster',
    name: String(cluster.wire.name),
    duration: 'updateCluster',
    ...change,
  });
};

function changeProtection({ wire }: Cluster, wanted: boolean): Change {
  if (wanted === wire.deletionProtection)
    throw invalid('No changes needed for the deletion protection provided');
  return {
    type: 'DeletionProtectionUpdate',
    params: { DeletionProtection: String(wanted) },
    apply: () => {
      wire.deletionProtection = wanted;
    },
  };
}

function changeLogging(_call: EksCall, { wire }: Cluster, asked: Json): Change {
  checkLogTypes(asked);
  const after = loggingOf(asked, object(wire, 'logging'));
  if (JSON.stringify(after) === JSON.stringify(wire.logging))
    throw invalid('No changes needed for the logging config provided');
  return {
    type: 'LoggingUpdate',
    params: { ClusterLogging: JSON.stringify(asked) },
    apply: () => {
      wire.logging = after;
    },
  };
}

/** "Once the access entry method is enabled, it cannot be disabled"; "If the ConfigMap method is not enabled during cluster creation, it cannot be enabled later": user guide, "Set Cluster Authentication Mode". */
const MODES = ['CONFIG_MAP', 'API_AND_CONFIG_MAP', 'API'];

function changeAccess(_call: EksCall, { wire }: Cluster, asked: Json): Change {
  const before = text(object(wire, 'accessConfig') ?? {}, 'authenticationMode') ?? '';
  const after = text(asked, 'authenticationMode') ?? before;
  if (MODES.indexOf(after) !== MODES.indexOf(before) + 1)
    throw invalid(`Unsupported authentication mode update from ${before} to ${after}`);
  return {
    type: 'AccessConfigUpdate',
    params: { AuthenticationMode: after },
    apply: () => {
      wire.accessConfig = { authenticationMode: after };
    },
  };
}

/** "You cannot disable extended support once it starts": UpdateClusterConfig, upgradePolicy. */
function changeUpgradePolicy(call: EksCall, { wire }: Cluster, asked: Json): Change {
  const supportType = text(asked, 'supportType') ?? '';
  if (supportType === text(object(wire, 'upgradePolicy') ?? {}, 'supportType'))
    throw invalid('No changes needed for the upgrade policy provided');
  if (supportType === 'STANDARD' && isInExtendedSupport(call, String(wire.version)))
    throw badState('Extended support cannot be disabled once it has started');
  return {
    type: 'UpgradePolicyUpdate',
    params: { UpgradePolicy: JSON.stringify({ supportType }) },
    apply: () => {
      wire.upgradePolicy = { supportType };
    },
  };
}

async function changeVpc(call: EksCall, cluster: Cluster, asked: Json): Promise<Change> {
  const network = asked.subnetIds !== undefined || asked.securityGroupIds !== undefined;
  const endpoint = ['endpointPublicAccess', 'endpointPrivateAccess', 'publicAccessCidrs'].some(
    name => asked[name] !== undefined,
  );
  if (network && endpoint) throw invalid('Only one type of update can be allowed.');
  return network ? changeNetwork(call, cluster, asked) : changeEndpoint(cluster, asked);
}

function changeEndpoint({ wire }: Cluster, asked: Json): Change {
  const before = object(wire, 'resourcesVpcConfig') ?? {};
  const endpointPublicAccess = flag(asked, 'endpointPublicAccess') ?? flag(before, 'endpointPublicAccess');
  const endpointPrivateAccess = flag(asked, 'endpointPrivateAccess') ?? flag(before, 'endpointPrivateAccess');
  if (endpointPublicAccess === false && endpointPrivateAccess === false)
    throw invalid('Private and public endpoint access cannot be false');
  const given = texts(asked, 'publicAccessCidrs') ?? texts(before, 'publicAccessCidrs');
  const publicAccessCidrs = publicCidrs(given, endpointPublicAccess === true);
  const after = { ...before, endpointPublicAccess, endpointPrivateAccess, publicAccessCidrs };
  if (JSON.stringify(after) === JSON.stringify(before))
    throw invalid('Cluster is already at the desired configuration');
  return {
    type: 'EndpointAccessUpdate',
    params: {
      EndpointPublicAccess: String(endpointPublicAccess),
      EndpointPrivateAccess: String(endpointPrivateAccess),
      PublicAccessCidrs: JSON.stringify(publicAccessCidrs),
    },
    apply: () => {
      wire.resourcesVpcConfig = after;
    },
  };
}

/**
 * "You can't change which VPC the subnets are from": UpdateClusterConfig. "All subnets that you add must be in the same
 * set of AZs as originally provided": user guide, "VPC requirements and considerations".
 */
async function changeNetwork(call: EksCall, cluster: Cluster, asked: Json): Promise<Change> {
  const { wire } = cluster;
  const before = object(wire, 'resourcesVpcConfig') ?? {};
  const subnetIds = texts(asked, 'subnetIds') ?? texts(before, 'subnetIds') ?? [];
  const securityGroupIds = texts(asked, 'securityGroupIds') ?? texts(before, 'securityGroupIds') ?? [];
  const [now, then] = [
    await clusterSubnets(call, subnetIds),
    await findSubnets(call, texts(before, 'subnetIds') ?? []),
  ];
  if (now.some(one => one.vpcId !== before.vpcId))
    throw invalid('The subnets must be in the same VPC as the subnets that the cluster was created with');
  const zones = (subnets: typeof now) => [...new Set(subnets.map(one => one.zoneId))].sort().join();
  if (now.length > 0 && zones(now) !== zones(then))
    throw invalid(
      `Provided subnets belong to the AZs '${zones(now)}'. But they should belong to the exact set of AZs '${zones(then)}' in which subnets were provided during cluster creation.`,
    );
  await checkGroups(call, securityGroupIds, text(before, 'vpcId'));
  return {
    type: 'VpcConfigUpdate',
    params: { SubnetIds: JSON.stringify(subnetIds), SecurityGroups: JSON.stringify(securityGroupIds) },
    async apply() {
      wire.resourcesVpcConfig = { ...object(wire, 'resourcesVpcConfig'), subnetIds, securityGroupIds };
      await renewInterfaces(call, cluster);
    },
  };
}

/** "Amazon EKS deletes the original network interfaces that it created, and creates new network interfaces." */
async function renewInterfaces(call: EksCall, cluster: Cluster): Promise<void> {
  const vpc = object(cluster.wire, 'resourcesVpcConfig') ?? {};
  const subnets = await findSubnets(call, texts(vpc, 'subnetIds') ?? []);
  const old = cluster.interfaces;
  cluster.interfaces = await makeInterfaces(call, {
    cluster: String(cluster.wire.name),
    subnets,
    groupIds: [cluster.groupId, ...(texts(vpc, 'securityGroupIds') ?? [])],
  });
  for (const id of old) await call.neighbours.removeInterface(cluster.place, id);
}

/**
 * "You can update only one minor version at a time": user guide, "Update existing cluster to new Kubernetes version".
 * The way back within seven days that AWS offers since 2026 ("Roll back a cluster") is not part of the bench.
 * "All of your node groups' Kubernetes versions must match the cluster's": UpdateClusterVersion. InvalidStateException:
 * "Amazon EKS detected upgrade readiness issues. Call the ListInsights API ... Pass the force flag".
 */
const updateClusterVersion: Handler = call => {
  const { input } = call;
  const cluster = restingCluster(call);
  const { wire } = cluster;
  const before = String(wire.version);
  const after = text(input, 'version') ?? '';
  if (minorOf(after) === undefined || !isOffered(call, after))
    throw invalid(`unsupported Kubernetes version ${after}`);
  if (after === before) throw invalid(`Cluster is already at the desired version ${after}`);
  if (compareVersions(after, before) !== 1)
    throw invalid(`Unsupported Kubernetes minor version update from ${before} to ${after}`);
  const behind = [...cluster.nodegroups].filter(([, one]) => one.wire.version !== before);
  if (behind.length > 0) {
    const names = behind.map(([name]) => name).join(', ');
    throw invalid(
      `Nodegroup(s) ${names} must be updated to match cluster version ${before} before updating cluster version to ${after}`,
    );
  }
  const blocking = [...cluster.insights.values()].filter(
    one => one.kubernetesVersion === after && object(one, 'insightStatus')?.status === 'ERROR',
  );
  if (blocking.length > 0 && flag(input, 'force') !== true) {
    const message = `Cluster ${wire.name} has upgrade readiness issues: ${blocking.map(one => one.name).join(', ')}. Call the ListInsights API to view them`;
    throw new Refusal('InvalidStateException', message);
  }
  return beginUpdate(call, {
    cluster,
    thing: cluster,
    kind: 'cluster',
    name: String(wire.name),
    type: 'VersionUpdate',
    params: { Version: after, PlatformVersion: 'eks.9' },
    duration: 'upgradeCluster',
    async apply() {
      wire.version = after;
      wire.platformVersion = 'eks.9';
      await renewInterfaces(call, cluster);
    },
  });
};

/** "Use this API to enable encryption on existing clusters that don't already have encryption enabled." */
const associateEncryptionConfig: Handler = async call => {
  const cluster = restingCluster(call);
  const { wire } = cluster;
  if ((objects(wire, 'encryptionConfig') ?? []).length > 0)
    throw badState('Cluster already has encryption configured');
  const encryptionConfig = objects(call.input, 'encryptionConfig') ?? [];
  if (encryptionConfig.length !== 1) throw invalid('encryptionConfig needs one provider');
  await checkEncryption(call, encryptionConfig);
  return beginUpdate(call, {
    cluster,
    thing: cluster,
    kind: 'cluster',
    name: String(wire.name),
    type: 'AssociateEncryptionConfig',
    params: { EncryptionConfig: JSON.stringify(encryptionConfig) },
    duration: 'updateCluster',
    apply: () => {
      wire.encryptionConfig = encryptionConfig;
    },
  });
};

export const clusterUpdateHandlers: Record<string, Handler> = {
  UpdateClusterConfig: updateClusterConfig,
  UpdateClusterVersion: updateClusterVersion,
  AssociateEncryptionConfig: associateEncryptionConfig,
};
