import {
  CreateQueueCommand,
  GetQueueUrlCommand,
  ListQueueTagsCommand,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs';
import { describe, expect, test } from 'vitest';
import { CloudError } from '../../engine/errors.ts';
import { queueArn } from '../arn.ts';
import { conformance } from '../conformance/conformance.ts';
import type { World } from '../conformance/world.ts';
import { policyOf } from '../policy.ts';
import { type QueueDesired, type QueueState, queueAdaptor } from './queue.ts';

interface Parts {
  readonly deadLetterArn: string;
}

function policy(world: World, ...sids: readonly string[]): string {
  const arn = queueArn(world.scope, `queue-${world.unique}`);
  return JSON.stringify(
    policyOf(
      sids.map(sid => ({
        Sid: sid,
        Effect: 'Deny',
        Principal: '*',
        Action: ['sqs:SendMessage'],
        Resource: arn,
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      })),
    ),
  );
}

function withAttribute(name: string, value: string) {
  return ({ attributes }: QueueDesired): QueueDesired => ({ attributes: { ...attributes, [name]: value } });
}

function setByHand(name: string, value: string) {
  return (world: World, { id }: { id: string }) =>
    world.scope.sqs.send(new SetQueueAttributesCommand({ QueueUrl: id, Attributes: { [name]: value } }));
}

const redrive = (arn: string, maxReceiveCount: unknown) =>
  JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount });

function rewritten(name: string, text: (value: string) => string) {
  return ({ attributes }: QueueState): QueueState => ({
    attributes: { ...attributes, [name]: text(attributes[name] ?? '') },
  });
}

