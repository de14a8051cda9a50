import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rounds } from '../support/rounds.ts';
import {
  ACCOUNT,
  bucket,
  environment,
  type Manifest,
  queue,
  REGION,
  startWorld,
  type TestWorld,
  topic,
} from '../support/world.ts';
import { type ByHand, changedByHand } from './support/by-hand.ts';
import { type Asked, type Check, keyPolicies, s16, s17, s18, s19 } from './support/checks.ts';
import { copyArrives, deletionArrives, publishArrives, uploadArrives } from './support/delivery.ts';
import { byHand, type Hand, unconditioned, without, withStatement } from './support/hand.ts';
import { FOREIGN } from './support/judge.ts';
import { replicas } from './support/replica-checks.ts';
import { calm, type Run, run } from './support/run.ts';
import { readSecurity } from './support/state.ts';

/** One world for the file: the operator runs all the while, and objects stay. */
let world: TestWorld;
let operator: Run;
beforeAll(async () => {
  world = await startWorld();
  operator = await run(world);
});
afterAll(async () => {
  await operator?.end();
  await world?.stop();
});

const ROWS: Readonly<Record<string, Check>> = {
  'S16: buckets are private': s16,
  'S17: buckets are encrypted, and TLS 1.2 is the least': s17,
  'S18: queues are encrypted by keys of their own': s18,
  'S19: topics are the same': s19,
  'S30: keys are used for this account only': keyPolicies,
  'A13: a bucket is copied to its own replica only': replicas,
};

/** What the objects in the world were asked to be. */
let asked: Asked = { publicBuckets: ['site'], environmentKey: ['sealed', 'vault'] };

async function broken(): Promise<readonly string[]> {
  const state = await readSecurity(world.aws);
  return Object.values(ROWS).flatMap(check => check(state, asked));
}

function holdAll(): void {
  test.each(Object.entries(ROWS))('%s', async (_, check) => {
    const state = await readSecurity(world.aws);
    // A check of nothing holds: there is something.
    expect(
      Math.min(state.buckets.length, state.queues.length, state.topics.length, state.keys.length),
    ).toBeGreaterThan(1);
    expect(check(state, asked)).toEqual([]);
  });
}

const created = (target: 'queue' | 'topic', name: string) => [
  { events: ['s3:ObjectCreated:*'], [target]: name },
];

const replica = { mode: 'SameRegion' };

const BASE: readonly Manifest[] = [
  environment({ grants: { publicBuckets: { namespaces: ['shop'] }, principals: ['222222222222'] } }),
  queue('orders'),
  queue('other'),
  topic('events', { subscriptions: [{ queue: 'orders' }] }),
  topic('more'),
  bucket('uploads', { notifications: created('queue', 'orders') }),
  bucket('sealed', { encryption: 'EnvironmentKey', notifications: created('topic', 'events') }),
  bucket('site', { publicRead: true, replica }),
  bucket('vault', { encryption: 'EnvironmentKey', replica }),
];

describe('after create', () => {
  test('everything is ready', async () => {
    for (const manifest of BASE) await world.apply(manifest);
    await operator.settle();
  });
  holdAll();
});

type Change = (hand: Hand) => Promise<unknown>;

const everyone = { Principal: '*', Action: 's3:GetObject' };
const anyUse = (Action: string) => ({ Action, Resource: '*' });
const foreigners = { AWS: `arn:aws:iam::${FOREIGN}:root` };
const logs = 'dev';

