import {
  CancelKeyDeletionCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  type KeyMetadata,
  ListAliasesCommand,
  ListResourceTagsCommand,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateKeyDescriptionCommand,
} from '@aws-sdk/client-kms';
import type { Adaptor, Change, Found, Identity, Readiness } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import { ATTEMPT_TAG, EPOCH_TAG, identityTags, TAG_PREFIX, type Tags } from '../../engine/owner.ts';
import { orAbsent } from '../errors.ts';
import { onceVisible } from '../existing.ts';
import { partByPart } from '../part-by-part.ts';
import { type PolicyDocument, samePolicy } from '../policy.ts';
import { policyChange } from '../policy-change.ts';
import type { AwsScope } from '../scope.ts';
import { onceSeen, refusing, type Unseen } from '../unseen.ts';

export interface KeyDesired {
  readonly description: string;
  readonly policy: PolicyDocument;
  /** 90 to 2560; AWS KMS API Reference, EnableKeyRotation. */
  readonly rotationPeriodDays: number;
  /** 7 to 30; how long a removed key can be brought back. */
  readonly deletionWindowDays: number;
}

export interface KeyState {
  readonly keyState: string;
  readonly description: string;
  readonly policy: string;
  /** 0: off. */
  readonly rotationPeriodDays: number;
}

// KMS is eventually consistent, "Testing your AWS KMS API calls": most changes are seen within seconds, some take
// minutes; the tagging API lags further.
const SETTLE_MS = 5 * 60_000;

/** How long the tags of a new key may count for nothing. */
const TAGS_COUNT_MS = 5 * 60_000;

/**
 * AWS KMS API Reference, CreateKey, Policy: its principals "must exist and be visible to AWS KMS. When you create a new
 * AWS principal, you might need to enforce a delay". How long it does not say; two minutes are what terraform-provider-aws
 * waits for IAM (internal/service/kms/key.go).
 */
const UNSEEN_PRINCIPAL: Unseen = {
  is: refusing(/one or more invalid principals/i),
  hint: 'a role that was made a moment ago is not visible to KMS yet; otherwise one that the policy names is missing',
  missing: 'a role or user that the policy of the key names does not exist',
  retryAfterMs: 5_000,
  patienceMs: 2 * 60_000,
};

export const keyAdaptor: Adaptor<KeyDesired, KeyState> = {
  type: 'kms/key',
  createBy: 'intent',
  holdsData: true,
  // "Deleting AWS KMS keys": it cannot be used from the moment its deletion is scheduled. Messages keep the key that they
  // were sent with ("Amazon SQS key management").
  lossOnRemoval:
    'what is encrypted with it cannot be read from then on: messages that were sent before and are still in a queue or its dead-letter queue, too',
  sharesReads: true,
  settleMs: SETTLE_MS,
  find: (scope, identity, context) => find(scope as AwsScope, identity, context.freshness),
  diff,
  create: (scope, _identity, desired, tags) => create(scope as AwsScope, desired, tags),
  update: (scope, found, desired, changes) =>
    onceUsable(scope as AwsScope, found.id, update(scope as AwsScope, found, desired, changes)),
  tag: (scope, found, set, unset) =>
    onceUsable(scope as AwsScope, found.id, writeTags(scope as AwsScope, found, set, unset)),
  async remove(scope, found, { desired }) {
    const { kms } = scope as AwsScope;
    const PendingWindowInDays = desired?.deletionWindowDays ?? 30;
    const command = new ScheduleKeyDeletionCommand({ KeyId: found.id, PendingWindowInDays });
    try {
      await onceAllowed(scope as AwsScope, found.id, orAbsent(kms.send(command)));
    } catch (error) {
      if (!isInvalidState(error)) throw error;
      // Refused in every state but one that removal is over in.
      const metadata = await describe(scope as AwsScope, found.id);
      if (metadata !== undefined && !isPendingDeletion(metadata.KeyState)) throw error;
    }
  },
  readiness,
  isRemoved: state => isPendingDeletion(state.keyState),
};

/** A write to a key that is known to be there: what KMS does not see yet of a new one passes. */
function onceUsable<T>(scope: AwsScope, id: string, call: Promise<T>): Promise<T> {
  return onceVisible(`key ${id}`, onceAllowed(scope, id, call));
}

/**
 * "ABAC for AWS KMS": "It might take up to five minutes for tag and alias changes to affect KMS key authorization". A right that
 * is given by the tags of a key, as the operator's own is, is not there yet while the key is new.
 */
