import { PutPublicAccessBlockCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { PARTS, type Part } from '../../src/aws/s3/parts.ts';
import type { Kind } from '../../src/kinds/kind.ts';
import type { OptaObject } from '../../src/operator/objects.ts';
import {
  ACCOUNT,
  bucket,
  environment,
  type Manifest,
  queue,
  startWorld,
  type TestWorld,
  topic,
} from '../support/world.ts';
import { type Asked, type Check, keyPolicies, s16, s17, s18, s19 } from './support/checks.ts';
import { copyArrives, publishArrives, uploadArrives } from './support/delivery.ts';
import { byHand } from './support/hand.ts';
import { FOREIGN } from './support/judge.ts';
import {
  add,
  attributePolicy,
  bucketPolicy,
  change,
  type Desired,
  desired,
  drop,
  inAttributes,
  inPolicy,
  inSettings,
  keyPolicy,
  kindsWith,
  missing,
} from './support/mutate.ts';
import { replicas } from './support/replica-checks.ts';
import { type Run, run } from './support/run.ts';
import { readSecurity } from './support/state.ts';

/**
 * A check that no mistake can break proves nothing. Here the operator has one mistake at a time, in what it tells AWS,
 * and the check of that promise must say so.
 */
let world: TestWorld;
let operator: Run | undefined;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());
beforeEach(() => world.reset());
afterEach(async () => {
  vi.restoreAllMocks();
  await operator?.end();
});

/** Ready, or it says whom it waits for. */
function told(objects: readonly OptaObject[]): boolean {
  return objects.every(object => {
    const ready = object.status?.conditions?.find(one => one.type === 'Ready');
    if (ready?.observedGeneration !== object.metadata.generation) return false;
    return ready?.reason !== 'Progressing' || /does not let it in yet/.test(ready.message);
  });
}

async function live(kinds: readonly Kind[] | undefined, manifests: readonly Manifest[]): Promise<void> {
  for (const manifest of [environment({ grants: { publicBuckets: { namespaces: ['shop'] } } }), ...manifests])
    await world.apply(manifest);
  operator = await run(world, kinds === undefined ? {} : { kinds });
  await operator.settle(told);
}

const uploads = [bucket('uploads')];
const sealed = [bucket('sealed', { encryption: 'EnvironmentKey' })];
const copied = [bucket('uploads', { replica: { mode: 'SameRegion' } })];
const copiedSealed = [bucket('sealed', { replica: { mode: 'SameRegion' }, encryption: 'EnvironmentKey' })];
const queues = [queue('orders'), queue('other')];
const topics = [topic('events'), queue('orders')];
const linked = [queue('orders'), topic('events', { subscriptions: [{ queue: 'orders' }] })];
const created = (target: 'queue' | 'topic', name: string) => [
  { events: ['s3:ObjectCreated:*'], [target]: name },
];
const byTopic = [...linked, bucket('uploads', { notifications: created('topic', 'events') })];
const asked: Asked = { environmentKey: ['sealed'] };

interface Mutant {
  readonly check: Check;
  readonly mistake: string;
  readonly objects: readonly Manifest[];
  readonly kinds?: readonly Kind[];
  /** In the operator's own parts, where no graph says it. */
  readonly broken?: () => void;
}

function part(field: string): Part {
  const found = PARTS.find(one => one.field === field);
  if (found === undefined) throw new Error(`no part ${field}`);
  return found;
}

/** Writes another block of public access, and is blind for it. */
function threeOfFour(): void {
  const publicAccess = part('publicAccess');
  vi.spyOn(publicAccess, 'read').mockResolvedValue('Blocked');
  vi.spyOn(publicAccess, 'write').mockImplementation(async ({ s3 }, target) => {
    const PublicAccessBlockConfiguration = {
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: false,
    };
    await s3.send(new PutPublicAccessBlockCommand({ ...target, PublicAccessBlockConfiguration }));
  });
}

const inQueue = (change: Parameters<typeof desired>[1], node = 'queue') =>
  kindsWith('Queue', desired(node, change));
const inTopic = (change: Parameters<typeof desired>[1], node = 'topic') =>
  kindsWith('Topic', desired(node, change));
