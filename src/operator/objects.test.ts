import { expect, test } from 'vitest';
import { isPaused } from './objects.ts';
import { objectOf } from './testing/objects.ts';

test.each([
  ['true', true],
  ['True', true],
  ['yes', true],
  ['1', true],
  ['no reason', true],
  ['false', false],
  ['False', false],
  ['FALSE ', false],
  ['', false],
  [undefined, false],
])('opta.dev/paused: %j is a pause: %s', (value, expected) => {
  const annotations = value === undefined ? {} : { 'opta.dev/paused': value };
  expect(isPaused(objectOf('Queue shop/orders', { metadata: { annotations } }))).toBe(expected);
});
