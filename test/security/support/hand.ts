import {
  AttachRolePolicyCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import {
  DeleteAliasCommand,
  DisableKeyCommand,
  DisableKeyRotationCommand,
  GetKeyPolicyCommand,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
  UpdateAliasCommand,
} from '@aws-sdk/client-kms';
import {
  DeleteBucketPolicyCommand,
  DeleteBucketReplicationCommand,
  DeletePublicAccessBlockCommand,
  GetBucketPolicyCommand,
  GetBucketReplicationCommand,
  type ObjectOwnership,
  type PublicAccessBlockConfiguration,
  PutBucketAclCommand,
  PutBucketEncryptionCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketReplicationCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
  type ReplicationRule,
  type ServerSideEncryptionByDefault,
} from '@aws-sdk/client-s3';
import {
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  SetTopicAttributesCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import type { AwsView } from '../../support/aws-view.ts';
import { ACCOUNT, REGION } from '../../support/world.ts';
import type { SecurityState } from './state.ts';

/** What somebody with all rights does to AWS past the operator. */
export type Edit = (statements: readonly object[]) => readonly object[];

export function edited(policy: string | undefined, edit: Edit): string {
  const document = JSON.parse(policy ?? '{"Statement":[]}');
  return JSON.stringify({ Version: '2012-10-17', Statement: edit([document.Statement].flat()) });
}

/** Statements but those whose Sid begins so. */
export function without(sid: string): Edit {
  return statements => statements.filter(one => !String(Reflect.get(one, 'Sid')).startsWith(sid));
}

export function withStatement(statement: object): Edit {
  return statements => [...statements, { Sid: 'ByHand', Effect: 'Allow', ...statement }];
}

/** The same, but without their conditions. */
export function unconditioned(sid: string): Edit {
  return statements =>
    statements.map(one =>
      String(Reflect.get(one, 'Sid')).startsWith(sid) ? { ...one, Condition: undefined } : one,
    );
}

export function byHand(aws: AwsView, state: SecurityState) {
  const { s3, sqs, sns, kms, iam } = aws;
  /** The name in AWS of an object's resource. */
  function named(
    all: readonly { name: string; tags: Readonly<Record<string, string>> }[],
    object: string,
    node: string,
  ): string {
    const one = all.find(({ tags }) => tags['opta.dev/name'] === object && tags['opta.dev/node'] === node);
    if (one === undefined) throw new Error(`AWS has no ${node} of ${object}`);
    return one.name;
  }
  /** `uploads`, `uploads/replica`, or the environment for its log bucket. */
  const bucketOf = (path: string) => {
    const [object = '', node] = path.split('/');
    return node === undefined ? firstBucketOf(object) : named(state.buckets, object, node);
  };
  const firstBucketOf = (object: string) =>
    named(
      state.buckets,
      object,
      state.buckets.some(
        one => one.tags['opta.dev/name'] === object && one.tags['opta.dev/node'] === 'bucket',
      )
        ? 'bucket'
        : 'log-bucket',
    );
  const queueUrl = (object: string, node = 'queue') =>
    `http://localhost:4566/${ACCOUNT}/${named(state.queues, object, node)}`;
  const topicArn = (object: string) =>
    `arn:aws:sns:${REGION}:${ACCOUNT}:${named(state.topics, object, 'topic')}`;
  function keyOf(kind: string, object: string) {
    const key = state.keys.find(
      one => one.tags['opta.dev/kind'] === kind && one.tags['opta.dev/name'] === object,
    );
    if (key?.metadata.KeyId === undefined) throw new Error(`AWS has no key of ${kind} ${object}`);
    return { id: key.metadata.KeyId, arn: key.metadata.Arn ?? '', alias: key.aliases[0] ?? '' };
  }
  function roleOf(object: string) {
    const role = state.roles.find(one => one.tags['opta.dev/name'] === object);
    if (role === undefined) throw new Error(`AWS has no role of ${object}`);
    return { ...role, RoleName: role.arn.slice(role.arn.lastIndexOf('/') + 1) };
  }
  return {
    bucketOf,
    queueName: (object: string, node = 'queue') => named(state.queues, object, node),
    topicArn,
    keyOf,
    access: (object: string, change: PublicAccessBlockConfiguration) => {
      const PublicAccessBlockConfiguration = {
        BlockPublicAcls: true,
        IgnorePublicAcls: true,
        BlockPublicPolicy: true,
        RestrictPublicBuckets: true,
        ...change,
      };
      return s3.send(
        new PutPublicAccessBlockCommand({ Bucket: bucketOf(object), PublicAccessBlockConfiguration }),
      );
    },
    noAccessBlock: (object: string) =>
      s3.send(new DeletePublicAccessBlockCommand({ Bucket: bucketOf(object) })),
    ownership: (object: string, ObjectOwnership: ObjectOwnership) =>
      s3.send(
        new PutBucketOwnershipControlsCommand({
          Bucket: bucketOf(object),
          OwnershipControls: { Rules: [{ ObjectOwnership }] },
        }),
      ),
    acl: (object: string, ACL: 'public-read' | 'authenticated-read') =>
      s3.send(new PutBucketAclCommand({ Bucket: bucketOf(object), ACL })),
    encryption: (object: string, by: ServerSideEncryptionByDefault, BucketKeyEnabled = false) =>
      s3.send(
        new PutBucketEncryptionCommand({
          Bucket: bucketOf(object),
          ServerSideEncryptionConfiguration: {
            Rules: [{ ApplyServerSideEncryptionByDefault: by, BucketKeyEnabled }],
          },
        }),
      ),
    noBucketPolicy: (object: string) => s3.send(new DeleteBucketPolicyCommand({ Bucket: bucketOf(object) })),
    async bucketPolicy(object: string, edit: Edit) {
      const Bucket = bucketOf(object);
      const { Policy } = await s3.send(new GetBucketPolicyCommand({ Bucket }));
      await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: edited(Policy, edit) }));
    },
    versioning: (object: string, Status: 'Enabled' | 'Suspended') =>
      s3.send(
        new PutBucketVersioningCommand({ Bucket: bucketOf(object), VersioningConfiguration: { Status } }),
      ),
    noReplication: (object: string) =>
      s3.send(new DeleteBucketReplicationCommand({ Bucket: bucketOf(object) })),
    async replication(object: string, change: (rule: ReplicationRule) => ReplicationRule) {
      const Bucket = bucketOf(object);
      const { ReplicationConfiguration: now } = await s3.send(new GetBucketReplicationCommand({ Bucket }));
      const ReplicationConfiguration = { Role: now?.Role, Rules: now?.Rules?.map(change) };
      await s3.send(new PutBucketReplicationCommand({ Bucket, ReplicationConfiguration }));
    },
    async trust(object: string, edit: Edit) {
      const { RoleName, trust } = roleOf(object);
      const PolicyDocument = edited(trust, edit);
      await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
    },
    async rolePolicy(object: string, edit: Edit) {
      const { RoleName, inline } = roleOf(object);
      const PolicyDocument = edited(inline.replication, edit);
      await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'replication', PolicyDocument }));
    },
    attach: (object: string, PolicyArn: string) =>
      iam.send(new AttachRolePolicyCommand({ RoleName: roleOf(object).RoleName, PolicyArn })),
    noNotifications: (object: string) =>
      s3.send(
        new PutBucketNotificationConfigurationCommand({
          Bucket: bucketOf(object),
          NotificationConfiguration: {},
        }),
      ),
    queue: (object: string, Attributes: Record<string, string>, node = 'queue') =>
      sqs.send(new SetQueueAttributesCommand({ QueueUrl: queueUrl(object, node), Attributes })),
    async queuePolicy(object: string, edit: Edit, node = 'queue') {
      const QueueUrl = queueUrl(object, node);
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['Policy'] }),
      );
      await sqs.send(
        new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy: edited(Attributes?.Policy, edit) } }),
      );
    },
    topic: (object: string, AttributeName: string, AttributeValue: string) =>
      sns.send(new SetTopicAttributesCommand({ TopicArn: topicArn(object), AttributeName, AttributeValue })),
    async topicPolicy(object: string, edit: Edit) {
      const TopicArn = topicArn(object);
      const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn }));
      await sns.send(
        new SetTopicAttributesCommand({
          TopicArn,
          AttributeName: 'Policy',
          AttributeValue: edited(Attributes?.Policy, edit),
        }),
      );
    },
    async unsubscribe(object: string) {
      const { Subscriptions = [] } = await sns.send(
        new ListSubscriptionsByTopicCommand({ TopicArn: topicArn(object) }),
      );
      for (const { SubscriptionArn } of Subscriptions)
        await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
    },
    async keyPolicy(kind: string, object: string, edit: Edit) {
      const KeyId = keyOf(kind, object).id;
      const { Policy } = await kms.send(new GetKeyPolicyCommand({ KeyId, PolicyName: 'default' }));
      await kms.send(new PutKeyPolicyCommand({ KeyId, PolicyName: 'default', Policy: edited(Policy, edit) }));
    },
    disableKey: (kind: string, object: string) =>
      kms.send(new DisableKeyCommand({ KeyId: keyOf(kind, object).id })),
    deleteKey: (kind: string, object: string) =>
      kms.send(new ScheduleKeyDeletionCommand({ KeyId: keyOf(kind, object).id, PendingWindowInDays: 7 })),
    noRotation: (kind: string, object: string) =>
      kms.send(new DisableKeyRotationCommand({ KeyId: keyOf(kind, object).id })),
    noAlias: (kind: string, object: string) =>
      kms.send(new DeleteAliasCommand({ AliasName: keyOf(kind, object).alias })),
    moveAlias: (kind: string, object: string, TargetKeyId: string) =>
      kms.send(new UpdateAliasCommand({ AliasName: keyOf(kind, object).alias, TargetKeyId })),
  };
}

export type Hand = ReturnType<typeof byHand>;
