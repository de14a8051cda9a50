import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import { domainName } from './names.ts';

/** What ExternalDNS made for one name: records, and the TXT records that mark them as an owner's. They go together or not at all. */
export interface OwnedName {
  readonly name: string;
  readonly sets: readonly ResourceRecordSet[];
}

/** Not `ns`: a delegation is a person's to take back, whoever made it. */
const TYPED = /^(a|aaaa|cname|mx|srv|naptr)-(.+)$/;

/**
 * What ExternalDNS made for this owner: records that a TXT record of its registry names, and these. ExternalDNS, "The TXT
 * registry": `a-web.example.com` names the A record `web.example.com`; in older releases `web.example.com` does; an alias of
 * Route 53 is named as `cname-`, and both have the same set identifier. `within`: names of others in the zone are left out.
 */
export function namesOfOwner(
  sets: readonly ResourceRecordSet[],
  owner: string,
  within: string,
): readonly OwnedName[] {
  const marks = sets.filter(set => ownerOf(set) === owner);
  // A policy's records are changed by the policy alone.
  const records = sets.filter(set => set.TrafficPolicyInstanceId === undefined);
  const hasTyped = (record: ResourceRecordSet) => marks.some(mark => namesTyped(mark, record));
  // `a-web` may be the mark of an older release for a host of that name, which then proves nothing of `web`.
  const isOlder = (mark: ResourceRecordSet) =>
    records.some(record => namesUntyped(mark, record) && !hasTyped(record));
  const older = new Set(marks.filter(isOlder));
  const isOwned = (record: ResourceRecordSet) =>
    marks.some(mark => namesUntyped(mark, record) || (!older.has(mark) && namesTyped(mark, record)));
  const nameOf = (mark: ResourceRecordSet) =>
    (older.has(mark) ? undefined : typedOf(mark)?.name) ?? domainName(mark.Name ?? '');
  const byName = new Map<string, ResourceRecordSet[]>();
  function put(name: string, set: ResourceRecordSet): void {
    if (name === within || name.endsWith(`.${within}`)) byName.set(name, [...(byName.get(name) ?? []), set]);
  }
  for (const record of records.filter(isOwned)) put(domainName(record.Name ?? ''), record);
  for (const mark of marks) if (older.has(mark) || !isOfDelegation(mark)) put(nameOf(mark), mark);
  return [...byName].map(([name, all]) => ({ name, sets: all }));
}

/** Undefined: it is no mark, or says something else besides. Long texts are written in parts. */
function ownerOf({ Type, ResourceRecords = [] }: ResourceRecordSet): string | undefined {
  const [value, ...more] = ResourceRecords;
  if (Type !== 'TXT' || value === undefined || more.length > 0) return undefined;
  const labels = (value.Value ?? '').replace(/"\s+"/g, '').replace(/^"|"$/g, '').split(',');
  const owners = labels.filter(label => label.startsWith('external-dns/owner='));
  if (!labels.includes('heritage=external-dns') || owners.length !== 1) return undefined;
  return owners[0]?.slice('external-dns/owner='.length);
}

function typedOf({ Name = '' }: ResourceRecordSet): { type: string; name: string } | undefined {
  const [, type, name] = TYPED.exec(domainName(Name)) ?? [];
  return type === undefined || name === undefined ? undefined : { type: type.toUpperCase(), name };
}

function isOfDelegation({ Name = '' }: ResourceRecordSet): boolean {
  return domainName(Name).startsWith('ns-');
}

function namesTyped(mark: ResourceRecordSet, record: ResourceRecordSet): boolean {
  const typed = typedOf(mark);
  if (typed === undefined || typed.name !== domainName(record.Name ?? '')) return false;
  const isItsType =
    typed.type === record.Type || (typed.type === 'CNAME' && record.AliasTarget !== undefined);
  return isItsType && mark.SetIdentifier === record.SetIdentifier;
}

/** Of addresses alone: nothing else had a mark without a type. */
function namesUntyped(mark: ResourceRecordSet, record: ResourceRecordSet): boolean {
  if (record.Type !== 'A' && record.AliasTarget === undefined) return false;
  const isItsName = domainName(mark.Name ?? '') === domainName(record.Name ?? '');
  return isItsName && mark.SetIdentifier === record.SetIdentifier;
}
