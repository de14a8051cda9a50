import { DeleteRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  DisableKeyRotationCommand,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import {
  DeleteBucketPolicyCommand,
  DeleteBucketReplicationCommand,
  DeletePublicAccessBlockCommand,
  PutBucketVersioningCommand,
} from '@aws-sdk/client-s3';
import { DeleteTopicCommand, SetTopicAttributesCommand } from '@aws-sdk/client-sns';
import { DeleteQueueCommand, SetQueueAttributesCommand, UntagQueueCommand } from '@aws-sdk/client-sqs';
import {
  bucket,
  environment,
  type Manifest,
  plainEnvironment,
  plainQueue,
  queue,
  topic,
} from '../../support/manifests.ts';
import { applied, noticed, type Story } from '../../support/story.ts';
import type { TestWorld } from '../../support/world.ts';

const orders = queue('orders', { tags: { team: 'shop' } });
const events = topic('events', { displayName: 'Orders', subscriptions: [{ queue: 'orders' }] });
const copied = bucket('uploads', { replica: { mode: 'SameRegion' } });

/** Changed by hand in AWS, lost there, or let go by somebody who took the finalizer off: it comes back as it was. */
export const queueRepair: readonly Story[] = [
  {
    name: 'Queue: changed, deleted and its key deleted by hand in AWS',
    before: [applied(plainEnvironment()), applied(orders)],
    acts: [
      noticed(orders, async world => {
        const { sqs, kms } = world.aws;
        const { url: QueueUrl, keyArn: KeyId } = await statusOf(world, orders);
        const Attributes = { VisibilityTimeout: '1', Policy: '', KmsMasterKeyId: 'alias/aws/sqs' };
        await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
        await sqs.send(new UntagQueueCommand({ QueueUrl, TagKeys: ['team'] }));
        await kms.send(new DisableKeyRotationCommand({ KeyId }));
        await kms.send(new PutKeyPolicyCommand({ KeyId, PolicyName: 'default', Policy: openPolicy }));
      }),
      noticed(orders, async world => {
        const { url: QueueUrl } = await statusOf(world, orders);
        await world.aws.sqs.send(new DeleteQueueCommand({ QueueUrl }));
      }),
      noticed(orders, async world => {
        const { keyArn: KeyId } = await statusOf(world, orders);
        await world.aws.kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
      }),
    ],
  },
  forced('Queue', [plainEnvironment()], orders),
];

export const topicRepair: readonly Story[] = [
  {
    name: 'Topic: changed and deleted by hand in AWS',
    before: [applied(plainEnvironment(), plainQueue('orders')), applied(events)],
    acts: [
      noticed(events, async world => {
        const { arn: TopicArn } = await statusOf(world, events);
        for (const [AttributeName, AttributeValue] of [
          ['DisplayName', 'x'],
          ['KmsMasterKeyId', 'alias/aws/sns'],
        ])
          await world.aws.sns.send(
            new SetTopicAttributesCommand({ TopicArn, AttributeName, AttributeValue }),
          );
      }),
      noticed(events, async world => {
        const { arn: TopicArn } = await statusOf(world, events);
        await world.aws.sns.send(new DeleteTopicCommand({ TopicArn }));
      }),
    ],
  },
  forced('Topic', [plainEnvironment(), plainQueue('orders')], events),
];

export const bucketRepair: readonly Story[] = [
  {
    name: 'Bucket: it and its replica changed by hand in AWS',
    before: [applied(environment()), applied(copied)],
    acts: [
      noticed(copied, async world => {
        const { s3, iam } = world.aws;
        const { name: Bucket } = await statusOf(world, copied);
        const second = Reflect.get(Object((await world.get('Bucket', 'uploads'))?.status), 'replica').name;
        const [RoleName = ''] = Object.keys((await world.aws.state()).roles);
        await s3.send(new DeleteBucketReplicationCommand({ Bucket }));
        await s3.send(new DeletePublicAccessBlockCommand({ Bucket: second }));
        await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'replication' }));
        await s3.send(new DeleteBucketPolicyCommand({ Bucket }));
        const VersioningConfiguration = { Status: 'Suspended' } as const;
        await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
      }),
    ],
  },
  forced('Bucket', [environment()], copied),
];

const openPolicy = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'kms:*', Resource: '*' }],
});

/** Let go without being removed, and applied again: the same resources are taken up by the new object. */
function forced(kind: string, context: readonly Manifest[], manifest: Manifest): Story {
  return {
    name: `${kind}: forced off its finalizer and created again`,
    before: [applied(...context), applied(manifest)],
    acts: [
      {
        async act(world) {
          await world.delete(manifest.kind, manifest.name);
          await world.force(manifest.kind, manifest.name);
          await world.apply(manifest);
        },
        until: applied(manifest).until,
      },
    ],
  };
}

/** Outputs that a story needs: texts. */
async function statusOf(world: TestWorld, { kind, name }: Manifest): Promise<Record<string, string>> {
  const status = (await world.get(kind, name))?.status ?? {};
  return Object.fromEntries(Object.entries(status).map(([key, value]) => [key, String(value)]));
}
