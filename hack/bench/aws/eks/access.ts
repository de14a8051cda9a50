/** Access entries and their policies. Sources: Amazon EKS API Reference; user guide, "Create access entries". */
import { randomUUID } from 'node:crypto';
import { arnOf, clusterOf, type EksCall, type Handler, usableCluster } from './call.ts';
import { type Json, object, text, texts } from './input.ts';
import { roleNow } from './network.ts';
import { page } from './pages.ts';
import { absent, badState, inUse, invalid } from './refusal.ts';
import { type AccessEntryRecord, type Cluster, seconds } from './state.ts';
import { tagsOf } from './tags.ts';
import { remember } from './tokens.ts';

/** User guide, "Review access policy permissions". */
const POLICIES =
  `AmazonEKSAdminPolicy AmazonEKSClusterAdminPolicy AmazonEKSAdminViewPolicy AmazonEKSEditPolicy
  AmazonEKSViewPolicy AmazonEKSAutoNodePolicy AmazonEKSBlockStoragePolicy AmazonEKSLoadBalancingPolicy
  AmazonEKSNetworkingPolicy AmazonEKSComputePolicy AmazonEKSBlockStorageClusterPolicy AmazonEKSComputeClusterPolicy
  AmazonEKSLoadBalancingClusterPolicy AmazonEKSNetworkingClusterPolicy AmazonEKSHybridPolicy`.split(/\s+/);
const POLICY_ARN = 'arn:aws:eks::aws:cluster-access-policy/';
const TYPES = ['STANDARD', 'EC2_LINUX', 'EC2_WINDOWS', 'FARGATE_LINUX', 'EC2', 'HYBRID_LINUX'];
/** "can't start with system:, eks:, aws:, amazon:, or iam:" */
const RESERVED = /^(system|eks|aws|amazon|iam):/;

/** Access entries need a cluster that uses them: user guide, "Set Cluster Authentication Mode". */
function clusterWithEntries(call: EksCall): Cluster {
  const cluster = usableCluster(call);
  if (object(cluster.wire, 'accessConfig')?.authenticationMode !== 'CONFIG_MAP') return cluster;
  throw badState(
    "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.",
  );
}

function entryOf(call: EksCall): { cluster: Cluster; entry: AccessEntryRecord; principalArn: string } {
  const cluster = clusterOf(call);
  const principalArn = text(call.input, 'principalArn') ?? '';
  const entry = cluster.accessEntries.get(principalArn);
  if (entry === undefined)
    throw absent(
      `The specified principalArn could not be found. You can view your available access entries with 'ListAccessEntries'.`,
    );
  return { cluster, entry, principalArn };
}

/**
 * "You can't use the STS session principal type"; "one, and only one, existing IAM principal". Of service-linked roles as people
 * quote it: terraform-provider-aws issue 36447.
 */
async function checkPrincipal(call: EksCall, arn: string): Promise<void> {
  const refuse = () => invalid('The specified principalArn is invalid: invalid principal.');
  if (arn.includes(':role/aws-service-role/'))
    throw invalid(
      'The caller is not allowed to modify access entries with a principalArn value of a Service Linked Role',
    );
  const kind = /^arn:aws[\w-]*:iam::\d{12}:(role|user|root)/.exec(arn)?.[1];
  if (kind === undefined) throw refuse();
  // Another account's cannot be looked at from here.
  if (kind === 'root' || arn.split(':')[4] !== call.place.accountId) return;
  const found = kind === 'role' ? await roleNow(call, arn) : await call.neighbours.user(call.place, arn);
  if (found === undefined) throw refuse();
}

export function addAccessEntry(cluster: Cluster, call: EksCall, input: Json): AccessEntryRecord {
  const principalArn = text(input, 'principalArn') ?? '';
  const [, , , , account = '', path = ''] = principalArn.split(':');
  const [kind = '', ...names] = path.split('/');
  const now = seconds(call.now);
  const wire: Json = {
    clusterName: cluster.wire.name,
    principalArn,
    kubernetesGroups: texts(input, 'kubernetesGroups') ?? [],
    accessEntryArn: arnOf(
      call.place,
      `access-entry/${cluster.wire.name}/${kind}/${account}/${names.join('/')}/${randomUUID()}`,
    ),
    createdAt: now,
    modifiedAt: now,
    tags: tagsOf(input),
    username: text(input, 'username') ?? usernameOf(principalArn, text(input, 'type')),
    type: text(input, 'type') ?? 'STANDARD',
  };
  const entry: AccessEntryRecord = { wire, policies: new Map() };
  cluster.accessEntries.set(principalArn, entry);
  return entry;
}

/** "arn:aws:sts::111122223333:assumed-role/my-role/{{SessionName}}" for a role, the ARN itself for a user. */
function usernameOf(arn: string, type: string | undefined): string {
  if (type === 'EC2_LINUX') return 'system:node:{{EC2PrivateDNSName}}';
  const [, , , , account = '', path = ''] = arn.split(':');
  if (!path.startsWith('role/')) return arn;
  return `arn:aws:sts::${account}:assumed-role/${path.slice(path.lastIndexOf('/') + 1)}/{{SessionName}}`;
}

