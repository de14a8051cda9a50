import {
  CreateBucketCommand,
  GetBucketNotificationConfigurationCommand,
  type NotificationConfiguration,
  PutBucketNotificationConfigurationCommand,
} from '@aws-sdk/client-s3';
import { CreateTopicCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
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
          Id: 'opta-0-one',
          QueueArn: queue,
          Events: ['s3:ObjectCreated:Put', 's3:ObjectRemoved:*'],
          Filter: {
            Key: {
              FilterRules: [
                { Name: 'prefix', Value: 'in+put/day%3D1/%C3%BC(' },
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
      TopicConfigurations: [{ Id: 'opta-1-two', TopicArn: topic, Events: ['s3:ObjectRestore:*'] }],
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
                { Name: 'Prefix' as 'prefix', Value: 'in+put/day%3D1/%C3%BC(' },
              ],
            },
          },
        })),
      })),
      'filters encoded otherwise': rewritten(configuration => ({
        QueueConfigurations: configuration.QueueConfigurations?.map(one => ({
          ...one,
          Filter: {
            Key: {
              FilterRules: [
                { Name: 'prefix', Value: 'in%20put%2fday%3d1/%C3%BC%28' },
                { Name: 'suffix', Value: '%2Ecsv' },
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
    const filter = (Name: 'prefix' | 'suffix', Value: string): NotificationConfiguration => ({
      QueueConfigurations: [
        {
          QueueArn: 'q',
          Events: ['s3:ObjectCreated:*'],
          Filter: { Key: { FilterRules: [{ Name, Value }] } },
        },
      ],
    });
    test.each([
      ['one that S3 takes for something else', filter('prefix', 'a b=1'), filter('prefix', 'a+b%3D1'), false],
      ['another one', filter('prefix', 'a%2Bb'), filter('prefix', 'a+b'), false],
      ['half a character', filter('suffix', '%C3'), filter('suffix', '%BC'), false],
      ['an empty one', filter('suffix', ''), filter('prefix', ''), true],
    ])('a filter and %s', (_, from, to, same) => {
      const changes = notificationsAdaptor.diff({ configuration: to }, { configuration: from }, []);
      expect(changes.length === 0).toBe(same);
    });

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
        QueueConfigurations: [{ Id: 'opta-0-one' }],
      });
      await notificationsAdaptor.remove(world.scope, found, { desired: undefined, owner: world.owner });
      const left = await read();
      expect(left.EventBridgeConfiguration).toEqual({});
      expect(left.QueueConfigurations).toBeUndefined();
    });

    const read = async ({ scope }: World, { bucket }: Parts) => {
      const command = new GetBucketNotificationConfigurationCommand({ Bucket: bucket });
      const { $metadata: _, ...configuration } = await scope.s3.send(command);
      return configuration;
    };
    const look = (world: World, parts: Parts, desired?: NotificationsDesired) =>
      notificationsAdaptor.find(world.scope, world.identity({ name: parts.bucket }), {
        desired,
        recorded: [],
        freshness: 'fresh',
      });
    const create = (world: World, parts: Parts, desired = desiredOf(parts)) =>
      notificationsAdaptor.create(world.scope, world.identity({ name: parts.bucket }), desired, {});

    test.each(['theirs', 'opta', 'opta-x-1', 'my-opta-0-one', 'tf-s3-queue-20260101'])(
      'queues and topics of others stay, with the Id %s: beside ours, and when ours change and go',
      async Id => {
        const world = await bench().world();
        const parts = await prepare(world);
        const theirs: NotificationConfiguration = {
          QueueConfigurations: [{ Id, QueueArn: parts.queue, Events: ['s3:ObjectTagging:*'] }],
          TopicConfigurations: [{ Id: `${Id}-2`, TopicArn: parts.topic, Events: ['s3:ObjectAcl:Put'] }],
        };
        await put(world, parts.bucket, theirs);
        expect(await look(world, parts, desiredOf(parts))).toEqual([]);
        expect(await look(world, parts)).toEqual([]);
        const made = await create(world, parts);
        const both = await read(world, parts);
        expect(both.QueueConfigurations?.map(one => one.Id).sort()).toEqual([Id, 'opta-0-one'].sort());
        expect(both.TopicConfigurations).toEqual(theirs.TopicConfigurations);
        const [seen = made] = await look(world, parts, desiredOf(parts));
        expect(notificationsAdaptor.diff(desiredOf(parts), seen.state, [])).toEqual([]);

        const next = withTopic({ bucket: parts.bucket, configuration: {} }, parts);
        const changes = notificationsAdaptor.diff(next, seen.state, []);
        const changed = await notificationsAdaptor.update(world.scope, seen, next, changes);
        expect(await read(world, parts)).toMatchObject({
          QueueConfigurations: [{ Id }],
          TopicConfigurations: expect.arrayContaining([
            expect.objectContaining({ Id: `${Id}-2` }),
            expect.objectContaining({ Id: 'opta-1-two' }),
          ]),
        });
        await notificationsAdaptor.remove(world.scope, changed, { desired: undefined, owner: world.owner });
        expect(await read(world, parts)).toEqual(theirs);
      },
    );

    test('what overlaps with one of others is a conflict that names it, and theirs stays', async () => {
      const world = await bench().world();
      const parts = await prepare(world);
      const theirs: NotificationConfiguration = {
        QueueConfigurations: [
          { Id: 'other', QueueArn: parts.queue, Events: ['s3:ObjectTagging:*'] },
          { Id: 'theirs', QueueArn: parts.queue, Events: ['s3:ObjectCreated:*'] },
        ],
      };
      await put(world, parts.bucket, theirs);
      expect(await create(world, parts).catch(asCloudError)).toMatchObject({
        class: 'Conflict',
        message: expect.stringMatching(
          new RegExp(`for the same events.* twice: theirs to ${parts.queue}\\. `),
        ),
      });
      expect(await read(world, parts)).toEqual(theirs);
      const twice = desiredOf(parts).configuration.QueueConfigurations ?? [];
      const ours = { configuration: { QueueConfigurations: [...twice, ...twice] } };
      await put(world, parts.bucket, {});
      expect(await create(world, parts, ours).catch(asCloudError)).toMatchObject({ class: 'Invalid' });
    });

    test('one of others that says what ours says is taken over, and what else is there stays', async () => {
      const world = await bench().world();
      const parts = await prepare(world);
      const ours = withTopic(desiredOf(parts), parts);
      const FilterRules = [
        { Name: 'suffix' as const, Value: '%2Ecsv' },
        { Name: 'prefix' as const, Value: 'in+put/day%3d1/%C3%BC%28' },
      ];
      const Events = ['s3:ObjectRemoved:*', 's3:ObjectCreated:Put'] as const;
      const filtered = { Filter: { Key: { FilterRules } }, Events: [...Events] };
      const tagging = { Id: 'other', QueueArn: parts.queue, Events: ['s3:ObjectTagging:*' as const] };
      const [restored] = ours.configuration.TopicConfigurations ?? [];
      await put(world, parts.bucket, {
        EventBridgeConfiguration: {},
        QueueConfigurations: [{ Id: 'theirs', QueueArn: parts.queue, ...filtered }, tagging],
        TopicConfigurations: [{ ...restored, Id: 'theirs-2' } as NonNullable<typeof restored>],
      });
      const made = await create(world, parts, ours);
      const both = await read(world, parts);
      expect(both).toMatchObject({
        EventBridgeConfiguration: {},
        TopicConfigurations: [{ Id: 'opta-1-two' }],
      });
      expect(both.QueueConfigurations?.map(one => one.Id).sort()).toEqual(['opta-0-one', 'other']);
      await notificationsAdaptor.remove(world.scope, made, { desired: undefined, owner: world.owner });
      expect(await read(world, parts)).toEqual({
        EventBridgeConfiguration: {},
        QueueConfigurations: [tagging],
      });
    });

    test('one of others that says more, or for somebody else, is not', async () => {
      const world = await bench().world();
      const parts = await prepare(world);
      const [one] = desiredOf(parts).configuration.QueueConfigurations ?? [];
      const { Events = [], Filter } = one ?? {};
      for (const theirs of [
        {
          QueueConfigurations: [
            { QueueArn: parts.queue, Filter, Events: [...Events, 's3:ObjectTagging:*' as const] },
          ],
        },
        { TopicConfigurations: [{ TopicArn: parts.topic, Filter, Events }] },
      ]) {
        await put(world, parts.bucket, theirs);
        expect(await create(world, parts).catch(asCloudError)).toMatchObject({ class: 'Conflict' });
      }
    });

    async function closedQueue({ scope, unique }: World, name: string) {
      await scope.sqs.send(new CreateQueueCommand({ QueueName: `${name}-${unique}` }));
      return queueArn(scope, `${name}-${unique}`);
    }

    test('a destination that does not let the bucket in yet is waited for, and not for ever', async () => {
      const world = await bench().world();
      const parts = await prepare(world);
      const closed = await closedQueue(world, 'closed');
      const attempt = () => create(world, parts, desiredOf({ ...parts, queue: closed })).catch(asCloudError);
      const notYet = { class: 'NotYet', retryAfterMs: 10_000 };
      expect(await attempt()).toMatchObject(notYet);
      world.gateway.advanceClock(179);
      expect(await attempt()).toMatchObject(notYet);
      world.gateway.advanceClock(2);
      const invalid = {
        class: 'Invalid',
        message: expect.stringContaining(`to all of ${closed}: one is gone`),
      };
      expect(await attempt()).toMatchObject(invalid);
      // Another configuration is waited for anew, and so is this one after it was taken.
      const other = await closedQueue(world, 'other');
      const next = create(world, parts, desiredOf({ ...parts, queue: other }));
      expect(await next.catch(asCloudError)).toMatchObject(notYet);
      const set = (Policy: string) =>
        world.scope.sqs.send(
          new SetQueueAttributesCommand({
            QueueUrl: `https://sqs.eu-central-1.amazonaws.com/${world.scope.accountId}/closed-${world.unique}`,
            Attributes: { Policy },
          }),
        );
      await set(letIn(world, 'sqs:SendMessage', closed));
      expect(await attempt()).toMatchObject({ id: parts.bucket });
      await set('');
      expect(await attempt()).toMatchObject(notYet);
    });

    test('a destination of others that is gone is named, and ours can be removed all the same', async () => {
      const world = await bench().world();
      const parts = await prepare(world);
      const made = await create(world, parts);
      const gone = queueArn(world.scope, `gone-${world.unique}`);
      const theirs: NotificationConfiguration = {
        QueueConfigurations: [{ Id: 'theirs', QueueArn: gone, Events: ['s3:ObjectTagging:*'] }],
      };
      await world.scope.s3.send(
        new PutBucketNotificationConfigurationCommand({
          Bucket: parts.bucket,
          NotificationConfiguration: {
            QueueConfigurations: [
              ...(desiredOf(parts).configuration.QueueConfigurations ?? []),
              ...(theirs.QueueConfigurations ?? []),
            ],
          },
          SkipDestinationValidation: true,
        }),
      );
      const next = withTopic(desiredOf(parts), parts);
      const changes = notificationsAdaptor.diff(next, made.state, []);
      const attempt = () => notificationsAdaptor.update(world.scope, made, next, changes).catch(asCloudError);
      expect(await attempt()).toMatchObject({ class: 'NotYet' });
      world.gateway.advanceClock(181);
      expect(await attempt()).toMatchObject({
        class: 'Conflict',
        message: expect.stringContaining(
          `to all of ${parts.queue}, ${parts.topic}, and to ${gone}, which others set`,
        ),
      });
      await notificationsAdaptor.remove(world.scope, made, { desired: undefined, owner: world.owner });
      expect(await read(world, parts)).toEqual(theirs);
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
