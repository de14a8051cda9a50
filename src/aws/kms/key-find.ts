import {
  DescribeKeyCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  type KeyMetadata,
  ListAliasesCommand,
  ListResourceTagsCommand,
} from '@aws-sdk/client-kms';
import type { Found, Freshness, Identity } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import { ATTEMPT_TAG, EPOCH_TAG, identityTags, NAME_TAG, TAG_PREFIX, type Tags } from '../../engine/owner.ts';
import { orAbsent } from '../errors.ts';
import type { AwsScope } from '../scope.ts';
import { isPendingDeletion, type KeyState } from './key-state.ts';

/**
 * By its id where one is on record, and by its tags: the id in a status is no proof, and a second key of a lost answer
 * may come to light on any later look.
 */
export async function findKeys(
  scope: AwsScope,
  identity: Identity,
  freshness: Freshness,
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
  freshness: Freshness,
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

/** Whether tags are the identity's; made once for a whole listing. Most of those differ in the name, if in anything. */
function carrier({ owner, node }: Identity): (tags: Tags | 'inherited') => boolean {
  const { [NAME_TAG]: name, ...rest } = identityTags(owner, node);
  const wanted = Object.entries(rest);
  return tags =>
    tags === 'inherited' || (tags[NAME_TAG] === name && wanted.every(([key, value]) => tags[key] === value));
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
  const carries = carrier(identity);
  const all = new Map([...listing].filter(([, tags]) => carries(tags)));
  const own = await findByTags(scope, identity, all);
  const others = new Map([...all].filter(([arn]) => own.every(one => one.arn !== arn)));
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

export async function describe(scope: AwsScope, id: string): Promise<KeyMetadata | undefined> {
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

export async function foundOf(scope: AwsScope, metadata: KeyMetadata, tags: Tags): Promise<Found<KeyState>> {
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
