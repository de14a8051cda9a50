import { mapField, type Overlay, textField } from '../overlay.ts';
import { alone } from './alone.ts';
import { filterPolicyProblem } from './filter-policy.ts';
import { subscriptionAttributes, topicSubscriptions } from './questions.ts';
import { withoutCleared } from './sns-cleared.ts';
import { invalid, isSame } from './sns-parameter.ts';

const subscriptionSettable = new Set(
  `DeliveryPolicy FilterPolicy FilterPolicyScope RawMessageDelivery RedrivePolicy SubscriptionRoleArn
  ReplayPolicy`.split(/\s+/),
);

function subscriptionProblem(name: string, value: string, scope: string): string | undefined {
  if (!subscriptionSettable.has(name)) return 'AttributeName';
  if (value === '') return undefined;
  if (name === 'RawMessageDelivery' && value !== 'true' && value !== 'false') return 'RawMessageDelivery';
  if (name === 'FilterPolicyScope' && value !== 'MessageAttributes' && value !== 'MessageBody')
    return 'FilterPolicyScope';
  if (name === 'RedrivePolicy' && !/^\s*\{.*"deadLetterTargetArn"\s*:\s*"arn:[^"]*:sqs:/s.test(value))
    return 'RedrivePolicy';
  if (name !== 'FilterPolicy') return undefined;
  const problem = filterPolicyProblem(value, scope === 'MessageBody');
  return problem && `FilterPolicy: ${problem}`;
}

const subscriptionValues: Overlay = {
  service: 'sns',
  operation: ['Subscribe', 'SetSubscriptionAttributes'],
  source:
    'SNS API, SetSubscriptionAttributes: AttributeName; SNS developer guide, "Subscription filter policies"',
  async before(call, bench) {
    if (call.operation === 'SetSubscriptionAttributes') {
      const current = await subscriptionAttributes(bench, textField(call, 'SubscriptionArn'));
      const [name, value] = [textField(call, 'AttributeName'), textField(call, 'AttributeValue')];
      const problem = subscriptionProblem(name, value, current?.FilterPolicyScope ?? '');
      return problem === undefined ? undefined : invalid(call, bench, problem);
    }
    const attributes = mapField(call, 'Attributes');
    for (const [name, value] of Object.entries(attributes)) {
      const problem = subscriptionProblem(name, value, attributes.FilterPolicyScope ?? '');
      if (problem) return invalid(call, bench, `Attributes Reason: ${problem}`);
    }
    return undefined;
  },
};

const fifoQueue: Overlay = {
  service: 'sns',
  operation: 'Subscribe',
  source:
    'SNS developer guide, "Amazon SNS message delivery for FIFO topics": FIFO queues are the endpoints of FIFO topics',
  before(call, bench) {
    const [topic, endpoint] = [textField(call, 'TopicArn'), textField(call, 'Endpoint')];
    if (textField(call, 'Protocol') !== 'sqs' || topic.endsWith('.fifo') || !endpoint.endsWith('.fifo'))
      return undefined;
    // As people quote it.
    return invalid(
      call,
      bench,
      'Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics',
    );
  },
};

const subscribeAgain: Overlay = {
  service: 'sns',
  operation: 'Subscribe',
  source: 'SNS API, Subscribe: InvalidParameter "Subscription already exists with different attributes"',
  async before(call, bench) {
    const topic = textField(call, 'TopicArn');
    const [protocol, endpoint] = [textField(call, 'Protocol'), textField(call, 'Endpoint')];
    const attributes = Object.entries(mapField(call, 'Attributes'));
    if (attributes.length === 0) return undefined;
    const current = await alone(bench, topic, async () => {
      const existing = (await topicSubscriptions(bench, topic)).find(
        subscription => subscription.protocol === protocol && subscription.endpoint === endpoint,
      );
      return existing && subscriptionAttributes(bench, existing.arn);
    });
    if (!current || attributes.every(([name, value]) => isSame(current[name] ?? '', value))) return undefined;
    return invalid(call, bench, 'Attributes Reason: Subscription already exists with different attributes');
  },
};

/** While a publish holds filters closed, nobody may see or change them: these wait for it, and it for these. */
const besidePublish: Overlay = {
  service: 'sns',
  operation: ['GetSubscriptionAttributes', 'SetSubscriptionAttributes', 'Unsubscribe'],
  source: 'SNS API, GetSubscriptionAttributes: the attributes as their owner set them',
  async before(call, bench) {
    const topicArn = textField(call, 'SubscriptionArn').split(':').slice(0, 6).join(':');
    const answer = await alone(bench, topicArn, () => bench.forward(call));
    return call.operation === 'GetSubscriptionAttributes' ? withoutCleared(answer) : answer;
  },
};

export const snsSubscriptionOverlays: Overlay[] = [
  subscriptionValues,
  fifoQueue,
  subscribeAgain,
  besidePublish,
];
