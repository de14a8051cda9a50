import { describe, expect, test } from 'vitest';
import { evaluate } from '../../hack/bench/policy/evaluate.ts';
import { isPublicPolicy } from '../../hack/bench/policy/public.ts';
import { validate } from '../../hack/bench/policy/validate.ts';
import { isWaiting } from '../engine/graph.ts';
import { bucketKind } from './bucket.ts';
import { withDefaults } from './defaults.ts';
import type { EnvironmentFacts, Kind } from './kind.ts';
import { ACCOUNT, allThere, at, ENVIRONMENT_KEY, inputOf, resolved, TODAY } from './testing/graph.ts';

const kind = bucketKind as Kind;
const replica = { mode: 'SameRegion' };
const nodesOf = (spec: object = {}) => resolved(kind, { spec: { replica, ...spec } });
const FROM = String(at(nodesOf(), 'bucket.name'));
const TO = String(at(nodesOf(), 'replica.name'));
const arn = (bucket: string) => `arn:aws:s3:::${bucket}`;

test('without it a Bucket is what it was: one node', () => {
  expect(Object.keys(resolved(kind, { spec: {} }))).toEqual(['bucket']);
});

describe('the second bucket', () => {
  const settings = (spec: object, node: string) => at(nodesOf(spec), `${node}.desired.settings`);

  test.each<[string, object]>([
    ['nothing more', {}],
    ['the environment’s key', { encryption: 'EnvironmentKey' }],
    ['days', { lifecycle: { nonCurrentExpireDays: 777, expireDays: 5 } }],
    ['no logs', { accessLogs: 'Disabled' }],
  ])('is protected as the first, with %s', (_, spec) => {
    const { policy: ___, logging: __, ...first } = settings(spec, 'bucket') as Record<string, unknown>;
    const { policy, logging: ____, ...second } = settings(spec, 'replica') as Record<string, unknown>;
    expect(second).toEqual(first);
    expect(at(policy, 'Statement.0')).toMatchObject({
      Sid: 'DenyPlaintext',
      Resource: [arn(TO), `${arn(TO)}/*`],
    });
    expect(at(policy, 'Statement.1')).toMatchObject({
      Sid: 'DenyOldTls',
      Resource: [arn(TO), `${arn(TO)}/*`],
    });
  });

  test('is private, whatever the first one lets in', () => {
    const opened = {
      publicRead: true,
      cors: [{ allowedOrigins: ['*'], allowedMethods: ['GET'] }],
      policyStatements: [
        { sid: 'Team', effect: 'Allow', principals: { aws: [ACCOUNT] }, actions: ['s3:GetObject'] },
      ],
    };
    expect(settings(opened, 'replica')).toMatchObject({
      publicAccess: 'Blocked',
      ownership: 'BucketOwnerEnforced',
    });
    expect(settings(opened, 'replica')).not.toHaveProperty('cors');
    const policy = at(settings(opened, 'replica'), 'policy') as object;
    expect(isPublicPolicy(JSON.stringify(policy))).toBe(false);
    expect(at(policy, 'Statement')).toHaveLength(2);
  });

  test('has logs of its own prefix', () => {
    expect(at(settings({}, 'bucket'), 'logging.prefix')).toBe('shop/orders/');
    expect(at(settings({}, 'replica'), 'logging.prefix')).toBe('shop/orders/replica/');
  });

  test('is emptied only where the spec says so', () => {
    expect(at(nodesOf(), 'replica.desired.forceDestroy')).toBe(false);
    expect(at(nodesOf({ forceDestroy: true }), 'replica.desired.forceDestroy')).toBe(true);
  });

  test.each<[string, object]>([
    ['the name that the first one is given', { name: 'a-name' }],
    ['none', {}],
  ])('has a computed name, with %s', (_, spec) => {
    expect(at(nodesOf(spec), 'replica.name')).toBe(TO);
    expect(TO).toMatch(/^opta-dev-shop-orders-replica-[a-z2-7]{6}$/);
  });
});

