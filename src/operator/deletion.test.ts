import { describe, expect, test } from 'vitest';
import type { ErrorClass } from '../engine/error-class.ts';
import type { PassResult } from '../engine/pass.ts';
import { createFakeClock } from '../engine/testing/fake-clock.ts';
import { KINDS } from '../kinds/all.ts';
import type { EventRecorder } from '../kube/events.ts';
import { apiError, createFakeServer } from '../kube/testing/fake-server.ts';
import {
  comesApart,
  deletionVerdict,
  dependantsVerdict,
  doneVerdict,
  isAbandoned,
  isDone,
  isRefused,
  keptIn,
  leftovers,
  letGo,
  membersVerdict,
} from './deletion.ts';
import { createKnownObjects } from './known.ts';
import { contextWith } from './testing/context.ts';
import { objectOf, silent } from './testing/objects.ts';
import { entryOf, failure, type Passed, resultOf, stepOf, viewOf } from './testing/results.ts';
import { createWorld } from './world.ts';

describe('a deletion is done', () => {
  const removing = stepOf('queue', 'remove');
  test.each<[string, Passed, boolean]>([
    ['when nothing is left', {}, true],
    ['when all that is left is kept on purpose', { views: [viewOf('key', 'Kept')] }, true],
    [
      'not while something is being removed',
      { views: [viewOf('queue', 'Deleting')], steps: [removing] },
      false,
    ],
    ['not while it is looked for', { views: [viewOf('queue', 'Deleting')] }, false],
    [
      'not while it is still to be tagged as kept',
      { views: [viewOf('key', 'Kept')], steps: [stepOf('key', 'retain')] },
      false,
    ],
    [
      'not when the tagging failed',
      { views: [viewOf('key', 'Kept')], errors: [['key', failure('Denied', 'no')]] },
      false,
    ],
    [
      'not when a look failed',
      { views: [viewOf('key', 'Kept', { error: failure('Transient', 'no') })] },
      false,
    ],
  ])('%s', (_, passed, expected) => {
    expect(isDone(resultOf(passed))).toBe(expected);
  });
});

test.each<[boolean, readonly ErrorClass[]]>([
  [true, ['Denied']],
  [true, ['Conflict', 'Denied']],
  [true, ['Throttled', 'Denied', 'Blocked']],
  [true, ['Conflict', 'Blocked']],
  [false, ['Blocked', 'Transient']],
  [false, []],
])('abandoning counts %s where AWS says %j', (expected, classes) => {
  const errors = classes.map((one, at) => [`n${at}`, failure(one, 'no')] as const);
  expect(isRefused(resultOf({ errors }))).toBe(expected);
});

const MADE = [entryOf('key', { id: 'k' }), entryOf('queue', { id: 'q' })];
const UNMADE = entryOf('dead-letter');

test.each<[string, boolean, Partial<PassResult>]>([
  ['something was just removed', true, { done: [stepOf('queue', 'remove')] }],
  ['something is gone', true, { state: { resources: [entryOf('key', { id: 'k' }), UNMADE], defaults: {} } }],
  ['what was never made is off the record', false, { state: { resources: MADE, defaults: {} } }],
  ['it was only marked as kept', false, { done: [stepOf('key', 'retain')] }],
  ['nothing could begin', false, {}],
])('it comes apart where %s: %s', (_, expected, more) => {
  const before = [...MADE, UNMADE];
  expect(comesApart(before, { ...resultOf({ resources: before }), ...more })).toBe(expected);
});

const inShop = createWorld(KINDS, silent, []);
inShop.namespaces.put({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'shop', uid: 'n', resourceVersion: '1' },
});

