import type { Found } from './adaptor.ts';
import { type GraphNode, nodeAt, usesOf } from './graph.ts';
import { onceFor } from './once-for.ts';

/**
 * What we made or are about to make, kept in `status.resources`. It is the only memory: an id is written here before
 * anything is built on it.
 */
export interface Entry {
  readonly node: string;
  readonly epoch: number;
  readonly type: string;
  readonly id?: string;
  readonly arn?: string;
  readonly name?: string;
  readonly state?: EntryState;
  readonly message?: string;
  /** RFC 3339; when the create was answered, or its result found. */
  readonly createdAt?: string;
  /** What it uses, as last written: the order of removal. */
  readonly after: readonly string[];
  /** Optional settings and user tags that we wrote: dropped from the spec they return to AWS's default. */
  readonly keys?: readonly string[];
  /**
   * How many creates were begun for this epoch (`intent` types): a resource with a higher attempt is not ours.
   * 0 and no id: the epoch is only reserved, because a token of the one before is used up.
   */
  readonly attempts?: number;
  /** Failed for good, or made for a spec that went back, while an older epoch is as wanted: that one is current, and this one is to go. */
  readonly setAside?: boolean;
  /** Found in AWS while another epoch was on record: the record is older than AWS, and it goes only when a person agrees. */
  readonly stray?: boolean;
  /** Ids on record under earlier epochs that AWS did not show any more when this one was begun, the latest last. */
  readonly former?: readonly string[];
  /** It was there before its object, by its tag, which somebody may take off. */
  readonly adopted?: boolean;
  /** RFC 3339; until when AWS may make it again after its removal was begun: till then NotFound is no end. */
  readonly revivesUntil?: string;
  /** An open create: begun, its id not known yet. */
  readonly pending?: { readonly attempt: string; readonly at: string };
}

export type EntryState =
  | 'Pending'
  | 'Ready'
  | 'InProgress'
  | 'Waiting'
  | 'Failed'
  | 'Lost'
  | 'Conflict'
  | 'Deleting'
  | 'Kept';

export type Inventory = readonly Entry[];

const byNode = onceFor((inventory: Inventory) => {
  const inOrder = inventory.toSorted((a, b) => a.epoch - b.epoch);
  return Map.groupBy<string, Entry>(inOrder, entry => entry.node);
});
const NONE: readonly Entry[] = [];

export function entriesOf(inventory: Inventory, node: string): readonly Entry[] {
  return byNode(inventory).get(node) ?? NONE;
}

export function entryAt(inventory: Inventory, node: string, epoch: number): Entry | undefined {
  return entriesOf(inventory, node).find(entry => entry.epoch === epoch);
}

/** The epoch that the spec is about: the newest one that was begun and is of use, else the one that comes next. */
export function currentEpoch(inventory: Inventory, node: string): number {
  const used = entriesOf(inventory, node).findLast(entry => !isReserved(entry) && entry.setAside !== true);
  return used?.epoch ?? nextEpoch(inventory, node);
}

/** The spec is about the current epoch; what was made for another one is of the type that it was made as. */
export function typeAt(
  of: { readonly graph: readonly GraphNode[]; readonly inventory: Inventory },
  node: string,
  epoch: number,
): string | undefined {
  const wanted = nodeAt(of.graph, node)?.type;
  const made = entryAt(of.inventory, node, epoch)?.type;
  return epoch === currentEpoch(of.inventory, node) ? (wanted ?? made) : (made ?? wanted);
}

/** The epoch of another one in its place. */
export function nextEpoch(inventory: Inventory, node: string): number {
  const newest = entriesOf(inventory, node).at(-1);
  if (newest === undefined) return 1;
  return isReserved(newest) ? newest.epoch : newest.epoch + 1;
}

export function putEntry(inventory: Inventory, entry: Entry): Inventory {
  const at = inventory.findIndex(other => other.node === entry.node && other.epoch === entry.epoch);
  return at < 0 ? [...inventory, entry] : inventory.with(at, entry);
}

export function dropEntry(inventory: Inventory, node: string, epoch: number): Inventory {
  return inventory.filter(entry => entry.node !== node || entry.epoch !== epoch);
}

/**
 * The entry as it reads once the resource is known; ends an open create. A resource that is found after its create was
 * not answered may have been made until now, in ms.
 */
export function recorded(entry: Entry, found: Found, now: number): Entry {
  const { pending: _, ...rest } = entry;
  return {
    ...rest,
    id: found.id,
    ...(found.arn === undefined ? {} : { arn: found.arn }),
    ...(found.name === undefined ? {} : { name: found.name }),
    ...(entry.id === undefined ? { createdAt: new Date(now).toISOString() } : {}),
  };
}

export function newEntry(node: GraphNode, epoch: number): Entry {
  const name = node.name?.(epoch);
  return {
    node: node.id,
    epoch,
    type: node.type,
    ...(name === undefined ? {} : { name }),
    after: usesOf(node),
  };
}

/** An epoch that was never begun and only keeps its number. */
export function isReserved(entry: Pick<Entry, 'id' | 'pending' | 'attempts'>): boolean {
  return entry.id === undefined && entry.pending === undefined && entry.attempts === 0;
}

/** What is left of an entry whose resource is gone: nothing, or the next epoch where a token never serves twice. */
export function forgetEntry(inventory: Inventory, entry: Entry, usesToken: boolean): Inventory {
  if (entryAt(inventory, entry.node, entry.epoch) === undefined) return inventory;
  const rest = dropEntry(inventory, entry.node, entry.epoch);
  if (!usesToken || entriesOf(rest, entry.node).some(other => other.epoch > entry.epoch)) return rest;
  return [...rest, { node: entry.node, epoch: entry.epoch + 1, type: entry.type, after: [], attempts: 0 }];
}

/**
 * Two inventories of one object as one: what either knows. Used when the status was written by somebody else between
 * our read and the record of an id, which must not be lost.
 */
export function mergeInventories(theirs: Inventory, ours: Inventory): Inventory {
  let merged = ours;
  for (const their of theirs) {
    const our = entryAt(ours, their.node, their.epoch);
    merged = putEntry(merged, our === undefined ? their : mergeEntries(their, our));
  }
  return merged;
}

function mergeEntries(their: Entry, our: Entry): Entry {
  const { pending: theirPending, ...known } = their;
  const { pending: ourPending, ...newer } = our;
  const pending = ourPending ?? theirPending;
  const attempts = Math.max(their.attempts ?? 0, our.attempts ?? 0);
  const keys = [...new Set([...(their.keys ?? []), ...(our.keys ?? [])])].sort();
  const merged: Entry = {
    ...known,
    ...newer,
    after: [...new Set([...our.after, ...their.after])],
    ...(keys.length === 0 ? {} : { keys }),
    ...(attempts === 0 ? {} : { attempts }),
  };
  return merged.id === undefined && pending !== undefined ? { ...merged, pending } : merged;
}
