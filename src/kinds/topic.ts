import { filterPolicyProblem } from '../api/filter-policy.ts';
import { Topic, type TopicSpec, type TopicSubscription } from '../api/topic.ts';
import type { AccessState } from '../aws/access.ts';
import { accountRootArn, nameInArn, topicArn } from '../aws/arn.ts';
import { type PolicyDocument, policyOf, type Statement } from '../aws/policy.ts';
import {
  type SubscriptionDesired,
  type SubscriptionState,
  subscriptionName,
} from '../aws/sns/subscription.ts';
import type { TopicDesired, TopicState } from '../aws/sns/topic.ts';
import type { GraphNode, Observations } from '../engine/graph.ts';
import type { DefaultField } from '../engine/pass.ts';
import { accessId, missing, queueAccessNode } from './access.ts';
import { unsetOf } from './defaults.ts';
import {
  adoption,
  adoptionProblem,
  type Kind,
  type KindInput,
  type Problem,
  type SpecOf,
  tagsOf,
  tagsProblem,
} from './kind.ts';
import type { Outputs } from './lasting-outputs.ts';
import { encryptedBy, keyArnOf, keyChoiceOf, keyNodes, keyOf, orderOf } from './own-key.ts';
import { policySizeProblem } from './policy-size.ts';
import { isFifo, namesOf, queueArnOf, senderStatements, topicArnOf, topicNameOf } from './senders.ts';
import { allowPublish, denyPlaintext, type Form, keyForm } from './statements.ts';
import { unclaimedConditions, unclaimedIn } from './unclaimed.ts';

type Input = KindInput<TopicSpec>;

/** SNS: the topic, its key, and subscriptions of Queues, which open themselves for it. */
export const topicKind: Kind<TopicSpec> = {
  api: Topic,
  defaultDeletionPolicy: 'Delete',
  adopting: { node: 'topic', nameOf: input => topicNameOf(input, input) },
  references: spec => (spec.subscriptions ?? []).map(one => ({ kind: 'Queue', name: one.queue })),
  linkTo: ({ name }) => subscriptionId(name),
  defaults,
  check: input =>
    adoptionProblem(input, topicNameOf(input, input)) ??
    filterProblem(input.spec) ??
    tagsProblem(input) ??
    policyProblem(input),
  graph,
  outputs,
  unclaimed,
  conditions: (input, { seen }) => unclaimedConditions(input, unclaimed(input, seen)),
  connection(out) {
    const { arn, name } = out;
    return typeof arn === 'string' && typeof name === 'string' ? { arn, name } : undefined;
  },
};

/** What SNS refuses in a filter policy and the API server could not see. */
function filterProblem(spec: TopicSpec): Problem | undefined {
  for (const one of spec.subscriptions ?? []) {
    const message = filterMistake(one);
    const field = `spec.subscriptions[${one.queue}].filterPolicy`;
    if (message !== undefined) return { field, message, reason: 'InvalidSpec' };
  }
  return undefined;
}

function filterMistake({ filterPolicy, filterPolicyScope }: TopicSubscription): string | undefined {
  return filterPolicy === undefined ? undefined : filterPolicyProblem(filterPolicy, filterPolicyScope);
}

function defaults(spec: TopicSpec): readonly DefaultField[] {
  return unsetOf(spec, [
    {
      field: 'encryption',
      value: 'OwnKey',
      probe: 'OwnKey',
      observed: seen => keyChoiceOf(seen, seen.state<TopicState>('topic') !== undefined),
    },
    {
      field: 'contentBasedDeduplication',
      value: false,
      observed: seen => attributesIn(seen) && attributesIn(seen)?.ContentBasedDeduplication === 'true',
    },
  ]);
}

