import { describe, expect, test } from 'vitest';
import type { PolicyDocument, Statement } from '../aws/policy.ts';
import { bucketKind } from './bucket.ts';
import type { Kind } from './kind.ts';
import { queueKind } from './queue.ts';
import { ACCOUNT, allThere, at, type Given, inputOf, objectOf, resolved } from './testing/graph.ts';
import { topicKind } from './topic.ts';

const queue = queueKind as Kind;
const topic = topicKind as Kind;
const events = objectOf('Topic', 'events');
const uploads = objectOf('Bucket', 'uploads', { name: 'team-uploads' });
const BUCKET_ARN = 'arn:aws:s3:::team-uploads';
const TOPIC_ARN = `arn:aws:sns:eu-central-1:${ACCOUNT}:${resolved(topic, { spec: {}, name: 'events' }).topic?.name}`;

interface Policies {
  readonly own: PolicyDocument;
  readonly key: PolicyDocument;
}

/** What a kind wants, and what it tells of, where AWS has these policies. */
function policiesAfter(kind: Kind, before: Policies | undefined, given: Partial<Given> = {}) {
  const input = inputOf(kind, { spec: {}, ...given });
  const graph = kind.graph(input);
  const attributes = before === undefined ? {} : { Policy: JSON.stringify(before.own) };
  const states: Readonly<Record<string, object>> = {
    queue: { attributes },
    topic: { attributes },
    key: before === undefined ? {} : { policy: JSON.stringify(before.key) },
  };
  const seen = { ...allThere(graph), state: <S>(id: string) => states[id] as S | undefined };
  const desired = (id: string) => graph.find(one => one.id === id)?.desired(seen);
  const node = kind === queue ? 'queue' : 'topic';
  return {
    own: JSON.parse(String(at(desired(node), 'attributes.Policy'))) as PolicyDocument,
    key: at(desired('key'), 'policy') as PolicyDocument,
    unclaimed: kind.unclaimed?.(input, seen),
  };
}

/** Whatever the order of statements, and whether a single source is in a list. */
function sourcesIn({ Statement: all }: PolicyDocument): readonly string[] {
  const letIn = all.filter(one => one.Condition?.ArnEquals !== undefined);
  return letIn.flatMap(({ Sid, Condition }) =>
    [Condition?.ArnEquals?.['aws:SourceArn'] ?? []].flat().map(arn => `${Sid} ${arn}`),
  );
}

describe.each([
  ['Queue', queue, [events, uploads]],
  ['Topic', topic, [uploads]],
] as const)('%s', (_, kind, referrers) => {
  const before = policiesAfter(kind, undefined, { referrers });
  const arns = kind === queue ? [BUCKET_ARN, TOPIC_ARN] : [BUCKET_ARN];

  test('without a record all stay whom it let in, by the same statements', () => {
    const now = policiesAfter(kind, before);
    expect(sourcesIn(now.own).toSorted()).toEqual(sourcesIn(before.own).toSorted());
    expect(sourcesIn(now.key).toSorted()).toEqual(sourcesIn(before.key).toSorted());
    expect(now.unclaimed).toEqual(arns);
  });

  test('by its record only those do that are in it', () => {
    for (const unclaimed of [[], [BUCKET_ARN]]) {
      const now = policiesAfter(kind, before, { unclaimed });
      expect(sourcesIn(now.own).map(one => one.split(' ')[1])).toEqual(unclaimed);
      expect(sourcesIn(now.key).map(one => one.split(' ')[1])).toEqual(unclaimed);
      expect(now.unclaimed).toEqual(unclaimed);
    }
  });

  test('whose object is here goes by that', () => {
    const now = policiesAfter(kind, before, { referrers });
    expect(now).toEqual({ ...before, unclaimed: [] });
  });

  test('nobody is let in by the record alone', () => {
    const now = policiesAfter(
      kind,
      { own: { ...before.own, Statement: [] }, key: before.own },
      { unclaimed: arns },
    );
    expect([sourcesIn(now.own), sourcesIn(now.key), now.unclaimed]).toEqual([[], [], []]);
  });

  const [allowed] = before.own.Statement.filter(one => one.Condition?.ArnEquals !== undefined);
  const ofBucket = {
    Service: 's3.amazonaws.com',
    of: (arn: string | string[]) => ({
      ArnEquals: { 'aws:SourceArn': arn },
      StringEquals: { 'aws:SourceAccount': ACCOUNT },
    }),
  };
  test.each<[string, object]>([
    ['everybody', { Principal: '*' }],
    ['another account', { Principal: { AWS: 'arn:aws:iam::999999999999:root' } }],
    ['another account too', { Principal: { Service: ofBucket.Service, AWS: '999999999999' } }],
    ['another service', { Principal: { Service: 'lambda.amazonaws.com' } }],
    ['two services', { Principal: { Service: [ofBucket.Service, 'sns.amazonaws.com'] } }],
    ['more than sending', { Action: '*' }],
    ['another resource', { Resource: 'arn:aws:sqs:eu-central-1:999999999999:other' }],
    ['all but something', { Action: undefined, NotAction: 'sqs:DeleteQueue' }],
    ['without conditions', { Condition: undefined }],
    ['nothing to speak of', { Condition: null, Principal: null }],
    ['a text for a condition', { Condition: 'any' }],
    ['without the account', { Condition: { ArnEquals: { 'aws:SourceArn': BUCKET_ARN } } }],
    ['without a source', { Condition: ofBucket.of([]) }],
    ['any source', { Condition: ofBucket.of('*') }],
    ['any bucket', { Condition: ofBucket.of('arn:aws:s3:::*') }],
    ['any of some buckets', { Condition: ofBucket.of([BUCKET_ARN, 'arn:aws:s3:::team-?']) }],
    [
      'a topic of another account',
      {
        Principal: { Service: 'sns.amazonaws.com' },
        Condition: ofBucket.of('arn:aws:sns:eu-central-1:999999999999:events'),
      },
    ],
    [
      'a topic of another region',
      {
        Principal: { Service: 'sns.amazonaws.com' },
        Condition: ofBucket.of(`arn:aws:sns:us-east-1:${ACCOUNT}:events`),
      },
    ],
    ['a name that is none of ours', { Sid: 'AllowTheirs' }],
    ['no name', { Sid: undefined }],
  ])('a statement of its form that lets in %s is not kept', (_what, change) => {
    const forged = {
      ...allowed,
      Principal: { Service: ofBucket.Service },
      Condition: ofBucket.of(BUCKET_ARN),
    };
    const policy = { Version: '2012-10-17', Statement: [{ ...forged, ...change } as Statement] } as const;
    const now = policiesAfter(kind, { own: policy, key: policy });
    const none = policiesAfter(kind, undefined);
    expect(now).toEqual({ ...none, unclaimed: [] });
    const genuine = { ...policy, Statement: [forged as Statement] };
    expect(policiesAfter(kind, { own: genuine, key: policy }).unclaimed).toEqual([BUCKET_ARN]);
  });
});

