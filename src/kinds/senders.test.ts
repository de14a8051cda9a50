import { describe, expect, test } from 'vitest';
import type { PolicyInput, PolicyKind } from '../../hack/bench/policy/document.ts';
import { evaluate } from '../../hack/bench/policy/evaluate.ts';
import type { Context } from '../../hack/bench/policy/pattern.ts';
import type { Principal } from '../../hack/bench/policy/principal.ts';
import { includesStatement } from '../aws/access.ts';
import type { PolicyDocument } from '../aws/policy.ts';
import type { SenderAccessDesired } from '../aws/sqs/sender-access.ts';
import { bucketKind } from './bucket.ts';
import { environmentKind } from './environment/environment.ts';
import type { Kind, ReferrerOf, SpecOf } from './kind.ts';
import { queueKind } from './queue.ts';
import { ACCOUNT, allThere, at, type Given, inputOf, objectOf, resolved } from './testing/graph.ts';
import { topicKind } from './topic.ts';

const FOREIGN = '999999999999';
const SNS: Principal = { type: 'service', service: 'sns.amazonaws.com' };
const S3: Principal = { type: 'service', service: 's3.amazonaws.com' };
const EVENTS: Principal = { type: 'service', service: 'events.amazonaws.com' };
const LAMBDA: Principal = { type: 'service', service: 'lambda.amazonaws.com' };
const ANONYMOUS: Principal = { type: 'anonymous' };
const OWN_ROLE: Principal = { type: 'aws', accountId: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:role/app` };
const OWN_ROOT: Principal = { type: 'aws', accountId: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:root` };
const FOREIGN_ROLE: Principal = { type: 'aws', accountId: FOREIGN, arn: `arn:aws:iam::${FOREIGN}:role/app` };

const events = objectOf('Topic', 'events', { subscriptions: [{ queue: 'orders' }] });
const uploads = objectOf('Bucket', 'uploads', { name: 'team-uploads' });
const TOPIC_ARN = topicArnOf(events);
const BUCKET_ARN = 'arn:aws:s3:::team-uploads';
const RULE_ARN = `arn:aws:events:eu-central-1:${ACCOUNT}:rule/nightly`;

function topicArnOf(topic: SpecOf): string {
  const nodes = resolved(topicKind as Kind, {
    spec: topic.spec,
    name: topic.name,
    namespace: topic.namespace,
  });
  return `arn:aws:sns:eu-central-1:${ACCOUNT}:${nodes.topic?.name}`;
}

function from(arn: string, account = ACCOUNT, secure = 'true'): Context {
  return { 'aws:SourceArn': arn, 'aws:SourceAccount': account, 'aws:SecureTransport': secure };
}

/** Somebody's request, and whether it may pass. */
type Case = readonly [string, Principal, Context, 'Allow' | 'ImplicitDeny' | 'ExplicitDeny'];

/** One table for everything that Topics and Buckets send to. */
const FOR_TOPIC: readonly Case[] = [
  ['the Topic that names it', SNS, from(TOPIC_ARN), 'Allow'],
  ['another topic of the account', SNS, from(`${TOPIC_ARN}x`), 'ImplicitDeny'],
  [
    'a topic of the same name in another account',
    SNS,
    from(TOPIC_ARN.replace(ACCOUNT, FOREIGN), FOREIGN),
    'ImplicitDeny',
  ],
  [
    'a topic of the same name in another region',
    SNS,
    from(TOPIC_ARN.replace('eu-central-1', 'us-east-1')),
    'ImplicitDeny',
  ],
  ['the same topic, called by another account', SNS, from(TOPIC_ARN, FOREIGN), 'ImplicitDeny'],
  ['SNS without saying for whom', SNS, { 'aws:SecureTransport': 'true' }, 'ImplicitDeny'],
  ['SNS for an account only', SNS, { 'aws:SourceAccount': ACCOUNT }, 'ImplicitDeny'],
  ['S3 in the name of the topic', S3, from(TOPIC_ARN), 'ImplicitDeny'],
  ['another service', LAMBDA, from(TOPIC_ARN), 'ImplicitDeny'],
  ['the bucket that does not name it', S3, from(BUCKET_ARN), 'ImplicitDeny'],
  ['EventBridge', EVENTS, from(RULE_ARN), 'ImplicitDeny'],
  ['nobody in particular', ANONYMOUS, { 'aws:SecureTransport': 'true' }, 'ImplicitDeny'],
  ['a role of another account', FOREIGN_ROLE, { 'aws:SecureTransport': 'true' }, 'ImplicitDeny'],
];

