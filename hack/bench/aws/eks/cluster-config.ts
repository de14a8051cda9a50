import type { EksCall, Handler } from './call.ts';
import { isInExtendedSupport } from './catalogue.ts';
import { writeLogs } from './cluster-logs.ts';
import { renewInterfaces, restingCluster } from './cluster-rest.ts';
import { checkLogTypes, loggingOf, publicCidrs } from './cluster-settings.ts';
import { flag, type Json, object, text, texts } from './input.ts';
import { checkGroups, clusterSubnets, findSubnets } from './network.ts';
import { badState, invalid } from './refusal.ts';
import type { Cluster } from './state.ts';
import { beginUpdate } from './updates.ts';

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

function changeLogging({ neighbours }: EksCall, cluster: Cluster, asked: Json): Change {
  const { wire } = cluster;
  checkLogTypes(asked);
  const after = loggingOf(asked, object(wire, 'logging'));
  if (JSON.stringify(after) === JSON.stringify(wire.logging))
    throw invalid('No changes needed for the logging config provided');
  return {
    type: 'LoggingUpdate',
    params: { ClusterLogging: JSON.stringify(asked) },
    async apply() {
      wire.logging = after;
      await writeLogs(neighbours, cluster);
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

export const clusterConfigHandlers: Record<string, Handler> = {
  UpdateClusterConfig: updateClusterConfig,
};
