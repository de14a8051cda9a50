import { z } from 'zod';
import { Adopt } from './adopt.ts';
import { environmentColumn, standardColumns } from './columns.ts';
import { commonSpec, environmentIsImmutable, fifoRules, keyChoice } from './common.ts';
import { defineKind, type ObjectOf } from './define.ts';
import { choice, flag, listBy, reference, text } from './fields.ts';
import { FilterPolicy } from './filter-policy.ts';
import { rules } from './rules.ts';
import { awsArn, awsName, output, statusOf } from './status.ts';

export const TopicSubscription = z
  .object({
    queue: reference('a Queue', 'Name of a Queue in the same namespace. It may come later than the Topic.'),
    rawMessageDelivery: flag(
      'Deliver the message as it was sent, without the envelope of SNS. Default: false, or as it is in a subscription that was there before.',
    ).optional(),
    filterPolicy: FilterPolicy.describe(
      'Which messages are delivered, in the words of an SNS filter policy. Default: all; a subscription that was there before keeps its ' +
        'own, and an empty one ({}) takes that away.',
    ).optional(),
    filterPolicyScope: choice(
      ['MessageAttributes', 'MessageBody'],
      'Which part of a message filterPolicy looks at. Default: MessageAttributes.',
    ).optional(),
  })
  .meta(
    rules({
      rule: '!has(self.filterPolicyScope) || has(self.filterPolicy)',
      message: 'filterPolicyScope needs a filterPolicy',
    }),
  );
export type TopicSubscription = z.infer<typeof TopicSubscription>;

export const TopicSpec = z.object({
  ...commonSpec,
  adopt: Adopt('topic', 256, /^[A-Za-z0-9_-]{1,251}([A-Za-z0-9_-]{0,5}|[.]fifo)$/).optional(),
  fifo: flag(
    'First in, first out, each message once. Cannot be changed: where it was left out before, it makes another topic in the place of this one once a person approves that. Default: false.',
  ).optional(),
  contentBasedDeduplication: flag(
    'Messages with the same body within five minutes count as one; for fifo topics only. Default: false.',
  ).optional(),
  subscriptions: listBy(
    ['queue'],
    TopicSubscription,
    100,
    'The Queues that get a copy of each message. Each opens itself for this topic. Default: none.',
  ).optional(),
  encryption: keyChoice('topic').optional(),
  displayName: text(
    {
      // AWS CloudFormation User Guide, AWS::SNS::Topic, DisplayName.
      pattern: /^[\p{L}\p{N} _-]+$/u,
      says: 'displayName can have letters, digits, spaces, "-" and "_" only',
      max: 100,
    },
    'Name shown to people where SNS shows one. Default: none.',
  ).optional(),
});
export type TopicSpec = z.infer<typeof TopicSpec>;

const SubscriptionStatus = z.object({
  queue: z.string().max(253).describe('Name of the Queue.'),
  arn: awsArn('ARN of the subscription.'),
  state: output(1024, 'Where it stands: Subscribed or Waiting.'),
});

export const TopicStatus = statusOf({
  arn: awsArn('ARN of the topic.'),
  name: awsName('Name of the topic in AWS.'),
  keyArn: awsArn('ARN of the KMS key that encrypts the topic.'),
  subscriptions: listBy(
    ['queue'],
    SubscriptionStatus,
    10_000,
    'The subscriptions and where they stand.',
  ).exactOptional(),
});
export type TopicStatus = z.infer<typeof TopicStatus>;

export const Topic = defineKind({
  kind: 'Topic',
  plural: 'topics',
  singular: 'topic',
  shortNames: ['optatopic'],
  scope: 'Namespaced',
  categories: ['opta'],
  description: 'An encrypted Amazon SNS topic and its subscriptions by Queues.',
  columns: [environmentColumn, ...standardColumns],
  spec: TopicSpec,
  status: TopicStatus,
  rules: [environmentIsImmutable, ...fifoRules('Topic', 'publishers')],
});
export type Topic = ObjectOf<typeof Topic>;