describe('what holds a deletion up', () => {
  test('is named by AWS, with what to do', () => {
    const blockers = [{ resource: '3 object versions in b', reason: 'empty it' }];
    const error = failure('Blocked', 'bucket b still holds 3 object versions', { blockers });
    const verdict = deletionVerdict(resultOf({ errors: [['bucket', error]] }));
    expect(verdict).toEqual({
      ready: false,
      reason: 'DeletionBlocked',
      message: 'bucket b still holds 3 object versions',
      stalled: true,
      blockedBy: [{ node: 'bucket', resource: '3 object versions in b', reason: 'empty it' }],
    });
  });

  test('of very many, the first are listed and the rest counted', () => {
    const blockers = Array.from({ length: 6_000 }, (_, n) => ({ resource: `eni-${n}`, reason: 'in use' }));
    const error = failure('Blocked', 'vpc-1 is in use', { blockers });
    const { blockedBy = [] } = deletionVerdict(resultOf({ errors: [['network', error]] }));
    expect(blockedBy).toHaveLength(50);
    expect(blockedBy.slice(48)).toEqual([
      { node: 'network', resource: 'eni-48', reason: 'in use' },
      { node: '', resource: '5951 more', reason: 'there is no room for all of them here' },
    ]);
    const few = failure('Blocked', 'vpc-1 is in use', { blockers: blockers.slice(0, 50) });
    expect(deletionVerdict(resultOf({ errors: [['network', few]] })).blockedBy?.at(-1)?.resource).toBe(
      'eni-49',
    );
  });

  test.each([
    ['Denied', 'Denied', true],
    ['Conflict', 'Conflict', true],
    ['Throttled', 'Throttled', false],
    ['Transient', 'AwsError', false],
  ] as const)('an error %s is %s', (errorClass, reason, stalled) => {
    const verdict = deletionVerdict(resultOf({ errors: [['queue', failure(errorClass, 'words')]] }));
    expect(verdict).toMatchObject({ ready: false, reason, stalled, message: 'queue: words' });
  });

  test('is otherwise what is still there, less what is kept', () => {
    const views = [
      viewOf('key', 'Kept'),
      viewOf('queue', 'Deleting', { message: 'is to be removed' }),
      viewOf('alias', 'Deleting'),
    ];
    expect(deletionVerdict(resultOf({ views }))).toMatchObject({
      reason: 'Deleting',
      message: '2 left: queue is to be removed; alias Deleting',
      stalled: false,
    });
  });

  const used = Array.from({ length: 60 }, (_, n) =>
    viewOf(`subnet/${n}`, 'Deleting', { message: 'used by gateway/1', leavesLater: true }),
  );
  const gateways = Array.from({ length: 7 }, (_, n) =>
    viewOf(`gateway/${n}`, 'Deleting', { message: 'is deleting' }),
  );
  const shown = [0, 1, 2, 3, 4].map(n => `gateway/${n} is deleting`).join('; ');
  test.each([
    [
      'of much, what is under way',
      [...used, ...gateways.slice(0, 5)],
      `65 left, 5 of them under way: ${shown}`,
    ],
    ['of that, a few', [...used, ...gateways], `67 left, 7 of them under way: ${shown}; and 2 more`],
    ['where nothing is, what it waits for', used.slice(0, 1), '1 left: subnet/0 used by gateway/1'],
  ])('is %s', (_, views, message) => {
    expect(deletionVerdict(resultOf({ views })).message).toBe(message);
  });

  test('are objects that use the environment, of which a few are named', () => {
    const many = ['f', 'e', 'd', 'c', 'b', 'a'].map(name => objectOf(`Queue shop/${name}`));
    expect(dependantsVerdict(inShop, many)).toMatchObject({
      ready: 'unchanged',
      reason: 'DeletionBlocked',
      message: expect.stringMatching(
        /^still used by Queue shop\/a, .*Queue shop\/e and 1 more; the environment goes/,
      ),
    });
    expect(dependantsVerdict(inShop, many).blockedBy?.map(one => one.resource)[5]).toBe('Queue shop/f');
    const crowd = Array.from({ length: 200 }, (_, n) => objectOf(`Queue shop/q${n}`));
    const { blockedBy = [] } = dependantsVerdict(inShop, crowd);
    expect([blockedBy.length, blockedBy.at(-1)?.resource]).toEqual([50, '151 more']);
  });

  test('are objects in a namespace that was ended by force, with what lets them go', () => {
    const [kept, left] = [objectOf('Queue shop/a'), objectOf('Queue gone/b')];
    const verdict = dependantsVerdict(inShop, [kept, left]);
    const again = 'namespace gone does not exist: create it again so that the deletion can go on';
    expect(verdict.message).toBe(
      `still used by Queue gone/b, Queue shop/a; the environment goes when they are deleted; ${again}`,
    );
    expect(verdict.blockedBy?.map(one => one.reason)).toEqual([
      again,
      'names this environment, and has nothing in AWS',
    ]);
    expect(dependantsVerdict(inShop, [left, objectOf('Queue lost/c')]).message).toContain(
      'namespaces gone, lost do not exist: create them again so that the deletion can go on',
    );
  });

  test('are resources that its objects left in AWS', () => {
    const verdict = membersVerdict([
      { arn: 'arn:b', owner: 'Bucket shop/b', kept: true },
      { arn: 'arn:a', owner: 'Queue shop/a', kept: false },
    ]);
    expect(verdict.message).toMatch(
      /^still in AWS: arn:a \(of Queue shop\/a\), arn:b \(kept by Bucket shop\/b\)\. Delete them there/,
    );
    expect(verdict.blockedBy?.map(one => one.reason)).toEqual([
      'was kept when Bucket shop/b was deleted',
      'belongs to Queue shop/a, which does not exist',
    ]);
  });
});

