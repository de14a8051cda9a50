import {
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  ListEntitiesForPolicyCommand,
  ListPolicyVersionsCommand,
  type Policy,
  PolicyUsageType,
  type PolicyVersion,
  TagPolicyCommand,
  UntagPolicyCommand,
} from '@aws-sdk/client-iam';
import type { Found, Freshness, Identity } from '../../engine/adaptor.ts';
import { type Blocker, CloudError, inOrder } from '../../engine/errors.ts';
import type { Tags } from '../../engine/owner.ts';
import { answered } from '../answered.ts';
import type { Place } from '../arn.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { orAbsent } from '../errors.ts';
import { type IdentityPolicy, samePolicy } from '../policy.ts';
import { policyChange } from '../policy-change.ts';
import type { AwsScope } from '../scope.ts';
import { listedPolicy, noteIamWrite } from './account-details.ts';
import { IAM_SETTLE_MS, orExisting, whenVisible } from './iam-errors.ts';
import { iamPath } from './path.ts';
import { decoded } from './role-policies.ts';
import { tagList, tagsOf } from './tags.ts';

export interface PolicyDesired {
  readonly document: IdentityPolicy;
}

export interface PolicyState {
  /** Of the version in force. */
  readonly document: string;
}

/** "IAM and AWS STS quotas": versions of a managed policy. */
const MOST_VERSIONS = 5;

/** A managed policy of our own, such as a permissions boundary. Named within the account. */
export const policyAdaptor: AwsAdaptor<PolicyDesired, PolicyState> = {
  type: 'iam/policy',
  createBy: 'name',
  nameScope: 'global',
  holdsData: false,
  sharesReads: true,
  settleMs: IAM_SETTLE_MS,
  async find(scope, { name, id }, { freshness }) {
    const arn = name === undefined ? id : policyArn(scope, scope.installation, name);
    const found = arn === undefined ? undefined : await read(scope, arn, freshness);
    return found === undefined ? [] : [found];
  },
  diff({ document }, state) {
    if (samePolicy(state.document, document)) return [];
    return [{ field: 'document', ...policyChange(state.document, document), risk: 'Low' }];
  },
  create: (scope, identity, desired, tags) => create(scope, identity, desired, tags),
  update: (scope, found, desired) => update(scope, found, desired),
  async tag(scope, { id }, set, unset) {
    const { iam } = scope;
    noteIamWrite(scope, id);
    if (Object.keys(set).length > 0)
      await iam.send(new TagPolicyCommand({ PolicyArn: id, Tags: tagList(set) }));
    if (unset.length > 0) await iam.send(new UntagPolicyCommand({ PolicyArn: id, TagKeys: [...unset] }));
  },
  remove: (scope, found) => remove(scope, found.id),
  readiness: () => ({ is: 'ready' }),
};

/** Known before it is made, so that roles can be made with it. */
export function policyArn(place: Place, installation: string, name: string): string {
  return `arn:${place.partition}:iam::${place.accountId}:policy${iamPath(installation)}${name}`;
}

async function read(
  scope: AwsScope,
  arn: string,
  freshness: Freshness,
): Promise<Found<PolicyState> | undefined> {
  const { iam } = scope;
  const listed = freshness === 'shared' ? await readListed(scope, arn) : undefined;
  if (listed !== undefined) return listed;
  const answer = await orAbsent(iam.send(new GetPolicyCommand({ PolicyArn: arn })));
  if (answer?.Policy === undefined) return undefined;
  const VersionId = answer.Policy.DefaultVersionId;
  const version = await orAbsent(iam.send(new GetPolicyVersionCommand({ PolicyArn: arn, VersionId })));
  if (version?.PolicyVersion === undefined) return undefined;
  return foundOf(answer.Policy, tagsOf(answer.Policy.Tags), decoded(version.PolicyVersion.Document));
}

/** Two listings make one: IAM's has the documents, the tagging API's the tags. */
async function readListed(scope: AwsScope, arn: string): Promise<Found<PolicyState> | undefined> {
  const policy = await listedPolicy(scope, arn);
  const inForce = policy?.PolicyVersionList?.find(one => one.VersionId === policy.DefaultVersionId);
  if (policy === undefined || inForce?.Document === undefined) return undefined;
  const tags = (await listedTags(scope)).get(arn) ?? (await readTags(scope, arn));
  return tags === undefined ? undefined : foundOf(policy, tags, decoded(inForce.Document));
}

/**
 * Resource Groups Tagging API Reference, "Services that support the Resource Groups Tagging API": of IAM all but users and
 * roles. Whom an organization keeps out of IAM's own region reads tags one by one.
 */
async function listedTags({ global }: AwsScope): Promise<ReadonlyMap<string, Tags>> {
  try {
    return await global.tagged.list('iam:policy', 'shared');
  } catch (error) {
    if (error instanceof CloudError && error.class === 'Denied') return new Map();
    throw error;
  }
}

async function readTags({ iam }: AwsScope, PolicyArn: string): Promise<Tags | undefined> {
  const answer = await orAbsent(iam.send(new GetPolicyCommand({ PolicyArn })));
  return answer?.Policy === undefined ? undefined : tagsOf(answer.Policy.Tags);
}

