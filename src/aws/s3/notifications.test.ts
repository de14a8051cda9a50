import {
  CreateBucketCommand,
  GetBucketNotificationConfigurationCommand,
  type NotificationConfiguration,
  PutBucketNotificationConfigurationCommand,
} from '@aws-sdk/client-s3';
import { CreateTopicCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { asCloudError } from '../../engine/errors.ts';
import { queueArn, topicArn } from '../arn.ts';
import { conformance } from '../conformance/conformance.ts';
import type { World } from '../conformance/world.ts';
import { type NotificationsDesired, type NotificationsState, notificationsAdaptor } from './notifications.ts';

interface Parts {
  readonly bucket: string;
  readonly queue: string;
  readonly topic: string;
}

function letIn(world: World, service: 'sqs:SendMessage' | 'sns:Publish', arn: string): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 's3.amazonaws.com' },
        Action: service,
        Resource: arn,
        Condition: { StringEquals: { 'aws:SourceAccount': world.scope.accountId } },
      },
    ],
  });
}

async function prepare(world: World): Promise<Parts> {
  const { scope } = world;
  const name = `bucket-${world.unique}`;
  await scope.s3.send(
    new CreateBucketCommand({
      Bucket: name,
      CreateBucketConfiguration: {
        LocationConstraint: 'eu-central-1',
        Tags: Object.entries({ ...world.tags(), 'opta.dev/node': 'bucket' }).map(([Key, Value]) => ({
          Key,
          Value,
        })),
      },
    }),
  );
  const [queue, topic] = [queueArn(scope, name), topicArn(scope, name)];
  await scope.sqs.send(
    new CreateQueueCommand({
      QueueName: name,
      Attributes: { Policy: letIn(world, 'sqs:SendMessage', queue) },
    }),
  );
  await scope.sns.send(
    new CreateTopicCommand({ Name: name, Attributes: { Policy: letIn(world, 'sns:Publish', topic) } }),
  );
  return { bucket: name, queue, topic };
}

function desiredOf({ bucket, queue }: Parts): NotificationsDesired {
  return {
    bucket,
    configuration: {
      QueueConfigurations: [
        {
          Id: 'one',
          QueueArn: queue,
          Events: ['s3:ObjectCreated:Put', 's3:ObjectRemoved:*'],
          Filter: {
            Key: {
              FilterRules: [
                { Name: 'prefix', Value: 'in/' },
                { Name: 'suffix', Value: '.csv' },
              ],
            },
          },
        },
      ],
    },
  };
}

function withTopic(
  { configuration, ...desired }: NotificationsDesired,
  { topic }: Parts,
): NotificationsDesired {
  return {
    ...desired,
    configuration: {
      ...configuration,
      TopicConfigurations: [{ Id: 'two', TopicArn: topic, Events: ['s3:ObjectRestore:*'] }],
    },
  };
}

function put(world: World, Bucket: string, NotificationConfiguration: NotificationConfiguration) {
  return world.scope.s3.send(
    new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }),
  );
}

function rewritten(change: (configuration: NotificationConfiguration) => NotificationConfiguration) {
  return (state: NotificationsState): NotificationsState => ({
    configuration: change(state.configuration as NotificationConfiguration),
  });
}

conformance<NotificationsDesired, NotificationsState, Parts>(
  notificationsAdaptor,
  {
    prepare,
    name: (_, { bucket }) => bucket,
    desired: parts => desiredOf(parts),
    createdBy: 'PutBucketNotificationConfiguration',
    fields: { notifications: withTopic },
    drift: {
      notifications: (world, { id }, parts) =>
        put(world, id, withTopic({ configuration: {} }, parts).configuration),
    },
    rewritten: {
      'names of filter rules with a capital, in another order': rewritten(configuration => ({
        QueueConfigurations: configuration.QueueConfigurations?.map(one => ({
          ...one,
          Filter: {
            Key: {
              FilterRules: [
                { Name: 'Suffix' as 'suffix', Value: '.csv' },
                { Name: 'Prefix' as 'prefix', Value: 'in/' },
              ],
            },
          },
        })),
      })),
      'events in another order': rewritten(configuration => ({
        QueueConfigurations: configuration.QueueConfigurations?.map(one => ({
          ...one,
          Events: [...(one.Events ?? [])].reverse(),
        })),
      })),
    },
    calls: { create: 3, drift: 1 },
  },
  bench => {
    test('what others set stays: delivery to EventBridge', async () => {
      const world = await bench().world();
      const parts = await prepare(world);
      await put(world, parts.bucket, { EventBridgeConfiguration: {} });
      const identity = world.identity({ name: parts.bucket });
      const found = await notificationsAdaptor.create(world.scope, identity, desiredOf(parts), {});
      const read = () =>
        world.scope.s3.send(new GetBucketNotificationConfigurationCommand({ Bucket: parts.bucket }));
      expect(await read()).toMatchObject({
        EventBridgeConfiguration: {},
        QueueConfigurations: [{ Id: 'one' }],
      });
      await notificationsAdaptor.remove(world.scope, found, { desired: undefined, owner: world.owner });
      const left = await read();
      expect(left.EventBridgeConfiguration).toEqual({});
      expect(left.QueueConfigurations).toBeUndefined();
    });

    test('a destination that does not let the bucket in yet is waited for', async () => {
      const world = await bench().world();
      const parts = await prepare(world);
      await world.scope.sqs.send(new CreateQueueCommand({ QueueName: `closed-${world.unique}` }));
      const closed = desiredOf({ ...parts, queue: queueArn(world.scope, `closed-${world.unique}`) });
      const create = notificationsAdaptor.create(
        world.scope,
        world.identity({ name: parts.bucket }),
        closed,
        {},
      );
      expect(await create.catch(asCloudError)).toMatchObject({ class: 'NotYet', retryAfterMs: 10_000 });
    });

    test('a bucket that is gone took its notifications with it', async () => {
      const world = await bench().world();
      const identity = world.identity({ name: `none-${world.unique}` });
      const context = { desired: undefined, recorded: [], freshness: 'fresh' } as const;
      expect(await notificationsAdaptor.find(world.scope, identity, context)).toEqual([]);
      const found = {
        id: `none-${world.unique}`,
        tags: 'inherited',
        state: { configuration: {} },
      } as const;
      await notificationsAdaptor.remove(world.scope, found, { desired: undefined, owner: world.owner });
    });
  },
);
