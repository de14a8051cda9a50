import type { LifecycleRule, LifecycleRuleFilter, Transition } from '@aws-sdk/client-s3';
import { rulesIn } from './lifecycle-rule.ts';

/** What each rule does, in a line that is short enough for an event: `scratch (tmp/): deletes after 1 days`. */
export function lifecycleInWords(value: unknown): string {
  const rules = rulesIn(value).map(ruleInWords).sort();
  return rules.length === 0 ? '(none)' : rules.join('; ');
}

function ruleInWords(rule: LifecycleRule): string {
  const { ID = '(no ID)', Status, Expiration: by, NoncurrentVersionExpiration: versions } = rule;
  const { Transitions = [], NoncurrentVersionTransitions = [], AbortIncompleteMultipartUpload } = rule;
  const kept = versions?.NewerNoncurrentVersions;
  const does = [
    ...Transitions.map(one => `moves ${when(one)} to ${one.StorageClass}`),
    ...(by?.Days === undefined && by?.Date === undefined ? [] : [`deletes ${when(by)}`]),
    ...(by?.ExpiredObjectDeleteMarker === true ? ['deletes lone delete markers'] : []),
    ...NoncurrentVersionTransitions.map(
      one => `moves versions after ${one.NoncurrentDays} days to ${one.StorageClass}`,
    ),
    ...(versions === undefined
      ? []
      : [
          `deletes versions after ${versions.NoncurrentDays} days${kept === undefined ? '' : ` but ${kept}`}`,
        ]),
    ...(AbortIncompleteMultipartUpload === undefined
      ? []
      : [`ends uploads after ${AbortIncompleteMultipartUpload.DaysAfterInitiation} days`]),
  ];
  const off = Status === 'Enabled' ? '' : ', off';
  return `${ID}${ofWhat(rule)}${off}: ${does.join(', ') || 'nothing'}`;
}

function ofWhat({ Filter, Prefix = '' }: LifecycleRule): string {
  const { And, ...single }: LifecycleRuleFilter = Filter ?? {};
  const { Prefix: prefix = Prefix, ...more } = { ...And, ...single };
  const others = Object.values(more).some(one => one !== undefined);
  if (prefix === '' && !others) return '';
  return ` (${[prefix, ...(others ? ['by tag or size'] : [])].filter(one => one !== '').join(', ')})`;
}

function when({ Date: date, Days }: Pick<Transition, 'Date' | 'Days'>): string {
  // What was read is plain JSON.
  return date === undefined ? `after ${Days} days` : `on ${new Date(date).toISOString().slice(0, 10)}`;
}