test('what is kept is named by its ARN, else by its id', () => {
  const result = resultOf({
    views: [
      viewOf('key', 'Kept'),
      viewOf('alias', 'Kept'),
      viewOf('queue', 'Kept', { message: 'arn:q stays in AWS' }),
    ],
    resources: [entryOf('key', { id: 'k', arn: 'arn:k' }), entryOf('alias', { id: 'alias/a' })],
  });
  expect(keptIn(result)).toEqual(['arn:k', 'alias/a', 'arn:q stays in AWS']);
  expect(doneVerdict(['arn:k', 'alias/a'], []).message).toBe('left in AWS: arn:k, alias/a');
});

test.each([
  ['uid of Queue shop/orders', true],
  ['uid of Queue shop/order', false],
  ['true', false],
  ['', false],
  [undefined, false],
])('abandon: %s counts: %s', (value, expected) => {
  const annotations = value === undefined ? {} : { 'opta.dev/abandon': value };
  expect(isAbandoned(objectOf('Queue shop/orders', { metadata: { annotations } }))).toBe(expected);
});

test('leftovers are what the inventory has an id or a name of', () => {
  const resources = [
    entryOf('key', { id: 'k', arn: 'arn:k' }),
    entryOf('alias', { id: 'alias/a' }),
    entryOf('queue', { name: 'opta-orders' }),
    entryOf('dead-letter'),
  ];
  expect(leftovers(objectOf('Queue shop/orders', { status: { resources } }))).toEqual([
    'arn:k',
    'alias/a',
    'fake/thing opta-orders',
  ]);
  expect(leftovers(objectOf('Queue shop/orders'))).toEqual([]);
});

function letting() {
  const world = createWorld(KINDS, silent, []);
  world.objects('OptaEnvironment').put(objectOf('OptaEnvironment dev'));
  const told: { about: string; isLastWord?: boolean; note: string }[] = [];
  const context = {
    world,
    log: silent,
    transport: createFakeServer(() => objectOf('Queue shop/orders')),
    knownOf: createKnownObjects(world, createFakeClock()).of,
    wrote: () => {},
    events: {
      record: (about, event) => void told.push({ about: about.metadata.name, ...event }),
      stop: async () => {},
    } satisfies EventRecorder,
  };
  return { context, told };
}
const FINALIZED = { metadata: { finalizers: ['opta.dev/aws'] } };

