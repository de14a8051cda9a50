import {
  CreateAliasCommand,
  CreateKeyCommand,
  DeleteAliasCommand,
  ListResourceTagsCommand,
  type Tag,
} from '@aws-sdk/client-kms';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketTaggingCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateTopicCommand, DeleteTopicCommand, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, DeleteQueueCommand, GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ALIAS_NAME, BUCKET_NAME, QUEUE_NAME, resourceName, TOPIC_NAME } from '../../src/aws/names.ts';
import { TEST_SETTINGS } from '../support/life.ts';
import { areReady, messageOf, openStage, type Stage, standing } from '../support/stage.ts';
import {
  ACCOUNT,
  bucket,
  ENVIRONMENT,
  type Manifest,
  NAMESPACE,
  plainEnvironment,
  queue,
  REGION,
  topic,
} from '../support/world.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());
afterEach(() => stage.clear());

const RULES = { Queue: QUEUE_NAME, Topic: TOPIC_NAME, Bucket: BUCKET_NAME };
type KindName = keyof typeof RULES;
type Tags = Readonly<Record<string, string>>;

/** The name that the operator will choose. */
function nameIn(kind: KindName, name: string, node = kind.toLowerCase(), rule = RULES[kind]): string {
  const { installation } = TEST_SETTINGS;
  const of = {
    installation,
    accountId: ACCOUNT,
    environment: ENVIRONMENT,
    kind,
    namespace: NAMESPACE,
    name,
    node,
  };
  return resourceName(of, rule);
}

const MAKE: Readonly<Record<KindName, (name: string, tags: Tags) => Promise<void>>> = {
  async Queue(QueueName, tags) {
    const Attributes = { VisibilityTimeout: '77' };
    await stage.world.aws.sqs.send(new CreateQueueCommand({ QueueName, Attributes, tags: { ...tags } }));
  },
  async Topic(Name, tags) {
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    await stage.world.aws.sns.send(
      new CreateTopicCommand({ Name, Attributes: { DisplayName: 'Theirs' }, Tags }),
    );
  },
  async Bucket(Bucket, tags) {
    const CreateBucketConfiguration = { LocationConstraint: REGION } as const;
    await stage.world.aws.s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
    const TagSet = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    if (TagSet.length > 0)
      await stage.world.aws.s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
  },
};

const UNMAKE: Readonly<Record<KindName, (name: string) => Promise<unknown>>> = {
  async Queue(QueueName) {
    const { QueueUrl } = await stage.world.aws.sqs.send(new GetQueueUrlCommand({ QueueName }));
    await stage.world.aws.sqs.send(new DeleteQueueCommand({ QueueUrl }));
  },
  Topic: name =>
    stage.world.aws.sns.send(
      new DeleteTopicCommand({ TopicArn: `arn:aws:sns:${REGION}:${ACCOUNT}:${name}` }),
    ),
  Bucket: Bucket => stage.world.aws.s3.send(new DeleteBucketCommand({ Bucket })),
};

/** What tells a resource from ours. */
interface Stranger {
  readonly title: string;
  tags(kind: KindName, name: string): Tags;
  /** What the condition says of it. */
  readonly says: RegExp;
}

function ourTags(kind: KindName, name: string): Tags {
  return {
    'opta.dev/installation': TEST_SETTINGS.installation,
    'opta.dev/cluster': stage.cluster.uid,
    'opta.dev/environment': ENVIRONMENT,
    'opta.dev/kind': kind,
    'opta.dev/namespace': NAMESPACE,
    'opta.dev/name': name,
    'opta.dev/node': kind.toLowerCase(),
    'opta.dev/uid': '00000000-0000-0000-0000-000000000000',
    'opta.dev/epoch': '1',
  };
}

function without(tags: Tags, key: string): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([one]) => one !== key));
}

