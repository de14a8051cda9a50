import { CreateTopicCommand, SetSubscriptionAttributesCommand, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { queueArn, topicArn } from '../arn.ts';
import { conformance } from '../conformance/conformance.ts';
import type { World } from '../conformance/world.ts';
import {
  type SubscriptionDesired,
  type SubscriptionState,
  subscriptionAdaptor,
  subscriptionName,
} from './subscription.ts';

interface Parts {
  readonly topic: string;
  readonly queue: string;
}

async function prepare(world: World): Promise<Parts> {
  const name = `sub-${world.unique}`;
  const tags = { ...world.tags(), 'opta.dev/node': 'topic' };
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  await world.scope.sns.send(new CreateTopicCommand({ Name: name, Tags }));
  await world.scope.sqs.send(new CreateQueueCommand({ QueueName: name }));
  return { topic: topicArn(world.scope, name), queue: queueArn(world.scope, name) };
}

function desiredOf({ topic, queue }: Parts, attributes: Readonly<Record<string, string>> = {}) {
  return { topicArn: topic, queueArn: queue, attributes };
}

function withAttributes(added: Readonly<Record<string, string>>) {
  return (desired: SubscriptionDesired): SubscriptionDesired => ({
    ...desired,
    attributes: { ...desired.attributes, ...added },
  });
}

function setByHand(AttributeName: string, AttributeValue: string) {
  return (world: World, { id: SubscriptionArn }: { id: string }) =>
    world.scope.sns.send(
      new SetSubscriptionAttributesCommand({ SubscriptionArn, AttributeName, AttributeValue }),
    );
}

const FLAT = JSON.stringify({
  store: ['one', { 'anything-but': 'two' }],
  price: [{ numeric: ['>', 1, '<', 5] }],
});
const NESTED = JSON.stringify({ order: { store: ['one'] } });

conformance<SubscriptionDesired, SubscriptionState, Parts>(
  subscriptionAdaptor,
  {
    prepare,
    name: (_, { topic, queue }) => subscriptionName(topic, queue),
    desired: parts => desiredOf(parts),
    createdBy: 'Subscribe',
    fields: {
      RawMessageDelivery: withAttributes({ RawMessageDelivery: 'true' }),
    },
    optional: {
      RawMessageDelivery: {
        with: withAttributes({ RawMessageDelivery: 'true' }),
        byHand: setByHand('RawMessageDelivery', 'true'),
      },
      FilterPolicy: {
        keys: ['FilterPolicy', 'FilterPolicyScope'],
        with: withAttributes({ FilterPolicy: FLAT, FilterPolicyScope: 'MessageAttributes' }),
        byHand: setByHand('FilterPolicy', FLAT),
      },
      FilterPolicyScope: {
        keys: ['FilterPolicy', 'FilterPolicyScope'],
        with: withAttributes({ FilterPolicy: NESTED, FilterPolicyScope: 'MessageBody' }),
        async byHand(world, found) {
          await setByHand('FilterPolicyScope', 'MessageBody')(world, found);
          await setByHand('FilterPolicy', NESTED)(world, found);
        },
      },
    },
    drift: {},
    calls: { create: 2, drift: 1 },
  },
  bench => {
    const look = { desired: undefined, recorded: [], freshness: 'fresh' } as const;

    async function made(attributes: Readonly<Record<string, string>> = {}) {
      const world = await bench().world();
      const parts = await prepare(world);
      const identity = world.identity({ name: subscriptionName(parts.topic, parts.queue) });
      const desired = desiredOf(parts, attributes);
      const found = await subscriptionAdaptor.create(world.scope, identity, desired, {});
      return { world, parts, identity, desired, found };
    }

    test.each([
      ['from the attributes to the body', 'MessageAttributes', FLAT, 'MessageBody', NESTED],
      ['from the body to the attributes', 'MessageBody', NESTED, 'MessageAttributes', FLAT],
    ])('a filter moves %s, in the order that SNS takes', async (_, scope, filter, nextScope, nextFilter) => {
      const at = await made({ FilterPolicy: filter, FilterPolicyScope: scope });
      const next = desiredOf(at.parts, { FilterPolicy: nextFilter, FilterPolicyScope: nextScope });
      const changes = subscriptionAdaptor.diff(next, at.found.state, []);
      expect(changes.map(one => one.field)).toEqual(['FilterPolicy', 'FilterPolicyScope']);
      const calls = await at.world.calls(() =>
        subscriptionAdaptor.update(at.world.scope, at.found, next, changes),
      );
      expect(calls.map(call => [call.operation, call.status])).toEqual([
        ['SetSubscriptionAttributes', 200],
        ['SetSubscriptionAttributes', 200],
      ]);
      const [found] = await subscriptionAdaptor.find(at.world.scope, at.identity, look);
      expect(found && subscriptionAdaptor.diff(next, found.state, [])).toEqual([]);
    });

    test.each([
      ['with no scope of its own', { FilterPolicy: FLAT }],
      ['with the scope written', { FilterPolicy: FLAT, FilterPolicyScope: 'MessageAttributes' }],
    ])(
      'a filter %s moves to the body and is refused: it goes on as it was, and all else is written',
      async (_, attributes) => {
        const at = await made(attributes);
        const refused = { FilterPolicy: '{"order":{"store":[]}}', FilterPolicyScope: 'MessageBody' };
        const next = desiredOf(at.parts, { ...refused, RawMessageDelivery: 'true' });
        const changes = subscriptionAdaptor.diff(next, at.found.state, []);
        const update = subscriptionAdaptor.update(at.world.scope, at.found, next, changes);
        await expect(update).rejects.toMatchObject({ class: 'Invalid' });
        const [found] = await subscriptionAdaptor.find(at.world.scope, at.identity, look);
        const others = desiredOf(at.parts, { ...attributes, RawMessageDelivery: 'true' });
        expect(found && subscriptionAdaptor.diff(others, found.state, [])).toEqual([]);
      },
    );

    test('a filter moves to the attributes and is refused: all else is written', async () => {
      const before = { FilterPolicy: NESTED, FilterPolicyScope: 'MessageBody' };
      const at = await made(before);
      const refused = { FilterPolicy: '{"store":[]}', FilterPolicyScope: 'MessageAttributes' };
      const next = desiredOf(at.parts, { ...refused, RawMessageDelivery: 'true' });
      const changes = subscriptionAdaptor.diff(next, at.found.state, []);
      const update = subscriptionAdaptor.update(at.world.scope, at.found, next, changes);
      await expect(update).rejects.toMatchObject({ class: 'Invalid' });
      const [found] = await subscriptionAdaptor.find(at.world.scope, at.identity, look);
      const others = desiredOf(at.parts, { ...before, RawMessageDelivery: 'true' });
      expect(found && subscriptionAdaptor.diff(others, found.state, [])).toEqual([]);
    });

    test('a scope that cannot be set back is told', async () => {
      const at = await made({ FilterPolicy: FLAT });
      const refused = { FilterPolicy: '{"order":{"store":[]}}', FilterPolicyScope: 'MessageBody' };
      const next = desiredOf(at.parts, refused);
      at.world.gateway.addFault({
        operation: 'SetSubscriptionAttributes',
        nth: 3,
        fault: { kind: 'accessDenied' },
      });
      const changes = subscriptionAdaptor.diff(next, at.found.state, []);
      const update = subscriptionAdaptor.update(at.world.scope, at.found, next, changes);
      await expect(update).rejects.toMatchObject({
        class: 'Invalid',
        message: expect.stringMatching(/set back to MessageAttributes.*AWS refused/),
      });
    });

    test.each([
      [
        'other order of keys',
        FLAT,
        JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(FLAT)).reverse())),
        true,
      ],
      [
        'another order in a list that means something by it',
        '{"a":[{"numeric":[">",1,"<",5]}]}',
        '{"a":[{"numeric":["<",1,">",5]}]}',
        false,
      ],
      ['a number and its text', '{"a":[1]}', '{"a":["1"]}', false],
    ])('filters that differ by %s', (_, from, to, same) => {
      const desired = { topicArn: 't', queueArn: 'q', attributes: { FilterPolicy: to } };
      const state = { ...desired, attributes: { FilterPolicy: from } };
      const changes = subscriptionAdaptor.diff(desired, state, []);
      expect(changes.length === 0).toBe(same);
    });

    test.each([
      ['to the attributes', FLAT, 'MessageAttributes'],
      ['to the body', NESTED, 'MessageBody'],
    ])(
      'an empty filter takes away one %s that others made, and is nothing where there is none',
      async (_, FilterPolicy, FilterPolicyScope) => {
        const at = await made({ FilterPolicy, FilterPolicyScope });
        const empty = desiredOf(at.parts, { FilterPolicy: '{}' });
        const changes = subscriptionAdaptor.diff(empty, at.found.state, []);
        expect(changes.map(one => one.field)).toEqual(['FilterPolicy']);
        const updated = await subscriptionAdaptor.update(at.world.scope, at.found, empty, changes);
        expect(subscriptionAdaptor.diff(empty, updated.state, [])).toEqual([]);
        const [found] = await subscriptionAdaptor.find(at.world.scope, at.identity, look);
        expect(found?.state.attributes).not.toHaveProperty('FilterPolicy');
        expect(found && subscriptionAdaptor.diff(empty, found.state, [])).toEqual([]);
      },
    );

    test('one that is made with an empty filter has none, and is as it is to be', async () => {
      const at = await made({ FilterPolicy: '{}' });
      const [found] = await subscriptionAdaptor.find(at.world.scope, at.identity, look);
      expect(found?.state.attributes).not.toHaveProperty('FilterPolicy');
      expect(found && subscriptionAdaptor.diff(at.desired, found.state, [])).toEqual([]);
    });

    test('a recorded ARN of another queue’s subscription to the same topic is not followed', async () => {
      const at = await made();
      const command = new SubscribeCommand({
        TopicArn: at.parts.topic,
        Protocol: 'sqs',
        Endpoint: `${at.parts.queue}-2`,
        ReturnSubscriptionArn: true,
      });
      const { SubscriptionArn: id } = await at.world.scope.sns.send(command);
      const found = await subscriptionAdaptor.find(at.world.scope, { ...at.identity, id }, look);
      expect(found).toMatchObject([{ id: at.found.id }]);
    });

    test.each(['of another subscription', 'that is none', 'of what was removed by hand'])(
      'a recorded ARN %s: the subscription is looked for by its ends',
      async what => {
        const at = await made();
        const other = await made();
        const forged = what === 'that is none' ? 'nonsense' : other.found.id;
        if (what === 'of what was removed by hand')
          await subscriptionAdaptor.remove(other.world.scope, other.found, {
            desired: other.desired,
            owner: other.world.owner,
          });
        const found = await subscriptionAdaptor
          .find(at.world.scope, { ...at.identity, id: forged }, look)
          .catch((error: unknown) => error);
        expect(found).toMatchObject([{ id: at.found.id }]);
      },
    );

    test('it is found among more subscriptions than one page holds', async () => {
      const at = await made();
      for (const n of [1, 2, 3]) {
        await at.world.scope.sns.send(
          new SubscribeCommand({
            TopicArn: at.parts.topic,
            Protocol: 'sqs',
            Endpoint: `${at.parts.queue}-${n}`,
          }),
        );
      }
      at.world.gateway.addFault({ operation: 'ListSubscriptionsByTopic', fault: { kind: 'pageSize', n: 1 } });
      expect(await subscriptionAdaptor.find(at.world.scope, at.identity, look)).toMatchObject([
        { id: at.found.id },
      ]);
    });
  },
);
