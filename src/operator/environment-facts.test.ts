import { expect, test } from 'vitest';
import { factsOf, targetOf } from './environment-facts.ts';
import { objectOf } from './testing/objects.ts';

const PLACE = { region: 'eu-central-1', accountId: '111111111111' };

test('an environment that has made nothing yet gives no key and no log bucket', () => {
  expect(factsOf(objectOf('OptaEnvironment dev', { spec: PLACE }))).toEqual({
    name: 'dev',
    tags: {},
    keyArn: undefined,
    keyDeletionWindowDays: 30,
    logBucket: undefined,
    grants: {},
  });
});

test('it gives what its status says that it made, and what its spec grants', () => {
  const grants = { principals: ['222222222222'] };
  const spec = { ...PLACE, tags: { team: 'a' }, encryption: { deletionWindowDays: 7 }, grants };
  const status = { encryption: { keyArn: 'arn:k' }, logBucket: 'logs' };
  expect(factsOf(objectOf('OptaEnvironment dev', { spec, status }))).toEqual({
    name: 'dev',
    tags: { team: 'a' },
    keyArn: 'arn:k',
    keyDeletionWindowDays: 7,
    logBucket: 'logs',
    grants,
  });
});

test('a default that was chosen once counts where the spec says nothing', () => {
  const status = { defaults: { 'encryption.deletionWindowDays': 14 } };
  expect(factsOf(objectOf('OptaEnvironment dev', { spec: PLACE, status })).keyDeletionWindowDays).toBe(14);
  const spec = { ...PLACE, encryption: { deletionWindowDays: 7 } };
  expect(factsOf(objectOf('OptaEnvironment dev', { spec, status })).keyDeletionWindowDays).toBe(7);
});

test.each([
  [{}, {}],
  [{ roleArn: 'arn:r' }, { roleArn: 'arn:r' }],
  [
    { roleArn: 'arn:r', externalId: 'x' },
    { roleArn: 'arn:r', externalId: 'x' },
  ],
])('where it is: with %j', (more, expected) => {
  const spec = { ...PLACE, ...more };
  expect(targetOf(objectOf('OptaEnvironment dev', { spec }))).toEqual({
    ...PLACE,
    ...expected,
  });
});
