import type { Filter } from '@aws-sdk/client-ec2';
import type { FindContext, Identity } from '../../engine/adaptor.ts';
import { ATTEMPT_TAG, EPOCH_TAG, identityTags, type Tags, UID_TAG } from '../../engine/owner.ts';
import type { AwsScope } from '../scope.ts';
import { listOwn, listWhere, readOne, tagsOf } from './read.ts';
import type { Ec2Type } from './types.ts';

/**
 * By its id where one is on record, and by its tags: the id in a status is no proof, and a second one of a lost answer
 * may come to light on any later look. `natural`: what else finds it where its own or somebody else's may be untagged.
 */
export async function findOwn<T>(
  scope: AwsScope,
  type: Ec2Type<T>,
  identity: Identity,
  { freshness }: Pick<FindContext<unknown>, 'freshness'>,
  natural?: Filter[],
): Promise<readonly T[]> {
  const { id } = identity;
  const recorded = id === undefined ? undefined : await readOne(scope, type, id, freshness);
  if (recorded !== undefined && carries(tagsOf(type, recorded), identity)) {
    return freshness === 'fresh'
      ? [recorded]
      : [recorded, ...(await duplicatesOf(scope, type, identity, recorded))];
  }
  // What was listed a moment ago would bring back what is gone since.
  const listed = await listOwn(scope, type, recorded === undefined ? freshness : 'shared');
  const marked = listed.filter(item => carries(tagsOf(type, item), identity));
  const own = ofEpoch(type, identity, marked);
  // Of what is on no record another epoch may be there too: what one of them was to take the place of.
  const all = id === undefined ? marked.filter(item => !own.includes(item)) : [];
  if (own.length > 0) return [...own, ...all];
  if (recorded !== undefined) return [recorded];
  const others = natural === undefined || freshness === 'shared' ? [] : await listWhere(scope, type, natural);
  // One of another epoch may be all that is there where nothing is on record: a second one would be made beside it.
  return others.length > 0 ? others : marked;
}

async function duplicatesOf<T>(
  scope: AwsScope,
  type: Ec2Type<T>,
  identity: Identity,
  recorded: T,
): Promise<readonly T[]> {
  const listed = await listOwn(scope, type, 'shared');
  const others = listed.filter(item => {
    const tags = tagsOf(type, item);
    return (
      carries(tags, identity) &&
      tags[UID_TAG] === identity.owner.uid &&
      type.idOf(item) !== type.idOf(recorded)
    );
  });
  // Whatever their epoch: it may be one that is not on record.
  return inOrder(type, others);
}

/** The lower attempt first. Those of an earlier object of this name count, whatever their epoch. */
function ofEpoch<T>(type: Ec2Type<T>, { owner, epoch }: Identity, marked: readonly T[]): readonly T[] {
  const own = marked.filter(item => {
    const tags = tagsOf(type, item);
    return (tags[EPOCH_TAG] ?? '1') === String(epoch) || tags[UID_TAG] !== owner.uid;
  });
  return inOrder(type, own);
}

function inOrder<T>(type: Ec2Type<T>, items: readonly T[]): readonly T[] {
  const attempt = (item: T) => Number(tagsOf(type, item)[ATTEMPT_TAG] ?? 0);
  return items.toSorted((a, b) => attempt(a) - attempt(b));
}

export function carries(tags: Tags, { owner, node }: Identity): boolean {
  return Object.entries(identityTags(owner, node)).every(([key, value]) => tags[key] === value);
}