const STRANGERS: readonly Stranger[] = [
  { title: 'untagged', tags: () => ({}), says: /no opta\.dev tags/ },
  { title: 'somebody', tags: () => ({ owner: 'somebody', Name: 'mine' }), says: /no opta\.dev tags/ },
  {
    title: 'installation',
    tags: (kind, name) => ({ ...ourTags(kind, name), 'opta.dev/installation': 'other' }),
    says: /opta\.dev\/installation is "other"/,
  },
  {
    title: 'cluster',
    tags: (kind, name) => ({ ...ourTags(kind, name), 'opta.dev/cluster': 'another-cluster' }),
    says: /cluster with UID "another-cluster".*--take-over-from/,
  },
  {
    title: 'no-cluster',
    tags: (kind, name) => without(ourTags(kind, name), 'opta.dev/cluster'),
    says: /opta\.dev\/cluster is missing.*put the tag back with the value/,
  },
  {
    title: 'no-uid',
    tags: (kind, name) => ({
      ...without(ourTags(kind, name), 'opta.dev/uid'),
      'opta.dev/cluster': 'another-cluster',
    }),
    says: /cluster with UID "another-cluster".*--take-over-from/,
  },
  {
    title: 'object',
    tags: (kind, name) => ({ ...ourTags(kind, name), 'opta.dev/name': 'another' }),
    says: /by its tags it is that of (Queue|Topic|Bucket) shop\/another of this cluster/,
  },
  {
    title: 'namespace',
    tags: (kind, name) => ({ ...ourTags(kind, name), 'opta.dev/namespace': 'elsewhere' }),
    says: /by its tags it is that of (Queue|Topic|Bucket) elsewhere\/n-namespace of this cluster/,
  },
  {
    title: 'kept',
    tags: (kind, name) => ({ ...ourTags(kind, name), 'opta.dev/retained': '2026-01-01T00:00:00Z' }),
    says: /left it in AWS on purpose.*set spec\.adopt/,
  },
];

const KINDS: readonly KindName[] = ['Queue', 'Topic', 'Bucket'];
const CASES = KINDS.flatMap(kind =>
  STRANGERS.map(stranger => ({ kind, stranger, name: `n-${stranger.title}` })),
);
const PLAIN: Readonly<Record<KindName, object>> = {
  Queue: { encryption: 'EnvironmentKey', deadLetter: { mode: 'Disabled' } },
  Topic: { encryption: 'EnvironmentKey' },
  Bucket: {},
};

