import { expect, test } from 'vitest';
import { bindingName } from './binding.ts';
import type { OptaObject } from './objects.ts';

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
