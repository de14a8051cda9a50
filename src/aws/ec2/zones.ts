import { DescribeAvailabilityZonesCommand } from '@aws-sdk/client-ec2';
import type { Found } from '../../engine/adaptor.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { onlyRead } from '../only-read.ts';
import type { AwsScope } from '../scope.ts';

export interface ZonesState {
  /** Ids of the region's own zones that take new resources, sorted: `euc1-az1`. */
  readonly zoneIds: readonly string[];
}

/** The availability zones of a region: AWS's own, only looked at. */
export const zonesAdaptor: AwsAdaptor<object, ZonesState> = {
  type: 'ec2/zones',
  createBy: 'name',
  holdsData: false,
  settleMs: 0,
  sharesReads: true,
  find: (scope, _identity, { freshness }) => {
    return scope.listings.get('ec2/zones', freshness, () => read(scope));
  },
  ...onlyRead('availability zones are only looked at'),
  readiness: () => ({ is: 'ready' }),
};

async function read({ ec2, region }: AwsScope): Promise<readonly Found<ZonesState>[]> {
  // Local and wavelength zones, and those that the account has not opted in to, are left out.
  const { AvailabilityZones = [] } = await ec2.send(new DescribeAvailabilityZonesCommand({}));
  const zoneIds = AvailabilityZones.filter(
    zone => zone.State === 'available' && (zone.ZoneType ?? 'availability-zone') === 'availability-zone',
  ).flatMap(zone => zone.ZoneId ?? []);
  return [{ id: region, tags: 'inherited', state: { zoneIds: zoneIds.sort() } }];
}
