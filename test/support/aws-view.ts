import { IAMClient } from '@aws-sdk/client-iam';
import {
  DescribeKeyCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  KMSClient,
  ListAliasesCommand,
  ListKeysCommand,
  ListResourceTagsCommand,
} from '@aws-sdk/client-kms';
import {
  GetBucketCorsCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLoggingCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketReplicationCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  ListBucketsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsCommand,
  ListTagsForResourceCommand,
  ListTopicsCommand,
  SNSClient,
} from '@aws-sdk/client-sns';
import {
  GetQueueAttributesCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Gateway } from '../../hack/bench/aws/gateway.ts';
import { OBSERVER_HEADER } from '../../hack/bench/aws/overlay.ts';
import { near } from './near.ts';
import { createPartsView, type PartsView } from './parts/parts-view.ts';
import { type RoleView, readRoles } from './role-view.ts';
import { alwaysRead, createUnwritten, type Journaled, type Unwritten } from './unwritten.ts';

/** Everything that an account holds, read as a person with all rights would; `null`: not set. */
export interface AwsState {
  readonly queues: Readonly<Record<string, object>>;
  readonly topics: Readonly<Record<string, object>>;
  readonly subscriptions: Readonly<Record<string, object>>;
  readonly keys: Readonly<Record<string, KeyView>>;
  readonly aliases: Readonly<Record<string, string>>;
  readonly buckets: Readonly<Record<string, object>>;
  readonly roles: Readonly<Record<string, RoleView>>;
}

export interface KeyView {
  readonly state: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly policy: string;
  readonly rotation: unknown;
}

export interface AwsView extends PartsView {
  readonly sqs: SQSClient;
  readonly sns: SNSClient;
  readonly s3: S3Client;
  readonly kms: KMSClient;
  readonly iam: IAMClient;
  /** For those who read more of it. */
  readonly unwritten: Unwritten;
  /** Of these services, the others told as empty; default: of all that are read here. */
  state(services?: ReadonlySet<string>): Promise<AwsState>;
  /** Ids that AWS makes. */
  subscriptionArns(): Promise<readonly string[]>;
}

/**
 * Reads past the operator's own code: what the tests believe must not come from what they test. `keeps`: what was not written
 * since it was read is not read again.
 */
export function createAwsView(
  gateway: Observed & Journaled,
  account: string,
  region: string,
  { keeps = false }: { readonly keeps?: boolean } = {},
): AwsView {
  const unwritten = keeps ? createUnwritten(gateway) : alwaysRead;
  const common = observerOptions(gateway, account, region);
  const sqs = new SQSClient({ ...common, useQueueUrlAsEndpoint: false });
  const sns = new SNSClient(common);
  const s3 = new S3Client({ ...common, forcePathStyle: true });
  const kms = new KMSClient(common);
  const iam = new IAMClient(common);
  const { parts, close } = createPartsView(common, iam, unwritten);
  return {
    sqs,
    sns,
    s3,
    kms,
    iam,
    unwritten,
    async state(services) {
      const of = <T>(service: string, read: () => Promise<Readonly<Record<string, T>>>) =>
        services === undefined || services.has(service) ? read() : {};
      const [queues, topics, subscriptions, keys, aliases, buckets, roles] = await Promise.all([
        of('sqs', () => readQueues(sqs, unwritten)),
        of('sns', () => readTopics(sns, unwritten)),
        of('sns', () => readSubscriptions(sns)),
        of('kms', () => readKeys(kms, unwritten)),
        of('kms', () => readAliases(kms)),
        of('s3', () => readBuckets(s3, unwritten)),
        of('iam', () => unwritten.read({ service: 'iam', what: 'roles' }, () => readRoles(iam))),
      ]);
      return { queues, topics, subscriptions, keys, aliases, buckets, roles };
    },
    async subscriptionArns() {
      const { Subscriptions = [] } = await sns.send(new ListSubscriptionsCommand({}));
      return Subscriptions.map(one => one.SubscriptionArn ?? '');
    },
    parts,
    close() {
      close();
      for (const client of [sqs, sns, s3, kms, iam]) client.destroy();
    },
  };
}

type Observed = Pick<Gateway, 'url' | 'ask'>;

/** For clients of somebody who only looks, or does by hand what faults do not meet: they are for the operator. */
export function observerOptions(gateway: Observed, account: string, region: string) {
  return {
    endpoint: gateway.url,
    region,
    credentials: { accessKeyId: account, secretAccessKey: 'test' },
    maxAttempts: 1,
    requestHandler: near(gateway, new NodeHttpHandler(), { [OBSERVER_HEADER]: '1' }),
  };
}

async function readQueues(sqs: SQSClient, unwritten: Unwritten): Promise<Record<string, object>> {
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({ MaxResults: 1000 }));
  return readAll(QueueUrls, url => {
    const name = url.slice(url.lastIndexOf('/') + 1);
    return [name, unwritten.read({ service: 'sqs', name }, () => readQueue(sqs, url))];
  });
}

async function readQueue(sqs: SQSClient, QueueUrl: string): Promise<object> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
  );
  const { Tags = {} } = await sqs.send(new ListQueueTagsCommand({ QueueUrl }));
  const volatile = /^(Approximate|CreatedTimestamp|LastModifiedTimestamp)/;
  const attributes = Object.fromEntries(Object.entries(Attributes).filter(([key]) => !volatile.test(key)));
  return { attributes, tags: Tags };
}

