import { isDeepStrictEqual } from 'node:util';
import { CreateBucketCommand, DeleteBucketCommand, HeadBucketCommand } from '@aws-sdk/client-s3';
import type { Change, Found, Identity } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import type { Tags } from '../../engine/owner.ts';
import { bucketArn } from '../arn.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { partByPart } from '../part-by-part.ts';
import { canonicalPolicy, statementsOf } from '../policy.ts';
import type { AwsScope } from '../scope.ts';
import { emptyBucket, namingAccessPoints, refuseIfNotEmpty } from './empty.ts';
import { namingDenies, openForEmptying } from './emptying.ts';
import { forgetUntagged, makeBucket, tagsToCome } from './making.ts';
import { PARTS, type Part, type Target } from './parts.ts';
import { plain, sameValue } from './same.ts';
import type { BucketDesired, BucketState } from './settings.ts';
import { readBucketTags, tagSet, writeBucketTags } from './tags.ts';

// Amazon S3 User Guide, "Amazon S3 data consistency model": bucket configurations are eventually consistent.
const SETTLE_MS = 60_000;

export const bucketAdaptor: AwsAdaptor<BucketDesired, BucketState> = {
  type: 's3/bucket',
  createBy: 'name',
  nameScope: 'global',
  holdsData: true,
  settleMs: SETTLE_MS,
  tagsAtOnce: true,
  optionalKeys: desired =>
    PARTS.filter(part => part.optional && part.wanted(desired.settings) !== undefined).map(
      part => part.field,
    ),
  find: (scope, identity, { desired, recorded }) => find(scope, identity, partsOf(desired, recorded)),
  diff,
  create: (scope, identity, desired, tags) => create(scope, identity, desired, tags),
  async update(scope, found, desired, changes) {
    const settings: Record<string, unknown> = { ...found.state.settings };
    const target = targetOf(scope, found.id);
    const fields = new Set(changes.map(change => change.field));
    const isMaking = found.state.settings.policy === undefined;
    let isNewRefused = false;
    if (isBeingAdopted(desired, found.state)) refuseTaken(desired, found);
    // One after the other: S3 answers OperationAborted to parallel changes of one bucket.
    await partByPart(
      PARTS.filter(part => fields.has(part.field)),
      part => part.field,
      async part => {
        if (part.field === 'policy' && isNewRefused) return;
        const wanted = part.wanted(desired.settings);
        try {
          const all =
            wanted === undefined
              ? await part.clear?.(scope, target, desired.settings)
              : await part.write(scope, target, desired.settings, settings[part.field]);
          settings[part.field] = part.own === undefined || !Array.isArray(all) ? wanted : plain(all);
        } catch (error) {
          // The policy tells that the bucket is made: what is harmless in a new one alone would wait for a yes then.
          if (isMaking && part.lowWhileNew === true) isNewRefused = true;
          throw afterOpening(error, part, fields);
        }
      },
    );
    return { ...found, state: { ...found.state, settings } };
  },
  async tag(scope, found, set, unset) {
    // The call replaces all tags, those of others too: they are read again and merged.
    const target = targetOf(scope, found.id);
    const now = (await readBucketTags(scope, target)) ?? {};
    const { untagged } = found.state;
    // From a part of S3 that lags, old tags would be written back, and those left out that say whose it is.
    if (!isDeepStrictEqual(now, untagged ? {} : found.tags)) {
      throw new CloudError('NotYet', `bucket ${found.id} does not show the tags that it had a moment ago`, {
        retryAfterMs: 1_000,
      });
    }
    // AWS's own tags (`aws:cloudformation:…`) stay among them: S3 answers InvalidTag where one is left out.
    const first = untagged && found.tags !== 'inherited' ? found.tags : now;
    const merged = Object.entries({ ...first, ...set }).filter(([key]) => !unset.includes(key));
    await writeBucketTags(scope, target, Object.fromEntries(merged), { set, unset });
    forgetUntagged(scope, found.id);
  },
  // A bucket that the spec alone gave up, as a replica, is emptied only once nothing is written to it any more.
  async mayGo(scope, found, { desired, whole }) {
    if (!whole || desired?.forceDestroy === true) return;
    const way = desired === undefined ? EMPTYING : wayOut(desired);
    await refuseIfNotEmpty(scope, targetOf(scope, found.id), way);
  },
  async remove(scope, found, { desired }) {
    const target = targetOf(scope, found.id);
    if (desired?.forceDestroy === true) await empty(scope, target, desired, found.state);
    else await refuseIfNotEmpty(scope, target, wayOut(desired));
    await scope.s3.send(new DeleteBucketCommand(target)).catch((error: unknown) => {
      throw namingAccessPoints(error, target);
    });
    forgetUntagged(scope, found.id);
  },
  readiness: () => ({ is: 'ready' }),
};

