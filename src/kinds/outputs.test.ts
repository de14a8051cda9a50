import { describe, expect, test } from 'vitest';
import type { Observations, TaggedObservations } from '../engine/graph.ts';
import { bucketKind } from './bucket.ts';
import { environmentKind } from './environment/environment.ts';
import type { Kind } from './kind.ts';
import { lastingOutputs } from './lasting-outputs.ts';
import { queueKind } from './queue.ts';
import {
  ACCOUNT,
  allThere,
  at,
  ENVIRONMENT_KEY,
  type Given,
  inputOf,
  objectOf,
  resolved,
  TODAY,
} from './testing/graph.ts';
import { topicKind } from './topic.ts';

const queue = queueKind as Kind;
const topic = topicKind as Kind;
const bucket = bucketKind as Kind;
const environment = environmentKind as Kind;
const nothing: TaggedObservations = { ...allThere([]), tags: () => ({}) };

function outputsOf(kind: Kind, given: Given, seen?: Observations): Readonly<Record<string, unknown>> {
  const input = inputOf(kind, given);
  const graph = kind.graph(input);
  return lastingOutputs(kind.outputs(input), { seen: seen ?? allThere(graph), graph });
}

const arn = (node: string) => `arn:aws:test:eu-central-1:${ACCOUNT}:${node}`;

describe('outputs', () => {
  test('of a Queue', () => {
    expect(outputsOf(queue, { spec: {} })).toEqual({
      url: 'queue-id',
      arn: arn('queue'),
      name: 'queue',
      keyArn: arn('key'),
      deadLetter: {
        url: 'dead-letter-id',
        arn: arn('dead-letter'),
        name: 'dead-letter',
      },
    });
  });
  test.each<[string, Kind, object]>([
    ['Queue', queue, { fifo: true }],
    ['Topic', topic, { fifo: true }],
  ])('the name of a %s is that of what there is, not of what is to be in its place', (_, kind, spec) => {
    const { name } = outputsOf(kind, { spec });
    expect(name).toBe(kind === queue ? 'queue' : 'topic');
  });
  test('of a Queue with the environment’s key and no dead letters', () => {
    const spec = { encryption: 'EnvironmentKey', deadLetter: { mode: 'Disabled' } };
    expect(outputsOf(queue, { spec })).toMatchObject({ keyArn: ENVIRONMENT_KEY });
    expect(outputsOf(queue, { spec })).not.toHaveProperty('deadLetter');
  });
  test.each<[string, string, string]>([
    ['its own, though the spec asks for the environment’s', arn('own'), arn('own')],
    ['one by its id', '1234abcd', `arn:aws:kms:eu-central-1:${ACCOUNT}:key/1234abcd`],
    ['one by its alias', 'alias/aws/sqs', `arn:aws:kms:eu-central-1:${ACCOUNT}:alias/aws/sqs`],
    ['none, and so the one that it is to have', '', ENVIRONMENT_KEY],
  ])('of a Queue and a Topic tell the key that is in use: %s', (_, KmsMasterKeyId, expected) => {
    for (const [kind, node] of [
      [queue, 'queue'],
      [topic, 'topic'],
    ] as const) {
      const spec = { encryption: 'EnvironmentKey' };
      const there = allThere(kind.graph(inputOf(kind, { spec })));
      const attributes = { KmsMasterKeyId };
      const seen = {
        ...there,
        state: <S>(id: string) => (id === node ? ({ attributes } as S) : there.state<S>(id)),
      };
      expect(outputsOf(kind, { spec }, seen)).toMatchObject({ keyArn: expected });
    }
  });
  test('of a Topic with the state of its subscriptions', () => {
    const spec = { subscriptions: [{ queue: 'orders' }, { queue: 'later' }] };
    const objects = [objectOf('Queue', 'orders')];
    const queueArn = at(resolved(topic, { spec, objects }), 'subscription/orders.desired.queueArn');
    const open = { policyAllows: true, keyAllows: true };
    const outputsWith = (queueArnNow: string, access: object | undefined, others = objects) => {
      const states: Readonly<Record<string, unknown>> = {
        'subscription/orders': { queueArn: queueArnNow },
        'access/queue/orders': access,
      };
      const seen = {
        ...nothing,
        arn: (node: string) => (node === 'subscription/orders' ? 'arn:sub' : undefined),
        state: <S>(node: string) => states[node] as S | undefined,
      };
      return outputsOf(topic, { spec, objects: others }, seen);
    };
    const told = (state: string) => ({
      subscriptions: [
        { queue: 'orders', arn: 'arn:sub', state },
        { queue: 'later', state: 'Waiting' },
      ],
    });
    const now = String(queueArn);
    expect(outputsWith(now, open)).toEqual(told('Subscribed'));
    // Made anew under another name, and nothing is delivered to it yet.
    expect(outputsWith(`${now}.fifo`, open)).toEqual(told('Waiting'));
    // The Queue is gone, shut, or its key is.
    expect(outputsWith(now, open, [])).toEqual(told('Waiting'));
    expect(outputsWith(now, undefined)).toEqual(told('Waiting'));
    expect(outputsWith(now, { ...open, policyAllows: false })).toEqual(told('Waiting'));
    expect(outputsWith(now, { ...open, keyAllows: false })).toEqual(told('Waiting'));
    expect(outputsOf(topic, { spec: {} })).toMatchObject({ arn: arn('topic'), keyArn: arn('key') });
  });
  test('of a Bucket', () => {
    expect(outputsOf(bucket, { spec: { name: 'a-b' } })).toEqual({
      name: 'bucket-id',
      arn: 'arn:aws:s3:::bucket-id',
      region: 'eu-central-1',
      regionalDomainName: 'bucket-id.s3.eu-central-1.amazonaws.com',
    });
  });
  test('of a Bucket with a replica', () => {
    const spec = { name: 'a-b', replica: { mode: 'SameRegion' } };
    const { replica } = outputsOf(bucket, { spec });
    expect(replica).toEqual({
      name: expect.stringMatching(/^opta-dev-shop-orders-replica-[a-z2-7]{6}$/),
      arn: expect.stringMatching(/^arn:aws:s3:::opta-dev-shop-orders-replica-[a-z2-7]{6}$/),
    });
    const input = inputOf(bucket, { spec });
    const withoutIt = allThere(bucket.graph(input).filter(node => node.id !== 'replica'));
    expect(outputsOf(bucket, { spec }, withoutIt)).not.toHaveProperty('replica');
  });
  test('of an OptaEnvironment', () => {
    expect(outputsOf(environment, { spec: {} })).toEqual({
      accountId: ACCOUNT,
      encryption: { keyArn: arn('key') },
      permissionsBoundary: { workload: arn('boundary/workload') },
      logBucket: 'log-bucket-id',
    });
    expect(outputsOf(environment, { spec: { logBucket: { mode: 'Disabled' } } })).toMatchObject({
      logBucket: 'Disabled',
    });
  });
  test.each([
    ['Queue', queue],
    ['Topic', topic],
    ['Bucket', bucket],
  ])('of a %s that is not there yet are none, and nothing is published', (_, kind) => {
    const input = inputOf(kind, { spec: {} });
    expect(outputsOf(kind, { spec: {} }, nothing)).toEqual({});
    expect(kind.connection?.({}, input)).toBeUndefined();
  });
});

