import { describe, expect, test } from 'vitest';
import type { PolicyInput } from '../../hack/bench/policy/document.ts';
import { evaluate } from '../../hack/bench/policy/evaluate.ts';
import { isPublicPolicy } from '../../hack/bench/policy/public.ts';
import { validate } from '../../hack/bench/policy/validate.ts';
import { bucketKind } from './bucket.ts';
import { withDefaults } from './defaults.ts';
import type { Grants, Kind } from './kind.ts';
import {
  ACCOUNT,
  allThere,
  at,
  ENVIRONMENT_KEY,
  inputOf,
  objectOf,
  resolved,
  TODAY,
} from './testing/graph.ts';

const kind = bucketKind as Kind;
const FOREIGN = '999999999999';
const CDN = 'cloudfront.amazonaws.com';
const IDENTITY = 'arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity EH1HDMB1FH2TC';

function check(spec: object, grants: Grants = {}) {
  return kind.check(inputOf(kind, { spec, environment: { grants } }), TODAY);
}

function statement(of: object): object {
  return {
    policyStatements: [
      { sid: 'Team', effect: 'Allow', principals: { aws: [ACCOUNT] }, actions: ['s3:GetObject'], ...of },
    ],
  };
}

function service(conditions: object): object {
  return statement({ principals: { services: [CDN] }, conditions });
}

/** A policy variable: `${aws:username}`. */
const variable = (name: string) => `$\{${name}}`;

const distribution = (account: string) => `arn:aws:cloudfront::${account}:distribution/E1`;

describe('a team may let in by itself', () => {
  test.each<[string, object]>([
    ['nobody', {}],
    ['its own account', statement({})],
    ['a role of its own account', statement({ principals: { aws: [`arn:aws:iam::${ACCOUNT}:role/app`] } })],
    ['a service for its own account', service({ StringEquals: { 'aws:SourceAccount': [ACCOUNT] } })],
    [
      'a service for its own account, in another case',
      service({ StringEquals: { 'AWS:sourceACCOUNT': [ACCOUNT] } }),
    ],
    [
      'a service for a distribution of its own',
      service({ ArnLike: { 'aws:SourceArn': [distribution(ACCOUNT)] } }),
    ],
    [
      'a service, bound by one of two conditions',
      service({ ArnLike: { 'aws:SourceArn': ['*'] }, StringEquals: { 'aws:SourceAccount': [ACCOUNT] } }),
    ],
  ])('%s', (_, spec) => {
    expect(check(spec)).toBeUndefined();
  });
});

describe('a team may not let in by itself', () => {
  const aws = 'spec.policyStatements[Team].principals.aws';
  const conditions = 'spec.policyStatements[Team].conditions';
  test.each<[string, object, string]>([
    ['another account', statement({ principals: { aws: [FOREIGN] } }), aws],
    ['its root', statement({ principals: { aws: [`arn:aws:iam::${FOREIGN}:root`] } }), aws],
    ['a role there', statement({ principals: { aws: [`arn:aws:iam::${FOREIGN}:role/app`] } }), aws],
    ['one of several', statement({ principals: { aws: [ACCOUNT, FOREIGN] } }), aws],
    [
      'another account, whatever the conditions',
      statement({
        principals: { aws: [FOREIGN] },
        conditions: { StringEquals: { 'aws:PrincipalAccount': [ACCOUNT] } },
      }),
      aws,
    ],
    [
      'its own number in another partition',
      statement({ principals: { aws: [`arn:aws-cn:iam::${ACCOUNT}:root`] } }),
      aws,
    ],
    ['an identity of CloudFront', statement({ principals: { aws: [IDENTITY] } }), aws],
    ['everybody', statement({ principals: { aws: ['*'] } }), aws],
    ['a service for anybody', statement({ principals: { services: [CDN] } }), conditions],
    [
      'a service for another account',
      service({ StringEquals: { 'aws:SourceAccount': [FOREIGN] } }),
      conditions,
    ],
    [
      'a service for one more account',
      service({ StringEquals: { 'aws:SourceAccount': [ACCOUNT, FOREIGN] } }),
      conditions,
    ],
    [
      'a service for its own account, and in another case for another one',
      service({ StringEquals: { 'aws:SourceAccount': [FOREIGN], 'aws:sourceaccount': [ACCOUNT] } }),
      conditions,
    ],
    [
      'a service for its own distribution, and in another case for any',
      service({
        ArnLike: { 'aws:sourcearn': [distribution(ACCOUNT)], 'aws:SourceArn': [distribution('*')] },
      }),
      conditions,
    ],
    [
      'a service for a pattern of accounts',
      service({ StringLike: { 'aws:SourceAccount': [ACCOUNT] } }),
      conditions,
    ],
    [
      'a service for whom a variable names',
      service({ StringEquals: { 'aws:SourceAccount': [variable('aws:SourceAccount')] } }),
      conditions,
    ],
    [
      'a service for a distribution of another account',
      service({ ArnLike: { 'aws:SourceArn': [distribution(FOREIGN)] } }),
      conditions,
    ],
    [
      'a service for any distribution',
      service({ ArnLike: { 'aws:SourceArn': [distribution('*')] } }),
      conditions,
    ],
    [
      'a service for part of a number',
      service({ ArnLike: { 'aws:SourceArn': [distribution('1111*')] } }),
      conditions,
    ],
    ['a service for everything', service({ ArnLike: { 'aws:SourceArn': ['*'] } }), conditions],
    [
      'a service for a bucket, whose ARN names no account',
      service({ ArnEquals: { 'aws:SourceArn': ['arn:aws:s3:::any'] } }),
      conditions,
    ],
    [
      'a service where nothing is said of the source',
      service({ StringEqualsIfExists: { 'aws:SourceAccount': [ACCOUNT] } }),
      conditions,
    ],
    [
      'a service for everybody but one',
      service({ StringNotEquals: { 'aws:SourceAccount': [FOREIGN] } }),
      conditions,
    ],
    [
      'a service for an organization',
      service({ StringEquals: { 'aws:SourceOrgID': ['o-abcdefghij'] } }),
      conditions,
    ],
    ['a public bucket', { publicRead: true }, 'spec.publicRead'],
  ])('%s', (_, spec, field) => {
    expect(check(spec)).toMatchObject({
      field,
      message: expect.stringMatching(/environment dev|SourceAccount/),
    });
  });
});

