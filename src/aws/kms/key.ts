import {
  CancelKeyDeletionCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  type KeyMetadata,
  ListResourceTagsCommand,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateKeyDescriptionCommand,
} from '@aws-sdk/client-kms';
import type { Adaptor, Change, Found, Identity, Readiness } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import { ATTEMPT_TAG, identityTags, TAG_PREFIX, type Tags } from '../../engine/owner.ts';
import { orAbsent } from '../errors.ts';
import { type PolicyDocument, samePolicy, statementNames } from '../policy.ts';
import type { AwsScope } from '../scope.ts';

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

export const keyAdaptor: Adaptor<KeyDesired, KeyState> = {
  type: 'kms/key',
  createBy: 'intent',
  holdsData: true,
  sharesReads: true,
  settleMs: SETTLE_MS,
  find: (scope, identity, context) => find(scope as AwsScope, identity, context.freshness),
  diff,
  create: (scope, _identity, desired, tags) => create(scope as AwsScope, desired, tags),
  update: (scope, found, desired, changes) => update(scope as AwsScope, found, desired, changes),
  async tag(scope, found, set, unset) {
    const { kms } = scope as AwsScope;
    const Tags = tagList(set);
    if (Tags.length > 0) await kms.send(new TagResourceCommand({ KeyId: found.id, Tags }));
    if (unset.length > 0) await kms.send(new UntagResourceCommand({ KeyId: found.id, TagKeys: [...unset] }));
  },
  async remove(scope, found, { desired }) {
    const { kms } = scope as AwsScope;
    const PendingWindowInDays = desired?.deletionWindowDays ?? 30;
    await orAbsent(kms.send(new ScheduleKeyDeletionCommand({ KeyId: found.id, PendingWindowInDays })));
  },
  readiness,
  isRemoved: state => state.keyState === 'PendingDeletion' || state.keyState === 'PendingReplicaDeletion',
};

async function find(
  scope: AwsScope,
  identity: Identity,
  freshness: 'shared' | 'fresh',
): Promise<readonly Found<KeyState>[]> {
  if (identity.id !== undefined) {
    const tagsOf = freshness === 'fresh' ? readTags(scope, identity.id) : undefined;
    const metadata = await describe(scope, identity.id);
    const tags = tagsOf === undefined ? undefined : await tagsOf;
    if (metadata?.Arn === undefined) return [];
    const listed = tags ?? (await scope.tagged.list('kms:key', 'shared')).get(metadata.Arn);
    return [await foundOf(scope, metadata, listed ?? (await readTags(scope, identity.id)) ?? {})];
  }
  const wanted = Object.entries(identityTags(identity.owner, identity.node));
  const listed = [...(await scope.tagged.list('kms:key', freshness))]
    .filter(([, tags]) => wanted.every(([key, value]) => tags[key] === value))
    .filter(
      ([, tags]) =>
        (tags[`${TAG_PREFIX}epoch`] ?? '1') === String(identity.epoch) ||
        tags[`${TAG_PREFIX}uid`] !== identity.owner.uid,
    )
    .sort(([, a], [, b]) => Number(a[ATTEMPT_TAG] ?? 0) - Number(b[ATTEMPT_TAG] ?? 0));
  const found: Found<KeyState>[] = [];
  for (const [arn, tags] of listed) {
    // The listing also shows what is no more, and what an earlier object of this name let go.
    const metadata = await describe(scope, arn);
    if (metadata === undefined) continue;
    if (metadata.KeyState === 'PendingDeletion' && tags[`${TAG_PREFIX}uid`] !== identity.owner.uid) continue;
    found.push(await foundOf(scope, metadata, tags));
  }
  return found;
}

async function describe(scope: AwsScope, id: string): Promise<KeyMetadata | undefined> {
  const answer = await orAbsent(scope.kms.send(new DescribeKeyCommand({ KeyId: id })));
  return answer?.KeyMetadata;
}

async function readTags(scope: AwsScope, id: string): Promise<Tags | undefined> {
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
        scope.kms.send(new GetKeyPolicyCommand({ KeyId, PolicyName: 'default' })),
        scope.kms.send(new GetKeyRotationStatusCommand({ KeyId })),
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
    changes.push({
      field: 'policy',
      from: statementNames(state.policy),
      to: statementNames(desired.policy),
      risk: 'Low',
    });
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
  const answer = await scope.kms.send(
    new CreateKeyCommand({
      Description: desired.description,
      Policy: JSON.stringify(desired.policy),
      Tags: tagList(tags),
    }),
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
    if (found.state.keyState === 'PendingDeletion')
      await scope.kms.send(new CancelKeyDeletionCommand({ KeyId }));
    await scope.kms.send(new EnableKeyCommand({ KeyId }));
    const metadata = await describe(scope, KeyId);
    const tags = found.tags === 'inherited' ? {} : found.tags;
    if (metadata === undefined)
      throw new CloudError('NotYet', `key ${KeyId} is not visible after it was enabled`);
    return foundOf(scope, metadata, tags);
  }
  if (fields.has('policy')) {
    await scope.kms.send(
      new PutKeyPolicyCommand({ KeyId, PolicyName: 'default', Policy: JSON.stringify(desired.policy) }),
    );
  }
  if (fields.has('description')) {
    await scope.kms.send(new UpdateKeyDescriptionCommand({ KeyId, Description: desired.description }));
  }
  if (fields.has('rotationPeriodDays')) {
    await scope.kms.send(
      new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: desired.rotationPeriodDays }),
    );
  }
  return {
    ...found,
    state: {
      ...found.state,
      description: desired.description,
      policy: fields.has('policy') ? JSON.stringify(desired.policy) : found.state.policy,
      rotationPeriodDays: desired.rotationPeriodDays,
    },
  };
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
