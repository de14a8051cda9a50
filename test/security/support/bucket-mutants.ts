import { ACCOUNT } from '../../support/world.ts';
import { s16, s17 } from './checks.ts';
import { FOREIGN } from './judge.ts';
import { inNode, type ObjectMutant } from './mutants.ts';
import {
  add,
  bucketPolicy,
  change,
  type Desired,
  type desired,
  drop,
  inDocument,
  inReplicationPolicy,
  inSettings,
  missing,
  setting,
} from './mutate.ts';
import { replicas } from './replica-checks.ts';

type Change = Parameters<typeof desired>[1];
type Edit = Parameters<typeof bucketPolicy>[0];

const inBucket = inNode('Bucket', 'bucket');
const inReplica = inNode('Bucket', 'replica');
const inRole = inNode('Bucket', 'role/replication');
const inLogs = (edit: Change) => inNode('OptaEnvironment', 'log-bucket')('dev', edit);
const inRule = (object: string, edit: (rule: Desired) => void) =>
  inNode('Bucket', 'replication')(object, wanted => {
    edit((wanted.rules as Desired[])[0] ?? {});
    return wanted;
  });
const inTrust = (object: string, edit: Edit) => inRole(object, inDocument('trust', edit));
const inRights = (object: string, edit: Edit) => inRole(object, inReplicationPolicy(edit));

/** Of all objects, and of the bucket itself. */
const letForeignersIn: Edit = statements =>
  add({
    Principal: { AWS: `arn:aws:iam::${FOREIGN}:root` },
    Action: 's3:*',
    Resource: statements[0]?.Resource,
  })(statements);

const PRIVATE: readonly ObjectMutant[] = [
  {
    check: s16,
    what: 'policies may be public',
    ...inBucket('uploads', inSettings(setting('publicAccess', 'PolicyAllowed'))),
    says: /-uploads-\w{6}: (BlockPublicPolicy|RestrictPublicBuckets) is false/,
  },
  {
    check: s16,
    what: 'ACLs are on',
    ...inBucket('scans', inSettings(setting('ownership', 'ObjectWriter'))),
    says: /-scans-\w{6}: ownership is \["ObjectWriter"\]/,
  },
  {
    check: s16,
    what: 'everybody may read',
    ...inBucket('scans', wanted => {
      const settings = wanted.settings as Record<string, unknown>;
      settings.publicAccess = 'PolicyAllowed';
      return bucketPolicy(statements =>
        add({ Principal: '*', Action: 's3:GetObject', Resource: [statements[0]?.Resource].flat()[1] })(
          statements,
        ),
      )(wanted);
    }),
    says: /-scans-\w{6}: its policy status is public: true/,
    also: /-scans-\w{6}: ((BlockPublicPolicy|RestrictPublicBuckets) is false|s3:GetObject on \S+ is allowed to )/,
  },
  {
    check: s16,
    what: 'another account may do everything',
    ...inBucket('uploads', bucketPolicy(letForeignersIn)),
    says: /-uploads-\w{6}: s3:\w+ on \S+ is allowed to a role of another account/,
  },
  {
    check: s16,
    what: 'another account may do everything with the replica',
    ...inReplica('sealed', bucketPolicy(letForeignersIn)),
    says: /-sealed-replica-\w{6}: s3:\w+ on \S+ is allowed to a role of another account/,
  },
  {
    check: s16,
    what: 'access logs of anybody’s buckets',
    ...inLogs(bucketPolicy(change('AllowLogDelivery', { Condition: undefined }))),
    says: /-dev-logs-\w{6}: s3:PutObject on \S+ is allowed to access logs of S3 for (nobody|another account)/,
  },
  {
    check: s16,
    what: 'logs of anybody’s network load balancers',
    ...inLogs(bucketPolicy(change('AllowNetworkLoadBalancer', { Condition: undefined }))),
    says: /-dev-logs-\w{6}: s3:\w+ on \S+ is allowed to log delivery for (nobody|another account)/,
  },
  {
    check: s16,
    what: 'logs of anybody’s application load balancers',
    ...inLogs(
      bucketPolicy(statements =>
        change('AllowLoadBalancerLogs', { Resource: [statements[0]?.Resource].flat()[1] })(statements),
      ),
    ),
    says: /-dev-logs-\w{6}: s3:PutObject on \S+ is allowed to logs of load balancers for (nobody|another account)/,
  },
  {
    check: s16,
    what: 'the log bucket may be public',
    ...inLogs(inSettings(setting('publicAccess', 'PolicyAllowed'))),
    says: /-dev-logs-\w{6}: (BlockPublicPolicy|RestrictPublicBuckets) is false/,
  },
  {
    check: s16,
    what: 'the replica may be public',
    ...inReplica('copied', inSettings(setting('publicAccess', 'PolicyAllowed'))),
    says: /-copied-replica-\w{6}: (BlockPublicPolicy|RestrictPublicBuckets) is false/,
  },
  {
    check: s16,
    what: 'the replica has ACLs',
    ...inReplica('sealed', inSettings(setting('ownership', 'ObjectWriter'))),
    says: /-sealed-replica-\w{6}: ownership is \["ObjectWriter"\]/,
  },
];