test('of many who share a statement those stay whose objects are not here, and no policy has two of a name', () => {
  const all = Array.from({ length: 30 }, (_, n) => objectOf('Topic', `${'t'.repeat(60)}-${n}`));
  const before = policiesAfter(queue, undefined, { referrers: all });
  const arnsOf = (policy: PolicyDocument) => sourcesIn(policy).map(one => one.split(' ')[1]);
  expect(before.own.Statement).toHaveLength(2);
  for (const here of [0, 1, 11, 12, 29, 30]) {
    const now = policiesAfter(queue, before, { referrers: all.slice(0, here) });
    for (const policy of [now.own, now.key]) {
      expect(arnsOf(policy).toSorted()).toEqual(arnsOf(before.own).toSorted());
      expect(new Set(policy.Statement.map(one => one.Sid)).size).toBe(policy.Statement.length);
    }
    expect(JSON.stringify(now.own).length).toBeLessThanOrEqual(8_192);
    expect(now.unclaimed).toHaveLength(30 - here);
  }
});

test('who is here by another name than the one that is let in keeps both, by one statement', () => {
  const before = policiesAfter(queue, undefined, { referrers: [uploads] });
  const now = policiesAfter(queue, before, {
    referrers: [objectOf('Bucket', 'uploads', { name: 'team-new' })],
  });
  expect(sourcesIn(now.own).map(one => one.split(' ')[1])).toEqual(['arn:aws:s3:::team-new', BUCKET_ARN]);
  expect(new Set(now.own.Statement.map(one => one.Sid)).size).toBe(2);
  expect(now.unclaimed).toEqual([BUCKET_ARN]);
});

test('it is told of while there is any, and what to do', () => {
  const before = policiesAfter(queue, undefined, { referrers: [events] });
  const input = inputOf(queue, { spec: {} });
  const policy = (document: PolicyDocument) => ({
    queue: { attributes: { Policy: JSON.stringify(document) } },
  });
  const told = (states: Readonly<Record<string, object>>) => {
    const seen = { ...allThere([]), state: <S>(id: string) => states[id] as S | undefined };
    return queue.conditions?.(input, { seen, written: {}, nodes: [], now: 0 });
  };
  expect(told(policy(before.own))).toMatchObject([
    { type: 'SendersKnown', status: 'False', message: expect.stringContaining(`still lets in ${TOPIC_ARN}`) },
  ]);
  expect(told(policy({ ...before.own, Statement: [] }))).toEqual([]);
  expect(told({})).toEqual([]);
  expect(queue.unclaimed?.(input, { ...allThere([]), state: () => undefined })).toBeUndefined();
  expect(bucketKind.unclaimed).toBeUndefined();
});
