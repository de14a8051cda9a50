import {
  AttachRolePolicyCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import {
  CreateKeyCommand,
  DeleteAliasCommand,
  DisableKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyRotationCommand,
  PutKeyPolicyCommand,
  TagResourceCommand as TagKeyCommand,
  UpdateAliasCommand,
  UpdateKeyDescriptionCommand,
} from '@aws-sdk/client-kms';
import {
  DeleteBucketCorsCommand,
  DeleteBucketLifecycleCommand,
  DeleteBucketReplicationCommand,
  DeletePublicAccessBlockCommand,
  GetBucketReplicationCommand,
  GetBucketTaggingCommand,
  PutBucketEncryptionCommand,
  PutBucketLoggingCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketReplicationCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  type ReplicationRule,
} from '@aws-sdk/client-s3';
import {
  DeleteTopicCommand,
  SetSubscriptionAttributesCommand,
  SetTopicAttributesCommand,
  TagResourceCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import {
  DeleteQueueCommand,
  SetQueueAttributesCommand,
  TagQueueCommand,
  UntagQueueCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rounds } from '../support/rounds.ts';
import { conditionOf } from '../support/settle.ts';
import { type Acting, areReady, messageOf, openStage, type Stage, standing } from '../support/stage.ts';
import { ACCOUNT, bucket, environment, type Manifest, queue, topic } from '../support/world.ts';

const OPEN = (resource: string, action: string) => ({
  Version: '2012-10-17',
  Statement: { Sid: 'Hole', Effect: 'Allow', Principal: '*', Action: action, Resource: resource },
});
const KEY_POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: {
    Sid: 'Hole',
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
    Action: 'kms:*',
    Resource: '*',
  },
});

const MANIFESTS: readonly Manifest[] = [
  environment(),
  queue('orders', { tags: { cost: 'a' }, messageRetentionSeconds: 3600 }),
  queue('ledger', { fifo: true, contentBasedDeduplication: true, encryption: 'EnvironmentKey' }),
  topic('events', {
    displayName: 'Events',
    tags: { cost: 'a' },
    subscriptions: [{ queue: 'orders', filterPolicy: { kind: ['order'] } }],
  }),
  topic('ledger', { fifo: true, contentBasedDeduplication: true, encryption: 'EnvironmentKey' }),
  bucket('uploads', {
    tags: { cost: 'a' },
    cors: [{ allowedOrigins: ['https://shop.example'], allowedMethods: ['GET'] }],
    notifications: [{ events: ['s3:ObjectCreated:*'], queue: 'orders' }],
  }),
  bucket('vault', { replica: { mode: 'SameRegion' }, encryption: 'EnvironmentKey' }),
];

/** One thing changed by hand, and how it is told. */
interface Row {
  readonly of: readonly [kind: string, name: string];
  /** Field, value in AWS, value of the spec. */
  readonly says: string | RegExp;
  by(id: (node: string) => string): Promise<unknown>;
}

const ORDERS = ['Queue', 'orders'] as const;
const EVENTS = ['Topic', 'events'] as const;
const UPLOADS = ['Bucket', 'uploads'] as const;
const VAULT = ['Bucket', 'vault'] as const;
const DEV = ['OptaEnvironment', 'dev'] as const;

function onQueue(
  node: string,
  field: string,
  value: string,
  says: string | RegExp,
  of: Row['of'] = ORDERS,
): Row {
  return {
    of,
    says,
    by: id =>
      aws().sqs.send(new SetQueueAttributesCommand({ QueueUrl: id(node), Attributes: { [field]: value } })),
  };
}

function onTopic(field: string, value: string, says: string | RegExp, of: Row['of'] = EVENTS): Row {
  const change = (TopicArn: string) =>
    new SetTopicAttributesCommand({ TopicArn, AttributeName: field, AttributeValue: value });
  return { of, says, by: id => aws().sns.send(change(id('topic'))) };
}

