import { expect, test } from 'vitest';
import type { Kind } from './kind.ts';
import { at, objectOf, resolved } from './testing/graph.ts';
import { topicKind } from './topic.ts';

test.each([
  [{}, []],
  [{ filterPolicy: {} }, ['FilterPolicy']],
  [{ filterPolicy: {}, filterPolicyScope: 'MessageBody' }, ['FilterPolicy']],
  [{ filterPolicy: { state: ['paid'] } }, ['FilterPolicy', 'FilterPolicyScope']],
])(
  'a filter is as it is written, and left as it is where nothing is; of an empty one SNS shows no scope: %j',
  (more, fields) => {
    const spec = { subscriptions: [{ queue: 'orders', ...more }] };
    const nodes = resolved(topicKind as Kind, {
      spec,
      name: 'events',
      objects: [objectOf('Queue', 'orders')],
    });
    const attributes = at(nodes, '[subscription/orders].desired.attributes');
    expect(Object.keys(Object(attributes)).sort()).toEqual(fields);
  },
);

test.each([[undefined], [true], [false]])(
  'how messages are delivered is what the spec says, and left as it is where that says nothing: %s',
  raw => {
    const subscription = { queue: 'orders', ...(raw === undefined ? {} : { rawMessageDelivery: raw }) };
    const nodes = resolved(topicKind as Kind, {
      spec: { subscriptions: [subscription] },
      name: 'events',
      objects: [objectOf('Queue', 'orders')],
    });
    const is = raw === undefined ? undefined : String(raw);
    expect(at(nodes, '[subscription/orders].desired.attributes.RawMessageDelivery')).toBe(is);
  },
);

test('what SNS refuses of a subscription is told of it', () => {
  const spec = { subscriptions: [{ queue: 'orders' }] };
  const nodes = resolved(topicKind as Kind, { spec, name: 'events', objects: [objectOf('Queue', 'orders')] });
  expect(nodes['subscription/orders']?.field).toBe('spec.subscriptions[orders]');
});