const FOR_BUCKET: readonly Case[] = [
  ['the Bucket that names it', S3, from(BUCKET_ARN), 'Allow'],
  ['another bucket', S3, from(`${BUCKET_ARN}-2`), 'ImplicitDeny'],
  ['a bucket of that name, called by another account', S3, from(BUCKET_ARN, FOREIGN), 'ImplicitDeny'],
  ['S3 without saying for whom', S3, { 'aws:SecureTransport': 'true' }, 'ImplicitDeny'],
  ['SNS in the name of the bucket', SNS, from(BUCKET_ARN), 'ImplicitDeny'],
  ['a topic that does not name it', SNS, from(TOPIC_ARN), 'ImplicitDeny'],
];

const PLAINTEXT: readonly Case[] = [
  ['the Topic over plain HTTP', SNS, from(TOPIC_ARN, ACCOUNT, 'false'), 'ExplicitDeny'],
  ['the account’s root over plain HTTP', OWN_ROOT, { 'aws:SecureTransport': 'false' }, 'ExplicitDeny'],
  ['nobody in particular over plain HTTP', ANONYMOUS, { 'aws:SecureTransport': 'false' }, 'ExplicitDeny'],
];

const FOR_NOBODY: readonly Case[] = [...FOR_TOPIC, ...FOR_BUCKET].map(
  ([who, principal, context, decision]) => [
    who,
    principal,
    context,
    decision === 'Allow' ? 'ImplicitDeny' : decision,
  ],
);

const FOR_EVENTS: readonly Case[] = [
  ['a rule of the account and region', EVENTS, from(RULE_ARN), 'Allow'],
  ['a rule of another account', EVENTS, from(RULE_ARN.replace(ACCOUNT, FOREIGN), FOREIGN), 'ImplicitDeny'],
  ['a rule of another region', EVENTS, from(RULE_ARN.replace('eu-central-1', 'us-east-1')), 'ImplicitDeny'],
  ['a rule, called by another account', EVENTS, from(RULE_ARN, FOREIGN), 'ImplicitDeny'],
  [
    'something of EventBridge that is no rule',
    EVENTS,
    from(RULE_ARN.replace('rule/', 'archive/')),
    'ImplicitDeny',
  ],
  ['EventBridge without saying for whom', EVENTS, {}, 'ImplicitDeny'],
];

/** It says no more to KMS; which rules may send is for the queue's policy. */
const FOR_EVENTS_OF_ACCOUNT: readonly Case[] = [
  ['EventBridge for the account', EVENTS, { 'aws:SourceAccount': ACCOUNT }, 'Allow'],
  ['EventBridge for a rule of the account', EVENTS, from(RULE_ARN), 'Allow'],
  ['EventBridge for another account', EVENTS, from(RULE_ARN, FOREIGN), 'ImplicitDeny'],
  ['EventBridge without saying for whom', EVENTS, {}, 'ImplicitDeny'],
];

interface Guarded {
  readonly title: string;
  readonly kind: Kind;
  readonly given: Given;
  /** Where the policy is. */
  readonly at: string;
  readonly policyKind: PolicyKind;
  readonly action: string;
  readonly resource: string;
  readonly cases: readonly Case[];
}