test.each<[string, Kind, string[]]>([
  ['Queue', queue, ['url', 'arn', 'name']],
  ['Topic', topic, ['arn', 'name']],
  ['Bucket', bucket, ['bucket', 'arn', 'region', 'regionalDomainName']],
])('users of a %s are told these and no more', (_, kind, keys) => {
  const input = inputOf(kind, { spec: {} });
  const data = kind.connection?.(outputsOf(kind, { spec: {} }), input) ?? {};
  expect(Object.keys(data)).toEqual(keys);
  for (const value of Object.values(data)) expect(value).toBeTypeOf('string');
});

test.each<[Kind, object, object[]]>([
  [queue, {}, []],
  [topic, {}, []],
  [
    topic,
    { subscriptions: [{ queue: 'a' }, { queue: 'b' }] },
    [
      { kind: 'Queue', name: 'a' },
      { kind: 'Queue', name: 'b' },
    ],
  ],
  [bucket, {}, []],
  [
    bucket,
    { notifications: [{ queue: 'a' }, { topic: 'b' }] },
    [
      { kind: 'Queue', name: 'a' },
      { kind: 'Topic', name: 'b' },
    ],
  ],
  [environment, {}, []],
])('an object names others of its namespace: %#', (kind, spec, references) => {
  expect(kind.references(spec)).toEqual(references);
});

