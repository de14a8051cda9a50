import type { Found } from './adaptor.ts';
import { type GraphNode, nodeAt, usesOf } from './graph.ts';
import {
  currentEpoch,
  type Entry,
  entriesOf,
  entryAt,
  type Inventory,
  isReserved,
  newEntry,
  putEntry,
} from './inventory.ts';
import { losesData, mayUseForMs } from './last-use.ts';
import { observationKey } from './observation.ts';
import { isKeptBy, judge, type Tags, type Verdict } from './owner.ts';
import type { PlanInput } from './plan.ts';
import type { PlannedNode } from './plan-node.ts';
import { isTrusted, settlingRemoval } from './settling.ts';
import { leftBy } from './sweep.ts';
import { usersByNode } from './uses.ts';

/** What is recorded, or may exist unrecorded, and is not wanted any more. */
export function removalCandidates(input: PlanInput): readonly Entry[] {
  const recorded = input.inventory.filter(entry => !isReserved(entry));
  if (input.deletion === 'None') {
    const wanted = new Set(input.graph.map(node => node.id));
    return recorded.filter(
      entry => !wanted.has(entry.node) || entry.epoch !== currentEpoch(input.inventory, entry.node),
    );
  }
  // A resource whose creation was answered but not recorded before the end is in the graph and not in the inventory.
  let all: Inventory = recorded;
  for (const node of input.graph) {
    if (!isRemovedWith(input.deletion, node) || entriesOf(all, node.id).length > 0) continue;
    if (input.gone?.has(node.id) === true) continue;
    all = putEntry(all, newEntry(node, currentEpoch(input.inventory, node.id)));
  }
  return all;
}

/** Where all of it stays, what others left stays too. */
function isRemovedWith(deletion: PlanInput['deletion'], { role = 'owned' }: GraphNode): boolean {
  return role === 'owned' || (role === 'swept' && deletion === 'Remove');
}

/** What stays in AWS when the object is deleted, and all that it uses. */
export function keptNodes(input: PlanInput, candidates: readonly Entry[]): ReadonlySet<string> {
  return keptWith(input, candidates, () => true);
}

/** Without what stays only for something of which AWS shows nothing of ours: it may not have been made, or be gone. */
export function surelyKeptNodes(input: PlanInput, candidates: readonly Entry[]): ReadonlySet<string> {
  return keptWith(input, candidates, entry => {
    const observation = input.observations.get(observationKey(entry.node, entry.epoch));
    if (observation === undefined) return true;
    return observation.found.some(found => mayBeOf(input, entry, found));
  });
}

/** What an earlier object of this name had kept never used anything of this one, unless it is on record. */
function mayBeOf(input: PlanInput, entry: Entry, { id, tags }: Found): boolean {
  if (tags === 'inherited') return true;
  const { is } = judge(tags, input.owner, entry.node, input.takeOver);
  return is === 'retained' ? id === entry.id || isKeptBy(tags, input.owner) : is !== 'foreign';
}

function keptWith(
  input: PlanInput,
  candidates: readonly Entry[],
  uses: (entry: Entry) => boolean,
): ReadonlySet<string> {
  const all = candidates.map(entry => entry.node);
  if (input.deletion !== 'Remove') return new Set(input.deletion === 'Retain' ? all : []);
  const byNode = Map.groupBy(candidates, entry => entry.node);
  const kept = new Set<string>();
  const open = input.graph.filter(node => node.keepOnDelete !== undefined).map(node => node.id);
  for (const entry of candidates) if (leftBehind(input, entry) !== undefined) open.push(entry.node);
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (kept.has(id)) continue;
    kept.add(id);
    const node = nodeAt(input.graph, id);
    open.push(...(node === undefined ? [] : usesOf(node)), ...leftBy(input.graph, id));
    for (const entry of byNode.get(id) ?? []) if (uses(entry)) open.push(...entry.after);
  }
  return kept;
}

/**
 * The one on record as AWS shows it, and what its own tags say. Undefined where it is not shown or is as good as gone, and where
 * we let it go: what bears its name may be somebody else's by now.
 */
export function standingOf(
  input: PlanInput,
  entry: Entry,
): { readonly found: Found; readonly tags: Tags; readonly verdict: Verdict } | undefined {
  if (entry.id === undefined || input.memory.removedAt(entry.node, entry.epoch) !== undefined)
    return undefined;
  const observation = input.observations.get(observationKey(entry.node, entry.epoch));
  const found = observation?.found.find(one => one.id === entry.id);
  if (found === undefined || found.tags === 'inherited') return undefined;
  if (input.adaptor(entry.type).isRemoved?.(found.state) === true) return undefined;
  const { tags } = found;
  return { found, tags, verdict: judge(tags, input.owner, entry.node, input.takeOver) };
}

