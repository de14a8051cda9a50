import { z } from 'zod';
import { ADOPTION } from './adopt.ts';
import { BucketCorsRule } from './bucket-cors.ts';
import { BucketLifecycle } from './bucket-lifecycle.ts';
import { BucketName, ExistingBucketName } from './bucket-name.ts';
import { BucketNotification, replicationEventsNeedReplica } from './bucket-notification.ts';
import { BucketPolicyStatement } from './bucket-policy.ts';
import { BucketReplica } from './bucket-replica.ts';
import { environmentColumn, standardColumns } from './columns.ts';
import { commonSpec, environmentIsImmutable } from './common.ts';
import { defineKind, type ObjectOf } from './define.ts';
import { choice, flag, listBy, listOf } from './fields.ts';
import { immutable } from './rules.ts';
import { awsArn, awsName, output, statusOf } from './status.ts';

const BucketAdopt = z.object({
  name: ExistingBucketName.describe(
    'Name of the bucket. Default: spec.name, or the name that the operator would give it, as after Retain.',
  ).optional(),
});

export const BucketSpec = z.object({
  ...commonSpec,
  name: BucketName.describe(
    'Name of the bucket, unique among all of AWS, and not like those that the operator makes. Cannot be changed. One that does ' +
      "not begin with the installation's name and a dash has to be added to the operator's policy in AWS first: to Buckets and, " +
      'with /* after it, to EmptyBuckets. Default: made of the names of environment, namespace and object, and a hash.',
  ).optional(),
  adopt: BucketAdopt.describe(
    "Takes an existing bucket into care instead of making one; the environment's grants.adopt must list it. Lifecycle rules of " +
      'others stay, and so do a KMS key and where it logs where the spec leaves them out. Statements of others in its policy go, ' +
      'unless policyStatements say them. It does so for good, by the tag ' +
      `opta.dev/adopted of the bucket, whether or not this is left out later. ${ADOPTION}`,
  ).optional(),
  publicRead: flag(
    "Whether everyone may read the objects. Needs the environment's grants.publicBuckets for this namespace. Default: false.",
  ).optional(),
  encryption: choice(
    ['AES256', 'EnvironmentKey'],
    "What encrypts the objects: S3's own keys, or the environment's KMS key with a bucket key. With a replica, " +
      'objects that are written while this changes may stay uncopied. Default: AES256.',
  ).optional(),
  versioning: flag('Whether replaced and deleted objects are kept as versions. Default: true.').optional(),
  lifecycle: BucketLifecycle.describe(
    'When replaced versions and others move to cheaper storage or are deleted. Default: as its fields say.',
  ).optional(),
  replica: BucketReplica.describe(
    'A second private bucket that S3 copies new objects to, with their tags and delete markers. Objects from before are ' +
      'not copied, and deleting a version deletes no copy. Nor are objects that their writer encrypts with a KMS key which ' +
      "is not the bucket's, nor what is written in the minutes around a change of encryption, until the rule for the other " +
      'key is there: HeadObject tells (x-amz-replication-status). Needs versioning, and a bucket without Object Lock; an adopted one that ' +
      'encrypts by a KMS key of others needs encryption written. When it is left out again copying ends, and the second bucket is removed only after approval and when it is empty. ' +
      'Default: none.',
  ).optional(),
  cors: listOf(
    BucketCorsRule,
    0,
    100,
    'Web pages of other origins that may use the bucket. Default: none; an adopted bucket keeps what it has, and an empty list takes that away.',
  ).optional(),
  accessLogs: choice(
    ['Enabled', 'Disabled'],
    "Whether requests are logged to the environment's log bucket. Default: Enabled where there is one; an adopted bucket that " +
      'logs elsewhere, or not at all, goes on so.',
  ).optional(),
  policyStatements: listBy(
    ['sid'],
    BucketPolicyStatement,
    20,
    "Statements of the bucket's policy besides the operator's own, which denies requests without TLS 1.2. Default: none.",
  ).optional(),
  notifications: listOf(
    BucketNotification,
    0,
    100,
    'Events that are sent to a Queue or Topic of the same namespace. Default: none.',
  ).optional(),
  forceDestroy: flag(
    'Whether deleting this object deletes the objects in the bucket too. Without it a bucket with objects stays. Default: false.',
  ).optional(),
});
export type BucketSpec = z.infer<typeof BucketSpec>;

export const BucketStatus = statusOf({
  name: awsName('Name of the bucket.'),
  arn: awsArn('ARN of the bucket.'),
  region: output(64, 'Region of the bucket.'),
  regionalDomainName: output(2048, 'Host name of the bucket in its region.'),
  replica: z
    .object({
      name: awsName('Name of the second bucket.'),
      arn: awsArn('ARN of the second bucket.'),
    })
    .describe('The second bucket, that new objects are copied to.')
    .exactOptional(),
});
export type BucketStatus = z.infer<typeof BucketStatus>;

export const Bucket = defineKind({
  kind: 'Bucket',
  plural: 'buckets',
  singular: 'bucket',
  shortNames: ['optabucket'],
  scope: 'Namespaced',
  categories: ['opta'],
  description: 'An encrypted, private Amazon S3 bucket.',
  columns: [
    environmentColumn,
    { name: 'Bucket', type: 'string', jsonPath: '.status.name', description: 'Name of the bucket in AWS.' },
    ...standardColumns,
  ],
  spec: BucketSpec,
  status: BucketStatus,
  rules: [
    environmentIsImmutable,
    immutable('name', 'name cannot be changed: make a new Bucket and copy the objects'),
    {
      // Who sends from this bucket is let in by its name at once: what the reconciler refuses comes too late.
      rule: '!has(self.name) || has(oldSelf.name) || (has(oldSelf.adopt) && has(oldSelf.adopt.name) && oldSelf.adopt.name == self.name)',
      message:
        'name cannot be set later, other than to adopt.name: the bucket keeps the name in status.name; make a new Bucket and copy the objects',
      reason: 'FieldValueForbidden',
      fieldPath: '.name',
    },
    {
      rule: '!has(self.name) || !has(self.adopt) || !has(self.adopt.name) || self.name == self.adopt.name',
      message: 'name and adopt.name differ: leave out name to adopt an existing bucket',
      fieldPath: '.adopt.name',
    },
    {
      rule: "!has(self.publicRead) || !self.publicRead || !has(self.encryption) || self.encryption == 'AES256'",
      message: 'publicRead needs encryption AES256: who reads without an AWS identity cannot use a KMS key',
      fieldPath: '.encryption',
    },
    {
      rule: '!has(self.replica) || !has(self.versioning) || self.versioning',
      message: 'replica needs versioning: S3 copies versions. Leave out replica to switch versioning off',
      fieldPath: '.versioning',
    },
    replicationEventsNeedReplica,
  ],
});
export type Bucket = ObjectOf<typeof Bucket>;
