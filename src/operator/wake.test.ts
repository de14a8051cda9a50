import { beforeEach, describe, expect, test } from 'vitest';
import { KINDS } from '../kinds/all.ts';
import type { OptaObject, Status } from './objects.ts';
import { objectOf, silent } from './testing/objects.ts';
import { entryOf } from './testing/results.ts';
import { wakeOnChanges } from './wake.ts';
import { createWorld, type World } from './world.ts';

let world: World;
let woken: Set<string>;
let vanished: string[];

const queue = objectOf('Queue shop/orders');
const topic = objectOf('Topic shop/events', { spec: { subscriptions: [{ queue: 'orders' }] } });
const elsewhere = objectOf('Queue other/orders');
const dev = objectOf('OptaEnvironment dev', { spec: { region: 'eu-central-1', accountId: '1' } });

beforeEach(async () => {
  world = createWorld(KINDS, silent, []);
  woken = new Set();
  vanished = [];
  const work = { add: (key: string) => void woken.add(key) };
  for (const object of [dev, queue, topic, elsewhere]) world.objects(object.kind).put(object);
  world.namespaces.put(namespaceOf({ a: '1' }, '1'));
  await settled();
  wakeOnChanges(world, work, { vanished: object => void vanished.push(object.metadata.uid) });
});

const settled = () => new Promise(resolve => setImmediate(resolve));

function changed(object: OptaObject, of: { spec?: object; status?: Status; metadata?: object }): OptaObject {
  return {
    ...object,
    metadata: { ...object.metadata, resourceVersion: '2', ...of.metadata },
    spec: { ...object.spec, ...of.spec },
    ...(of.status === undefined ? {} : { status: of.status }),
  };
}

function namespaceOf(labels: Record<string, string>, resourceVersion: string) {
  const metadata = { name: 'shop', uid: 'n', resourceVersion, labels };
  return { apiVersion: 'v1', kind: 'Namespace', metadata };
}

function told(type: string, status: 'True' | 'False', reason: string, observedGeneration = 1): Status {
  return { conditions: [{ type, status, reason, message: '', lastTransitionTime: '', observedGeneration }] };
}

const ready = (generation: number): Status => told('Ready', 'True', 'Ready', generation);

interface Row {
  readonly what: string;
  readonly becomes: OptaObject;
  readonly wakes: readonly string[];
}

const Q = 'Queue:shop/orders';
const T = 'Topic:shop/events';
const E = 'OptaEnvironment:dev';

const ROWS: readonly Row[] = [
  {
    what: 'a new spec: itself and who names it',
    becomes: changed(queue, { metadata: { generation: 2 } }),
    wakes: [Q, T],
  },
  {
    what: 'a spec that names others: those too',
    becomes: changed(topic, { metadata: { generation: 2 } }),
    wakes: [Q, T],
  },
  {
    what: 'an annotation',
    becomes: changed(queue, { metadata: { annotations: { 'opta.dev/paused': 'true' } } }),
    wakes: [Q, T],
  },
  {
    what: 'an annotation that others do not read: itself',
    becomes: changed(queue, { metadata: { annotations: { 'opta.dev/reconcile-requested-at': 'now' } } }),
    wakes: [Q],
  },
  {
    what: 'a pause of one that names others, which they do not read: itself',
    becomes: changed(topic, { metadata: { annotations: { 'opta.dev/paused': 'true' } } }),
    wakes: [T],
  },
  {
    what: 'an annotation of somebody else: nobody',
    becomes: changed(queue, { metadata: { annotations: { 'argocd.argoproj.io/refresh': 'now' } } }),
    wakes: [],
  },
  {
    what: 'a deletion that was asked for',
    becomes: changed(queue, { metadata: { deletionTimestamp: 'now' } }),
    wakes: [Q, T],
  },
  {
    what: 'our own status write: nobody',
    becomes: changed(queue, { status: { observedGeneration: 1 } }),
    wakes: [],
  },
  {
    what: 'that it became ready: who waits for it',
    becomes: changed(queue, { status: ready(1) }),
    wakes: [T],
  },
  {
    what: 'that it let somebody in: who waits for it',
    becomes: changed(queue, { status: { referrers: [{ kind: 'Topic', name: 'events' }] } }),
    wakes: [T],
  },
  {
    what: 'that all of it is carried out: who waits for it',
    becomes: changed(queue, { status: told('Synced', 'True', 'Synced') }),
    wakes: [T],
  },
  {
    what: 'that it waits for a yes: who tells of it',
    becomes: changed(queue, { status: told('Synced', 'False', 'ApprovalRequired') }),
    wakes: [T],
  },
  {
    what: 'that it is stalled: who tells of it',
    becomes: changed(queue, { status: told('Stalled', 'True', 'Denied') }),
    wakes: [T],
  },
  {
    what: 'that it goes on: nobody',
    becomes: changed(queue, { status: told('Synced', 'False', 'Progressing') }),
    wakes: [],
  },
  { what: 'a label: nobody', becomes: changed(queue, { metadata: { labels: { a: 'b' } } }), wakes: [] },
  {
    what: 'an environment with another spec: all in it',
    becomes: changed(dev, { metadata: { generation: 2 } }),
    wakes: [E, Q, T, 'Queue:other/orders'],
  },
  {
    what: 'another environment of the name, perhaps elsewhere: all in it',
    becomes: changed(dev, { metadata: { uid: 'second' } }),
    wakes: [E, Q, T, 'Queue:other/orders'],
  },
  {
    what: 'an environment that made its key: all in it',
    becomes: changed(dev, { status: { encryption: { keyArn: 'arn:k' } } }),
    wakes: [Q, T, 'Queue:other/orders'],
  },
  {
    what: 'an environment whose conditions changed: nobody',
    becomes: changed(dev, { status: ready(1) }),
    wakes: [],
  },
  {
    what: 'an environment that is being deleted: all in it',
    becomes: changed(dev, { metadata: { deletionTimestamp: 'now' } }),
    wakes: [E, Q, T, 'Queue:other/orders'],
  },
];

