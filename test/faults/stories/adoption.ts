import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { CreateTopicCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { awaitingApproval } from '../../support/approval.ts';
import {
  bucket,
  environment,
  type Manifest,
  NAMESPACE,
  plainQueue,
  queue,
  REGION,
  topic,
} from '../../support/manifests.ts';
import { applied, deleted, type Story } from '../../support/story.ts';
import type { TestWorld } from '../../support/world.ts';

/** Somebody's resource, by its name in AWS, taken into care. */
function adoption(kind: string, make: (world: TestWorld) => Promise<unknown>, manifest: Manifest): Story {
  return {
    name: `${kind}: an existing one adopted`,
    before: [{ act: make, until: () => true }, applied(granting(kind, 'old'))],
    acts: awaitingApproval(manifest),
  };
}

/** An object leaves in AWS on purpose what it made, and one of the same name takes it up. */
function again(kind: string, manifest: (spec: object) => Manifest): Story {
  const object = manifest({});
  return {
    name: `${kind}: retained, and adopted again`,
    before: [applied(environment())],
    acts: [
      applied(manifest({ deletionPolicy: 'Retain', tags: { team: 'shop' } })),
      {
        async act(world) {
          const status = (await world.get(kind, object.name))?.status;
          await world.apply(granting(kind, String(status?.name)));
        },
        until: applied(environment()).until,
      },
      deleted(object),
      ...awaitingApproval(manifest({ adopt: {} })),
    ],
  };
}

const retained = environment({ deletionPolicy: 'Retain' });

export const environmentAdoption: readonly Story[] = [
  {
    name: 'OptaEnvironment: retained, and adopted again',
    before: [],
    acts: [applied(retained), deleted(retained), ...awaitingApproval(environment({ adopt: {} }))],
  },
];

function granting(kind: string, name: string): Manifest {
  return environment({ grants: { adopt: [{ namespace: NAMESPACE, kind, ids: [name] }] } });
}

export const queueAdoption: readonly Story[] = [
  adoption(
    'Queue',
    world =>
      world.aws.sqs.send(new CreateQueueCommand({ QueueName: 'old', Attributes: { DelaySeconds: '7' } })),
    plainQueue('orders', { adopt: { name: 'old' } }),
  ),
  again('Queue', spec => queue('orders', spec)),
];

export const topicAdoption: readonly Story[] = [
  adoption(
    'Topic',
    world => world.aws.sns.send(new CreateTopicCommand({ Name: 'old' })),
    topic('events', { encryption: 'EnvironmentKey', adopt: { name: 'old' } }),
  ),
  again('Topic', spec => topic('events', spec)),
];

export const bucketAdoption: readonly Story[] = [
  adoption(
    'Bucket',
    world =>
      world.aws.s3.send(
        new CreateBucketCommand({
          Bucket: 'old',
          CreateBucketConfiguration: { LocationConstraint: REGION },
        }),
      ),
    bucket('uploads', { adopt: { name: 'old' } }),
  ),
  again('Bucket', spec => bucket('uploads', { replica: { mode: 'SameRegion' }, ...spec })),
];
