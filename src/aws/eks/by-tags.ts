import type { Found, Identity } from '../../engine/adaptor.ts';
import { identityTags } from '../../engine/owner.ts';

/** Those whose tags say that they are this node's, of whatever epoch: how they are found when no name is on record. */
export function thoseOf<S>(found: readonly Found<S>[], { owner, node }: Identity): readonly Found<S>[] {
  const wanted = Object.entries(identityTags(owner, node));
  return found.filter(
    ({ tags }) => tags !== 'inherited' && wanted.every(([key, value]) => tags[key] === value),
  );
}

/** All pages of a list of names. */
export async function allNames(
  page: (
    nextToken: string | undefined,
  ) => Promise<{ readonly names: readonly string[]; readonly nextToken: string | undefined } | undefined>,
): Promise<readonly string[]> {
  const names: string[] = [];
  let nextToken: string | undefined;
  do {
    const answer = await page(nextToken);
    names.push(...(answer?.names ?? []));
    nextToken = answer?.nextToken || undefined;
  } while (nextToken !== undefined);
  return names;
}
