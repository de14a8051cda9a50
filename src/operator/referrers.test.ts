import { describe, expect, test } from 'vitest';
import { KINDS } from '../kinds/all.ts';
import { apiError, createFakeServer } from '../kube/testing/fake-server.ts';
import type { OptaObject, Referrer, Status } from './objects.ts';
import { recordOf, sendersOf } from './referrers.ts';
import { objectOf, silent } from './testing/objects.ts';
import { createWorld } from './world.ts';

const TOPIC = 'Topic shop/events';
const names = (queue: string, more: object = {}) => ({ subscriptions: [{ queue }], ...more });
const recorded: Referrer = { kind: 'Topic', name: 'events', uid: `uid of ${TOPIC}` };

const BUCKET = 'Bucket shop/uploads';
const linked = (node: string) => ({ node, epoch: 1, type: 'x', id: 'x', after: [] });
const SUBSCRIBED = [linked('topic'), linked('subscription/orders')];
/** It subscribes nobody, in its second generation. */
const unnamed = (status: Status) => objectOf(TOPIC, { spec: {}, status, metadata: { generation: 2 } });

interface Row {
  readonly what: string;
  /** As the watch has it, and as the API server answers a GET. */
  readonly watched?: OptaObject;
  readonly live?: OptaObject;
  readonly record?: readonly Referrer[];
  readonly expected: readonly string[];
  readonly asked: number;
}

const there = objectOf(TOPIC, { spec: names('orders') });

const ROWS: readonly Row[] = [
  {
    what: 'the watch shows it: nobody is asked',
    watched: there,
    record: [recorded],
    expected: ['Topic events'],
    asked: 0,
  },
  { what: 'nothing is known of any', expected: [], asked: 0 },
  {
    what: 'the watch is blank, and it is there',
    live: there,
    record: [recorded],
    expected: ['Topic events'],
    asked: 1,
  },
  { what: 'it is gone', record: [recorded], expected: [], asked: 1 },
  {
    what: 'it is being deleted and still there',
    live: objectOf(TOPIC, { spec: names('orders'), metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }),
    record: [recorded],
    expected: ['Topic events'],
    asked: 1,
  },
  {
    what: 'it was made anew, and sends as the one before did',
    live: objectOf(TOPIC, { spec: names('orders'), metadata: { uid: 'another' } }),
    record: [recorded],
    expected: ['Topic events'],
    asked: 1,
  },
  {
    what: 'it names the queue no more, and its unsubscription waits for a yes',
    live: unnamed({ observedGeneration: 2, syncedGeneration: 1, resources: SUBSCRIBED }),
    record: [recorded],
    expected: ['Topic events lingers'],
    asked: 1,
  },
  {
    what: 'it names the queue no more, and has not seen that yet',
    live: unnamed({ observedGeneration: 1, syncedGeneration: 1, resources: SUBSCRIBED }),
    record: [recorded],
    expected: ['Topic events lingers'],
    asked: 1,
  },
  {
    what: 'it names the queue no more and is made anew, and nothing of it is on record',
    live: { ...unnamed({}), metadata: { ...unnamed({}).metadata, uid: 'another' } },
    record: [recorded],
    expected: [],
    asked: 1,
  },
  {
    what: 'it has unsubscribed this queue, and not yet another',
    live: unnamed({ observedGeneration: 2, syncedGeneration: 1, resources: [linked('subscription/other')] }),
    record: [recorded],
    expected: [],
    asked: 1,
  },
  {
    what: 'it is as its spec says',
    live: unnamed({ observedGeneration: 2, syncedGeneration: 2, resources: SUBSCRIBED }),
    record: [recorded],
    expected: [],
    asked: 1,
  },
  {
    what: 'a bucket names another queue now, and S3 does not know that yet',
    live: objectOf(BUCKET, {
      spec: { notifications: [{ queue: 'other' }] },
      status: { observedGeneration: 2, syncedGeneration: 1, resources: [linked('notifications')] },
      metadata: { generation: 2 },
    }),
    record: [{ kind: 'Bucket', name: 'uploads' }],
    expected: ['Bucket uploads lingers'],
    asked: 1,
  },
  {
    what: 'a bucket names another queue now, and S3 knows that',
    live: objectOf(BUCKET, {
      spec: { notifications: [{ queue: 'other' }] },
      status: { observedGeneration: 2, syncedGeneration: 2, resources: [linked('notifications')] },
      metadata: { generation: 2 },
    }),
    record: [{ kind: 'Bucket', name: 'uploads' }],
    expected: [],
    asked: 1,
  },
  {
    what: 'it is of another environment by now, whatever it has on record',
    live: { ...unnamed({ syncedGeneration: 1, resources: SUBSCRIBED }), spec: { environment: 'prod' } },
    record: [recorded],
    expected: [],
    asked: 1,
  },
  {
    what: 'it names the queue no more',
    watched: objectOf(TOPIC, { spec: names('other') }),
    live: objectOf(TOPIC, { spec: names('other') }),
    record: [recorded],
    expected: [],
    asked: 1,
  },
  {
    what: 'it is of another environment',
    watched: objectOf(TOPIC, { spec: names('orders', { environment: 'prod' }) }),
    expected: [],
    asked: 0,
  },
  {
    what: 'the record names a kind that cannot refer to it',
    record: [
      { kind: 'Secret', name: 'events' },
      { kind: 'OptaEnvironment', name: 'dev' },
    ],
    expected: [],
    asked: 0,
  },
];