async function empty(
  scope: AwsScope,
  target: Target,
  { keepsObjects = [] }: BucketDesired,
  { settings: { policy } }: BucketState,
): Promise<void> {
  await openForEmptying(scope, target, policy, keepsObjects);
  await emptyBucket(scope, target).catch((error: unknown) => {
    throw namingDenies(error, target.Bucket, policy);
  });
}

/** One that was there before and has nothing of ours in its policy yet, which is written last: it is being adopted. */
function isBeingAdopted({ settings }: BucketDesired, state: BucketState): boolean {
  if (settings.ownRules === undefined) return false;
  const has = new Set(textsOf(state.settings.policy));
  return !textsOf(settings.policy).some(text => has.has(text));
}

function textsOf(policy: unknown): readonly string[] {
  const text = canonicalPolicy(policy === undefined ? undefined : JSON.stringify(policy));
  return statementsOf(text).map(one => JSON.stringify(one));
}

/** Before anything is written: half an adoption would be of no use. Later on a part that finds it is refused by itself. */
function refuseTaken({ settings }: BucketDesired, { id, state }: Found<BucketState>): void {
  for (const part of PARTS) {
    const conflict = part.conflict?.(state.settings[part.field], settings, id);
    if (conflict !== undefined) throw conflict;
  }
}

/** The block on public policies was lifted by the call before, and S3 may not have seen that yet. */
function afterOpening(error: unknown, part: Part, fields: ReadonlySet<string>): unknown {
  if (part.field !== 'policy' || !fields.has('publicAccess')) return error;
  if (!(error instanceof CloudError) || error.class !== 'Denied') return error;
  return new CloudError('Busy', `${error.message} (the block of public access was changed a moment ago)`, {
    code: error.code,
    retryAfterMs: 5_000,
    cause: error,
  });
}

const EMPTYING = ' with all versions of its objects, as Empty in the console of S3 does';

/** Of a bucket with objects, besides emptying it. */
function wayOut(desired: BucketDesired | undefined): string {
  if (desired === undefined) return ', or put back into the spec what it was made for to keep it';
  if (desired.forceDestroy === undefined) return EMPTYING;
  return ', or set spec.forceDestroy: true to delete them with it';
}

function targetOf(scope: AwsScope, name: string): Target {
  return { Bucket: name, ExpectedBucketOwner: scope.accountId };
}

/** What the spec names or is decided by, and what we once wrote; all else is not read. */
function partsOf(desired: BucketDesired | undefined, recorded: readonly string[]): readonly Part[] {
  return PARTS.filter(part => {
    if (!part.optional || recorded.includes(part.field)) return true;
    if (desired === undefined) return false;
    const { settings } = desired;
    return part.wanted(settings) !== undefined || settings.looksAt?.includes(part.field) === true;
  });
}

async function find(
  scope: AwsScope,
  identity: Identity,
  parts: readonly Part[],
): Promise<readonly Found<BucketState>[]> {
  // A status can be written by others: the name says which bucket it is, not the recorded id.
  const name = identity.name ?? identity.id;
  if (name === undefined) return [];
  const target = targetOf(scope, name);
  if (identity.id === undefined && !(await exists(scope, target))) return [];
  const given = await readBucketTags(scope, target).catch(error => orNobodys(scope, target, error));
  if (given === undefined) return [];
  const toCome = Object.keys(given).length === 0 ? tagsToCome(scope, identity, name) : undefined;
  const values = await Promise.all(
    parts.map(async part => [part.field, await readPart(scope, target, part)] as const),
  );
  const found = foundOf(scope, name, toCome ?? given, Object.fromEntries(values));
  return [toCome === undefined ? found : { ...found, state: { ...found.state, untagged: true } }];
}

/** The bucket was there a moment ago: one that a part's read does not see is on its way to all of S3. */
async function readPart(scope: AwsScope, target: Target, part: Part): Promise<unknown> {
  try {
    return await part.read(scope, target);
  } catch (error) {
    if (!(error instanceof CloudError) || error.class !== 'NotFound') throw error;
    throw new CloudError('NotYet', `bucket ${target.Bucket} does not show its ${part.field} yet`, {
      cause: error,
    });
  }
}

