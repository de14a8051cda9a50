import { plainEnvironment, plainQueue, topic } from '../../support/manifests.ts';
import type { KindFields } from './field.ts';

const subscribed = { subscriptions: [{ queue: 'orders' }] };
const filtered = { subscriptions: [{ queue: 'orders', filterPolicy: { kind: ['new', 'paid'] } }] };

function manyTags(prefix: string, count: number): Readonly<Record<string, string>> {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`${prefix}-${n}`, 'x']));
}

export const topicFields: KindFields = {
  kind: 'Topic',
  manifest: spec => topic('events', spec),
  context: [plainEnvironment(), plainQueue('orders'), plainQueue('mail')],
  fields: {
    environment: 'immutable: every story sets it',
    managementPolicy: { values: ['ApproveHighRisk', 'ApproveAll', 'Observe'], group: 'policies' },
    deletionPolicy: { values: ['Retain', 'Delete'], group: 'policies' },
    // As many as a spec may have, so that there is no room for others beside them.
    tags: {
      values: [
        { team: 'shop', ...manyTags('old', 37) },
        { team: 'web', 'cost center': '7', ...manyTags('new', 36) },
      ],
    },
    'adopt.name': 'stories/adoption.ts',
    fifo: 'immutable once it is set: stories/replacement.ts, and given below',
    contentBasedDeduplication: {
      values: [true, false],
      given: { fifo: true },
      group: 'fifo',
      apart: 'fifo cannot be taken back',
    },
    subscriptions: {
      values: [[{ queue: 'orders' }], [{ queue: 'orders' }, { queue: 'mail' }], [{ queue: 'mail' }]],
    },
    'subscriptions[].queue': {
      values: ['orders', 'mail'],
      given: subscribed,
      stays: true,
      group: 'another queue',
    },
    'subscriptions[].rawMessageDelivery': {
      values: [true, false],
      given: subscribed,
      group: 'of a subscription',
    },
    'subscriptions[].filterPolicy': {
      values: [{ kind: ['new'] }, { kind: [{ prefix: 'p' }], size: [{ numeric: ['>', 3] }] }],
      given: subscribed,
      group: 'of a subscription',
    },
    'subscriptions[].filterPolicyScope': {
      values: ['MessageBody', 'MessageAttributes'],
      given: filtered,
      group: 'scope of a subscription',
    },
    encryption: {
      values: ['EnvironmentKey', 'OwnKey', 'EnvironmentKey'],
      group: 'encryption',
      leaves: 'each change back makes another key, and the one before is going',
    },
    displayName: { values: ['Orders', 'Order events'] },
  },
};
