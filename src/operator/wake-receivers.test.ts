import { expect, test } from 'vitest';
import { KINDS } from '../kinds/all.ts';
import type { OptaObject, Status } from './objects.ts';
import { objectOf, silent } from './testing/objects.ts';
import { wakeReceivers } from './wake-receivers.ts';
import { createWorld } from './world.ts';

const settled = () => new Promise(resolve => setImmediate(resolve));
const linked = (node: string) => ({ node, epoch: 1, type: 'x', after: [] });
const referrers = [{ kind: 'Topic', name: 'events' }];
const QUEUES = [
  objectOf('Queue shop/orders', { status: { referrers } }),
  objectOf('Queue shop/invoices', { status: { referrers } }),
  objectOf('Queue shop/others', { status: { referrers: [{ kind: 'Topic', name: 'other' }] } }),
  objectOf('Queue shop/alone'),
  objectOf('Queue bank/orders', { status: { referrers } }),
];

/** It subscribed orders and invoices, and now only invoices. */
function topicOf(status: Status, metadata: object = {}): OptaObject {
  const spec = { subscriptions: [{ queue: 'invoices' }] };
  return objectOf('Topic shop/events', { spec, status, metadata });
}

const before: Status = {
  observedGeneration: 2,
  syncedGeneration: 1,
  resources: [linked('topic'), linked('subscription/orders'), linked('subscription/invoices')],
};

test.each<[string, OptaObject | undefined, readonly string[]]>([
  ['a condition of it changes', topicOf({ ...before, conditions: [] }), []],
  ['all of its spec is carried out', topicOf({ ...before, syncedGeneration: 2 }), ['Queue:shop/orders']],
  [
    'it has unsubscribed',
    topicOf({ ...before, resources: [linked('topic'), linked('subscription/invoices')] }),
    ['Queue:shop/orders'],
  ],
  ['it is another one', topicOf(before, { uid: 'another' }), ['Queue:shop/orders']],
  ['it is gone', undefined, ['Queue:shop/invoices', 'Queue:shop/orders']],
])('who is not named any more and lets it in looks again when %s', async (_, after, expected) => {
  const world = createWorld(KINDS, silent, []);
  const was = topicOf(before);
  for (const object of [...QUEUES, was]) world.objects(object.kind).put(object);
  await settled();
  const woken = new Set<string>();
  wakeReceivers(world, { add: key => void woken.add(key) });
  if (after === undefined) world.objects('Topic').remove(was);
  else world.objects('Topic').put({ ...after, metadata: { ...after.metadata, resourceVersion: '2' } });
  await settled();
  expect([...woken].sort()).toEqual(expected);
});
