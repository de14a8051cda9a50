import type { ResourceRecordSet, RRType } from '@aws-sdk/client-route-53';
import type { Change, Found, Identity } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import { judge, tagsOfParent } from '../../engine/owner.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { orAbsent } from '../errors.ts';
import { replacing } from '../replacing.ts';
import type { AwsScope } from '../scope.ts';
import { ROUTE53_SETTLE_MS } from './hosted-zone.ts';
import { domainName, isZoneId } from './names.ts';
import {
  changedMeanwhile,
  changeRecords,
  isRefusedBatch,
  type PlaceOfRecord,
  readRecord,
  writeRecords,
} from './records.ts';
import { readZoneTags } from './zone-tags.ts';

export interface RecordSetDesired {
  readonly zoneId: string;
  /** `_x.example.com`. */
  readonly name: string;
  readonly type: RRType;
  readonly ttlSeconds: number;
  /** As Route 53 writes them: texts in quotes. Their order means nothing. */
  readonly values: readonly string[];
}

export interface RecordSetState {
  readonly place: PlaceOfRecord;
  /** As AWS has it: a deletion has to repeat all of it. */
  readonly set: ResourceRecordSet;
}

/**
 * Belongs to whom its zone belongs to. Its natural key is zone, name and type; `identity.name` only has to be unique. A
 * record that is there before ours was ever made is somebody else's, unless it says what ours would.
 */
export const recordSetAdaptor: AwsAdaptor<RecordSetDesired, RecordSetState> = {
  type: 'route53/record-set',
  createBy: 'name',
  nameScope: 'global',
  holdsData: false,
  movesFreely: true,
  settleMs: ROUTE53_SETTLE_MS,
  find: (scope, identity, { desired }) => find(scope, identity, desired),
  diff,
  create: (scope, identity, desired) => create(scope, identity, desired),
  async update(scope, found, desired) {
    const set = setOf(desired);
    await writeRecords(scope, desired.zoneId, [{ Action: 'UPSERT', ResourceRecordSet: set }]);
    return { ...found, state: { ...found.state, set } };
  },
  async remove(scope, { id, state }) {
    const { zoneId } = placeOfRecord(id);
    try {
      const removal = { Action: 'DELETE', ResourceRecordSet: state.set } as const;
      await orAbsent(changeRecords(scope, zoneId, [removal]));
    } catch (error) {
      if (!isRefusedBatch(error)) throw error;
      if (/not found/i.test(error.message)) return;
      throw changedMeanwhile(`${error.message}. It was changed meanwhile`, error);
    }
  },
  readiness: () => ({ is: 'ready' }),
};

export function idOfRecord({ zoneId, name, type }: PlaceOfRecord): string {
  return `${zoneId}|${name}|${type}`;
}

export function placeOfRecord(id: string): PlaceOfRecord {
  const [zoneId = '', name = '', type = ''] = id.split('|');
  return { zoneId, name, type };
}

export function setOf({ name, type, ttlSeconds, values }: RecordSetDesired): ResourceRecordSet {
  return { Name: name, Type: type, TTL: ttlSeconds, ResourceRecords: values.map(Value => ({ Value })) };
}

function valuesOf({ ResourceRecords = [] }: ResourceRecordSet): readonly string[] {
  return ResourceRecords.map(one => one.Value ?? '').sort();
}

/** Of one that is somebody else's. */
export function wayPast({ name, type }: PlaceOfRecord, set: ResourceRecordSet): string {
  const says = set.AliasTarget?.DNSName ?? valuesOf(set).join(', ');
  return `${name} ${type} says ${says}: delete it, and it is made anew`;
}

/** One on record in another zone goes before one that the spec asks for: it is to be replaced, not forgotten. */
async function find(
  scope: AwsScope,
  identity: Identity,
  desired: RecordSetDesired | undefined,
): Promise<readonly Found<RecordSetState>[]> {
  const recorded = placeOfRecord(identity.id ?? '');
  if (desired === undefined) return ofZone(scope, identity, recorded);
  // In one zone it has one place: another one there is what a status says, and may be anybody's.
  const old = recorded.zoneId === desired.zoneId ? [] : await ofZone(scope, identity, recorded);
  if (old.some(one => isOurs(identity, one))) return old;
  const set = await readPlace(scope, desired);
  if (set === undefined) return [];
  const ours = identity.id === idOfRecord(desired) || sameValues(desired, set);
  return [foundOf(identity, desired, set, ours ? 'inherited' : {})];
}