describe('who refers to a queue', () => {
  test.each(ROWS)('$what', async ({ watched, live, record, expected, asked }) => {
    const world = createWorld(KINDS, silent, []);
    if (watched !== undefined) world.objects('Topic').put(watched);
    const server = createFakeServer(() => {
      if (live === undefined) throw apiError(404, 'NotFound');
      return structuredClone(live);
    });
    const status = record === undefined ? {} : { referrers: record };
    const queue = objectOf('Queue shop/orders', { status });
    const { referrers: all } = await sendersOf(world, server, queue);
    expect(all.map(one => `${one.kind} ${one.name}${one.lingers === true ? ' lingers' : ''}`)).toEqual(
      expected,
    );
    expect(server.calls).toHaveLength(asked);
  });

  test('a long record is looked through by one list of each kind, each name once', async () => {
    const world = createWorld(KINDS, silent, []);
    const here = objectOf('Topic shop/t7', { spec: names('orders') });
    const others = [objectOf('Topic shop/t8'), objectOf('Topic shop/unrecorded', { spec: names('orders') })];
    const server = createFakeServer(({ path }) => {
      if (!path.endsWith('/topics')) throw apiError(404, 'NotFound');
      return { metadata: { resourceVersion: '1' }, items: structuredClone([here, ...others]) };
    });
    const topics = Array.from({ length: 1_000 }, (_, at) => ({ kind: 'Topic', name: `t${at}` }));
    const buckets = topics.map(() => ({ kind: 'Bucket', name: 'uploads' }));
    const queue = objectOf('Queue shop/orders', { status: { referrers: [...topics, ...buckets] } });
    const { referrers: all } = await sendersOf(world, server, queue);
    expect(all.map(one => one.name)).toEqual(['t7']);
    expect(server.calls.map(call => call.path)).toEqual([
      '/apis/opta.dev/v1alpha1/namespaces/shop/topics',
      '/apis/opta.dev/v1alpha1/namespaces/shop/buckets/uploads',
    ]);
  });

  test('a question that fails is an answer of nobody', async () => {
    const world = createWorld(KINDS, silent, []);
    const server = createFakeServer(() => {
      throw apiError(500, 'InternalError');
    });
    const queue = objectOf('Queue shop/orders', { status: { referrers: [recorded] } });
    await expect(sendersOf(world, server, queue)).rejects.toMatchObject({ status: 500 });
  });

  test('they are told in one order, and recorded with their uids', async () => {
    const world = createWorld(KINDS, silent, []);
    for (const label of ['Topic shop/b', 'Topic shop/a'])
      world.objects('Topic').put(objectOf(label, { spec: names('orders') }));
    world
      .objects('Bucket')
      .put(objectOf('Bucket shop/z', { spec: { notifications: [{ queue: 'orders' }] } }));
    const { referrers: all } = await sendersOf(
      world,
      createFakeServer(() => ({})),
      objectOf('Queue shop/orders'),
    );
    expect(recordOf(all)).toEqual([
      { kind: 'Bucket', name: 'z', uid: 'uid of Bucket shop/z' },
      { kind: 'Topic', name: 'a', uid: 'uid of Topic shop/a' },
      { kind: 'Topic', name: 'b', uid: 'uid of Topic shop/b' },
    ]);
  });

  test('what it is called in AWS by its own record is told with it', async () => {
    const world = createWorld(KINDS, silent, []);
    const resources = [
      { ...linked('topic'), name: 'legacy' },
      { ...linked('key'), name: 'key' },
    ];
    world.objects('Topic').put(objectOf(TOPIC, { spec: names('orders'), status: { resources } }));
    const { referrers: all } = await sendersOf(
      world,
      createFakeServer(() => ({})),
      objectOf('Queue shop/orders'),
    );
    expect(all).toMatchObject([{ name: 'events', names: ['legacy'] }]);
  });
});

