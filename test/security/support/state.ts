import {
  type AliasListEntry,
  DescribeKeyCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  type KeyMetadata,
  type KMSClient,
  ListKeysCommand,
  ListResourceTagsCommand,
  paginateListAliases,
} from '@aws-sdk/client-kms';
import {
  GetBucketAclCommand,
  type GetBucketAclOutput,
  GetBucketEncryptionCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketPolicyStatusCommand,
  GetBucketReplicationCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  ListBucketsCommand,
  type PublicAccessBlockConfiguration,
  type ReplicationConfiguration,
  type S3Client,
  type ServerSideEncryptionRule,
} from '@aws-sdk/client-s3';
import {
  GetTopicAttributesCommand,
  ListTagsForResourceCommand,
  ListTopicsCommand,
  type SNSClient,
} from '@aws-sdk/client-sns';
import {
  GetQueueAttributesCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { AwsView } from '../../support/aws-view.ts';
import { type RoleView, readRoles } from '../../support/role-view.ts';

export type Tags = Readonly<Record<string, string>>;

export interface BucketSecurity {
  readonly name: string;
  readonly tags: Tags;
  readonly access: PublicAccessBlockConfiguration | undefined;
  readonly isPublic: boolean | undefined;
  readonly ownership: readonly (string | undefined)[];
  readonly acl: Pick<GetBucketAclOutput, 'Owner' | 'Grants'>;
  readonly encryption: readonly ServerSideEncryptionRule[];
  readonly policy: string | undefined;
  readonly versioning: string | undefined;
  readonly replication: ReplicationConfiguration | undefined;
}

export interface Messaging {
  readonly name: string;
  readonly arn: string;
  readonly tags: Tags;
  readonly attributes: Tags;
}

export interface KeySecurity {
  readonly metadata: KeyMetadata;
  readonly tags: Tags;
  readonly policy: string;
  readonly isRotated: boolean | undefined;
  readonly aliases: readonly string[];
}

/** What the promises on security are about, read past the operator's own code. */
export interface SecurityState {
  readonly buckets: readonly BucketSecurity[];
  readonly queues: readonly Messaging[];
  readonly topics: readonly Messaging[];
  /** Customer keys that are not pending deletion. */
  readonly keys: readonly KeySecurity[];
  readonly roles: readonly RoleView[];
}

export async function readSecurity(aws: AwsView): Promise<SecurityState> {
  const [buckets, queues, topics, keys, roles] = await Promise.all([
    readBuckets(aws),
    readQueues(aws),
    readTopics(aws),
    readKeys(aws),
    readRoles(aws.iam),
  ]);
  return { buckets, queues, topics, keys, roles: Object.values(roles) };
}

/** Undefined only where AWS says that the thing is not set. */
async function ifSet<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (
      error instanceof Error &&
      /^(NoSuch|(ServerSideEncryption|Replication)ConfigurationNotFound|OwnershipControlsNotFound)/.test(
        error.name,
      )
    )
      return undefined;
    throw error;
  }
}

async function readBuckets({ s3, unwritten }: AwsView): Promise<readonly BucketSecurity[]> {
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
  return Promise.all(
    Buckets.map(({ Name: name = '' }) =>
      unwritten.read({ service: 's3', name, what: 'security' }, () => readBucket(s3, name)),
    ),
  );
}

async function readBucket(s3: S3Client, Bucket: string): Promise<BucketSecurity> {
  const [tags, access, status, ownership, acl, encryption, policy, versioning, copies] = await Promise.all([
    ifSet(s3.send(new GetBucketTaggingCommand({ Bucket }))),
    ifSet(s3.send(new GetPublicAccessBlockCommand({ Bucket }))),
    ifSet(s3.send(new GetBucketPolicyStatusCommand({ Bucket }))),
    ifSet(s3.send(new GetBucketOwnershipControlsCommand({ Bucket }))),
    s3.send(new GetBucketAclCommand({ Bucket })),
    ifSet(s3.send(new GetBucketEncryptionCommand({ Bucket }))),
    ifSet(s3.send(new GetBucketPolicyCommand({ Bucket }))),
    s3.send(new GetBucketVersioningCommand({ Bucket })),
    ifSet(s3.send(new GetBucketReplicationCommand({ Bucket }))),
  ]);
  return {
    name: Bucket,
    tags: Object.fromEntries((tags?.TagSet ?? []).map(tag => [tag.Key ?? '', tag.Value ?? ''])),
    access: access?.PublicAccessBlockConfiguration,
    isPublic: status?.PolicyStatus?.IsPublic,
    ownership: (ownership?.OwnershipControls?.Rules ?? []).map(rule => rule.ObjectOwnership),
    acl,
    encryption: encryption?.ServerSideEncryptionConfiguration?.Rules ?? [],
    policy: policy?.Policy,
    versioning: versioning.Status,
    replication: copies?.ReplicationConfiguration,
  };
}