/** Of a key or a role is touched what has it: the row looks there. */
const BY_HAND: readonly ByHand<Check, Hand>[] = [
  [s16, 'bucket uploads', 'BlockPublicAcls off', hand => hand.access('uploads', { BlockPublicAcls: false })],
  [
    s16,
    'bucket uploads',
    'IgnorePublicAcls off',
    hand => hand.access('uploads', { IgnorePublicAcls: false }),
  ],
  [
    s16,
    'bucket uploads',
    'BlockPublicPolicy off',
    hand => hand.access('uploads', { BlockPublicPolicy: false }),
  ],
  [
    s16,
    'bucket uploads',
    'RestrictPublicBuckets off',
    hand => hand.access('uploads', { RestrictPublicBuckets: false }),
  ],
  [
    s16,
    'log bucket',
    'BlockPublicPolicy of the log bucket off',
    hand => hand.access(logs, { BlockPublicPolicy: false }),
  ],
  [
    s16,
    'bucket site',
    'BlockPublicAcls of a public bucket off',
    hand =>
      hand.access('site', {
        BlockPublicAcls: false,
        BlockPublicPolicy: false,
        RestrictPublicBuckets: false,
      }),
  ],
  [s16, 'bucket uploads', 'no block of public access', hand => hand.noAccessBlock('uploads')],
  [s16, 'bucket uploads', 'ACLs on', hand => hand.ownership('uploads', 'BucketOwnerPreferred')],
  [
    s16,
    'bucket uploads',
    'an ACL that lets everybody read',
    async hand => {
      await hand.access('uploads', { BlockPublicAcls: false, IgnorePublicAcls: false });
      await hand.ownership('uploads', 'ObjectWriter');
      await hand.acl('uploads', 'public-read');
    },
  ],
  [
    s16,
    'bucket uploads',
    'a policy that lets everybody read',
    async hand => {
      await hand.access('uploads', { BlockPublicPolicy: false });
      await hand.bucketPolicy(
        'uploads',
        withStatement({ ...everyone, Resource: `arn:aws:s3:::${hand.bucketOf('uploads')}/*` }),
      );
    },
  ],
  [
    s17,
    'bucket uploads',
    'another algorithm',
    hand => hand.encryption('uploads', { SSEAlgorithm: 'aws:kms' }),
  ],
  [
    s17,
    'log bucket',
    'another algorithm for the log bucket',
    hand => hand.encryption(logs, { SSEAlgorithm: 'aws:kms' }),
  ],
  [
    s17,
    'bucket sealed',
    'another key',
    hand =>
      hand.encryption(
        'sealed',
        { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: hand.keyOf('Queue', 'orders').arn },
        true,
      ),
  ],
  [
    s17,
    'bucket sealed',
    'no bucket key',
    hand =>
      hand.encryption('sealed', {
        SSEAlgorithm: 'aws:kms',
        KMSMasterKeyID: hand.keyOf('OptaEnvironment', 'dev').arn,
      }),
  ],
  [s17, 'bucket uploads', 'no policy', hand => hand.noBucketPolicy('uploads')],
  [s17, 'log bucket', 'no policy of the log bucket', hand => hand.noBucketPolicy(logs)],
  [
    s17,
    'bucket uploads',
    'plain HTTP let in',
    hand => hand.bucketPolicy('uploads', without('DenyPlaintext')),
  ],
  [s17, 'bucket uploads', 'old TLS let in', hand => hand.bucketPolicy('uploads', without('DenyOldTls'))],
  [
    s17,
    'log bucket',
    'old TLS let in to the log bucket',
    hand => hand.bucketPolicy(logs, without('DenyOldTls')),
  ],
  [
    s17,
    'bucket uploads',
    'everything denied',
    hand =>
      hand.bucketPolicy(
        'uploads',
        withStatement({
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:ListBucket',
          Resource: `arn:aws:s3:::${hand.bucketOf('uploads')}`,
        }),
      ),
  ],
  [
    s18,
    'queue orders',
    'SQS’s own keys',
    hand => hand.queue('orders', { KmsMasterKeyId: '', SqsManagedSseEnabled: 'true' }),
  ],
  [
    s18,
    'queue orders',
    'no encryption',
    hand => hand.queue('orders', { KmsMasterKeyId: '', SqsManagedSseEnabled: 'false' }),
  ],
  [s18, 'queue orders', 'AWS’s key', hand => hand.queue('orders', { KmsMasterKeyId: 'alias/aws/sqs' })],
  [
    s18,
    'queue orders',
    'another queue’s key',
    hand => hand.queue('orders', { KmsMasterKeyId: hand.keyOf('Queue', 'other').arn }),
  ],
  [
    s18,
    'dead letters',
    'another key for the dead letters',
    hand => hand.queue('orders', { KmsMasterKeyId: hand.keyOf('Queue', 'other').arn }, 'dead-letter'),
  ],
  [
    s18,
    'queue orders',
    'the environment’s key where an own one was asked for',
    hand => hand.queue('orders', { KmsMasterKeyId: hand.keyOf('OptaEnvironment', 'dev').arn }),
  ],
  [s18, 'queue orders', 'no queue policy', hand => hand.queue('orders', { Policy: '' })],
  [
    s18,
    'queue orders',
    'plain HTTP let in to a queue',
    hand => hand.queuePolicy('orders', without('DenyPlaintext')),
  ],
  [
    s18,
    'dead letters',
    'plain HTTP let in to the dead letters',
    hand => hand.queue('orders', { Policy: '' }, 'dead-letter'),
  ],
  [
    s18,
    'queue orders',
    'a queue open to everybody',
    hand => hand.queuePolicy('orders', withStatement({ ...anyUse('sqs:*'), Principal: '*' })),
  ],
  [
    s18,
    'queue orders',
    'a queue open to another account',
    hand => hand.queuePolicy('orders', withStatement({ ...anyUse('sqs:*'), Principal: foreigners })),
  ],
  [
    s18,
    'dead letters',
    'the dead letters open to SNS for anybody',
    hand =>
      hand.queuePolicy(
        'orders',
        withStatement({ ...anyUse('sqs:SendMessage'), Principal: { Service: 'sns.amazonaws.com' } }),
        'dead-letter',
      ),
  ],
  [
    s18,
    'queue orders',
    'a queue open to SNS for anybody',
    hand => hand.queuePolicy('orders', unconditioned('AllowTopic')),
  ],
  [s18, 'queue orders', 'the key disabled', hand => hand.disableKey('Queue', 'orders')],
  [s18, 'queue orders', 'the key to be deleted', hand => hand.deleteKey('Queue', 'orders')],
  [s18, 'queue orders', 'no rotation', hand => hand.noRotation('Queue', 'orders')],
  [s18, 'queue orders', 'no alias', hand => hand.noAlias('Queue', 'orders')],
  [s19, 'topic events', 'a topic without a key', hand => hand.topic('events', 'KmsMasterKeyId', '')],
  [
    s19,
    'topic events',
    'a queue’s key for a topic',
    hand => hand.topic('events', 'KmsMasterKeyId', hand.keyOf('Queue', 'orders').arn),
  ],
  [
    s19,
    'topic events',
    'a topic open to everybody',
    hand =>
      hand.topicPolicy(
        'events',
        withStatement({ Principal: '*', Action: 'sns:Publish', Resource: hand.topicArn('events') }),
      ),
  ],
  [
    s19,
    'topic events',
    'a topic open to everybody in other words',
    hand =>
      hand.topicPolicy(
        'events',
        withStatement({ Principal: { AWS: ['*'] }, Action: 'sns:Subscribe', Resource: '*' }),
      ),
  ],
  [
    s19,
    'topic events',
    'a topic open to everybody of whatever source',
    hand =>
      hand.topicPolicy(
        'events',
        withStatement({
          ...anyUse('sns:Publish'),
          Principal: '*',
          Condition: { StringLike: { 'aws:SourceArn': '*' } },
        }),
      ),
  ],
  [
    s19,
    'topic events',
    'a topic open to another account',
    hand => hand.topicPolicy('events', withStatement({ ...anyUse('sns:Subscribe'), Principal: foreigners })),
  ],
  [
    s19,
    'topic events',
    'a topic open to S3 for anybody',
    hand => hand.topicPolicy('events', unconditioned('AllowBucket')),
  ],
  [
    s19,
    'topic events',
    'plain HTTP let in to a topic',
    hand => hand.topicPolicy('events', without('DenyPlaintext')),
  ],
  [s19, 'topic events', 'a topic’s key disabled', hand => hand.disableKey('Topic', 'events')],
  [s19, 'topic events', 'a topic’s key not rotated', hand => hand.noRotation('Topic', 'events')],
  [
    keyPolicies,
    'queue orders',
    'a key open to everybody',
    hand =>
      hand.keyPolicy(
        'Queue',
        'orders',
        withStatement({ Principal: '*', Action: 'kms:Decrypt', Resource: '*' }),
      ),
  ],
  [
    s16,
    'bucket site/replica',
    'the replica of a public bucket is made public',
    async hand => {
      await hand.access('site/replica', { BlockPublicPolicy: false, RestrictPublicBuckets: false });
      await hand.bucketPolicy(
        'site/replica',
        withStatement({ ...everyone, Resource: `arn:aws:s3:::${hand.bucketOf('site/replica')}/*` }),
      );
    },
  ],
  [
    s17,
    'bucket vault/replica',
    'another algorithm for a replica',
    hand => hand.encryption('vault/replica', { SSEAlgorithm: 'AES256' }),
  ],
  [
    s17,
    'bucket vault/replica',
    'plain HTTP to a replica',
    hand => hand.bucketPolicy('vault/replica', without('DenyPlaintext')),
  ],
  [
    s17,
    'bucket vault/replica',
    'old TLS to a replica',
    hand => hand.bucketPolicy('vault/replica', without('DenyOldTls')),
  ],
  [replicas, 'rule of vault', 'a rule is gone', hand => hand.noReplication('vault')],
  [
    replicas,
    'rule of vault',
    'a rule is switched off',
    hand => hand.replication('vault', rule => ({ ...rule, Status: 'Disabled' })),
  ],
  [
    replicas,
    'rule of vault',
    'a bucket is copied somewhere else',
    hand =>
      hand.replication('vault', rule => ({
        ...rule,
        Destination: {
          ...rule.Destination,
          Bucket: `arn:aws:s3:::${hand.bucketOf('site/replica')}`,
        },
      })),
  ],
  [
    replicas,
    'rule of vault',
    'only a part is copied',
    hand => hand.replication('vault', rule => ({ ...rule, Filter: { Prefix: 'a/' } })),
  ],
  [
    replicas,
    'bucket vault/replica',
    'versions of a replica are switched off',
    hand => hand.versioning('vault/replica', 'Suspended'),
  ],
  [
    replicas,
    'rule of vault',
    'a role is taken for any bucket',
    hand => hand.trust('vault', unconditioned('Service')),
  ],
  [
    replicas,
    'rule of vault',
    'a role is taken by another account',
    hand =>
      hand.trust(
        'vault',
        withStatement({
          Principal: { AWS: 'arn:aws:iam::999999999999:root' },
          Action: 'sts:AssumeRole',
        }),
      ),
  ],
  [
    replicas,
    'rule of vault',
    'a role may more',
    hand => hand.rolePolicy('vault', withStatement({ Action: 's3:*', Resource: '*' })),
  ],
  [
    replicas,
    'rule of vault',
    'a role has a policy of AWS',
    hand => hand.attach('vault', 'arn:aws:iam::aws:policy/AdministratorAccess'),
  ],
  [
    keyPolicies,
    'key of OptaEnvironment',
    'a key open to another account',
    hand =>
      hand.keyPolicy(
        'OptaEnvironment',
        'dev',
        withStatement({ Principal: { AWS: '999999999999' }, Action: 'kms:*', Resource: '*' }),
      ),
  ],
  [
    keyPolicies,
    'queue orders',
    'a key open to SNS for anybody',
    hand => hand.keyPolicy('Queue', 'orders', unconditioned('AllowTopic')),
  ],
  [
    keyPolicies,
    'key of OptaEnvironment',
    'the environment’s key open to S3 for anybody',
    hand => hand.keyPolicy('OptaEnvironment', 'dev', unconditioned('AllowS3')),
  ],
];

