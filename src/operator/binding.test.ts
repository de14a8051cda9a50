import { expect, test } from 'vitest';
import { KINDS } from '../kinds/all.ts';
import type { OwnerReference } from '../kube/object.ts';
import { apiError, createFakeServer } from '../kube/testing/fake-server.ts';
import { bindingName, inBrief, publishBinding } from './binding.ts';
import type { OptaObject } from './objects.ts';
import { silent } from './testing/objects.ts';
import { type ConfigMap, createWorld } from './world.ts';

function objectNamed(name: string): OptaObject {
  return {
    apiVersion: 'opta.dev/v1alpha1',
    kind: 'Queue',
    metadata: { name, namespace: 'shop', uid: 'u', resourceVersion: '1' },
    spec: {},
  };
}

// Kubernetes documentation, "Object Names and IDs".
const SUBDOMAIN = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

test.each([
  ['orders', 'orders-queue'],
  ['a'.repeat(247), `${'a'.repeat(247)}-queue`],
])('%s is published as %s', (name, expected) => {
  expect(bindingName(objectNamed(name))).toBe(expected);
});

test.each([
  'a'.repeat(248),
  'a'.repeat(253),
  `${'a.'.repeat(126)}a`,
  `${'a'.repeat(237)}.-.${'b'.repeat(13)}`.replace('.-.', '.c.'),
])('a name too long for that is still one of a ConfigMap: %s', name => {
  expect(bindingName(objectNamed(name))).toMatch(SUBDOMAIN);
  expect(bindingName(objectNamed(name))).toMatch(/-[0-9a-f]{8}-queue$/);
});

test('two that differ at the end only are two', () => {
  const long = 'a'.repeat(252);
  expect(bindingName(objectNamed(`${long}b`))).not.toBe(bindingName(objectNamed(`${long}c`)));
});

const OURS = { 'app.kubernetes.io/managed-by': 'opta-operator', 'opta.dev/kind': 'Queue' };

/** Made by us, and of nobody by now. */
function leftWith(labels: Record<string, string>, ownerReferences?: OwnerReference[]): ConfigMap {
  const { apiVersion, kind, metadata, data } = configMapOf('u');
  const { ownerReferences: _, ...rest } = metadata;
  const owned = ownerReferences === undefined ? {} : { ownerReferences };
  return {
    apiVersion,
    kind,
    metadata: { ...rest, labels, ...owned },
    ...(data === undefined ? {} : { data }),
  };
}

/** Ours is `u`; `former`: of the object of this name before it. */
function configMapOf(uid: string): ConfigMap {
  const { apiVersion, kind, metadata } = objectNamed('orders');
  const owner = { apiVersion, kind, name: metadata.name, uid, controller: true };
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: 'orders-queue',
      namespace: 'shop',
      uid: 'c',
      resourceVersion: '5',
      ownerReferences: [owner],
    },
    data: { url: 'old' },
  };
}

interface Answers {
  readonly owner?: string;
  readonly known?: ConfigMap;
  /** As it is now, where the store has less or something older. */
  readonly live?: ConfigMap;
  readonly POST?: Error;
  readonly PATCH?: Error;
  readonly GET?: Error;
}

function publish(of: Answers) {
  return publishTo(of).published;
}

function publishTo({ owner, known, live, ...answers }: Answers) {
  const world = createWorld(KINDS, silent, []);
  const stored = known ?? (owner === undefined ? undefined : configMapOf(owner));
  if (stored !== undefined) world.configMaps.put(stored);
  const server = createFakeServer(({ method }) => {
    const answer = answers[method as 'POST'];
    if (answer !== undefined) throw answer;
    return live ?? stored ?? configMapOf('u');
  });
  return { server, published: publishBinding(world, server, objectNamed('orders'), { url: 'new' }) };
}

const forbidden = apiError(403, 'Forbidden');

test.each<[string, Answers, string]>([
  [
    'that of an earlier object, and its owner may not be changed, waits for the garbage collector',
    { owner: 'former', PATCH: forbidden },
    'ConfigMap shop/orders-queue is still that of the object of this name before',
  ],
  [
    'changed by somebody meanwhile is looked at again',
    { owner: 'u', PATCH: apiError(409, 'Conflict') },
    'ConfigMap shop/orders-queue was changed meanwhile',
  ],
  [
    'deleted by somebody meanwhile is looked at again',
    { owner: 'u', PATCH: apiError(404, 'NotFound') },
    'ConfigMap shop/orders-queue was changed meanwhile',
  ],
  [
    'there when it is made and gone when it is read is looked at again',
    { POST: apiError(409, 'AlreadyExists'), GET: apiError(404, 'NotFound') },
    'ConfigMap shop/orders-queue was changed meanwhile',
  ],
])('a ConfigMap that is %s', async (_, answers, message) => {
  await expect(publish(answers)).rejects.toMatchObject({
    class: 'Busy',
    message: expect.stringContaining(message),
  });
});

test('what is refused of our own is told as it is', async () => {
  await expect(publish({ owner: 'u', PATCH: forbidden })).rejects.toBe(forbidden);
  await expect(publish({ POST: forbidden })).rejects.toBe(forbidden);
});

