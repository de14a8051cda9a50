import { bucket, environment, plainEnvironment, plainQueue, queue, topic } from '../../support/manifests.ts';
import { applied, type Story } from '../../support/story.ts';

export const subscribed = { subscriptions: [{ queue: 'orders', rawMessageDelivery: true }] };
const notifying = {
  notifications: [
    { events: ['s3:ObjectCreated:*'], queue: 'orders' },
    { events: ['s3:ObjectRemoved:*'], topic: 'events' },
  ],
};

/** One of each kind, what refers to others first. */
export const oneOfEach = [
  bucket('uploads', notifying),
  topic('events', subscribed),
  queue('orders'),
  environment({ tags: { team: 'shop' } }),
];

export const environmentCreation: readonly Story[] = [
  { name: 'OptaEnvironment: created', before: [], acts: [applied(environment())] },
  {
    name: 'OptaEnvironment: created together with all that is in it',
    before: [],
    acts: [applied(...oneOfEach)],
  },
];

export const firstInQueue: Story = {
  name: 'Queue: created first in, first out, on the key of the environment',
  before: [applied(plainEnvironment())],
  acts: [applied(plainQueue('orders', { fifo: true, tags: { team: 'shop' } }))],
};

export const queueCreation: readonly Story[] = [
  {
    name: 'Queue: created with key and dead-letter queue',
    before: [applied(plainEnvironment())],
    acts: [applied(queue('orders'))],
  },
  firstInQueue,
  {
    name: 'Queue: created after the topic that it opens itself for',
    before: [applied(plainEnvironment())],
    acts: [applied(topic('events', { encryption: 'EnvironmentKey', ...subscribed }), queue('orders'))],
  },
];

export const firstInTopic: Story = {
  name: 'Topic: created first in, first out',
  before: [applied(plainEnvironment(), plainQueue('orders', { fifo: true }))],
  acts: [applied(topic('events', { fifo: true, displayName: 'Orders', ...subscribed }))],
};

export const topicCreation: readonly Story[] = [
  {
    name: 'Topic: created with key and subscription',
    before: [applied(plainEnvironment(), plainQueue('orders'))],
    acts: [applied(topic('events', subscribed))],
  },
  firstInTopic,
];

export const namedBucket: Story = {
  name: 'Bucket: created with a name, with events to a queue and a topic that open themselves',
  before: [applied(environment(), plainQueue('orders'), topic('events', { encryption: 'EnvironmentKey' }))],
  acts: [applied(bucket('uploads', { name: 'shop-uploads-2026', tags: { team: 'shop' }, ...notifying }))],
};

export const bucketCreation: readonly Story[] = [
  { name: 'Bucket: created', before: [applied(environment())], acts: [applied(bucket('uploads'))] },
  namedBucket,
  {
    name: 'Bucket: created with a replica',
    before: [applied(environment())],
    acts: [applied(bucket('uploads', { replica: { mode: 'SameRegion' }, encryption: 'EnvironmentKey' }))],
  },
];