changedByHand(BY_HAND, {
  read: () => readSecurity(world.aws),
  hand: state => byHand(world.aws, state),
  said: (check, state) => check(state, asked),
  async repaired() {
    await operator.drift();
    expect(await broken()).toEqual([]);
  },
});

describe('a message really comes', () => {
  const WAYS: readonly (readonly [string, (hand: Hand) => Promise<boolean>])[] = [
    [
      'from a topic to a queue',
      hand => publishArrives(world.aws, hand.topicArn('events'), hand.queueName('orders')),
    ],
    [
      'from a bucket to a queue',
      hand => uploadArrives(world.aws, hand.bucketOf('uploads'), hand.queueName('orders')),
    ],
    [
      'from a bucket by a topic to a queue',
      hand => uploadArrives(world.aws, hand.bucketOf('sealed'), hand.queueName('orders')),
    ],
    [
      'from a bucket to its replica',
      hand => copyArrives(world.aws, hand.bucketOf('site'), hand.bucketOf('site/replica')),
    ],
    [
      'from a bucket to its replica, with the environment’s key',
      hand => copyArrives(world.aws, hand.bucketOf('vault'), hand.bucketOf('vault/replica')),
    ],
    [
      'from a bucket to its replica, of a deletion',
      hand => deletionArrives(world.aws, hand.bucketOf('vault'), hand.bucketOf('vault/replica')),
    ],
  ];
  const hands = async () => byHand(world.aws, await readSecurity(world.aws));

  test.each(WAYS)('%s', async (_, way) => {
    expect(await way(await hands())).toBe(true);
  });

  const [fromTopic, fromBucket, , , copied, deletion] = WAYS;
  const LOST: readonly (readonly [string, string, Change, typeof fromTopic])[] = [
    ['the queue is closed', 'queue', hand => hand.queuePolicy('orders', without('AllowTopic')), fromTopic],
    ['the key is closed', 'key', hand => hand.keyPolicy('Queue', 'orders', without('AllowTopic')), fromTopic],
    ['the subscription is gone', 'subscription', hand => hand.unsubscribe('events'), fromTopic],
    [
      'the queue is closed to the bucket',
      'queue',
      hand => hand.queuePolicy('orders', without('AllowBucket')),
      fromBucket,
    ],
    [
      'the key is closed to the bucket',
      'key',
      hand => hand.keyPolicy('Queue', 'orders', without('AllowBucket')),
      fromBucket,
    ],
    ['the bucket sends nothing', 'bucket', hand => hand.noNotifications('uploads'), fromBucket],
    ['the rule of the replica is gone', 'copies', hand => hand.noReplication('vault'), copied],
    [
      'the role cannot be taken',
      'copies',
      hand =>
        hand.trust('vault', () => [
          { Sid: 'No', Effect: 'Deny', Principal: { Service: 's3.amazonaws.com' }, Action: 'sts:AssumeRole' },
        ]),
      copied,
    ],
    ['the role may not write', 'copies', hand => hand.rolePolicy('vault', without('WriteCopies')), copied],
    [
      'the role may not use the key',
      'copies',
      hand => hand.rolePolicy('vault', without('EncryptCopies')),
      copied,
    ],
    [
      'the role may not write deletions',
      'copies',
      hand => hand.rolePolicy('vault', without('WriteCopies')),
      deletion,
    ],
  ];
  const ROUNDS = rounds(
    LOST.map(([what, touched, change, way]) => ({ what, touched, change, way })),
    row => [row.touched, row.way],
  );

  describe.each(ROUNDS)('again, $n', ({ rows }) => {
    test.each(rows)('not while $what', async ({ change, way }) => {
      const hand = await hands();
      expect(await way?.[1](hand)).toBe(true);
      await change(hand);
      expect(await way?.[1](hand)).toBe(false);
    });
    test('one drift interval after', async () => {
      await operator.drift();
      const hand = await hands();
      for (const { what, way } of rows) expect(await way?.[1](hand), what).toBe(true);
      expect(await broken()).toEqual([]);
    });
  });
});

