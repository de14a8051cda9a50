import { ListResourceRecordSetsCommand, type ResourceRecordSet } from '@aws-sdk/client-route-53';
import { orAbsent } from '../errors.ts';
import { type SweptDesired, sweptAdaptor } from '../leftovers/swept.ts';
import type { AwsScope } from '../scope.ts';
import { namesOfOwner, type OwnedName } from './external-dns.ts';
import { isZoneId } from './names.ts';
import { changedMeanwhile, changeRecords, isRefusedBatch } from './records.ts';

/** The name of the cluster is the owner that its ExternalDNS says that records have. */
export interface LeftRecordsDesired extends SweptDesired {
  readonly zoneId: string;
  /** The zone's own, or one below it that is the environment's. */
  readonly domain: string;
}

interface LeftRecords {
  readonly sets: readonly ResourceRecordSet[];
}

// Route 53 API Reference, ChangeResourceRecordSets: 1,000 records and 32,000 characters of values in a batch.
const RECORDS_AT_MOST = 500;
const CHARACTERS_AT_MOST = 20_000;
const NAMED_AT_MOST = 5;

/** Records that the ExternalDNS of a cluster wrote for its Services and Ingresses; a zone that has them cannot be deleted. */
export const leftRecordsAdaptor = sweptAdaptor<LeftRecords, LeftRecordsDesired>({
  type: 'route53/left-records',
  async find(scope, { zoneId, domain, clusterName }) {
    if (!isZoneId(zoneId)) return [];
    const names = namesOfOwner(await listRecords(scope, zoneId), clusterName, domain);
    return batchesOf(names).map(batch => ({
      id: `${zoneId}|${batch[0]?.name ?? ''}`,
      name: wordsOf(batch),
      state: { sets: batch.flatMap(one => one.sets) },
    }));
  },
  async remove(scope, { state: { sets } }, { zoneId }) {
    // All of a name or nothing: a record whose mark is gone would be nobody's.
    const changes = sets.map(one => ({ Action: 'DELETE', ResourceRecordSet: one }) as const);
    try {
      await orAbsent(changeRecords(scope, zoneId, changes));
    } catch (error) {
      if (!isRefusedBatch(error)) throw error;
      throw changedMeanwhile(`${error.message}. A record of the cluster was changed meanwhile`, error);
    }
  },
});

async function listRecords(
  { route53 }: AwsScope,
  HostedZoneId: string,
): Promise<readonly ResourceRecordSet[]> {
  const found: ResourceRecordSet[] = [];
  let from: Omit<ConstructorParameters<typeof ListResourceRecordSetsCommand>[0], 'HostedZoneId'> | undefined =
    {};
  while (from !== undefined) {
    const command: ListResourceRecordSetsCommand = new ListResourceRecordSetsCommand({
      HostedZoneId,
      ...from,
    });
    const page = await orAbsent(route53.send(command));
    found.push(...(page?.ResourceRecordSets ?? []));
    from =
      page?.IsTruncated === true
        ? {
            StartRecordName: page.NextRecordName,
            StartRecordType: page.NextRecordType,
            StartRecordIdentifier: page.NextRecordIdentifier,
          }
        : undefined;
  }
  return found;
}

function batchesOf(names: readonly OwnedName[]): readonly (readonly OwnedName[])[] {
  const batches: OwnedName[][] = [];
  let [records, characters] = [0, 0];
  for (const one of names) {
    const size = sizeOf(one);
    records += size.records;
    characters += size.characters;
    const last = batches.at(-1);
    if (last !== undefined && records <= RECORDS_AT_MOST && characters <= CHARACTERS_AT_MOST) {
      last.push(one);
      continue;
    }
    batches.push([one]);
    [records, characters] = [size.records, size.characters];
  }
  return batches;
}

function sizeOf({ sets }: OwnedName): { records: number; characters: number } {
  const values = sets.flatMap(set => set.ResourceRecords ?? []);
  const characters = values.reduce((total, { Value = '' }) => total + Value.length, 0);
  return { records: Math.max(values.length, sets.length), characters };
}

function wordsOf(batch: readonly OwnedName[]): string {
  const named = batch.slice(0, NAMED_AT_MOST).map(one => one.name);
  const more = batch.length - named.length;
  return `records of the cluster’s external-dns for ${named.join(', ')}${more > 0 ? ` and ${more} more names` : ''}`;
}