describe('a name', () => {
  const computed = String(at(resolved(kind, { spec: {} }), 'bucket.name'));
  const others = 'opta-prod-logs-abc234';
  test.each<[string, object, Grants]>([
    ['that is like no other', { name: 'opta-dev-images' }, {}],
    ['that the operator would give it anyway', { name: computed }, {}],
    [
      'of a bucket that it adopts',
      { name: others, adopt: {} },
      { adopt: [{ namespace: 'shop', kind: 'Bucket', ids: [others] }] },
    ],
    [
      'of a bucket that it adopted',
      { name: others },
      { adopt: [{ namespace: 'shop', kind: 'Bucket', ids: [others] }] },
    ],
  ])('%s is taken', (_, spec, grants) => {
    expect(check(spec, grants)).toBeUndefined();
  });

  test('that the operator gives, or may give to something else, is refused', () => {
    for (const name of [others, computed.replace('shop', 'bank'), 'opta-prod-bank-ledger-replica-abc234'])
      expect(check({ name })).toMatchObject({ field: 'spec.name', reason: 'InvalidSpec' });
  });
});

describe('notifications of the same event for the same keys', () => {
  const created = { events: ['s3:ObjectCreated:*'], queue: 'a' };
  const put = { events: ['s3:ObjectRemoved:*', 's3:ObjectCreated:Put'], topic: 'b' };
  test.each<[string, readonly object[], string | undefined]>([
    ['identical ones', [created, created], 's3:ObjectCreated:*'],
    ['one of all and one of some', [created, put], 's3:ObjectCreated:Put'],
    ['the other way round', [put, created], 's3:ObjectCreated:Put'],
    [
      'a prefix of a prefix',
      [
        { ...created, prefix: 'in/' },
        { ...put, prefix: 'in/a' },
      ],
      's3:ObjectCreated:Put',
    ],
    [
      'a prefix and a suffix',
      [
        { ...created, prefix: 'in/' },
        { ...put, suffix: '.jpg' },
      ],
      's3:ObjectCreated:Put',
    ],
    [
      'other prefixes',
      [
        { ...created, prefix: 'in/' },
        { ...put, prefix: 'out/' },
      ],
      undefined,
    ],
    [
      'other suffixes',
      [
        { ...created, suffix: '.jpg' },
        { ...put, suffix: '.png' },
      ],
      undefined,
    ],
    ['other events', [created, { ...put, events: ['s3:ObjectRemoved:*'] }], undefined],
  ])('%s', (_, notifications, event) => {
    const other = { events: ['s3:ObjectAcl:Put'], queue: 'c' };
    const problem = check({ notifications: [other, ...notifications] });
    if (event === undefined) expect(problem).toBeUndefined();
    else
      expect(problem).toEqual({
        field: 'spec.notifications[2]',
        reason: 'InvalidSpec',
        message: expect.stringContaining(
          `overlaps with spec.notifications[1] (both match ${event}). S3 sends`,
        ),
      });
  });
});

