import { randomUUID } from 'node:crypto';
import { addAccessEntry } from './access.ts';
import { arnOf, clusterOf, type EksCall, type Handler, hex, statusOf } from './call.ts';
import { defaultOffer, isOffered } from './catalogue.ts';
import { isLogging, writeLater, writeLogs } from './cluster-logs.ts';
import { checkEncryption, checkLogTypes, loggingOf, publicCidrs } from './cluster-settings.ts';
import { flag, type Json, object, objects, text, texts } from './input.ts';
import { checkClusterRole, checkGroups, clusterSubnets, makeInterfaces } from './network.ts';
import { page } from './pages.ts';
import { badState, inUse, invalid } from './refusal.ts';
import { takeFailure } from './settings.ts';
import { type Cluster, seconds } from './state.ts';
import { tagsOf } from './tags.ts';
import { remember } from './tokens.ts';

/** Amazon EKS API Reference, CreateCluster: name. */
const NAME = /^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/;
const ADMIN_POLICY = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy';

const createCluster: Handler = async call => {
  const { input, account, place, now } = call;
  const name = text(input, 'name') ?? '';
  if (!NAME.test(name)) throw invalid(`The cluster name ${name} does not match ${NAME.source}`);
  if (account.clusters.has(name)) throw inUse(`Cluster already exists with name: ${name}`);
  const version = text(input, 'version') ?? defaultOffer(call);
  if (!isOffered(call, version)) throw invalid(`unsupported Kubernetes version ${version}`);
  const vpc = object(input, 'resourcesVpcConfig') ?? {};
  const subnetIds = texts(vpc, 'subnetIds') ?? [];
  const groupIds = texts(vpc, 'securityGroupIds') ?? [];
  const subnets = await clusterSubnets(call, subnetIds);
  const vpcId = subnets[0]?.vpcId;
  await checkGroups(call, groupIds, vpcId);
  const roleArn = text(input, 'roleArn') ?? '';
  await checkEncryption(call, objects(input, 'encryptionConfig') ?? [], roleArn);
  await checkClusterRole(call, roleArn);
  checkLogTypes(object(input, 'logging'));
  const endpoint = endpointOf(vpc);
  const access = accessOf(object(input, 'accessConfig') ?? {});
  const tags = tagsOf(input);

  const groupId =
    vpcId === undefined
      ? `sg-0${hex(16)}`
      : await call.neighbours.makeClusterGroup(place, {
          name: `eks-cluster-sg-${name}-${hex(9)}`,
          cluster: name,
          vpcId,
        });
  const interfaces = await makeInterfaces(call, { cluster: name, subnets, groupIds: [groupId, ...groupIds] });
  const wire: Json = {
    name,
    arn: arnOf(place, `cluster/${name}`),
    createdAt: seconds(now),
    version,
    roleArn,
    resourcesVpcConfig: {
      subnetIds,
      securityGroupIds: groupIds,
      ...(vpcId === undefined ? {} : { vpcId }),
      ...endpoint,
      controlPlaneEgressMode: 'AWS_MANAGED',
    },
    kubernetesNetworkConfig: networkOf(object(input, 'kubernetesNetworkConfig') ?? {}),
    logging: loggingOf(object(input, 'logging'), undefined),
    status: 'CREATING',
    certificateAuthority: {},
    platformVersion: 'eks.9',
    tags,
    encryptionConfig: objects(input, 'encryptionConfig') ?? [],
    health: { issues: [] },
    // bootstrapClusterCreatorAdminPermissions is taken and not shown: terraform-provider-aws, resourceClusterRead.
    accessConfig: { authenticationMode: access.mode },
    // "New clusters, by default, have extended support enabled": CreateCluster, upgradePolicy.
    upgradePolicy: { supportType: text(object(input, 'upgradePolicy') ?? {}, 'supportType') ?? 'EXTENDED' },
    zonalShiftConfig: { enabled: flag(object(input, 'zonalShiftConfig') ?? {}, 'enabled') ?? false },
    // "Default value is false": CreateCluster, deletionProtection.
    deletionProtection: flag(input, 'deletionProtection') ?? false,
    controlPlaneScalingConfig: { tier: 'standard' },
  };
  const cluster: Cluster = {
    wire,
    place,
    nodegroups: new Map(),
    fargateProfiles: new Set(),
    addons: new Map(),
    accessEntries: new Map(),
    associations: new Map(),
    updates: [],
    insights: new Map(),
    insightsToBe: new Map(),
    groupId,
    interfaces,
  };
  const failure = takeFailure(call.bench, 'CreateCluster', name);
  cluster.job = {
    at: now + call.settings.durations.createCluster,
    end: () => (failure === undefined ? activate(call, cluster) : fail(cluster, failure)),
  };
  account.clusters.set(name, cluster);
  if (access.bootstrap && access.mode !== 'CONFIG_MAP') {
    const entry = addAccessEntry(cluster, call, { principalArn: creatorOf(call.callerArn) });
    entry.policies.set(ADMIN_POLICY, {
      policyArn: ADMIN_POLICY,
      accessScope: { type: 'cluster', namespaces: [] },
      associatedAt: seconds(now),
      modifiedAt: seconds(now),
    });
  }
  remember(call, () => (account.clusters.get(name) === cluster ? { cluster: wire } : undefined));
  return { cluster: { ...wire } };
};