function onSubscription(field: string, value: string, says: string | RegExp): Row {
  const change = (SubscriptionArn: string) =>
    new SetSubscriptionAttributesCommand({ SubscriptionArn, AttributeName: field, AttributeValue: value });
  return { of: EVENTS, says, by: id => aws().sns.send(change(id('subscription/orders'))) };
}

/** These of any bucket: its own, its replica's, that of logs. */
function unblocked(of: Row['of'], node: string, says: Row['says']): Row {
  return { of, says, by: id => aws().s3.send(new DeletePublicAccessBlockCommand({ Bucket: id(node) })) };
}

function encrypted(of: Row['of'], node: string, SSEAlgorithm: 'AES256' | 'aws:kms', says: Row['says']): Row {
  const Rules = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm } }];
  const change = (Bucket: string) =>
    new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules } });
  return { of, says, by: id => aws().s3.send(change(id(node))) };
}

function unversioned(of: Row['of'], node: string, says: Row['says']): Row {
  const change = (Bucket: string) =>
    new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Suspended' } });
  return { of, says, by: id => aws().s3.send(change(id(node))) };
}

function withoutLifecycle(of: Row['of'], node: string, says: Row['says']): Row {
  return { of, says, by: id => aws().s3.send(new DeleteBucketLifecycleCommand({ Bucket: id(node) })) };
}

function open(of: Row['of'], node: string, says: Row['says']): Row {
  const change = (Bucket: string) =>
    new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(mine(Bucket)) });
  return { of, says, by: id => aws().s3.send(change(id(node))) };
}

function onRule(
  says: string | RegExp,
  change: (rule: ReplicationRule) => ReplicationRule,
  role?: string,
): Row {
  return {
    of: VAULT,
    says,
    async by(id) {
      const Bucket = id('bucket');
      const { ReplicationConfiguration: now } = await aws().s3.send(
        new GetBucketReplicationCommand({ Bucket }),
      );
      const ReplicationConfiguration = { Role: role ?? now?.Role, Rules: now?.Rules?.map(change) };
      await aws().s3.send(new PutBucketReplicationCommand({ Bucket, ReplicationConfiguration }));
    },
  };
}

