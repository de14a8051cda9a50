import { currentEpoch, type Entry, entriesOf, newEntry, putEntry } from './inventory.ts';
import { choose, observationKey } from './observation.ts';
import { judge, RETAINED_TAG, type Verdict } from './owner.ts';
import type { NodeView, PlanInput } from './plan.ts';
import { makeStep, type PlannedNode } from './plan-node.ts';
import type { Consent, Step } from './step.ts';

export interface PlannedRemovals {
  readonly steps: readonly Step[];
  readonly nodes: readonly NodeView[];
  readonly forget: readonly Entry[];
}

/**
 * What is in the inventory and no longer wanted: nodes that left the graph, older epochs, or everything when the
 * object is being deleted. In reverse `after` order, once its former users have been changed. Pure.
 */
export function planRemovals(input: PlanInput, planned: ReadonlyMap<string, PlannedNode>): PlannedRemovals {
  const candidates = removalCandidates(input);
  const present = effectiveEntries(input, planned, candidates);
  const steps: Step[] = [];
  const nodes: NodeView[] = [];
  const forget: Entry[] = [];

  for (const entry of candidates) {
    const users = present.filter(other => other.node !== entry.node && other.after.includes(entry.node));
    const outcome = planRemoval(input, planned, entry, [...new Set(users.map(user => user.node))]);
    if (outcome.forget) forget.push(entry);
    if (outcome.view !== undefined) nodes.push(outcome.view);
    if (outcome.step !== undefined) steps.push(outcome.step);
  }
  return { steps, nodes, forget };
}

function removalCandidates(input: PlanInput): readonly Entry[] {
  if (input.deletion === 'None') {
    const wanted = new Set(input.graph.map(node => node.id));
    return input.inventory.filter(
      entry => !wanted.has(entry.node) || entry.epoch < currentEpoch(input.inventory, entry.node),
    );
  }
  // A resource whose creation was answered but not recorded before the end is in the graph and not in the inventory.
  let all = input.inventory;
  for (const node of input.graph) {
    if (node.role !== undefined && node.role !== 'owned') continue;
    if (entriesOf(all, node.id).length === 0) all = putEntry(all, newEntry(node, 1));
  }
  return all;
}

/** Entries with the dependencies that AWS has now: a converged node depends on what its spec says, no more. */
function effectiveEntries(
  input: PlanInput,
  planned: ReadonlyMap<string, PlannedNode>,
  candidates: readonly Entry[],
): readonly Entry[] {
  if (input.deletion !== 'None') {
    const dependsOn = new Map(input.graph.map(node => [node.id, node.dependsOn]));
    const kept = new Set(
      input.deletion === 'Remove' ? input.graph.filter(node => node.keepOnDelete).map(node => node.id) : [],
    );
    return candidates
      .filter(entry => !kept.has(entry.node))
      .map(entry => ({
        ...entry,
        after: [...new Set([...entry.after, ...(dependsOn.get(entry.node) ?? [])])],
      }));
  }
  const dependsOn = new Map(input.graph.map(node => [node.id, node.dependsOn]));
  return input.inventory.map(entry => {
    const now = dependsOn.get(entry.node);
    if (now === undefined || entry.epoch < currentEpoch(input.inventory, entry.node)) return entry;
    const converged =
      planned.get(entry.node)?.steps.length === 0 && planned.get(entry.node)?.view.state === 'Ready';
    return { ...entry, after: converged ? now : [...new Set([...entry.after, ...now])] };
  });
}