async function readQueues({ sqs, unwritten }: AwsView): Promise<readonly Messaging[]> {
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({ MaxResults: 1000 }));
  return Promise.all(
    QueueUrls.map(url => {
      const name = lastOf(url, '/');
      return unwritten.read({ service: 'sqs', name, what: 'security' }, () => readQueue(sqs, url));
    }),
  );
}

async function readQueue(sqs: SQSClient, QueueUrl: string): Promise<Messaging> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
  );
  const { Tags = {} } = await sqs.send(new ListQueueTagsCommand({ QueueUrl }));
  return {
    name: lastOf(QueueUrl, '/'),
    arn: Attributes.QueueArn ?? '',
    tags: Tags,
    attributes: Attributes,
  };
}

async function readTopics({ sns, unwritten }: AwsView): Promise<readonly Messaging[]> {
  const { Topics = [] } = await sns.send(new ListTopicsCommand({}));
  return Promise.all(
    Topics.map(({ TopicArn = '' }) => {
      const name = lastOf(TopicArn, ':');
      return unwritten.read({ service: 'sns', name, what: 'security' }, () => readTopic(sns, TopicArn));
    }),
  );
}

async function readTopic(sns: SNSClient, TopicArn: string): Promise<Messaging> {
  const { Attributes = {} } = await sns.send(new GetTopicAttributesCommand({ TopicArn }));
  const { Tags = [] } = await sns.send(new ListTagsForResourceCommand({ ResourceArn: TopicArn }));
  const tags = Object.fromEntries(Tags.map(tag => [tag.Key ?? '', tag.Value ?? '']));
  return { name: lastOf(TopicArn, ':'), arn: TopicArn, tags, attributes: Attributes };
}

export async function readKeys({ kms, unwritten }: AwsView): Promise<readonly KeySecurity[]> {
  const { Keys = [] } = await kms.send(new ListKeysCommand({ Limit: 1000 }));
  const Aliases: AliasListEntry[] = [];
  for await (const page of paginateListAliases({ client: kms }, {})) Aliases.push(...(page.Aliases ?? []));
  const rows = await Promise.all(
    Keys.map(async ({ KeyId: name = '' }): Promise<KeySecurity | undefined> => {
      const key = await unwritten.read({ service: 'kms', name, what: 'security' }, () => readKey(kms, name));
      if (key === undefined) return undefined;
      const aliases = Aliases.filter(alias => alias.TargetKeyId === name).map(alias => alias.AliasName ?? '');
      return { ...key, aliases };
    }),
  );
  return rows.filter(row => row !== undefined);
}

/** Undefined: it is AWS's own, or on its way out. */
async function readKey(kms: KMSClient, KeyId: string): Promise<Omit<KeySecurity, 'aliases'> | undefined> {
  const { KeyMetadata: metadata } = await kms.send(new DescribeKeyCommand({ KeyId }));
  if (metadata === undefined || metadata.KeyManager === 'AWS' || metadata.KeyState === 'PendingDeletion')
    return undefined;
  const [{ Tags = [] }, { Policy = '' }, rotation] = await Promise.all([
    kms.send(new ListResourceTagsCommand({ KeyId })),
    kms.send(new GetKeyPolicyCommand({ KeyId, PolicyName: 'default' })),
    kms.send(new GetKeyRotationStatusCommand({ KeyId })),
  ]);
  return {
    metadata,
    tags: Object.fromEntries(Tags.map(tag => [tag.TagKey ?? '', tag.TagValue ?? ''])),
    policy: Policy,
    isRotated: rotation.KeyRotationEnabled,
  };
}

function lastOf(text: string, separator: string): string {
  return text.slice(text.lastIndexOf(separator) + 1);
}