describe('the rule', () => {
  const ruleOf = (spec: object) => at(nodesOf(spec), 'replication.desired.rules');

  test('copies everything new and delete markers, nothing from before', () => {
    expect(ruleOf({})).toEqual([
      {
        ID: 'everything-new',
        Priority: 1,
        Status: 'Enabled',
        Filter: { Prefix: '' },
        DeleteMarkerReplication: { Status: 'Enabled' },
        Destination: { Bucket: arn(TO) },
      },
    ]);
  });

  test.each<[string, object[], boolean]>([
    ['what is not copied', [{ events: ['s3:Replication:OperationFailedReplication'], queue: 'q' }], true],
    [
      'all of replication beside others',
      [
        { events: ['s3:ObjectCreated:*'], queue: 'q' },
        { events: ['s3:ObjectRemoved:*', 's3:Replication:*'], topic: 't' },
      ],
      true,
    ],
    ['other events', [{ events: ['s3:ObjectCreated:*'], queue: 'q' }], false],
  ])('has metrics where somebody is told of %s: S3 sends no such event without', (_, notifications, has) => {
    const Metrics = { Status: 'Enabled' };
    const destination = { Bucket: arn(TO), ...(has ? { Metrics } : {}) };
    expect(at(ruleOf({ notifications }), '0.Destination')).toEqual(destination);
    expect(at(ruleOf({ notifications, encryption: 'EnvironmentKey' }), '0.Destination.Metrics')).toEqual(
      has ? Metrics : undefined,
    );
  });

  test('with the environment’s key copies what is encrypted with it, and encrypts the copies with it', () => {
    expect(ruleOf({ encryption: 'EnvironmentKey' })).toEqual([
      expect.objectContaining({
        SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: 'Enabled' } },
        Destination: {
          Bucket: arn(TO),
          EncryptionConfiguration: { ReplicaKmsKeyID: ENVIRONMENT_KEY },
        },
      }),
    ]);
  });

  test('is written after both buckets and the role, and the first bucket waits for none of them', () => {
    expect(at(nodesOf(), 'replication.dependsOn')).toEqual(['bucket', 'replica', 'role/replication']);
    expect(at(nodesOf(), 'bucket.dependsOn')).toEqual([]);
  });
});

const LETS_ANYBODY_IN = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' },
});

