import type { BucketSpec } from '../api/bucket.ts';
import { tellsOfReplication } from '../api/bucket-notification.ts';
import { bucketArn } from '../aws/arn.ts';
import { BUCKET_NAME } from '../aws/names.ts';
import type { ReplicationDesired } from '../aws/s3/replication.ts';
import type { BucketDesired, BucketState } from '../aws/s3/settings.ts';
import {
  type GraphNode,
  isWaiting,
  type Observations,
  type TaggedObservations,
  type Waiting,
} from '../engine/graph.ts';
import {
  bucketKey,
  encryptionIn,
  heldBackOf,
  isAdopted,
  isByKms,
  leftEncryption,
  privateBucket,
  tlsStatements,
} from './bucket-settings.ts';
import { roleId, roleNodes } from './environment/role-node.ts';
import { type KindInput, nameOf, tagsOf } from './kind.ts';
import { replicationRole } from './replication-role.ts';
import { bucketNameOf } from './senders.ts';

type Input = KindInput<BucketSpec>;

const REPLICA = 'replica';
const COMPONENT = 'replication';
const ROLE = roleId(COMPONENT);

export function replicaNameOf(input: Input): string {
  return nameOf(input, input, REPLICA, BUCKET_NAME);
}

/** The second bucket, what S3 copies to it as, and the rule. The first bucket waits for none of them. */
export function replicaNodes(input: Input): readonly GraphNode[] {
  if (input.spec.replica === undefined) return [];
  return [replicaNode(input), ...replicationRoleNodes(input), replicationNode(input)];
}

function replicaNode(input: Input): GraphNode<BucketDesired> {
  const name = replicaNameOf(input);
  return {
    id: REPLICA,
    type: 's3/bucket',
    name: () => name,
    dependsOn: [],
    optional: true,
    tags: tagsOf(input, REPLICA),
    heldBack: seen => heldBackOf(input, seen.state(REPLICA)).length > 0,
    desired(seen) {
      const state = seen.state<BucketState>(REPLICA);
      const wanted = privateBucket(input, {
        policy: tlsStatements(input.place, name),
        logPrefix: `${REPLICA}/`,
        state,
      });
      // What is there is looked after, whether or not anything is copied to it.
      const waiting = state === undefined ? uncopied(input, seen) : undefined;
      return waiting === undefined || isWaiting(wanted) ? wanted : { ...waiting, leaving: wanted };
    },
  };
}

function replicationRoleNodes(input: Input): readonly GraphNode[] {
  return roleNodes(input, COMPONENT, seen => {
    const wanted = bucketKey(input);
    if (typeof wanted === 'object') return wanted;
    // Until the bucket is encrypted otherwise, to which a person may have to agree, what is written in it is read by this key.
    const its = encryptionNow(seen)?.keyArn;
    const keyArn = wanted ?? (its === input.environment.keyArn ? its : undefined);
    const buckets = { source: bucketNameOf(input, input), replica: replicaNameOf(input) };
    return replicationRole(input.place, { ...buckets, keyArn });
  });
}

function replicationNode(input: Input): GraphNode<ReplicationDesired> {
  const name = bucketNameOf(input, input);
  return {
    id: 'replication',
    type: 's3/replication',
    name: () => name,
    dependsOn: ['bucket', REPLICA, ROLE],
    optional: true,
    desired(seen) {
      const keyArn = bucketKey(input);
      if (typeof keyArn === 'object') return keyArn;
      const waiting = uncopied(input, seen) ?? unchanged(seen, keyArn);
      if (waiting !== undefined) return waiting;
      const roleArn = seen.arn(ROLE);
      if (roleArn === undefined) return { waitingFor: ROLE, node: ROLE };
      const Bucket = bucketArn(input.place, replicaNameOf(input));
      // "Receiving replication failure events with Amazon S3 Event Notifications": S3 sends them where the rule has metrics.
      const isTold = input.spec.notifications?.some(tellsOfReplication) === true;
      const Destination = { Bucket, ...(isTold ? { Metrics: { Status: 'Enabled' as const } } : {}) };
      return { roleArn, rules: [everythingNew(Destination, keyArn)] };
    },
  };
}

/** The role of the replication may use the environment's key, and none that somebody else chose for the bucket. */
function uncopied(input: Input, seen: TaggedObservations): Waiting | undefined {
  const state = seen.state<BucketState>('bucket');
  const left = leftEncryption(input, { state, isAdopted: isAdopted(input, seen) });
  if (left === undefined || left.keyArn === bucketKey(input)) return undefined;
  const key = left.keyArn ?? 'the key aws/s3';
  const waitingFor =
    `another spec.encryption: the bucket was there before and encrypts by ${key}, which a replica cannot be copied with. ` +
    'Write spec.encryption, by which new objects are encrypted then, or leave out spec.replica';
  return { waitingFor, needsPerson: true };
}

/** By the rule for another key S3 copies nothing of what is written by this one, now or ever: the bucket is changed first. */
function unchanged(seen: TaggedObservations, keyArn: string | undefined): Waiting | undefined {
  const now = encryptionNow(seen);
  if (!isByKms(now) || now?.keyArn === keyArn) return undefined;
  return { waitingFor: 'the encryption of the bucket', node: 'bucket' };
}

function encryptionNow(seen: Observations) {
  return encryptionIn(seen.state<BucketState>('bucket'));
}

/**
 * Amazon S3 User Guide, "Replication configuration file elements": with a filter, delete markers are copied only where the
 * rule says so. "Replicating encrypted objects": those of a KMS key too. Nothing is said of objects from before: S3 copies
 * them by a batch job only.
 */
function everythingNew(
  destination: NonNullable<ReplicationDesired['rules'][number]['Destination']>,
  keyArn: string | undefined,
): ReplicationDesired['rules'][number] {
  return {
    ID: 'everything-new',
    Priority: 1,
    Status: 'Enabled',
    Filter: { Prefix: '' },
    DeleteMarkerReplication: { Status: 'Enabled' },
    ...(keyArn === undefined
      ? { Destination: destination }
      : {
          SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: 'Enabled' } },
          Destination: { ...destination, EncryptionConfiguration: { ReplicaKmsKeyID: keyArn } },
        }),
  };
}