const someKey = async () => (await aws().kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';

/** Every attribute that the adaptors write, on every type of resource. */
const ROWS: readonly Row[] = [
  onQueue('queue', 'DelaySeconds', '77', 'queue.DelaySeconds: 77 → 0'),
  onQueue('queue', 'MessageRetentionPeriod', '777', 'queue.MessageRetentionPeriod: 777 → 3600'),
  onQueue('queue', 'VisibilityTimeout', '77', 'queue.VisibilityTimeout: 77 → 30'),
  onQueue('queue', 'ReceiveMessageWaitTimeSeconds', '7', 'queue.ReceiveMessageWaitTimeSeconds: 7 → 20'),
  onQueue('queue', 'MaximumMessageSize', '7777', 'queue.MaximumMessageSize: 7777 → 1048576'),
  onQueue('queue', 'KmsMasterKeyId', '', /queue\.KmsMasterKeyId: \(none\) → arn:aws:kms/),
  onQueue(
    'queue',
    'Policy',
    '',
    /queue\.Policy: \(none\) → DenyPlaintext, AllowBucketUploads\w+, AllowTopicEvents\w+/,
  ),
  onQueue('queue', 'RedrivePolicy', '', /queue\.RedrivePolicy: \(none\) → \{.*dead-letter/),
  onQueue('queue', 'ContentBasedDeduplication', 'false', 'queue.ContentBasedDeduplication: false → true', [
    'Queue',
    'ledger',
  ]),
  onQueue(
    'dead-letter',
    'MessageRetentionPeriod',
    '777',
    'dead-letter.MessageRetentionPeriod: 777 → 1209600',
  ),
  onQueue('dead-letter', 'Policy', '', 'dead-letter.Policy: (none) → DenyPlaintext'),
  {
    of: ORDERS,
    says: /dead-letter\.KmsMasterKeyId: \(none\) → arn:aws:kms/,
    async by(id) {
      const Attributes = { KmsMasterKeyId: '', SqsManagedSseEnabled: 'true' };
      await aws().sqs.send(new SetQueueAttributesCommand({ QueueUrl: id('dead-letter'), Attributes }));
    },
  },
  onQueue(
    'dead-letter',
    'RedriveAllowPolicy',
    '{"redrivePermission":"allowAll"}',
    /dead-letter\.RedriveAllowPolicy: \{"redrivePermission":"allowAll"\} → \{.*byQueue/,
  ),
  {
    of: ORDERS,
    says: 'queue.tags[cost]: b → a',
    by: id => aws().sqs.send(new TagQueueCommand({ QueueUrl: id('queue'), Tags: { cost: 'b' } })),
  },
  {
    of: ORDERS,
    says: /queue\.tags\[Name\]: \(none\) → dev\/shop\/orders\/queue/,
    by: id => aws().sqs.send(new UntagQueueCommand({ QueueUrl: id('queue'), TagKeys: ['Name'] })),
  },
  {
    of: ORDERS,
    says: /key\.description: theirs → Queue shop\/orders of dev/,
    by: id => aws().kms.send(new UpdateKeyDescriptionCommand({ KeyId: id('key'), Description: 'theirs' })),
  },
  {
    of: ORDERS,
    says: /key\.policy: Hole \(gone: .*\) → AccountOwnsKey, AllowBucketUploads\w+, AllowTopicEvents\w+/,
    by: id =>
      aws().kms.send(
        new PutKeyPolicyCommand({ KeyId: id('key'), PolicyName: 'default', Policy: KEY_POLICY }),
      ),
  },
  {
    of: ORDERS,
    says: 'key.rotationPeriodDays: 0 → 365',
    by: id => aws().kms.send(new DisableKeyRotationCommand({ KeyId: id('key') })),
  },
  {
    of: EVENTS,
    says: 'key.rotationPeriodDays: 90 → 365',
    by: id => aws().kms.send(new EnableKeyRotationCommand({ KeyId: id('key'), RotationPeriodInDays: 90 })),
  },
  {
    of: EVENTS,
    says: 'key.keyState: Disabled → Enabled',
    by: id => aws().kms.send(new DisableKeyCommand({ KeyId: id('key') })),
  },
  {
    of: EVENTS,
    says: 'key.tags[cost]: b → a',
    by: id =>
      aws().kms.send(new TagKeyCommand({ KeyId: id('key'), Tags: [{ TagKey: 'cost', TagValue: 'b' }] })),
  },
  {
    of: DEV,
    says: 'key.keyState: Disabled → Enabled',
    by: id => aws().kms.send(new DisableKeyCommand({ KeyId: id('key') })),
  },
  onTopic('DisplayName', 'Theirs', 'topic.DisplayName: Theirs → Events'),
  {
    of: EVENTS,
    says: /topic\.KmsMasterKeyId: arn:.* → arn:/,
    async by(id) {
      const AttributeValue = await someKey();
      const change = { TopicArn: id('topic'), AttributeName: 'KmsMasterKeyId', AttributeValue };
      await aws().sns.send(new SetTopicAttributesCommand(change));
    },
  },
  {
    of: EVENTS,
    says: /topic\.Policy: Hole \(gone: .*\) → DenyPlaintext, AccountOwnsTopic/,
    by: id =>
      aws().sns.send(
        new SetTopicAttributesCommand({
          TopicArn: id('topic'),
          AttributeName: 'Policy',
          AttributeValue: JSON.stringify(OPEN(id('topic'), 'sns:Publish')),
        }),
      ),
  },
  {
    of: EVENTS,
    says: 'topic.tags[cost]: b → a',
    by: id =>
      aws().sns.send(
        new TagResourceCommand({ ResourceArn: id('topic'), Tags: [{ Key: 'cost', Value: 'b' }] }),
      ),
  },
  onTopic('ContentBasedDeduplication', 'false', 'topic.ContentBasedDeduplication: false → true', [
    'Topic',
    'ledger',
  ]),
  onSubscription('RawMessageDelivery', 'true', 'subscription/orders.RawMessageDelivery: true → false'),
  onSubscription(
    'FilterPolicy',
    '{"kind":["x"]}',
    'subscription/orders.FilterPolicy: {"kind":["x"]} → {"kind":["order"]}',
  ),
  onSubscription(
    'FilterPolicyScope',
    'MessageBody',
    'subscription/orders.FilterPolicyScope: MessageBody → MessageAttributes',
  ),
  // First, while the queue lets the bucket in: S3 asks it.
  {
    of: UPLOADS,
    says: /notifications\.notifications: \{.*s3:ObjectRemoved.*\} → \{.*s3:ObjectCreated/,
    by: async id =>
      aws().s3.send(
        new PutBucketNotificationConfigurationCommand({
          Bucket: id('bucket'),
          NotificationConfiguration: {
            QueueConfigurations: [
              { Id: 'opta-0-x', QueueArn: await queueArn(), Events: ['s3:ObjectRemoved:*'] },
            ],
          },
        }),
      ),
  },
  unblocked(UPLOADS, 'bucket', 'bucket.publicAccess: Open → Blocked'),
  {
    of: UPLOADS,
    says: 'bucket.ownership: ObjectWriter → BucketOwnerEnforced',
    by: id =>
      aws().s3.send(
        new PutBucketOwnershipControlsCommand({
          Bucket: id('bucket'),
          OwnershipControls: { Rules: [{ ObjectOwnership: 'ObjectWriter' }] },
        }),
      ),
  },
  encrypted(
    UPLOADS,
    'bucket',
    'aws:kms',
    /bucket\.encryption: \{"algorithm":"aws:kms".*\} → \{"algorithm":"AES256"/,
  ),
  unversioned(UPLOADS, 'bucket', 'bucket.versioning: Suspended → Enabled'),
  withoutLifecycle(UPLOADS, 'bucket', /bucket\.lifecycle: \(none\) → replaced-versions/),
  {
    of: UPLOADS,
    says: /bucket\.cors: \(none\) → \[.*shop\.example/,
    by: id => aws().s3.send(new DeleteBucketCorsCommand({ Bucket: id('bucket') })),
  },
  {
    of: UPLOADS,
    says: /bucket\.logging: \(none\) → \{"bucket":"test-dev-/,
    by: id => aws().s3.send(new PutBucketLoggingCommand({ Bucket: id('bucket'), BucketLoggingStatus: {} })),
  },
  open(UPLOADS, 'bucket', /bucket\.policy: Hole \(gone: .*\) → DenyPlaintext, DenyOldTls/),
  {
    of: UPLOADS,
    says: 'bucket.tags[cost]: b → a',
    async by(id) {
      const Bucket = id('bucket');
      const { TagSet = [] } = await aws().s3.send(new GetBucketTaggingCommand({ Bucket }));
      const changed = TagSet.map(tag => (tag.Key === 'cost' ? { ...tag, Value: 'b' } : tag));
      await aws().s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: changed } }));
    },
  },
  onRule(/replication\.rules: everything-new Disabled: .* → everything-new Enabled: /, rule => ({
    ...rule,
    Status: 'Disabled',
  })),
  onRule(/replication\.rules: .*\{"Prefix":"in\/"\}.* → .*\{"Prefix":""\}/, rule => ({
    ...rule,
    Filter: { Prefix: 'in/' },
  })),
  onRule(/replication\.rules: .* without delete markers.* → .* with delete markers/, rule => ({
    ...rule,
    DeleteMarkerReplication: { Status: 'Disabled' },
  })),
  onRule(
    /replication\.role: arn:aws:iam::\d+:role\/other → arn:aws:iam::\d+:role\/opta\//,
    rule => rule,
    `arn:aws:iam::${ACCOUNT}:role/other`,
  ),
  unblocked(VAULT, 'replica', 'replica.publicAccess: Open → Blocked'),
  open(VAULT, 'replica', /replica\.policy: Hole \(gone: .*\) → DenyPlaintext, DenyOldTls/),
  unversioned(VAULT, 'replica', 'replica.versioning: Suspended → Enabled'),
  encrypted(
    VAULT,
    'replica',
    'AES256',
    /replica\.encryption: \{"algorithm":"AES256".*\} → \{"algorithm":"aws:kms"/,
  ),
  withoutLifecycle(VAULT, 'replica', /replica\.lifecycle: \(none\) → replaced-versions/),
  {
    of: VAULT,
    says: /role\/replication\.trust: Hole \(gone: .*\) → Service/,
    by: id =>
      aws().iam.send(
        new UpdateAssumeRolePolicyCommand({
          RoleName: id('role/replication'),
          PolicyDocument: JSON.stringify({
            Version: '2012-10-17',
            Statement: {
              Sid: 'Hole',
              Effect: 'Allow',
              Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
              Action: 'sts:AssumeRole',
            },
          }),
        }),
      ),
  },
  {
    of: VAULT,
    says: 'role/replication.inlinePolicies: ["more","replication"] → ["replication: ',
    by: id =>
      aws().iam.send(
        new PutRolePolicyCommand({
          RoleName: id('role/replication'),
          PolicyName: 'more',
          PolicyDocument: JSON.stringify({
            Version: '2012-10-17',
            Statement: { Effect: 'Allow', Action: 's3:*', Resource: '*' },
          }),
        }),
      ),
  },
  {
    of: VAULT,
    says: 'role/replication.managedPolicies: ["arn:aws:iam::aws:policy/AdministratorAccess"] → []',
    by: id =>
      aws().iam.send(
        new AttachRolePolicyCommand({
          RoleName: id('role/replication'),
          PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess',
        }),
      ),
  },
  unversioned(DEV, 'log-bucket', 'log-bucket.versioning: Suspended → Enabled'),
];

function mine(name: string) {
  const arn = `arn:aws:s3:::${name}`;
  return {
    Version: '2012-10-17',
    Statement: {
      Sid: 'Hole',
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
      Action: 's3:*',
      Resource: [arn, `${arn}/*`],
    },
  };
}

/** One change of each object at a time, so that each is told by itself. */
const ROUNDS = rounds(ROWS, row => [row.of.join(' ')]);

let stage: Stage;
let acting: Acting;
let asItWas: object;
const aws = () => stage.world.aws;
const queueArn = async () => String((await stage.cluster.get('Queue', 'orders')).status?.arn);

beforeAll(async () => {
  stage = await openStage();
  await stage.cluster.apply(...MANIFESTS);
  acting = await stage.operator();
  await acting.until(areReady(...MANIFESTS));
  asItWas = await state();
});
afterAll(() => stage?.close());

/** What AWS has, but the keys that rows of this test make. */
async function state() {
  const { keys, ...rest } = await aws().state();
  const ours = Object.entries(keys).filter(([, key]) => key.tags['opta.dev/name'] !== undefined);
  return { ...rest, keys: Object.fromEntries(ours) };
}

async function changeByHand(rows: readonly Row[]): Promise<void> {
  for (const row of rows) {
    const object = await stage.cluster.get(...row.of);
    await row.by(node => {
      const id = object.status?.resources?.find(entry => entry.node === node)?.id;
      if (id === undefined) throw new Error(`${row.of.join(' ')} has no ${node}`);
      return id;
    });
  }
}

async function setPolicy(managementPolicy: string): Promise<void> {
  for (const { kind, name } of MANIFESTS)
    await stage.cluster.patch(kind, name, { spec: { managementPolicy } });
}

const rowsOf = (rows: readonly Row[], says: (row: Row) => Promise<string>) =>
  Promise.all(
    rows.map(async row => {
      const told = await says(row);
      const named = typeof row.says === 'string' ? told.includes(row.says) : row.says.test(told);
      return named ? undefined : `${row.of.join(' ')}: ${row.says} is not in: ${told}`;
    }),
  ).then(lines => lines.filter(line => line !== undefined));

const notes = async (row: Row) =>
  (await stage.cluster.events(...row.of))
    .filter(one => one.reason === 'DriftDetected')
    .map(one => one.note)
    .join('\n');

describe('a setting that somebody changed by hand', () => {
  test('is corrected under Apply, and an event names field, from and to', async () => {
    for (const { rows } of ROUNDS) {
      await changeByHand(rows);
      await acting.driftPasses(1);
      await acting.until(areReady(...MANIFESTS));
      expect(await state()).toEqual(asItWas);
      expect(await rowsOf(rows, notes)).toEqual([]);
    }
  });

  test('is only told under Observe', async () => {
    await setPolicy('Observe');
    await acting.until(areReady(...MANIFESTS));
    for (const { rows } of ROUNDS) {
      await changeByHand(rows);
      const changed = await state();
      const mark = stage.mark();
      await acting.driftPasses(1);
      expect(stage.writesSince(mark)).toEqual([]);
      expect(await state()).toEqual(changed);
      const shown = async (row: Row) => {
        const object = await stage.cluster.get(...row.of);
        expect.soft(standing(object, 'Synced'), row.of.join()).toBe('Synced=False DriftDetected');
        return messageOf(object, 'Synced');
      };
      expect(await rowsOf(rows, shown)).toEqual([]);
    }
    await setPolicy('Apply');
    await acting.until(areReady(...MANIFESTS));
    expect(await state()).toEqual(asItWas);
  });

  test('waits for approval under ApproveAll', async () => {
    await setPolicy('ApproveAll');
    await acting.until(areReady(...MANIFESTS));
    for (const { rows } of ROUNDS) {
      await changeByHand(rows);
      const changed = await state();
      const mark = stage.mark();
      await acting.driftPasses(1);
      expect(stage.writesSince(mark)).toEqual([]);
      expect(await state()).toEqual(changed);
      const planned = async (row: Row) => {
        const object = await stage.cluster.get(...row.of);
        expect
          .soft(conditionOf(object, 'Synced'))
          .toMatchObject({ status: 'False', reason: 'ApprovalRequired' });
        const steps = object.status?.plan?.steps ?? [];
        return steps
          .flatMap(step =>
            (step.fields ?? []).map(one => `${step.node}.${one.field}: ${one.from} → ${one.to}`),
          )
          .join('\n');
      };
      expect(await rowsOf(rows, planned)).toEqual([]);
      for (const { kind, name } of MANIFESTS) {
        const { status } = await stage.cluster.get(kind, name);
        if (status?.plan?.hash !== undefined)
          await stage.cluster.annotate(kind, name, { 'opta.dev/approve': status.plan.hash });
      }
      await acting.until(areReady(...MANIFESTS));
      expect(await state()).toEqual(asItWas);
    }
    console.log(
      `covered: ${ROWS.length} settings changed by hand: corrected, reported, and waiting for approval`,
    );
  });

  test('is corrected under ApproveHighRisk, but for what deletes messages', async () => {
    await setPolicy('ApproveHighRisk');
    await acting.until(areReady(...MANIFESTS));
    const longer = onQueue(
      'queue',
      'MessageRetentionPeriod',
      '7200',
      'queue.MessageRetentionPeriod: 7200 → 3600',
    );
    await changeByHand([longer, onTopic('DisplayName', 'Mine', 'topic.DisplayName: Mine → Events')]);
    const mark = stage.mark();
    await acting.driftPasses(1);
    const { status } = await stage.cluster.get(...ORDERS);
    expect(status?.plan).toMatchObject({
      risk: 'High',
      steps: [{ node: 'queue', action: 'update', risk: 'High' }],
    });
    expect(stage.writesSince(mark).map(entry => entry.operation)).toEqual(['SetTopicAttributes']);
    await stage.cluster.annotate(...ORDERS, { 'opta.dev/approve': status?.plan?.hash ?? '' });
    await acting.until(areReady(...MANIFESTS));
    expect(await state()).toEqual(asItWas);
    await setPolicy('Apply');
    await acting.until(areReady(...MANIFESTS));
  });
});

describe('what somebody deleted by hand', () => {
  const GONE: readonly Row[] = [
    {
      of: ORDERS,
      says: 'recreate queue',
      by: id => aws().sqs.send(new DeleteQueueCommand({ QueueUrl: id('queue') })),
    },
    {
      of: ['Queue', 'ledger'],
      says: 'recreate dead-letter',
      by: id => aws().sqs.send(new DeleteQueueCommand({ QueueUrl: id('dead-letter') })),
    },
    {
      of: ['Topic', 'ledger'],
      says: 'recreate topic',
      by: id => aws().sns.send(new DeleteTopicCommand({ TopicArn: id('topic') })),
    },
    {
      of: EVENTS,
      says: 'recreate subscription/orders',
      by: id => aws().sns.send(new UnsubscribeCommand({ SubscriptionArn: id('subscription/orders') })),
    },
    {
      of: DEV,
      says: 'recreate alias',
      by: id => aws().kms.send(new DeleteAliasCommand({ AliasName: id('alias') })),
    },
    {
      of: UPLOADS,
      says: 'recreate notifications',
      by: id =>
        aws().s3.send(
          new PutBucketNotificationConfigurationCommand({
            Bucket: id('bucket'),
            NotificationConfiguration: {},
          }),
        ),
    },
    {
      of: VAULT,
      says: 'recreate replication',
      by: id => aws().s3.send(new DeleteBucketReplicationCommand({ Bucket: id('bucket') })),
    },
    {
      of: VAULT,
      says: 'recreate role/replication',
      async by(id) {
        const RoleName = id('role/replication');
        await aws().iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'replication' }));
        await aws().iam.send(new DeleteRoleCommand({ RoleName }));
      },
    },
  ];

  test('is made anew where it holds no data, and an event says so', async () => {
    await changeByHand(GONE);
    await acting.driftPasses(1);
    await acting.until(areReady(...MANIFESTS));
    expect(await rowsOf(GONE, notes)).toEqual([]);
    // A subscription has another id each time.
    const nameless = (value: object) =>
      JSON.parse(
        JSON.stringify(value)
          .replaceAll(/"opta.dev\/epoch":"\d+"/g, '"opta.dev/epoch":"n"')
          .replaceAll(/:[0-9a-f]{8}-[0-9a-f-]{27}"/g, ':id"'),
      );
    expect(nameless(await state())).toEqual(nameless(asItWas));
    console.log(
      `covered: ${GONE.length} resources without data deleted by hand: made anew, each with an event`,
    );
  });

  test('is made anew where it is the ConfigMap of the outputs; an edited one is put right', async () => {
    const at = 'orders-queue';
    const before = await stage.cluster.configMap(at);
    await stage.cluster.deleteConfigMap(at);
    await acting.until(areReady(...MANIFESTS));
    expect((await stage.cluster.configMap(at))?.data).toEqual(before?.data);
    await stage.cluster.patchConfigMap(at, { data: { url: 'https://elsewhere.example', more: 'x' } });
    await acting.driftPasses(1);
    expect((await stage.cluster.configMap(at))?.data).toEqual({ ...before?.data, more: 'x' });
    await stage.cluster.patchConfigMap(at, { metadata: { labels: null } });
    await acting.driftPasses(1);
    const { resourceVersion } = (await stage.cluster.configMap(at))?.metadata ?? {};
    const mark = acting.life.writes.length;
    await acting.driftPasses(2);
    expect(acting.life.writes.slice(mark)).toEqual([]);
    expect((await stage.cluster.configMap(at))?.metadata.resourceVersion).toBe(resourceVersion);
  });

  test('or an alias that was given to another key, which is not ours to move: the object says so', async () => {
    const { status } = await stage.cluster.get(...ORDERS);
    const AliasName = status?.resources?.find(entry => entry.node === 'alias')?.id;
    await aws().kms.send(new UpdateAliasCommand({ AliasName, TargetKeyId: await someKey() }));
    const mark = stage.mark();
    await acting.driftPasses(1);
    const object = await stage.cluster.get(...ORDERS);
    expect(standing(object)).toBe('Ready=False Conflict');
    expect(messageOf(object)).toContain(`kms/alias ${AliasName} exists and is not this object's`);
    expect(stage.writesSince(mark)).toEqual([]);
  });
});
