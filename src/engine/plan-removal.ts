import { few } from './few.ts';
import { nodeAt, type TaggedObservations } from './graph.ts';
import type { Entry } from './inventory.ts';
import { losesData } from './last-use.ts';
import { isOwn, type Leaving, type Removal } from './leaving.ts';
import { observationKey } from './observation.ts';
import type { NodeView, PlanInput } from './plan.ts';
import type { PlannedNode } from './plan-node.ts';
import { removalOfAbsent } from './removal-of-absent.ts';
import { apartFromCopies, besideCopies } from './removal-of-copies.ts';
import { removalOfPresent } from './removal-of-present.ts';
import { keptNodes, removalCandidates, surelyKeptNodes, usersIn } from './removal-users.ts';
import { LOOK_AGAIN_MS } from './settling.ts';
import type { Step } from './step.ts';
import { madeAfter } from './uses.ts';

export interface PlannedRemovals {
  readonly steps: readonly Step[];
  readonly nodes: readonly NodeView[];
  readonly forget: readonly Entry[];
}

/**
 * What is in the inventory and no longer wanted: nodes that left the graph, older epochs, or everything when the
 * object is being deleted. In reverse `after` order, once its former users have been changed. Pure.
 */
export function planRemovals(
  input: PlanInput,
  planned: ReadonlyMap<string, PlannedNode>,
  seen: TaggedObservations,
): PlannedRemovals {
  const candidates = removalCandidates(input);
  const bare = (entry: Entry) => ({
    input,
    planned,
    seen,
    entry,
    adaptor: input.adaptor(entry.type),
    at: { node: entry.node, epoch: entry.epoch },
  });
  const unused = { users: [], kept: false, perhaps: false, leadsToLoss: false };
  // What is only told, because nothing of ours is there any more, uses nothing of ours.
  const present = candidates.filter(
    entry => planRemoval({ ...bare(entry), ...unused }).view?.isOthers !== true,
  );
  const kept = keptNodes(input, present);
  const surelyKept = surelyKeptNodes(input, present);
  const bases = present.filter(
    one => input.adaptor(one.type).livesByUsers === true && nodeAt(input.graph, one.node) === undefined,
  );
  const lost = bases.filter(one => losesData(input, one)).map(one => one.node);
  const leadingToLoss = madeAfter(present, lost);
  const users = usersIn(input, planned, present);
  const steps: Step[] = [];
  const nodes: NodeView[] = [];
  const forget: Entry[] = [];
  for (const entry of candidates) {
    const removal = planRemoval({
      ...bare(entry),
      users: users(entry),
      kept: kept.has(entry.node),
      perhaps: kept.has(entry.node) && !surelyKept.has(entry.node),
      leadsToLoss: losesData(input, entry) || leadingToLoss.has(entry.node),
    });
    if (removal.forget === true) forget.push(entry);
    if (removal.view !== undefined) nodes.push(removal.view);
    steps.push(...(removal.steps ?? []));
  }
  return { steps, nodes, forget };
}

function planRemoval(of: Leaving): Removal {
  const { input, entry, adaptor, at } = of;
  const node = nodeAt(input.graph, entry.node);
  const swept = node?.role === 'swept';
  // Who leaves such things stays, and so uses them still.
  if (swept && of.kept) return { forget: true };
  const observation = input.observations.get(observationKey(entry.node, entry.epoch));
  if (observation === undefined) {
    if (swept && of.users.length > 0) {
      const message = `comes after ${few(of.users)}`;
      return { view: { ...at, state: 'Deleting', message, leavesLater: true } };
    }
    return { view: { ...at, state: 'Deleting', message: 'not looked at yet' } };
  }
  if (observation.error !== undefined) {
    const { error } = observation;
    // A name that somebody else has, and nothing of ours on record under it: there is nothing to remove.
    if (error.class === 'Conflict' && entry.id === undefined) return { forget: true };
    return { view: { ...at, state: 'Deleting', message: error.message, error } };
  }
  if (observation.notYet === true && input.memory.removedAt(entry.node, entry.epoch) === undefined) {
    // What is found is another one, perhaps one that is gone already: the one on record is to be removed.
    const message = 'was created a moment ago and AWS does not show it yet';
    return { view: { ...at, state: 'Deleting', message, againInMs: LOOK_AGAIN_MS } };
  }
  const mine = observation.found.filter(found => !adaptor.isRemoved?.(found.state) && isOwn(of, found));
  const { main, ours, copies } = apartFromCopies(of, mine, observation.found);
  if (main === undefined) {
    const found = observation.found.filter(one => copies.every(copy => copy.found !== one));
    return besideCopies(of, removalOfAbsent(of, { ...observation, found }), copies);
  }
  if (node?.onlyNamed === true) {
    const named = ours.map(found => found.name ?? found.id);
    return { view: { ...at, state: 'Kept', message: `${named.length} stay in AWS`, named } };
  }
  if (of.perhaps) {
    const message = 'not removed yet: something that is kept may still use it; checking that first';
    return { view: { ...at, state: 'Deleting', message, againInMs: LOOK_AGAIN_MS } };
  }
  if (of.planned.get(entry.node)?.olderStays === true)
    return { view: { ...at, state: 'Pending', message: 'stays if it is as the spec says' } };
  return besideCopies(of, removalOfPresent(of, ours, main), copies);
}