/** The place is that of a status, which proves nothing: the zone's tags do. */
async function ofZone(
  scope: AwsScope,
  identity: Identity,
  place: PlaceOfRecord,
): Promise<readonly Found<RecordSetState>[]> {
  const set = await readPlace(scope, place);
  if (set === undefined) return [];
  const tags = (await readZoneTags(scope.route53, place.zoneId)) ?? {};
  return [foundOf(identity, place, set, tagsOfParent(tags, identity.node))];
}

async function readPlace(scope: AwsScope, place: PlaceOfRecord): Promise<ResourceRecordSet | undefined> {
  return isZoneId(place.zoneId) ? await readRecord(scope, place) : undefined;
}

function isOurs({ owner, node }: Identity, { tags }: Found<RecordSetState>): boolean {
  return tags !== 'inherited' && ['ours', 'previous'].includes(judge(tags, owner, node, []).is);
}

function foundOf(
  identity: Identity,
  { zoneId, name, type }: PlaceOfRecord,
  set: ResourceRecordSet,
  tags: Found['tags'],
): Found<RecordSetState> {
  const place = { zoneId, name, type };
  const named = identity.name === undefined ? {} : { name: identity.name };
  return { id: idOfRecord(place), ...named, tags, state: { place, set }, whenForeign: wayPast(place, set) };
}

/** Amazon Route 53 Developer Guide, "Supported DNS record types": a domain name as a value is one with or without its last dot. */
export function sameValues(desired: RecordSetDesired, set: ResourceRecordSet): boolean {
  const isName = desired.type === 'CNAME' || desired.type === 'NS';
  const meant = (values: readonly string[]) =>
    JSON.stringify((isName ? values.map(domainName) : [...values]).sort());
  return meant(desired.values) === meant(valuesOf(set));
}

function diff(desired: RecordSetDesired, { place, set }: RecordSetState): readonly Change[] {
  const moves = placeChanges(desired, place);
  return moves.length > 0 ? moves : valueChanges(desired, set);
}

/** In another place nothing is changed: it is another record. */
export function placeChanges(desired: RecordSetDesired, place: PlaceOfRecord): readonly Change[] {
  const named = ({ zoneId, name, type }: PlaceOfRecord) => ({ zoneId, name: domainName(name), type });
  return replacing(['zoneId', 'name', 'type'], named(desired), named(place));
}

/** What an UPSERT changes. */
export function valueChanges(desired: RecordSetDesired, set: ResourceRecordSet): readonly Change[] {
  const changes: Change[] = [];
  if (!sameValues(desired, set)) {
    const from = set.AliasTarget?.DNSName ?? valuesOf(set);
    changes.push({ field: 'values', from, to: desired.values, risk: 'Low' });
  }
  if (set.TTL !== desired.ttlSeconds)
    changes.push({ field: 'ttlSeconds', from: set.TTL, to: desired.ttlSeconds, risk: 'Low' });
  return changes;
}

async function create(
  scope: AwsScope,
  identity: Identity,
  desired: RecordSetDesired,
): Promise<Found<RecordSetState>> {
  const set = setOf(desired);
  try {
    await writeRecords(scope, desired.zoneId, [{ Action: 'CREATE', ResourceRecordSet: set }]);
  } catch (error) {
    if (!isRefusedBatch(error) || !/already exists/i.test(error.message)) throw error;
    // Made between our look and our call: ours of a lost answer only if it says the same.
    const [existing] = await find(scope, { ...identity, id: undefined }, desired);
    if (existing?.tags === 'inherited') return existing;
    const shown = existing === undefined ? 'NotYet' : 'Conflict';
    const way = existing === undefined ? '' : `. ${wayPast(desired, existing.state.set)}`;
    const message = `${desired.name} ${desired.type} exists and was not made for this object${way}`;
    throw new CloudError(shown, message, { code: error.code, cause: error });
  }
  return foundOf(identity, desired, set, 'inherited');
}
