import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import { domainName } from './names.ts';

/** What ExternalDNS made for one name: records, and the TXT records that mark them as an owner's. They go together or not at all. */
export interface OwnedName {
  readonly name: string;
  readonly sets: readonly ResourceRecordSet[];
}

const TYPED = /^(a|aaaa|cname|mx|srv|naptr|ns|ptr|txt)-(.+)$/;
/** Not `NS`: a delegation is a person's to take back, whoever made it. */
const TAKEN = new Set(['A', 'AAAA', 'CNAME', 'MX', 'SRV', 'NAPTR']);

/** What a mark may name: by the type that its name begins with, or by all of its name, as in older releases. */
interface Reading {
  readonly mark: ResourceRecordSet;
  readonly typed: readonly ResourceRecordSet[];
  readonly untyped: readonly ResourceRecordSet[];
}

/**
 * What ExternalDNS made for this owner: records that a TXT record of its registry names, and these. ExternalDNS, "The TXT
 * registry": `a-web.example.com` names the A record `web.example.com`; before 0.12 `web.example.com` does, and up to 0.17 both may;
 * an alias of Route 53 is named as `cname-`, and both have the same set identifier. A mark that fits two hosts, `web` and one that
 * is called `a-web`, proves neither to be its owner's. `within`: names of others in the zone are left out.
 */
export function namesOfOwner(
  sets: readonly ResourceRecordSet[],
  owner: string,
  within: string,
): readonly OwnedName[] {
  const all = readingsOf(sets);
  const ofOthers = recordsOf(all.filter(one => isClear(one) && ownerOf(one.mark) !== owner));
  const ours = all.filter(one => ownerOf(one.mark) === owner).map(one => without(one, ofOthers));
  const owned = recordsOf(ours.filter(isClear));
  const byName = new Map<string, ResourceRecordSet[]>();
  function put(name: string | undefined, set: ResourceRecordSet): void {
    if (name === within || name?.endsWith(`.${within}`)) byName.set(name, [...(byName.get(name) ?? []), set]);
  }
  for (const record of owned) if (TAKEN.has(record.Type ?? '')) put(domainName(record.Name ?? ''), record);
  for (const one of ours) put(nameOf(one, owned), one.mark);
  return [...byName].map(([name, its]) => ({ name, sets: its }));
}

function readingsOf(sets: readonly ResourceRecordSet[]): readonly Reading[] {
  const marks = sets.filter(set => ownerOf(set) !== undefined);
  // A policy's records are changed by the policy alone.
  const records = sets.filter(set => ownerOf(set) === undefined && set.TrafficPolicyInstanceId === undefined);
  const named = Map.groupBy(records, one => domainName(one.Name ?? ''));
  return marks.map(mark => ({
    mark,
    typed: (named.get(typedOf(mark)?.name ?? '') ?? []).filter(one => namesTyped(mark, one)),
    untyped: (named.get(domainName(mark.Name ?? '')) ?? []).filter(one => namesUntyped(mark, one)),
  }));
}

function isClear({ typed, untyped }: Reading): boolean {
  return typed.length === 0 || untyped.length === 0;
}

function recordsOf(readings: readonly Reading[]): ReadonlySet<ResourceRecordSet> {
  return new Set(readings.flatMap(({ typed, untyped }) => [...typed, ...untyped]));
}

function without({ mark, typed, untyped }: Reading, taken: ReadonlySet<ResourceRecordSet>): Reading {
  const isLeft = (record: ResourceRecordSet) => !taken.has(record);
  return { mark, typed: typed.filter(isLeft), untyped: untyped.filter(isLeft) };
}

/**
 * The host that a mark goes with; undefined: it stays. One that fits two hosts goes with what other marks prove: beside the
 * other one it would prove that by itself once the first is gone.
 */
function nameOf(reading: Reading, owned: ReadonlySet<ResourceRecordSet>): string | undefined {
  const { mark, typed, untyped } = reading;
  const isOwned = (record: ResourceRecordSet) => owned.has(record);
  const byType = isClear(reading) ? untyped.length === 0 : typed.some(isOwned);
  const type = typedOf(mark);
  if (byType && type !== undefined) return type.type === 'NS' ? undefined : type.name;
  if (!isClear(reading) && !untyped.some(isOwned)) return undefined;
  return domainName(mark.Name ?? '');
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
