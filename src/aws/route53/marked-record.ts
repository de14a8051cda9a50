import { createHash } from 'node:crypto';
import {
  type Change as BatchChange,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
} from '@aws-sdk/client-route-53';
import type { Change, Found, Identity } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import { CLUSTER_TAG, identityTags, type Tags, UID_TAG } from '../../engine/owner.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { orAbsent } from '../errors.ts';
import type { AwsScope } from '../scope.ts';
import { ROUTE53_SETTLE_MS } from './hosted-zone.ts';
import { domainName, isZoneId } from './names.ts';
import {
  idOfRecord,
  placeChanges,
  placeOfRecord,
  type RecordSetDesired,
  sameValues,
  setOf,
  valueChanges,
  wayPast,
} from './record-set.ts';
import {
  changedMeanwhile,
  changeRecords,
  isRefusedBatch,
  type PlaceOfRecord,
  writeRecords,
} from './records.ts';

export interface MarkedRecordState {
  readonly place: PlaceOfRecord;
  /** As AWS has it; undefined: taken away by somebody. */
  readonly set: ResourceRecordSet | undefined;
  readonly marker: ResourceRecordSet | undefined;
  /** By an operator. What was there before is used, and is not ours to change or to remove. */
  readonly isMade: boolean;
  /** Other environments that use it. */
  readonly others: number;
  /** What somebody else's, that is used, says instead of what it should, and the way past it. */
  readonly strange?: string;
}

const MADE = 'opta/record=made';
const FOUND = 'opta/record=found';
/**
 * Told to people; whose a marker is its name tells. Amazon Route 53 Developer Guide, "TXT record type": a string has 255
 * characters, and this one says more.
 */
const LONGEST_USER = 200;
/** The record and the markers of all who use it: they follow it in the list. */
const LISTED = 100;

/**
 * A record in a zone of somebody else's. A TXT record below it, written in the same batch, says whose it is: the zone's
 * tags cannot, and ACM has one validation record for all certificates of a name in an account, so that what is there
 * already may be another certificate's. The marker is what is owned; the record goes with the last of them, unless it
 * was there before the first.
 */
export const markedRecordAdaptor: AwsAdaptor<RecordSetDesired, MarkedRecordState> = {
  type: 'route53/marked-record',
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
    const { marker } = found.state;
    const changes: BatchChange[] = [{ Action: 'UPSERT', ResourceRecordSet: set }];
    // What had vanished and is made again is ours.
    const made =
      marker === undefined ? undefined : { ...marker, ResourceRecords: [{ Value: markOf(marker, MADE) }] };
    if (made !== undefined && !found.state.isMade)
      changes.push({ Action: 'UPSERT', ResourceRecordSet: made });
    await writeRecords(scope, desired.zoneId, changes);
    return { ...found, state: { ...found.state, set, marker: made, isMade: true } };
  },
  async remove(scope, { id, state }) {
    const { set, marker, isMade, others } = state;
    if (marker === undefined) return;
    const place = placeOfRecord(id);
    const sets = isMade && others === 0 && set !== undefined ? [set, marker] : [marker];
    const changes = sets.map(one => ({ Action: 'DELETE', ResourceRecordSet: one }) as const);
    try {
      await orAbsent(changeRecords(scope, place.zoneId, changes));
    } catch (error) {
      if (!isRefusedBatch(error)) throw error;
      const name = domainName(marker.Name ?? '');
      const { sets: there } = await read(scope, place);
      if (!there.some(one => domainName(one.Name ?? '') === name)) return;
      throw changedMeanwhile(`${error.message}. It was changed meanwhile`, error);
    }
  },
  readiness({ strange }) {
    if (strange === undefined) return { is: 'ready' };
    return { is: 'failed', message: `it was there before and is left alone. ${strange}` };
  },
};

/** One on record in another place goes before one that the spec asks for: it is to be replaced, not forgotten. */
async function find(
  scope: AwsScope,
  identity: Identity,
  desired: RecordSetDesired | undefined,
): Promise<readonly Found<MarkedRecordState>[]> {
  const recorded = placeOfRecord(identity.id ?? '');
  if (desired === undefined) return findAt(scope, identity, recorded);
  if (placeChanges(desired, recorded).length > 0) {
    const old = await findAt(scope, identity, recorded);
    if (old.some(one => one.state.marker !== undefined)) return old;
  }
  return findAt(scope, identity, desired, desired);
}