/** What an object that is rebuilt from Git takes over from AWS where its spec says nothing. */
describe('a default that AWS shows is taken over', () => {
  function seeing(
    states: Readonly<Record<string, unknown>>,
    layout: Readonly<Record<string, string>> = {},
  ): TaggedObservations {
    const id = (node: string) => (node in states ? `${node}-id` : undefined);
    const tags = (node: string) => ({ 'opta.dev/layout': layout[node] ?? '' });
    return { ...nothing, state: <S>(node: string) => states[node] as S | undefined, id, arn: id, tags };
  }
  const QUEUE_ARN = at(resolved(queue, { spec: {} }), 'queue.desired.attributes.Policy.Statement.0.Resource');
  const EVENT_BRIDGE = at(
    resolved(queue, { spec: { acceptEventBridge: true } }),
    'queue.desired.attributes.Policy.Statement.1',
  ) as { Condition: object };
  const attributes = {
    DelaySeconds: '7',
    MessageRetentionPeriod: '77',
    VisibilityTimeout: '8',
    ReceiveMessageWaitTimeSeconds: '9',
    MaximumMessageSize: '2048',
    RedrivePolicy: '{"maxReceiveCount":3}',
    Policy: JSON.stringify({ Statement: [EVENT_BRIDGE] }),
  };
  const settings = {
    publicAccess: 'PolicyAllowed',
    encryption: { algorithm: 'aws:kms' },
    versioning: 'Suspended',
    lifecycle: [
      {
        ID: 'replaced-versions',
        Status: 'Enabled',
        NoncurrentVersionTransitions: [
          { StorageClass: 'STANDARD_IA', NoncurrentDays: 31 },
          { StorageClass: 'GLACIER', NoncurrentDays: 61 },
        ],
        NoncurrentVersionExpiration: { NoncurrentDays: 91 },
      },
      {
        ID: 'unfinished-uploads',
        Status: 'Enabled',
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 3 },
      },
      { ID: 'objects', Status: 'Enabled', Expiration: { Days: 11 } },
    ],
  };

  test.each<[string, Kind, TaggedObservations, Record<string, unknown>]>([
    [
      'a Queue',
      queue,
      seeing({ queue: { attributes }, 'dead-letter': { attributes: { MessageRetentionPeriod: '99' } } }),
      {
        contentBasedDeduplication: false,
        delaySeconds: 7,
        messageRetentionSeconds: 77,
        visibilityTimeoutSeconds: 8,
        receiveWaitTimeSeconds: 9,
        maximumMessageSizeBytes: 2048,
        encryption: 'EnvironmentKey',
        acceptEventBridge: false,
        'deadLetter.mode': 'Disabled',
        'deadLetter.maxReceiveCount': 3,
        'deadLetter.messageRetentionSeconds': 99,
      },
    ],
    [
      'a Queue without dead letters',
      queue,
      seeing({ queue: { attributes: {} }, key: {} }),
      { contentBasedDeduplication: false, 'deadLetter.mode': 'Disabled' },
    ],
    [
      'a fifo Queue that knows messages by what they say',
      queue,
      seeing({ queue: { attributes: { RedrivePolicy: '{}', ContentBasedDeduplication: 'true' } }, key: {} }),
      { contentBasedDeduplication: true },
    ],
    [
      'a fifo Topic that knows messages by what they say',
      topic,
      seeing({ topic: { attributes: { ContentBasedDeduplication: 'true' } }, key: {} }),
      { contentBasedDeduplication: true },
    ],
    [
      'a Topic without a key of its own',
      topic,
      seeing({ topic: { attributes: {} } }),
      { encryption: 'EnvironmentKey' },
    ],
    ['a Topic with one', topic, seeing({ topic: { attributes: {} }, key: {} }), {}],
    [
      'a Bucket',
      bucket,
      seeing({ bucket: { settings } }),
      {
        publicRead: false,
        encryption: 'EnvironmentKey',
        versioning: false,
        'lifecycle.nonCurrentToInfrequentAccessDays': 31,
        'lifecycle.nonCurrentToGlacierDays': 61,
        'lifecycle.nonCurrentExpireDays': 91,
        'lifecycle.abortMultipartDays': 3,
        'lifecycle.expireDays': 11,
      },
    ],
    [
      'an OptaEnvironment without logs',
      environment,
      seeing({ key: {} }, { key: 'logBucket=Disabled' }),
      { 'logBucket.mode': 'Disabled' },
    ],
    [
      'an OptaEnvironment whose log bucket is not made yet',
      environment,
      seeing({ key: {} }, { key: 'logBucket=Enabled' }),
      { 'logBucket.mode': 'Enabled' },
    ],
    [
      'a network of which nothing is made yet but the VPC',
      environment,
      seeing(
        { vpc: { cidr: '10.1.0.0/16' } },
        { vpc: 'zones=2 nat=Single flowLogs=Disabled endpoints=dynamodb+s3' },
      ),
      {
        'network.enabled': true,
        'network.cidr': '10.1.0.0/16',
        'network.availabilityZones': 2,
        'network.natGateways': 'Single',
        'network.flowLogs.mode': 'Disabled',
        'network.gatewayEndpoints': ['dynamodb', 's3'],
      },
    ],
    [
      'a network without endpoints',
      environment,
      seeing({ vpc: {} }, { vpc: 'endpoints=' }),
      { 'network.gatewayEndpoints': [] },
    ],
    [
      'an OptaEnvironment with logs',
      environment,
      seeing({ key: {}, 'log-bucket': { settings: {} } }),
      { 'logBucket.mode': 'Enabled' },
    ],
  ])('%s', (_, kind, seen, expected) => {
    const observed = kind.defaults({}, TODAY).flatMap(one => {
      const value = one.observed?.(seen);
      return value === undefined || Number.isNaN(value) ? [] : [[one.field, value]];
    });
    expect(Object.fromEntries(observed)).toMatchObject(expected);
  });

  function observed(kind: Kind, spec: object, field: string, seen: TaggedObservations): unknown {
    return kind
      .defaults(spec, TODAY)
      .find(one => one.field === field)
      ?.observed?.(seen);
  }

  const RULE = { 'aws:SourceArn': `arn:aws:events:eu-central-1:${ACCOUNT}:rule/nightly` };
  test.each<[string, object, boolean]>([
    ['of the account, as ours is', EVENT_BRIDGE, true],
    ['of the account, by another name', { ...EVENT_BRIDGE, Sid: 'Any' }, false],
    ['of one name', { ...EVENT_BRIDGE, Condition: { ...EVENT_BRIDGE.Condition, ArnLike: RULE } }, false],
    ['whoever has them', { ...EVENT_BRIDGE, Condition: {} }, false],
    ['that may not', { ...EVENT_BRIDGE, Effect: 'Deny' }, false],
    ['of no sort, though the name is said', { ...EVENT_BRIDGE, Sid: 'NotAllowEventBridge' }, false],
  ])(
    'a queue takes events of all rules only where that was asked for: it has rules %s',
    (_, statement, expected) => {
      const Policy = JSON.stringify({ Version: '2012-10-17', Statement: statement });
      const seen = { ...seeing({ queue: { attributes: { Policy } } }), arn: () => String(QUEUE_ARN) };
      expect(observed(queue, {}, 'acceptEventBridge', seen)).toBe(expected);
    },
  );

  const OWN_DEAD_LETTERS = at(
    resolved(queue, { spec: {} }),
    'queue.desired.attributes.RedrivePolicy.deadLetterTargetArn',
  );
  const ORDERS = {
    'opta.dev/installation': 'opta',
    'opta.dev/environment': 'dev',
    'opta.dev/namespace': 'shop',
    'opta.dev/name': 'orders',
  };
  const THEIR_DEAD_LETTERS = `arn:aws:sqs:eu-central-1:${ACCOUNT}:failed`;
  test.each<[string, unknown, Record<string, string>, object, 'Enabled' | 'Disabled']>([
    ['to its own dead-letter queue', OWN_DEAD_LETTERS, ORDERS, {}, 'Enabled'],
    ['to that of another object', OWN_DEAD_LETTERS, { ...ORDERS, 'opta.dev/name': 'b' }, {}, 'Disabled'],
    ['to another queue', THEIR_DEAD_LETTERS, ORDERS, {}, 'Disabled'],
    ['to another queue, and is nobody’s', THEIR_DEAD_LETTERS, {}, {}, 'Disabled'],
    ['nowhere', undefined, ORDERS, {}, 'Disabled'],
    [
      'to another queue, and the spec asks for dead letters',
      THEIR_DEAD_LETTERS,
      {},
      { deadLetter: { maxReceiveCount: 3 } },
      'Enabled',
    ],
    [
      'nowhere, and the spec asks for dead letters',
      undefined,
      {},
      { deadLetter: { messageRetentionSeconds: 345_600 } },
      'Enabled',
    ],
    ['to another queue, and the spec says nothing', THEIR_DEAD_LETTERS, {}, { deadLetter: {} }, 'Disabled'],
  ])('what fails goes where it goes: %s', (_, deadLetterTargetArn, tags, spec, expected) => {
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 3 });
    const attributes = deadLetterTargetArn === undefined ? {} : { RedrivePolicy };
    const seen = { ...seeing({ queue: { attributes } }), arn: () => String(QUEUE_ARN), tags: () => tags };
    expect(observed(queue, spec, 'deadLetter.mode', seen)).toBe(expected);
  });

  test.each([
    ['AES256', 'AES256'],
    ['aws:kms', 'EnvironmentKey'],
    ['aws:kms:dsse', 'EnvironmentKey'],
  ])('a bucket that encrypts by %s is by default no weaker: %s', (algorithm, expected) => {
    const seen = seeing({ bucket: { settings: { encryption: { algorithm } } } });
    const field = bucket.defaults({}, TODAY).find(one => one.field === 'encryption');
    expect(field?.observed?.(seen)).toBe(expected);
  });

  const PUBLIC = {
    Sid: 'PublicRead',
    Effect: 'Allow',
    Principal: { AWS: '*' },
    Action: 's3:GetObject',
    Resource: 'arn:aws:s3:::a-b/*',
  };
  const OURS = { 'opta.dev/installation': 'opta' };
  test.each<[string, object | undefined, string, Record<string, string>, boolean]>([
    ['by our own statement', PUBLIC, 'PolicyAllowed', OURS, true],
    ['by the same words of somebody else', PUBLIC, 'PolicyAllowed', {}, false],
    ['by a statement that lets in further', { ...PUBLIC, Action: 's3:*' }, 'PolicyAllowed', OURS, false],
    [
      'by a statement of another bucket',
      { ...PUBLIC, Resource: 'arn:aws:s3:::c/*' },
      'PolicyAllowed',
      OURS,
      false,
    ],
    ['not, as the policy is blocked', PUBLIC, 'Blocked', OURS, false],
    ['not, though a public policy would be allowed', undefined, 'PolicyAllowed', OURS, false],
  ])(
    'a bucket stays public only where it was asked for: it is %s',
    (_, statement, publicAccess, tags, expected) => {
      const policy = statement && { Version: '2012-10-17', Statement: statement };
      const seen = {
        ...seeing({ bucket: { settings: { ...settings, publicAccess, policy } } }),
        arn: () => 'arn:aws:s3:::a-b',
        tags: () => tags,
      };
      const field = bucket.defaults({}, TODAY).find(one => one.field === 'publicRead');
      expect(field?.observed?.(seen)).toBe(expected);
    },
  );

  test.each<[string, object | undefined, string]>([
    ['nowhere', undefined, 'Disabled'],
    ['to where this object has them', { bucket: 'opta-dev-logs', prefix: 'shop/orders/' }, 'Enabled'],
    ['to where another object has them', { bucket: 'opta-dev-logs', prefix: 'shop/orders-2/' }, 'Disabled'],
    ['to somebody else', { bucket: 'audit', prefix: '' }, 'Disabled'],
  ])('the logs of a bucket go on as they are: %s', (_, logging, expected) => {
    const tags = { 'opta.dev/namespace': 'shop', 'opta.dev/name': 'orders' };
    const seen = { ...seeing({ bucket: { settings: { ...settings, logging } } }), tags: () => tags };
    const field = bucket.defaults({}, TODAY).find(one => one.field === 'accessLogs');
    expect(field?.observed?.(seen)).toBe(expected);
    // An adopted one has no such tags.
    expect(field?.observed?.({ ...seen, tags: () => ({}) })).toBe('Disabled');
  });

  test.each([queue, topic, bucket, environment])(
    'where AWS shows nothing, nothing is taken over: %#',
    kind => {
      for (const one of kind.defaults({}, TODAY)) expect(one.observed?.(nothing)).toBeUndefined();
    },
  );
});

