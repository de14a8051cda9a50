import { describe, expect, test } from 'vitest';
import { KINDS } from './all.ts';
import { isUnset, trustedDefaults, unsetOf, withDefaults, writtenOf } from './defaults.ts';
import type { Kind } from './kind.ts';
import { TODAY } from './testing/graph.ts';

function kindNamed(name: string): Kind {
  const kind = KINDS.find(one => one.api.kind === name);
  if (kind === undefined) throw new Error(`no kind ${name}`);
  return kind;
}

/** Or an object in a rebuilt cluster would move to what is the default by then. */
test.each(KINDS.map(kind => [kind.api.kind, kind] as const))(
  'every default of a %s is taken over from AWS where its resources are there already',
  (_, kind) => {
    const blind = kind.defaults({ kubernetes: {} }, TODAY).filter(one => one.observed === undefined);
    // Nothing in AWS tells of it, and nothing there depends on it while the Bucket lives.
    expect(blind.map(one => one.field)).toEqual(kind.api.kind === 'Bucket' ? ['forceDestroy'] : []);
  },
);

test.each([
  ['Queue', { acceptEventBridge: true, messageRetentionSeconds: 60, deadLetter: { maxReceiveCount: 2 } }],
  ['Bucket', { publicRead: true, versioning: false, lifecycle: { expireDays: 3 } }],
])('what a %s writes in the place of a default is told, but not what lets others in', (name, spec) => {
  const written = writtenOf(spec, kindNamed(name).defaults({}, TODAY));
  expect(Object.fromEntries(written.map(one => [one.field, one.value]))).toEqual(
    name === 'Queue'
      ? { messageRetentionSeconds: 60, 'deadLetter.maxReceiveCount': 2 }
      : { versioning: false, 'lifecycle.expireDays': 3 },
  );
});

describe('a spec with defaults', () => {
  test.each<[string, object, Record<string, unknown>, object]>([
    ['a field that is left out', {}, { a: 1 }, { a: 1 }],
    ['a field that is said stays', { a: 2 }, { a: 1 }, { a: 2 }],
    [
      'also where it says nothing by a value',
      { a: false, b: 0, c: '' },
      { a: true, b: 1, c: 'x' },
      { a: false, b: 0, c: '' },
    ],
    ['null is said', { a: null }, { a: 1 }, { a: null }],
    ['a field inside', {}, { 'a.b.c': 1 }, { a: { b: { c: 1 } } }],
    ['beside what is there', { a: { x: 1 } }, { 'a.b': 2 }, { a: { x: 1, b: 2 } }],
    [
      'no prototype is reached',
      {},
      { '__proto__.polluted': true, 'constructor.prototype.polluted': true },
      { constructor: { prototype: { polluted: true } } },
    ],
  ])('%s', (_, spec, defaults, expected) => {
    const before = structuredClone(spec);
    const filled = withDefaults(spec, defaults);
    expect(JSON.parse(JSON.stringify({ ...filled, ['__proto__']: undefined }))).toEqual(expected);
    expect(spec).toEqual(before);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  test('a member that every object has is not said by the spec', () => {
    expect(isUnset({}, 'constructor')).toBe(true);
    expect(isUnset({}, 'toString.name')).toBe(true);
    expect(
      unsetOf({ a: 1 }, [
        { field: 'a', value: 0 },
        { field: 'b', value: 0 },
      ]).map(one => one.field),
    ).toEqual(['b']);
  });
});

describe('of the defaults in a status count', () => {
  test.each(KINDS.map(kind => [kind.api.kind, kind] as const))('all that %s gives itself', (_, kind) => {
    const own = Object.fromEntries(kind.defaults({}, TODAY).map(one => [one.field, one.value]));
    expect(Object.keys(own).length).toBeGreaterThan(0);
    expect(trustedDefaults(kind, own)).toEqual(own);
    expect(trustedDefaults(kind, undefined)).toEqual({});
  });

  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['Queue', { delaySeconds: 7, adopt: { name: 'foreign' } }, { delaySeconds: 7 }],
    ['Queue', { 'adopt.name': 'foreign', environment: 'prod', tags: { 'opta.dev/uid': 'x' } }, {}],
    ['Queue', { '__proto__.acceptEventBridge': true }, {}],
    [
      'Queue',
      { acceptEventBridge: 'yes', delaySeconds: '7', encryption: 'None', 'deadLetter.mode': { a: 1 } },
      {},
    ],
    ['Queue', { visibilityTimeoutSeconds: 1.5, messageRetentionSeconds: null }, {}],
    ['Queue', { 'deadLetter.maxReceiveCount': 2000 }, { 'deadLetter.maxReceiveCount': 2000 }],
    ['Queue', { 'deadLetter.mode.x': 1, 'deadLetter.toString': 1, 'deadLetter.': 1, '': 1 }, {}],
    [
      'Bucket',
      { policyStatements: [{ sid: 'A' }], name: 'foreign', cors: [], forceDestroy: true },
      { forceDestroy: true },
    ],
    [
      'Topic',
      { subscriptions: [{ queue: 'x' }], encryption: 'EnvironmentKey' },
      { encryption: 'EnvironmentKey' },
    ],
    [
      'OptaEnvironment',
      { grants: { principals: ['999999999999'] }, accountId: '999999999999', roleArn: 'x' },
      {},
    ],
  ])('%s: of %j only %j', (name, stored, expected) => {
    expect(trustedDefaults(kindNamed(name), stored)).toEqual(expected);
  });
});
