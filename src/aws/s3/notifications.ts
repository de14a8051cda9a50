import {
  GetBucketNotificationConfigurationCommand,
  type NotificationConfiguration,
  PutBucketNotificationConfigurationCommand,
} from '@aws-sdk/client-s3';
import type { Adaptor, Found } from '../../engine/adaptor.ts';
import { bucketArn } from '../arn.ts';
import { orAbsent } from '../errors.ts';
import type { AwsScope } from '../scope.ts';
import { plain, sameValue, type Target } from './parts.ts';

export interface NotificationsDesired {
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
  async find(anyScope, identity) {
    const scope = anyScope as AwsScope;
    if (identity.name === undefined) return [];
    const target = targetOf(scope, identity.name);
    const answer = await orAbsent(scope.s3.send(new GetBucketNotificationConfigurationCommand(target)));
    const { QueueConfigurations, TopicConfigurations } = answer ?? {};
    if (QueueConfigurations === undefined && TopicConfigurations === undefined) return [];
    return [foundOf(scope, identity.name, { QueueConfigurations, TopicConfigurations })];
  },
  diff(desired, state) {
    const to = plain(desired.configuration);
    if (sameValue(state.configuration, to)) return [];
    return [{ field: 'notifications', from: state.configuration, to, risk: 'Low' }];
  },
  create: (scope, identity, desired) => put(scope as AwsScope, identity.name ?? '', desired.configuration),
  update: (scope, found, desired) => put(scope as AwsScope, found.id, desired.configuration),
  async remove(scope, found) {
    await orAbsent(put(scope as AwsScope, found.id, {}));
  },
  readiness: () => ({ is: 'ready' }),
};

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
  await scope.s3.send(
    new PutBucketNotificationConfigurationCommand({
      ...target,
      NotificationConfiguration: { ...foreign, ...configuration },
    }),
  );
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