/**
 * The one on record may have been deleted by hand and its name, free by then, taken by another account. S3 does not tell that
 * from a right that lacks: so it is no conflict, by which the bucket would be taken for gone.
 */
async function orNobodys(scope: AwsScope, target: Target, error: unknown): Promise<undefined> {
  if (!(error instanceof CloudError) || error.class !== 'Denied') throw error;
  try {
    if (!(await exists(scope, target))) return undefined;
  } catch (taken) {
    if (!(taken instanceof CloudError) || taken.class !== 'Conflict') throw taken;
    const why = `if it is another's, the one on record was deleted and its name taken since; otherwise: ${error.message}`;
    const { code } = error;
    throw new CloudError('Denied', `${taken.message}; ${why}`, { code, cause: error });
  }
  // It is this account's, and only its tags may not be read.
  throw error;
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
    const isMoved = error.code === 'HTTP 301' || error.class === 'Conflict';
    if (isMoved || (error.code === 'HTTP 400' && (await isElsewhere(scope, target)))) {
      throw new CloudError('Conflict', `bucket ${target.Bucket} exists in another region`);
    }
    throw error;
  }
}

/** What S3 says of another region's bucket; the last between one that has to be enabled and others (aws-cli pull request 9113). */
const ELSEWHERE: ReadonlySet<string> = new Set([
  'PermanentRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
]);

/** What HeadBucket answers with 400 may be anything: a call with a body tells. */
async function isElsewhere(scope: AwsScope, target: Target): Promise<boolean> {
  const told = await readBucketTags(scope, target).catch((error: unknown) => error);
  return told instanceof CloudError && ELSEWHERE.has(told.code);
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
  // The policy is written last, and there is always one.
  const isMaking = state.settings.policy === undefined;
  const isAdopted = isBeingAdopted(desired, state);
  for (const part of PARTS) {
    const to = part.wanted(desired.settings);
    const read = state.settings[part.field];
    const from = part.own === undefined ? read : part.own(read, desired.settings);
    if (part.optional && to === undefined && (!recorded.includes(part.field) || from === undefined)) continue;
    const same = part.same ?? sameValue;
    if (same(from, to)) continue;
    const shown = part.show?.(from, to) ?? { from: plain(from), to: plain(to) };
    const isNew = isMaking && from === undefined && recorded.includes(part.field);
    const wasThere = desired.settings.ownRules !== undefined;
    const risk =
      typeof part.risk === 'string' ? part.risk : part.risk(from, to, { isNew, isAdopted, wasThere });
    // By its policy it is adopted: what waits for a yes until then would need none any more.
    const ends = part.field === 'policy' && isAdopted && changes.some(one => one.risk === 'High');
    changes.push({ field: part.field, ...shown, risk: ends ? 'High' : risk });
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
  // us-east-1 is the default and refused as a location (Amazon S3 API Reference, CreateBucket).
  const location = scope.region === 'us-east-1' ? {} : { LocationConstraint: scope.region as never };
  try {
    await makeBucket(scope, targetOf(scope, name), tags, given =>
      scope.s3.send(
        new CreateBucketCommand({
          Bucket: name,
          ObjectOwnership: desired.settings.ownership,
          CreateBucketConfiguration: given === undefined ? location : { ...location, Tags: tagSet(given) },
        }),
      ),
    );
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    if (error.code === 'BucketAlreadyExists')
      throw new CloudError('Conflict', `bucket ${name} exists and belongs to another account`, {
        cause: error,
      });
    if (error.code !== 'BucketAlreadyOwnedByYou') throw error;
    // This account's: of a lost answer, or another object's; its tags tell. Whatever else it has is not taken for granted.
    const tagsNow = await readBucketTags(scope, targetOf(scope, name));
    if (tagsNow === undefined)
      throw new CloudError('NotYet', `bucket ${name} exists and S3 does not show it yet`, { cause: error });
    return foundOf(scope, name, tagsNow, {});
  }
  // In us-east-1 a repeated create succeeds on what is ours already: only the tags tell whose of ours it is.
  const readBack = await readBucketTags(scope, targetOf(scope, name));
  if (readBack === undefined || Object.keys(readBack).length === 0) {
    throw new CloudError('NotYet', `bucket ${name} does not show its tags yet`, { retryAfterMs: 1_000 });
  }
  // Everything else is written as an update: nothing of a new bucket is taken for granted but what the call set.
  return foundOf(scope, name, readBack, { ownership: desired.settings.ownership });
}