async function onceAllowed<T>(scope: AwsScope, id: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof CloudError) || error.code !== 'AccessDeniedException') throw error;
    // Who may not look either is told of the write.
    const metadata = await describe(scope, id).catch(() => undefined);
    const createdAt = metadata?.CreationDate?.getTime();
    if (createdAt === undefined || scope.clock.now() - createdAt >= TAGS_COUNT_MS) throw error;
    throw new CloudError(
      'NotYet',
      `${error.message} (the key is new: its tags may take five minutes to count for rights)`,
      { code: error.code, retryAfterMs: 30_000, cause: error },
    );
  }
}

async function writeTags(
  { kms }: AwsScope,
  found: Found<KeyState>,
  set: Tags,
  unset: readonly string[],
): Promise<void> {
  const Tags = tagList(set);
  // A key pending deletion takes no tags ("Key states of AWS KMS keys"); whoever writes to it wants it back.
  if (found.state.keyState === 'PendingDeletion') await cancelDeletion(kms, found.id);
  if (Tags.length > 0) await kms.send(new TagResourceCommand({ KeyId: found.id, Tags }));
  if (unset.length > 0) await kms.send(new UntagResourceCommand({ KeyId: found.id, TagKeys: [...unset] }));
}

function isPendingDeletion(keyState: string | undefined): boolean {
  return keyState === 'PendingDeletion' || keyState === 'PendingReplicaDeletion';
}

function isInvalidState(error: unknown): boolean {
  return error instanceof CloudError && error.code === 'KMSInvalidStateException';
}

/** Repeatable: a key that is not pending deletion needs none. */
async function cancelDeletion(kms: AwsScope['kms'], KeyId: string): Promise<void> {
  try {
    await kms.send(new CancelKeyDeletionCommand({ KeyId }));
  } catch (error) {
    if (!isInvalidState(error)) throw error;
  }
}

/**
 * By its id where one is on record, and by its tags: the id in a status is no proof, and a second key of a lost answer
 * may come to light on any later look.
 */
async function find(
  scope: AwsScope,
  identity: Identity,
  freshness: 'shared' | 'fresh',
): Promise<readonly Found<KeyState>[]> {
  const { id } = identity;
  if (id === undefined) return findAnyEpoch(scope, identity, await scope.tagged.list('kms:key', freshness));
  const recorded = await findById(scope, id, freshness);
  if (recorded === undefined || !carrier(identity)(recorded.tags)) {
    const listing = await scope.tagged.list('kms:key', 'shared');
    if (recorded === undefined) return findAnyEpoch(scope, identity, listing);
    const tagged = await findByTags(scope, identity, listing);
    return tagged.length > 0 ? tagged : [recorded];
  }
  return freshness === 'fresh' ? [recorded] : [recorded, ...(await duplicatesOf(scope, identity, recorded))];
}

async function duplicatesOf(
  scope: AwsScope,
  identity: Identity,
  recorded: Found<KeyState>,
): Promise<readonly Found<KeyState>[]> {
  const others = [...(await scope.tagged.list('kms:key', 'shared'))].filter(
    ([arn, tags]) => arn !== recorded.arn && tags[`${TAG_PREFIX}uid`] === identity.owner.uid,
  );
  if (others.length === 0) return [];
  // Whatever their epoch: it may be one that is not on record.
  const found = await findByTags(scope, identity, new Map(others), () => true);
  return found.filter(one => !isPendingDeletion(one.state.keyState));
}

async function findById(
  scope: AwsScope,
  id: string,
  freshness: 'shared' | 'fresh',
): Promise<Found<KeyState> | undefined> {
  if (freshness === 'fresh') {
    const [metadata, tags] = await Promise.all([describe(scope, id), readTags(scope, id)]);
    return metadata === undefined || tags === undefined ? undefined : foundOf(scope, metadata, tags);
  }
  const metadata = await describe(scope, id);
  if (metadata?.Arn === undefined) return undefined;
  const listed = (await scope.tagged.list('kms:key', 'shared')).get(metadata.Arn);
  // The listing lags: a key that it does not show may have tags all the same.
  return foundOf(scope, metadata, listed ?? (await readTags(scope, id)) ?? {});
}

/** Whether tags are the identity's; made once for a whole listing. */
function carrier({ owner, node }: Identity): (tags: Tags | 'inherited') => boolean {
  const wanted = Object.entries(identityTags(owner, node));
  return tags => tags === 'inherited' || wanted.every(([key, value]) => tags[key] === value);
}

/**
 * Where nothing is on record one of another epoch may be all that is there, and a second one would be made beside it; or the
 * replacement of one that is there still.
 */
