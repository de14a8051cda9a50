import {
  CreateBucketCommand,
  DeleteBucketCommand,
  GetBucketTaggingCommand,
  HeadBucketCommand,
  PutBucketTaggingCommand,
} from '@aws-sdk/client-s3';
import type { Adaptor, Change, Found, Identity } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import type { Tags } from '../../engine/owner.ts';
import { bucketArn } from '../arn.ts';
import { orAbsent } from '../errors.ts';
import type { AwsScope } from '../scope.ts';
import { emptyBucket, refuseIfNotEmpty } from './empty.ts';
import { PARTS, type Part, plain, sameValue, type Target } from './parts.ts';
import type { BucketDesired, BucketState } from './settings.ts';

// Amazon S3 User Guide, "Amazon S3 data consistency model": bucket configurations are eventually consistent.
const SETTLE_MS = 60_000;

export const bucketAdaptor: Adaptor<BucketDesired, BucketState> = {
  type: 's3/bucket',
  createBy: 'name',
  nameScope: 'global',
  holdsData: true,
  settleMs: SETTLE_MS,
  optionalKeys: desired =>
    PARTS.filter(part => part.optional && part.wanted(desired.settings) !== undefined).map(
      part => part.field,
    ),
  find: (scope, identity, { desired, recorded }) =>
    find(scope as AwsScope, identity, partsOf(desired, recorded)),
  diff,
  create: (scope, identity, desired, tags) => create(scope as AwsScope, identity, desired, tags),
  async update(scope, found, desired, changes) {
    const settings: Record<string, unknown> = { ...found.state.settings };
    const target = targetOf(scope as AwsScope, found.id);
    const fields = new Set(changes.map(change => change.field));
    // One after the other: S3 answers OperationAborted to parallel changes of one bucket.
    for (const part of PARTS) {
      if (!fields.has(part.field)) continue;
      const wanted = part.wanted(desired.settings);
      if (wanted === undefined) await part.clear?.(scope as AwsScope, target);
      else await part.write(scope as AwsScope, target, desired.settings);
      settings[part.field] = wanted;
    }
    return { ...found, state: { ...found.state, settings } };
  },
  async tag(scope, found, set, unset) {
    // The call replaces all tags, those of others too: they are read again and merged.
    const target = targetOf(scope as AwsScope, found.id);
    const now = (await readTags(scope as AwsScope, target)) ?? {};
    const merged = Object.entries({ ...now, ...set }).filter(
      ([key]) => !unset.includes(key) && !key.startsWith('aws:'),
    );
    const TagSet = merged.map(([Key, Value]) => ({ Key, Value }));
    await (scope as AwsScope).s3.send(new PutBucketTaggingCommand({ ...target, Tagging: { TagSet } }));
  },
  async remove(scope, found, { desired }) {
    const target = targetOf(scope as AwsScope, found.id);
    if (desired?.forceDestroy === true) await emptyBucket(scope as AwsScope, target);
    else await refuseIfNotEmpty(scope as AwsScope, target);
    await orAbsent((scope as AwsScope).s3.send(new DeleteBucketCommand(target)));
  },
  readiness: () => ({ is: 'ready' }),
};

function targetOf(scope: AwsScope, name: string): Target {
  return { Bucket: name, ExpectedBucketOwner: scope.accountId };
}

/** What the spec names, and what we once wrote; all else is not read. */
function partsOf(desired: BucketDesired | undefined, recorded: readonly string[]): readonly Part[] {
  return PARTS.filter(part => {
    if (!part.optional || recorded.includes(part.field)) return true;
    return desired !== undefined && part.wanted(desired.settings) !== undefined;
  });
}

async function find(
  scope: AwsScope,
  identity: Identity,
  parts: readonly Part[],
): Promise<readonly Found<BucketState>[]> {
  const name = identity.id ?? identity.name;
  if (name === undefined) return [];
  const target = targetOf(scope, name);
  if (identity.id === undefined && !(await exists(scope, target))) return [];
  const tags = await readTags(scope, target);
  if (tags === undefined) return [];
  const values = await Promise.all(
    parts.map(async part => [part.field, await part.read(scope, target)] as const),
  );
  return [foundOf(scope, name, tags, Object.fromEntries(values))];
}

async function exists(scope: AwsScope, target: Target): Promise<boolean> {
  try {
    await scope.s3.send(new HeadBucketCommand(target));
    return true;
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    if (error.class === 'NotFound') return false;
    // Names are one space for all of AWS. HeadBucket has no body: 403 is another's, 301 is in another region.
    if (error.class === 'Denied') {
      throw new CloudError(
        'Conflict',
        `bucket ${target.Bucket} exists and belongs to another account, or the operator may not s3:ListBucket it`,
      );
    }
    if (error.class === 'Unknown') {
      throw new CloudError('Conflict', `bucket ${target.Bucket} exists in another region`);
    }
    throw error;
  }
}

/** Undefined: the bucket does not exist. */
async function readTags(scope: AwsScope, target: Target): Promise<Tags | undefined> {
  try {
    const answer = await scope.s3.send(new GetBucketTaggingCommand(target));
    return Object.fromEntries((answer.TagSet ?? []).map(tag => [tag.Key ?? '', tag.Value ?? '']));
  } catch (error) {
    if (error instanceof CloudError && error.code === 'NoSuchTagSet') return {};
    if (error instanceof CloudError && error.class === 'NotFound') return undefined;
    throw error;
  }
}

function foundOf(
  scope: AwsScope,
  name: string,
  tags: Tags,
  settings: Readonly<Record<string, unknown>>,
): Found<BucketState> {
  return { id: name, name, arn: bucketArn(scope, name), tags, state: { region: scope.region, settings } };
}

function diff(desired: BucketDesired, state: BucketState, recorded: readonly string[]): readonly Change[] {
  const changes: Change[] = [];
  for (const part of PARTS) {
    const to = part.wanted(desired.settings);
    const from = state.settings[part.field];
    if (part.optional && to === undefined && (!recorded.includes(part.field) || from === undefined)) continue;
    if (sameValue(from, to)) continue;
    const show = part.show ?? plain;
    changes.push({ field: part.field, from: show(from), to: show(to), risk: part.risk });
  }
  return changes;
}

async function create(
  scope: AwsScope,
  identity: Identity,
  desired: BucketDesired,
  tags: Tags,
): Promise<Found<BucketState>> {
  const name = identity.name ?? '';
  const TagSet = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  // us-east-1 is the default and refused as a location (Amazon S3 API Reference, CreateBucket).
  const location = scope.region === 'us-east-1' ? {} : { LocationConstraint: scope.region as never };
  await scope.s3.send(
    new CreateBucketCommand({
      Bucket: name,
      ObjectOwnership: desired.settings.ownership,
      CreateBucketConfiguration: { ...location, Tags: TagSet },
    }),
  );
  // In us-east-1 a repeated create succeeds on what is ours already: only the tags tell whose of ours it is.
  const readBack = await readTags(scope, targetOf(scope, name));
  if (readBack === undefined)
    throw new CloudError('NotYet', `bucket ${name} is not visible after its creation`);
  // Everything else is written as an update: nothing of a new bucket is taken for granted but what the call set.
  return foundOf(scope, name, readBack, { ownership: desired.settings.ownership });
}
