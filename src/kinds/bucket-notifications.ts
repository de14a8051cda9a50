import type { Event, FilterRule } from '@aws-sdk/client-s3';
import type { BucketSpec } from '../api/bucket.ts';
import { encodedKey } from '../aws/s3/notification-key.ts';
import { notificationId, overlap } from '../aws/s3/notification-owner.ts';
import type { NotificationsDesired } from '../aws/s3/notifications.ts';
import type { PublisherAccessDesired } from '../aws/sns/publisher-access.ts';
import type { GraphNode } from '../engine/graph.ts';
import { accessId, missing, queueAccessNode, unmade } from './access.ts';
import type { KindInput, Problem } from './kind.ts';
import { bucketNameOf, isFifo, queueArnOf, senderOf, topicArnOf } from './senders.ts';
import { allowAccountSenders, allowKeyUse, allowPublish } from './statements.ts';

type Input = KindInput<BucketSpec>;
type Notification = NonNullable<BucketSpec['notifications']>[number];

/** The node of all of them: S3 has one configuration a bucket. */
export const NOTIFICATIONS = 'notifications';

/** S3 takes the configuration only when every destination lets the bucket in, so it waits for that, and the bucket does not. */
export function notificationNodes(input: Input): readonly GraphNode[] {
  const notifications = input.spec.notifications ?? [];
  if (notifications.length === 0) return [];
  const queues = [...new Set(notifications.flatMap(one => one.queue ?? []))];
  const topics = [...new Set(notifications.flatMap(one => one.topic ?? []))];
  const name = bucketNameOf(input, input);
  const node: GraphNode<NotificationsDesired> = {
    id: NOTIFICATIONS,
    type: 's3/notifications',
    field: 'spec.notifications',
    name: () => name,
    dependsOn: ['bucket'],
    optional: true,
    desired(seen) {
      for (const one of notifications) {
        const kind = one.queue === undefined ? 'Topic' : 'Queue';
        const target = one.queue ?? one.topic ?? '';
        const referred = input.referred({ kind, name: target });
        if (referred === undefined) return missing(input, kind, target);
        // "Amazon S3 Event Notifications": supported destinations are standard topics and standard queues.
        if (isFifo(referred.spec))
          return {
            waitingFor: `another destination than ${kind} ${target}: S3 sends no events to what is first in, first out (spec.fifo)`,
            needsPerson: true,
          };
        const open = seen.state<Readonly<Record<string, boolean>>>(accessId(kind, target));
        if (open === undefined) return { waitingFor: `${kind} ${target}` };
        if (Object.values(open).includes(false))
          return { waitingFor: `${kind} ${target}, which does not let the bucket in yet` };
      }
      return { configuration: configurationOf(input, notifications) };
    },
  };
  return [
    ...queues.map(queue => queueAccessNode(input, queue)),
    ...topics.map(topic => topicAccessNode(input, topic)),
    node,
  ];
}

/** S3 refuses all of them for it, without a word of which they are. */
export function overlapProblem({ notifications = [] }: BucketSpec): Problem | undefined {
  const entries = notifications.map(common);
  for (const [at, one] of entries.entries()) {
    const shared = entries.slice(0, at).map(other => overlap(other, one));
    const first = shared.findIndex(event => event !== undefined);
    if (first < 0) continue;
    const message = `overlaps with spec.notifications[${first}] (both match ${shared[first]}). S3 sends an event to one destination only: use disjoint events, prefixes or suffixes, or send to a Topic that several Queues subscribe to`;
    return { field: `spec.notifications[${at}]`, reason: 'InvalidSpec', message };
  }
  return undefined;
}

function topicAccessNode(input: Input, name: string): GraphNode<PublisherAccessDesired> {
  const topic = input.referred({ kind: 'Topic', name });
  return {
    id: accessId('Topic', name),
    type: 'sns/publisher-access',
    role: 'watched',
    dependsOn: [],
    whenAbsent: unmade(input, 'Topic', name),
    desired() {
      if (topic === undefined) return missing(input, 'Topic', name);
      const sender = senderOf(input, { ...input, spec: { ...input.spec } });
      const topicArn = topicArnOf(input, topic);
      return {
        topicArn,
        topicStatement: allowPublish(input.place, topicArn, sender),
        keyStatements: [allowKeyUse(input.place, sender), allowAccountSenders(input.place, sender.service)],
      };
    },
  };
}

function configurationOf(
  input: Input,
  notifications: readonly Notification[],
): NotificationsDesired['configuration'] {
  const toQueues = notifications.flatMap((one, index) => {
    const queue = one.queue === undefined ? undefined : input.referred({ kind: 'Queue', name: one.queue });
    return queue === undefined ? [] : [{ ...common(one, index), QueueArn: queueArnOf(input, queue) }];
  });
  const toTopics = notifications.flatMap((one, index) => {
    const topic = one.topic === undefined ? undefined : input.referred({ kind: 'Topic', name: one.topic });
    return topic === undefined ? [] : [{ ...common(one, index), TopicArn: topicArnOf(input, topic) }];
  });
  return {
    ...(toQueues.length === 0 ? {} : { QueueConfigurations: toQueues }),
    ...(toTopics.length === 0 ? {} : { TopicConfigurations: toTopics }),
  };
}

function common(one: Notification, index: number) {
  const rules: FilterRule[] = [];
  // An empty one says nothing, and S3 need not give it back.
  if (one.prefix) rules.push({ Name: 'prefix', Value: encodedKey(one.prefix) });
  if (one.suffix) rules.push({ Name: 'suffix', Value: encodedKey(one.suffix) });
  return {
    Id: notificationId(index, one.queue ?? one.topic ?? ''),
    Events: [...one.events] as Event[],
    ...(rules.length === 0 ? {} : { Filter: { Key: { FilterRules: rules } } }),
  };
}