function foundOf(
  { Arn = '', PolicyName = '' }: Pick<Policy, 'Arn' | 'PolicyName'>,
  tags: Tags,
  document: string,
): Found<PolicyState> {
  return { id: Arn, arn: Arn, name: PolicyName, tags, state: { document } };
}

async function create(
  scope: AwsScope,
  { name = '' }: Identity,
  { document }: PolicyDesired,
  tags: Tags,
): Promise<Found<PolicyState>> {
  const arn = policyArn(scope, scope.installation, name);
  noteIamWrite(scope, arn);
  const PolicyDocument = JSON.stringify(document);
  const command = new CreatePolicyCommand({
    PolicyName: name,
    Path: iamPath(scope.installation),
    PolicyDocument,
    Tags: tagList(tags),
  });
  try {
    const { Policy: policy } = await scope.iam.send(command);
    return foundOf(answered(policy, 'IAM CreatePolicy', 'a policy'), tags, PolicyDocument);
  } catch (error) {
    return orExisting(error, `policy ${name}, or one of this name on another path,`, async () => {
      const existing = await read(scope, arn, 'fresh');
      return existing === undefined ? [] : [existing];
    });
  }
}

/** A new version in force at once; of the old ones the oldest makes room, never the one in force. */
async function update(
  scope: AwsScope,
  found: Found<PolicyState>,
  { document }: PolicyDesired,
): Promise<Found<PolicyState>> {
  const { iam } = scope;
  const PolicyArn = found.id;
  noteIamWrite(scope, PolicyArn);
  const versions = await versionsOf(scope, PolicyArn);
  const oldest = versions.filter(version => version.IsDefaultVersion !== true);
  for (const { VersionId } of oldest.slice(0, Math.max(0, versions.length - MOST_VERSIONS + 1)))
    await orAbsent(iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId })));
  const PolicyDocument = JSON.stringify(document);
  const command = new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument, SetAsDefault: true });
  await whenVisible(iam.send(command), `policy ${PolicyArn}`);
  return { ...found, state: { document: PolicyDocument } };
}

/** The oldest first; `v10` is newer than `v9`. */
async function versionsOf({ iam }: AwsScope, PolicyArn: string): Promise<readonly PolicyVersion[]> {
  const versions: PolicyVersion[] = [];
  let Marker: string | undefined;
  do {
    const page = await orAbsent(iam.send(new ListPolicyVersionsCommand({ PolicyArn, Marker })));
    versions.push(...(page?.Versions ?? []));
    Marker = page?.IsTruncated === true ? page.Marker : undefined;
  } while (Marker !== undefined);
  return versions.sort((a, b) => numberOf(a) - numberOf(b));
}

function numberOf({ VersionId }: PolicyVersion): number {
  return Number(VersionId?.slice(1) ?? 0);
}

/** It is not detached from anybody: a boundary that goes lets its roles do more, or nothing. */
async function remove(scope: AwsScope, PolicyArn: string): Promise<void> {
  const { iam } = scope;
  noteIamWrite(scope, PolicyArn);
  const users = await usersOf(scope, PolicyArn);
  if (users.length > 0) throw inUse(PolicyArn, users);
  for (const { VersionId, IsDefaultVersion } of await versionsOf(scope, PolicyArn))
    if (IsDefaultVersion !== true)
      await orAbsent(iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId })));
  try {
    await iam.send(new DeletePolicyCommand({ PolicyArn }));
  } catch (error) {
    if (!(error instanceof CloudError) || error.class !== 'Blocked') throw error;
    throw inUse(PolicyArn, await usersOf(scope, PolicyArn), error);
  }
}

function inUse(arn: string, blockers: readonly Blocker[], cause?: CloudError): CloudError {
  const message = `policy ${arn} is in use; detach it from what this object did not make first`;
  return new CloudError('Blocked', message, { code: 'DeleteConflictException', blockers, cause });
}

async function usersOf({ iam }: AwsScope, PolicyArn: string): Promise<readonly Blocker[]> {
  const blockers: Blocker[] = [];
  for (const usage of [PolicyUsageType.PermissionsPolicy, PolicyUsageType.PermissionsBoundary]) {
    const reason =
      usage === PolicyUsageType.PermissionsBoundary ? 'has it as its boundary' : 'has it attached';
    let Marker: string | undefined;
    do {
      const query = { PolicyArn, PolicyUsageFilter: usage, Marker };
      const page = await orAbsent(iam.send(new ListEntitiesForPolicyCommand(query)));
      const named = [
        ...(page?.PolicyRoles ?? []).map(role => `role ${role.RoleName}`),
        ...(page?.PolicyUsers ?? []).map(user => `user ${user.UserName}`),
        ...(page?.PolicyGroups ?? []).map(group => `group ${group.GroupName}`),
      ];
      blockers.push(...named.map(resource => ({ resource, reason })));
      Marker = page?.IsTruncated === true ? page.Marker : undefined;
    } while (Marker !== undefined);
  }
  return inOrder(blockers);
}
