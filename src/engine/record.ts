import type { Adaptor } from './adaptor.ts';
import { isRefusal } from './error-class.ts';
import type { Outcome } from './execute.ts';
import { type GraphNode, nodeAt, usesOf, writtenTags } from './graph.ts';
import {
  dropEntry,
  type Entry,
  entryAt,
  type Inventory,
  isReserved,
  newEntry,
  nextEpoch,
  putEntry,
  recorded,
} from './inventory.ts';
import type { Step } from './step.ts';

/** Each was missed for longer than AWS lags: there is hardly ever one. */
const MOST_FORMER = 8;

/** The inventory as it must be stored before the step starts, now or, `foretold`, later in this pass. Pure. */
export function begin(
  inventory: Inventory,
  step: Step,
  of: {
    readonly graph: readonly GraphNode[];
    readonly adaptor: Adaptor;
    readonly now: number;
    readonly foretold: boolean;
  },
): Inventory {
  const { graph, adaptor, now, foretold } = of;
  const node = nodeAt(graph, step.node);
  const entry = entryAt(inventory, step.node, step.epoch);
  if (step.action === 'remove') return withRevival(inventory, step, node, adaptor, now);
  if (step.action === 'retain' || node === undefined) return inventory;
  // What is shared is never removed, so it is on no record.
  if (node.role === 'shared') return inventory;
  // The create of a new epoch is a step of its own, after a look at its name, in the order that its name allows.
  if (step.action === 'replace' || step.action === 'recreate') {
    const next = newEntry(node, nextEpoch(inventory, step.node));
    const keys = unionKeys(undefined, node, step, adaptor);
    const begun = keys.length > 0 ? { ...next, keys } : next;
    if (step.action === 'replace') return putEntry(inventory, begun);
    const former = [...(entry?.former ?? []), ...(entry?.id === undefined ? [] : [entry.id])];
    const rest = dropEntry(inventory, step.node, step.epoch);
    return putEntry(rest, former.length > 0 ? { ...begun, former: former.slice(-MOST_FORMER) } : begun);
  }
  // What is there has others' settings, which it keeps where the change does not come. What is made has ours alone.
  const isHeld = foretold && step.action !== 'create';
  const keys = isHeld ? (entry?.keys ?? []) : unionKeys(entry, node, step, adaptor);
  const { revivesUntil: _, ...fresh } =
    entry === undefined || isReserved(entry) ? newEntry(node, step.epoch) : entry;
  const after = [...new Set([...fresh.after, ...usesOf(node)])];
  const base: Entry = { ...fresh, after, ...(keys.length > 0 ? { keys } : {}) };
  const intent = step.action === 'create' && adaptor.createBy === 'intent';
  return putEntry(inventory, intent ? withIntent(base, now) : base);
}

/** Known before AWS is asked, so that whoever finds it gone knows that it may come back. */
function withRevival(
  inventory: Inventory,
  step: Step,
  node: GraphNode | undefined,
  adaptor: Adaptor,
  now: number,
): Inventory {
  if (step.duplicate === true) return inventory;
  const entry = entryAt(inventory, step.node, step.epoch) ?? (node && newEntry(node, step.epoch));
  const ms = entry && adaptor.revivesMs?.(step.desired, entry.name);
  if (entry === undefined || ms === undefined) return inventory;
  return putEntry(inventory, { ...entry, revivesUntil: new Date(now + ms).toISOString() });
}

function withIntent(entry: Entry, now: number): Entry {
  const attempts = (entry.attempts ?? 0) + 1;
  return { ...entry, attempts, pending: { attempt: String(attempts), at: new Date(now).toISOString() } };
}