async function readTopics(sns: SNSClient, unwritten: Unwritten): Promise<Record<string, object>> {
  const { Topics = [] } = await sns.send(new ListTopicsCommand({}));
  return readAll(Topics, ({ TopicArn = '' }) => {
    const name = TopicArn.slice(TopicArn.lastIndexOf(':') + 1);
    return [name, unwritten.read({ service: 'sns', name }, () => readTopic(sns, TopicArn))];
  });
}

async function readTopic(sns: SNSClient, TopicArn: string): Promise<object> {
  const { Attributes = {} } = await sns.send(new GetTopicAttributesCommand({ TopicArn }));
  const { Tags = [] } = await sns.send(new ListTagsForResourceCommand({ ResourceArn: TopicArn }));
  const tags = Object.fromEntries(Tags.map(tag => [tag.Key ?? '', tag.Value ?? '']));
  return { attributes: Attributes, tags };
}

async function readSubscriptions(sns: SNSClient): Promise<Record<string, object>> {
  const { Subscriptions = [] } = await sns.send(new ListSubscriptionsCommand({}));
  const seen = new Map<string, object[]>();
  for (const { SubscriptionArn = '', TopicArn, Endpoint } of Subscriptions) {
    const { Attributes = {} } = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }));
    const { SubscriptionArn: _, ...attributes } = Attributes;
    const key = `${TopicArn} ${Endpoint}`;
    seen.set(key, [...(seen.get(key) ?? []), attributes]);
  }
  return Object.fromEntries(seen);
}

async function readKeys(kms: KMSClient, unwritten: Unwritten): Promise<Record<string, KeyView>> {
  const { Keys = [] } = await kms.send(new ListKeysCommand({ Limit: 1000 }));
  const all = await readAll(Keys, ({ KeyId = '' }) => [
    KeyId,
    unwritten.read({ service: 'kms', name: KeyId }, () => readKey(kms, KeyId)),
  ]);
  return Object.fromEntries(
    Object.entries(all).flatMap(([id, key]) => (key === undefined ? [] : [[id, key] as const])),
  );
}

/** Undefined: it is AWS's own. */
async function readKey(kms: KMSClient, KeyId: string): Promise<KeyView | undefined> {
  const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId }));
  if (KeyMetadata?.KeyManager === 'AWS') return undefined;
  const { Tags = [] } = await kms.send(new ListResourceTagsCommand({ KeyId }));
  const { Policy = '' } = await kms.send(new GetKeyPolicyCommand({ KeyId, PolicyName: 'default' }));
  const pending = KeyMetadata?.KeyState === 'PendingDeletion';
  const rotation = pending ? null : await kms.send(new GetKeyRotationStatusCommand({ KeyId }));
  const on = rotation === null ? null : [rotation.KeyRotationEnabled, rotation.RotationPeriodInDays];
  const tags = Object.fromEntries(Tags.map(tag => [tag.TagKey ?? '', tag.TagValue ?? '']));
  return { state: KeyMetadata?.KeyState ?? '', tags, policy: Policy, rotation: on };
}

async function readAliases(kms: KMSClient): Promise<Record<string, string>> {
  const { Aliases = [] } = await kms.send(new ListAliasesCommand({ Limit: 100 }));
  const own = Aliases.filter(alias => alias.AliasName?.startsWith('alias/aws/') === false);
  return Object.fromEntries(own.map(alias => [alias.AliasName ?? '', alias.TargetKeyId ?? '']));
}

async function readBuckets(s3: S3Client, unwritten: Unwritten): Promise<Record<string, object>> {
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
  return readAll(Buckets, ({ Name: name = '' }) => [
    name,
    unwritten.read({ service: 's3', name }, () => readBucket(s3, name)),
  ]);
}

async function readBucket(s3: S3Client, Bucket: string): Promise<object> {
  const unset = async <T>(read: Promise<T>) => {
    try {
      const { $metadata: _, ...value } = (await read) as T & { $metadata?: unknown };
      return value;
    } catch {
      return null;
    }
  };
  const tags = unset(s3.send(new GetBucketTaggingCommand({ Bucket })));
  const parts = await readAll(
    Object.entries({
      access: () => s3.send(new GetPublicAccessBlockCommand({ Bucket })),
      ownership: () => s3.send(new GetBucketOwnershipControlsCommand({ Bucket })),
      encryption: () => s3.send(new GetBucketEncryptionCommand({ Bucket })),
      versioning: () => s3.send(new GetBucketVersioningCommand({ Bucket })),
      lifecycle: () => s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket })),
      cors: () => s3.send(new GetBucketCorsCommand({ Bucket })),
      logging: () => s3.send(new GetBucketLoggingCommand({ Bucket })),
      policy: () => s3.send(new GetBucketPolicyCommand({ Bucket })),
      notifications: () => s3.send(new GetBucketNotificationConfigurationCommand({ Bucket })),
      replication: () => s3.send(new GetBucketReplicationCommand({ Bucket })),
    }),
    ([name, read]) => [name, unset<object>(read())],
  );
  const tagSet = (await tags)?.TagSet ?? [];
  const sorted = Object.fromEntries(tagSet.map(tag => [tag.Key ?? '', tag.Value ?? '']).sort());
  return { tags: sorted, ...parts };
}

/** All at once, by name. */
async function readAll<T, V>(
  all: readonly T[],
  read: (one: T) => readonly [string, Promise<V>],
): Promise<Record<string, V>> {
  const rows = all.map(read);
  return Object.fromEntries(
    await Promise.all(rows.map(async ([name, value]) => [name, await value] as const)),
  );
}
