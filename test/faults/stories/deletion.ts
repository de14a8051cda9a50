import { PutObjectCommand } from '@aws-sdk/client-s3';
import {
  bucket,
  environment,
  type Manifest,
  plainEnvironment,
  plainQueue,
  queue,
  topic,
} from '../../support/manifests.ts';
import { type Act, applied, deleted, type Story } from '../../support/story.ts';
import type { TestWorld } from '../../support/world.ts';

/** Somebody puts objects into the bucket. */
export const filled: Act = { act: putObjects, until: () => true };

async function putObjects(world: TestWorld): Promise<void> {
  const { status } = (await world.get('Bucket', 'uploads')) ?? {};
  for (const Key of ['a', 'b', 'b'])
    await world.aws.s3.send(new PutObjectCommand({ Bucket: String(status?.name), Key, Body: 'x' }));
}

/** Deleted with all it made, and deleted and left in AWS. */
function deletions(
  kind: string,
  context: readonly Manifest[],
  manifest: (spec: object) => Manifest,
): readonly Story[] {
  const object = manifest({});
  return [
    {
      name: `${kind}: deleted`,
      before: [applied(...context), applied(object)],
      acts: [deleted(object)],
    },
    {
      name: `${kind}: deleted and retained`,
      before: [applied(...context), applied(manifest({ deletionPolicy: 'Retain', tags: { team: 'shop' } }))],
      acts: [deleted(object)],
    },
  ];
}

export const environmentDeletion: readonly Story[] = [
  ...deletions('OptaEnvironment', [], environment),
  {
    name: 'OptaEnvironment: deleted with its key',
    before: [applied(environment({ encryption: { onDelete: 'Schedule', deletionWindowDays: 7 } }))],
    acts: [deleted(environment())],
  },
  {
    name: 'OptaEnvironment: deleted before what is in it',
    before: [
      applied(environment(), queue('orders'), topic('events', { subscriptions: [{ queue: 'orders' }] })),
    ],
    acts: [deleted(environment(), queue('orders'), topic('events'))],
  },
];

export const queueDeletion: readonly Story[] = [
  ...deletions('Queue', [plainEnvironment()], spec => queue('orders', spec)),
  {
    name: 'Queue: deleted together with the topic that sends to it',
    before: [
      applied(plainEnvironment(), queue('orders'), topic('events', { subscriptions: [{ queue: 'orders' }] })),
    ],
    acts: [deleted(queue('orders'), topic('events'))],
  },
];

export const topicDeletion: readonly Story[] = deletions(
  'Topic',
  [plainEnvironment(), queue('orders')],
  spec => topic('events', { subscriptions: [{ queue: 'orders' }], ...spec }),
);

export const bucketDeletion: readonly Story[] = [
  ...deletions('Bucket', [environment(), plainQueue('orders')], spec =>
    bucket('uploads', { notifications: [{ events: ['s3:ObjectCreated:*'], queue: 'orders' }], ...spec }),
  ),
  {
    name: 'Bucket: deleted with the objects in it',
    before: [applied(environment()), applied(bucket('uploads', { forceDestroy: true })), filled],
    acts: [deleted(bucket('uploads'))],
  },
  {
    name: 'Bucket: deleted with its replica and the objects in both',
    before: [
      applied(environment()),
      applied(bucket('uploads', { replica: { mode: 'SameRegion' }, forceDestroy: true })),
      filled,
    ],
    acts: [deleted(bucket('uploads'))],
  },
  {
    name: 'Bucket: its replica retained with it',
    before: [
      applied(environment()),
      applied(bucket('uploads', { replica: { mode: 'SameRegion' }, deletionPolicy: 'Retain' })),
      filled,
    ],
    acts: [deleted(bucket('uploads'))],
  },
];