const queue = queueKind as Kind;
const topic = topicKind as Kind;
const resources = {
  sqs: `arn:aws:sqs:eu-central-1:${ACCOUNT}:x`,
  sns: `arn:aws:sns:eu-central-1:${ACCOUNT}:x`,
  kms: `arn:aws:kms:eu-central-1:${ACCOUNT}:key/x`,
};

function queueRow(title: string, given: Partial<Given>, cases: readonly Case[], node = 'queue'): Guarded {
  const at = `[${node}].desired.attributes.Policy`;
  return {
    title,
    kind: queue,
    given: { spec: {}, ...given },
    at,
    policyKind: 'sqs',
    action: 'sqs:SendMessage',
    resource: resources.sqs,
    cases,
  };
}

function topicRow(title: string, given: Partial<Given>, cases: readonly Case[]): Guarded {
  const at = 'topic.desired.attributes.Policy';
  return {
    title,
    kind: topic,
    given: { spec: {}, ...given },
    at,
    policyKind: 'sns',
    action: 'sns:Publish',
    resource: resources.sns,
    cases,
  };
}

function keyRow(title: string, kind: Kind, given: Partial<Given>, cases: readonly Case[]): Guarded {
  return {
    title,
    kind,
    given: { spec: {}, ...given },
    at: 'key.desired.policy',
    policyKind: 'kms',
    action: 'kms:GenerateDataKey',
    resource: resources.kms,
    cases,
  };
}

const BY_ACCOUNT: readonly Case[] = [
  ['a topic of the account', SNS, from(`${TOPIC_ARN}x`), 'Allow'],
  ['a bucket of the account', S3, from(`${BUCKET_ARN}-2`), 'Allow'],
  ...FOR_EVENTS_OF_ACCOUNT,
  ['a topic of another account', SNS, from(TOPIC_ARN.replace(ACCOUNT, FOREIGN), FOREIGN), 'ImplicitDeny'],
  ['a topic of the account, called by another', SNS, from(TOPIC_ARN, FOREIGN), 'ImplicitDeny'],
  ['a topic of another region', SNS, from(TOPIC_ARN.replace('eu-central-1', 'us-east-1')), 'ImplicitDeny'],
  ['a bucket of another account', S3, from(BUCKET_ARN, FOREIGN), 'ImplicitDeny'],
  ['SNS without saying for whom', SNS, {}, 'ImplicitDeny'],
  ['SNS for an ARN only', SNS, { 'aws:SourceArn': TOPIC_ARN }, 'ImplicitDeny'],
  ['another service', LAMBDA, from(TOPIC_ARN), 'ImplicitDeny'],
  ['a role of another account', FOREIGN_ROLE, {}, 'ImplicitDeny'],
  ['nobody in particular', ANONYMOUS, {}, 'ImplicitDeny'],
];

const TABLE: readonly Guarded[] = [
  queueRow('a Queue that a Topic names', { referrers: [events] }, [...FOR_TOPIC, ...PLAINTEXT]),
  queueRow(
    'a Queue that a Bucket names',
    { referrers: [uploads] },
    FOR_BUCKET.filter(([who]) => !who.startsWith('a topic')),
  ),
  queueRow('a Queue that nobody names', {}, [...FOR_NOBODY, ...PLAINTEXT]),
  queueRow('a Queue that accepts EventBridge', { spec: { acceptEventBridge: true } }, [
    ...FOR_EVENTS,
    ...FOR_NOBODY.filter(([who]) => who !== 'EventBridge'),
  ]),
  queueRow(
    'the dead-letter queue of one that a Topic names',
    { referrers: [events] },
    [...FOR_NOBODY, ...PLAINTEXT],
    'dead-letter',
  ),
  topicRow('a Topic that a Bucket names', { referrers: [uploads] }, [...FOR_BUCKET, ...PLAINTEXT]),
  topicRow('a Topic that nobody names', {}, [...FOR_NOBODY, ...PLAINTEXT]),
  keyRow('the key of a Queue that a Topic names', queue, { referrers: [events] }, FOR_TOPIC),
  keyRow('the key of a Queue that a Bucket names', queue, { referrers: [uploads] }, FOR_BUCKET),
  keyRow('the key of a Queue that nobody names', queue, {}, FOR_NOBODY),
  keyRow(
    'the key of a Queue that accepts EventBridge',
    queue,
    { spec: { acceptEventBridge: true } },
    FOR_EVENTS_OF_ACCOUNT,
  ),
  keyRow('the key of a Topic that a Bucket names', topic, { referrers: [uploads] }, FOR_BUCKET),
  keyRow('the key of a Topic that nobody names', topic, {}, FOR_NOBODY),
  keyRow('the environment’s key', environmentKind as Kind, {}, BY_ACCOUNT),
];

