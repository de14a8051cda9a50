import { ATTEMPT_TAG, EPOCH_TAG, TAG_PREFIX, type Tags } from '../engine/owner.ts';

/**
 * The tags of a parent as if they were its child's own: the child's node is another one of the same object, and its
 * epochs are its own. With the parent's epoch a child that was made anew would be taken for lost again and again.
 */
export function tagsOfParent(tags: Tags, node: string): Tags {
  const { [EPOCH_TAG]: _epoch, [ATTEMPT_TAG]: _attempt, ...rest } = tags;
  const key = `${TAG_PREFIX}node`;
  return rest[key] === undefined ? rest : { ...rest, [key]: node };
}