function graph(input: Input): readonly GraphNode[] {
  const { spec, place } = input;
  const ownKey = spec.encryption === 'OwnKey';
  const keys = ownKey
    ? keyNodes(input, {
        description: `Topic ${input.namespace}/${input.name} of ${input.environment.name}`,
        statements: before => senderStatements(input, keyForm(place), before),
        deletionWindowDays: input.environment.keyDeletionWindowDays,
        optional: true,
      })
    : [];
  return [
    ...keys,
    topicNode(input, ownKey),
    ...(spec.subscriptions ?? []).flatMap(one => subscriptionNodes(input, one)),
  ];
}

/** `before`: as AWS has it. */
function topicPolicy(input: Input, before?: string): PolicyDocument {
  const arn = ownArn(input);
  return policyOf([
    denyPlaintextPublish(arn),
    accountOwnsTopic(input, arn),
    ...senderStatements(input, publishForm(input), before),
  ]);
}

function publishForm(input: Input): Form {
  return sender => allowPublish(input.place, ownArn(input), sender);
}

function unclaimed(input: Input, seen: Observations): readonly string[] | undefined {
  const attributes = attributesIn(seen);
  return attributes && unclaimedIn(input, seen, { form: publishForm(input), policy: attributes.Policy });
}

/** "Amazon SNS API permissions: Actions and resources reference", policy quotas: 30 KB. */
const POLICY_QUOTA = { service: 'SNS', bytes: 30_720 };

function policyProblem(input: Input): Problem | undefined {
  const helps = `${input.referrers.length} Buckets send to it; let some of them send to another Topic`;
  return policySizeProblem(topicPolicy(input), POLICY_QUOTA, { field: 'metadata', helps });
}

function topicNode(input: Input, ownKey: boolean): GraphNode<TopicDesired> {
  const { spec } = input;
  const [name, ...formerNames] = namesOf(input, topic => topicNameOf(input, topic));
  return {
    id: 'topic',
    type: 'sns/topic',
    name: () => name,
    formerNames,
    ...orderOf(ownKey),
    tags: tagsOf(input, 'topic'),
    ...adoption(input, name),
    desired(seen) {
      const policy = topicPolicy(input, attributesIn(seen)?.Policy);
      const attributes: Record<string, string> = { Policy: JSON.stringify(policy) };
      if (spec.displayName !== undefined) attributes.DisplayName = spec.displayName;
      if (spec.fifo === true) {
        attributes.FifoTopic = 'true';
        attributes.ContentBasedDeduplication = String(spec.contentBasedDeduplication === true);
      }
      return encryptedBy(keyOf(input, ownKey, seen), attributes);
    },
  };
}

function attributesIn(seen: Observations): TopicState['attributes'] | undefined {
  return seen.state<TopicState>('topic')?.attributes;
}

/** Only publishing can be asked for over plain HTTP ("Amazon SNS security best practices", enforce encryption in transit). */
function denyPlaintextPublish(arn: string): Statement {
  return { ...denyPlaintext('sns', arn), Action: 'sns:Publish' };
}

/** The actions of SNS's own default policy, for this account only ("Example cases for Amazon SNS access control"). */
function accountOwnsTopic(input: Input, arn: string): Statement {
  return {
    Sid: 'AccountOwnsTopic',
    Effect: 'Allow',
    Principal: { AWS: accountRootArn(input.place) },
    Action: [
      'sns:GetTopicAttributes',
      'sns:SetTopicAttributes',
      'sns:AddPermission',
      'sns:RemovePermission',
      'sns:DeleteTopic',
      'sns:Subscribe',
      'sns:ListSubscriptionsByTopic',
      'sns:Publish',
    ],
    Resource: arn,
  };
}

function subscriptionId(queue: string): string {
  return `subscription/${queue}`;
}

