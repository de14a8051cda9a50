import type { Filter } from '@aws-sdk/client-ec2';
import type { Freshness } from '../../engine/adaptor.ts';
import { TAG_PREFIX, type Tags } from '../../engine/owner.ts';
import { orAbsent } from '../errors.ts';
import type { AwsScope } from '../scope.ts';
import type { Ec2Type } from './types.ts';

/** All that have the installation's tag, and maybe others, by one filtered read that serves every object of the moment. */
export function listOwn<T>(scope: AwsScope, type: Ec2Type<T>, freshness: Freshness): Promise<readonly T[]> {
  const { installation, listings } = scope;
  const named = freshness === 'shared' ? type.sharedBy?.(installation) : undefined;
  const filters = named ?? [{ Name: `tag:${TAG_PREFIX}installation`, Values: [installation] }];
  const key = named === undefined ? `ec2/${type.name}` : `ec2/${type.name} by name`;
  return listings.get(key, freshness, () => listWhere(scope, type, filters));
}

/** Those that pass the filters, to the last page, without what is no more. */
export async function listWhere<T>(
  scope: AwsScope,
  type: Ec2Type<T>,
  filters: Filter[],
): Promise<readonly T[]> {
  const found: T[] = [];
  let token: string | undefined;
  do {
    const { items = [], next } = await type.page(scope.ec2, { filters, token });
    found.push(...items.filter(item => type.exists?.(item) ?? true));
    token = next || undefined;
  } while (token !== undefined);
  return found;
}

/** One by its id; from the shared list where that may answer. What is no id of this type is not asked for. */
export async function readOne<T>(
  scope: AwsScope,
  type: Ec2Type<T>,
  id: string,
  freshness: Freshness,
): Promise<T | undefined> {
  // A status can be written by others.
  if (!new RegExp(`^${type.idPrefix}[0-9a-f]{8,17}$`).test(id)) return undefined;
  if (freshness === 'shared') {
    const listed = (await listOwn(scope, type, 'shared')).find(item => type.idOf(item) === id);
    if (listed !== undefined) return listed;
  }
  // A list lags, and does not show what has lost its tags.
  const page = await orAbsent(type.page(scope.ec2, { ids: [id] }));
  const item = page?.items?.[0];
  return item !== undefined && (type.exists?.(item) ?? true) ? item : undefined;
}

export function tagsOf<T>(type: Ec2Type<T>, item: T): Tags {
  return Object.fromEntries((type.tagsOf(item) ?? []).map(tag => [tag.Key ?? '', tag.Value ?? '']));
}
