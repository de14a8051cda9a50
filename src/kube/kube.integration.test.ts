import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { customResourceDefinitions, installCrds } from '../../hack/bench/kubernetes/install-crds.ts';
import { apply, remove } from '../../hack/bench/kubernetes/objects.ts';
import { type ControlPlane, startControlPlane } from '../../hack/bench/kubernetes/start.ts';
import { systemClock } from '../engine/clock.ts';
import { create, get, list, listIfServed } from './apply.ts';
import { ApiError, isAlreadyExists, isConflict, isNotFound } from './errors.ts';
import { createEventRecorder } from './events.ts';
import { addFinalizer, removeFinalizer } from './finalizer.ts';
import { loadKubeContext } from './kubeconfig.ts';
import { holdLease } from './lease.ts';
import { silentLog } from './log.ts';
import { isAtLeast, type KubeObject } from './object.ts';
import { startReflector } from './reflector.ts';
import { pathOf, type Resource } from './resources.ts';
import { applyStatus } from './status.ts';
import { type Change, createStore } from './store.ts';
import { type Call, createTransport, type Transport } from './transport.ts';

interface Widget extends KubeObject {
  spec?: { size?: number };
  status?: { phase?: string; detail?: string };
}

const widgets: Resource = {
  group: 'test.opta.dev',
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
  namespaced: true,
};
const configMaps: Resource = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
};
const secrets: Resource = { ...configMaps, plural: 'secrets', kind: 'Secret' };
const namespaces: Resource = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
};
const events: Resource = {
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
};

const widgetCrd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.test.opta.dev' },
  spec: {
    group: 'test.opta.dev',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: { type: 'object', properties: { size: { type: 'integer', maximum: 10 } } },
              status: {
                type: 'object',
                properties: { phase: { type: 'string' }, detail: { type: 'string' } },
              },
            },
          },
        },
      },
    ],
  },
};

const fieldManager = 'opta-operator';
const eventually = { timeout: 30_000, interval: 20 };
const finalizer = 'opta.dev/finalizer';

let directory: string;
let controlPlane: ControlPlane;
let transport: ReturnType<typeof createTransport>;
let stop: AbortController;
let namespace: string;
let namespaceCount = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kube-'));
  controlPlane = await startControlPlane({ directory, log: line => console.log(line) });
  const context = await loadKubeContext({ path: controlPlane.kubeconfig });
  transport = createTransport({ context, clock: systemClock });
  await installCrds(transport, [widgetCrd], { fieldManager, clock: systemClock });
});

afterAll(async () => {
  transport?.close();
  await controlPlane?.stop();
  await rm(directory, { recursive: true, force: true });
});

beforeEach(async () => {
  stop = new AbortController();
  namespaceCount += 1;
  namespace = `team-${namespaceCount}`;
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
  await create(transport, namespaces, object, { fieldManager });
});

afterEach(() => stop.abort());

function widget(name: string, size = 1) {
  return { apiVersion: 'test.opta.dev/v1', kind: 'Widget', metadata: { name, namespace }, spec: { size } };
}

function applyWidget(name: string, size = 1): Promise<Widget> {
  return apply<Widget>(transport, widgets, widget(name, size), { fieldManager: 'user' });
}

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

function reflect() {
  const store = createStore<Widget>();
  const changes: Change<Widget>[] = [];
  store.onChange(change => changes.push(change));
  const reflector = startReflector<Widget>({
    transport,
    clock: systemClock,
    resource: widgets,
    store,
    signal: stop.signal,
    namespace,
    random: () => 0,
  });
  return { store, changes, reflector };
}

describe('objects', () => {
  test('are applied, read, listed in pages and removed', async () => {
    expect(await get(transport, widgets, { namespace, name: 'a' })).toBeUndefined();
    const applied = await applyWidget('a', 2);
    expect(applied).toMatchObject({ spec: { size: 2 }, metadata: { name: 'a' } });
    expect(applied.metadata).not.toHaveProperty('managedFields');
    expect(await list<Widget>(transport, widgets, { namespace })).toHaveLength(1);

    expect(await remove(transport, widgets, { metadata: { ...applied.metadata, uid: 'another' } })).toBe(
      false,
    );
    expect(await get(transport, widgets, { namespace, name: 'a' })).toBeDefined();
    expect(await remove(transport, widgets, applied)).toBe(true);
    expect(await remove(transport, widgets, applied)).toBe(false);
    expect(await get(transport, widgets, { namespace, name: 'a' })).toBeUndefined();
  });

  test('that are refused say why', async () => {
    const error = await errorOf(applyWidget('a', 11));
    expect(error).toMatchObject({ status: 422, reason: 'Invalid', details: { name: 'a' } });
    expect(String(error)).toContain('should be less than or equal to 10');
  });

  test('that exist are not made again', async () => {
    await create(transport, widgets, widget('a'), { fieldManager });
    expect(isAlreadyExists(await errorOf(create(transport, widgets, widget('a'), { fieldManager })))).toBe(
      true,
    );
  });

  test('of another manager are not taken over without force', async () => {
    await applyWidget('a', 1);
    const mine = widget('a', 2);
    expect(isConflict(await errorOf(apply(transport, widgets, mine, { fieldManager })))).toBe(true);
    expect(await apply(transport, widgets, mine, { fieldManager, force: true })).toMatchObject({
      spec: { size: 2 },
    });
  });

  test('that are Secrets keep their content out of errors', async () => {
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's', namespace },
      data: { password: 'canary-value' },
    };
    const error = await errorOf(apply(transport, secrets, secret, { fieldManager }));
    expect(error).toBeInstanceOf(ApiError);
    expect(`${JSON.stringify(error)} ${error}`).not.toContain('canary-value');
  });
});

