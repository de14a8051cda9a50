import { randomUUID } from 'node:crypto';
import {
  type AccessEntry,
  AssociateAccessPolicyCommand,
  type AssociatedAccessPolicy,
  CreateAccessEntryCommand,
  DeleteAccessEntryCommand,
  DescribeAccessEntryCommand,
  DisassociateAccessPolicyCommand,
  ListAssociatedAccessPoliciesCommand,
  UpdateAccessEntryCommand,
} from '@aws-sdk/client-eks';
import type { Change, Found, Identity } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import { TAG_PREFIX, type Tags } from '../../engine/owner.ts';
import { answered } from '../answered.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { orAbsent } from '../errors.ts';
import { onceVisible } from '../existing.ts';
import type { AwsScope } from '../scope.ts';
import { clientToken } from '../token.ts';
import { type ChildName, childName, splitChildName } from './child-name.ts';
import { sameSet } from './cluster-diff.ts';
import { orExisting, whenVisible } from './eks-errors.ts';
import { tagByArn } from './tags.ts';

export interface AccessPolicy {
  readonly policyArn: string;
  /** Empty: the whole cluster. */
  readonly namespaces: readonly string[];
}

export interface AccessEntryDesired {
  readonly clusterName: string;
  /** A role or user; never a session. */
  readonly principalArn: string;
  /** Of the principal as IAM has it now, `AROA…`; left out: not known. */
  readonly principalId?: string;
  /** For RBAC in the cluster. */
  readonly kubernetesGroups: readonly string[];
  /** All that the principal may have by this entry; others are taken away. */
  readonly policies: readonly AccessPolicy[];
}

export interface AccessEntryState {
  readonly type: string;
  /** Of the principal that the entry was made for, as its tag says. */
  readonly principalId: string | undefined;
  readonly kubernetesGroups: readonly string[];
  readonly policies: readonly AccessPolicy[];
}

/**
 * Amazon EKS User Guide, "Create access entries": an entry does not follow a role that is deleted and made again under its
 * name, and says nothing of it; so the entry bears the id of the principal that it was made for.
 */
const PRINCIPAL_TAG = `${TAG_PREFIX}principal`;

// Amazon EKS User Guide, "Create access entries": eventually consistent, without a figure ("might take several seconds").
const SETTLE_MS = 60_000;

/** Named `cluster/principal ARN`. */
export const accessEntryAdaptor: AwsAdaptor<AccessEntryDesired, AccessEntryState> = {
  type: 'eks/access-entry',
  createBy: 'token',
  nameScope: 'region',
  holdsData: false,
  settleMs: SETTLE_MS,
  find: (scope, identity) => find(scope, identity),
  diff,
  create: (scope, identity, desired, tags) => create(scope, identity, desired, tags),
  update: (scope, found, desired, changes) => update(scope, found, desired, changes),
  tag: tagByArn,
  async remove(scope, found) {
    const { clusterName, child: principalArn } = nameOf(found.id);
    const command = new DeleteAccessEntryCommand({ clusterName, principalArn });
    await scope.eks.send(command);
  },
  readiness: () => ({ is: 'ready' }),
};

function nameOf(id: string | undefined): ChildName {
  const name = splitChildName(id);
  if (name === undefined) throw new CloudError('Invalid', `${id} does not name an access entry`);
  return name;
}

async function find(scope: AwsScope, identity: Identity): Promise<readonly Found<AccessEntryState>[]> {
  const name = splitChildName(identity.name ?? identity.id);
  if (name === undefined) return [];
  const { clusterName, child: principalArn } = name;
  const answer = await orAbsent(
    scope.eks.send(new DescribeAccessEntryCommand({ clusterName, principalArn })),
  );
  if (answer?.accessEntry === undefined) return [];
  const policies = await policiesOf(scope, name);
  return policies === undefined ? [] : [foundOf(name, answer.accessEntry, policies)];
}

/** Undefined: the entry went meanwhile. */
async function policiesOf(
  scope: AwsScope,
  { clusterName, child: principalArn }: ChildName,
): Promise<readonly AccessPolicy[] | undefined> {
  const policies: AccessPolicy[] = [];
  let nextToken: string | undefined;
  do {
    const page = await orAbsent(
      scope.eks.send(new ListAssociatedAccessPoliciesCommand({ clusterName, principalArn, nextToken })),
    );
    if (page === undefined) return undefined;
    policies.push(...(page.associatedAccessPolicies ?? []).map(policyOf));
    nextToken = page.nextToken || undefined;
  } while (nextToken !== undefined);
  return policies;
}

function policyOf({ policyArn = '', accessScope }: AssociatedAccessPolicy): AccessPolicy {
  return { policyArn, namespaces: accessScope?.type === 'namespace' ? (accessScope.namespaces ?? []) : [] };
}

