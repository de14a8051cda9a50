import { z } from 'zod';
import { Adopt } from './adopt.ts';
import { environmentColumn, standardColumns } from './columns.ts';
import { commonSpec, environmentIsImmutable, fifoRules, keyChoice } from './common.ts';
import { defineKind, type ObjectOf } from './define.ts';
import { choice, flag, whole } from './fields.ts';
import { rules } from './rules.ts';
import { awsArn, awsName, output, statusOf } from './status.ts';

/** How long a queue keeps a message where its spec says nothing: SQS's own default, 4 days. */
export const RETENTION_SECONDS = 345_600;

// Bounds: Amazon SQS API Reference, SetQueueAttributes.
const DeadLetter = z
  .object({
    mode: choice(
      ['Enabled', 'Disabled'],
      'Whether messages that cannot be processed go to a second queue. Default: Enabled.',
    ).optional(),
    maxReceiveCount: whole(
      1,
      1000,
      'How often a message is received before it moves to the dead-letter queue. Default: 5.',
    ).optional(),
    messageRetentionSeconds: whole(
      60,
      1_209_600,
      'How long the dead-letter queue keeps a message, counted from when it was first sent: not shorter than the queue itself, unless that is fifo. Default: 1209600 (14 days).',
    ).optional(),
  })
  .meta(
    rules({
      rule: "!has(self.mode) || self.mode != 'Disabled' || (!has(self.maxReceiveCount) && !has(self.messageRetentionSeconds))",
      message:
        'with mode Disabled there is no dead-letter queue: leave out maxReceiveCount and messageRetentionSeconds',
    }),
  );

export const QueueSpec = z.object({
  ...commonSpec,
  adopt: Adopt('queue', 80, /^[A-Za-z0-9_-]{1,75}([A-Za-z0-9_-]{0,5}|[.]fifo)$/).optional(),
  fifo: flag(
    'First in, first out, each message once. Cannot be changed: where it was left out before, it makes another queue in the place of this one once a person approves that, and the messages in it are lost. Default: false.',
  ).optional(),
  contentBasedDeduplication: flag(
    'Messages with the same body within five minutes count as one; for fifo queues only. Default: false.',
  ).optional(),
  delaySeconds: whole(0, 900, 'How long a new message stays hidden. Default: 0.').optional(),
  messageRetentionSeconds: whole(
    60,
    1_209_600,
    `How long a message is kept that nobody deletes. Default: ${RETENTION_SECONDS} (4 days).`,
  ).optional(),
  visibilityTimeoutSeconds: whole(
    0,
    43_200,
    'How long a received message stays hidden from others: longer than processing takes. Default: 30.',
  ).optional(),
  receiveWaitTimeSeconds: whole(
    0,
    20,
    'How long a receive waits for a message to come; 0 answers at once and costs more calls. Default: 20.',
  ).optional(),
  maximumMessageSizeBytes: whole(
    1024,
    1_048_576,
    'The largest message that is accepted. Default: 1048576 (1 MiB).',
  ).optional(),
  deadLetter: DeadLetter.describe(
    'The second queue, for messages that cannot be processed. Default: made, with the defaults of its fields.',
  ).optional(),
  encryption: keyChoice('queue').optional(),
  acceptEventBridge: flag(
    "Whether EventBridge rules of the environment's account and region may send to this queue. Default: false.",
  ).optional(),
});
export type QueueSpec = z.infer<typeof QueueSpec>;

export const QueueStatus = statusOf({
  url: output(2048, 'Address for the SQS API.'),
  arn: awsArn('ARN of the queue.'),
  name: awsName('Name of the queue in AWS.'),
  keyArn: awsArn('ARN of the KMS key that encrypts the queue.'),
  deadLetter: z
    .object({
      url: output(2048, 'Address for the SQS API.'),
      arn: awsArn('ARN of the dead-letter queue.'),
      name: awsName('Name of the dead-letter queue in AWS.'),
    })
    .describe('The dead-letter queue.')
    .exactOptional(),
});
export type QueueStatus = z.infer<typeof QueueStatus>;

export const Queue = defineKind({
  kind: 'Queue',
  plural: 'queues',
  singular: 'queue',
  shortNames: ['optaqueue'],
  scope: 'Namespaced',
  categories: ['opta'],
  description: 'An encrypted Amazon SQS queue with a dead-letter queue.',
  columns: [environmentColumn, ...standardColumns],
  spec: QueueSpec,
  status: QueueStatus,
  rules: [
    environmentIsImmutable,
    ...fifoRules('Queue', 'producers and consumers'),
    {
      // In a standard queue a message keeps its age when it moves; in a fifo queue its age starts anew. What is left out may
      // have been found in AWS, which the kind's own check knows.
      rule: '(has(self.fifo) && self.fifo) || !has(self.deadLetter) || !has(self.deadLetter.messageRetentionSeconds) || !has(self.messageRetentionSeconds) || self.deadLetter.messageRetentionSeconds >= self.messageRetentionSeconds',
      message:
        'deadLetter.messageRetentionSeconds must not be less than messageRetentionSeconds: a message keeps its age when it moves, and would be dropped',
      fieldPath: '.deadLetter.messageRetentionSeconds',
    },
  ],
});
export type Queue = ObjectOf<typeof Queue>;