test('what stays when an object goes is named in full on its environment, as what nobody says again', async () => {
  const { context, told } = letting();
  const kept = Array.from({ length: 73 }, (_, n) => `arn:aws:sqs:eu-central-1:111111111111:shop-orders-${n}`);
  await letGo(context, objectOf('Queue shop/orders', FINALIZED), kept);
  expect(told.flatMap(({ note }) => note.match(/arn:[^,]*/g) ?? [])).toEqual(kept);
  for (const { note } of told) expect(Buffer.byteLength(note)).toBeLessThanOrEqual(1_024);
  for (const one of told)
    expect(one).toMatchObject({ about: 'dev', reason: 'Retained', isLastWord: true, type: 'Normal' });
  expect(context.transport.calls.map(({ method }) => method)).toEqual(['PATCH']);
});

test.each<[string, readonly string[], readonly string[]]>([
  [
    'kept',
    ['arn:t'],
    [
      'Topic shop/events was deleted and left in AWS: arn:t',
      'Topic shop/events was deleted, and these let nothing in from it any more: Queue orders, Queue later',
    ],
  ],
  ['gone', [], []],
])('a sender that is %s: who closes to it is told of what stays', async (_, kept, notes) => {
  const { context, told } = letting();
  const spec = { environment: 'dev', subscriptions: [{ queue: 'orders' }, { queue: 'later' }] };
  await letGo(context, objectOf('Topic shop/events', { ...FINALIZED, spec }), kept);
  expect(told.map(one => one.note)).toEqual(notes);
});

test.each<[string, Error | undefined, boolean]>([
  ['let go', undefined, true],
  ['perhaps let go: the answer was lost', new Error('read ECONNRESET'), true],
  ['perhaps let go: the API server waited no longer', apiError(504, 'Timeout'), true],
  ['perhaps let go: its storage waited no longer', apiError(500, 'InternalError'), true],
  ['perhaps let go: a load balancer waited no longer', apiError(502, ''), true],
  ['perhaps let go: a proxy waited no longer', apiError(408, ''), true],
  ['not let go: the API server refused', apiError(403, 'Forbidden'), false],
  ['not let go: it was changed', apiError(409, 'Conflict'), false],
  ['not let go: the API server had no time', apiError(429, 'TooManyRequests'), false],
  ['not let go: a proxy did not know the way', apiError(404, ''), false],
])('an object that was %s', async (_, error, isReleased) => {
  const object = objectOf('Queue shop/orders', { metadata: { finalizers: ['opta.dev/aws'] } });
  const { context } = contextWith([object], {
    answer() {
      if (error !== undefined) throw error;
    },
  });
  await letGo(context, object, []).catch(() => {});
  expect(context.knownOf(object).isReleased).toBe(isReleased);
});

test('an object that was perhaps let go is so still after a refusal: what is refused may come too late', async () => {
  const object = objectOf('Queue shop/orders', FINALIZED);
  const answers = [apiError(504, 'Timeout'), apiError(409, 'Conflict')];
  const { context } = contextWith([object], {
    answer() {
      throw answers.shift();
    },
  });
  await expect(letGo(context, object, [])).rejects.toThrow('504');
  await expect(letGo(context, object, [])).rejects.toThrow('409');
  expect(context.knownOf(object).isReleased).toBe(true);
});

test.each([
  ['the API server says that it is', 'NotFound', true],
  ['a proxy says that nothing is there', '', false],
])('an object is gone when %s', async (_, reason, isGone) => {
  const object = objectOf('Queue shop/orders', FINALIZED);
  const { context } = contextWith([object], {
    answer() {
      throw apiError(404, reason);
    },
  });
  const end = letGo(context, object, []);
  if (isGone) await expect(end).resolves.toEqual({ requeueAfterMs: 60_000 });
  else await expect(end).rejects.toThrow('404');
});