function checkNames(input: Json): void {
  const names = [...(texts(input, 'kubernetesGroups') ?? []), text(input, 'username') ?? ''];
  const reserved = names.find(name => RESERVED.test(name));
  if (reserved !== undefined)
    throw invalid(`${reserved} must not start with system:, eks:, aws:, amazon: or iam:`);
}

const createAccessEntry: Handler = async call => {
  const { input } = call;
  const cluster = clusterWithEntries(call);
  const principalArn = text(input, 'principalArn') ?? '';
  if (cluster.accessEntries.has(principalArn))
    throw inUse('The specified access entry resource is already in use on this cluster.');
  const type = text(input, 'type') ?? 'STANDARD';
  if (!TYPES.includes(type)) throw invalid(`The specified type ${type} is not supported`);
  // "If you set the value to EC2_LINUX or EC2_WINDOWS, you can't specify values for kubernetesGroups".
  if (type !== 'STANDARD' && texts(input, 'kubernetesGroups') !== undefined)
    throw invalid(`kubernetesGroups cannot be specified with the type ${type}`);
  checkNames(input);
  await checkPrincipal(call, principalArn);
  const entry = addAccessEntry(cluster, call, input);
  remember(call, () =>
    cluster.accessEntries.get(principalArn) === entry ? { accessEntry: entry.wire } : undefined,
  );
  return { accessEntry: entry.wire };
};

const listAccessEntries: Handler = call => {
  const policy = text(call.input, 'associatedPolicyArn');
  const entries = [...clusterOf(call).accessEntries].filter(
    ([, entry]) => policy === undefined || entry.policies.has(policy),
  );
  return page(call.input, 'accessEntries', entries.map(([arn]) => arn).sort());
};

const updateAccessEntry: Handler = call => {
  const { input, now } = call;
  clusterWithEntries(call);
  const { entry } = entryOf(call);
  checkNames(input);
  const groups = texts(input, 'kubernetesGroups');
  const username = text(input, 'username');
  if (groups !== undefined) entry.wire.kubernetesGroups = groups;
  if (username !== undefined) entry.wire.username = username;
  entry.wire.modifiedAt = seconds(now);
  return { accessEntry: entry.wire };
};

const deleteAccessEntry: Handler = call => {
  const { cluster, principalArn } = entryOf(call);
  cluster.accessEntries.delete(principalArn);
  return {};
};

/** An upsert: AssociateAccessPolicy has no error for a policy that is associated already. */
const associateAccessPolicy: Handler = call => {
  const { input, now } = call;
  clusterWithEntries(call);
  const { entry, principalArn } = entryOf(call);
  if (entry.wire.type !== 'STANDARD')
    throw badState(`Access policies cannot be associated with an entry of type ${entry.wire.type}`);
  const policyArn = text(input, 'policyArn') ?? '';
  if (!POLICIES.some(name => policyArn === POLICY_ARN + name))
    throw invalid(`The specified policyArn is invalid: ${policyArn}`);
  const scope = object(input, 'accessScope') ?? {};
  const type = text(scope, 'type') ?? '';
  const namespaces = texts(scope, 'namespaces') ?? [];
  // "A value is required if you specified namespace for Type."
  if (!['cluster', 'namespace'].includes(type) || (type === 'namespace') !== namespaces.length > 0)
    throw invalid('The specified accessScope is invalid');
  const before = entry.policies.get(policyArn);
  const policy = {
    policyArn,
    accessScope: { type, namespaces },
    associatedAt: before?.associatedAt ?? seconds(now),
    modifiedAt: seconds(now),
  };
  entry.policies.set(policyArn, policy);
  return { clusterName: call.input.clusterName, principalArn, associatedAccessPolicy: policy };
};

const disassociateAccessPolicy: Handler = call => {
  const { entry } = entryOf(call);
  const policyArn = text(call.input, 'policyArn') ?? '';
  if (!entry.policies.delete(policyArn)) throw absent(`The policy ${policyArn} is not associated`);
  return {};
};

const listAssociatedAccessPolicies: Handler = call => {
  const { cluster, entry, principalArn } = entryOf(call);
  const policies = page(call.input, 'associatedAccessPolicies', [...entry.policies.values()]);
  return { clusterName: cluster.wire.name, principalArn, ...policies };
};

const listAccessPolicies: Handler = ({ input }) =>
  page(
    input,
    'accessPolicies',
    POLICIES.map(name => ({ name, arn: POLICY_ARN + name })),
  );

export const accessHandlers: Record<string, Handler> = {
  CreateAccessEntry: createAccessEntry,
  DescribeAccessEntry: call => ({ accessEntry: entryOf(call).entry.wire }),
  ListAccessEntries: listAccessEntries,
  UpdateAccessEntry: updateAccessEntry,
  DeleteAccessEntry: deleteAccessEntry,
  AssociateAccessPolicy: associateAccessPolicy,
  DisassociateAccessPolicy: disassociateAccessPolicy,
  ListAssociatedAccessPolicies: listAssociatedAccessPolicies,
  ListAccessPolicies: listAccessPolicies,
};
