import { expect, test } from 'vitest';
import { pathOf, type Resource, type Where, whereIs } from './resources.ts';

const queues: Resource = {
  group: 'aws.opta.dev',
  version: 'v1',
  plural: 'queues',
  kind: 'Queue',
  namespaced: true,
};
const secrets: Resource = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret', namespaced: true };
const crds: Resource = { group: 'x.io', version: 'v1', plural: 'crds', kind: 'Crd', namespaced: false };

const rows: [Resource, Where, string][] = [
  [queues, {}, '/apis/aws.opta.dev/v1/queues'],
  [queues, { namespace: 'shop' }, '/apis/aws.opta.dev/v1/namespaces/shop/queues'],
  [queues, { namespace: 'shop', name: 'a' }, '/apis/aws.opta.dev/v1/namespaces/shop/queues/a'],
  [
    queues,
    { namespace: 'shop', name: 'a', subresource: 'status' },
    '/apis/aws.opta.dev/v1/namespaces/shop/queues/a/status',
  ],
  [secrets, { namespace: 'shop', name: 'a' }, '/api/v1/namespaces/shop/secrets/a'],
  [crds, { name: 'a' }, '/apis/x.io/v1/crds/a'],
  [secrets, { namespace: 'a/b', name: '../x' }, '/api/v1/namespaces/a%2Fb/secrets/..%2Fx'],
];

test.each(rows)('%o %o', (resource, where, path) => {
  expect(pathOf(resource, where)).toBe(path);
});

test('a path that would mean something else is refused', () => {
  expect(() => pathOf(queues, { name: 'a' })).toThrow('needs a namespace');
  expect(() => pathOf(crds, { namespace: 'shop', name: 'a' })).toThrow('not namespaced');
});

test('where an object is', () => {
  expect(whereIs(queues, { metadata: { name: 'a', namespace: 'shop' } })).toEqual({
    name: 'a',
    namespace: 'shop',
  });
  expect(whereIs(crds, { metadata: { name: 'a' } })).toEqual({ name: 'a' });
});