test('a filter of keys is sent encoded as S3 compares it, and an empty one not at all', () => {
  const filtered = (one: object) => {
    const notifications = [{ events: ['s3:ObjectCreated:*'], queue: 'a', ...one }];
    const nodes = resolved(kind, { spec: { notifications }, objects: [objectOf('Queue', 'a')] });
    const list = at(nodes, 'notifications.desired.configuration.QueueConfigurations');
    return at(list, '0.Filter.Key.FilterRules');
  };
  expect(filtered({ prefix: "in put/day=1/ü~!-_.*'()", suffix: '%3D+.txt' })).toEqual([
    { Name: 'prefix', Value: "in+put/day%3D1/%C3%BC%7E!-_.*'()" },
    { Name: 'suffix', Value: '%253D%2B.txt' },
  ]);
  expect(filtered({ prefix: '', suffix: '.txt' })).toEqual([{ Name: 'suffix', Value: '.txt' }]);
  expect(filtered({ prefix: '', suffix: '' })).toBeUndefined();
});

describe('the administrator may grant', () => {
  test.each<[string, object, Grants]>([
    ['an account', statement({ principals: { aws: [FOREIGN] } }), { principals: [FOREIGN] }],
    [
      'an account, and so its roles',
      statement({ principals: { aws: [`arn:aws:iam::${FOREIGN}:role/app`] } }),
      { principals: [FOREIGN] },
    ],
    [
      'a role',
      statement({ principals: { aws: [`arn:aws:iam::${FOREIGN}:role/app`] } }),
      { principals: [`arn:aws:iam::${FOREIGN}:role/app`] },
    ],
    ['an identity of CloudFront', statement({ principals: { aws: [IDENTITY] } }), { principals: [IDENTITY] }],
    [
      'an account, and so its distributions',
      service({ ArnLike: { 'aws:SourceArn': [distribution(FOREIGN)] } }),
      { principals: [FOREIGN] },
    ],
    ['public buckets to the namespace', { publicRead: true }, { publicBuckets: { namespaces: ['shop'] } }],
  ])('%s', (_, spec, grants) => {
    expect(check(spec, grants)).toBeUndefined();
  });

  test.each<[string, object, Grants]>([
    ['another account', statement({ principals: { aws: [FOREIGN] } }), { principals: ['888888888888'] }],
    [
      'a role, and not the account',
      statement({ principals: { aws: [FOREIGN] } }),
      { principals: [`arn:aws:iam::${FOREIGN}:role/app`] },
    ],
    [
      'an identity of CloudFront, and not another',
      statement({ principals: { aws: [`${IDENTITY}2`] } }),
      { principals: [IDENTITY] },
    ],
    [
      'a role, and not another',
      statement({ principals: { aws: [`arn:aws:iam::${FOREIGN}:role/app2`] } }),
      { principals: [`arn:aws:iam::${FOREIGN}:role/app`] },
    ],
    [
      'public buckets to another namespace',
      { publicRead: true },
      { publicBuckets: { namespaces: ['shop-2', ''] } },
    ],
    ['public buckets to nobody', { publicRead: true }, { publicBuckets: {} }],
  ])('%s, which is not this', (_, spec, grants) => {
    expect(check(spec, grants)).toBeDefined();
  });
});