async function findAnyEpoch(
  scope: AwsScope,
  identity: Identity,
  listing: ReadonlyMap<string, Tags>,
): Promise<readonly Found<KeyState>[]> {
  const own = await findByTags(scope, identity, listing);
  const others = new Map([...listing].filter(([arn]) => own.every(one => one.arn !== arn)));
  return [...own, ...(await findByTags(scope, identity, others, () => true))];
}

async function findByTags(
  scope: AwsScope,
  identity: Identity,
  listing: ReadonlyMap<string, Tags>,
  isOfEpoch = (tags: Tags) => (tags[EPOCH_TAG] ?? '1') === String(identity.epoch),
): Promise<readonly Found<KeyState>[]> {
  const { owner } = identity;
  const carries = carrier(identity);
  const listed = [...listing]
    .filter(([, tags]) => carries(tags) && (isOfEpoch(tags) || tags[`${TAG_PREFIX}uid`] !== owner.uid))
    .sort(([, a], [, b]) => Number(a[ATTEMPT_TAG] ?? 0) - Number(b[ATTEMPT_TAG] ?? 0));
  const found: Found<KeyState>[] = [];
  for (const [arn, tags] of listed) {
    // The listing also shows what is no more, and what an earlier object of this name let go.
    const metadata = await describe(scope, arn);
    if (metadata === undefined) continue;
    const isEarlier = tags[`${TAG_PREFIX}uid`] !== owner.uid;
    if (metadata.KeyState === 'PendingDeletion' && isEarlier && !(await hasAlias(scope, arn))) continue;
    found.push(await foundOf(scope, metadata, tags));
  }
  return found;
}

/**
 * An object lets its alias go before its key: a key that has one still was scheduled for deletion by hand, and is in use. Asked of
 * KMS by itself, which it is rarely: a list of a moment ago may lack it, and a second key would be made.
 */
async function hasAlias({ kms, installation }: AwsScope, arn: string): Promise<boolean> {
  let Marker: string | undefined;
  do {
    const page = await kms.send(new ListAliasesCommand({ KeyId: arn, Marker }));
    if (page.Aliases?.some(one => one.AliasName?.startsWith(`alias/${installation}-`)) === true) return true;
    Marker = page.Truncated === true ? page.NextMarker : undefined;
  } while (Marker !== undefined);
  return false;
}

async function describe(scope: AwsScope, id: string): Promise<KeyMetadata | undefined> {
  const answer = await orAbsent(scope.kms.send(new DescribeKeyCommand({ KeyId: id })));
  return answer?.KeyMetadata;
}

/** Undefined: no such key. */
export async function readTags(scope: AwsScope, id: string): Promise<Tags | undefined> {
  const tags: Record<string, string> = {};
  let Marker: string | undefined;
  do {
    const page = await orAbsent(scope.kms.send(new ListResourceTagsCommand({ KeyId: id, Marker })));
    if (page === undefined) return undefined;
    for (const tag of page.Tags ?? []) tags[tag.TagKey ?? ''] = tag.TagValue ?? '';
    Marker = page.Truncated === true ? page.NextMarker : undefined;
  } while (Marker !== undefined);
  return tags;
}

async function foundOf(scope: AwsScope, metadata: KeyMetadata, tags: Tags): Promise<Found<KeyState>> {
  const KeyId = metadata.KeyId ?? '';
  const usable = metadata.KeyState === 'Enabled' || metadata.KeyState === 'Disabled';
  const [policy, rotation] = usable
    ? await Promise.all([
        visible(KeyId, scope.kms.send(new GetKeyPolicyCommand({ KeyId, PolicyName: 'default' }))),
        visible(KeyId, scope.kms.send(new GetKeyRotationStatusCommand({ KeyId }))),
      ])
    : [undefined, undefined];
  return {
    id: KeyId,
    ...(metadata.Arn === undefined ? {} : { arn: metadata.Arn }),
    tags,
    state: {
      keyState: metadata.KeyState ?? 'Unknown',
      description: metadata.Description ?? '',
      policy: policy?.Policy ?? '',
      // 365 days unless said otherwise; AWS KMS API Reference, GetKeyRotationStatus.
      rotationPeriodDays: rotation?.KeyRotationEnabled === true ? (rotation.RotationPeriodInDays ?? 365) : 0,
    },
  };
}

/** A key that DescribeKey shows and another call does not is on its way to all of KMS. */
async function visible<T>(keyId: string, call: Promise<T>): Promise<T> {
  const answer = await orAbsent(call);
  if (answer === undefined)
    throw new CloudError('NotYet', `key ${keyId} is not visible everywhere in KMS yet`);
  return answer;
}

