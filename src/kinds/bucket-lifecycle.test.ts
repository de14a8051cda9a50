import type { LifecycleRule, LifecycleRuleFilter } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BucketSpec } from '../api/bucket.ts';
import { OWN_RULE_IDS } from '../aws/s3/lifecycle-rule.ts';
import type { TaggedObservations } from '../engine/graph.ts';
import { bucketKind } from './bucket.ts';
import { lifecycleDefaults, lifecycleRules } from './bucket-lifecycle.ts';
import { keptDefaults, unsetOf, withDefaults } from './defaults.ts';
import type { Kind } from './kind.ts';
import { at, resolved } from './testing/graph.ts';

/** What an adopted or rebuilt Bucket writes that says no more of the lifecycle. */
function written(
  before: readonly LifecycleRule[],
  lifecycle: BucketSpec['lifecycle'] = {},
): readonly LifecycleRule[] {
  const spec: BucketSpec = { environment: 'dev', managementPolicy: 'Apply', lifecycle };
  const state = { settings: { lifecycle: before } };
  const seen: TaggedObservations = {
    state: <S>(node: string) => (node === 'bucket' ? (state as S) : undefined),
    id: () => undefined,
    isKnown: () => true,
    isLeaving: () => false,
    arn: () => undefined,
    tags: () => ({}),
  };
  const chosen = unsetOf(spec, lifecycleDefaults(spec)).map(
    one => [one.field, one.observed?.(seen) ?? one.value] as const,
  );
  return lifecycleRules(withDefaults(spec, Object.fromEntries(chosen)).lifecycle) ?? [];
}

const FILTERS: readonly (LifecycleRuleFilter | undefined)[] = [
  undefined,
  { Prefix: '' },
  {},
  { Prefix: 'tmp/' },
  { Tag: { Key: 'a', Value: 'b' } },
  { ObjectSizeGreaterThan: 0 },
  { And: { Prefix: 'tmp/', Tags: [{ Key: 'a', Value: 'b' }] } },
];
const DOES: readonly Partial<LifecycleRule>[] = [
  { Expiration: { Days: 5 } },
  { Expiration: { Date: new Date(0) } },
  { NoncurrentVersionExpiration: { NoncurrentDays: 6 } },
  { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 } },
  { NoncurrentVersionTransitions: [{ NoncurrentDays: 33, StorageClass: 'GLACIER' }] },
];
const IDS = ['theirs', undefined, ...OWN_RULE_IDS];
const STATUSES = ['Enabled', 'Disabled'] as const;
const PREFIXES = [undefined, '', 'old/'];

const EVERY: readonly LifecycleRule[] = IDS.flatMap(ID =>
  STATUSES.flatMap(Status =>
    FILTERS.flatMap(Filter =>
      (Filter === undefined ? PREFIXES : [undefined]).flatMap(Prefix =>
        DOES.map(does => ({ ID, Status, Filter, Prefix, ...does })),
      ),
    ),
  ),
);

/** Without what says the same: no filter has several forms. */
function isForAll({ Filter, Prefix }: LifecycleRule): boolean {
  return (Prefix ?? '') === '' && [undefined, '{}', '{"Prefix":""}'].includes(JSON.stringify(Filter));
}

function doesAlike(one: LifecycleRule, other: LifecycleRule): boolean {
  const does = ({ ID: _, Status: __, Filter: ___, Prefix: ____, ...rest }: LifecycleRule) =>
    JSON.stringify(rest);
  return does(one) === does(other);
}

test('nothing is deleted or moved of all objects that was not of all objects before, by a rule of ours that was on', () => {
  let taken = 0;
  for (const rule of EVERY) {
    for (const one of written([rule])) {
      expect(rule, JSON.stringify(one)).toMatchObject({ ID: one.ID, Status: 'Enabled' });
      expect(isForAll(rule) && doesAlike(rule, one), JSON.stringify(rule)).toBe(true);
      taken += 1;
    }
  }
  // In each of the four forms of no filter: what our rules do, and dates are not what they do.
  expect(taken).toBe(4 * 4);
  console.log(`covered: ${EVERY.length} lifecycle rules of adopted buckets`);
});

test('what the spec says is written whatever others have, and what it leaves out is what ours did', () => {
  const mine = lifecycleRules({ nonCurrentExpireDays: 91, expireDays: 11 }) ?? [];
  for (const rule of EVERY.filter(one => !OWN_RULE_IDS.includes(one.ID ?? '')))
    expect(written([rule, ...mine], { abortMultipartDays: 3 })).toEqual(
      lifecycleRules({ nonCurrentExpireDays: 91, expireDays: 11, abortMultipartDays: 3 }),
    );
});