const ENCRYPTED: readonly ObjectMutant[] = [
  {
    check: s17,
    what: 'a key nobody asked for',
    ...inBucket('uploads', inSettings(setting('encryption', { algorithm: 'aws:kms' }))),
    says: /-uploads-\w{6}: encryption is aws:kms, not exactly AES256/,
  },
  {
    check: s17,
    what: 'no key where one was asked for',
    ...inBucket('sealed', inSettings(setting('encryption', { algorithm: 'AES256' }))),
    says: /-sealed-\w{6}: encryption is AES256, not exactly aws:kms/,
    also: /-sealed-\w{6}: (its key is undefined|its bucket key is off)/,
  },
  {
    check: s17,
    what: 'plain HTTP is let in',
    ...inBucket('uploads', bucketPolicy(drop('DenyPlaintext'))),
    says: /-uploads-\w{6}: s3:\w+ over plain HTTP is not denied/,
  },
  {
    check: s17,
    what: 'old TLS is let in',
    ...inBucket('uploads', bucketPolicy(drop('DenyOldTls'))),
    says: /-uploads-\w{6}: s3:\w+ over TLS 1.[01] is not denied/,
  },
  {
    check: s17,
    what: 'TLS 1.1 is new enough',
    ...inBucket(
      'scans',
      bucketPolicy(change('DenyOldTls', { Condition: { NumericLessThan: { 's3:TlsVersion': '1.1' } } })),
    ),
    says: /-scans-\w{6}: s3:\w+ over TLS 1.1 is not denied/,
  },
  {
    check: s17,
    what: 'only the bucket itself is protected, not its objects',
    ...inBucket(
      'scans',
      bucketPolicy(statements =>
        change('DenyPlaintext', { Resource: [statements[0]?.Resource].flat()[0] })(statements),
      ),
    ),
    says: /-scans-\w{6}: s3:(Get|Put)Object over plain HTTP is not denied/,
  },
  {
    check: s17,
    what: 'plain HTTP is let in to the logs',
    ...inLogs(bucketPolicy(drop('DenyPlaintext'))),
    says: /-dev-logs-\w{6}: s3:\w+ over plain HTTP is not denied/,
  },
  {
    check: s17,
    what: 'the replica has another key than was asked for',
    ...inReplica('sealed', inSettings(setting('encryption', { algorithm: 'AES256' }))),
    says: /-sealed-replica-\w{6}: encryption is AES256, not exactly aws:kms/,
    also: /-sealed-replica-\w{6}: (its key is undefined|its bucket key is off)/,
  },
  {
    check: s17,
    what: 'plain HTTP is let in to the replica',
    ...inReplica('copied', bucketPolicy(drop('DenyPlaintext'))),
    says: /-copied-replica-\w{6}: s3:\w+ over plain HTTP is not denied/,
  },
  {
    check: s17,
    what: 'old TLS is let in to the replica',
    ...inReplica('copied', bucketPolicy(drop('DenyOldTls'))),
    says: /-copied-replica-\w{6}: s3:\w+ over TLS 1.[01] is not denied/,
  },
];