describe('what is let in without an object', () => {
  const arn = 'arn:aws:sns:eu-central-1:111122223333:opta-dev-shop-events-abc123';
  const nameless: Referrer = { kind: 'Topic', name: 'opta-dev-shop-events-abc123', arn };
  const has = (of: string, status: Status = {}, spec = {}) =>
    objectOf(of, { spec, status: { resources: [{ ...linked('topic'), arn }], ...status } });

  async function found(topics: readonly OptaObject[], referrers: readonly Referrer[] | undefined) {
    const world = createWorld(KINDS, silent, []);
    for (const one of topics) world.objects('Topic').put(one);
    const server = createFakeServer(() => {
      if (topics[0] === undefined) throw apiError(404, 'NotFound');
      return structuredClone(topics[0]);
    });
    const queue = objectOf('Queue shop/orders', { status: referrers === undefined ? {} : { referrers } });
    const { referrers: all, unclaimed } = await sendersOf(world, server, queue);
    const names = all.map(one => `${one.name}${one.lingers === true ? ' lingers' : ''}`);
    return { unclaimed, names, asked: server.calls.length };
  }

  test('is not known before there is a record, and nobody by an empty one', async () => {
    expect((await found([], undefined)).unclaimed).toBeUndefined();
    expect(await found([], [])).toEqual({ unclaimed: [], names: [], asked: 0 });
    expect(await found([], [recorded, nameless])).toMatchObject({ unclaimed: [arn] });
  });

  test('stays while no object says that it is it, and is looked for under no name', async () => {
    expect(await found([], [nameless])).toEqual({ unclaimed: [arn], names: [], asked: 0 });
    const others = [
      objectOf(TOPIC),
      has('Topic bank/events'),
      has('Topic shop/else', {}, { environment: 'prod' }),
    ];
    expect(await found(others, [nameless])).toEqual({ unclaimed: [arn], names: [], asked: 0 });
    const beside = has(TOPIC, { resources: [{ ...linked('key'), arn }] });
    expect((await found([beside], [nameless])).unclaimed).toEqual([arn]);
  });

  test.each<[string, OptaObject, readonly string[], number]>([
    ['that names the queue', has(TOPIC, {}, names('orders')), ['events'], 0],
    ['that names it no more', has(TOPIC), [], 1],
    [
      'that is still subscribed',
      has(TOPIC, { resources: [{ ...linked('topic'), arn }, linked('subscription/orders')] }),
      ['events lingers'],
      1,
    ],
  ])('goes by the object %s', async (_, there, expected, asked) => {
    expect(await found([there], [nameless])).toEqual({ unclaimed: [], names: expected, asked });
  });

  test('is looked for among the objects once, however much there is', async () => {
    const world = createWorld(KINDS, silent, []);
    let asked = 0;
    const counting = {
      ...world,
      inEnvironment(name: string) {
        asked += 1;
        return world.inEnvironment(name);
      },
    };
    const referrers = Array.from({ length: 1_000 }, (_, at) => ({ ...nameless, arn: `${arn}${at}` }));
    const queue = objectOf('Queue shop/orders', { status: { referrers } });
    const { unclaimed } = await sendersOf(
      counting,
      createFakeServer(() => ({})),
      queue,
    );
    expect(unclaimed).toHaveLength(1_000);
    expect(asked).toBe(1);
  });

  test('is recorded by its name in AWS', () => {
    const bucket = { kind: 'Bucket', name: 'team-uploads', arn: 'arn:aws:s3:::team-uploads' };
    expect(recordOf([], [arn, bucket.arn])).toEqual([nameless, bucket]);
  });
});