describe('a resource of the same name that is not ours', () => {
  test('is named in condition and event, never changed, and never deleted with the object', async () => {
    const { cluster, world } = stage;
    await cluster.apply(plainEnvironment());
    const acting = await stage.operator();
    await acting.until(areReady(plainEnvironment()));
    for (const { kind, stranger, name } of CASES)
      await MAKE[kind](nameIn(kind, name), stranger.tags(kind, name));
    const before = await world.aws.state();
    const mark = stage.mark();

    await cluster.apply(...CASES.map(({ kind, name }) => ({ kind, name, spec: PLAIN[kind] })));
    await acting.until(look =>
      CASES.every(({ kind, name }) => standing(look(kind, name)) === 'Ready=False Conflict'),
    );
    for (const { kind, stranger, name } of CASES) {
      const object = await cluster.get(kind, name);
      expect.soft(messageOf(object), `${kind} ${name}`).toMatch(stranger.says);
      expect.soft(messageOf(object), `${kind} ${name}`).toContain(nameIn(kind, name));
      expect.soft(standing(object, 'Stalled'), `${kind} ${name}`).toBe('Stalled=True Conflict');
      const told = (await cluster.events(kind, name)).filter(event => event.reason === 'Conflict');
      expect
        .soft(told, `${kind} ${name}`)
        .toMatchObject([{ type: 'Warning', count: 1, note: messageOf(object) }]);
    }
    const calm = await cluster.versions();
    await acting.driftPasses(3);
    expect(await cluster.versions()).toEqual(calm);

    for (const { kind, name } of CASES) await cluster.delete(kind, name);
    await acting.until(look => CASES.every(({ kind, name }) => look(kind, name) === undefined));
    expect(await world.aws.state()).toEqual(before);
    expect(stage.writesSince(mark)).toEqual([]);
    console.log(`covered: ${CASES.length} foreign resources of our names: 0 writes to them`);
  });

  test('stops being in the way when it goes', async () => {
    const { cluster } = stage;
    await cluster.apply(plainEnvironment());
    const acting = await stage.operator();
    const some = CASES.filter(({ stranger }) => ['untagged', 'object'].includes(stranger.title));
    for (const { kind, stranger, name } of some)
      await MAKE[kind](nameIn(kind, name), stranger.tags(kind, name));
    const manifests: readonly Manifest[] = some.map(({ kind, name }) => ({ kind, name, spec: PLAIN[kind] }));
    await cluster.apply(...manifests);
    await acting.until(look =>
      some.every(({ kind, name }) => standing(look(kind, name)) === 'Ready=False Conflict'),
    );
    for (const { kind, name } of some) await UNMAKE[kind](nameIn(kind, name));
    await acting.until(areReady(...manifests));
  });

  test('may be an alias: nothing is written, not even a key of our own, until it goes', async () => {
    const { cluster, world } = stage;
    await cluster.apply(plainEnvironment());
    const acting = await stage.operator();
    await acting.until(areReady(plainEnvironment()));
    const AliasName = nameIn('Queue', 'orders', 'alias', ALIAS_NAME);
    const { KeyMetadata } = await world.aws.kms.send(
      new CreateKeyCommand({ Tags: [{ TagKey: 'owner', TagValue: 'somebody' }] }),
    );
    await world.aws.kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: KeyMetadata?.KeyId }));
    const before = await world.aws.state();

    await cluster.apply(queue('orders'));
    await acting.until(look => standing(look('Queue', 'orders')) === 'Ready=False Conflict');
    expect(messageOf(await cluster.get('Queue', 'orders'))).toMatch(
      /alias: kms\/alias alias\/.*is not this object's/,
    );
    await cluster.delete('Queue', 'orders');
    await acting.until(look => look('Queue', 'orders') === undefined);
    const after = await world.aws.state();
    expect(after).toEqual(before);

    // Deleted and asked for again while the alias is free.
    await world.aws.kms.send(new DeleteAliasCommand({ AliasName }));
    await cluster.apply(queue('orders'));
    await acting.until(areReady(queue('orders')));
  });

  const WITH_PARTS = STRANGERS.filter(one => ['untagged', 'kept'].includes(one.title));
  test.each(WITH_PARTS)('keeps its subscriptions and notifications ($title)', async ({ tags }) => {
    const { cluster, world } = stage;
    const grown: readonly Manifest[] = [plainEnvironment(), queue('orders', PLAIN.Queue)];
    await cluster.apply(...grown);
    const acting = await stage.operator();
    await acting.until(areReady(...grown));
    const queueArn = String((await cluster.get('Queue', 'orders')).status?.arn);
    await MAKE.Topic(nameIn('Topic', 'events'), tags('Topic', 'events'));
    await MAKE.Bucket(nameIn('Bucket', 'uploads'), tags('Bucket', 'uploads'));
    const TopicArn = `arn:aws:sns:${REGION}:${ACCOUNT}:${nameIn('Topic', 'events')}`;
    await world.aws.sns.send(
      new SubscribeCommand({
        TopicArn,
        Protocol: 'sqs',
        Endpoint: queueArn,
        Attributes: { RawMessageDelivery: 'true' },
      }),
    );
    const sends = [
      topic('events', { ...PLAIN.Topic, subscriptions: [{ queue: 'orders' }] }),
      bucket('uploads', { notifications: [{ events: ['s3:ObjectCreated:*'], queue: 'orders' }] }),
    ];
    await cluster.apply(...sends);
    await acting.until(
      look =>
        standing(look('Topic', 'events')) === 'Ready=False Conflict' &&
        standing(look('Bucket', 'uploads')) === 'Ready=False Conflict',
    );
    // The Queue has opened itself for both by now, so the bucket can be given its notifications by its owner.
    await acting.driftPasses(1);
    await world.aws.s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket: nameIn('Bucket', 'uploads'),
        NotificationConfiguration: {
          QueueConfigurations: [{ Id: 'theirs', QueueArn: queueArn, Events: ['s3:ObjectRemoved:*'] }],
        },
      }),
    );
    const before = await world.aws.state();
    await acting.driftPasses(3);
    await cluster.delete('Topic', 'events');
    await cluster.delete('Bucket', 'uploads');
    await acting.until(
      look => look('Topic', 'events') === undefined && look('Bucket', 'uploads') === undefined,
    );
    const { subscriptions, topics, buckets } = await world.aws.state();
    expect({ subscriptions, topics, buckets }).toEqual({
      subscriptions: before.subscriptions,
      topics: before.topics,
      buckets: before.buckets,
    });
  });

  test('keeps its subscription also where it took the place of a topic of ours', async () => {
    const { cluster, world } = stage;
    const events = topic('events', { ...PLAIN.Topic, subscriptions: [{ queue: 'orders' }] });
    const grown = [plainEnvironment(), queue('orders', PLAIN.Queue), events];
    await cluster.apply(...grown);
    const acting = await stage.operator();
    await acting.until(areReady(...grown));
    const Endpoint = String((await cluster.get('Queue', 'orders')).status?.arn);
    await acting.end();
    const name = nameIn('Topic', 'events');
    await UNMAKE.Topic(name);
    await MAKE.Topic(name, {});
    const TopicArn = `arn:aws:sns:${REGION}:${ACCOUNT}:${name}`;
    await world.aws.sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }));
    const before = await world.aws.state();
    const again = await stage.operator();
    await again.until(look => standing(look('Topic', 'events')) === 'Ready=False Conflict');
    await again.driftPasses(2);
    await cluster.delete('Topic', 'events');
    await again.until(look => look('Topic', 'events') === undefined);
    const { subscriptions, topics } = await world.aws.state();
    expect({ subscriptions, topics }).toEqual({ subscriptions: before.subscriptions, topics: before.topics });
  });

  test('may be a bucket of another account, or of another region', async () => {
    const { cluster, world } = stage;
    const common = { endpoint: world.bench.gateway.url, forcePathStyle: true };
    const stranger = new S3Client({
      ...common,
      region: REGION,
      credentials: { accessKeyId: '222222222222', secretAccessKey: 'x' },
    });
    const elsewhere = new S3Client({
      ...common,
      region: 'us-east-1',
      credentials: { accessKeyId: ACCOUNT, secretAccessKey: 'x' },
    });
    await stranger.send(
      new CreateBucketCommand({
        Bucket: 'taken-by-a-stranger',
        CreateBucketConfiguration: { LocationConstraint: REGION },
      }),
    );
    await elsewhere.send(new CreateBucketCommand({ Bucket: 'taken-elsewhere' }));
    await cluster.apply(
      plainEnvironment(),
      bucket('a', { name: 'taken-by-a-stranger' }),
      bucket('b', { name: 'taken-elsewhere' }),
    );
    const acting = await stage.operator();
    await acting.until(look =>
      ['a', 'b'].every(name => standing(look('Bucket', name)) === 'Ready=False Conflict'),
    );
    expect(messageOf(await cluster.get('Bucket', 'a'))).toMatch(
      /taken-by-a-stranger exists and belongs to another account/,
    );
    await cluster.delete('Bucket', 'a');
    await cluster.delete('Bucket', 'b');
    await acting.until(look => ['a', 'b'].every(name => look('Bucket', name) === undefined));
  });

  test('may be a bucket of another account where one of ours was deleted by hand', async () => {
    const { cluster, world } = stage;
    const uploads = bucket('uploads', { name: 'taken-after-ours' });
    const grown = [plainEnvironment(), uploads];
    await cluster.apply(...grown);
    const acting = await stage.operator();
    await acting.until(areReady(...grown));
    const credentials = { accessKeyId: '222222222222', secretAccessKey: 'x' };
    const stranger = new S3Client({
      endpoint: world.bench.gateway.url,
      forcePathStyle: true,
      region: REGION,
      credentials,
    });
    await UNMAKE.Bucket('taken-after-ours');
    await stranger.send(
      new CreateBucketCommand({
        Bucket: 'taken-after-ours',
        CreateBucketConfiguration: { LocationConstraint: REGION },
      }),
    );
    const mark = stage.mark();
    await acting.driftPasses(1);
    await acting.until(look => standing(look('Bucket', 'uploads')) === 'Ready=False Denied');
    expect(messageOf(await cluster.get('Bucket', 'uploads'))).toMatch(
      /taken-after-ours exists and belongs to another account, or .*the one on record was deleted and its name taken since/,
    );
    await acting.driftPasses(1);
    expect(stage.writesSince(mark)).toEqual([]);
  });

  const rabbit = {
    apiVersion: 'rabbitmq.com/v1beta1',
    kind: 'Queue',
    name: 'orders',
    uid: 'rabbit',
    controller: true,
  };
  test.each([
    ['a person', []],
    ['a Queue of another project', [rabbit]],
  ])(
    'may be a ConfigMap of %s: it is not written, and the object says so until it goes',
    async (_, owners) => {
      const { cluster } = stage;
      const grown = [plainEnvironment(), queue('orders', PLAIN.Queue)];
      await cluster.makeConfigMap('orders-queue', { url: 'theirs' });
      await cluster.patchConfigMap('orders-queue', { metadata: { ownerReferences: owners } });
      await cluster.apply(...grown);
      const acting = await stage.operator();
      await acting.until(look => standing(look('Queue', 'orders')) === 'Ready=False Conflict');
      expect(messageOf(await cluster.get('Queue', 'orders'))).toContain(
        'ConfigMap shop/orders-queue exists and does not',
      );
      await acting.driftPasses(2);
      expect((await cluster.configMap('orders-queue'))?.data).toEqual({ url: 'theirs' });
      await cluster.deleteConfigMap('orders-queue');
      await acting.until(areReady(...grown));
      expect((await cluster.configMap('orders-queue'))?.data?.url).toContain(nameIn('Queue', 'orders'));
    },
  );
});