describe('a status', () => {
  test('is written whole, and what is left out goes away', async () => {
    const object = await applyWidget('a');
    const first = await applyStatus(
      transport,
      widgets,
      object,
      { phase: 'New', detail: 'x' },
      { fieldManager },
    );
    expect(first.status).toEqual({ phase: 'New', detail: 'x' });
    const second = await applyStatus(transport, widgets, first, { phase: 'Ready' }, { fieldManager });
    expect(second.status).toEqual({ phase: 'Ready' });
    expect(isAtLeast(second.metadata.resourceVersion, first.metadata.resourceVersion)).toBe(true);
    expect(isAtLeast(first.metadata.resourceVersion, second.metadata.resourceVersion)).toBe(false);
  });

  test('that is the same again writes nothing', async () => {
    const object = await applyWidget('a');
    const first = await applyStatus(transport, widgets, object, { phase: 'New' }, { fieldManager });
    const second = await applyStatus(transport, widgets, first, { phase: 'New' }, { fieldManager });
    expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  });

  test('is refused when the object was changed since', async () => {
    const object = await applyWidget('a', 1);
    await applyWidget('a', 2);
    const error = await errorOf(applyStatus(transport, widgets, object, { phase: 'New' }, { fieldManager }));
    expect(isConflict(error)).toBe(true);
  });

  test('is refused when the object is another of the same name, or gone, and makes none', async () => {
    const object = await applyWidget('a');
    await remove(transport, widgets, object);
    const gone = await errorOf(applyStatus(transport, widgets, object, { phase: 'New' }, { fieldManager }));
    expect(isNotFound(gone) || isConflict(gone)).toBe(true);
    expect(await get(transport, widgets, { namespace, name: 'a' })).toBeUndefined();
    await applyWidget('a');
    const successor = await errorOf(
      applyStatus(transport, widgets, object, { phase: 'New' }, { fieldManager }),
    );
    expect(isConflict(successor)).toBe(true);
  });
});

describe('a finalizer', () => {
  test('holds the object until it is taken off', async () => {
    const held = await addFinalizer(transport, widgets, await applyWidget('a'), finalizer);
    expect(held.metadata.finalizers).toEqual([finalizer]);
    expect(await addFinalizer(transport, widgets, held, finalizer)).toBe(held);
    await remove(transport, widgets, held);
    const deleting = await get<Widget>(transport, widgets, { namespace, name: 'a' });
    if (!deleting) throw new Error('the finalizer did not hold it');
    expect(deleting.metadata.deletionTimestamp).toBeDefined();
    await removeFinalizer(transport, widgets, deleting, finalizer);
    expect(await get(transport, widgets, { namespace, name: 'a' })).toBeUndefined();
    expect(await removeFinalizer(transport, widgets, deleting, finalizer)).toBeUndefined();
  });

  test('of somebody else is never lost by ours', async () => {
    const before = await applyWidget('a');
    await addFinalizer(transport, widgets, before, 'example.com/other');
    expect(isConflict(await errorOf(addFinalizer(transport, widgets, before, finalizer)))).toBe(true);
  });

  test('is not put on an object that is gone, nor on its successor', async () => {
    const gone = await applyWidget('a');
    await remove(transport, widgets, gone);
    expect(isNotFound(await errorOf(addFinalizer(transport, widgets, gone, finalizer)))).toBe(true);
    await applyWidget('a');
    expect(isConflict(await errorOf(addFinalizer(transport, widgets, gone, finalizer)))).toBe(true);
  });
});

