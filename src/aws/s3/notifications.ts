import {
  GetBucketNotificationConfigurationCommand,
  type NotificationConfiguration,
  PutBucketNotificationConfigurationCommand,
} from '@aws-sdk/client-s3';
import type { Adaptor, Found } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import { tagsOfParent } from '../../engine/owner.ts';
import { bucketArn } from '../arn.ts';
import { orAbsent } from '../errors.ts';
import type { AwsScope } from '../scope.ts';
import type { Target } from './parts.ts';
import { plain, sameNotifications } from './same.ts';
import { readBucketTags } from './tags.ts';

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
export const notificationsAdaptor: Adaptor<NotificationsDesired, NotificationsState> = {
  type: 's3/notifications',
  createBy: 'name',
  nameScope: 'global',
  holdsData: false,
  // Amazon S3 User Guide, "Enabling event notifications": takes up to five minutes to take effect; reads follow sooner.
  settleMs: 60_000,
  async find(anyScope, identity, { desired }) {
    const scope = anyScope as AwsScope;
    if (identity.name === undefined) return [];
    const target = targetOf(scope, identity.name);
    const answer = await orAbsent(scope.s3.send(new GetBucketNotificationConfigurationCommand(target)));
    const { QueueConfigurations, TopicConfigurations } = answer ?? {};
    if (QueueConfigurations === undefined && TopicConfigurations === undefined) return [];
    const found = foundOf(scope, identity.name, { QueueConfigurations, TopicConfigurations });
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
  create: (scope, identity, desired) =>
    putVisible(scope as AwsScope, identity.name ?? '', desired.configuration),
  update: (scope, found, desired) => putVisible(scope as AwsScope, found.id, desired.configuration),
  async remove(scope, found) {
    await orAbsent(put(scope as AwsScope, found.id, {}));
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

/** EventBridge delivery is not ours to switch: it is written back as it is. */
async function put(
  scope: AwsScope,
  bucket: string,
  configuration: NotificationConfiguration,
): Promise<Found<NotificationsState>> {
  const target = targetOf(scope, bucket);
  const now = await scope.s3.send(new GetBucketNotificationConfigurationCommand(target));
  const foreign = {
    ...(now.EventBridgeConfiguration === undefined
      ? {}
      : { EventBridgeConfiguration: now.EventBridgeConfiguration }),
    ...(now.LambdaFunctionConfigurations === undefined
      ? {}
      : { LambdaFunctionConfigurations: now.LambdaFunctionConfigurations }),
  };
  try {
    await scope.s3.send(
      new PutBucketNotificationConfigurationCommand({
        ...target,
        NotificationConfiguration: { ...foreign, ...configuration },
      }),
    );
  } catch (error) {
    // S3 tries each destination, and a policy that was opened a moment ago takes up to a minute to be seen.
    if (!(error instanceof CloudError) || !/validate the following destination/i.test(error.message))
      throw error;
    throw new CloudError('NotYet', error.message, { code: error.code, retryAfterMs: 10_000, cause: error });
  }
  return foundOf(scope, bucket, configuration);
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