describe.each(TABLE)(
  '$title is open to',
  ({ kind, given, at: path, policyKind, action, resource, cases }) => {
    const nodes = resolved(kind, given);
    const policy = at(nodes, path) as PolicyInput;
    // The policy names the resource itself; what it is called is another test's.
    const own = String(at(policy, 'Statement.0.Resource') ?? resource);
    const request = policyKind === 'kms' ? resource : own;

    test.each(cases)('%s: %j', (_, principal, context, decision) => {
      const answer = evaluate({
        kind: policyKind,
        resourcePolicy: policy,
        request: { principal, action, resource: request, context },
      });
      expect(answer.decision).toBe(decision);
    });
  },
);

describe('a role of the account', () => {
  const identity = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } };
  test.each(TABLE)(
    'may use $title where IAM lets it, and only then',
    ({ kind, given, at: path, policyKind, action, resource }) => {
      const policy = at(resolved(kind, given), path) as PolicyInput;
      const own = policyKind === 'kms' ? resource : String(at(policy, 'Statement.0.Resource'));
      const request = {
        principal: OWN_ROLE,
        action,
        resource: own,
        context: { 'aws:SecureTransport': 'true' },
      };
      expect(evaluate({ kind: policyKind, resourcePolicy: policy, request }).decision).toBe('ImplicitDeny');
      expect(
        evaluate({ kind: policyKind, resourcePolicy: policy, policies: [identity], request }).decision,
      ).toBe('Allow');
    },
  );
});