describe('a reflector', () => {
  test('sees what is there, and then every change', async () => {
    await applyWidget('before');
    const { store, changes } = reflect();
    await store.synced;
    expect([...store.all()].map(({ metadata }) => metadata.name)).toEqual(['before']);
    expect(changes).toHaveLength(1);

    await applyWidget('during', 1);
    const last = await applyWidget('during', 2);
    await vi.waitFor(() => expect(store.get(`${namespace}/during`)?.spec?.size).toBe(2), eventually);
    expect(isAtLeast(store.resourceVersion, last.metadata.resourceVersion)).toBe(true);
    await remove(transport, widgets, last);
    await vi.waitFor(() => expect(store.size).toBe(1), eventually);
  });

  test('lists in pages, and 300 objects that change at once', async () => {
    const names = Array.from({ length: 300 }, (_, i) => `w-${i}`);
    await Promise.all(names.map(name => applyWidget(name, 1)));
    const { store } = reflect();
    await store.synced;
    expect(store.size).toBe(300);
    await Promise.all(names.map(name => applyWidget(name, 2)));
    await vi.waitFor(
      () => expect([...store.all()].every(({ spec }) => spec?.size === 2)).toBe(true),
      eventually,
    );
  });

  test('lists what has no room in one answer in smaller pages', async () => {
    const objects = Array.from({ length: 12 }, (_, i) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `c-${i}`, namespace },
      data: { key: '<'.repeat(1_000_000) },
    }));
    for (const object of objects) await create(transport, configMaps, object, { fieldManager });
    const limits: unknown[] = [];
    const counting: Pick<Transport, 'request' | 'stream'> = {
      request(call) {
        limits.push(call.query?.limit);
        return transport.request(call);
      },
      stream: transport.stream,
    };
    const store = createStore<KubeObject>();
    startReflector({
      transport: counting,
      clock: systemClock,
      resource: configMaps,
      store,
      signal: stop.signal,
      namespace,
      keep: ({ apiVersion, kind, metadata }) => ({ apiVersion, kind, metadata }),
    });
    await store.synced;
    expect(
      objects.filter(({ metadata }) => store.get(`${namespace}/${metadata.name}`) === undefined),
    ).toEqual([]);
    // Six bytes for each `<`: five of them have room. Behind them is what the control plane makes in each namespace.
    expect(limits.slice(0, 10)).toEqual([500, 250, 125, 62, 31, 15, 7, 3, 4, 5]);
  });

  test('goes on after the API server was killed and started again', async () => {
    const { store } = reflect();
    await store.synced;
    await controlPlane.restartApiserver();
    await vi.waitFor(() => applyWidget('after'), eventually);
    await vi.waitFor(() => expect(store.get(`${namespace}/after`)).toBeDefined(), eventually);
  });

  test('ends with its signal, and only then', async () => {
    const { store, reflector } = reflect();
    await store.synced;
    stop.abort();
    await reflector.ended;
    await applyWidget('late');
    expect(store.size).toBe(0);
  });

  test('that is told its place is too old lists anew', async () => {
    await applyWidget('a');
    const store = createStore<Widget>();
    const told: string[] = [];
    let isFirst = true;
    const forgetful: Pick<Transport, 'request' | 'stream'> = {
      request: call => transport.request(call),
      stream(call, onLine) {
        const query = isFirst ? { ...call.query, resourceVersion: '1' } : call.query;
        isFirst = false;
        return transport.stream({ ...call, ...(query ? { query } : {}) }, onLine);
      },
    };
    const log = { ...silentLog, warn: (fields: object) => told.push(JSON.stringify(fields)) };
    startReflector({
      transport: forgetful,
      clock: systemClock,
      resource: widgets,
      store,
      signal: stop.signal,
      log,
    });
    await vi.waitFor(() => expect(told.join()).toMatch(/410 .*too old resource version/), eventually);
    await applyWidget('b');
    await vi.waitFor(() => expect(store.get(`${namespace}/b`)).toBeDefined(), eventually);
  });

  test('whose place is yet to come, as after its storage was restored, hears nothing, asks, and lists anew', async () => {
    await applyWidget('a');
    const store = createStore<Widget>();
    const told: string[] = [];
    let isFirst = true;
    let lines = 0;
    let slept = 0;
    const restored: Pick<Transport, 'request' | 'stream'> = {
      async request<T>(call: Call): Promise<T> {
        const answer = await transport.request<T & { metadata: { resourceVersion: string } }>(call);
        if (isFirst) answer.metadata.resourceVersion += '000';
        isFirst = false;
        return answer;
      },
      async stream(call, onLine) {
        await transport.stream({ ...call, query: { ...call.query, timeoutSeconds: 3 } }, line => {
          lines += 1;
          onLine(line);
        });
        if (lines === 0) slept = 600_000;
      },
    };
    const log = { ...silentLog, warn: (fields: object) => told.push(JSON.stringify(fields)) };
    startReflector({
      transport: restored,
      clock: { ...systemClock, monotonic: () => systemClock.monotonic() + slept },
      resource: widgets,
      store,
      signal: stop.signal,
      namespace,
      log,
    });
    await store.synced;
    await applyWidget('b');
    await vi.waitFor(() => expect(store.get(`${namespace}/b`)).toBeDefined(), eventually);
    expect([lines, told.length]).toEqual([0, 1]);
    expect(told[0]).toContain('Too large resource version');
    await applyWidget('c');
    await vi.waitFor(() => expect(store.get(`${namespace}/c`)).toBeDefined(), eventually);
  });

  test('of a type that is not installed is empty, goes on asking, and sees it when it is', async () => {
    const store = createStore<KubeObject>();
    const gadgets: Resource = { ...widgets, plural: 'gadgets', kind: 'Gadget' };
    const reflector = startReflector({
      transport,
      clock: systemClock,
      resource: gadgets,
      store,
      signal: stop.signal,
    });
    await store.synced;
    expect(reflector.unlisted).toBe('gadgets.test.opta.dev is not installed');
    expect(await listIfServed(transport, gadgets)).toEqual([]);
    const crd = structuredClone(widgetCrd);
    crd.metadata.name = 'gadgets.test.opta.dev';
    crd.spec.names = { plural: 'gadgets', singular: 'gadget', kind: 'Gadget', listKind: 'GadgetList' };
    await installCrds(transport, [crd], { fieldManager, clock: systemClock });
    const stored = await get(transport, customResourceDefinitions, { name: crd.metadata.name });
    expect(stored).toBeDefined();
    await vi.waitFor(() => expect(reflector.unlisted).toBeUndefined(), eventually);
  });
});

