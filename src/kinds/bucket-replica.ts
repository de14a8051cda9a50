import type { BucketSpec } from '../api/bucket.ts';
import { bucketArn } from '../aws/arn.ts';
import { BUCKET_NAME } from '../aws/names.ts';
import type { ReplicationDesired } from '../aws/s3/replication.ts';
import type { BucketDesired } from '../aws/s3/settings.ts';
import type { GraphNode } from '../engine/graph.ts';
import { bucketKey, heldBackOf, privateBucket, tlsStatements } from './bucket-settings.ts';
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
    desired: seen =>
      privateBucket(input, {
        policy: tlsStatements(input.place, name),
        logPrefix: `${REPLICA}/`,
        state: seen.state(REPLICA),
      }),
  };
}

function replicationRoleNodes(input: Input): readonly GraphNode[] {
  return roleNodes(input, COMPONENT, () => {
    const keyArn = bucketKey(input);
    if (typeof keyArn === 'object') return keyArn;
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
      const roleArn = seen.arn(ROLE);
      if (roleArn === undefined) return { waitingFor: ROLE, node: ROLE };
      return { roleArn, rules: [everythingNew(bucketArn(input.place, replicaNameOf(input)), keyArn)] };
    },
  };
}

/**
 * Amazon S3 User Guide, "Replication configuration file elements": with a filter, delete markers are copied only where the
 * rule says so. "Replicating encrypted objects": those of a KMS key too. Nothing is said of objects from before: S3 copies
 * them by a batch job only.
 */
function everythingNew(Bucket: string, keyArn: string | undefined): ReplicationDesired['rules'][number] {
  return {
    ID: 'everything-new',
    Priority: 1,
    Status: 'Enabled',
    Filter: { Prefix: '' },
    DeleteMarkerReplication: { Status: 'Enabled' },
    ...(keyArn === undefined
      ? { Destination: { Bucket } }
      : {
          SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: 'Enabled' } },
          Destination: { Bucket, EncryptionConfiguration: { ReplicaKmsKeyID: keyArn } },
        }),
  };
}
