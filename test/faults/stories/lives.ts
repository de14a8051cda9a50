import {
  bucket,
  environment,
  type Manifest,
  plainEnvironment,
  plainQueue,
  queue,
  topic,
} from '../../support/manifests.ts';
import { applied, deleted, type Story } from '../../support/story.ts';
import { oneOfEach, subscribed } from './creation.ts';
import { filled } from './deletion.ts';

/** Made, removed and made again under the same name, each from where the one before left off. */
function life(kind: string, context: readonly Manifest[], object: Manifest): Story {
  return {
    name: `${kind}: created and deleted, twice`,
    before: [applied(...context)],
    acts: [applied(object), deleted(object), applied(object), deleted(object)],
  };
}

const withKey = environment({ encryption: { onDelete: 'Schedule', deletionWindowDays: 7 } });

export const environmentLives: readonly Story[] = [
  {
    name: 'OptaEnvironment: created, deleted with its key, created again, and its key kept',
    before: [],
    acts: [applied(withKey), deleted(withKey), applied(environment()), deleted(environment())],
  },
  {
    name: 'OptaEnvironment: created together with all that is in it, and deleted before that',
    before: [],
    acts: [applied(...oneOfEach), deleted(...oneOfEach.toReversed())],
  },
];

export const queueLives: readonly Story[] = [
  life('Queue', [plainEnvironment()], queue('orders')),
  {
    name: 'Queue: created after the topic that it opens itself for, and deleted together with it',
    before: [applied(plainEnvironment())],
    acts: [
      applied(topic('events', { encryption: 'EnvironmentKey', ...subscribed }), queue('orders')),
      deleted(queue('orders'), topic('events')),
    ],
  },
];

export const topicLives: readonly Story[] = [
  life('Topic', [plainEnvironment(), queue('orders')], topic('events', subscribed)),
];

const withObjects = bucket('uploads', { forceDestroy: true });
const withCopies = bucket('uploads', {
  replica: { mode: 'SameRegion' },
  encryption: 'EnvironmentKey',
  forceDestroy: true,
});

export const bucketLives: readonly Story[] = [
  life(
    'Bucket',
    [environment(), plainQueue('orders')],
    bucket('uploads', {
      notifications: [{ events: ['s3:ObjectCreated:*'], queue: 'orders' }],
    }),
  ),
  {
    name: 'Bucket: created, and deleted with the objects in it, without and with a replica',
    before: [applied(environment())],
    acts: [withObjects, withCopies].flatMap(one => [applied(one), filled, deleted(one)]),
  },
];