describe('a Deny', () => {
  const everybody = { effect: 'Deny', principals: { aws: ['*'] } };
  test.each(['s3:DeleteObject', 's3:DeleteObject*', 's3:Delete*', 's3:AbortMultipartUpload'])(
    'of %s is refused with forceDestroy',
    action => {
      const spec = { forceDestroy: true, ...statement({ ...everybody, actions: [action] }) };
      expect(check(spec)).toMatchObject({
        field: 'spec.policyStatements[Team].actions',
        message: `this statement denies the operator ${action}, which forceDestroy needs to empty the bucket: remove the statement or forceDestroy`,
      });
      expect(check({ ...spec, forceDestroy: false })).toBeUndefined();
    },
  );
  test.each(['*', ACCOUNT, `arn:aws:iam::${ACCOUNT}:root`])('for %s is refused with forceDestroy', who => {
    const everything = { effect: 'Deny', principals: { aws: [who] }, actions: ['s3:Delete*'] };
    expect(check({ forceDestroy: true, ...statement(everything) })).toMatchObject({ reason: 'InvalidSpec' });
  });
  test('for a role of the account is not refused, and goes before the objects do: the operator might be that', () => {
    const principals = { aws: [`arn:aws:iam::${ACCOUNT}:role/app`] };
    const one = statement({ effect: 'Deny', principals, actions: ['s3:DeleteObject'] });
    const spec = { forceDestroy: true, ...one };
    expect(check(spec)).toBeUndefined();
    expect(at(resolved(kind, { spec }), 'bucket.desired')).toMatchObject({ keepsObjects: [{ Sid: 'Team' }] });
  });
  test('of deleting is what goes before the objects do, also while the bucket waits for something', () => {
    const { policyStatements } = statement({ ...everybody, actions: ['s3:Delete*'] }) as {
      policyStatements: object[];
    };
    const reading = { ...policyStatements[0], sid: 'Reading', actions: ['s3:GetObject'] };
    const spec = { forceDestroy: true, policyStatements: [...policyStatements, reading] };
    const keepsObjects = [{ Sid: 'Team', Effect: 'Deny', Principal: '*', Action: ['s3:Delete*'] }];
    expect(at(resolved(kind, { spec }), 'bucket.desired')).toMatchObject({ keepsObjects });
    const nodes = resolved(kind, { spec: { ...spec, publicRead: true } });
    expect(at(nodes, 'bucket.desired.leaving')).toMatchObject({ forceDestroy: true, keepsObjects });
    expect(at(resolved(kind, { spec: {} }), 'bucket.desired')).not.toHaveProperty('keepsObjects');
  });
  test.each<[string, object]>([
    ['of reading', statement({ ...everybody, actions: ['s3:GetObject'] })],
    [
      'for others',
      statement({ effect: 'Deny', principals: { aws: [FOREIGN] }, actions: ['s3:DeleteObject'] }),
    ],
  ])('%s is not about the operator', (_, spec) => {
    expect(check({ forceDestroy: true, ...spec })).toBeUndefined();
  });
});

test('the ids of a hundred notifications to a queue of the longest name are what S3 takes, and all different', () => {
  const longest = 'q'.repeat(253);
  const notifications = Array.from({ length: 100 }, () => ({
    events: ['s3:ObjectCreated:*'],
    queue: longest,
  }));
  const nodes = resolved(kind, { spec: { notifications }, objects: [objectOf('Queue', longest)] });
  const list = at(nodes, 'notifications.desired.configuration.QueueConfigurations') as { Id: string }[];
  expect(new Set(list.map(one => one.Id)).size).toBe(100);
  for (const { Id } of list) expect(Id.length).toBeLessThanOrEqual(255);
});

test('more statements than S3 takes are refused before S3 does', () => {
  const resources = Array.from({ length: 25 }, (_, index) => `/${'x'.repeat(1000)}${index}`);
  expect(check(statement({ resources }))).toMatchObject({
    field: 'spec.policyStatements',
    message: expect.stringMatching(/S3 takes 20480/),
  });
});

describe('an adopted bucket that encrypts by a key', () => {
  const KEY = 'arn:aws:kms:eu-central-1:111122223333:key/theirs';
  const environmentKey = { algorithm: 'aws:kms', keyArn: ENVIRONMENT_KEY };
  const theirs = { algorithm: 'aws:kms', keyArn: KEY, bucketKey: false };
  const twice = { ...theirs, algorithm: 'aws:kms:dsse' };
  const adopt = { name: 'theirs' };

  test.each<[string, object, object, object]>([
    ['of its own is left so', { adopt }, theirs, theirs],
    ['of S3 is left so', { adopt }, { algorithm: 'aws:kms' }, { algorithm: 'aws:kms' }],
    ['in two layers is left so', { adopt }, twice, twice],
    ['has what the spec says', { adopt, encryption: 'AES256' }, twice, { algorithm: 'AES256' }],
    ['has what the spec says of a key', { adopt, encryption: 'EnvironmentKey' }, twice, environmentKey],
    ['of its own is left so beside a replica', { adopt, replica: { mode: 'SameRegion' } }, theirs, theirs],
    ['any more does not lose it altogether', { adopt }, { algorithm: 'AES256' }, environmentKey],
    ['and was made by the object is as the object is', {}, theirs, environmentKey],
  ])('%s', (_, spec, encryption, expected) => {
    const grants = { adopt: [{ namespace: 'shop', kind: 'Bucket', ids: ['theirs'] }] };
    const input = inputOf(kind, { spec, environment: { grants } });
    // As it was chosen when the bucket was first seen.
    const graph = kind.graph({ ...input, spec: withDefaults(spec, { encryption: 'EnvironmentKey' }) });
    const seen = { ...allThere(graph), state: <S>() => ({ settings: { encryption } }) as S };
    const desired = graph.find(one => one.id === 'bucket')?.desired(seen);
    expect(at(desired, 'settings.encryption')).toEqual(expected);
  });
});