describe('a change wakes whom it concerns', () => {
  test.each(ROWS)('$what', async ({ becomes, wakes }) => {
    world.objects(becomes.kind).put(becomes);
    await settled();
    expect([...woken].sort()).toEqual([...wakes].sort());
  });

  test('an object that vanished: who named it, whom it named, and who is told', async () => {
    world.objects('Topic').remove(topic);
    await settled();
    expect([...woken]).toEqual([Q]);
    expect(vanished).toEqual([topic.metadata.uid]);
  });

  const OURS = { finalizers: ['opta.dev/aws'] };
  const resources = [entryOf('queue', { id: 'q' })];
  const LETS_IN = { 'opta.dev/environment': 'dev' };

  test.each<[string, OptaObject, OptaObject | undefined, Record<string, string>, boolean]>([
    ['had our finalizer', changed(queue, { metadata: OURS }), undefined, {}, true],
    ['had something', changed(queue, { status: { resources } }), undefined, {}, true],
    ['could have had something', queue, undefined, LETS_IN, true],
    ['could have nothing', queue, undefined, {}, false],
    ['is let go, and is held by others', changed(queue, { metadata: OURS }), queue, {}, true],
    ['is let go, and could have something', changed(queue, { metadata: OURS }), queue, LETS_IN, false],
    [
      'is of another environment',
      changed(queue, { metadata: OURS, spec: { environment: 'x' } }),
      undefined,
      {},
      false,
    ],
  ])('an environment that is being deleted, of an object that %s', async (_, was, is, labels, wakes) => {
    world.namespaces.put(namespaceOf(labels, '2'));
    world.objects('Queue').put(was);
    world.objects(dev.kind).put(changed(dev, { metadata: { deletionTimestamp: 'now' } }));
    await settled();
    woken.clear();
    if (is === undefined) world.objects('Queue').remove(was);
    else world.objects('Queue').put(changed(is, { metadata: { resourceVersion: '3' } }));
    await settled();
    expect(woken.has(E)).toBe(wakes);
  });

  test('an environment that is being deleted, of a namespace that may not use it any more', async () => {
    world.objects(dev.kind).put(changed(dev, { metadata: { deletionTimestamp: 'now' } }));
    world.namespaces.put(namespaceOf(LETS_IN, '2'));
    await settled();
    woken.clear();
    world.namespaces.put(namespaceOf({}, '3'));
    await settled();
    expect([...woken].sort()).toEqual([E, Q, T]);
  });

  test.each<[string, OptaObject, OptaObject | undefined, boolean]>([
    ['had our finalizer', changed(topic, { metadata: OURS }), undefined, true],
    ['had something', changed(topic, { status: { resources } }), undefined, true],
    ['is let go, and is held by others', changed(topic, { metadata: OURS }), topic, true],
    ['had nothing', topic, undefined, false],
    ['is of another kind', changed(queue, { metadata: OURS }), undefined, false],
  ])('who may have wanted the name of an object that %s', async (_, was, is, wakes) => {
    world
      .objects('Topic')
      .put(objectOf('Topic other/events', { status: told('Ready', 'False', 'Conflict') }));
    world.objects(was.kind).put(was);
    await settled();
    woken.clear();
    if (is === undefined) world.objects(was.kind).remove(was);
    else world.objects(is.kind).put(changed(is, { metadata: { resourceVersion: '3' } }));
    await settled();
    expect(woken.has('Topic:other/events')).toBe(wakes);
  });

  test('another object of the name: the first has vanished', async () => {
    world.objects('Queue').put(changed(queue, { metadata: { uid: 'second' } }));
    await settled();
    expect(vanished).toEqual([queue.metadata.uid]);
    expect(woken).toContain(Q);
  });

  test.each<[string, Record<string, string>, readonly string[]]>([
    ['that let it use an environment: all objects in it that do', { 'opta.dev/environment': 'dev' }, [Q, T]],
    ['that no environment asks for: nobody', { a: '2' }, []],
    ['as they were: nobody', { a: '1' }, []],
  ])('labels of a namespace %s', async (_, labels, wakes) => {
    const inMissing = objectOf('Queue shop/missing', { spec: { environment: 'missing' } });
    world.objects('Queue').put(inMissing);
    await settled();
    woken.clear();
    world.namespaces.put(namespaceOf(labels, '2'));
    await settled();
    expect([...woken].sort()).toEqual(wakes);
  });

  test('a namespace that an environment picks by other labels: its objects', async () => {
    const allowedNamespaces = {
      selector: { matchExpressions: [{ key: 'a', operator: 'In', values: ['1'] }] },
    };
    world.objects(dev.kind).put(changed(dev, { spec: { allowedNamespaces } }));
    await settled();
    woken.clear();
    world.namespaces.put(namespaceOf({ a: '2' }, '2'));
    await settled();
    expect([...woken].sort()).toEqual([Q, T]);
  });

  test('a namespace that is gone, and one that is there: all objects in it', async () => {
    const shop = namespaceOf({ a: '1' }, '2');
    world.namespaces.remove(shop);
    await settled();
    expect([...woken].sort()).toEqual([Q, T]);
    woken.clear();
    world.namespaces.put({ ...shop, metadata: { ...shop.metadata, uid: 'again' } });
    await settled();
    expect([...woken].sort()).toEqual([Q, T]);
  });

  test('a ConfigMap of the outputs that somebody edited or removed: its owner', async () => {
    const ownerReferences = [{ apiVersion: 'opta.dev/v1alpha1', kind: 'Queue', name: 'orders', uid: 'u' }];
    const metadata = {
      name: 'orders-queue',
      namespace: 'shop',
      uid: 'c',
      resourceVersion: '1',
      ownerReferences,
    };
    const one = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { url: 'a' } };
    world.configMaps.put(one);
    await settled();
    expect([...woken]).toEqual([]);
    world.configMaps.put({ ...one, metadata: { ...metadata, resourceVersion: '2' } });
    await settled();
    expect([...woken]).toEqual([]);
    const edited = { ...one, metadata: { ...metadata, resourceVersion: '3' }, data: { url: 'b' } };
    world.configMaps.put(edited);
    await settled();
    expect([...woken]).toEqual([Q]);
    woken.clear();
    world.configMaps.remove(edited);
    await settled();
    expect([...woken]).toEqual([Q]);
  });

  test.each([
    ['of ours', 'orders-queue', 'opta-operator', [Q]],
    ['of somebody else', 'orders-queue', 'helm', []],
    ['of an object that is not there', 'gone-queue', 'opta-operator', []],
  ])('a ConfigMap without an owner, %s', async (_, name, manager, wakes) => {
    const labels = { 'app.kubernetes.io/managed-by': manager, 'opta.dev/kind': 'Queue' };
    const metadata = { name, namespace: 'shop', uid: 'c', resourceVersion: '1', labels };
    const one = { apiVersion: 'v1', kind: 'ConfigMap', metadata };
    world.configMaps.put(one);
    await settled();
    world.configMaps.remove(one);
    await settled();
    expect([...woken]).toEqual(wakes);
  });

  test.each([
    ['of an unknown kind', { apiVersion: 'opta.dev/v1alpha1', kind: 'Foo' }],
    ['of our kind in another API', { apiVersion: 'example.com/v1', kind: 'Queue' }],
    ['that stands in no namespace', { apiVersion: 'opta.dev/v1alpha1', kind: 'OptaEnvironment' }],
  ])('a ConfigMap with an owner %s: nobody', async (_, owner) => {
    const ownerReferences = [{ ...owner, name: 'orders', uid: 'u' }];
    const metadata = { name: 'a', namespace: 'shop', uid: 'c', resourceVersion: '1', ownerReferences };
    const one = { apiVersion: 'v1', kind: 'ConfigMap', metadata };
    world.configMaps.put(one);
    await settled();
    world.configMaps.remove(one);
    await settled();
    expect([...woken]).toEqual([]);
  });
});