function foundOf(
  { clusterName, child }: ChildName,
  entry: AccessEntry,
  policies: readonly AccessPolicy[],
): Found<AccessEntryState> {
  const name = childName(clusterName, child);
  return {
    id: name,
    name,
    ...(entry.accessEntryArn === undefined ? {} : { arn: entry.accessEntryArn }),
    tags: { ...entry.tags },
    state: {
      type: entry.type ?? 'STANDARD',
      principalId: entry.tags?.[PRINCIPAL_TAG],
      kubernetesGroups: entry.kubernetesGroups ?? [],
      policies,
    },
  };
}

function diff(desired: AccessEntryDesired, state: AccessEntryState): readonly Change[] {
  const changes: Change[] = [];
  if (state.type !== 'STANDARD')
    changes.push({ field: 'type', from: state.type, to: 'STANDARD', risk: 'High', replace: true });
  const { principalId } = desired;
  if (principalId !== undefined && state.principalId !== undefined && state.principalId !== principalId)
    changes.push({
      field: 'principalId',
      from: state.principalId,
      to: principalId,
      risk: 'High',
      replace: true,
    });
  const [groups, wanted] = [state.kubernetesGroups, desired.kubernetesGroups];
  if (!sameSet(groups, wanted))
    changes.push({ field: 'kubernetesGroups', from: groups, to: wanted, risk: 'Low' });
  const [from, to] = [state.policies.map(textOf).sort(), desired.policies.map(textOf).sort()];
  if (!sameSet(from, to)) changes.push({ field: 'policies', from, to, risk: 'Low' });
  return changes;
}

/** `…/AmazonEKSViewPolicy in a, b` */
function textOf({ policyArn, namespaces }: AccessPolicy): string {
  return namespaces.length === 0 ? policyArn : `${policyArn} in ${[...namespaces].sort().join(', ')}`;
}

/** The policies follow as an update. */
async function create(
  scope: AwsScope,
  identity: Identity,
  desired: AccessEntryDesired,
  tags: Tags,
): Promise<Found<AccessEntryState>> {
  const name = nameOf(identity.name);
  const { principalId } = desired;
  const command = new CreateAccessEntryCommand({
    clusterName: name.clusterName,
    principalArn: name.child,
    type: 'STANDARD',
    kubernetesGroups: [...desired.kubernetesGroups],
    tags: { ...tags, ...(principalId === undefined ? {} : { [PRINCIPAL_TAG]: principalId }) },
    clientRequestToken: clientToken(identity),
  });
  try {
    const { accessEntry } = await whenVisible(
      scope,
      `access entry ${identity.name}`,
      scope.eks.send(command),
    );
    return foundOf(name, answered(accessEntry, 'EKS CreateAccessEntry', 'an entry'), []);
  } catch (error) {
    return orExisting(error, `access entry ${identity.name}`, () => find(scope, identity));
  }
}

async function update(
  scope: AwsScope,
  found: Found<AccessEntryState>,
  desired: AccessEntryDesired,
  changes: readonly Change[],
): Promise<Found<AccessEntryState>> {
  const { eks } = scope;
  const { clusterName, child: principalArn } = nameOf(found.id);
  const what = `access entry ${found.id}`;
  const fields = new Set(changes.map(change => change.field));
  const { kubernetesGroups, policies } = desired;
  if (fields.has('kubernetesGroups')) {
    const command = new UpdateAccessEntryCommand({
      clusterName,
      principalArn,
      kubernetesGroups: [...kubernetesGroups],
      // Repeatable without a token of ours.
      clientRequestToken: randomUUID(),
    });
    await onceVisible(what, eks.send(command));
  }
  if (fields.has('policies')) {
    const before = new Set(found.state.policies.map(textOf));
    // What is to be had comes before what is to go.
    for (const policy of policies) {
      if (before.has(textOf(policy))) continue;
      const { policyArn, namespaces } = policy;
      const accessScope =
        namespaces.length === 0
          ? { type: 'cluster' as const }
          : { type: 'namespace' as const, namespaces: [...namespaces] };
      const command = new AssociateAccessPolicyCommand({ clusterName, principalArn, policyArn, accessScope });
      await onceVisible(what, eks.send(command));
    }
    const kept = new Set(policies.map(one => one.policyArn));
    for (const { policyArn } of found.state.policies) {
      if (kept.has(policyArn)) continue;
      await orAbsent(eks.send(new DisassociateAccessPolicyCommand({ clusterName, principalArn, policyArn })));
    }
  }
  return {
    ...found,
    state: {
      ...found.state,
      kubernetesGroups: fields.has('kubernetesGroups') ? kubernetesGroups : found.state.kubernetesGroups,
      policies: fields.has('policies') ? policies : found.state.policies,
    },
  };
}
