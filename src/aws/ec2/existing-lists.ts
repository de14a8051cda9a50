import type { Freshness } from '../../engine/adaptor.ts';
import type { Listings } from '../listing.ts';
import type { AwsScope } from '../scope.ts';
import { listWhere } from './read.ts';
import type { Ec2Type } from './types.ts';

/** Amazon EC2 API Reference, Filter: values of one filter. */
const MOST_VALUES = 200;

/** VPCs of others that were asked for, of one account and region: no tag of ours finds them. */
const askedFor = new WeakMap<Listings, Set<string>>();

/**
 * Those of a type in a VPC of others, and maybe in others that environments use: one filtered read serves all who look at about
 * the same time, as `listOwn` does for what is ours.
 */
export function listInExisting<T>(
  scope: AwsScope,
  type: Ec2Type<T>,
  vpcId: string,
  freshness: Freshness,
): Promise<readonly T[]> {
  const known = askedFor.get(scope.listings) ?? new Set();
  askedFor.set(scope.listings, known.add(vpcId));
  const Values = freshness === 'shared' && known.size <= MOST_VALUES ? [...known].sort() : [vpcId];
  return scope.listings.get(`ec2/${type.name} of ${Values.join()}`, freshness, () =>
    listWhere(scope, type, [{ Name: 'vpc-id', Values }]),
  );
}