function unionKeys(
  entry: Entry | undefined,
  node: GraphNode,
  step: Step,
  adaptor: Adaptor,
): readonly string[] {
  const wanted = step.desired === undefined ? [] : (adaptor.optionalKeys?.(step.desired) ?? []);
  // What another step of this resource is to set may never be set: it would be taken for ours.
  const changed = step.changes.map(change => change.field);
  const isUpdate = step.action === 'update';
  const optional = isUpdate ? wanted.filter(key => changed.includes(key)) : wanted;
  const made = step.action === 'create' ? (adaptor.keysOfMade ?? []) : [];
  const set = Object.keys(step.setTags).map(tagKey);
  const own = adaptor.tag === undefined ? [] : userTagKeys(node);
  const tags = isUpdate ? own.filter(key => set.includes(key)) : own;
  return [...new Set([...(entry?.keys ?? []), ...optional, ...made, ...tags])].sort();
}

/** `Name` is always ours to write; other tags of the node come from the spec and leave with it. */
export function userTagKeys(node: GraphNode): readonly string[] {
  return Object.keys(writtenTags(node))
    .filter(key => key !== 'Name')
    .map(tagKey);
}

/** A tag among the recorded keys. */
export function tagKey(tag: string): string {
  return `tag:${tag}`;
}

/** True when the two inventories differ in what must be stored before AWS is called. */
export function mustStoreFirst(stored: Inventory, begun: Inventory, graph: readonly GraphNode[]): boolean {
  for (const entry of begun) {
    const before = entryAt(stored, entry.node, entry.epoch);
    if (before === undefined) {
      const optional = nodeAt(graph, entry.node)?.optional === true;
      const told = entry.pending !== undefined || entry.revivesUntil !== undefined;
      if (optional || entry.epoch > 1 || told || (entry.keys ?? []).length > 0) return true;
      continue;
    }
    if (isReserved(before) && !isReserved(entry)) return true;
    // Without the record of which one serves another one would be made in the place of what is removed.
    if (entry.setAside !== before.setAside) return true;
    // Removed and made again under the same epoch: the old id would make the new one look lost.
    if (before.id !== undefined && entry.id === undefined) return true;
    if (entry.pending?.attempt !== before.pending?.attempt) return true;
    if (entry.revivesUntil !== undefined && entry.revivesUntil !== before.revivesUntil) return true;
    // A node that is made to use another one must be known to, or the other could be removed under it.
    if (entry.after.some(node => !before.after.includes(node))) return true;
    if ((entry.keys ?? []).some(key => !(before.keys ?? []).includes(key))) return true;
  }
  return false;
}

/** The inventory after the step's answer; `before`: as it was before its record was written. Pure. */
export function conclude(
  inventory: Inventory,
  outcome: Outcome,
  of: { readonly before: Inventory; readonly now: number; readonly refused: boolean },
): Inventory {
  const { step, error, found } = outcome;
  const entry = entryAt(inventory, step.node, step.epoch);
  // A second one of the same identity has no entry of its own.
  if (entry === undefined || step.duplicate === true) return inventory;
  if (error === undefined)
    return found === undefined ? inventory : putEntry(inventory, recorded(entry, found, of.now));
  if (step.action !== 'create') return putEntry(inventory, withoutUnwritten(entry, of.before, outcome));
  // A create that AWS refused has made nothing: no need to look for its result, now or at any later pass.
  if (!of.refused || entry.pending === undefined) return inventory;
  const { pending: _, attempts = 1, ...rest } = entry;
  return putEntry(inventory, attempts > 1 ? { ...rest, attempts: attempts - 1 } : rest);
}

/** What was surely not written is others', or AWS's default, as before: it is left alone once the spec asks for it no more. */
function withoutUnwritten(entry: Entry, before: Inventory, { written }: Outcome): Entry {
  const { keys: all = [], ...rest } = entry;
  const known = entryAt(before, entry.node, entry.epoch)?.keys ?? [];
  const keys = all.filter(key => known.includes(key) || written?.has(key) !== false);
  return keys.length === 0 ? rest : { ...rest, keys };
}

/** Nothing was made by it. */
export function wasRefused({ error, made }: Outcome): boolean {
  return error !== undefined && made !== true && isRefusal(error);
}