describe('what bears a copy of all tags of a key', () => {
  test.each([
    ['with its attempt', () => true],
    ['without an attempt', (tag: Tag) => tag.TagKey !== 'opta.dev/attempt'],
  ])('%s: it is left alone while the Queue lives, and when it is deleted', async (_, isCopied) => {
    const { cluster, world } = stage;
    const { kms } = world.aws;
    const grown = [plainEnvironment(), queue('orders')];
    await cluster.apply(...grown);
    const acting = await stage.operator();
    await acting.until(areReady(...grown));
    const { status } = await cluster.get('Queue', 'orders');
    const KeyId = status?.resources?.find(entry => entry.node === 'key')?.id ?? '';
    const { Tags = [] } = await kms.send(new ListResourceTagsCommand({ KeyId }));
    expect(Tags.map(tag => tag.TagKey)).toContain('opta.dev/attempt');
    const made = await kms.send(
      new CreateKeyCommand({ Description: 'payroll', Tags: Tags.filter(isCopied) }),
    );
    const payroll = made.KeyMetadata?.KeyId ?? '';
    const before = (await world.aws.state()).keys[payroll];
    await acting.driftPasses(2);
    expect(messageOf(await cluster.get('Queue', 'orders'))).toMatch(
      `${payroll} is a second one; it is left alone`,
    );

    await cluster.delete('Queue', 'orders');
    await acting.until(look => look('Queue', 'orders') === undefined);
    const { keys } = await world.aws.state();
    expect(keys[payroll]).toEqual(before);
    expect(keys[KeyId]?.state).toBe('PendingDeletion');
    const told = (await cluster.events('OptaEnvironment', 'dev')).filter(one => one.reason === 'Retained');
    expect(told.map(one => one.note).join()).toMatch(`${payroll} is a second one; it is left alone because`);
  });
});
