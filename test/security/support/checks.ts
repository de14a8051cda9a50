import { parsePolicy, type Statement } from '../../../hack/bench/policy/document.ts';
import type { Context } from '../../../hack/bench/policy/pattern.ts';
import type { Principal } from '../../../hack/bench/policy/principal.ts';
import { ACCOUNT, REGION } from '../../support/world.ts';
import { ANYONE, decision, FOREIGN, OWNER, STRANGER, when } from './judge.ts';
import type { BucketSecurity, KeySecurity, Messaging, SecurityState } from './state.ts';

/**
 * The promises S16 to S19, word by word, as functions of what AWS has: each answers what does not hold, with the name of
 * the resource. They know the objects' tags and nothing else of the operator.
 */
export type Check = (state: SecurityState, asked?: Asked) => readonly string[];

/** What a test asked for in its specs, by the name of the object. */
export interface Asked {
  /** Buckets that are public by the environment's grant. */
  readonly publicBuckets?: readonly string[];
  /** Buckets, queues and topics with the environment's key. */
  readonly environmentKey?: readonly string[];
}

function objectOf({ tags }: { tags: Readonly<Record<string, string>> }): string {
  return tags['opta.dev/name'] ?? '';
}

export function isReplica({ tags }: { tags: Readonly<Record<string, string>> }): boolean {
  return tags['opta.dev/node'] === 'replica';
}

/** S16: private by default, and closed to everybody who is not of the account. */
export const s16: Check = ({ buckets }, asked = {}) =>
  buckets.flatMap(bucket => {
    // The second bucket of a public one is private.
    const isAsked = !isReplica(bucket) && asked.publicBuckets?.includes(objectOf(bucket)) === true;
    const problems = isAsked ? opened(bucket) : closed(bucket);
    const { acl, ownership } = bucket;
    const grants = acl.Grants ?? [];
    const onlyOwner =
      acl.Owner?.ID !== undefined && grants.every(grant => grant.Grantee?.ID === acl.Owner?.ID);
    return [
      ...problems,
      ...when(
        JSON.stringify(ownership) !== '["BucketOwnerEnforced"]',
        `ownership is ${JSON.stringify(ownership)}`,
      ),
      ...when(!onlyOwner || grants.length === 0, `its ACL grants others: ${JSON.stringify(grants)}`),
      ...strangersIn(bucket, isAsked),
    ].map(problem => `bucket ${bucket.name}: ${problem}`);
  });

function closed({ access = {}, isPublic }: BucketSecurity): readonly string[] {
  const four = ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'] as const;
  return [
    ...four.flatMap(name => when(access[name] !== true, `${name} is ${access[name]}`)),
    ...when(isPublic !== false, `its policy status is public: ${isPublic}`),
  ];
}

/** By policy only, never by ACLs. */
function opened({ access = {}, isPublic }: BucketSecurity): readonly string[] {
  return [
    ...(['BlockPublicAcls', 'IgnorePublicAcls'] as const).flatMap(name =>
      when(access[name] !== true, `${name} is ${access[name]}`),
    ),
    ...when(isPublic !== true, `it was asked to be public and is not: ${isPublic}`),
  ];
}

/**
 * Over TLS, which by itself lets nobody in. The logs of the account's load balancers are written for nobody in particular:
 * "Enable access logs for your Application Load Balancer" names no condition.
 */