describe('the role', () => {
  const role = (spec: object) => at(nodesOf(spec), '[role/replication].desired') as Record<string, unknown>;
  const S3 = { type: 'service', service: 's3.amazonaws.com' } as const;
  const source = (bucket: string, account = ACCOUNT) => ({
    'aws:SourceArn': arn(bucket),
    'aws:SourceAccount': account,
  });

  test.each<[string, object, { service: string }, string]>([
    ['S3 for the bucket', source(FROM), S3, 'Allow'],
    ['S3 where it does not say for what', {}, S3, 'Allow'],
    ['S3 for another bucket', source('other'), S3, 'ImplicitDeny'],
    ['S3 for the replica', source(TO), S3, 'ImplicitDeny'],
    ['S3 for another account', source(FROM, '999999999999'), S3, 'ImplicitDeny'],
    ['another service', source(FROM), { service: 'ec2.amazonaws.com' }, 'ImplicitDeny'],
  ])('is taken by %s: %j', (_, context, principal, expected) => {
    const { decision } = evaluate({
      kind: 'iam-role',
      resourcePolicy: JSON.stringify(role({}).trust),
      request: {
        principal: { type: 'service', ...principal },
        action: 'sts:AssumeRole',
        resource: `arn:aws:iam::${ACCOUNT}:role/x`,
        context: { ...context },
      },
    });
    expect(decision).toBe(expected);
  });

  const may = (
    action: string,
    resource: string,
    context: object = {},
    spec: object = {},
    owner: string = ACCOUNT,
  ) =>
    evaluate({
      kind: 'iam-identity',
      policies: Object.values(role(spec).inlinePolicies as object).map(one => JSON.stringify(one)),
      request: {
        principal: { type: 'aws', accountId: ACCOUNT, arn: `arn:aws:sts::${ACCOUNT}:assumed-role/x/s3` },
        action,
        resource,
        resourceAccountId: owner,
        context: { ...context },
      },
      ...(owner === ACCOUNT ? {} : { resourcePolicy: LETS_ANYBODY_IN }),
    }).decision === 'Allow';

  test.each<[string, string, boolean]>([
    ['s3:GetReplicationConfiguration', arn(FROM), true],
    ['s3:ListBucket', arn(FROM), true],
    ['s3:GetObjectVersionForReplication', `${arn(FROM)}/a`, true],
    ['s3:GetObjectVersionAcl', `${arn(FROM)}/a`, true],
    ['s3:GetObjectVersionTagging', `${arn(FROM)}/a`, true],
    ['s3:ReplicateObject', `${arn(TO)}/a`, true],
    ['s3:ReplicateDelete', `${arn(TO)}/a`, true],
    ['s3:ReplicateTags', `${arn(TO)}/a`, true],
    ['s3:ReplicateObject', `${arn(FROM)}/a`, false],
    ['s3:ReplicateObject', 'arn:aws:s3:::other/a', false],
    ['s3:GetObjectVersionForReplication', `${arn(TO)}/a`, false],
    ['s3:GetObjectVersionForReplication', `${arn(FROM)}2/a`, false],
    ['s3:GetObject', `${arn(FROM)}/a`, false],
    ['s3:PutObject', `${arn(TO)}/a`, false],
    ['s3:DeleteObjectVersion', `${arn(TO)}/a`, false],
    ['s3:ObjectOwnerOverrideToBucketOwner', `${arn(TO)}/a`, false],
    ['s3:DeleteBucket', arn(TO), false],
    ['s3:PutBucketPolicy', arn(TO), false],
    ['kms:Decrypt', ENVIRONMENT_KEY, false],
    ['iam:PassRole', `arn:aws:iam::${ACCOUNT}:role/x`, false],
  ])('may %s on %s: %s', (action, resource, expected) => {
    expect(may(action, resource)).toBe(expected);
  });

  // Who deletes a bucket frees its name for anybody.
  test.each(['s3:ReplicateObject', 's3:ReplicateDelete', 's3:ReplicateTags'])(
    'may not %s where the replica’s name is another account’s',
    action => {
      expect(may(action, `${arn(TO)}/a`, {}, {}, '999999999999')).toBe(false);
    },
  );

  const OTHER_KEY = `arn:aws:kms:eu-central-1:${ACCOUNT}:key/other`;
  const by = (bucket: string, service = 's3') => ({
    'kms:ViaService': `${service}.eu-central-1.amazonaws.com`,
    'kms:EncryptionContext:aws:s3:arn': bucket,
  });

  test.each<[string, string, object, boolean]>([
    ['kms:Decrypt', ENVIRONMENT_KEY, by(arn(FROM)), true],
    ['kms:Decrypt', ENVIRONMENT_KEY, by(`${arn(FROM)}/a`), true],
    ['kms:Encrypt', ENVIRONMENT_KEY, by(arn(TO)), true],
    ['kms:GenerateDataKey', ENVIRONMENT_KEY, by(arn(TO)), true],
    ['kms:Encrypt', ENVIRONMENT_KEY, by(arn(FROM)), false],
    ['kms:Decrypt', ENVIRONMENT_KEY, by('arn:aws:s3:::other'), false],
    ['kms:Decrypt', ENVIRONMENT_KEY, by(`${arn(FROM)}2`), false],
    ['kms:Decrypt', ENVIRONMENT_KEY, by(arn(FROM), 'sqs'), false],
    ['kms:Decrypt', ENVIRONMENT_KEY, {}, false],
    ['kms:Decrypt', OTHER_KEY, by(arn(FROM)), false],
    ['kms:CreateGrant', ENVIRONMENT_KEY, by(arn(FROM)), false],
  ])('with the environment’s key may %s on %s in %j: %s', (action, key, context, expected) => {
    expect(may(action, key, context, { encryption: 'EnvironmentKey' })).toBe(expected);
  });

  test.each([{}, { encryption: 'EnvironmentKey' }])('has policies that IAM takes: %j', spec => {
    const { trust, inlinePolicies } = role(spec);
    expect(validate(JSON.stringify(trust), { kind: 'iam-role' })).toEqual([]);
    for (const one of Object.values(inlinePolicies as object))
      expect(validate(JSON.stringify(one), { kind: 'iam-identity' })).toEqual([]);
  });
});

