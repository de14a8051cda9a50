import { CreateTopicCommand, SetTopicAttributesCommand } from '@aws-sdk/client-sns';
import { expect, test } from 'vitest';
import { accountRootArn, topicArn } from '../arn.ts';
import { conformance } from '../conformance/conformance.ts';
import type { World } from '../conformance/world.ts';
import { policyOf } from '../policy.ts';
import { type TopicDesired, type TopicState, topicAdaptor } from './topic.ts';

function policy(world: World, ...sids: readonly string[]): string {
  return JSON.stringify(
    policyOf(
      sids.map(sid => ({
        Sid: sid,
        Effect: 'Allow',
        Principal: { AWS: accountRootArn(world.scope) },
        Action: ['sns:Publish', 'sns:Subscribe'],
        Resource: topicArn(world.scope, `topic-${world.unique}`),
      })),
    ),
  );
}

function withAttribute(name: string, value: string) {
  return ({ attributes }: TopicDesired): TopicDesired => ({ attributes: { ...attributes, [name]: value } });
}

function setByHand(AttributeName: string, AttributeValue: string | ((world: World) => string)) {
  return (world: World, { id: TopicArn }: { id: string }) =>
    world.scope.sns.send(
      new SetTopicAttributesCommand({
        TopicArn,
        AttributeName,
        AttributeValue: typeof AttributeValue === 'string' ? AttributeValue : AttributeValue(world),
      }),
    );
}

conformance<TopicDesired, TopicState, undefined>(
  topicAdaptor,
  {
    prepare: async () => undefined,
    name: world => `topic-${world.unique}`,
    desired: (_, world) => ({
      attributes: { KmsMasterKeyId: 'alias/one', Policy: policy(world, 'One', 'Two') },
    }),
    createdBy: 'CreateTopic',
    fields: {
      KmsMasterKeyId: withAttribute('KmsMasterKeyId', 'alias/two'),
      Policy: ({ attributes }) => ({
        attributes: { ...attributes, Policy: (attributes.Policy ?? '').replace('"Two"', '"Three"') },
      }),
    },
    optional: {
      DisplayName: {
        with: withAttribute('DisplayName', 'Orders'),
        byHand: setByHand('DisplayName', 'by hand'),
      },
    },
    drift: {
      KmsMasterKeyId: setByHand('KmsMasterKeyId', ''),
      Policy: setByHand('Policy', world => policy(world, 'One')),
    },
    rewritten: {
      'a policy with other spacing and order': ({ attributes }) => {
        const parsed = JSON.parse(attributes.Policy ?? '') as { Statement: { Action: string[] }[] };
        const statements = parsed.Statement.map(one => ({ ...one, Action: [...one.Action].reverse() }));
        return {
          attributes: {
            ...attributes,
            Policy: JSON.stringify({ Statement: statements.reverse(), Version: '2012-10-17' }, null, 1),
          },
        };
      },
    },
    async foreign(world, Name, tags) {
      const Tags = Object.entries(tags ?? {}).map(([Key, Value]) => ({ Key, Value }));
      await world.scope.sns.send(new CreateTopicCommand({ Name, Tags }));
    },
    calls: { create: 3, drift: 2 },
  },
  bench => {
    test.each(['of another topic', 'that is none'])('a recorded ARN %s is not followed', async what => {
      const world = await bench().world();
      const name = `topic-${world.unique}`;
      const mine = await topicAdaptor.create(
        world.scope,
        world.identity({ name }),
        { attributes: {} },
        world.tags(),
      );
      const other = await world.scope.sns.send(new CreateTopicCommand({ Name: `other-${world.unique}` }));
      const id = what === 'that is none' ? 'nonsense' : other.TopicArn;
      const found = await topicAdaptor.find(world.scope, world.identity({ name, id }), {
        desired: undefined,
        recorded: [],
        freshness: 'fresh',
      });
      expect(found.map(one => one.id)).toEqual([mine.id]);
    });

    test('fifo topics are made as such, and cannot be changed into one', async () => {
      const world = await bench().world();
      const identity = world.identity({ name: `topic-${world.unique}.fifo` });
      const desired = { attributes: { FifoTopic: 'true', ContentBasedDeduplication: 'false' } };
      await topicAdaptor.create(world.scope, identity, desired, world.tags());
      const [found] = await topicAdaptor.find(world.scope, identity, {
        desired,
        recorded: [],
        freshness: 'fresh',
      });
      expect(found && topicAdaptor.diff(desired, found.state, [])).toEqual([]);
      const [change] = topicAdaptor.diff(desired, { attributes: {} }, []);
      expect(change).toMatchObject({ field: 'FifoTopic', risk: 'High', replace: true });
    });
  },
);
