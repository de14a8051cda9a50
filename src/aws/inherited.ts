import { TAG_PREFIX, type Tags } from '../engine/owner.ts';

/** The tags of a parent as if they were its child's own: the child's node is another one of the same object. */
export function tagsOfParent(tags: Tags, node: string): Tags {
  const key = `${TAG_PREFIX}node`;
  return tags[key] === undefined ? tags : { ...tags, [key]: node };
}