function diff(desired: KeyDesired, state: KeyState): readonly Change[] {
  if (state.keyState === 'PendingDeletion' || state.keyState === 'Disabled') {
    return [{ field: 'keyState', from: state.keyState, to: 'Enabled', risk: 'Low' }];
  }
  if (state.keyState !== 'Enabled') return [];
  const changes: Change[] = [];
  if (state.description !== desired.description) {
    changes.push({ field: 'description', from: state.description, to: desired.description, risk: 'Low' });
  }
  if (!samePolicy(state.policy, desired.policy)) {
    changes.push({ field: 'policy', ...policyChange(state.policy, desired.policy), risk: 'Low' });
  }
  if (state.rotationPeriodDays !== desired.rotationPeriodDays) {
    changes.push({
      field: 'rotationPeriodDays',
      from: state.rotationPeriodDays,
      to: desired.rotationPeriodDays,
      risk: 'Low',
    });
  }
  return changes;
}

async function create(scope: AwsScope, desired: KeyDesired, tags: Tags): Promise<Found<KeyState>> {
  const { description: Description } = desired;
  const Policy = JSON.stringify(desired.policy);
  const command = new CreateKeyCommand({ Description, Policy, Tags: tagList(tags) });
  const answer = await onceSeen(
    scope,
    `new key, ${Description}: ${Policy}`,
    scope.kms.send(command),
    UNSEEN_PRINCIPAL,
  );
  const metadata = answer.KeyMetadata;
  if (metadata?.KeyId === undefined)
    throw new CloudError('Unknown', 'KMS CreateKey answered without a key id');
  // Rotation follows as an update, when the id is stored.
  return {
    id: metadata.KeyId,
    ...(metadata.Arn === undefined ? {} : { arn: metadata.Arn }),
    tags,
    state: {
      keyState: metadata.KeyState ?? 'Enabled',
      description: desired.description,
      policy: JSON.stringify(desired.policy),
      rotationPeriodDays: 0,
    },
  };
}

async function update(
  scope: AwsScope,
  found: Found<KeyState>,
  desired: KeyDesired,
  changes: readonly Change[],
): Promise<Found<KeyState>> {
  const KeyId = found.id;
  const fields = new Set(changes.map(change => change.field));
  if (fields.has('keyState')) {
    // AWS KMS API Reference, CancelKeyDeletion: the key is Disabled afterwards.
    if (found.state.keyState === 'PendingDeletion') await cancelDeletion(scope.kms, KeyId);
    await scope.kms.send(new EnableKeyCommand({ KeyId }));
    const metadata = await describe(scope, KeyId);
    const tags = found.tags === 'inherited' ? {} : found.tags;
    if (metadata === undefined)
      throw new CloudError('NotYet', `key ${KeyId} is not visible after it was enabled`);
    return foundOf(scope, metadata, tags);
  }
  await partByPart(changes, ({ field }) => write(scope, KeyId, desired, field));
  return {
    ...found,
    state: {
      ...found.state,
      description: fields.has('description') ? desired.description : found.state.description,
      policy: fields.has('policy') ? JSON.stringify(desired.policy) : found.state.policy,
      rotationPeriodDays: fields.has('rotationPeriodDays')
        ? desired.rotationPeriodDays
        : found.state.rotationPeriodDays,
    },
  };
}

async function write(scope: AwsScope, KeyId: string, desired: KeyDesired, field: string): Promise<void> {
  const { kms } = scope;
  switch (field) {
    case 'policy': {
      const Policy = JSON.stringify(desired.policy);
      const command = new PutKeyPolicyCommand({ KeyId, PolicyName: 'default', Policy });
      await onceSeen(scope, `policy of key ${KeyId}: ${Policy}`, kms.send(command), UNSEEN_PRINCIPAL);
      return;
    }
    case 'description':
      await kms.send(new UpdateKeyDescriptionCommand({ KeyId, Description: desired.description }));
      return;
    case 'rotationPeriodDays': {
      const RotationPeriodInDays = desired.rotationPeriodDays;
      await kms.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays }));
      return;
    }
  }
}

function readiness(state: KeyState): Readiness {
  if (state.keyState === 'Enabled') return { is: 'ready' };
  if (['Creating', 'Updating', 'Unavailable', 'PendingImport'].includes(state.keyState)) {
    return { is: 'in progress', message: `the key is ${state.keyState}`, againInMs: 15_000 };
  }
  return { is: 'failed', message: `the key is ${state.keyState}` };
}

function tagList(tags: Tags): { TagKey: string; TagValue: string }[] {
  return Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));
}