test('that of an earlier object is taken up where that is allowed', async () => {
  expect(await publish({ owner: 'former' })).toBe('orders-queue');
});

const THEIRS: OwnerReference = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd', uid: 'd' };

test.each<[string, OwnerReference[] | undefined]>([
  ['has no owner', undefined],
  ['is kept by somebody who does not control it', [THEIRS]],
])('one of ours that %s is taken up', async (_, others) => {
  const { server, published } = publishTo({ known: leftWith(OURS, others) });
  expect(await published).toBe('orders-queue');
  const [owned] = configMapOf('u').metadata.ownerReferences ?? [];
  expect(server.calls.map(({ method, body }) => [method, body])).toEqual([
    ['GET', undefined],
    [
      'PATCH',
      {
        metadata: { resourceVersion: '5', labels: OURS, ownerReferences: [...(others ?? []), owned] },
        data: { url: 'new' },
      },
    ],
  ]);
});

test.each<[string, ConfigMap]>([
  ['has none of our labels', leftWith({})],
  ['says that somebody else manages it', leftWith({ ...OURS, 'app.kubernetes.io/managed-by': 'helm' })],
  ['is of another kind', leftWith({ ...OURS, 'opta.dev/kind': 'Topic' })],
  ['is controlled by somebody else', leftWith(OURS, [{ ...THEIRS, controller: true }])],
  [
    'is of a kind and object of the same names of another project',
    leftWith(OURS, [
      { apiVersion: 'example.com/v1', kind: 'Queue', name: 'orders', uid: 'q', controller: true },
    ]),
  ],
])('one that %s is not written', async (_, known) => {
  const { server, published } = publishTo({ known });
  await expect(published).rejects.toMatchObject({
    class: 'Conflict',
    message: expect.stringContaining('does not belong to this object'),
  });
  expect(server.calls.map(({ method }) => method)).toEqual(['GET']);
});

test('one of ours without an owner that may not be taken up says how it is made again', async () => {
  await expect(publish({ known: leftWith(OURS), PATCH: forbidden })).rejects.toMatchObject({
    class: 'Conflict',
    message:
      'ConfigMap shop/orders-queue was made by this operator and has no owner any more, and the operator may not take it up: delete it, and it is made again',
  });
});

const LARGE = '<'.repeat(1_000_000);

test.each<[string, ConfigMap]>([
  ['data', { ...configMapOf('u'), data: { [LARGE]: LARGE } }],
  [
    'labels',
    leftWith({ ...OURS, ...Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`l${i}`, ''])) }),
  ],
  [
    'owners',
    leftWith(
      OURS,
      Array.from({ length: 10_000 }, (_, i) => ({ ...THEIRS, uid: `${i}` })),
    ),
  ],
  ['name of an owner', leftWith(OURS, [{ ...THEIRS, name: LARGE, controller: true }])],
])('of a ConfigMap with large %s little is kept', (_, configMap) => {
  const { metadata } = configMap;
  const kept = inBrief({ ...configMap, metadata: { ...metadata, annotations: { a: LARGE } } });
  expect(JSON.stringify(kept).length).toBeLessThan(1_000);
  expect(kept.metadata).toMatchObject({
    name: 'orders-queue',
    namespace: 'shop',
    uid: 'c',
    resourceVersion: '5',
  });
});

test('what is kept of one of ours suffices to write nothing, and to know that it was changed', async () => {
  const published = { ...configMapOf('u'), data: { url: 'new' } };
  const brief = publishTo({ known: inBrief(published) });
  expect(await brief.published).toBe('orders-queue');
  expect(brief.server.calls).toEqual([]);
  const padded = { ...published, data: { ...published.data, more: LARGE } };
  const changed = { ...published, data: { ...published.data, more: `${LARGE}!` } };
  expect(inBrief(padded).data).toEqual(inBrief(structuredClone(padded)).data);
  expect(inBrief(padded).data).not.toEqual(inBrief(changed).data);
});

test('one of ours beside whose outputs others keep much is read before it is written, and not written without need', async () => {
  const padded = { ...configMapOf('u'), data: { url: 'new', more: LARGE } };
  const right = publishTo({ known: inBrief(padded), live: padded });
  expect(await right.published).toBe('orders-queue');
  expect(right.server.calls.map(({ method }) => method)).toEqual(['GET']);
  const wrong = { ...padded, data: { ...padded.data, url: 'old' } };
  const repaired = publishTo({ known: inBrief(wrong), live: wrong });
  expect(await repaired.published).toBe('orders-queue');
  expect(repaired.server.calls.map(({ method }) => method)).toEqual(['GET', 'PATCH']);
});

test('other owners of one of ours stay, though they are not kept', async () => {
  const shared = configMapOf('u');
  const owned = shared.metadata.ownerReferences ?? [];
  shared.metadata.ownerReferences = [...owned, THEIRS];
  const { server, published } = publishTo({ known: inBrief(shared), live: shared });
  expect(await published).toBe('orders-queue');
  expect(server.calls.at(-1)?.body).toMatchObject({ metadata: { ownerReferences: [THEIRS, ...owned] } });
});