function subscriptionNodes(input: Input, subscription: TopicSubscription): readonly GraphNode[] {
  const name = subscription.queue;
  const queue = input.referred({ kind: 'Queue', name });
  // Without the Queue its name in AWS is not known, and there is nothing to subscribe.
  const [called = '', ...formerNames] = queue === undefined ? [] : subscriptionNames(input, queue);
  const node: GraphNode<SubscriptionDesired> = {
    id: subscriptionId(name),
    type: 'sns/subscription',
    field: `spec.subscriptions[${name}]`,
    name: () => called,
    formerNames,
    dependsOn: ['topic'],
    optional: true,
    desired(seen) {
      if (queue === undefined) return missing(input, 'Queue', name);
      // "Amazon SNS message delivery for FIFO topics": FIFO queues take messages of FIFO topics only.
      if (isFifo(queue.spec) && !isFifo(input.spec))
        return {
          waitingFor: `another queue than Queue ${name}, which is first in, first out (spec.fifo) and takes messages only of a topic that is, too`,
          needsPerson: true,
        };
      // A subscription has no tags: only a topic that is this object's makes it this object's.
      if (seen.id('topic') === undefined) return { waitingFor: 'the topic', node: 'topic' };
      if (seen.state(accessId('Queue', name)) === undefined)
        return { waitingFor: `the queue of Queue ${name}` };
      const mistake = filterMistake(subscription);
      if (mistake !== undefined) return { waitingFor: `a filterPolicy that SNS takes: ${mistake}` };
      return {
        topicArn: ownArn(input),
        queueArn: queueArnOf(input, queue),
        attributes: attributesOf(subscription),
      };
    },
  };
  return [queueAccessNode(input, name), node];
}

/** First what it is to be called, then what it may be called of which either end was another before. */
function subscriptionNames(input: Input, queue: SpecOf): readonly string[] {
  const topics = namesOf(input, topic => topicArnOf(input, topic));
  const queues = namesOf(queue, object => queueArnOf(input, object));
  return topics.flatMap(topic => queues.map(one => subscriptionName(topic, one)));
}

function ownArn(input: Input): string {
  return topicArn(input.place, topicNameOf(input, input));
}

function attributesOf(subscription: TopicSubscription): Readonly<Record<string, string>> {
  const { rawMessageDelivery, filterPolicy } = subscription;
  const attributes: Record<string, string> = {};
  if (rawMessageDelivery !== undefined) attributes.RawMessageDelivery = String(rawMessageDelivery);
  if (filterPolicy === undefined) return attributes;
  attributes.FilterPolicy = JSON.stringify(filterPolicy);
  // An empty one delivers all, and SNS shows neither it nor its scope.
  if (Object.keys(filterPolicy).length > 0) {
    attributes.FilterPolicyScope = subscription.filterPolicyScope ?? 'MessageAttributes';
  }
  return attributes;
}

/**
 * Messages arrive: it is subscribed to the queue that the Queue has now (after that was made anew there may still be one to the
 * queue before), and the queue's policy and key let the topic in.
 */
function isSubscribed(input: Input, seen: Observations, name: string): boolean {
  const queue = input.referred({ kind: 'Queue', name });
  if (queue === undefined) return false;
  const subscription = seen.state<SubscriptionState>(subscriptionId(name));
  const access = seen.state<AccessState>(accessId('Queue', name));
  return (
    subscription?.queueArn === queueArnOf(input, queue) && access?.policyAllows === true && access.keyAllows
  );
}

function outputs(input: Input): Outputs {
  return {
    arn: seen => seen.arn('topic'),
    name(seen) {
      const arn = seen.arn('topic');
      return arn === undefined ? undefined : nameInArn(arn);
    },
    keyArn: seen =>
      keyArnOf(input, input.spec.encryption === 'OwnKey', seen, attributesIn(seen)?.KmsMasterKeyId),
    subscriptions(seen) {
      const subscriptions = (input.spec.subscriptions ?? []).map(({ queue }) => {
        const arn = seen.arn(subscriptionId(queue));
        const state = isSubscribed(input, seen, queue) ? 'Subscribed' : 'Waiting';
        return { queue, ...(arn === undefined ? {} : { arn }), state };
      });
      return subscriptions.length === 0 ? undefined : subscriptions;
    },
  };
}
