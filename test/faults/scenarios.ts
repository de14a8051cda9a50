import type { Scenario } from '../support/crash.ts';
import { allReady } from '../support/settle.ts';
import { bucket, environment, type Manifest, queue, type TestWorld, topic } from '../support/world.ts';

/** Every kind: its creation, each field's change, each optional part set and removed, and its deletion. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'environment: create',
    change: async world => void (await world.apply(environment())),
    done: allReady,
  },
  {
    name: 'queue: create with key and dead-letter queue',
    before: applied(environment()),
    change: applied(queue('orders')),
    done: ready('Queue'),
  },
  {
    name: 'queue: create plain',
    before: applied(environment()),
    change: applied(queue('orders', PLAIN_QUEUE())),
    done: ready('Queue'),
  },
  {
    name: 'topic: create and subscribe',
    before: applied(environment(), queue('orders', PLAIN_QUEUE())),
    change: applied(topic('events', { subscriptions: [{ queue: 'orders' }] })),
    done: ready('Topic', 'Queue'),
  },
  {
    name: 'all at once',
    change: applied(
      environment(),
      queue('orders'),
      topic('events', { subscriptions: [{ queue: 'orders', rawMessageDelivery: true }] }),
      bucket('uploads', { notifications: [{ events: ['s3:ObjectCreated:*'], queue: 'orders' }] }),
    ),
    done: ready('Topic', 'Queue', 'Bucket', 'OptaEnvironment'),
  },
  {
    name: 'bucket: create',
    before: applied(environment()),
    change: applied(bucket('uploads')),
    done: ready('Bucket'),
  },
];

export function PLAIN_QUEUE(): object {
  return { encryption: 'EnvironmentKey', deadLetter: { mode: 'Disabled' } };
}

function applied(...manifests: readonly Manifest[]): (world: TestWorld) => Promise<void> {
  return async world => {
    for (const manifest of manifests) await world.apply(manifest);
  };
}

function ready(...kinds: readonly string[]): Scenario['done'] {
  return objects => kinds.every(kind => objects.some(object => object.kind === kind)) && allReady(objects);
}