test('that a bucket is public by what an earlier object made needs the grant too, before anything is done', () => {
  const graph = kind.graph(inputOf(kind, { spec: { publicRead: true, forceDestroy: true } }));
  const desired = graph.find(one => one.id === 'bucket')?.desired(allThere(graph));
  expect(desired).toMatchObject({
    waitingFor: expect.stringMatching(
      /^a grant of spec.publicRead: .* does not grant public buckets to namespace shop/,
    ),
    // A withdrawn grant holds up no deletion.
    leaving: { forceDestroy: true },
  });
});

describe('a bucket that everybody is to read and that encrypts by a key', () => {
  const adopt = [{ namespace: 'shop', kind: 'Bucket', ids: ['theirs'] }];
  const environment = { grants: { adopt, publicBuckets: { namespaces: ['shop'] } } };
  const theirs = { algorithm: 'aws:kms', keyArn: 'arn:aws:kms:eu-central-1:111122223333:key/theirs' };
  const spec = { adopt: { name: 'theirs' }, publicRead: true };
  const message = expect.stringMatching(
    /publicRead needs encryption AES256.* set spec\.encryption: AES256, or/,
  );

  /** `chosen`: the default that is recorded. */
  function desired(written: object, encryption: object, chosen?: string) {
    const input = inputOf(kind, { spec: written, environment });
    const whole = withDefaults(written, { encryption: chosen ?? 'AES256' });
    const graph = kind.graph({ ...input, spec: whole });
    const seen = { ...allThere(graph), state: <S>() => ({ settings: { encryption } }) as S };
    return graph.find(one => one.id === 'bucket')?.desired(seen);
  }

  test('is refused by what was chosen when it was first seen', () => {
    const input = inputOf(kind, { spec, environment });
    const whole = { ...input, spec: withDefaults(spec, { encryption: 'EnvironmentKey' }) };
    expect(kind.check(whole, TODAY)).toEqual({ field: 'spec.encryption', reason: 'InvalidSpec', message });
    expect(kind.check(input, TODAY)).toBeUndefined();
  });

  test.each([
    ['in the pass that chooses it', 'EnvironmentKey'],
    ['when the key came by hand since', 'AES256'],
  ])('is not written %s, and its deletion goes on', (_, chosen) => {
    expect(desired(spec, theirs, chosen)).toMatchObject({
      waitingFor: expect.stringMatching(/^another spec\.encryption: publicRead needs/),
      needsPerson: true,
      leaving: { forceDestroy: false },
    });
  });

  test('is so no more with what the spec says', () => {
    expect(desired({ ...spec, encryption: 'AES256' }, theirs)).toMatchObject({
      settings: { publicAccess: 'PolicyAllowed', encryption: { algorithm: 'AES256' } },
    });
    expect(desired({ ...spec, publicRead: false }, theirs)).toMatchObject({
      settings: { publicAccess: 'Blocked', encryption: theirs },
    });
  });
});

