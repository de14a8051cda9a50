import {
  DeleteBucketLifecycleCommand,
  GetBucketLifecycleConfigurationCommand,
  type LifecycleRule,
  PutBucketLifecycleConfigurationCommand,
} from '@aws-sdk/client-s3';
import { CloudError } from '../../engine/errors.ts';
import { orAbsent } from '../errors.ts';
import type { AwsScope } from '../scope.ts';
import { isOfOurs, isWhole, rulesIn } from './lifecycle-rule.ts';
import { lifecycleInWords } from './lifecycle-words.ts';
import type { Part, Target } from './parts.ts';
import { plain, sameLifecycle } from './same.ts';
import type { BucketSettings } from './settings.ts';

/**
 * In a bucket that was made here the rules are the spec's as a whole: one that somebody put beside them goes, as every change by
 * hand does, and the event says what it did. It might delete objects that nobody agreed to lose, and S3 has all rules in
 * one document, which is why others own it whole too (terraform-provider-aws, aws_s3_bucket_lifecycle_configuration). A bucket
 * that was there before keeps the rules of others (`ownRules`), and one that the spec asks for no rules of, and never did, has
 * whatever people give it.
 *
 * S3 applies a rule to the objects that exist; a bucket that is being made has none.
 */
export const lifecyclePart: Part = {
  field: 'lifecycle',
  optional: true,
  risk: (from, to, { isNew }) => (!isNew && deletesSooner(from, to) ? 'High' : 'Low'),
  lowWhileNew: true,
  read: async (scope, target) => {
    const rules = (await get(scope, target))?.Rules;
    return rules === undefined || rules.length === 0 ? undefined : plain(rules);
  },
  wanted: settings => plain(settings.lifecycle),
  own(value, settings) {
    const rules = rulesIn(value).filter(rule => !isOthers(rule, settings));
    return rules.length === 0 ? undefined : rules;
  },
  conflict(value, settings, bucket) {
    const taken = othersOf(value, settings).find(rule => wantedIds(settings).includes(rule.ID ?? ''));
    if (taken === undefined) return undefined;
    return new CloudError(
      'Conflict',
      `bucket ${bucket} has a lifecycle rule ${taken.ID} of somebody else: the operator writes one of that ID and replaces no other's; give it another ID in S3, or remove it there`,
    );
  },
  same: sameLifecycle,
  show: (from, to) => ({ from: lifecycleInWords(from), to: lifecycleInWords(to) }),
  write: put,
  async clear(scope, target, settings) {
    if (settings.ownRules !== undefined && othersOf((await get(scope, target))?.Rules, settings).length > 0)
      return put(scope, target, settings, undefined);
    return scope.s3.send(new DeleteBucketLifecycleCommand(target));
  },
};

function get({ s3 }: AwsScope, target: Target) {
  return orAbsent(s3.send(new GetBucketLifecycleConfigurationCommand(target)));
}

/** The call replaces all rules, and resets the smallest size that moves to colder storage, unless it is said again. */
async function put(
  scope: AwsScope,
  target: Target,
  settings: BucketSettings,
  from: unknown,
): Promise<readonly LifecycleRule[]> {
  const fresh = from === undefined && settings.ownRules === undefined ? undefined : await get(scope, target);
  const taken = lifecyclePart.conflict?.(fresh?.Rules, settings, target.Bucket);
  if (taken !== undefined) throw taken;
  const Rules = [...(settings.lifecycle ?? []), ...othersOf(fresh?.Rules, settings).map(inNewForm)];
  const size = fresh?.TransitionDefaultMinimumObjectSize;
  await scope.s3.send(
    new PutBucketLifecycleConfigurationCommand({
      ...target,
      LifecycleConfiguration: { Rules },
      ...(size === undefined ? {} : { TransitionDefaultMinimumObjectSize: size }),
    }),
  );
  return Rules;
}

/** Amazon S3 API Reference, LifecycleRule: `Prefix` is deprecated for `Filter`, and one configuration has one of the two. */
function inNewForm(rule: LifecycleRule): LifecycleRule {
  const { Prefix, ...rest } = rule;
  const filter = Object.values(rule.Filter ?? {}).filter(one => one !== undefined);
  return Prefix === undefined || filter.length > 0 ? rule : { ...rest, Filter: { Prefix } };
}

function othersOf(value: unknown, settings: BucketSettings): readonly LifecycleRule[] {
  return rulesIn(value).filter(rule => isOthers(rule, settings));
}

/** In a bucket that was there before, what does not look as ours do is not ours, also with an ID as ours have. */
function isOthers(rule: LifecycleRule, { ownRules }: BucketSettings): boolean {
  return ownRules !== undefined && !isOfOurs(rule, ownRules);
}

function wantedIds({ lifecycle = [] }: BucketSettings): readonly string[] {
  return lifecycle.flatMap(rule => rule.ID ?? []);
}

type Days = (rule: LifecycleRule) => number | undefined;

const DELETIONS: readonly Days[] = [
  ({ Expiration: by }) => (by?.Date === undefined ? by?.Days : 0),
  ({ NoncurrentVersionExpiration: by }) => by?.NoncurrentDays,
];

/** True where objects or versions go that stayed, or go earlier than they did. */
function deletesSooner(from: unknown, to: unknown): boolean {
  const enabled = (value: unknown) => rulesIn(value).filter(rule => rule.Status === 'Enabled');
  // What is deleted of some objects only says nothing about the others.
  const before = enabled(from).filter(rule => isWhole(rule) && !keepsSome(rule));
  return DELETIONS.some(days => first(enabled(to), days) < first(before, days));
}

function keepsSome({ NoncurrentVersionExpiration: by }: LifecycleRule): boolean {
  return by?.NewerNoncurrentVersions !== undefined;
}

function first(rules: readonly LifecycleRule[], days: Days): number {
  return Math.min(...rules.map(rule => days(rule) ?? Number.POSITIVE_INFINITY));
}