describe('what is not known yet is waited for', () => {
  test.each<[string, string, object, object, RegExp]>([
    [
      'replica',
      'a key',
      { encryption: 'EnvironmentKey' },
      { keyArn: undefined },
      /key of OptaEnvironment dev/,
    ],
    ['role/replication', 'a key', { encryption: 'EnvironmentKey' }, { keyArn: undefined }, /key of Opta/],
    ['replication', 'a key', { encryption: 'EnvironmentKey' }, { keyArn: undefined }, /key of Opta/],
  ])('by %s: %s', (node, _, spec, environment, says) => {
    const nodes = resolved(kind, { spec: { replica, ...spec }, environment });
    expect(at(nodes, `[${node}].desired.waitingFor`)).toMatch(says);
  });
});

describe('an environment without its log bucket or key', () => {
  const logging = { bucket: 'logs', prefix: 'shop/uploads/' };
  const AES256 = { algorithm: 'AES256' };
  const byKey = { algorithm: 'aws:kms', keyArn: 'arn:lost', bucketKey: true };

  test.each<[string, object, Partial<EnvironmentFacts>, object, object, string]>([
    ['goes on logging', {}, { logBucket: undefined }, { logging }, { logging }, ''],
    [
      'does without logs',
      {},
      { logBucket: undefined },
      {},
      {},
      'access logs wait for the log bucket of OptaEnvironment dev',
    ],
    ['has none to wait for', { accessLogs: 'Disabled' }, { logBucket: undefined }, {}, {}, ''],
    [
      'is encrypted as it was',
      { encryption: 'EnvironmentKey' },
      { keyArn: undefined },
      { encryption: AES256 },
      { encryption: AES256 },
      'encryption waits for the key of OptaEnvironment dev',
    ],
    [
      'stays encrypted by the key',
      { encryption: 'EnvironmentKey' },
      { keyArn: undefined },
      { encryption: byKey },
      { encryption: byKey },
      '',
    ],
  ])('holds up no bucket that is there: it %s', (_, spec, environment, has, wanted, told) => {
    const input = inputOf(kind, { spec: { replica, ...spec }, environment });
    const graph = kind.graph(input);
    const settings = { encryption: AES256, ...has };
    const seen = { ...allThere(graph), state: <S>() => ({ settings }) as S };
    for (const id of ['bucket', 'replica']) {
      const node = graph.find(one => one.id === id);
      const { logging: logs, ...rest } = at(node?.desired(seen), 'settings') as { logging?: object };
      if (environment.keyArn === undefined && 'keyArn' in environment) expect(rest).toMatchObject(wanted);
      else expect({ ...(logs === undefined ? {} : { logging: logs }) }).toEqual(wanted);
      expect(rest).toMatchObject({ publicAccess: 'Blocked', versioning: 'Enabled' });
      expect(node?.heldBack?.(seen)).toBe(told !== '');
    }
    const conditions = kind.conditions?.(input, { seen, written: {}, nodes: [], now: TODAY });
    expect(conditions).toEqual(
      told === ''
        ? []
        : [
            expect.objectContaining({
              status: 'False',
              message: `bucket: ${told}; replica: ${told}; all else is as the spec says`,
              notSynced: { reason: 'ChangeBlocked', needsPerson: false },
            }),
          ],
    );
  });

  test.each([
    ['log bucket', { logBucket: undefined }],
    ['key', { keyArn: undefined }],
  ])('lets a bucket that is not there wait for the %s, and its removal for nothing', (what, environment) => {
    const spec = { replica, encryption: 'EnvironmentKey', forceDestroy: true };
    const graph = kind.graph(inputOf(kind, { spec, environment }));
    const seen = { ...allThere(graph), state: () => undefined };
    for (const id of ['bucket', 'replica'])
      expect(graph.find(one => one.id === id)?.desired(seen)).toEqual({
        waitingFor: `the ${what} of OptaEnvironment dev`,
        leaving: { region: 'eu-central-1', forceDestroy: true },
      });
  });
});