describe('both sides of a link say the same', () => {
  test.each<[string, Kind, Given, string, Kind, Given, string]>([
    [
      'Topic to Queue',
      topic,
      { spec: events.spec, name: 'events', objects: [objectOf('Queue', 'orders')] },
      '[access/queue/orders].desired',
      queue,
      { spec: {}, name: 'orders', referrers: [events] },
      'queue',
    ],
    [
      'Bucket to Queue',
      bucketKind as Kind,
      {
        spec: { ...uploads.spec, notifications: [{ events: ['s3:ObjectCreated:*'], queue: 'orders' }] },
        name: 'uploads',
        objects: [objectOf('Queue', 'orders')],
      },
      '[access/queue/orders].desired',
      queue,
      { spec: {}, name: 'orders', referrers: [uploads] },
      'queue',
    ],
    [
      'Bucket to Topic',
      bucketKind as Kind,
      {
        spec: { ...uploads.spec, notifications: [{ events: ['s3:ObjectCreated:*'], topic: 'events' }] },
        name: 'uploads',
        objects: [objectOf('Topic', 'events')],
      },
      '[access/topic/events].desired',
      topic,
      { spec: {}, name: 'events', referrers: [uploads] },
      'topic',
    ],
  ])('%s', (_, sender, sent, access, receiver, received, node) => {
    const wanted = at(resolved(sender, sent), access);
    const nodes = resolved(receiver, received);
    expect(at(nodes, `${node}.desired.attributes.Policy.Statement`)).toContainEqual(
      at(wanted, `${node}Statement`),
    );
    expect(at(nodes, 'key.desired.policy.Statement')).toContainEqual(at(wanted, 'keyStatements.0'));
    // With the environment's key the link is by service and account.
    const shared = at(resolved(environmentKind as Kind, { spec: {} }), 'key.desired.policy.Statement');
    expect(shared).toContainEqual(at(wanted, 'keyStatements.1'));
  });

  test.each(['worker-1 worker1', 'a.b a-b', 'a-b ab', `${'x'.repeat(200)}a ${'x'.repeat(200)}b`])(
    'senders whose names differ in little have statements of their own: %s',
    names => {
      const referrers = names.split(' ').map(name => objectOf('Topic', name));
      const statements = at(
        resolved(queue, { spec: {}, referrers }),
        'queue.desired.attributes.Policy.Statement',
      );
      const sids = (statements as { Sid: string }[]).map(one => one.Sid);
      expect(new Set(sids).size).toBe(3);
      for (const sid of sids) expect(sid).toMatch(/^[A-Za-z0-9]{1,80}$/);
    },
  );

  test.each([
    ['Topics', 40, 0],
    ['Topics and Buckets', 20, 20],
  ])('a queue that many %s send to opens itself to each, within what SQS takes', (_, topics, buckets) => {
    const kinds = [...Array(topics).fill('Topic'), ...Array(buckets).fill('Bucket')];
    const referrers = kinds.map((kind, index) => objectOf(kind, `sender-${index}`));
    const nodes = resolved(queue, { spec: { acceptEventBridge: true }, referrers });
    const policy = at(nodes, 'queue.desired.attributes.Policy') as PolicyDocument;
    const key = at(nodes, 'key.desired.policy') as PolicyDocument;
    // Amazon SQS Developer Guide, "Amazon SQS policy quotas".
    expect(policy.Statement.length).toBeLessThanOrEqual(20);
    expect(JSON.stringify(policy).length).toBeLessThanOrEqual(8192);
    for (const referrer of referrers) {
      const [kind, spec] =
        referrer.kind === 'Topic'
          ? [topic, { subscriptions: [{ queue: 'orders' }] }]
          : [bucketKind as Kind, { notifications: [{ events: ['s3:ObjectCreated:*'], queue: 'orders' }] }];
      const objects = [objectOf('Queue', 'orders')];
      const sent = resolved(kind, { spec, name: referrer.name, objects });
      const wanted = at(sent, '[access/queue/orders].desired') as SenderAccessDesired;
      expect(includesStatement(JSON.stringify(policy), wanted.queueStatement)).toBe(true);
      expect(wanted.keyStatements.some(one => includesStatement(JSON.stringify(key), one))).toBe(true);
    }
    const stranger = {
      spec: { subscriptions: [{ queue: 'orders' }] },
      name: 'x',
      objects: [objectOf('Queue', 'orders')],
    };
    const other = at(resolved(topic, stranger), '[access/queue/orders].desired') as SenderAccessDesired;
    expect(includesStatement(JSON.stringify(policy), other.queueStatement)).toBe(false);
  });
});

