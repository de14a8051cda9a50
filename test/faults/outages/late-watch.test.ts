import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { isConflict } from '../../../src/kube/errors.ts';
import type { Transport } from '../../../src/kube/transport.ts';
import { areReady, openStage, type Stage } from '../../support/stage.ts';
import { trickWatch } from '../../support/tricked-watch.ts';
import { plainEnvironment, queue, topic } from '../../support/world.ts';

/** In virtual time. */
const LATE_MS = 60_000;
/** It asks for something of the queue, which wakes it. */
const EVENTS = topic('events', { encryption: 'EnvironmentKey', subscriptions: [{ queue: 'orders' }] });
const ORDERS = '/apis/opta.dev/v1alpha1/namespaces/shop/queues/orders';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());
afterEach(() => stage.clear());

test.each([
  ['its finalizer', ORDERS],
  ['a write of its status', `${ORDERS}/status`],
])(
  'an object of which the watch tells nothing for a minute after %s is made once, and its passes wait',
  async (_, path) => {
    const { cluster, world } = stage;
    const watch = trickWatch(cluster.operatorTransport, '/apis/opta.dev/v1alpha1/queues');
    let held: 'not yet' | 'held' | 'told' = 'not yet';
    let conflicts = 0;
    let passes = 0;
    let waits = 0;
    const request: Transport['request'] = async call => {
      try {
        return await watch.transport.request(call);
      } catch (error) {
        if (isConflict(error)) conflicts += 1;
        throw error;
      }
    };
    await cluster.apply(plainEnvironment());
    const acting = await stage.operator({
      transport: { ...watch.transport, request },
      // What is held back is not waited for.
      news: {
        ...cluster.news,
        isKnownTo: (of, picks) => cluster.news.isKnownTo(of, one => one.kind !== 'Queue' && picks(one)),
      },
      async onKubeWrite(call) {
        if (held !== 'not yet' || call.path !== path) return;
        held = 'held';
        watch.hold();
        await cluster.apply(EVENTS);
        world.clock.setTimeout(() => {
          held = 'told';
          watch.goOn();
        }, LATE_MS);
      },
      onPass({ key, outcome }) {
        if (key !== 'Queue:shop/orders') return;
        if (outcome === 'waits') waits += 1;
        else passes += 1;
      },
    });
    await acting.until(areReady(plainEnvironment()));
    const mark = stage.mark();
    await cluster.apply(queue('orders'));
    await acting.until(look => held === 'told' && areReady(queue('orders'), EVENTS)(look));
    const made = stage
      .writesSince(mark)
      .map(entry => entry.operation)
      .filter(one => one.startsWith('Create'));
    expect(made.sort()).toEqual(['CreateAlias', 'CreateKey', 'CreateQueue', 'CreateQueue', 'CreateTopic']);
    expect(conflicts).toBe(0);
    expect(passes).toBeLessThanOrEqual(5);
    expect(waits).toBeGreaterThan(10);
  },
);