describe('the bucket’s policy', () => {
  const environment = { grants: { publicBuckets: { namespaces: ['shop'] } } };
  const policyOf = (spec: object) =>
    at(resolved(kind, { spec, name: 'a', environment }), 'bucket.desired.settings.policy') as PolicyInput;
  const nameOf = (spec: object) => String(at(resolved(kind, { spec, name: 'a' }), 'bucket.name'));

  function decision(spec: object, tls: object, of: { action?: string; foreign?: boolean } = {}): string {
    const account = of.foreign === true ? FOREIGN : ACCOUNT;
    return evaluate({
      kind: 's3',
      policies: [{ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } }],
      resourcePolicy: policyOf(spec),
      request: {
        principal: { type: 'aws', accountId: account, arn: `arn:aws:iam::${account}:role/app` },
        action: of.action ?? 's3:GetObject',
        resource: `arn:aws:s3:::${nameOf(spec)}/key`,
        resourceAccountId: ACCOUNT,
        context: { ...tls },
      },
    }).decision;
  }
  const TLS12 = { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.2' };

  test.each<[string, object, string]>([
    ['TLS 1.2', TLS12, 'Allow'],
    ['TLS 1.3', { ...TLS12, 's3:TlsVersion': '1.3' }, 'Allow'],
    ['TLS 1.1', { ...TLS12, 's3:TlsVersion': '1.1' }, 'ExplicitDeny'],
    ['TLS 1.0', { ...TLS12, 's3:TlsVersion': '1.0' }, 'ExplicitDeny'],
    ['no TLS', { 'aws:SecureTransport': 'false' }, 'ExplicitDeny'],
  ])('over %s', (_, tls, expected) => {
    expect(decision({}, tls)).toBe(expected);
    const opened = statement({ principals: { aws: [FOREIGN] }, actions: ['s3:Get*'] });
    expect(decision(opened, tls, { foreign: true })).toBe(expected);
  });

  test('is never public without publicRead', () => {
    for (const spec of [
      {},
      statement({}),
      statement({ principals: { aws: [FOREIGN] } }),
      service({ StringEquals: { 'aws:SourceAccount': [ACCOUNT] } }),
    ])
      expect(isPublicPolicy(policyOf(spec))).toBe(false);
    expect(isPublicPolicy(policyOf({ publicRead: true }))).toBe(true);
  });

  test('lets everybody read the objects and nothing else with publicRead', () => {
    const anyone = (action: string, resource: string) =>
      evaluate({
        kind: 's3',
        resourcePolicy: policyOf({ publicRead: true }),
        request: {
          principal: { type: 'anonymous' },
          action,
          resource,
          resourceAccountId: ACCOUNT,
          context: TLS12,
        },
      }).decision;
    const arn = `arn:aws:s3:::${nameOf({ publicRead: true })}`;
    expect(anyone('s3:GetObject', `${arn}/key`)).toBe('Allow');
    expect(anyone('s3:ListBucket', arn)).toBe('ImplicitDeny');
    expect(anyone('s3:PutObject', `${arn}/key`)).toBe('ImplicitDeny');
    expect(anyone('s3:GetObjectVersion', `${arn}/key`)).toBe('ImplicitDeny');
  });

  test('a statement of a team is about this bucket only, whatever resources it gives', () => {
    const spec = statement({
      resources: ['', '/*', '/../other/*', '/arn:aws:s3:::other/*', `/${variable('aws:username')}/*`],
    });
    const name = nameOf(spec);
    expect(validate(policyOf(spec), { kind: 's3', resourceArn: `arn:aws:s3:::${name}` })).toEqual([]);
    const list = at(policyOf(spec), 'Statement.2.Resource') as string[];
    for (const resource of list) expect(resource).toMatch(new RegExp(`^arn:aws:s3:::${name}(/|$)`));
  });
});

describe('a bucket of this object that is on no record', () => {
  const settings = { encryption: { algorithm: 'AES256' }, versioning: 'Off', logging: undefined };
  const made = { ...settings, policy: { Statement: [] } };
  const OURS = { 'opta.dev/installation': 'test' };
  const today = ['AES256', true, 'Enabled', 30, 60, 90, 7, 0];
  const asItIs = ['AES256', false, 'Disabled', 0, 0, 0, 0, 0];

  test.each<readonly [string, object, Readonly<Record<string, string>>, readonly unknown[]]>([
    ['goes on as it is', made, OURS, asItIs],
    ['is finished as a new one where it is half made', settings, OURS, today],
    ['goes on as others left it', settings, { ...OURS, 'opta.dev/adopted': 'yes' }, asItIs],
    ['goes on as it is where it is to be adopted', settings, {}, asItIs],
  ])('%s', (_, has, tags, values) => {
    const seen = { ...allThere([]), tags: () => tags, state: <S>() => ({ settings: has }) as S };
    const chosen = kind
      .defaults({}, TODAY)
      .filter(({ field }) => field !== 'publicRead' && field !== 'forceDestroy')
      .map(one => one.observed?.(seen) ?? one.value);
    expect(chosen).toEqual(values);
  });
});

test('an empty list of other origins is asked for as it is written: it takes away what an adopted bucket lets in', () => {
  const corsOf = (spec: object) => at(resolved(bucketKind as Kind, { spec }), 'bucket.desired.settings.cors');
  expect([corsOf({}), corsOf({ cors: [] })]).toEqual([undefined, []]);
});
