import { describe, expect, test } from 'vitest';
import { isWaiting } from '../engine/graph.ts';
import { bucketKind } from './bucket.ts';
import type { Kind } from './kind.ts';
import { at, objectOf, resolved } from './testing/graph.ts';
import { topicKind } from './topic.ts';

const FIFO = { fifo: true };
const toQueue = { subscriptions: [{ queue: 'orders' }] };
const events = ['s3:ObjectCreated:*'];

/** Sender, its spec, what it sends to, the node that sends, and what it waits for. */
const PAIRS: readonly (readonly [Kind, object, readonly [string, object], string, RegExp | undefined])[] = [
  [topicKind as Kind, toQueue, ['Queue', FIFO], '[subscription/orders]', /another queue than Queue orders/],
  [topicKind as Kind, { ...toQueue, ...FIFO }, ['Queue', FIFO], '[subscription/orders]', undefined],
  [topicKind as Kind, { ...toQueue, ...FIFO }, ['Queue', {}], '[subscription/orders]', undefined],
  [topicKind as Kind, toQueue, ['Queue', {}], '[subscription/orders]', undefined],
  [
    bucketKind as Kind,
    { notifications: [{ queue: 'orders', events }] },
    ['Queue', FIFO],
    'notifications',
    /another destination than Queue orders/,
  ],
  [
    bucketKind as Kind,
    { notifications: [{ topic: 'orders', events }] },
    ['Topic', FIFO],
    'notifications',
    /another destination than Topic orders/,
  ],
  [
    bucketKind as Kind,
    { notifications: [{ queue: 'orders', events }] },
    ['Queue', {}],
    'notifications',
    undefined,
  ],
];

describe('what AWS sends to nothing that is first in, first out', () => {
  test.each(PAIRS)('%#', (kind, spec, [target, of], node, waitsFor) => {
    const nodes = resolved(kind, { spec, name: 'events', objects: [objectOf(target, 'orders', of)] });
    const desired = at(nodes, `${node}.desired`);
    const waiting = isWaiting(desired) ? desired.waitingFor : undefined;
    if (waitsFor === undefined) expect(waiting).toBeUndefined();
    else {
      expect(waiting).toMatch(waitsFor);
      expect(desired).toMatchObject({ needsPerson: true });
    }
  });
});