describe('whom a policy lets in already', () => {
  const named = { subscriptions: [{ queue: 'orders' }] };
  const LEGACY = `arn:aws:sns:eu-central-1:${ACCOUNT}:legacy`;
  const GRANTED = { grants: { adopt: [{ namespace: 'shop', kind: 'Topic', ids: ['legacy'] }] } };
  const OWN = topicArnOf(objectOf('Topic', 'events', named));
  const FIFO = topicArnOf(objectOf('Topic', 'events', { ...named, fifo: true }));
  const adopting = { ...objectOf('Topic', 'events', { ...named, adopt: { name: 'legacy' } }) };

  /** The topics that policy and key of a queue let in, where both let in these before. */
  function letIn(
    referrer: ReferrerOf,
    before: readonly string[],
    { environment = {}, spec = {} }: { environment?: object; spec?: object } = {},
  ) {
    const input = inputOf(queue, { spec, referrers: [referrer], environment });
    const graph = queue.graph(input);
    const statement = (Sid: string) => ({
      Sid,
      Effect: 'Allow',
      Principal: { Service: 'sns.amazonaws.com' },
      Condition: { ArnEquals: { 'aws:SourceArn': before } },
    });
    const policy = JSON.stringify({ Statement: before.length === 0 ? [] : [statement('A')] });
    const states: Readonly<Record<string, object>> = {
      queue: { attributes: { Policy: policy } },
      key: { policy },
    };
    const seen = { ...allThere(graph), state: <S>(id: string) => states[id] as S | undefined };
    const sources = (statements: unknown) =>
      (statements as PolicyDocument['Statement']).flatMap(
        one => one.Condition?.ArnEquals?.['aws:SourceArn'] ?? [],
      );
    const desired = (id: string) => graph.find(one => one.id === id)?.desired(seen);
    const inQueue = sources(JSON.parse(String(at(desired('queue'), 'attributes.Policy'))).Statement);
    expect(sources(at(desired('key'), 'policy.Statement'))).toEqual(inQueue);
    return inQueue;
  }

  test.each<[string, ReferrerOf, readonly string[], object, readonly string[]]>([
    ['who names it is let in', objectOf('Topic', 'events', named), [], {}, [OWN]],
    ['as what it adopted', adopting, [], GRANTED, [LEGACY]],
    ['not as what it was never granted', adopting, [], {}, [OWN]],
    ['as what it adopted, once the grant is withdrawn', adopting, [LEGACY], {}, [OWN, LEGACY]],
    [
      'as what it adopted, by its record, where the spec has forgotten that',
      { ...objectOf('Topic', 'events', named), names: ['legacy'] },
      [LEGACY],
      {},
      [OWN, LEGACY],
    ],
    [
      'nobody by what a record says alone',
      { ...objectOf('Topic', 'events', named), names: ['legacy'] },
      [],
      {},
      [OWN],
    ],
    [
      'as it was until it is fifo',
      objectOf('Topic', 'events', { ...named, fifo: true }),
      [OWN],
      {},
      [FIFO, OWN],
    ],
    [
      'who names it no more and is subscribed',
      { ...objectOf('Topic', 'events'), lingers: true },
      [OWN],
      {},
      [OWN],
    ],
    [
      'who names it no more and was never let in',
      { ...objectOf('Topic', 'events'), lingers: true },
      [],
      {},
      [],
    ],
    [
      'who names it no more, as what it adopted, once the grant is withdrawn',
      { ...adopting, lingers: true },
      [LEGACY],
      {},
      [LEGACY],
    ],
    ['nobody else who is let in', objectOf('Topic', 'events', named), [`${OWN}x`], {}, [OWN]],
  ])('%s', (_, referrer, before, environment, expected) => {
    expect(letIn(referrer, before, { environment })).toEqual([...expected].sort());
  });

  const uploading = objectOf('Bucket', 'uploads', { name: 'team-uploads' });
  test.each<[string, ReferrerOf, readonly string[], readonly string[]]>([
    ['a topic that is so, too', objectOf('Topic', 'events', { ...named, fifo: true }), [], [FIFO]],
    ['no other topic, which could not send to it', objectOf('Topic', 'events', named), [], []],
    ['no bucket either', uploading, [], []],
    ['who sends to the queue that it replaces', objectOf('Topic', 'events', named), [OWN], [OWN]],
    [
      'also where that is to be so, too',
      objectOf('Topic', 'events', { ...named, fifo: true }),
      [OWN],
      [FIFO, OWN],
    ],
  ])('a queue that is first in, first out lets in %s', (_, referrer, before, expected) => {
    expect(letIn(referrer, before, { spec: { fifo: true } })).toEqual([...expected].sort());
  });

  test('a topic does so too, by its policy and by its key', () => {
    const referrers = [
      { ...objectOf('Bucket', 'uploads', { name: 'team-uploads' }), lingers: true as const },
    ];
    const graph = topic.graph(inputOf(topic, { spec: {}, referrers }));
    const statement = {
      Effect: 'Allow',
      Principal: { Service: ['s3.amazonaws.com'] },
      Condition: { ArnEquals: { 'aws:SourceArn': [BUCKET_ARN] } },
    };
    const policy = JSON.stringify({ Statement: [statement] });
    const text = (states: Readonly<Record<string, object>>) =>
      ['topic', 'key'].map(id =>
        JSON.stringify(
          graph
            .find(one => one.id === id)
            ?.desired({ ...allThere(graph), state: <S>(node: string) => states[node] as S }),
        ).includes(BUCKET_ARN),
      );
    expect(text({ topic: { attributes: { Policy: policy } }, key: { policy } })).toEqual([true, true]);
    expect(text({ topic: { attributes: {} }, key: { policy: '' } })).toEqual([false, false]);
    // By another service, or denied: that is not let in.
    for (const other of [
      { Principal: { Service: 'sns.amazonaws.com' } },
      { Effect: 'Deny' },
      { Principal: '*' },
    ]) {
      const not = JSON.stringify({ Statement: [{ ...statement, ...other }] });
      expect(text({ topic: { attributes: { Policy: not } }, key: { policy: not } })).toEqual([false, false]);
    }
  });
});

