import {
  CancelKeyDeletionCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateKeyDescriptionCommand,
} from '@aws-sdk/client-kms';
import type { Change, Found, Readiness } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import type { Tags } from '../../engine/owner.ts';
import { answered } from '../answered.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { orAbsent } from '../errors.ts';
import { onceVisible } from '../existing.ts';
import { partByPart } from '../part-by-part.ts';
import type { AwsScope } from '../scope.ts';
import { onceSeen, refusing, type Unseen } from '../unseen.ts';
import { createKey } from './create-key.ts';
import { diff } from './key-diff.ts';
import { describe, findKeys, foundOf } from './key-find.ts';
import { isPendingDeletion, type KeyDesired, type KeyState } from './key-state.ts';

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

export const keyAdaptor: AwsAdaptor<KeyDesired, KeyState> = {
  type: 'kms/key',
  createBy: 'intent',
  holdsData: true,
  // "Deleting AWS KMS keys": it cannot be used from the moment its deletion is scheduled. Messages keep the key that they
  // were sent with ("Amazon SQS key management").
  lossOnRemoval:
    'what is encrypted with it cannot be read from then on: messages that were sent before and are still in a queue or its dead-letter queue, too; until it is gone for good, after 30 days or encryption.deletionWindowDays of the environment, its deletion can be cancelled',
  sharesReads: true,
  settleMs: SETTLE_MS,
  find: (scope, identity, context) => findKeys(scope, identity, context.freshness),
  diff,
  create: (scope, _identity, desired, tags) => create(scope, desired, tags),
  update: (scope, found, desired, changes) =>
    onceUsable(scope, found.id, update(scope, found, desired, changes)),
  tag: (scope, found, set, unset) => onceUsable(scope, found.id, writeTags(scope, found, set, unset)),
  async remove(scope, found, { desired }) {
    const PendingWindowInDays = desired?.deletionWindowDays ?? 30;
    const command = new ScheduleKeyDeletionCommand({ KeyId: found.id, PendingWindowInDays });
    try {
      await onceAllowed(scope, found.id, orAbsent(scope.kms.send(command)));
    } catch (error) {
      if (!isInvalidState(error)) throw error;
      // Refused in every state but one that removal is over in.
      const metadata = await describe(scope, found.id);
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

async function create(scope: AwsScope, desired: KeyDesired, tags: Tags): Promise<Found<KeyState>> {
  const { description: Description } = desired;
  const Policy = JSON.stringify(desired.policy);
  const answer = await onceSeen(
    scope,
    `new key, ${Description}: ${Policy}`,
    createKey(scope, { Description, Policy, Tags: tagList(tags) }),
    UNSEEN_PRINCIPAL,
  );
  const metadata = answer.KeyMetadata;
  const id = answered(metadata?.KeyId, 'KMS CreateKey', 'a key id');
  // Rotation follows as an update, when the id is stored.
  return {
    id,
    ...(metadata?.Arn === undefined ? {} : { arn: metadata.Arn }),
    tags,
    state: {
      keyState: metadata?.KeyState ?? 'Enabled',
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
  await partByPart(
    changes,
    change => change.field,
    ({ field }) => write(scope, KeyId, desired, field),
  );
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
