import {
  GetBucketNotificationConfigurationCommand,
  type NotificationConfiguration,
  PutBucketNotificationConfigurationCommand,
} from '@aws-sdk/client-s3';
import type { Found } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import { tagsOfParent } from '../../engine/owner.ts';
import { bucketArn } from '../arn.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { orAbsent } from '../errors.ts';
import type { AwsScope } from '../scope.ts';
import { beside, destinationsIn, othersOf, overlapsWith, ownOf, together } from './notification-owner.ts';
import type { Target } from './parts.ts';
import { plain, sameNotifications } from './same.ts';
import { readBucketTags } from './tags.ts';

/**
 * S3 tries each destination, and a policy that was opened a moment ago takes up to a minute to be seen (Amazon SQS API
 * Reference, SetQueueAttributes: 60 seconds); after that it is something else.
 */
const POLICY_SEEN_MS = 180_000;

export interface NotificationsDesired {
  /** The bucket by the spec; where it is not said, the bucket's tags are read to see whose it is. */
  readonly bucket?: string;
  readonly configuration: NotificationConfiguration;
}

export interface NotificationsState {
  readonly configuration: unknown;
}

/**
 * Where a bucket sends its events. A resource of its own beside the bucket, because S3 takes it only when the
 * destinations let the bucket in, and the bucket must not wait for that. Named by its bucket, owned with it.
 */
export const notificationsAdaptor: AwsAdaptor<NotificationsDesired, NotificationsState> = {
  type: 's3/notifications',
  createBy: 'name',
  nameScope: 'global',
  holdsData: false,
  // Amazon S3 User Guide, "Enabling event notifications": takes up to five minutes to take effect; reads follow sooner.
  settleMs: 60_000,
  async find(scope, identity, { desired }) {
    if (identity.name === undefined) return [];
    const target = targetOf(scope, identity.name);
    const answer = await orAbsent(scope.s3.send(new GetBucketNotificationConfigurationCommand(target)));
    const own = ownOf(answer ?? {});
    if (own === undefined) return [];
    const found = foundOf(scope, identity.name, own);
    if (desired?.bucket === identity.name) return [found];
    // The name is that of a status, which proves nothing: the bucket's tags do.
    const tags = (await readBucketTags(scope, target)) ?? {};
    return [{ ...found, tags: tagsOfParent(tags, identity.node) }];
  },
  diff(desired, state) {
    const to = plain(desired.configuration);
    if (sameNotifications(state.configuration, to)) return [];
    return [{ field: 'notifications', from: state.configuration, to, risk: 'Low' }];
  },
  create: (scope, identity, desired) => putVisible(scope, identity.name ?? '', desired.configuration),
  update: (scope, found, desired) => putVisible(scope, found.id, desired.configuration),
  async remove(scope, found) {
    await orAbsent(putOthersAlone(scope, found.id));
  },
  readiness: () => ({ is: 'ready' }),
};

/** What stands before it is the bucket, so one that is not there is on its way. */
async function putVisible(
  scope: AwsScope,
  bucket: string,
  configuration: NotificationConfiguration,
): Promise<Found<NotificationsState>> {
  const found = await orAbsent(put(scope, bucket, configuration));
  if (found === undefined) throw new CloudError('NotYet', `bucket ${bucket} is not visible yet`);
  return found;
}

/** The call replaces the whole configuration: what others set is written back as it is, but for what ours says as well. */
async function put(
  scope: AwsScope,
  bucket: string,
  configuration: NotificationConfiguration,
): Promise<Found<NotificationsState>> {
  const target = targetOf(scope, bucket);
  const now = await scope.s3.send(new GetBucketNotificationConfigurationCommand(target));
  const others = beside(configuration, othersOf(now));
  const what = `notifications of ${bucket}: ${JSON.stringify(plain(configuration))}`;
  const NotificationConfiguration = together(others, configuration);
  try {
    await scope.s3.send(
      new PutBucketNotificationConfigurationCommand({ ...target, NotificationConfiguration }),
    );
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    if (/overlap/i.test(error.message)) throw overlapping(bucket, error, { others, ours: configuration });
    if (!/validate the following destination/i.test(error.message)) throw error;
    throw scope.patience.lasts(what, POLICY_SEEN_MS)
      ? new CloudError('NotYet', error.message, { code: error.code, retryAfterMs: 10_000, cause: error })
      : unreachable(bucket, error, { others, ours: configuration });
  }
  scope.patience.done(what);
  return foundOf(scope, bucket, configuration);
}

/**
 * Nothing is added, so nothing is tried: S3 refuses the whole configuration for one destination that is gone, and one of
 * others' must not hold ours up.
 */
async function putOthersAlone(scope: AwsScope, bucket: string): Promise<void> {
  const target = targetOf(scope, bucket);
  const now = await scope.s3.send(new GetBucketNotificationConfigurationCommand(target));
  await scope.s3.send(
    new PutBucketNotificationConfigurationCommand({
      ...target,
      NotificationConfiguration: othersOf(now),
      SkipDestinationValidation: true,
    }),
  );
}

interface Sides {
  readonly others: NotificationConfiguration;
  readonly ours: NotificationConfiguration;
}

function overlapping(bucket: string, cause: CloudError, { others, ours }: Sides): CloudError {
  const theirs = overlapsWith(others, ours);
  if (theirs === '') return cause;
  return new CloudError(
    'Conflict',
    `bucket ${bucket} has notifications of somebody else for the same events of the same keys, which S3 does not take twice: ${theirs}. Remove them in S3, or give spec.notifications other events, prefixes or suffixes, or exactly theirs to take them over`,
    { code: cause.code, cause },
  );
}

/** S3 tries them all, and does not say which one it was. */
function unreachable(bucket: string, cause: CloudError, { others, ours }: Sides): CloudError {
  const theirs = destinationsIn(others);
  const options = { code: cause.code, cause };
  const own = `S3 cannot send the events of ${bucket} to all of ${destinationsIn(ours)}`;
  if (theirs === '')
    return new CloudError('Invalid', `${own}: one is gone, or it or its key does not let S3 in`, options);
  return new CloudError(
    'Conflict',
    `${own}, and to ${theirs}, which others set and not this operator: one is gone, or it or its key does not let S3 in. What others set is repaired or removed in S3`,
    options,
  );
}

function foundOf(
  scope: AwsScope,
  bucket: string,
  configuration: NotificationConfiguration,
): Found<NotificationsState> {
  return {
    id: bucket,
    arn: bucketArn(scope, bucket),
    name: bucket,
    tags: 'inherited',
    state: { configuration: plain(configuration) },
  };
}

function targetOf(scope: AwsScope, bucket: string): Target {
  return { Bucket: bucket, ExpectedBucketOwner: scope.accountId };
}