describe('of an adopted bucket that encrypts by a key of others', () => {
  const KEY = 'arn:aws:kms:eu-central-1:111122223333:key/theirs';
  const grants = { adopt: [{ namespace: 'shop', kind: 'Bucket', ids: ['theirs'] }] };
  const adopt = { name: 'theirs' };

  /** What each of the nodes waits for; undefined: for nothing. */
  function waits(spec: object, of: { keyArn: string; isThere?: boolean; chosen?: string }) {
    const written = { replica, ...spec };
    const input = inputOf(kind, { spec: written, environment: { grants } });
    const whole = withDefaults(written, { encryption: of.chosen ?? 'EnvironmentKey' });
    const graph = kind.graph({ ...input, spec: whole });
    const encryption = { algorithm: 'aws:kms', keyArn: of.keyArn, bucketKey: true };
    const states: Readonly<Record<string, object | undefined>> = {
      bucket: { settings: { encryption } },
      replica: of.isThere === true ? { settings: { encryption } } : undefined,
    };
    const seen = { ...allThere(graph), state: <S>(node: string) => states[node] as S };
    const desired = (id: string) => graph.find(one => one.id === id)?.desired(seen);
    return ['bucket', 'replica', 'replication'].filter(id => isWaiting(desired(id)));
  }

  test.each<[string, object, Parameters<typeof waits>[1], readonly string[]]>([
    ['waits for a person', { adopt }, { keyArn: KEY }, ['replica', 'replication']],
    ['is looked after where it is there', { adopt }, { keyArn: KEY, isThere: true }, ['replication']],
    [
      'waits also where another default was chosen',
      { adopt },
      { keyArn: KEY, chosen: 'AES256' },
      ['replica', 'replication'],
    ],
    [
      'is made once the spec says by which, and copied to once the bucket is so',
      { adopt, encryption: 'AES256' },
      { keyArn: KEY },
      ['replication'],
    ],
    ['is made where that is the environment’s', { adopt }, { keyArn: ENVIRONMENT_KEY }, []],
    ['is made where the object made the bucket', {}, { keyArn: ENVIRONMENT_KEY }, []],
    ['is copied to by another key once the bucket has that', {}, { keyArn: KEY }, ['replication']],
  ])('a replica %s', (_, spec, of, waiting) => {
    expect(waits(spec, of)).toEqual(waiting);
  });

  test.each([
    ['AES256', ENVIRONMENT_KEY, [ENVIRONMENT_KEY]],
    ['AES256', KEY, []],
    ['EnvironmentKey', KEY, [ENVIRONMENT_KEY]],
  ] as const)('what copies may use the key that the bucket has still: to %s, from %s', (to, keyArn, may) => {
    const written = { replica, encryption: to };
    const graph = kind.graph(inputOf(kind, { spec: written }));
    const state = { settings: { encryption: { algorithm: 'aws:kms', keyArn, bucketKey: true } } };
    const seen = {
      ...allThere(graph),
      state: <S>(node: string) => (node === 'bucket' ? (state as S) : undefined),
    };
    const boundary = graph.find(one => one.id === 'boundary/replication')?.desired(seen);
    const keys = new Set(JSON.stringify(boundary).match(/arn:aws:kms:[^"]*:key[^"]*/g));
    expect([...keys]).toEqual(may);
  });
});

describe('versioning by default', () => {
  const off = {
    ...allThere([]),
    tags: () => ({}),
    state: <S>() => ({ settings: { versioning: 'Suspended' } }) as S,
  };
  const chosen = (spec: object) =>
    kind
      .defaults(spec, TODAY)
      .filter(one => one.field === 'versioning')
      .map(one => one.observed?.(off) ?? one.value);

  test('is what the bucket has, unless a replica is asked for', () => {
    expect(chosen({})).toEqual([false]);
    expect(chosen({ replica })).toEqual([true]);
  });
});

test('a bucket whose versioning was off before there was a replica is asked for it in the spec', () => {
  const input = (spec: object) => inputOf(kind, { spec: { replica, ...spec } });
  expect(kind.check(input({}), TODAY)).toBeUndefined();
  expect(kind.check(input({ versioning: false }), TODAY)).toEqual({
    field: 'spec.replica',
    reason: 'InvalidSpec',
    message: 'it needs versioning, which is off in this bucket: set spec.versioning: true',
  });
});
