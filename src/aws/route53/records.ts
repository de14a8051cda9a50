import {
  type Change,
  ChangeResourceRecordSetsCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
  type RRType,
} from '@aws-sdk/client-route-53';
import { CloudError } from '../../engine/errors.ts';
import { orAbsent } from '../errors.ts';
import { onceVisible } from '../existing.ts';
import type { AwsScope } from '../scope.ts';
import { domainName } from './names.ts';

export interface PlaceOfRecord {
  readonly zoneId: string;
  readonly name: string;
  readonly type: string;
}

/** Records are listed by name and type, from the one that is asked for on. Undefined: no such record, or no such zone. */
export async function readRecord(
  { route53 }: AwsScope,
  { zoneId, name, type }: PlaceOfRecord,
): Promise<ResourceRecordSet | undefined> {
  const page = await orAbsent(
    route53.send(
      new ListResourceRecordSetsCommand({
        HostedZoneId: zoneId,
        StartRecordName: name,
        StartRecordType: type as RRType,
        MaxItems: 1,
      }),
    ),
  );
  const [set] = page?.ResourceRecordSets ?? [];
  return set?.Type === type && domainName(set.Name ?? '') === domainName(name) ? set : undefined;
}

/** All of them or none. */
export async function changeRecords(
  { route53 }: AwsScope,
  HostedZoneId: string,
  Changes: Change[],
): Promise<void> {
  await route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch: { Changes } }));
}

/** The same in a zone that is known to be there. */
export async function writeRecords(scope: AwsScope, zoneId: string, changes: Change[]): Promise<void> {
  await onceVisible(`hosted zone ${zoneId}`, changeRecords(scope, zoneId, changes));
}

/** What is there is not what the batch says it is, or is there already. */
export function isRefusedBatch(error: unknown): error is CloudError {
  return error instanceof CloudError && error.code === 'InvalidChangeBatch';
}

/** `what` is to be looked at again. */
export function changedMeanwhile(what: string, error: CloudError): CloudError {
  return new CloudError('Busy', `${what} and is looked at again`, { code: error.code, cause: error });
}