test('rules of others stay in a bucket that is adopted, and in no other', () => {
  const kind = bucketKind as Kind;
  const environment = { grants: { adopt: [{ namespace: 'shop', kind: 'Bucket', ids: ['theirs'] }] } };
  const ownRules = (spec: object, more = {}) =>
    at(resolved(kind, { spec, ...more }), 'bucket.desired.settings.ownRules');
  expect(ownRules({ adopt: { name: 'theirs' } }, { environment })).toEqual(OWN_RULE_IDS);
  expect(ownRules({ adopt: { name: 'theirs' } })).toBeUndefined();
  expect(ownRules({})).toBeUndefined();
  // All that ours are is known by these.
  const all = lifecycleRules({ nonCurrentExpireDays: 1, abortMultipartDays: 1, expireDays: 1 }) ?? [];
  expect(all.map(rule => rule.ID).sort()).toEqual([...OWN_RULE_IDS].sort());
});

describe('defaults that were recorded before, and what the spec says now', () => {
  type Day = number | undefined;
  type Days = readonly [infrequent?: Day, glacier?: Day, expire?: Day];
  const FIELDS = ['nonCurrentToInfrequentAccessDays', 'nonCurrentToGlacierDays', 'nonCurrentExpireDays'];
  const members = (days: Days, prefix = '') =>
    Object.fromEntries(
      FIELDS.flatMap((field, index) => (days[index] === undefined ? [] : [[prefix + field, days[index]]])),
    );

  /** What is written then, in days, as a pass computes it. */
  function days(given: Days, recorded: Days): readonly number[] {
    const spec = { environment: 'dev', lifecycle: members(given) };
    const kept = keptDefaults(bucketKind as Kind, spec, members(recorded, 'lifecycle.'));
    const whole: BucketSpec = { ...spec, managementPolicy: 'Apply' };
    const table = unsetOf(spec, bucketKind.defaults(whole, 0)).map(one => [one.field, one.value] as const);
    const chosen: Record<string, unknown> = { ...Object.fromEntries(table), ...kept };
    // Where one is chosen for the first time the pass looks at all of them again.
    const isChosen = table.some(([field]) => FIELDS.some(one => field.endsWith(one)) && !(field in kept));
    const all = isChosen ? (bucketKind.settled?.(whole, chosen) ?? {}) : chosen;
    const { lifecycle = {} } = withDefaults(spec, all);
    return FIELDS.map(field => Number(Reflect.get(lifecycle, field)));
  }

  const none = undefined;
  test.each<[string, Days, Days, Days]>([
    ['nothing: they stay', [], [30, 60, 90], [30, 60, 90]],
    ['nothing: those of another time stay', [], [45, 0, 400], [45, 0, 400]],
    ['versions go before they would move', [none, none, 45], [30, 60, 90], [30, 0, 45]],
    ['versions go before any move', [none, none, 20], [30, 60, 90], [0, 0, 20]],
    ['versions go later', [none, none, 400], [30, 60, 90], [30, 60, 400]],
    ['the first move is too near the second', [60], [30, 60, 90], [60, 0, 90]],
    ['the first move is after all', [100], [30, 60, 90], [100, 130, 160]],
    ['the second move is after they would go', [none, 120], [30, 60, 90], [30, 120, 150]],
    ['the second move is too near the first', [none, 40], [30, 60, 90], [0, 40, 90]],
    ['no move at all', [0, 0], [30, 60, 90], [0, 0, 90]],
    ['what was adopted gives way too', [none, none, 65], [60, 100, 0], [60, 0, 65]],
    ['what S3 takes of nobody', [], [7, 60, 90], [30, 60, 90]],
  ])('%s', (_, given, recorded, expected) => {
    expect(days(given, recorded)).toEqual(expected);
  });

  test('S3 takes the rules whatever was recorded, and what it would take as it was recorded stays', () => {
    const some = fc.option(fc.oneof(fc.constantFrom(0, 1, 29, 30, 31, 60, 61, 90), fc.nat(200)), {
      nil: undefined,
    });
    const three = fc.tuple(some, some, some);
    const taken = ([infrequent = 0, glacier = 0, expire = 0]: Days) =>
      (infrequent === 0 || infrequent >= 30) &&
      (infrequent === 0 || glacier === 0 || glacier >= infrequent + 30) &&
      (expire === 0 || expire > Math.max(infrequent, glacier));
    fc.assert(
      fc.property(three, three, (given, recorded) => {
        fc.pre(taken(given));
        const result = days(given, recorded);
        expect(taken([result[0], result[1], result[2]])).toBe(true);
        const whole = FIELDS.map((_, index) => given[index] ?? recorded[index]);
        if (whole.every(one => one !== undefined) && taken([whole[0], whole[1], whole[2]]))
          expect(result).toEqual(whole);
        for (const [index, one] of given.entries()) if (one !== undefined) expect(result[index]).toBe(one);
      }),
      { numRuns: 5_000 },
    );
  });
});
