import type { Change, Found } from './adaptor.ts';
import { type GraphNode, isWaiting, type TaggedObservations, type Waiting } from './graph.ts';
import { currentEpoch, entryAt } from './inventory.ts';
import { consentToReplace } from './moves-freely.ts';
import type { PlanInput } from './plan.ts';
import type { PlannedNode } from './plan-node.ts';
import { tagChanges } from './plan-present.ts';
import { KNOWN_AFTER_APPLY, makeStep, type Step, shown } from './step.ts';

export interface Prospect {
  readonly desired: unknown;
  /** The desired state with a word in place of each id that AWS is still to give; undefined where it cannot be told. */
  expected(): unknown;
  /** The steps of an existing node that waits: as far as they can be told before the node it waits for is there. */
  foreseen(found: Found, action: 'adopt' | 'take up' | 'update'): readonly Step[];
}

/**
 * What a node is to be, given what is about to happen to the nodes before it: what is to be replaced or made anew has
 * no id yet. So a plan shows all steps of a change, and one approval is enough for them.
 */
export function prospective(
  input: PlanInput,
  node: GraphNode,
  seen: TaggedObservations,
  earlier: ReadonlyMap<string, PlannedNode>,
): Prospect {
  const desired = node.desired({
    state: id => (isChanging(earlier, id) ? undefined : seen.state(id)),
    id: id => (isChanging(earlier, id) ? undefined : seen.id(id)),
    arn: id => (isChanging(earlier, id) ? undefined : seen.arn(id)),
    isKnown: id => seen.isKnown(id),
    isLeaving: id => seen.isLeaving(id),
    tags: id => (isChanging(earlier, id) ? {} : seen.tags(id)),
  });
  return {
    desired,
    expected: () => withPlaceholders(node, seen, earlier),
    foreseen: (found, action) =>
      isWaiting(desired) ? foresee({ input, node, seen, earlier, waiting: desired, found, action }) : [],
  };
}

const ANOTHER_WORD = '(known after apply, too)';

/** True when the waiting ends by a step of this plan. */
export function isBringing(earlier: ReadonlyMap<string, PlannedNode>, waiting: Waiting): boolean {
  return waiting.node !== undefined && (earlier.get(waiting.node)?.steps.length ?? 0) > 0;
}

/** True when a step of this plan gives the node another id. */
function isChanging(earlier: ReadonlyMap<string, PlannedNode>, id: string): boolean {
  return (
    earlier.get(id)?.steps.some(step => step.action === 'replace' || step.action === 'recreate') ?? false
  );
}

interface Foresight {
  readonly input: PlanInput;
  readonly node: GraphNode;
  readonly seen: TaggedObservations;
  readonly earlier: ReadonlyMap<string, PlannedNode>;
  readonly waiting: Waiting;
  readonly found: Found;
  readonly action: 'adopt' | 'take up' | 'update';
}

function foresee(of: Foresight): readonly Step[] {
  const { input, node, seen, earlier, waiting, found } = of;
  if (!isBringing(earlier, waiting)) return [];
  const epoch = currentEpoch(input.inventory, node.id);
  const at = { node: node.id, epoch };
  const held = `waits for ${waiting.waitingFor}`;
  const known = false;
  const drift = input.wasSynced;
  const desired = withPlaceholders(node, seen, earlier);
  if (desired === undefined) {
    const consent = of.action === 'adopt' ? 'critical' : 'low';
    return [makeStep({ ...at, action: of.action, risk: 'Low', consent, known, drift, held, found })];
  }
  const adaptor = input.adaptor(node.type);
  const entry = entryAt(input.inventory, node.id, epoch);
  const changes = foreseenChanges(of, desired, entry?.keys ?? []);
  const { set: setTags, unset: unsetTags } = tagChanges({ input, node, adaptor, at, entry, found });
  const isTagged = Object.keys(setTags).length > 0 || unsetTags.length > 0;
  if (changes.length === 0 && !isTagged && of.action === 'update') return [];
  const replacing = node.adopt === undefined && changes.some(change => change.replace === true);
  const high = replacing || changes.some(change => change.risk === 'High');
  const action = replacing ? 'replace' : of.action;
  const toReplace = consentToReplace({ input, adaptor, node: node.id }, { changes, failed: false });
  const consent = replacing ? toReplace : of.action === 'adopt' ? 'critical' : high ? 'high' : 'low';
  const risk = high ? 'High' : 'Low';
  // As with what is known: another one in its place brings its tags with it.
  const tags = replacing ? {} : { setTags, unsetTags };
  return [makeStep({ ...at, action, changes, ...tags, risk, consent, known, drift, held, found })];
}

/**
 * A value may be made of the coming id without showing it, as the hash of a policy is: what differs under another word for
 * the id is known after apply.
 */
function foreseenChanges(of: Foresight, desired: unknown, keys: readonly string[]): readonly Change[] {
  const { input, node, seen, earlier, found } = of;
  const adaptor = input.adaptor(node.type);
  const changes = adaptor.diff(desired, found.state, keys);
  const otherwise = withPlaceholders(node, seen, earlier, ANOTHER_WORD);
  const others = otherwise === undefined ? [] : adaptor.diff(otherwise, found.state, keys);
  return changes.map(change => {
    const to = shown(change.to);
    const other = others.find(one => one.field === change.field);
    const isFixed = other !== undefined && shown(other.to) === to;
    return isFixed || to.includes(KNOWN_AFTER_APPLY) ? change : { ...change, to: KNOWN_AFTER_APPLY };
  });
}

/** Undefined where the desired state needs more of the coming resource than its id. */
function withPlaceholders(
  node: GraphNode,
  seen: TaggedObservations,
  earlier: ReadonlyMap<string, PlannedNode>,
  word = KNOWN_AFTER_APPLY,
): unknown {
  const isComing = (id: string) =>
    isChanging(earlier, id) || (seen.id(id) === undefined && (earlier.get(id)?.steps.length ?? 0) > 0);
  try {
    const desired = node.desired({
      state: id => (isComing(id) ? undefined : seen.state(id)),
      id: id => (isComing(id) ? word : seen.id(id)),
      arn: id => (isComing(id) ? word : seen.arn(id)),
      isKnown: id => seen.isKnown(id),
      isLeaving: id => seen.isLeaving(id),
      tags: id => (isComing(id) ? {} : seen.tags(id)),
    });
    return isWaiting(desired) ? undefined : desired;
  } catch {
    // Taken apart by the kind: then it is known after apply.
    return undefined;
  }
}
