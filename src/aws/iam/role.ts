import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  ListInstanceProfilesForRoleCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  type Role,
  type RoleDetail,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import type { FindContext, Found, Identity } from '../../engine/adaptor.ts';
import { type Blocker, CloudError, inOrder } from '../../engine/errors.ts';
import { TAG_PREFIX, type Tags } from '../../engine/owner.ts';
import { answered } from '../answered.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { orAbsent } from '../errors.ts';
import { type IdentityPolicy, samePolicy, type TrustPolicy } from '../policy.ts';
import type { AwsScope } from '../scope.ts';
import { listedRole, noteIamWrite } from './account-details.ts';
import { IAM_SETTLE_MS, orExisting, whenVisible } from './iam-errors.ts';
import { iamPath } from './path.ts';
import { diff } from './role-diff.ts';
import { attachedTo, decoded, inlineNamesOf, inlineOf } from './role-policies.ts';
import { tagList, tagsOf } from './tags.ts';

export interface RoleDesired {
  readonly trust: TrustPolicy;
  /** ARN. Once set it is never taken away, only exchanged; absent: what is there is left alone. */
  readonly permissionsBoundary?: string;
  /** ARNs: all that the role may have. */
  readonly managedPolicies: readonly string[];
  /** By name: all that the role may have. */
  readonly inlinePolicies: Readonly<Record<string, IdentityPolicy>>;
}

export interface RoleState {
  /** Who it is to resource policies; another one after the role was made again. */
  readonly roleId: string;
  readonly trust: string;
  readonly permissionsBoundary?: string;
  readonly managedPolicies: readonly string[];
  readonly inlinePolicies: Readonly<Record<string, string>>;
}

/** Named within the account, whatever its path. */
export const roleAdaptor: AwsAdaptor<RoleDesired, RoleState> = {
  type: 'iam/role',
  createBy: 'name',
  nameScope: 'global',
  holdsData: false,
  sharesReads: true,
  settleMs: IAM_SETTLE_MS,
  find: (scope, { name, id }, context) => find(scope, name ?? id, context),
  diff,
  create: (scope, identity, desired, tags) => create(scope, identity, desired, tags),
  update: (scope, found, desired, changes) =>
    update(scope, found, desired, new Set(changes.map(change => change.field))),
  async tag(scope, { id }, set, unset) {
    const { iam } = scope;
    noteIamWrite(scope, id);
    if (Object.keys(set).length > 0) await iam.send(new TagRoleCommand({ RoleName: id, Tags: tagList(set) }));
    if (unset.length > 0) await iam.send(new UntagRoleCommand({ RoleName: id, TagKeys: [...unset] }));
  },
  remove: (scope, found) => remove(scope, found.id),
  readiness: () => ({ is: 'ready' }),
};

async function find(
  scope: AwsScope,
  name: string | undefined,
  { freshness, desired }: Pick<FindContext<RoleDesired>, 'freshness' | 'desired'>,
): Promise<readonly Found<RoleState>[]> {
  if (name === undefined) return [];
  const listed = freshness === 'shared' ? await listedRole(scope, name) : undefined;
  if (listed !== undefined && isWhole(scope, listed, desired))
    return [foundOf(listed, listedPoliciesOf(listed))];
  // A list lags, and says little of what is not on our path.
  const answer = await orAbsent(scope.iam.send(new GetRoleCommand({ RoleName: name })));
  if (answer?.Role === undefined) return [];
  const [managedPolicies, inlinePolicies] = await Promise.all([
    attachedTo(scope, name),
    inlineOf(scope, name),
  ]);
  if (managedPolicies === undefined || inlinePolicies === undefined) return [];
  return [foundOf(answer.Role, { managedPolicies, inlinePolicies })];
}

/**
 * Ours, with all that is to be compared. IAM has not always told boundaries in lists (awsdocs/iam-user-guide issue 81): where
 * one is missing the role is asked for.
 */
function isWhole(
  { installation }: AwsScope,
  { Path, PermissionsBoundary, Tags }: RoleDetail,
  desired: RoleDesired | undefined,
): boolean {
  if (Path !== iamPath(installation)) return false;
  if (desired?.permissionsBoundary !== undefined && PermissionsBoundary === undefined) return false;
  return tagsOf(Tags)[`${TAG_PREFIX}installation`] === installation;
}

type Policies = Pick<RoleState, 'managedPolicies' | 'inlinePolicies'>;

function listedPoliciesOf({ AttachedManagedPolicies = [], RolePolicyList = [] }: RoleDetail): Policies {
  return {
    managedPolicies: AttachedManagedPolicies.flatMap(one => one.PolicyArn ?? []).sort(),
    inlinePolicies: Object.fromEntries(
      RolePolicyList.map(one => [one.PolicyName ?? '', decoded(one.PolicyDocument)]),
    ),
  };
}

function foundOf(role: Role | RoleDetail, policies: Policies): Found<RoleState> {
  const { RoleName = '', Arn, RoleId = '', PermissionsBoundary } = role;
  const permissionsBoundary = PermissionsBoundary?.PermissionsBoundaryArn;
  return {
    id: RoleName,
    name: RoleName,
    ...(Arn === undefined ? {} : { arn: Arn }),
    tags: tagsOf(role.Tags),
    state: {
      roleId: RoleId,
      trust: decoded(role.AssumeRolePolicyDocument),
      ...(permissionsBoundary === undefined ? {} : { permissionsBoundary }),
      ...policies,
    },
  };
}