function planRemoval(
  input: PlanInput,
  planned: ReadonlyMap<string, PlannedNode>,
  entry: Entry,
  users: readonly string[],
): { view?: NodeView; step?: Step; forget?: boolean } {
  const adaptor = input.adaptor(entry.type);
  const at = { node: entry.node, epoch: entry.epoch };
  const observation = input.observations.get(observationKey(entry.node, entry.epoch));
  if (observation === undefined) return { view: { ...at, state: 'Deleting', message: 'not looked at yet' } };
  if (observation.error !== undefined) {
    return {
      view: { ...at, state: 'Deleting', message: observation.error.message, error: observation.error },
    };
  }
  const found = choose(observation, entry.id);
  if (found === undefined) {
    const settling = settlingLeft(input, adaptor.settleMs, entry);
    if (settling === undefined) return { forget: true };
    const message = 'was created a moment ago; looking for it before it is taken for gone';
    return { view: { ...at, state: 'Deleting', message, againInMs: Math.min(settling, 15_000) } };
  }
  if (adaptor.isRemoved?.(found.state)) return { forget: true };
  const verdict: Verdict =
    found.tags === 'inherited' ? { is: 'ours' } : judge(found.tags, input.owner, entry.node, input.takeOver);
  if (verdict.is === 'foreign' || verdict.is === 'retained') return { forget: true };

  const node = input.graph.find(one => one.id === entry.node);
  const keep =
    input.deletion === 'Retain' || (input.deletion === 'Remove' && node?.keepOnDelete !== undefined);
  if (keep) return planRetain(input, at, found, entry);

  if (verdict.is === 'previous') {
    const setTags = { 'opta.dev/uid': input.owner.uid, 'opta.dev/cluster': input.owner.cluster };
    const step = makeStep({
      input,
      at,
      action: 'take up',
      setTags,
      risk: 'Low',
      consent: 'low',
      held: undefined,
      found,
    });
    return { view: { ...at, state: 'Deleting', message: 'is taken up first' }, step };
  }
  const readiness = adaptor.readiness(found.state);
  const replaced = input.deletion === 'None' && input.graph.some(one => one.id === entry.node);
  const held =
    users.length > 0
      ? `used by ${users.join(', ')}`
      : replaced
        ? replacementHold(input, planned, entry)
        : undefined;
  const consent: Consent =
    input.deletion !== 'None' ? 'low' : replaced ? 'high' : adaptor.holdsData ? 'critical' : 'high';
  const desired = node?.desired({ state: () => undefined, id: () => undefined, arn: () => undefined });
  const step = makeStep({
    input,
    at,
    action: 'remove',
    risk: 'High',
    consent,
    held,
    found,
    ...(desired === undefined ? {} : { desired }),
  });
  const message = held ?? (readiness.is === 'in progress' ? readiness.message : 'is to be removed');
  return {
    view: {
      ...at,
      state: 'Deleting',
      message,
      ...(readiness.is === 'in progress' ? { againInMs: readiness.againInMs } : {}),
    },
    step,
  };
}

function planRetain(
  input: PlanInput,
  at: { node: string; epoch: number },
  found: { tags: unknown; id: string },
  entry: Entry,
): { view: NodeView; step?: Step; forget?: boolean } {
  const view: NodeView = { ...at, state: 'Kept', message: `${entry.arn ?? found.id} stays in AWS` };
  const tags = found.tags;
  const marked = tags === 'inherited' || (typeof tags === 'object' && tags !== null && RETAINED_TAG in tags);
  if (marked) return { view };
  const step = makeStep({
    input,
    at,
    action: 'retain',
    setTags: { [RETAINED_TAG]: new Date(input.now).toISOString() },
    risk: 'Low',
    consent: 'low',
    held: undefined,
    found: found as Step['found'] & object,
  });
  return { view, step };
}

/** The old epoch goes last, or first where AWS lets the name exist once. */
function replacementHold(
  input: PlanInput,
  planned: ReadonlyMap<string, PlannedNode>,
  entry: Entry,
): string | undefined {
  const node = input.graph.find(one => one.id === entry.node);
  if (node?.name !== undefined && node.name(entry.epoch + 1) === entry.name) return undefined;
  const current = planned.get(entry.node);
  if (current?.view.state !== 'Ready' || current.steps.length > 0) return `waits for the new ${entry.node}`;
  for (const dependant of input.graph) {
    if (!dependant.dependsOn.includes(entry.node)) continue;
    const plannedDependant = planned.get(dependant.id);
    if (plannedDependant?.view.state !== 'Ready' || plannedDependant.steps.length > 0)
      return `used by ${dependant.id}`;
  }
  return undefined;
}

/**
 * NotFound is not yet "gone" for what was created, or may have been, less than the settling time ago: counted from the
 * answer of the create, or, where that is not known, from when this process first looked.
 */
function settlingLeft(input: PlanInput, settleMs: number, entry: Entry): number | undefined {
  if (input.wasRemoved(entry.node, entry.epoch)) return undefined;
  const since =
    entry.createdAt === undefined || entry.pending !== undefined
      ? input.firstSeen(entry.node, entry.epoch, entry.pending?.attempt ?? '')
      : Date.parse(entry.createdAt);
  const left = since + settleMs - input.now;
  return left > 0 ? left : undefined;
}
