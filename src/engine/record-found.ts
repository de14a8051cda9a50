import type { Found } from './adaptor.ts';
import { type GraphNode, nodeAt, ownedAt, type TaggedObservations, usesOf } from './graph.ts';
import { type Entry, entriesOf, entryAt, newEntry, putEntry, recorded } from './inventory.ts';
import { mayUseForMs } from './last-use.ts';
import { choose, observationKey } from './observation.ts';
import { ADOPTED_TAG, judge } from './owner.ts';
import { adaptorOf, type Pass, planInput } from './pass-state.ts';
import { type NodeView, type Plan, type PlanInput, seenBy } from './plan.ts';
import { tagKey, userTagKeys } from './record.ts';
import { isTrusted, settlingShown } from './settling.ts';

/** Ids of resources that were found and proved ours, and dependencies and optional settings as they are now. */
export function recordFound(pass: Pass, plan: Plan): void {
  if (pass.subject.deletion === 'None') recordKept(pass, plan);
  recordLeaving(pass, plan);
}

function recordKept(pass: Pass, plan: Plan): void {
  let { resources } = pass.state;
  // The same for all nodes, and each time a look through all that was seen.
  const input = planInput(pass);
  const seen = seenBy(input);
  const { observations, owner, takeOver } = input;
  for (const view of plan.nodes) {
    const node = nodeAt(pass.graph, view.node);
    if (node === undefined || (node.role ?? 'owned') !== 'owned' || view.state === 'Conflict') continue;
    const entry = entryAt(resources, view.node, view.epoch);
    const found = choose(observations.get(observationKey(view.node, view.epoch)), entry?.id);
    if (found === undefined || (view.state === 'Pending' && entry?.id === undefined)) continue;
    const verdict = found.tags === 'inherited' ? 'ours' : judge(found.tags, owner, view.node, takeOver).is;
    if (verdict === 'foreign' || verdict === 'retained') continue;
    noteLiving(pass, input, view, found);
    const steps = plan.steps.filter(step => step.node === view.node && step.duplicate !== true);
    // Not this object's before its tags say so.
    if (steps.some(step => step.action === 'take up' || step.action === 'adopt')) continue;
    const base = withAdoption(entry ?? newEntry(node, view.epoch), node, found);
    const converged = view.state === 'Ready' && steps.length === 0;
    const next = converged ? asConverged(input, seen, node, { entry: base, found }) : base;
    resources = putEntry(resources, recorded(next, found, pass.ports.memory.now()));
  }
  pass.state = { ...pass.state, resources };
}

/**
 * Once seen it stays so: of what was there before others' settings are left as they are. Also before the tag is there, which may
 * wait for a yes, or be refused, and comes from this version of the operator on.
 */
function withAdoption(entry: Entry, { adopt }: GraphNode, { tags }: Found): Entry {
  const isMarked = tags !== 'inherited' && tags[ADOPTED_TAG] !== undefined;
  return adopt !== undefined || isMarked ? { ...entry, adopted: true } : entry;
}

/** What was removed and rescued, by whomever, and is gone later was not removed by us. */
function noteLiving(pass: Pass, input: PlanInput, { node, epoch }: NodeView, found: Found): void {
  const adaptor = adaptorOf(pass, node);
  if (adaptor?.readiness(found.state).is !== 'ready' || adaptor.isRemoved?.(found.state) === true) return;
  if (settlingShown(input, adaptor, { node, epoch }, found) === undefined)
    pass.ports.memory.lives(node, epoch);
}

/**
 * The result of an unanswered create that is not wanted any more, and whose removal may have to wait. What it is found by now
 * may be gone before it, as the certificate is that tells the name of its record. Also what a forged id did not lead to: once
 * the one on record is gone, what else bears the tags is a second one.
 */
function recordLeaving(pass: Pass, plan: Plan): void {
  let { resources } = pass.state;
  for (const { node, epoch, action, found, duplicate } of plan.steps) {
    if (action !== 'remove' || duplicate === true || found === undefined) continue;
    const entry = entryAt(resources, node, epoch) ?? unrecorded(pass, node, epoch);
    if (entry !== undefined && entry.id !== found.id)
      resources = putEntry(resources, recorded(entry, found, pass.ports.memory.now()));
  }
  pass.state = { ...pass.state, resources };
}

/** Of a deletion: made, and on no record. */
function unrecorded(pass: Pass, id: string, epoch: number): Entry | undefined {
  const node = ownedAt(pass.graph, id);
  return pass.subject.deletion === 'None' || node === undefined ? undefined : newEntry(node, epoch);
}

/**
 * What the spec no longer has leaves the record, once reads are sure to show what earlier processes wrote, and unless
 * AWS still shows it: a tag write whose answer was lost may arrive late.
 */
function asConverged(
  input: PlanInput,
  seen: TaggedObservations,
  node: GraphNode,
  { entry, found }: { readonly entry: Entry; readonly found: Found },
): Entry {
  const adaptor = input.adaptor(node.type);
  const desired = node.desired(seen);
  const optional = adaptor.optionalKeys?.(desired) ?? [];
  const tags = adaptor.tag === undefined ? [] : userTagKeys(node);
  const shown = found.tags === 'inherited' ? [] : Object.keys(found.tags).map(tagKey);
  const { keysOfMade = [] } = adaptor;
  const lasting = [...shown, ...keysOfMade];
  // What is as it would be made is on record as if it were: made before there was such a record, or found after a rebuild.
  const asMade = keysOfMade.filter(key =>
    adaptor.diff(desired, found.state, [key]).every(change => change.field !== key),
  );
  const trusted = isTrusted(input, adaptor);
  const before = (entry.keys ?? []).filter(key => !trusted || lasting.includes(key));
  const keys = [...new Set([...optional, ...asMade, ...tags, ...before])].sort();
  const used = trusted ? entry.after.filter(one => mayUse(input, entry, one)) : entry.after;
  const after = [...new Set([...usesOf(node), ...used])];
  const { keys: _, stray: _stray, ...bare } = entry;
  return { ...bare, after, ...(keys.length === 0 ? {} : { keys }) };
}

/** When it leaves, now or soon, it is not to go before AWS is sure to know that this one does without it. */
function mayUse(input: PlanInput, user: Entry, node: string): boolean {
  return entriesOf(input.inventory, node).some(one => mayUseForMs(input, one, user) > 0);
}
