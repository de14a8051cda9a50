import { expect, test } from 'vitest';
import { asCloudError, type Blocker, CloudError, inOrder, StaleObject } from './errors.ts';

test('an error of the cloud stays what it is', () => {
  const error = new CloudError('Blocked', 'in use', { code: 'DependencyViolation', retryAfterMs: 5 });
  expect(asCloudError(error)).toBe(error);
  expect([error.code, error.retryAfterMs, error.blockers]).toEqual(['DependencyViolation', 5, []]);
  expect(new CloudError('Busy', 'x').code).toBe('Busy');
});

test.each([
  ['an error', new Error('socket hang up'), 'socket hang up'],
  ['anything else', 'text', 'text'],
])('%s is unknown, and retried', (_, thrown, message) => {
  const error = asCloudError(thrown);
  expect([error.class, error.message, error.cause]).toEqual(['Unknown', message, thrown]);
});

test('a dropped pass says why', () => {
  expect(new StaleObject().message).toContain('changed while it was being reconciled');
});

test('blockers read the same in whatever order AWS lists them', () => {
  const blockers: Blocker[] = [
    { resource: 'role b', reason: 'has it attached' },
    { resource: 'role a', reason: 'has it attached' },
    { resource: 'role b', reason: 'has it as its boundary' },
  ];
  expect(inOrder(blockers).map(one => one.resource)).toEqual(['role a', 'role b', 'role b']);
  expect(inOrder(blockers.toReversed())).toEqual(inOrder(blockers));
});
