import type { ResourceRecordSet, RRType } from '@aws-sdk/client-route-53';
import type { Change, Found, Identity } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import { tagsOfParent } from '../../engine/owner.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { orAbsent } from '../errors.ts';
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
  settleMs: ROUTE53_SETTLE_MS,
  find: (scope, identity, { desired }) => find(scope, identity, desired),
  diff,
  create: (scope, identity, desired) => create(scope, identity, desired),
  async update(scope, found, desired) {
    const set = setOf(desired);
    await writeRecords(scope, desired.zoneId, [{ Action: 'UPSERT', ResourceRecordSet: set }]);
    return { ...found, state: { set } };
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

function valuesOf({ ResourceRecords }: ResourceRecordSet): readonly string[] {
  return (ResourceRecords ?? []).map(one => one.Value ?? '').sort();
}

async function find(
  scope: AwsScope,
  identity: Identity,
  desired: RecordSetDesired | undefined,
): Promise<readonly Found<RecordSetState>[]> {
  const place = desired ?? placeOfRecord(identity.id ?? '');
  const { zoneId } = place;
  if (!isZoneId(zoneId)) return [];
  const set = await readRecord(scope, place);
  if (set === undefined) return [];
  const found = { id: idOfRecord(place), ...(identity.name === undefined ? {} : { name: identity.name }) };
  if (desired === undefined) {
    // The place is that of a status, which proves nothing: the zone's tags do.
    const tags = (await readZoneTags(scope.route53, zoneId)) ?? {};
    return [{ ...found, tags: tagsOfParent(tags, identity.node), state: { set } }];
  }
  const ours = identity.id === found.id || sameValues(desired, set);
  return [{ ...found, tags: ours ? 'inherited' : {}, state: { set } }];
}

export function sameValues(desired: RecordSetDesired, set: ResourceRecordSet): boolean {
  return JSON.stringify([...desired.values].sort()) === JSON.stringify(valuesOf(set));
}

function diff(desired: RecordSetDesired, { set }: RecordSetState): readonly Change[] {
  const changes: Change[] = [];
  if (domainName(set.Name ?? '') !== domainName(desired.name))
    changes.push({ field: 'name', from: set.Name, to: desired.name, risk: 'High', replace: true });
  if (set.Type !== desired.type)
    changes.push({ field: 'type', from: set.Type, to: desired.type, risk: 'High', replace: true });
  return [...changes, ...valueChanges(desired, set)];
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
  const id = idOfRecord(desired);
  const name = identity.name === undefined ? {} : { name: identity.name };
  const set = setOf(desired);
  try {
    await writeRecords(scope, desired.zoneId, [{ Action: 'CREATE', ResourceRecordSet: set }]);
  } catch (error) {
    if (!isRefusedBatch(error) || !/already exists/i.test(error.message)) throw error;
    // Made between our look and our call: ours of a lost answer only if it says the same.
    const [existing] = await find(scope, { ...identity, id: undefined }, desired);
    if (existing?.tags === 'inherited') return existing;
    const shown = existing === undefined ? 'NotYet' : 'Conflict';
    throw new CloudError(shown, `${desired.name} ${desired.type} exists and was not made for this object`, {
      code: error.code,
      cause: error,
    });
  }
  return { id, ...name, tags: 'inherited', state: { set } };
}