/** S3 refuses a lifecycle that does not rise; what a spec leaves out must leave room for what it says. */
test.each<[object, (number | undefined)[]]>([
  [{}, [30, 60, 90]],
  [{ nonCurrentExpireDays: 10 }, [0, 0, 10]],
  [{ nonCurrentExpireDays: 31 }, [30, 0, 31]],
  [{ nonCurrentExpireDays: 60 }, [30, 0, 60]],
  [{ nonCurrentExpireDays: 61 }, [30, 60, 61]],
  [{ nonCurrentExpireDays: 0 }, [30, 60, 0]],
  [{ nonCurrentToGlacierDays: 40 }, [0, 40, 90]],
  [{ nonCurrentToGlacierDays: 100 }, [30, 100, 130]],
  [{ nonCurrentToInfrequentAccessDays: 100 }, [100, 130, 160]],
  [{ nonCurrentToInfrequentAccessDays: 0, nonCurrentToGlacierDays: 0 }, [0, 0, 90]],
])('the defaults beside the lifecycle %j', (lifecycle, [infrequent, glacier, expire]) => {
  const { spec } = inputOf(bucket, { spec: { lifecycle } }) as {
    spec: { lifecycle: Record<string, number> };
  };
  expect(spec.lifecycle).toMatchObject({
    nonCurrentToInfrequentAccessDays: infrequent,
    nonCurrentToGlacierDays: glacier,
    nonCurrentExpireDays: expire,
  });
});
