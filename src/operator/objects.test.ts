import { expect, test } from 'vitest';
import type { Entry } from '../engine/inventory.ts';
import { isPaused, namesOf } from './objects.ts';
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
  ['', true],
  [undefined, false],
])('opta.dev/paused: %j is a pause: %s', (value, expected) => {
  const annotations = value === undefined ? {} : { 'opta.dev/paused': value };
  expect(isPaused(objectOf('Queue shop/orders', { metadata: { annotations } }))).toBe(expected);
});

test.each<readonly [string, Partial<Entry>, readonly string[]]>([
  ['what AWS calls it', { arn: 'arn:k', id: 'k' }, ['arn:k']],
  ['or its id', { id: 'k', pending: { attempt: '2', at: '2026-01-01T00:00:00Z' } }, ['k']],
  ['or its name', { name: 'orders' }, ['kms/key orders']],
  [
    'how one is found whose create was begun and not answered',
    { pending: { attempt: '1', at: '2026-01-01T00:00:00Z' }, attempts: 1 },
    ['kms/key of key (begun, its answer is not known: look for the tag opta.dev/node=key)'],
  ],
  ['nothing of what was never begun', { attempts: 0 }, []],
])('an entry stands for %s', (_, entry, names) => {
  expect(namesOf({ node: 'key', epoch: 1, type: 'kms/key', after: [], ...entry })).toEqual(names);
});