async function findAt(
  scope: AwsScope,
  identity: Identity,
  { zoneId, name, type }: PlaceOfRecord,
  desired?: RecordSetDesired,
): Promise<readonly Found<MarkedRecordState>[]> {
  const place = { zoneId, name, type };
  if (!isZoneId(zoneId)) return [];
  const { set, sets } = await read(scope, place);
  const own = markerName(identity, name);
  const marker = sets.find(one => domainName(one.Name ?? '') === own);
  const isMade = textOf(marker).includes(MADE);
  const isOther = set !== undefined && desired !== undefined && !sameValues(desired, set) && !isMade;
  // One that says what ours would is used, which begins with the marker.
  if (marker === undefined && (set === undefined || (desired !== undefined && !isOther))) return [];
  const past = isOther ? wayPast(place, set) : undefined;
  const others = sets.length - (marker === undefined ? 0 : 1);
  return [
    {
      id: idOfRecord(place),
      ...(identity.name === undefined ? {} : { name: identity.name }),
      tags: marker === undefined ? {} : desired === undefined ? markedTags(identity) : 'inherited',
      state: { place, set, marker, isMade, others, ...(past === undefined ? {} : { strange: past }) },
      ...(past === undefined ? {} : { whenForeign: past }),
    },
  ];
}

/** Records are listed by their labels from the last one on: what is below a name follows it. */
async function read(
  { route53 }: AwsScope,
  { zoneId, name, type }: PlaceOfRecord,
): Promise<{ set: ResourceRecordSet | undefined; sets: readonly ResourceRecordSet[] }> {
  const from = { HostedZoneId: zoneId, StartRecordName: name, MaxItems: LISTED };
  const page = await orAbsent(route53.send(new ListResourceRecordSetsCommand(from)));
  const all = page?.ResourceRecordSets ?? [];
  const at = all.filter(one => domainName(one.Name ?? '') === domainName(name));
  const isMarker = (one: ResourceRecordSet) =>
    one.Type === 'TXT' && /^_opta-[0-9a-f]{12}$/.test(labelBelow(one.Name ?? '', name) ?? '');
  return { set: at.find(one => one.Type === type), sets: all.filter(isMarker) };
}

/** The marker is this object's alone by its name. */
function markedTags({ owner, node }: Identity): Tags {
  return { ...identityTags(owner, node), [CLUSTER_TAG]: owner.cluster, [UID_TAG]: owner.uid };
}

function labelBelow(below: string, name: string): string | undefined {
  const end = `.${domainName(name)}`;
  const full = domainName(below);
  return full.endsWith(end) ? full.slice(0, -end.length) : undefined;
}

/** Of this object's node alone: a status can say what it likes. */
function markerName({ owner, node }: Identity, name: string): string {
  const hash = createHash('sha256')
    .update(JSON.stringify(identityTags(owner, node)))
    .digest('hex');
  return `_opta-${hash.slice(0, 12)}.${domainName(name)}`;
}

function textOf(set: ResourceRecordSet | undefined): string {
  return set?.ResourceRecords?.map(one => one.Value ?? '').join() ?? '';
}

function markOf(marker: ResourceRecordSet, mark: string): string {
  return textOf(marker).replace(FOUND, mark);
}

function diff(desired: RecordSetDesired, { place, set, isMade }: MarkedRecordState): readonly Change[] {
  const moves = placeChanges(desired, place);
  if (moves.length > 0) return moves;
  if (set === undefined) return [{ field: 'values', from: undefined, to: desired.values, risk: 'Low' }];
  return isMade ? valueChanges(desired, set) : [];
}

async function create(
  scope: AwsScope,
  identity: Identity,
  desired: RecordSetDesired,
): Promise<Found<MarkedRecordState>> {
  const { set, sets } = await read(scope, desired);
  if (set !== undefined && !sameValues(desired, set))
    throw new CloudError(
      'Conflict',
      `${desired.name} ${desired.type} exists and was not made for this object. ${wayPast(desired, set)}`,
    );
  // Ours if an operator made it, this one or another environment's.
  const isMade = set === undefined || sets.some(one => textOf(one).includes(MADE));
  const { installation, environment } = identity.owner;
  const user = `${installation}/${environment}`.slice(0, LONGEST_USER);
  const marker: ResourceRecordSet = {
    Name: markerName(identity, desired.name),
    Type: 'TXT',
    TTL: desired.ttlSeconds,
    ResourceRecords: [{ Value: `"heritage=opta,opta/owner=${user},${isMade ? MADE : FOUND}"` }],
  };
  const made = set === undefined ? [setOf(desired), marker] : [marker];
  try {
    const changes = made.map(one => ({ Action: 'CREATE', ResourceRecordSet: one }) as const);
    await writeRecords(scope, desired.zoneId, changes);
  } catch (error) {
    if (!isRefusedBatch(error) || !/already exists/i.test(error.message)) throw error;
    // Made between our look and our call: ours of a lost answer, or somebody else's.
    const [existing] = await findAt(scope, identity, desired, desired);
    if (existing?.tags === 'inherited') return existing;
    throw changedMeanwhile(`${desired.name} ${desired.type} was written meanwhile`, error);
  }
  const named = identity.name === undefined ? {} : { name: identity.name };
  const { zoneId, name, type } = desired;
  const place = { zoneId, name, type };
  const state = { place, set: set ?? setOf(desired), marker, isMade, others: sets.length };
  return { id: idOfRecord(place), ...named, tags: 'inherited', state };
}