function strangersIn({ name, policy }: BucketSecurity, isPublic: boolean): readonly string[] {
  const arn = `arn:aws:s3:::${name}`;
  const logs = `${arn}/AWSLogs/${ACCOUNT}/x`;
  const calls: readonly (readonly [string, string])[] = [
    ...(isPublic ? [] : [['s3:GetObject', `${arn}/key`] as const]),
    ['s3:PutObject', `${arn}/key`],
    ['s3:PutObject', `${arn}/AWSLogs/${FOREIGN}/x`],
    ['s3:PutObject', logs],
    ['s3:DeleteObject', `${arn}/key`],
    ['s3:ListBucket', arn],
    ['s3:GetBucketAcl', arn],
    ['s3:PutBucketPolicy', arn],
  ];
  const overTls = { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.2' };
  return [...FOREIGNERS, ...LOG_DELIVERY].flatMap(([who, principal, source]) =>
    calls
      .filter(([, resource]) => resource !== logs || principal !== LOAD_BALANCER_LOGS)
      .flatMap(([action, resource]) => {
        const answer = decision('s3', policy, principal, action, resource, { ...source, ...overTls });
        return when(answer === 'Allow', `${action} on ${resource} is allowed to ${who}`);
      }),
  );
}

/** S17: encrypted, and reached by TLS 1.2 or newer only; log buckets too. */
export const s17: Check = (state, asked = {}) =>
  state.buckets.flatMap(bucket => {
    const [rule, ...more] = bucket.encryption;
    const by = rule?.ApplyServerSideEncryptionByDefault;
    const withKey = asked.environmentKey?.includes(objectOf(bucket)) === true;
    const key = withKey ? environmentKeyOf(state)?.metadata.Arn : undefined;
    const wanted = withKey ? 'aws:kms' : 'AES256';
    return [
      ...when(
        by?.SSEAlgorithm !== wanted || more.length > 0,
        `encryption is ${by?.SSEAlgorithm}, not exactly ${wanted}`,
      ),
      ...when(by?.KMSMasterKeyID !== key, `its key is ${by?.KMSMasterKeyID}, not ${key}`),
      ...when(withKey && rule?.BucketKeyEnabled !== true, 'its bucket key is off'),
      ...transport(bucket),
    ].map(problem => `bucket ${bucket.name}: ${problem}`);
  });

function transport({ name, policy }: BucketSecurity): readonly string[] {
  const arn = `arn:aws:s3:::${name}`;
  const ways: readonly (readonly [string, Context])[] = [
    ['plain HTTP', { 'aws:SecureTransport': 'false' }],
    ['TLS 1.0', { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.0' }],
    ['TLS 1.1', { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.1' }],
  ];
  const tls12 = { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.2' };
  const calls: readonly (readonly [string, string])[] = [
    ['s3:GetObject', `${arn}/key`],
    ['s3:PutObject', `${arn}/key`],
    ['s3:ListBucket', arn],
    ['s3:PutBucketPolicy', arn],
  ];
  const decide = (principal: Principal, [action, resource]: readonly [string, string], context: Context) =>
    decision('s3', policy, principal, action, resource, context);
  const open = ways.flatMap(([way, context]) =>
    [OWNER, STRANGER, ANYONE].flatMap(principal =>
      calls.flatMap(call =>
        when(
          decide(principal, call, context) !== 'ExplicitDeny',
          `${call[0]} over ${way} is not denied to ${principal.arn ?? 'anyone'}`,
        ),
      ),
    ),
  );
  const shut = calls.flatMap(call =>
    when(decide(OWNER, call, tls12) !== 'Allow', `${call[0]} over TLS 1.2 is denied to its owner`),
  );
  return [...open, ...shut];
}

/** S18: queues with a personal KMS key each. */
export const s18: Check = (state, asked = {}) => [
  ...state.queues.flatMap(queue =>
    [
      ...encrypted(state, queue, asked),
      ...when(queue.attributes.SqsManagedSseEnabled === 'true', 'SqsManagedSseEnabled is true'),
      ...tlsOnly('sqs', 'sqs:SendMessage', queue),
      ...tlsOnly('sqs', 'sqs:ReceiveMessage', queue),
      ...bounded('its policy', queue.attributes.Policy),
      ...foreignSends('sqs', ['sqs:SendMessage', 'sqs:ReceiveMessage'], queue),
    ].map(problem => `queue ${queue.name}: ${problem}`),
  ),
  ...distinct(state, state.queues),
];

/** S19: topics the same. */
export const s19: Check = (state, asked = {}) => [
  ...state.topics.flatMap(topic =>
    [
      ...encrypted(state, topic, asked),
      ...tlsOnly('sns', 'sns:Publish', topic),
      ...bounded('its policy', topic.attributes.Policy ?? ''),
      ...foreignSends('sns', ['sns:Publish', 'sns:Subscribe'], topic),
    ].map(problem => `topic ${topic.name}: ${problem}`),
  ),
  ...distinct(state, [...state.topics, ...state.queues]),
];

/** S30: what every key of ours lets in. */
export const keyPolicies = ({ keys }: Pick<SecurityState, 'keys'>): readonly string[] =>
  keys.flatMap(key => {
    const statements = parsePolicy(key.policy).statements;
    return [
      ...bounded('its policy', key.policy),
      ...statements.flatMap(serviceProblems),
      ...foreignUse(key),
      ...when(!statements.some(isAccountRoot), 'the account cannot administer it'),
    ].map(problem => `key ${key.metadata.KeyId} (${objectOf(key)}): ${problem}`);
  });

function isAccountRoot({ effect, principal, actions, conditions }: Statement): boolean {
  const root = principal?.aws.includes(`arn:aws:iam::${ACCOUNT}:root`) === true;
  return effect === 'Allow' && root && actions?.includes('kms:*') === true && conditions.length === 0;
}

/** All that CloudWatch Logs says of whose group it is: "Encrypt log data using AWS KMS". */
const LOGS_CONTEXT = 'kms:EncryptionContext:aws:logs:arn';

/** It names no source to KMS ("Amazon EventBridge targets"): which rules may send is for the policy of the queue. */
const SOURCELESS = 'events.amazonaws.com';

/** Every service acts for this account and a named source only. */
function serviceProblems({ effect, principal, conditions }: Statement): readonly string[] {
  if (effect === 'Deny' || principal === undefined || principal.service.length === 0) return [];
  const names = (key: string) => conditions.some(one => one.key.toLowerCase() === key);
  const [service = ''] = principal.service;
  if (service.startsWith('logs.')) {
    const isNamed = names(LOGS_CONTEXT.toLowerCase());
    return when(!isNamed, `${service} may act for the log groups of any account`);
  }
  return [
    ...when(!names('aws:sourceaccount'), `${service} may act for any account`),
    ...when(
      service !== SOURCELESS && !names('aws:sourcearn'),
      `${service} may act for anything of the account`,
    ),
  ];
}

const LOGS: Principal = { type: 'service', service: `logs.${REGION}.amazonaws.com` };

type Foreigner = readonly [string, Principal, Context];

function service(name: string): Principal {
  return { type: 'service', service: `${name}.amazonaws.com` };
}

/** A service on behalf of another account, or on nobody's. */
function forOthers(name: string, principal: Principal, arn: string): readonly Foreigner[] {
  const source = { 'aws:SourceAccount': FOREIGN, 'aws:SourceArn': arn };
  return [
    [`${name} for another account`, principal, source],
    [`${name} for nobody`, principal, {}],
    [`anyone by ${name} of another account`, ANYONE, source],
  ];
}

/** People of other accounts, and services that send messages. */
const FOREIGNERS: readonly Foreigner[] = [
  ...forOthers('SNS', service('sns'), `arn:aws:sns:${REGION}:${FOREIGN}:x`),
  ...forOthers('S3', service('s3'), 'arn:aws:s3:::x'),
  ...forOthers('EventBridge', service('events'), `arn:aws:events:${REGION}:${FOREIGN}:rule/x`),
  ['a role of another account', STRANGER, {}],
  ['anyone', ANYONE, {}],
];

const LOAD_BALANCER_LOGS = service('logdelivery.elasticloadbalancing');

/** Services that write logs to buckets. */
const LOG_DELIVERY: readonly Foreigner[] = [
  ...forOthers('access logs of S3', service('logging.s3'), 'arn:aws:s3:::x'),
  ...forOthers('log delivery', service('delivery.logs'), `arn:aws:logs:${REGION}:${FOREIGN}:x`),
  ...forOthers(
    'logs of load balancers',
    LOAD_BALANCER_LOGS,
    `arn:aws:elasticloadbalancing:${REGION}:${FOREIGN}:loadbalancer/x`,
  ),
];

/** What sends messages for the account, and no object names it. */
const UNNAMED: readonly Foreigner[] = [
  [
    'SNS for another topic of the account',
    service('sns'),
    { 'aws:SourceAccount': ACCOUNT, 'aws:SourceArn': `arn:aws:sns:${REGION}:${ACCOUNT}:x` },
  ],
  [
    'S3 for another bucket of the account',
    service('s3'),
    { 'aws:SourceAccount': ACCOUNT, 'aws:SourceArn': 'arn:aws:s3:::x' },
  ],
];

/** Nobody of another account, and no service on its behalf. */
function foreignUse({ policy, metadata }: KeySecurity): readonly string[] {
  const foreign: readonly Foreigner[] = [
    ...FOREIGNERS,
    ['CloudWatch Logs for nobody', LOGS, {}],
    [
      'CloudWatch Logs for another account',
      LOGS,
      { [LOGS_CONTEXT]: `arn:aws:logs:${REGION}:${FOREIGN}:log-group:x` },
    ],
    [
      'CloudWatch Logs for another region',
      LOGS,
      { [LOGS_CONTEXT]: `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:x` },
    ],
    [
      'Auto Scaling of another account',
      { ...STRANGER, arn: `arn:aws:iam::${FOREIGN}:role/aws-service-role/autoscaling.amazonaws.com/x` },
      {},
    ],
  ];
  return foreign.flatMap(([who, principal, context]) =>
    when(
      decision('kms', policy, principal, 'kms:Decrypt', metadata.Arn ?? '', context) === 'Allow',
      `${who} may use it`,
    ),
  );
}

/** Over TLS, which by itself lets nobody in. */
function foreignSends(
  kind: 'sqs' | 'sns',
  actions: readonly string[],
  { arn, attributes }: Messaging,
): readonly string[] {
  return [...FOREIGNERS, ...UNNAMED].flatMap(([who, principal, source]) =>
    actions.flatMap(action => {
      const context = { ...source, 'aws:SecureTransport': 'true' };
      const isAllowed = decision(kind, attributes.Policy, principal, action, arn, context) === 'Allow';
      return when(isAllowed, `${action} is allowed to ${who}`);
    }),
  );
}

/** No Principal * without a condition, nor NotPrincipal, in whatever form. A queue without a policy has none of either. */
function bounded(what: string, policy: string | undefined): readonly string[] {
  if (policy === undefined || policy === '') return [];
  return parsePolicy(policy).statements.flatMap(({ sid, principal, notPrincipal, conditions }) =>
    when(
      (principal?.everyone === true || notPrincipal !== undefined) && conditions.length === 0,
      `${what} names everybody without a condition (${sid})`,
    ),
  );
}

function encrypted(state: SecurityState, one: Messaging, asked: Asked): readonly string[] {
  const shared = asked.environmentKey?.includes(objectOf(one)) === true;
  const key = keyOf(state, one.attributes.KmsMasterKeyId);
  if (key === undefined) return [`its key ${one.attributes.KmsMasterKeyId} is no customer key in use`];
  const owner = `${key.tags['opta.dev/kind']} ${key.tags['opta.dev/namespace']}/${objectOf(key)}`;
  const own = `${one.tags['opta.dev/kind']} ${one.tags['opta.dev/namespace']}/${objectOf(one)}`;
  return [
    ...when(key.metadata.KeyManager !== 'CUSTOMER', `its key is ${key.metadata.KeyManager}'s`),
    ...when(
      key.metadata.KeyState !== 'Enabled' || key.metadata.Enabled !== true,
      `its key is ${key.metadata.KeyState}`,
    ),
    ...when(key.isRotated !== true, 'its key is not rotated'),
    ...(shared
      ? when(key !== environmentKeyOf(state), `its key is of ${owner}, not the environment's`)
      : when(owner !== own, `its key is of ${owner}`)),
    ...(shared ? [] : aliasProblem(key, one)),
  ];
}

/** The alias reads as the queue: names end in six characters of a hash of their own. */
function aliasProblem(key: KeySecurity, one: Messaging): readonly string[] {
  const readable = (name: string) => name.replace(/\.fifo$/, '').replace(/-[a-z2-7]{6}$/, '');
  const wanted = readable(one.name).replace(/-dead-letter$/, '');
  const named = key.aliases.some(alias => readable(alias) === `alias/${wanted}`);
  return when(!named, `no alias of its key is named ${wanted}: ${key.aliases.join(', ') || '(none)'}`);
}

function keyOf({ keys }: SecurityState, id: string | undefined): KeySecurity | undefined {
  return keys.find(({ metadata }) => id !== undefined && (metadata.Arn === id || metadata.KeyId === id));
}

export function environmentKeyOf({ keys }: Pick<SecurityState, 'keys'>): KeySecurity | undefined {
  return keys.find(key => key.tags['opta.dev/kind'] === 'OptaEnvironment');
}

/** A key that two objects have is no personal one; the environment's is nobody's. */
function distinct(state: SecurityState, all: readonly Messaging[]): readonly string[] {
  const shared = environmentKeyOf(state)?.metadata.Arn;
  const users = new Map<string, Set<string>>();
  for (const one of all) {
    const key = one.attributes.KmsMasterKeyId ?? '';
    users.set(key, (users.get(key) ?? new Set()).add(`${one.tags['opta.dev/kind']} ${objectOf(one)}`));
  }
  return [...users].flatMap(([key, names]) =>
    when(names.size > 1 && key !== shared, `key ${key} is shared by ${[...names].join(', ')}`),
  );
}

function tlsOnly(kind: 'sqs' | 'sns', action: string, { arn, attributes }: Messaging): readonly string[] {
  return [OWNER, STRANGER, ANYONE].flatMap(principal =>
    when(
      decision(kind, attributes.Policy, principal, action, arn, { 'aws:SecureTransport': 'false' }) !==
        'ExplicitDeny',
      `${action} over plain HTTP is not denied to ${principal.arn ?? 'anyone'}`,
    ),
  );
}
