/**
 * Messages reach a queue or topic only where its policy and its key's policy allow it. Sources: SNS developer guide,
 * "Subscribing an Amazon SQS queue to an Amazon SNS topic" and "Setting up Amazon SNS topic encryption with encrypted
 * Amazon SQS queue subscription"; S3 user guide, "Granting permissions to publish event notification messages to a
 * destination".
 */
import { evaluate } from '../../policy/evaluate.ts';
import type { Context } from '../../policy/pattern.ts';
import type { Answer, BenchContext } from '../overlay.ts';
import { alone } from './alone.ts';
import { encryptActions, encryptionContext, type KeyProblem, keyProblem } from './key-use.ts';
import {
  askSns,
  placeOf,
  queueAttributes,
  type Subscription,
  subscriptionAttributes,
  topicAttributes,
  topicSubscriptions,
} from './questions.ts';

export interface Sender {
  /** `sns.amazonaws.com` or `s3.amazonaws.com` */
  service: string;
  /** ARN of the topic or bucket. */
  sourceArn: string;
  sourceAccount: string;
}

export type DeliveryProblem = 'NoDestination' | 'DestinationPolicy' | `Key${KeyProblem}`;

/** Why the service cannot send to the queue or topic; undefined where it can. */
export async function deliveryProblem(
  bench: BenchContext,
  destinationArn: string,
  sender: Sender,
): Promise<DeliveryProblem | undefined> {
  const isQueue = destinationArn.split(':')[2] === 'sqs';
  const attributes = await (isQueue ? queueAttributes : topicAttributes)(bench, destinationArn);
  if (!attributes) return 'NoDestination';
  const principal = { type: 'service', service: sender.service } as const;
  const context: Context = {
    'aws:SourceArn': sender.sourceArn,
    'aws:SourceAccount': sender.sourceAccount,
    'aws:SourceOwner': sender.sourceAccount,
    'aws:SecureTransport': 'true',
  };
  const { decision } = evaluate({
    kind: isQueue ? 'sqs' : 'sns',
    ...(attributes.Policy && { resourcePolicy: attributes.Policy }),
    request: {
      principal,
      action: isQueue ? 'sqs:SendMessage' : 'sns:Publish',
      resource: destinationArn,
      context,
    },
  });
  if (decision !== 'Allow') return 'DestinationPolicy';
  const key = attributes.KmsMasterKeyId;
  if (!key) return undefined;
  const place = placeOf(destinationArn, { region: '', accountId: '' });
  const problem = await keyProblem(bench, {
    key,
    place,
    principal,
    actions: encryptActions,
    context: { ...context, ...encryptionContext(destinationArn) },
  });
  return problem && `Key${problem}`;
}

/** No message has this attribute or body field, so nothing passes; the emulator has no queue policies of its own. */
const closedFilter = JSON.stringify({ 'held back by the bench': ['nothing'] });

/**
 * Runs a publish to the topic so that subscriptions whose queue or key does not let SNS in receive nothing: their filter
 * is closed meanwhile. One publish a topic at a time, so that nobody sees a filter that is not their own.
 */
export function publishToAllowed(
  bench: BenchContext,
  topicArn: string,
  publish: () => Promise<Answer>,
): Promise<Answer> {
  return alone(bench, topicArn, async () => {
    const held: { arn: string; filter: string }[] = [];
    try {
      for (const subscription of await refusedSubscriptions(bench, topicArn)) {
        const attributes = await subscriptionAttributes(bench, subscription.arn);
        held.push({ arn: subscription.arn, filter: attributes?.FilterPolicy ?? '' });
        await setFilter(bench, subscription.arn, closedFilter);
      }
      return await publish();
    } finally {
      for (const { arn, filter } of held) await setFilter(bench, arn, filter);
    }
  });
}

async function refusedSubscriptions(bench: BenchContext, topicArn: string): Promise<Subscription[]> {
  const sender = {
    service: 'sns.amazonaws.com',
    sourceArn: topicArn,
    sourceAccount: topicArn.split(':')[4] ?? '',
  };
  const refused: Subscription[] = [];
  for (const subscription of await topicSubscriptions(bench, topicArn)) {
    if (subscription.protocol !== 'sqs') continue;
    if (await deliveryProblem(bench, subscription.endpoint, sender)) refused.push(subscription);
  }
  return refused;
}

async function setFilter(bench: BenchContext, arn: string, filter: string): Promise<void> {
  const input = { SubscriptionArn: arn, AttributeName: 'FilterPolicy', AttributeValue: filter };
  await askSns(bench, arn, 'SetSubscriptionAttributes', input);
}
