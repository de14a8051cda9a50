import type { Adaptor, Found } from './adaptor.ts';
import { entriesOf, entryAt, type Inventory } from './inventory.ts';
import type { ObservationMap } from './observation.ts';
import { ATTEMPT_TAG, EPOCH_TAG, judge, type Owner, UID_TAG, type Verdict } from './owner.ts';

/** This object's, by its tags or its parent's; also what it left behind on purpose. */
export function isMine(found: Found, owner: Owner, node: string, takeOver: readonly string[]): boolean {
  return found.tags === 'inherited' || judge(found.tags, owner, node, takeOver).is !== 'foreign';
}

const RANK: Readonly<Record<Verdict['is'], number>> = { ours: 0, previous: 1, retained: 2, foreign: 3 };

/** The one that counts first: ours before others', living before removed, then the lower recorded attempt. */
export function byRank(
  input: {
    readonly owner: Owner;
    readonly takeOver: readonly string[];
    readonly adaptor: (type: string) => Adaptor;
  },
  target: { readonly node: string; readonly type: string },
  found: readonly Found[],
): readonly Found[] {
  if (found.length < 2) return found;
  const adaptor = input.adaptor(target.type);
  function rank(one: Found): readonly number[] {
    const verdict =
      one.tags === 'inherited' ? 'ours' : judge(one.tags, input.owner, target.node, input.takeOver).is;
    const removed = adaptor.isRemoved?.(one.state) === true;
    // One without an attempt was not made by a recorded one.
    return [RANK[verdict], removed ? 1 : 0, attemptOf(one) ?? Number.MAX_SAFE_INTEGER];
  }
  return [...found].sort((a, b) => {
    const [left, right] = [rank(a), rank(b)];
    const at = left.findIndex((value, index) => value !== right[index]);
    return at < 0 ? (a.id < b.id ? -1 : 1) : (left[at] ?? 0) - (right[at] ?? 0);
  });
}

export function attemptOf(found: Found): number | undefined {
  return counted(found, ATTEMPT_TAG);
}

/** As its tags say; undefined where it has none. */
export function epochOf(found: Found): number | undefined {
  return counted(found, EPOCH_TAG);
}

function counted(found: Found, key: string): number | undefined {
  const count = found.tags === 'inherited' ? Number.NaN : Number(found.tags[key]);
  return Number.isSafeInteger(count) && count > 0 ? count : undefined;
}

/** Epochs may share a name: each sees only its own resource. One whose epoch was changed by hand is known by its id. */
export function onlyOwnEpochs(
  input: { readonly owner: Owner; readonly inventory: Inventory },
  map: ObservationMap,
): ObservationMap {
  const result = new Map(map);
  for (const [key, observation] of map) {
    const entries = entriesOf(input.inventory, observation.node);
    if (entries.length === 0 || observation.found.length === 0) continue;
    const entry = entryAt(input.inventory, observation.node, observation.epoch);
    const others = entries.filter(one => one.epoch !== observation.epoch);
    const isUnrecorded = (epoch: number) => others.every(other => other.epoch !== epoch);
    const found: Found[] = [];
    const strays: Found[] = [];
    for (const one of observation.found) {
      if (one.tags === 'inherited') {
        if (entry?.id === one.id || others.every(other => other.id !== one.id)) found.push(one);
        continue;
      }
      const epoch = epochOf(one);
      if (epoch === undefined || epoch === observation.epoch) found.push(one);
      else if (!isUnrecorded(epoch)) continue;
      else if (one.id === entry?.id || one.tags[UID_TAG] !== input.owner.uid) found.push(one);
      else strays.push(one);
    }
    if (found.length === observation.found.length) continue;
    const { strays: before = [], ...bare } = observation;
    const all = [...before, ...strays];
    result.set(key, { ...bare, found, ...(all.length === 0 ? {} : { strays: all }) });
  }
  return result;
}