test('once all is repaired, a drift interval passes without a write to AWS or to an object', async () => {
  await operator.drift();
  const since = world.bench.gateway.journal.at(-1)?.id ?? 0;
  const before = operator.writes.length;
  await operator.drift();
  expect(world.bench.gateway.journalSince(since).filter(call => call.mutating)).toEqual([]);
  expect(operator.writes.slice(before)).toEqual([]);
});

test('every call waits on account of its object’s namespace, so that no team can hold up another', () => {
  // Of the cluster-scoped environment, and of the namespace.
  expect([...operator.waited].sort()).toEqual(['change ', 'change shop', 'drift ', 'drift shop']);
});

test('an alias that somebody gave to a key of another object is reported, and not taken back', async () => {
  const hand = byHand(world.aws, await readSecurity(world.aws));
  await hand.moveAlias('Queue', 'orders', hand.keyOf('Queue', 'other').id);
  expect(s18(await readSecurity(world.aws), asked)).not.toEqual([]);
  const since = world.bench.gateway.journal.at(-1)?.id ?? 0;
  await operator.drift();
  const { conditions = [] } = (await world.get('Queue', 'orders'))?.status ?? {};
  expect(conditions.find(one => one.type === 'Ready')).toMatchObject({
    status: 'False',
    reason: 'Conflict',
    message: expect.stringMatching(/alias: kms\/alias alias\/.* exists and is not this object's/),
  });
  expect(world.bench.gateway.journalSince(since).filter(call => call.mutating)).toEqual([]);
  await hand.moveAlias('Queue', 'orders', hand.keyOf('Queue', 'orders').id);
  await operator.drift();
  await operator.settle();
  expect(await broken()).toEqual([]);
});

const team = {
  sid: 'Team',
  effect: 'Allow',
  principals: { aws: ['222222222222'] },
  actions: ['s3:GetObject'],
};

/** Every option that one of the promises could be lost by. */
const OPTIONS: readonly Manifest[] = [
  queue('q-fifo', { fifo: true, contentBasedDeduplication: true }),
  queue('q-shared-key', { encryption: 'EnvironmentKey' }),
  queue('q-events', { acceptEventBridge: true }),
  queue('q-single', { deadLetter: { mode: 'Disabled' } }),
  queue('q-numbers', {
    delaySeconds: 5,
    messageRetentionSeconds: 60,
    visibilityTimeoutSeconds: 0,
    receiveWaitTimeSeconds: 0,
    maximumMessageSizeBytes: 1024,
  }),
  topic('t-fifo', { fifo: true, subscriptions: [{ queue: 'q-fifo' }] }),
  topic('t-shared-key', { encryption: 'EnvironmentKey', subscriptions: [{ queue: 'q-shared-key' }] }),
  topic('t-named', { displayName: 'Named' }),
  topic('t-filter', {
    subscriptions: [{ queue: 'q-single', rawMessageDelivery: true, filterPolicy: { x: ['y'] } }],
  }),
  bucket('b-shared-key', { encryption: 'EnvironmentKey', notifications: created('topic', 't-shared-key') }),
  bucket('b-public', { publicRead: true }),
  bucket('b-unlogged', { accessLogs: 'Disabled' }),
  bucket('b-unversioned', { versioning: false }),
  bucket('b-team', { policyStatements: [team] }),
  bucket('b-web', { cors: [{ allowedOrigins: ['*'], allowedMethods: ['GET'] }], forceDestroy: true }),
  bucket('b-short', {
    lifecycle: {
      expireDays: 1,
      nonCurrentToInfrequentAccessDays: 0,
      nonCurrentToGlacierDays: 0,
      nonCurrentExpireDays: 1,
    },
  }),
  bucket('b-copied', {
    encryption: 'EnvironmentKey',
    accessLogs: 'Disabled',
    lifecycle: { expireDays: 30 },
    policyStatements: [team],
    replica,
  }),
  bucket('b-named', { name: 'a-bucket-with-a-name', notifications: created('topic', 'more') }),
];

describe('with every option', () => {
  test('everything is ready', async () => {
    for (const manifest of OPTIONS) await world.apply(manifest);
    await operator.settle();
    asked = {
      publicBuckets: ['site', 'b-public'],
      environmentKey: ['sealed', 'vault', 'q-shared-key', 't-shared-key', 'b-shared-key', 'b-copied'],
    };
  });
  holdAll();
});

/** Each of them back to the default or away from it. */
const UPDATES: readonly Manifest[] = [
  queue('q-shared-key'),
  queue('other', { encryption: 'EnvironmentKey' }),
  queue('q-events', { acceptEventBridge: false }),
  queue('q-single'),
  topic('t-shared-key', { subscriptions: [{ queue: 'q-shared-key' }] }),
  topic('t-named', { encryption: 'EnvironmentKey' }),
  bucket('b-shared-key', { notifications: created('topic', 't-shared-key') }),
  bucket('b-public', { publicRead: false, replica }),
  bucket('b-copied', { replica }),
  bucket('b-unversioned', { encryption: 'EnvironmentKey', versioning: false }),
  bucket('b-team', { publicRead: true, policyStatements: [{ ...team, principals: { aws: [ACCOUNT] } }] }),
];

describe('after an update', () => {
  test('everything is ready', async () => {
    for (const manifest of UPDATES) await world.apply(manifest);
    await operator.settle(calm);
    // A key that nobody uses any more may still be the only one for what was written: a person says that it may go.
    const waiting = (await world.objects()).filter(object => object.status?.plan?.hash !== undefined);
    expect(waiting.map(object => object.metadata.name).sort()).toEqual(['other', 't-named']);
    for (const { kind, metadata, status } of waiting)
      await world.annotate(kind, metadata.name, { 'opta.dev/approve': status?.plan?.hash ?? '' });
    await operator.settle();
    asked = {
      publicBuckets: ['site', 'b-team'],
      environmentKey: ['sealed', 'vault', 'other', 't-named', 'b-unversioned'],
    };
  });
  holdAll();
});

describe('with every option, a message comes', () => {
  const hands = async () => byHand(world.aws, await readSecurity(world.aws));
  test('first in, first out', async () => {
    const hand = await hands();
    expect(await publishArrives(world.aws, hand.topicArn('t-fifo'), hand.queueName('q-fifo'))).toBe(true);
  });
  test('with the environment’s key', async () => {
    const hand = await hands();
    expect(
      await uploadArrives(world.aws, hand.bucketOf('b-shared-key'), hand.queueName('q-shared-key')),
    ).toBe(true);
  });
  test.each(['b-public', 'b-copied'])('and a copy: %s', async name => {
    const hand = await hands();
    expect(await copyArrives(world.aws, hand.bucketOf(name), hand.bucketOf(`${name}/replica`))).toBe(true);
  });
});

test('and everything is in one region and account', async () => {
  const { queues, topics, keys } = await readSecurity(world.aws);
  for (const arn of [
    ...queues.map(one => one.arn),
    ...topics.map(one => one.arn),
    ...keys.map(one => one.metadata.Arn ?? ''),
  ])
    expect(arn.split(':').slice(3, 5)).toEqual([REGION, ACCOUNT]);
});
