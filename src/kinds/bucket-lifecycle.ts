import type { LifecycleRule } from '@aws-sdk/client-s3';
import type { BucketSpec } from '../api/bucket.ts';
import { isOfOurs, type OwnRuleId, rulesIn } from '../aws/s3/lifecycle-rule.ts';
import type { BucketState } from '../aws/s3/settings.ts';
import type { Observations } from '../engine/graph.ts';
import type { DefaultField } from '../engine/pass.ts';
import { isUnset, withDefaults } from './defaults.ts';

type Lifecycle = NonNullable<BucketSpec['lifecycle']>;

/** S3 moves versions to colder storage at least 30 days apart ("Lifecycle transition constraints"). */
const STEP_DAYS = 30;

/** The defaults leave room for what the spec says: 0 is never. */
export function lifecycleDefaults(spec: BucketSpec): readonly DefaultField[] {
  const given: Lifecycle = spec.lifecycle ?? {};
  const room = positive(given.nonCurrentExpireDays) ?? Number.POSITIVE_INFINITY;
  const glacierGiven = positive(given.nonCurrentToGlacierDays);
  const infrequent =
    given.nonCurrentToInfrequentAccessDays ??
    (room > STEP_DAYS && (glacierGiven === undefined || glacierGiven >= 2 * STEP_DAYS) ? STEP_DAYS : 0);
  const wantedGlacier = Math.max(2 * STEP_DAYS, infrequent + STEP_DAYS);
  const glacier = given.nonCurrentToGlacierDays ?? (room > wantedGlacier ? wantedGlacier : 0);
  const lastMove = Math.max(infrequent, glacier);
  const fields: readonly DefaultField[] = [
    {
      field: 'lifecycle.nonCurrentToInfrequentAccessDays',
      value: infrequent,
      observed: seen => moved(seen, 'STANDARD_IA'),
    },
    { field: 'lifecycle.nonCurrentToGlacierDays', value: glacier, observed: seen => moved(seen, 'GLACIER') },
    {
      field: 'lifecycle.nonCurrentExpireDays',
      value: Math.max(90, lastMove + STEP_DAYS),
      observed: seen =>
        ruleDays(seen, 'replaced-versions', rule => rule.NoncurrentVersionExpiration?.NoncurrentDays),
    },
    {
      field: 'lifecycle.abortMultipartDays',
      value: 7,
      observed: seen =>
        ruleDays(
          seen,
          'unfinished-uploads',
          rule => rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation,
        ),
    },
    {
      field: 'lifecycle.expireDays',
      value: 0,
      observed: seen => ruleDays(seen, 'objects', rule => rule.Expiration?.Days),
    },
  ];
  // The rules of a bucket are looked at only where there are to be some.
  return fields.map(field => ({ ...field, probe: STEP_DAYS }));
}

/** Of a replaced version, in this order: what is deleted gives way to where it is kept until then. */
const STEPS = [
  'nonCurrentToInfrequentAccessDays',
  'nonCurrentToGlacierDays',
  'nonCurrentExpireDays',
] as const;

/**
 * Defaults that were chosen before, for a lifecycle that may have been another one: those for which there is no room beside
 * what is written are computed anew, or S3 would refuse all of it for as long as they stand.
 */
export function settledLifecycle(
  spec: BucketSpec,
  defaults: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const open = STEPS.map(step => `lifecycle.${step}`).filter(
    field => field in defaults && isUnset(spec, field),
  );
  let filled = spec;
  for (const field of open) {
    const kept = withDefaults(filled, { [field]: defaults[field] });
    if (isInOrder(kept.lifecycle)) filled = kept;
  }
  const anew = lifecycleDefaults(filled).filter(
    one => open.includes(one.field) && isUnset(filled, one.field),
  );
  return { ...defaults, ...Object.fromEntries(anew.map(one => [one.field, one.value])) };
}

/** As the rules of the schema have it, which see only what is written. */
function isInOrder(lifecycle: Lifecycle = {}): boolean {
  const [infrequent, glacier, expire] = STEPS.map(step => positive(lifecycle[step]));
  if (infrequent !== undefined && infrequent < STEP_DAYS) return false;
  if (infrequent !== undefined && glacier !== undefined && glacier < infrequent + STEP_DAYS) return false;
  return expire === undefined || expire > Math.max(infrequent ?? 0, glacier ?? 0);
}

function positive(days: number | undefined): number | undefined {
  return days === undefined || days === 0 ? undefined : days;
}

/**
 * Of the operator's own rules only, switched on: those of others stay as they are beside ours, so a default that was made
 * of one (for a prefix, a tag, or until it goes) would delete what nobody asked to be deleted.
 */
function ruleDays(
  seen: Observations,
  id: OwnRuleId,
  days: (rule: LifecycleRule) => number | undefined,
): number | undefined {
  const state = seen.state<BucketState>('bucket');
  if (state === undefined) return undefined;
  const rule = rulesIn(state.settings.lifecycle).find(one => isOfOurs(one, [id]) && one.Status === 'Enabled');
  return rule === undefined ? 0 : (days(rule) ?? 0);
}

function moved(seen: Observations, storageClass: string): number | undefined {
  return ruleDays(
    seen,
    'replaced-versions',
    rule => rule.NoncurrentVersionTransitions?.find(one => one.StorageClass === storageClass)?.NoncurrentDays,
  );
}

/** One rule an aim, so that a person finds it in the console; undefined where nothing is asked for. */
export function lifecycleRules(lifecycle: Lifecycle | undefined): readonly LifecycleRule[] | undefined {
  const days = lifecycle ?? {};
  const rules: (LifecycleRule & { readonly ID: OwnRuleId })[] = [];
  const transitions = [
    { days: positive(days.nonCurrentToInfrequentAccessDays), StorageClass: 'STANDARD_IA' as const },
    { days: positive(days.nonCurrentToGlacierDays), StorageClass: 'GLACIER' as const },
  ].flatMap(one =>
    one.days === undefined ? [] : [{ NoncurrentDays: one.days, StorageClass: one.StorageClass }],
  );
  const expire = positive(days.nonCurrentExpireDays);
  if (transitions.length > 0 || expire !== undefined) {
    rules.push({
      ID: 'replaced-versions',
      Status: 'Enabled',
      Filter: { Prefix: '' },
      ...(transitions.length === 0 ? {} : { NoncurrentVersionTransitions: transitions }),
      ...(expire === undefined ? {} : { NoncurrentVersionExpiration: { NoncurrentDays: expire } }),
    });
  }
  const abort = positive(days.abortMultipartDays);
  if (abort !== undefined) {
    rules.push({
      ID: 'unfinished-uploads',
      Status: 'Enabled',
      Filter: { Prefix: '' },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: abort },
    });
  }
  const expireObjects = positive(days.expireDays);
  if (expireObjects !== undefined) {
    rules.push({
      ID: 'objects',
      Status: 'Enabled',
      Filter: { Prefix: '' },
      Expiration: { Days: expireObjects },
    });
  }
  return rules.length === 0 ? undefined : rules;
}