const COPIED: readonly ObjectMutant[] = [
  {
    check: replicas,
    what: 'no rule',
    of: 'Bucket copied',
    // Whose role that is nobody can tell then.
    touches: ['Bucket copied replication', 'Bucket copied role/replication'],
    mistake: missing('replication'),
    says: /-copied-replica-\w{6}: nothing is copied to it/,
  },
  {
    check: replicas,
    what: 'a rule that is off',
    ...inRule('copied', rule => Object.assign(rule, { Status: 'Disabled' })),
    says: /-copied-\w{6}: its rule is Disabled/,
  },
  {
    check: replicas,
    what: 'a part only',
    ...inRule('copied', rule => Object.assign(rule, { Filter: { Prefix: 'in/' } })),
    says: /-copied-\w{6}: only a part of it is copied/,
  },
  {
    check: replicas,
    what: 'no deletions',
    ...inRule('sealed', rule => Object.assign(rule, { DeleteMarkerReplication: { Status: 'Disabled' } })),
    says: /-sealed-\w{6}: what is deleted stays in the copy/,
  },
  {
    check: replicas,
    what: 'the replica writes back',
    ...inRule('copied', rule =>
      Object.assign(rule, { SourceSelectionCriteria: { ReplicaModifications: { Status: 'Enabled' } } }),
    ),
    says: /-copied-\w{6}: the copies can change it/,
  },
  {
    check: replicas,
    what: 'nothing of what the key encrypts',
    ...inRule('sealed', rule => {
      delete rule.SourceSelectionCriteria;
    }),
    says: /-sealed-\w{6}: what its key encrypts is not copied/,
  },
  {
    check: replicas,
    what: 'the role is taken for anybody’s bucket',
    ...inTrust('copied', change('Service', { Condition: undefined })),
    says: /-copied-\w{6}: its role can be taken by S3 for another (account|bucket)/,
  },
  {
    check: replicas,
    what: 'the role is taken for any bucket of the account',
    ...inTrust(
      'copied',
      change('Service', { Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } } }),
    ),
    says: /-copied-\w{6}: its role can be taken by S3 for another bucket/,
  },
  {
    check: replicas,
    what: 'the role is the account’s',
    ...inTrust(
      'sealed',
      add({ Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'sts:AssumeRole' }),
    ),
    says: /-sealed-\w{6}: its role can be taken by a person of the account/,
  },
  {
    check: replicas,
    what: 'the role writes anywhere',
    ...inRights('copied', change('WriteCopies', { Resource: '*' })),
    says: /-copied-\w{6}: its role may s3:ReplicateObject on arn:aws:s3:::other/,
    also: /-copied-\w{6}: its role may s3:ReplicateObject on arn:aws:s3:::test-/,
  },
  {
    check: replicas,
    what: 'the role writes to whom the name of the copy belongs',
    ...inRights('copied', change('WriteCopies', { Condition: undefined })),
    says: /-copied-\w{6}: its role may s3:Replicate\w+ on \S+ where that is of another account/,
  },
  {
    check: replicas,
    what: 'the role reads anything',
    ...inRights('sealed', change('ReadObjects', { Resource: 'arn:aws:s3:::*' })),
    says: /-sealed-\w{6}: its role may s3:GetObjectVersionForReplication on arn:aws:s3:::other/,
  },
  {
    check: replicas,
    what: 'the role does what it likes with the replica',
    ...inRights('copied', change('WriteCopies', { Action: 's3:*' })),
    says: /-copied-\w{6}: its role may s3:\w+ on arn:aws:s3:::\S+-copied-replica-\w{6}/,
  },
  {
    check: replicas,
    what: 'the role decrypts what is not the bucket’s',
    ...inRights('sealed', change('DecryptObjects', { Condition: undefined })),
    says: /-sealed-\w{6}: its role may kms:Decrypt on/,
  },
  {
    check: replicas,
    what: 'the role may use a key where there is none',
    ...inRights('copied', add({ Action: 'kms:Decrypt', Resource: '*' })),
    says: /-copied-\w{6}: its role may kms:Decrypt on/,
  },
  {
    check: replicas,
    what: 'the role has a policy of AWS',
    ...inRole('sealed', wanted => ({
      ...wanted,
      managedPolicies: ['arn:aws:iam::aws:policy/AmazonS3FullAccess'],
    })),
    says: /-sealed-\w{6}: its role has the policy arn:aws:iam::aws:policy\/AmazonS3FullAccess/,
  },
];

/** Mistakes in buckets, in what is copied of them, and in what copies. */
export const BUCKET_MUTANTS: readonly ObjectMutant[] = [...PRIVATE, ...ENCRYPTED, ...COPIED];