/** "By default, public access is enabled, and private access is disabled": CreateCluster. */
function endpointOf(vpc: Json): Json {
  const endpointPublicAccess = flag(vpc, 'endpointPublicAccess') ?? true;
  const endpointPrivateAccess = flag(vpc, 'endpointPrivateAccess') ?? false;
  if (!endpointPublicAccess && !endpointPrivateAccess)
    throw invalid('Private and public endpoint access cannot be false');
  return {
    endpointPublicAccess,
    endpointPrivateAccess,
    publicAccessCidrs: publicCidrs(texts(vpc, 'publicAccessCidrs'), endpointPublicAccess),
  };
}

/** Defaults: Amazon EKS API Reference, CreateAccessConfigRequest. */
function accessOf(config: Json): { mode: string; bootstrap: boolean } {
  const mode = text(config, 'authenticationMode') ?? 'CONFIG_MAP';
  if (!['API', 'API_AND_CONFIG_MAP', 'CONFIG_MAP'].includes(mode))
    throw invalid(`Unsupported authentication mode ${mode}`);
  return { mode, bootstrap: flag(config, 'bootstrapClusterCreatorAdminPermissions') ?? true };
}

/** "10.100.0.0/16 or 172.20.0.0/16", the latter where the VPC has addresses of 10/8: KubernetesNetworkConfigRequest. */
function networkOf(config: Json): Json {
  return {
    serviceIpv4Cidr: text(config, 'serviceIpv4Cidr') ?? '172.20.0.0/16',
    ipFamily: text(config, 'ipFamily') ?? 'ipv4',
    elasticLoadBalancing: { enabled: false },
  };
}

function creatorOf(callerArn: string): string {
  const session = /^arn:aws:sts::(\d+):assumed-role\/([^/]+)\//.exec(callerArn);
  return session === null ? callerArn : `arn:aws:iam::${session[1]}:role/${session[2]}`;
}

/**
 * "The API server endpoint and certificate authority data aren't available until the cluster reaches the ACTIVE state":
 * DescribeCluster. Without an API server in the settings the certificate is none that
 * a TLS library could read.
 */
async function activate({ neighbours, settings: { apiServer } }: EksCall, cluster: Cluster): Promise<void> {
  const { wire, place, groupId } = cluster;
  const id = hex(32).toUpperCase();
  const certificate =
    apiServer?.certificate ??
    `-----BEGIN CERTIFICATE-----\n${Buffer.from(randomUUID()).toString('base64')}\n-----END CERTIFICATE-----\n`;
  Object.assign(wire, {
    status: 'ACTIVE',
    endpoint: apiServer?.endpoint ?? `https://${id}.gr7.${place.region}.eks.amazonaws.com`,
    certificateAuthority: { data: Buffer.from(certificate).toString('base64') },
    identity: { oidc: { issuer: `https://oidc.eks.${place.region}.amazonaws.com/id/${id}` } },
    resourcesVpcConfig: { ...object(wire, 'resourcesVpcConfig'), clusterSecurityGroupId: groupId },
  });
  await writeLogs(neighbours, cluster);
}

function fail({ wire }: Cluster, issues: readonly object[]): void {
  wire.status = 'FAILED';
  wire.health = { issues };
}

const describeCluster: Handler = call => ({ cluster: clusterOf(call).wire });

const listClusters: Handler = ({ input, account }) =>
  page(input, 'clusters', [...account.clusters.keys()].sort());

/**
 * "If you have managed node groups or Fargate profiles attached to the cluster, you must delete them first"; with
 * deletion protection "the cluster cannot be deleted until protection is disabled ... This setting only applies to
 * clusters in an active state": Amazon EKS API Reference, DeleteCluster and Cluster.
 */
const deleteCluster: Handler = call => {
  const { account, neighbours, now, settings } = call;
  const cluster = clusterOf(call);
  const { wire } = cluster;
  const name = String(wire.name);
  if (cluster.nodegroups.size > 0) throw inUse('Cluster has nodegroups attached');
  if (cluster.fargateProfiles.size > 0)
    throw inUse(`Cluster has Fargate Profiles attached: ${[...cluster.fargateProfiles].join(', ')}`);
  const status = statusOf(cluster);
  if (status !== 'ACTIVE' && status !== 'FAILED')
    throw inUse(`Cannot delete cluster ${name}: an operation is in progress (${status})`);
  if (status === 'ACTIVE' && wire.deletionProtection === true)
    throw badState(`Cannot delete cluster ${name} because deletion protection is enabled`);
  wire.status = 'DELETING';
  cluster.job = {
    at: now + settings.durations.deleteCluster,
    async end(at) {
      for (const id of cluster.interfaces) await neighbours.removeInterface(cluster.place, id);
      if (object(wire, 'resourcesVpcConfig')?.vpcId !== undefined)
        await neighbours.removeGroup(cluster.place, cluster.groupId);
      account.clusters.delete(name);
      if (isLogging(cluster)) writeLater(account, neighbours, cluster, at + settings.durations.lateLogs);
    },
  };
  return { cluster: { ...wire } };
};

/** They are made by hand alone: `eksControl`. */
const listFargateProfiles: Handler = call =>
  page(call.input, 'fargateProfileNames', [...clusterOf(call).fargateProfiles].sort());

export const clusterHandlers: Record<string, Handler> = {
  CreateCluster: createCluster,
  DescribeCluster: describeCluster,
  ListClusters: listClusters,
  ListFargateProfiles: listFargateProfiles,
  DeleteCluster: deleteCluster,
};
