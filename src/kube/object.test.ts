import { expect, test } from 'vitest';
import { isAtLeast, keyOf, splitKey, strip } from './object.ts';

test.each([
  ['2', '1', true],
  ['1', '1', true],
  ['9', '10', false],
  ['10', '9', true],
  ['9007199254740993', '9007199254740992', true],
  ['9007199254740992', '9007199254740993', false],
])('resourceVersion %s is at least %s: %s', (a, b, expected) => {
  expect(isAtLeast(a, b)).toBe(expected);
});

test('keys go there and back', () => {
  expect(keyOf({ metadata: { namespace: 'shop', name: 'a' } })).toBe('shop/a');
  expect(keyOf({ metadata: { name: 'a' } })).toBe('a');
  expect(splitKey('shop/a')).toEqual({ namespace: 'shop', name: 'a' });
  expect(splitKey('a')).toEqual({ name: 'a' });
});

test('what nobody reads is stripped, the rest stays', () => {
  const metadata = {
    name: 'a',
    uid: 'u',
    resourceVersion: '1',
    managedFields: [{}],
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}', mine: 'x' },
  };
  expect(strip({ apiVersion: 'v1', kind: 'X', metadata })).toEqual({
    apiVersion: 'v1',
    kind: 'X',
    metadata: { name: 'a', uid: 'u', resourceVersion: '1', annotations: { mine: 'x' } },
  });
});

test('who wrote an annotation stays: the last of them', () => {
  const by = (manager: string, time: string, ...names: readonly string[]) => ({
    manager,
    time,
    fieldsV1: {
      'f:metadata': {
        'f:annotations': Object.fromEntries(['.', ...names.map(name => `f:${name}`)].map(key => [key, {}])),
      },
    },
  });
  const metadata = {
    name: 'a',
    uid: 'u',
    resourceVersion: '1',
    managedFields: [
      by('kubectl-annotate', '2026-01-02T00:00:00Z', 'opta.dev/approve', 'gone'),
      by('argocd', '2026-01-01T00:00:00Z', 'opta.dev/approve', 'mine'),
      { manager: 'kubelet', fieldsV1: {} },
      {},
    ],
    annotations: { 'opta.dev/approve': 'abc', mine: 'x', unknown: 'y' },
  };
  expect(strip({ apiVersion: 'v1', kind: 'X', metadata }).metadata).toMatchObject({
    annotatedBy: { 'opta.dev/approve': 'kubectl-annotate', mine: 'argocd' },
  });
});