/**
 * The one on record, which is there and stays when the object goes: its tags say that it is somebody else's by now, or that it was
 * kept before. It may be in use, so what it uses stays with it.
 */
export function leftBehind(input: PlanInput, entry: Entry): Found | undefined {
  if (input.deletion === 'None' || entry.revivesUntil !== undefined) return undefined;
  if (input.observations.get(observationKey(entry.node, entry.epoch))?.notYet === true) return undefined;
  const standing = standingOf(input, entry);
  const is = standing?.verdict.is;
  return is === 'foreign' || is === 'retained' ? standing?.found : undefined;
}

/** Tells the nodes that use what an entry stands for, and so must be changed or removed before it. */
export function usersIn(
  input: PlanInput,
  planned: ReadonlyMap<string, PlannedNode>,
  candidates: readonly Entry[],
): (entry: Entry) => readonly string[] {
  const all = new Map<string, ReturnType<typeof usersByNode>>();
  return entry => {
    const replaced = input.deletion === 'None' && nodeAt(input.graph, entry.node) !== undefined;
    const of = replaced ? 'replaced' : losesData(input, entry) ? 'data' : 'other';
    // Who uses a replaced node and stays is moved to its new epoch: that is asked where the new epoch is.
    const users =
      all.get(of) ?? usersByNode(replaced ? candidates : effectiveEntries(input, planned, candidates, entry));
    all.set(of, users);
    return users(entry.node);
  };
}

/**
 * Entries with the dependencies that AWS has now: a converged node depends on what its spec says, no more. The same for all that
 * leave and lose data, and for all others.
 */
function effectiveEntries(
  input: PlanInput,
  planned: ReadonlyMap<string, PlannedNode>,
  candidates: readonly Entry[],
  leaving: Entry,
): readonly Entry[] {
  const uses = new Map(input.graph.map(node => [node.id, usesOf(node)]));
  if (input.deletion !== 'None') {
    const kept = keptNodes(input, candidates);
    return candidates
      .filter(entry => !kept.has(entry.node))
      .map(entry => {
        const now = [...(uses.get(entry.node) ?? []), ...leftBy(input.graph, entry.node)];
        return { ...entry, after: union(entry.after, now) };
      });
  }
  return input.inventory.map(entry => {
    const now = uses.get(entry.node);
    if (now === undefined || entry.epoch !== currentEpoch(input.inventory, entry.node)) return entry;
    const of = planned.get(entry.node);
    const converged =
      of?.steps.length === 0 &&
      of.view.state === 'Ready' &&
      isTrusted(input, input.adaptor(entry.type)) &&
      mayUseForMs(input, leaving, entry) === 0;
    return { ...entry, after: converged || isUnmade(input, of, entry) ? now : union(entry.after, now) };
  });
}

/** The old epoch goes last: when the new one is ready and all that used it have moved. */
export function replacementHold(
  input: PlanInput,
  planned: ReadonlyMap<string, PlannedNode>,
  entry: Entry,
): string | undefined {
  const current = planned.get(entry.node);
  if (current?.view.state !== 'Ready' || current.steps.length > 0) return `waits for the new ${entry.node}`;
  for (const dependant of input.graph) {
    // One that is not made yet, or is recorded as using something else, never used the old epoch.
    const user = entryAt(input.inventory, dependant.id, currentEpoch(input.inventory, dependant.id));
    const after = planned.get(dependant.id);
    if (user?.after.includes(entry.node) !== true || isUnmade(input, after, user)) continue;
    if (after?.view.state !== 'Ready' || after.steps.length > 0) return `used by ${dependant.id}`;
  }
  return undefined;
}

/** Was begun at most, and surely not made: somebody else's has the name, or it waits and nothing of it is in AWS. */
function isUnmade(input: PlanInput, planned: PlannedNode | undefined, entry: Entry): boolean {
  if (entry.id !== undefined || planned === undefined) return false;
  if (planned.view.state === 'Conflict') return true;
  const observation = input.observations.get(observationKey(entry.node, entry.epoch));
  if (planned.view.state !== 'Waiting' || observation === undefined || observation.found.length > 0)
    return false;
  return settlingRemoval(input, input.adaptor(entry.type), entry) === undefined;
}

function union(a: readonly string[], b: readonly string[] | undefined): readonly string[] {
  return [...new Set([...a, ...(b ?? [])])];
}
