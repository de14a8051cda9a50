import type { BlockedBy } from './objects.ts';

/** A VPC has room for thousands of interfaces, and an object for about a megabyte. */
const MOST_LISTED = 50;

/** What holds up, for the status: where there are very many, the last one says how many more. */
export function listed(blockers: readonly BlockedBy[]): readonly BlockedBy[] {
  if (blockers.length <= MOST_LISTED) return blockers;
  const named = blockers.slice(0, MOST_LISTED - 1);
  const more = blockers.length - named.length;
  return [...named, { node: '', resource: `${more} more`, reason: 'there is no room for all of them here' }];
}
