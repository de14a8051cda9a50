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

const PLAIN =
  'Written plain, as the key is: the operator encodes it for S3, so %3D means these three characters and not =. There are no wildcards: * is an asterisk.';

/** Opens the queue or topic for exactly this bucket. */
export const BucketNotification = z
  .object({
    events: setOf(z.enum(events), 1, events.length, 'Events of S3, such as s3:ObjectCreated:*.'),
    prefix: freeText(1024, `Only objects whose key begins so. ${PLAIN} Default: all.`).optional(),
    suffix: freeText(1024, `Only objects whose key ends so. ${PLAIN} Default: all.`).optional(),
    queue: reference('a Queue', 'Name of a Queue in the same namespace. Default: none.').optional(),
    topic: reference('a Topic', 'Name of a Topic in the same namespace. Default: none.').optional(),
  })
  .meta(
    rules({
      rule: 'has(self.queue) != has(self.topic)',
      message: 'give either queue or topic: exactly one of them gets the event',
    }),
  );
export type BucketNotification = z.infer<typeof BucketNotification>;
