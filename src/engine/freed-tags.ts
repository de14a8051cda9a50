import type { Adaptor } from './adaptor.ts';
import { isReservedTag, type Tags } from './owner.ts';
import type { Step } from './step.ts';

/** AWS General Reference, "Tag naming limits and requirements": of a resource; those that AWS sets itself are not counted. */
const MOST_TAGS = 50;

/**
 * The keys that a step takes away before it sets others: where both together are more than a resource may bear, and where
 * they differ only in case, since IAM takes those for one ("Rules for tagging in IAM and AWS STS") and would lose what was
 * set. Never ours: whose it is can be told wherever this is cut off. What is adopted becomes ours before anything goes.
 */
export function freedFirst(
  { tagsAtOnce }: Pick<Adaptor, 'tagsAtOnce'>,
  { action, setTags, unsetTags }: Pick<Step, 'action' | 'setTags' | 'unsetTags'>,
  now: Tags,
): readonly string[] {
  const set = Object.keys(setTags);
  if (tagsAtOnce === true || action === 'adopt' || set.length === 0) return [];
  const counted = [...new Set([...Object.keys(now), ...set])].filter(key => !/^aws:/i.test(key));
  const spelled = new Set(set.map(key => key.toLowerCase()));
  const isOneKey = unsetTags.some(key => spelled.has(key.toLowerCase()));
  if (counted.length <= MOST_TAGS && !isOneKey) return [];
  return unsetTags.filter(key => !isReservedTag(key));
}
