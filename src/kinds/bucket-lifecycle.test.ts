import type { LifecycleRule, LifecycleRuleFilter } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import type { BucketSpec } from '../api/bucket.ts';
import { OWN_RULE_IDS } from '../aws/s3/lifecycle-rule.ts';
import type { TaggedObservations } from '../engine/graph.ts';
import { bucketKind } from './bucket.ts';
import { lifecycleDefaults, lifecycleRules } from './bucket-lifecycle.ts';
import { unsetOf, withDefaults } from './defaults.ts';
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
