import type { LifecycleRule } from '@aws-sdk/client-s3';

/** The IDs of the rules of a bucket that the operator writes, and what each of them does; nothing else is in them. */
export const OWN_RULES = {
  'replaced-versions': ['NoncurrentVersionTransitions', 'NoncurrentVersionExpiration'],
  'unfinished-uploads': ['AbortIncompleteMultipartUpload'],
  objects: ['Expiration'],
} as const satisfies Readonly<Record<string, readonly (keyof LifecycleRule)[]>>;

export type OwnRuleId = keyof typeof OWN_RULES;

export const OWN_RULE_IDS: readonly string[] = Object.keys(OWN_RULES);

const ACTIONS = [
  'Expiration',
  'Transitions',
  'NoncurrentVersionExpiration',
  'NoncurrentVersionTransitions',
  'AbortIncompleteMultipartUpload',
] as const satisfies readonly (keyof LifecycleRule)[];

export function rulesIn(value: unknown): readonly LifecycleRule[] {
  return Array.isArray(value) ? value : [];
}

/** For all objects: no prefix, tag or size is asked for, in any of the forms in which S3 says so (LifecycleRuleFilter). */
export function isWhole({ Filter, Prefix = '' }: LifecycleRule): boolean {
  return Prefix === '' && Object.values(Filter ?? {}).every(one => one === undefined || one === '');
}

/** By its ID, and as the operator writes one of that ID; people switch rules off, which is a change of ours. */
export function isOfOurs(rule: LifecycleRule, ids: readonly string[]): boolean {
  const id = rule.ID ?? '';
  if (!ids.includes(id) || !isWhole(rule)) return false;
  const does: readonly string[] = Object.hasOwn(OWN_RULES, id) ? OWN_RULES[id as OwnRuleId] : ACTIONS;
  return ACTIONS.every(action => isEmpty(rule[action]) || does.includes(action));
}

function isEmpty(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.length === 0);
}