conformance<QueueDesired, QueueState, Parts>(
  queueAdaptor,
  {
    async prepare(world) {
      const QueueName = `dead-${world.unique}`;
      await world.scope.sqs.send(new CreateQueueCommand({ QueueName }));
      return { deadLetterArn: queueArn(world.scope, QueueName) };
    },
    name: world => `queue-${world.unique}`,
    desired: (parts, world) => ({
      attributes: {
        KmsMasterKeyId: 'alias/one',
        Policy: policy(world, 'One', 'Two'),
        DelaySeconds: '0',
        MessageRetentionPeriod: '345600',
        VisibilityTimeout: '30',
        ReceiveMessageWaitTimeSeconds: '20',
        MaximumMessageSize: '1024',
        RedriveAllowPolicy: JSON.stringify({
          redrivePermission: 'byQueue',
          sourceQueueArns: [parts.deadLetterArn],
        }),
      },
    }),
    createdBy: 'CreateQueue',
    fields: {
      KmsMasterKeyId: withAttribute('KmsMasterKeyId', 'alias/two'),
      Policy: ({ attributes }) => ({
        attributes: { ...attributes, Policy: (attributes.Policy ?? '').replace('"Two"', '"Three"') },
      }),
      DelaySeconds: withAttribute('DelaySeconds', '5'),
      MessageRetentionPeriod: withAttribute('MessageRetentionPeriod', '60'),
      VisibilityTimeout: withAttribute('VisibilityTimeout', '0'),
      ReceiveMessageWaitTimeSeconds: withAttribute('ReceiveMessageWaitTimeSeconds', '0'),
      MaximumMessageSize: withAttribute('MaximumMessageSize', '262144'),
      RedriveAllowPolicy: withAttribute(
        'RedriveAllowPolicy',
        JSON.stringify({ redrivePermission: 'denyAll' }),
      ),
    },
    optional: {
      RedrivePolicy: {
        with: (desired, { deadLetterArn }) =>
          withAttribute('RedrivePolicy', redrive(deadLetterArn, 5))(desired),
        byHand: (world, found, { deadLetterArn }) =>
          setByHand('RedrivePolicy', redrive(deadLetterArn, 3))(world, found),
      },
    },
    drift: {
      KmsMasterKeyId: setByHand('KmsMasterKeyId', ''),
      Policy: setByHand('Policy', ''),
      DelaySeconds: setByHand('DelaySeconds', '7'),
      MessageRetentionPeriod: setByHand('MessageRetentionPeriod', '1209600'),
      VisibilityTimeout: setByHand('VisibilityTimeout', '31'),
      ReceiveMessageWaitTimeSeconds: setByHand('ReceiveMessageWaitTimeSeconds', '1'),
      MaximumMessageSize: setByHand('MaximumMessageSize', '2048'),
      RedriveAllowPolicy: setByHand('RedriveAllowPolicy', ''),
    },
    rewritten: {
      'a policy with other spacing, order and single values': rewritten('Policy', text => {
        const parsed = JSON.parse(text) as { Statement: { Action: string[] }[] };
        const statements = parsed.Statement.map(one =>
          Object.fromEntries(Object.entries({ ...one, Action: one.Action[0] }).reverse()),
        );
        return JSON.stringify({ Statement: statements.reverse(), Version: '2012-10-17' }, null, 2);
      }),
      'a boolean in a condition': rewritten('Policy', text => text.replaceAll('"false"', 'false')),
      'a list of one': rewritten('RedriveAllowPolicy', text =>
        text.replace(/\[("[^"]*")\]/, (_, one: string) => one),
      ),
    },
    async foreign(world, QueueName, tags) {
      await world.scope.sqs.send(
        new CreateQueueCommand({ QueueName, ...(tags ? { tags: { ...tags } } : {}) }),
      );
    },
    calls: { create: 3, drift: 2 },
  },
  bench => {
    async function queue(attributes: QueueDesired['attributes'] = {}, fifo = false) {
      const world = await bench().world();
      const identity = world.identity({ name: `queue-${world.unique}${fifo ? '.fifo' : ''}` });
      return { world, identity, desired: { attributes }, tags: world.tags() };
    }

    test('a redrive policy with its count as text, as the console once wrote it, is the same', () => {
      const arn = 'arn:aws:sqs:eu-central-1:111111111111:dead';
      const state = { attributes: { RedrivePolicy: redrive(arn, '5') } };
      expect(queueAdaptor.diff({ attributes: { RedrivePolicy: redrive(arn, 5) } }, state, [])).toEqual([]);
      expect(queueAdaptor.diff({ attributes: { RedrivePolicy: redrive(arn, 6) } }, state, [])).toHaveLength(
        1,
      );
    });

    test('where failed messages go is left alone, unless it is to be nowhere', () => {
      const state = { attributes: { RedrivePolicy: redrive('arn:aws:sqs:eu-central-1:1:dead', 5) } };
      const nowhere = { attributes: { RedrivePolicy: '' } };
      expect(queueAdaptor.diff({ attributes: {} }, state, [])).toEqual([]);
      expect(queueAdaptor.diff(nowhere, state, [])).toMatchObject([{ field: 'RedrivePolicy', to: '' }]);
      expect(queueAdaptor.diff(nowhere, { attributes: {} }, [])).toEqual([]);
      // It is not ours to look after then.
      expect(queueAdaptor.optionalKeys?.(nowhere)).toEqual([]);
    });

    test('fifo queues are made as such, and a false is AWS leaving it out', async () => {
      const at = await queue({ FifoQueue: 'true', ContentBasedDeduplication: 'false' }, true);
      const { id } = await queueAdaptor.create(at.world.scope, at.identity, at.desired, at.tags);
      const context = { desired: at.desired, recorded: [], freshness: 'fresh' } as const;
      const [found] = await queueAdaptor.find(at.world.scope, { ...at.identity, id }, context);
      expect(found && queueAdaptor.diff(at.desired, found.state, [])).toEqual([]);
    });

    test('kinds of queue cannot be changed: it is to be replaced, at high risk', () => {
      const changes = queueAdaptor.diff({ attributes: { FifoQueue: 'true' } }, { attributes: {} }, []);
      expect(changes).toEqual([
        { field: 'FifoQueue', from: undefined, to: 'true', risk: 'High', replace: true },
      ]);
    });

    test('a shorter retention deletes messages, so it is of high risk; a longer one is not', () => {
      const risk = (to: string) =>
        queueAdaptor.diff(
          { attributes: { MessageRetentionPeriod: to } },
          { attributes: { MessageRetentionPeriod: '3600' } },
          [],
        )[0]?.risk;
      expect([risk('60'), risk('7200')]).toEqual(['High', 'Low']);
    });

    test('a name that was deleted less than 60 seconds ago is waited for', async () => {
      const at = await queue();
      const found = await queueAdaptor.create(at.world.scope, at.identity, at.desired, at.tags);
      await queueAdaptor.remove(at.world.scope, found, { desired: at.desired, owner: at.world.owner });
      const again = queueAdaptor.create(at.world.scope, at.identity, at.desired, at.tags);
      await expect(again).rejects.toMatchObject({ class: 'Busy', retryAfterMs: 60_000 });
      at.world.gateway.advanceClock(61);
      await queueAdaptor.create(at.world.scope, at.identity, at.desired, at.tags);
    });

    test.each([
      'of another queue',
      'of another account',
      'of another host',
      'of another host, by account and name',
    ])('a recorded URL %s is not followed', async what => {
      const at = await queue();
      const mine = await queueAdaptor.create(at.world.scope, at.identity, at.desired, at.tags);
      const other = await at.world.scope.sqs.send(
        new CreateQueueCommand({ QueueName: `other-${at.world.unique}` }),
      );
      const forged = {
        'of another queue': other.QueueUrl ?? '',
        'of another account': `https://sqs.eu-central-1.amazonaws.com/222222222222/${mine.name}`,
        'of another host': 'http://169.254.169.254/latest/meta-data',
        'of another host, by account and name': `https://sqs.evil.example/${at.world.scope.accountId}/${mine.name}`,
      }[what];
      const context = { desired: at.desired, recorded: [], freshness: 'fresh' } as const;
      const calls = await at.world.calls(async () => {
        const found = await queueAdaptor.find(at.world.scope, { ...at.identity, id: forged }, context);
        expect(found.map(one => one.id)).toEqual([mine.id]);
      });
      expect(calls.map(call => call.resource).filter(resource => resource.includes('other'))).toEqual([]);
    });

    test('a process that has not been told yet where SQS has its queues asks once, and believes no status before', async () => {
      const at = await queue();
      const mine = await queueAdaptor.create(at.world.scope, at.identity, at.desired, at.tags);
      const context = { desired: at.desired, recorded: [], freshness: 'fresh' } as const;
      const scope = { ...at.world.scope };
      const forged = `https://sqs.evil.example/${scope.accountId}/${mine.name}`;
      const asked = async (id: string) => {
        const calls = await at.world.calls(async () => {
          const found = await queueAdaptor.find(scope, { ...at.identity, id }, context);
          expect(found.map(one => one.id)).toEqual([mine.id]);
        });
        return calls.filter(call => call.operation === 'GetQueueUrl').length;
      };
      expect(await asked(forged)).toBe(1);
      expect(await asked(mine.id)).toBe(0);
      expect(await asked(forged)).toBe(1);
    });

    test('tags that a new queue does not show yet are waited for, and nothing else is written', async () => {
      const at = await queue();
      // Nobody's tags: as a queue looks whose tags have not come through.
      await at.world.scope.sqs.send(new CreateQueueCommand({ QueueName: at.identity.name }));
      const create = queueAdaptor.create(at.world.scope, at.identity, at.desired, at.tags);
      await expect(create).rejects.toMatchObject({ class: 'NotYet' });
      const { QueueUrl } = await at.world.scope.sqs.send(
        new GetQueueUrlCommand({ QueueName: at.identity.name }),
      );
      const tags = await at.world.scope.sqs.send(new ListQueueTagsCommand({ QueueUrl }));
      expect(tags.Tags ?? {}).toEqual({});
    });

    describe.each(['create', 'update'] as const)(
      'a dead-letter queue that SQS does not see yet at %s',
      how => {
        async function writing() {
          const at = await queue();
          const { world } = at;
          const dead = queueArn(world.scope, `dead-${world.unique}`);
          await world.scope.sqs.send(new CreateQueueCommand({ QueueName: `dead-${world.unique}` }));
          const attributes = { RedrivePolicy: redrive(dead, 5) };
          const made =
            how === 'update' &&
            (await queueAdaptor.create(world.scope, at.identity, at.desired, world.tags()));
          const blind = () =>
            world.gateway.addFault({
              operation: how === 'create' ? 'CreateQueue' : 'SetQueueAttributes',
              times: 1,
              fault: {
                kind: 'serverError',
                status: 400,
                code: 'InvalidParameterValue',
                message: `Value ${attributes.RedrivePolicy} for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist.`,
              },
            });
          const write = async () => {
            if (!made) return queueAdaptor.create(world.scope, at.identity, { attributes }, world.tags());
            const changes = queueAdaptor.diff({ attributes }, made.state, []);
            return queueAdaptor.update(world.scope, made, { attributes }, changes);
          };
          return { world, blind, write };
        }

        test('is waited for, a few seconds at a time', async () => {
          const { blind, write } = await writing();
          blind();
          await expect(write()).rejects.toMatchObject({ class: 'NotYet', retryAfterMs: 5_000 });
          await write();
        });

        test('and that does not come is the spec to blame', async () => {
          const { world, blind, write } = await writing();
          blind();
          await expect(write()).rejects.toMatchObject({ class: 'NotYet' });
          world.gateway.advanceClock(120);
          blind();
          await expect(write()).rejects.toMatchObject({
            class: 'Invalid',
            message: expect.stringMatching(/the dead-letter queue does not exist$/),
          });
        });
      },
    );

    test('a value that SQS refuses is the spec to blame', async () => {
      const at = await queue({ VisibilityTimeout: '99999' });
      const error = await queueAdaptor
        .create(at.world.scope, at.identity, at.desired, at.tags)
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(CloudError);
      expect(error).toMatchObject({ class: 'Invalid' });
    });
  },
);
