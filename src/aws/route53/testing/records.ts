import {
  type ChangeAction,
  ChangeResourceRecordSetsCommand,
  type ResourceRecordSet,
} from '@aws-sdk/client-route-53';
import type { World } from '../../conformance/world.ts';
import type { RecordSetDesired } from '../record-set.ts';

export interface ZoneParts {
  readonly zoneId: string;
  readonly domain: string;
}

export const desiredIn = ({ zoneId, domain }: ZoneParts): RecordSetDesired => ({
  zoneId,
  name: `_validate.${domain}`,
  type: 'CNAME',
  ttlSeconds: 300,
  values: ['_value.acm-validations.aws'],
});

/** What can be changed in place. */
export const RECORD_FIELDS = {
  ttlSeconds: (desired: RecordSetDesired) => ({ ...desired, ttlSeconds: 60 }),
  values: (desired: RecordSetDesired) => ({ ...desired, values: ['_other.acm-validations.aws'] }),
};

/** In other words that mean the same. */
export const SAID_OTHERWISE = { ResourceRecords: [{ Value: '_VALUE.acm-validations.aws.' }] };

export const OF_SOMEBODY = { ResourceRecords: [{ Value: 'of-somebody.example.net' }] };

export function recordOf({ name, type, ttlSeconds, values }: RecordSetDesired): ResourceRecordSet {
  return { Name: name, Type: type, TTL: ttlSeconds, ResourceRecords: values.map(Value => ({ Value })) };
}

export async function writeByHand(
  { scope }: World,
  HostedZoneId: string,
  ResourceRecordSet: ResourceRecordSet | undefined,
  Action: ChangeAction = 'UPSERT',
): Promise<void> {
  const ChangeBatch = { Changes: [{ Action, ResourceRecordSet }] };
  await scope.route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch }));
}