describe('what was not first in, first out before', () => {
  const orders = (spec: object) => objectOf('Queue', 'orders', spec);
  const toOrders = { subscriptions: [{ queue: 'orders' }] };
  const FIFO = { fifo: true };
  const granted = { grants: { adopt: [{ namespace: 'shop', kind: 'Queue', ids: ['old.fifo'] }] } };
  /** Kind, node, the spec, how many names it had before. */
  test.each<[Kind, string, Given, number]>([
    [queueKind as Kind, 'queue', { spec: {} }, 0],
    [queueKind as Kind, 'queue', { spec: FIFO }, 1],
    [queueKind as Kind, 'dead-letter', { spec: {} }, 0],
    [queueKind as Kind, 'dead-letter', { spec: FIFO }, 1],
    [queueKind as Kind, 'queue', { spec: { ...FIFO, adopt: { name: 'old.fifo' } }, environment: granted }, 0],
    [topicKind as Kind, 'topic', { spec: {} }, 0],
    [topicKind as Kind, 'topic', { spec: FIFO }, 1],
    [topicKind as Kind, 'subscription/orders', { spec: toOrders }, 0],
    [topicKind as Kind, 'subscription/orders', { spec: toOrders, objects: [orders({})] }, 0],
    [topicKind as Kind, 'subscription/orders', { spec: toOrders, objects: [orders(FIFO)] }, 1],
    [topicKind as Kind, 'subscription/orders', { spec: { ...toOrders, ...FIFO }, objects: [orders({})] }, 1],
    [
      topicKind as Kind,
      'subscription/orders',
      { spec: { ...toOrders, ...FIFO }, objects: [orders(FIFO)] },
      3,
    ],
  ])('%# is looked for under the names that it had then', (kind, id, given, had) => {
    const before = resolved(kind, {
      ...given,
      spec: { ...given.spec, fifo: false },
      objects: (given.objects ?? []).map(one => ({ ...one, spec: { ...one.spec, fifo: false } })),
    });
    const { name, formerNames = [] } = resolved(kind, given)[id] ?? {};
    expect([formerNames.length, new Set([name, ...formerNames]).size]).toEqual([had, had + 1]);
    if (had > 0) expect(formerNames).toContain(before[id]?.name);
  });
});