describe('a lease', () => {
  function hold(identity: string) {
    return holdLease({
      transport,
      clock: systemClock,
      namespace,
      name: 'operator',
      identity,
      durationMs: 3_000,
      renewDeadlineMs: 2_000,
      retryMs: 200,
      isUnused: async () => true,
    });
  }

  test('goes to one, and to the next when the first gives it back', async () => {
    const first = hold('first');
    await first.acquired;
    first.guard(1_000);
    const second = hold('second');
    const start = performance.now();
    await first.release();
    await second.acquired;
    expect(performance.now() - start).toBeLessThan(2_000);
    expect(() => first.guard(1)).toThrow('does not hold');
    await second.release();
  });

  test('goes to another by force, and the former holder finds out', async () => {
    const first = hold('first');
    await first.acquired;
    const path = pathOf(
      { ...widgets, group: 'coordination.k8s.io', plural: 'leases' },
      { namespace, name: 'operator' },
    );
    await transport.request({
      method: 'PATCH',
      path,
      contentType: 'application/merge-patch+json',
      body: { spec: { holderIdentity: 'thief' } },
    });
    expect(await first.lost).toContain('thief');
    const second = hold('second');
    await second.acquired;
    await Promise.all([first.release(), second.release()]);
  });

  test('is taken up at once by the same holder after a restart', async () => {
    const first = hold('pod-uid');
    await first.acquired;
    const start = performance.now();
    const again = hold('pod-uid');
    await again.acquired;
    expect(performance.now() - start).toBeLessThan(1_000);
    await again.release();
    await first.release();
  });
});

describe('events', () => {
  test('of one kind about one object become one with a count', async () => {
    const object = await applyWidget('a');
    const recorder = createEventRecorder({
      transport,
      clock: systemClock,
      controller: 'opta.dev/operator',
      instance: 'operator-0',
    });
    const drift = { type: 'Warning', reason: 'Drifted', action: 'Update', note: 'size: 1 to 2' } as const;
    recorder.record(object, drift);
    recorder.record(object, drift);
    recorder.record(object, { ...drift, note: 'ü'.repeat(2_000) });
    recorder.record(object, drift);
    await recorder.stop(5_000);
    const stored = await list<KubeObject & { note: string; series?: { count: number } }>(transport, events, {
      namespace,
    });
    expect(stored.map(({ note, series }) => [note.slice(0, 12), series?.count]).sort()).toEqual([
      ['size: 1 to 2', 3],
      ['ü'.repeat(12), undefined],
    ]);
  });

  test('about cluster-scoped objects go to the namespace default', async () => {
    const object = await get(transport, namespaces, { name: namespace });
    if (!object) throw new Error('no namespace');
    const recorder = createEventRecorder({
      transport,
      clock: systemClock,
      controller: 'opta.dev/operator',
      instance: 'operator-0',
    });
    recorder.record(object, { type: 'Normal', reason: 'Ready', action: 'Reconcile', note: 'fine' });
    await recorder.stop(5_000);
    const stored = await list<KubeObject & { regarding: { name: string } }>(transport, events, {
      namespace: 'default',
    });
    expect(stored.some(({ regarding }) => regarding.name === namespace)).toBe(true);
  });
});
