import { randomUUID } from 'node:crypto';
import {
  CreatePodIdentityAssociationCommand,
  DeletePodIdentityAssociationCommand,
  DescribePodIdentityAssociationCommand,
  ListPodIdentityAssociationsCommand,
  type PodIdentityAssociation,
  UpdatePodIdentityAssociationCommand,
} from '@aws-sdk/client-eks';
import type { Found, Identity } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import type { Tags } from '../../engine/owner.ts';
import { answered } from '../answered.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { orAbsent } from '../errors.ts';
import type { AwsScope } from '../scope.ts';
import { clientToken } from '../token.ts';
import { orExisting, whenVisible } from './eks-errors.ts';
import { type Account, accountOf, podIdentityName } from './pod-identity-name.ts';
import { tagByArn } from './tags.ts';

export interface PodIdentityDesired {
  readonly clusterName: string;
  readonly namespace: string;
  readonly serviceAccount: string;
  /** Trusts `pods.eks.amazonaws.com` to assume it and to tag sessions. */
  readonly roleArn: string;
}

export interface PodIdentityState {
  readonly roleArn: string;
  readonly associationId: string;
  /** The add-on that made it, if one did. */
  readonly ownerArn: string | undefined;
}

// Amazon EKS API Reference, CreatePodIdentityAssociation: "eventually consistent, and may take several seconds".
const SETTLE_MS = 60_000;

/** Named `cluster/namespace/service account`; AWS allows one for each. */
export const podIdentityAdaptor: AwsAdaptor<PodIdentityDesired, PodIdentityState> = {
  type: 'eks/pod-identity',
  createBy: 'token',
  nameScope: 'region',
  holdsData: false,
  settleMs: SETTLE_MS,
  find: (scope, identity) => find(scope, identity),
  diff: (desired, { roleArn }) =>
    roleArn === desired.roleArn
      ? []
      : [{ field: 'roleArn', from: roleArn, to: desired.roleArn, risk: 'Low' }],
  create: (scope, identity, desired, tags) => create(scope, identity, desired, tags),
  async update(scope, found, { roleArn }) {
    const { clusterName } = ownName(found.name);
    const command = new UpdatePodIdentityAssociationCommand({
      clusterName,
      associationId: found.id,
      roleArn,
      // Repeatable without a token of ours.
      clientRequestToken: randomUUID(),
    });
    await whenVisible(scope, `Pod Identity association ${found.name} of ${roleArn}`, scope.eks.send(command));
    return { ...found, state: { ...found.state, roleArn } };
  },
  tag: tagByArn,
  async remove(scope, found) {
    const { clusterName } = ownName(found.name);
    const command = new DeletePodIdentityAssociationCommand({ clusterName, associationId: found.id });
    await scope.eks.send(command);
  },
  readiness: () => ({ is: 'ready' }),
};

function ownName(name: string | undefined): Account {
  const account = accountOf(name);
  if (account === undefined)
    throw new CloudError('Invalid', `${name} does not name a service account of a cluster`);
  return account;
}

async function find(scope: AwsScope, { id, name }: Identity): Promise<readonly Found<PodIdentityState>[]> {
  const account = accountOf(name);
  if (account === undefined) return [];
  const recorded = id === undefined ? undefined : await describe(scope, account, id);
  // A status can be written by others: an id of another service account is not followed.
  if (recorded !== undefined && isOf(recorded, account)) return [foundOf(account, recorded)];
  const { clusterName, namespace, serviceAccount } = account;
  const listed = await orAbsent(
    scope.eks.send(new ListPodIdentityAssociationsCommand({ clusterName, namespace, serviceAccount })),
  );
  const listedId = listed?.associations?.find(one => isOf(one, account))?.associationId;
  if (listedId === undefined) return [];
  const found = await describe(scope, account, listedId);
  return found === undefined ? [] : [foundOf(account, found)];
}

function isOf(
  found: { readonly namespace?: string | undefined; readonly serviceAccount?: string | undefined },
  { namespace, serviceAccount }: Account,
): boolean {
  return found.namespace === namespace && found.serviceAccount === serviceAccount;
}

async function describe(
  { eks }: AwsScope,
  { clusterName }: Account,
  associationId: string,
): Promise<PodIdentityAssociation | undefined> {
  // One a call: Amazon EKS API Reference, PodIdentityAssociationSummary, has no role.
  const command = new DescribePodIdentityAssociationCommand({ clusterName, associationId });
  return (await orAbsent(eks.send(command)))?.association;
}

function foundOf(account: Account, association: PodIdentityAssociation): Found<PodIdentityState> {
  const { associationId = '', associationArn, roleArn = '', ownerArn, tags } = association;
  return {
    id: associationId,
    name: podIdentityName(account),
    ...(associationArn === undefined ? {} : { arn: associationArn }),
    tags: { ...tags },
    state: { roleArn, associationId, ownerArn },
  };
}

async function create(
  scope: AwsScope,
  identity: Identity,
  { roleArn }: PodIdentityDesired,
  tags: Tags,
): Promise<Found<PodIdentityState>> {
  const account = ownName(identity.name);
  const clientRequestToken = clientToken(identity);
  const command = new CreatePodIdentityAssociationCommand({
    ...account,
    roleArn,
    clientRequestToken,
    tags: { ...tags },
  });
  try {
    const { association } = await whenVisible(
      scope,
      `Pod Identity association ${identity.name} of ${roleArn}`,
      scope.eks.send(command),
    );
    const made = answered(association, 'EKS CreatePodIdentityAssociation', 'an association');
    return foundOf(account, made);
  } catch (error) {
    return orExisting(error, `Pod Identity association ${identity.name}`, () =>
      find(scope, { ...identity, id: undefined }),
    );
  }
}
