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

/** All of them or none. Throws Blocked where somebody has protected one of them. */
export async function changeRecords(
  { route53 }: AwsScope,
  HostedZoneId: string,
  Changes: Change[],
): Promise<void> {
  try {
    await route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch: { Changes } }));
  } catch (error) {
    throw isRefusedBatch(error) && isOfProtection(error)
      ? protectedRecords(HostedZoneId, Changes, error)
      : error;
  }
}

/**
 * Route 53 API Reference, ChangeResourceRecordSets, "Protected Resource Record Sets": what else a batch is refused for has texts of
 * its own, with names of records in them.
 */
function isOfProtection({ message }: CloudError): boolean {
  return /\bprotect(ed|ion)/i.test(message) && !/not found|already exists|do not match/i.test(message);
}

function protectedRecords(zoneId: string, changes: readonly Change[], cause: CloudError): CloudError {
  const sets = changes.flatMap(one => one.ResourceRecordSet ?? []);
  const reason = `somebody has protected it in hosted zone ${zoneId}: delete the protection (DeleteResourceRecordSetProtections of Route 53)`;
  const blockers = sets.map(({ Name = '', Type }) => ({
    resource: `record ${domainName(Name)} ${Type}`,
    reason,
  }));
  const message = `${cause.message}. One of ${blockers.map(one => one.resource).join(', ')} is protected in hosted zone ${zoneId}: have the protection deleted (DeleteResourceRecordSetProtections of Route 53)`;
  return new CloudError('Blocked', message, { code: 'ProtectedRecord', blockers, cause });
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
