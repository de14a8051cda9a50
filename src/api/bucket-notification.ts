import { z } from 'zod';
import { freeText, reference, setOf } from './fields.ts';
import { rules } from './rules.ts';

// Amazon S3 User Guide, "Supported event types for SQS, SNS, and Lambda".
const events = [
  's3:ObjectCreated:*',
  's3:ObjectCreated:Put',
  's3:ObjectCreated:Post',
  's3:ObjectCreated:Copy',
  's3:ObjectCreated:CompleteMultipartUpload',
  's3:ObjectRemoved:*',
  's3:ObjectRemoved:Delete',
  's3:ObjectRemoved:DeleteMarkerCreated',
  's3:ObjectRestore:*',
  's3:ObjectRestore:Post',
  's3:ObjectRestore:Completed',
  's3:ObjectRestore:Delete',
  's3:ReducedRedundancyLostObject',
  's3:Replication:*',
  's3:Replication:OperationFailedReplication',
  's3:Replication:OperationMissedThreshold',
  's3:Replication:OperationReplicatedAfterThreshold',
  's3:Replication:OperationNotTracked',
  's3:LifecycleExpiration:*',
  's3:LifecycleExpiration:Delete',
  's3:LifecycleExpiration:DeleteMarkerCreated',
  's3:LifecycleTransition',
  's3:IntelligentTiering',
  's3:ObjectTagging:*',
  's3:ObjectTagging:Put',
  's3:ObjectTagging:Delete',
  's3:ObjectAcl:Put',
] as const;

const OF_TIME_CONTROL: readonly (typeof events)[number][] = [
  's3:Replication:OperationMissedThreshold',
  's3:Replication:OperationReplicatedAfterThreshold',
];

const OF_REPLICATION = events.filter(event => event.startsWith('s3:Replication:'));

/** Of a spec with notifications. */
export const replicationEventsNeedReplica = {
  rule: `!has(self.notifications) || has(self.replica) || !self.notifications.exists(one, one.events.exists(event, event in ['${OF_REPLICATION.join("', '")}']))`,
  message: 'events of s3:Replication need replica: without it nothing is copied, and S3 sends none of them',
  fieldPath: '.notifications',
};

/** Told of what is not copied. */
export function tellsOfReplication({ events: asked }: Pick<BucketNotification, 'events'>): boolean {
  return asked.some(event => OF_REPLICATION.includes(event));
}

const PLAIN =
  'Written plain, as the key is: the operator encodes it for S3, so %3D means these three characters and not =. There are no wildcards: * is an asterisk.';

/** Opens the queue or topic for exactly this bucket. */
export const BucketNotification = z
  .object({
    events: setOf(
      z.enum(events),
      1,
      events.length,
      'Events of S3, such as s3:ObjectCreated:*. Those of s3:Replication need replica; S3 sends them only with metrics of the ' +
        'replication, which are switched on with them and which CloudWatch charges for.',
    ),
    prefix: freeText(1024, `Only objects whose key begins so. ${PLAIN} Default: all.`).optional(),
    suffix: freeText(1024, `Only objects whose key ends so. ${PLAIN} Default: all.`).optional(),
    queue: reference('a Queue', 'Name of a Queue in the same namespace. Default: none.').optional(),
    topic: reference('a Topic', 'Name of a Topic in the same namespace. Default: none.').optional(),
  })
  .meta(
    rules(
      {
        rule: 'has(self.queue) != has(self.topic)',
        message: 'give either queue or topic: exactly one of them gets the event',
      },
      {
        // Amazon S3 User Guide, "Receiving replication failure events with Amazon S3 Event Notifications".
        rule: `!self.events.exists(event, event in ['${OF_TIME_CONTROL.join("', '")}'])`,
        message:
          'S3 sends OperationMissedThreshold and OperationReplicatedAfterThreshold only with Replication Time Control, which a replica ' +
          'of the operator has not: use s3:Replication:OperationFailedReplication',
        fieldPath: '.events',
      },
    ),
  );
export type BucketNotification = z.infer<typeof BucketNotification>;