/** The policies follow as an update. */
async function create(
  scope: AwsScope,
  { name = '' }: Identity,
  { trust, permissionsBoundary }: RoleDesired,
  tags: Tags,
): Promise<Found<RoleState>> {
  noteIamWrite(scope, name);
  const command = new CreateRoleCommand({
    RoleName: name,
    Path: iamPath(scope.installation),
    AssumeRolePolicyDocument: JSON.stringify(trust),
    ...(permissionsBoundary === undefined ? {} : { PermissionsBoundary: permissionsBoundary }),
    Tags: tagList(tags),
  });
  try {
    const { Role: role } = await whenVisible(scope.iam.send(command), `what role ${name} is made with`);
    const answer = answered(role, 'IAM CreateRole', 'a role');
    const made = foundOf(answer, { managedPolicies: [], inlinePolicies: {} });
    return { ...made, tags, state: { ...made.state, ...boundaryOf(permissionsBoundary) } };
  } catch (error) {
    return orExisting(error, `role ${name}`, () =>
      find(scope, name, { freshness: 'fresh', desired: undefined }),
    );
  }
}

function boundaryOf(permissionsBoundary: string | undefined): Pick<RoleState, 'permissionsBoundary'> {
  return permissionsBoundary === undefined ? {} : { permissionsBoundary };
}

async function update(
  scope: AwsScope,
  found: Found<RoleState>,
  desired: RoleDesired,
  fields: ReadonlySet<string>,
): Promise<Found<RoleState>> {
  const { iam } = scope;
  const { id: RoleName, state } = found;
  noteIamWrite(scope, RoleName);
  const { trust, permissionsBoundary, managedPolicies, inlinePolicies } = desired;
  const done = <T>(call: Promise<T>, what = `role ${RoleName}`) => whenVisible(call, what);
  // Nobody is let in, and nothing is granted, before the boundary stands.
  if (fields.has('permissionsBoundary'))
    await done(
      iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: permissionsBoundary })),
      `role ${RoleName} or its boundary`,
    );
  if (fields.has('trust')) {
    const PolicyDocument = JSON.stringify(trust);
    await done(iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument })));
  }
  // What is to be had comes before what is to go.
  if (fields.has('managedPolicies')) {
    for (const PolicyArn of managedPolicies.filter(arn => !state.managedPolicies.includes(arn)))
      await done(iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn })), `policy ${PolicyArn}`);
    for (const PolicyArn of state.managedPolicies.filter(arn => !managedPolicies.includes(arn)))
      await orAbsent(iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn })));
  }
  if (fields.has('inlinePolicies')) {
    for (const [PolicyName, document] of Object.entries(inlinePolicies)) {
      if (samePolicy(state.inlinePolicies[PolicyName], document)) continue;
      await done(
        iam.send(
          new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: JSON.stringify(document) }),
        ),
      );
    }
    for (const PolicyName of Object.keys(state.inlinePolicies).filter(
      name => !Object.hasOwn(inlinePolicies, name),
    ))
      await orAbsent(iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName })));
  }
  return {
    ...found,
    state: {
      ...state,
      ...(fields.has('trust') ? { trust: JSON.stringify(trust) } : {}),
      ...(fields.has('permissionsBoundary') ? boundaryOf(permissionsBoundary) : {}),
      ...(fields.has('managedPolicies') ? { managedPolicies } : {}),
      ...(fields.has('inlinePolicies') ? { inlinePolicies: textsOf(inlinePolicies) } : {}),
    },
  };
}

function textsOf(policies: Readonly<Record<string, IdentityPolicy>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(policies).map(([name, one]) => [name, JSON.stringify(one)]));
}

/** A role goes only without policies: IAM API Reference, DeleteRole. What it has is read anew, whoever gave it. */
async function remove(scope: AwsScope, RoleName: string): Promise<void> {
  const { iam } = scope;
  noteIamWrite(scope, RoleName);
  for (const PolicyArn of (await attachedTo(scope, RoleName)) ?? [])
    await orAbsent(iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn })));
  for (const PolicyName of (await inlineNamesOf(scope, RoleName)) ?? [])
    await orAbsent(iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName })));
  try {
    await iam.send(new DeleteRoleCommand({ RoleName }));
  } catch (error) {
    if (!(error instanceof CloudError) || error.class !== 'Blocked') throw error;
    const { code, message } = error;
    throw new CloudError('Blocked', message, {
      code,
      blockers: await usersOf(scope, RoleName),
      cause: error,
    });
  }
}

/** Somebody's instance profiles: those that EKS makes for node groups go with them. */
async function usersOf({ iam }: AwsScope, RoleName: string): Promise<readonly Blocker[]> {
  const blockers: Blocker[] = [];
  const reason = `it holds role ${RoleName}; remove the role from it, or delete it`;
  let Marker: string | undefined;
  do {
    const page = await orAbsent(iam.send(new ListInstanceProfilesForRoleCommand({ RoleName, Marker })));
    for (const profile of page?.InstanceProfiles ?? [])
      blockers.push({ resource: `instance profile ${profile.InstanceProfileName}`, reason });
    Marker = page?.IsTruncated === true ? page.Marker : undefined;
  } while (Marker !== undefined);
  return inOrder(blockers);
}