const inBucket = (change: Parameters<typeof desired>[1]) => kindsWith('Bucket', desired('bucket', change));
const inReplica = (change: Parameters<typeof desired>[1]) => kindsWith('Bucket', desired('replica', change));
const inRule = (change: (rule: Desired) => void) =>
  kindsWith(
    'Bucket',
    desired('replication', wanted => {
      change((wanted.rules as Desired[])[0] ?? {});
      return wanted;
    }),
  );
const inRole = (change: Parameters<typeof desired>[1]) =>
  kindsWith('Bucket', desired('role/replication', change));
const inLogs = (change: Parameters<typeof desired>[1]) =>
  kindsWith('OptaEnvironment', desired('log-bucket', change));
const inEnvironmentKey = (change: Parameters<typeof desired>[1]) =>
  kindsWith('OptaEnvironment', desired('key', change));

const everybody = { Principal: '*', Resource: '*' };
const foreigners = { Principal: { AWS: `arn:aws:iam::${FOREIGN}:root` }, Resource: '*' };
/** The first key that any queue got. */
let firstKey: string | undefined;

const MUTANTS: readonly Mutant[] = [
  { check: s16, mistake: 'three of the four blocks', objects: uploads, broken: threeOfFour },
  {
    check: s16,
    mistake: 'policies may be public',
    objects: uploads,
    kinds: inBucket(inSettings(setting('publicAccess', 'PolicyAllowed'))),
  },
  {
    check: s16,
    mistake: 'ACLs are on',
    objects: uploads,
    kinds: inBucket(inSettings(setting('ownership', 'ObjectWriter'))),
  },
  {
    check: s16,
    mistake: 'everybody may read',
    objects: uploads,
    kinds: inBucket(wanted => {
      const settings = wanted.settings as Record<string, unknown>;
      settings.publicAccess = 'PolicyAllowed';
      return bucketPolicy(statements =>
        add({ Principal: '*', Action: 's3:GetObject', Resource: [statements[0]?.Resource].flat()[1] })(
          statements,
        ),
      )(wanted);
    }),
  },
  {
    check: s16,
    mistake: 'the log bucket may be public',
    objects: [],
    kinds: inLogs(inSettings(setting('publicAccess', 'PolicyAllowed'))),
  },
  {
    check: s17,
    mistake: 'a key nobody asked for',
    objects: uploads,
    kinds: inBucket(inSettings(setting('encryption', { algorithm: 'aws:kms' }))),
  },
  {
    check: s17,
    mistake: 'no key where one was asked for',
    objects: sealed,
    kinds: inBucket(inSettings(setting('encryption', { algorithm: 'AES256' }))),
  },
  {
    check: s17,
    mistake: 'plain HTTP is let in',
    objects: uploads,
    kinds: inBucket(bucketPolicy(drop('DenyPlaintext'))),
  },
  {
    check: s17,
    mistake: 'old TLS is let in',
    objects: uploads,
    kinds: inBucket(bucketPolicy(drop('DenyOldTls'))),
  },
  {
    check: s17,
    mistake: 'TLS 1.1 is new enough',
    objects: uploads,
    kinds: inBucket(
      bucketPolicy(change('DenyOldTls', { Condition: { NumericLessThan: { 's3:TlsVersion': '1.1' } } })),
    ),
  },
  {
    check: s17,
    mistake: 'only the bucket itself is protected, not its objects',
    objects: uploads,
    kinds: inBucket(
      bucketPolicy(statements =>
        change('DenyPlaintext', { Resource: [statements[0]?.Resource].flat()[0] })(statements),
      ),
    ),
  },
  {
    check: s17,
    mistake: 'plain HTTP is let in to the logs',
    objects: [],
    kinds: inLogs(bucketPolicy(drop('DenyPlaintext'))),
  },
  {
    check: s16,
    mistake: 'the replica may be public',
    objects: copied,
    kinds: inReplica(inSettings(setting('publicAccess', 'PolicyAllowed'))),
  },
  {
    check: s16,
    mistake: 'the replica has ACLs',
    objects: copied,
    kinds: inReplica(inSettings(setting('ownership', 'ObjectWriter'))),
  },
  {
    check: s17,
    mistake: 'the replica has another key than was asked for',
    objects: copiedSealed,
    kinds: inReplica(inSettings(setting('encryption', { algorithm: 'AES256' }))),
  },
  {
    check: s17,
    mistake: 'plain HTTP is let in to the replica',
    objects: copied,
    kinds: inReplica(bucketPolicy(drop('DenyPlaintext'))),
  },
  {
    check: s17,
    mistake: 'old TLS is let in to the replica',
    objects: copied,
    kinds: inReplica(bucketPolicy(drop('DenyOldTls'))),
  },
  {
    check: replicas,
    mistake: 'no rule',
    objects: copied,
    kinds: kindsWith('Bucket', missing('replication')),
  },
  {
    check: replicas,
    mistake: 'a rule that is off',
    objects: copied,
    kinds: inRule(rule => Object.assign(rule, { Status: 'Disabled' })),
  },
  {
    check: replicas,
    mistake: 'a part only',
    objects: copied,
    kinds: inRule(rule => Object.assign(rule, { Filter: { Prefix: 'in/' } })),
  },
  {
    check: replicas,
    mistake: 'no deletions',
    objects: copied,
    kinds: inRule(rule => Object.assign(rule, { DeleteMarkerReplication: { Status: 'Disabled' } })),
  },
  {
    check: replicas,
    mistake: 'the replica writes back',
    objects: copied,
    kinds: inRule(rule =>
      Object.assign(rule, { SourceSelectionCriteria: { ReplicaModifications: { Status: 'Enabled' } } }),
    ),
  },
  {
    check: replicas,
    mistake: 'nothing of what the key encrypts',
    objects: copiedSealed,
    kinds: inRule(rule => {
      delete rule.SourceSelectionCriteria;
    }),
  },
  {
    check: replicas,
    mistake: 'the role is taken for anybody’s bucket',
    objects: copied,
    kinds: inRole(inDocument('trust', change('Service', { Condition: undefined }))),
  },
  {
    check: replicas,
    mistake: 'the role is taken for any bucket of the account',
    objects: copied,
    kinds: inRole(
      inDocument(
        'trust',
        change('Service', { Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } } }),
      ),
    ),
  },
  {
    check: replicas,
    mistake: 'the role is the account’s',
    objects: copied,
    kinds: inRole(
      inDocument(
        'trust',
        add({ Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'sts:AssumeRole' }),
      ),
    ),
  },
  {
    check: replicas,
    mistake: 'the role writes anywhere',
    objects: copied,
    kinds: inRole(inReplicationPolicy(change('WriteCopies', { Resource: '*' }))),
  },
  {
    check: replicas,
    mistake: 'the role reads anything',
    objects: copied,
    kinds: inRole(inReplicationPolicy(change('ReadObjects', { Resource: 'arn:aws:s3:::*' }))),
  },
  {
    check: replicas,
    mistake: 'the role does what it likes with the replica',
    objects: copied,
    kinds: inRole(inReplicationPolicy(change('WriteCopies', { Action: 's3:*' }))),
  },
  {
    check: replicas,
    mistake: 'the role decrypts what is not the bucket’s',
    objects: copiedSealed,
    kinds: inRole(inReplicationPolicy(change('DecryptObjects', { Condition: undefined }))),
  },
  {
    check: replicas,
    mistake: 'the role may use a key where there is none',
    objects: copied,
    kinds: inRole(inReplicationPolicy(add({ Action: 'kms:Decrypt', Resource: '*' }))),
  },
  {
    check: replicas,
    mistake: 'the role has a policy of AWS',
    objects: copied,
    kinds: inRole(wanted => ({
      ...wanted,
      managedPolicies: ['arn:aws:iam::aws:policy/AmazonS3FullAccess'],
    })),
  },
  { check: s18, mistake: 'the environment’s key for all', objects: queues, kinds: withEnvironmentKey() },
  {
    check: s18,
    mistake: 'one key for two queues',
    objects: queues,
    kinds: inQueue(
      inAttributes(attributes => {
        firstKey ??= attributes.KmsMasterKeyId;
        attributes.KmsMasterKeyId = firstKey ?? '';
      }),
    ),
  },
  { check: s18, mistake: 'SQS’s own keys', objects: queues, kinds: inQueue(inAttributes(sqsKeys)) },
  {
    check: s18,
    mistake: 'SQS’s own keys for the dead letters',
    objects: queues,
    kinds: inQueue(inAttributes(sqsKeys), 'dead-letter'),
  },
  {
    check: s18,
    mistake: 'keys are not rotated',
    objects: queues,
    kinds: inQueue(wanted => ({ ...wanted, rotationPeriodDays: 0 }), 'key'),
  },
  { check: s18, mistake: 'no alias', objects: queues, kinds: kindsWith('Queue', missing('alias')) },
  {
    check: s18,
    mistake: 'an alias that nobody finds',
    objects: queues,
    kinds: kindsWith('Queue', nodes =>
      nodes.map(one =>
        one.id === 'alias' ? { ...one, name: () => `alias/${one.name?.(1).slice(-6)}` } : one,
      ),
    ),
  },
  {
    check: s18,
    mistake: 'plain HTTP is let in',
    objects: queues,
    kinds: inQueue(attributePolicy(statements => [...drop('DenyPlaintext')(statements), root('sqs:*')])),
  },
  {
    check: s18,
    mistake: 'plain HTTP is let in to the dead letters',
    objects: queues,
    kinds: inQueue(
      attributePolicy(() => [root('sqs:*')]),
      'dead-letter',
    ),
  },
  {
    check: s18,
    mistake: 'plain HTTP is denied for sending only',
    objects: queues,
    kinds: inQueue(attributePolicy(change('DenyPlaintext', { Action: 'sqs:SendMessage' }))),
  },
  {
    check: s18,
    mistake: 'everybody may do everything',
    objects: queues,
    kinds: inQueue(attributePolicy(add({ ...everybody, Action: 'sqs:*' }))),
  },
  {
    check: s18,
    mistake: 'another account may do everything with the dead letters',
    objects: queues,
    kinds: inQueue(attributePolicy(add({ ...foreigners, Action: 'sqs:*' })), 'dead-letter'),
  },
  {
    check: s18,
    mistake: 'SNS may send for anybody',
    objects: linked,
    kinds: inQueue(attributePolicy(change('AllowTopic', { Condition: undefined }))),
  },
  {
    check: s18,
    mistake: 'SNS may send for topics of another account',
    objects: linked,
    kinds: inQueue(
      attributePolicy(
        change('AllowTopic', {
          Condition: { StringEquals: { 'aws:SourceAccount': [ACCOUNT, FOREIGN] } },
        }),
      ),
    ),
  },
  { check: s19, mistake: 'no key', objects: topics, kinds: inTopic(inAttributes(key(''))) },
  { check: s19, mistake: 'AWS’s key', objects: topics, kinds: inTopic(inAttributes(key('alias/aws/sns'))) },
  {
    check: s19,
    mistake: 'keys are not rotated',
    objects: topics,
    kinds: inTopic(wanted => ({ ...wanted, rotationPeriodDays: 0 }), 'key'),
  },
  {
    check: s19,
    mistake: 'everybody may publish',
    objects: topics,
    kinds: inTopic(attributePolicy(add({ ...everybody, Action: 'sns:Publish' }))),
  },
  {
    check: s19,
    mistake: 'everybody may subscribe, in other words',
    objects: topics,
    kinds: inTopic(
      attributePolicy(add({ ...everybody, Principal: { AWS: ['*'] }, Action: 'sns:Subscribe' })),
    ),
  },
  {
    check: s19,
    mistake: 'everybody may publish, of whatever source',
    objects: topics,
    kinds: inTopic(
      attributePolicy(
        add({
          ...everybody,
          Action: 'sns:Publish',
          Condition: { StringLike: { 'aws:SourceArn': '*' } },
        }),
      ),
    ),
  },
  {
    check: s19,
    mistake: 'another account may subscribe',
    objects: topics,
    kinds: inTopic(attributePolicy(add({ ...foreigners, Action: 'sns:Subscribe' }))),
  },
  {
    check: s19,
    mistake: 'S3 may publish for anybody',
    objects: byTopic,
    kinds: inTopic(attributePolicy(change('AllowBucket', { Condition: undefined }))),
  },
  {
    check: s19,
    mistake: 'plain HTTP is let in',
    objects: topics,
    kinds: inTopic(attributePolicy(drop('DenyPlaintext'))),
  },
  {
    check: keyPolicies,
    mistake: 'everybody may use a key',
    objects: queues,
    kinds: inQueue(keyPolicy(add({ ...everybody, Action: 'kms:Decrypt' })), 'key'),
  },
  {
    check: keyPolicies,
    mistake: 'another account may use a key',
    objects: queues,
    kinds: inQueue(
      keyPolicy(
        add({ Principal: { AWS: 'arn:aws:iam::999999999999:root' }, Action: 'kms:*', Resource: '*' }),
      ),
      'key',
    ),
  },
  {
    check: keyPolicies,
    mistake: 'SNS may use a key for anybody',
    objects: linked,
    kinds: inQueue(keyPolicy(change('AllowTopic', { Condition: undefined })), 'key'),
  },
  {
    check: keyPolicies,
    mistake: 'SNS may use a key for any topic of the account',
    objects: linked,
    kinds: inQueue(
      keyPolicy(change('AllowTopic', { Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } } })),
      'key',
    ),
  },
  {
    check: keyPolicies,
    mistake: 'S3 may use the environment’s key for any account',
    objects: [],
    kinds: inEnvironmentKey(
      keyPolicy(change('AllowS3', { Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::*' } } })),
    ),
  },
  {
    check: keyPolicies,
    mistake: 'the account is named, and does not own its key',
    objects: [],
    kinds: inEnvironmentKey(
      keyPolicy(
        // As much as the operator needs of it, for the check is of what it leaves behind.
        change('AccountOwnsKey', {
          Action: ['kms:PutKeyPolicy', 'kms:*Alias', 'kms:Get*', 'kms:List*', 'kms:Describe*'],
        }),
      ),
    ),
  },
];

/** The graph of a Queue that asked for the environment's key, whatever it asked for. */
function withEnvironmentKey(): readonly Kind[] {
  return kindsWith('Queue', nodes => nodes).map(kind =>
    kind.api.kind !== 'Queue'
      ? kind
      : {
          ...kind,
          graph: input =>
            kind.graph({ ...input, spec: { ...Object(input.spec), encryption: 'EnvironmentKey' } }),
        },
  );
}

function inDocument(member: string, edit: Parameters<typeof inPolicy>[0]): (wanted: Desired) => Desired {
  return wanted => ({ ...wanted, [member]: inPolicy(edit)(wanted[member]) });
}

function inReplicationPolicy(edit: Parameters<typeof inPolicy>[0]): (wanted: Desired) => Desired {
  return wanted => {
    const { replication } = wanted.inlinePolicies as Desired;
    return { ...wanted, inlinePolicies: { replication: inPolicy(edit)(replication) } };
  };
}

function sqsKeys(attributes: Record<string, string>): void {
  delete attributes.KmsMasterKeyId;
  attributes.SqsManagedSseEnabled = 'true';
}

function setting(name: string, value: unknown): (settings: Record<string, unknown>) => void {
  return settings => {
    settings[name] = value;
  };
}

function key(id: string): (attributes: Record<string, string>) => void {
  return attributes => {
    attributes.KmsMasterKeyId = id;
  };
}

function root(action: string) {
  return {
    Sid: 'Root',
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
    Action: action,
    Resource: '*',
  };
}

describe('without a mistake', () => {
  test('every check holds for the objects of all mutants', async () => {
    await live(undefined, [...linked, queue('other'), ...copied, ...copiedSealed]);
    const state = await readSecurity(world.aws);
    for (const check of [s16, s17, s18, s19, keyPolicies, replicas]) expect(check(state, asked)).toEqual([]);
  });
});

const ROW = new Map<Check, string>([
  [s16, 'S16'],
  [s17, 'S17'],
  [s18, 'S18'],
  [s19, 'S19'],
  [keyPolicies, 'S30'],
  [replicas, 'A13'],
]);

describe('the check catches', () => {
  test.each(MUTANTS.map(mutant => ({ ...mutant, row: ROW.get(mutant.check) })))(
    '$row: $mistake',
    async ({ check, objects, kinds, broken }) => {
      firstKey = undefined;
      broken?.();
      await live(kinds, objects);
      expect(check(await readSecurity(world.aws), asked)).not.toEqual([]);
    },
  );
});

const fromBucket = [queue('orders'), bucket('uploads', { notifications: created('queue', 'orders') })];
const shared = [
  queue('orders', { encryption: 'EnvironmentKey' }),
  topic('events', { subscriptions: [{ queue: 'orders' }] }),
];

describe('a message is lost where', () => {
  test.each<[string, readonly Manifest[], readonly Kind[] | undefined, boolean]>([
    ['nothing is wrong: no', linked, undefined, true],
    ['nothing is wrong with a bucket: no', fromBucket, undefined, true],
    ['nothing is wrong by a topic: no', byTopic, undefined, true],
    ['nothing is wrong with the environment’s key: no', shared, undefined, true],
    ['the queue is not opened', linked, inQueue(attributePolicy(drop('AllowTopic'))), false],
    ['the queue’s key is not opened', linked, inQueue(keyPolicy(drop('AllowTopic')), 'key'), false],
    [
      'the queue is opened for another topic',
      linked,
      inQueue(
        attributePolicy(
          change('AllowTopic', {
            Condition: { ArnEquals: { 'aws:SourceArn': 'arn:aws:sns:eu-central-1:111111111111:x' } },
          }),
        ),
      ),
      false,
    ],
    [
      'the key is opened for decryption only',
      linked,
      inQueue(keyPolicy(change('AllowTopic', { Action: 'kms:Decrypt' })), 'key'),
      false,
    ],
    ['the environment’s key is not opened', shared, inEnvironmentKey(keyPolicy(drop('AllowSns'))), false],
    ['the subscription is not made', linked, kindsWith('Topic', missing('subscription/orders')), false],
    [
      'the queue is not opened for the bucket',
      fromBucket,
      inQueue(attributePolicy(drop('AllowBucket'))),
      false,
    ],
    ['the notifications are not made', fromBucket, kindsWith('Bucket', missing('notifications')), false],
    ['the topic is not opened for the bucket', byTopic, inTopic(attributePolicy(drop('AllowBucket'))), false],
    [
      'the topic’s key is not opened for the bucket',
      byTopic,
      inTopic(keyPolicy(drop('AllowBucket')), 'key'),
      false,
    ],
  ])('%s', async (_, objects, kinds, arrives) => {
    await live(kinds, objects);
    const hand = byHand(world.aws, await readSecurity(world.aws));
    const isFromBucket = objects.some(one => one.kind === 'Bucket');
    const way = isFromBucket
      ? uploadArrives(world.aws, hand.bucketOf('uploads'), hand.queueName('orders'))
      : publishArrives(world.aws, hand.topicArn('events'), hand.queueName('orders'));
    expect(await way).toBe(arrives);
  });
});

describe('a copy is lost where', () => {
  const without = (action: string) =>
    inRole(
      inReplicationPolicy(statements =>
        statements.map(one => ({ ...one, Action: [one.Action].flat().filter(each => each !== action) })),
      ),
    );
  test.each<[string, readonly Manifest[], readonly Kind[] | undefined, boolean]>([
    ['nothing is wrong: no', copied, undefined, true],
    ['nothing is wrong with the environment’s key: no', copiedSealed, undefined, true],
    ['the rule is not made', copied, kindsWith('Bucket', missing('replication')), false],
    ['the role may not read the rule', copied, without('s3:GetReplicationConfiguration'), false],
    ['the role may not list', copied, without('s3:ListBucket'), false],
    ['the role may not read objects', copied, without('s3:GetObjectVersionForReplication'), false],
    ['the role may not read ACLs', copied, without('s3:GetObjectVersionAcl'), false],
    ['the role may not write', copied, without('s3:ReplicateObject'), false],
    [
      'the role is for another bucket',
      copied,
      inRole(
        inDocument(
          'trust',
          change('Service', { Condition: { ArnEquals: { 'aws:SourceArn': 'arn:aws:s3:::other' } } }),
        ),
      ),
      false,
    ],
    ['the role may not decrypt', copiedSealed, inRole(inReplicationPolicy(drop('DecryptObjects'))), false],
    ['the role may not encrypt', copiedSealed, inRole(inReplicationPolicy(drop('EncryptCopies'))), false],
    [
      'the replica denies it',
      copied,
      inReplica(
        bucketPolicy(statements =>
          change('DenyPlaintext', { Condition: undefined, Action: 's3:Replicate*' })(statements),
        ),
      ),
      false,
    ],
  ])('%s', async (_, objects, kinds, arrives) => {
    await live(kinds, objects);
    const hand = byHand(world.aws, await readSecurity(world.aws));
    const name = objects[0]?.name ?? '';
    expect(await copyArrives(world.aws, hand.bucketOf(name), hand.bucketOf(`${name}/replica`))).toBe(arrives);
  });
});
