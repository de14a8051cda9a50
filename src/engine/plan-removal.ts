import type { Adaptor, Found, Readiness } from './adaptor.ts';
import { few } from './few.ts';
import { type Observations, onLeaving } from './graph.ts';
import { currentEpoch, type Entry } from './inventory.ts';
import { observationKey } from './observation.ts';
import { epochOf } from './observe-rank.ts';
import { CLUSTER_TAG, isKeptBy, judge, namesAnother, RETAINED_TAG, UID_TAG, type Verdict } from './owner.ts';
import type { NodeView, PlanInput } from './plan.ts';
import type { PlannedNode } from './plan-node.ts';
import {
  keptNodes,
  leftBehind,
  removalCandidates,
  replacementHold,
  standingOf,
  surelyKeptNodes,
  usersOf,
  usesInTheEnd,
} from './removal-users.ts';
import {
  isUntaggedYet,
  LOOK_AGAIN_MS,
  revival,
  settlingRemoval,
  settlingReturn,
  untrustedMs,
} from './settling.ts';
import { type Consent, makeStep, type Step } from './step.ts';

export interface PlannedRemovals {
  readonly steps: readonly Step[];
  readonly nodes: readonly NodeView[];
  readonly forget: readonly Entry[];
}

interface Removal {
  readonly view?: NodeView;
  readonly steps?: readonly Step[];
  readonly forget?: boolean;
}

interface Leaving {
  readonly input: PlanInput;
  readonly planned: ReadonlyMap<string, PlannedNode>;
  readonly seen: Observations;
  readonly entry: Entry;
  readonly adaptor: Adaptor;
  readonly at: { readonly node: string; readonly epoch: number };
  readonly users: readonly string[];
  readonly kept: boolean;
  /** It is kept if what uses it is there. */
  readonly perhaps: boolean;
  /** Something is lost with it, or with what leaves after it: who agrees to that agrees to both. */
  readonly leadsToLoss: boolean;
}

/** A removal that AWS accepted is asked for again only after this, in ms: some services show the resource a while. */
const REPEAT_REMOVAL_MS = 15_000;

/**
 * What is in the inventory and no longer wanted: nodes that left the graph, older epochs, or everything when the
 * object is being deleted. In reverse `after` order, once its former users have been changed. Pure.
 */
export function planRemovals(
  input: PlanInput,
  planned: ReadonlyMap<string, PlannedNode>,
  seen: Observations,
): PlannedRemovals {
  const candidates = removalCandidates(input);
  const kept = keptNodes(input, candidates);
  const surelyKept = surelyKeptNodes(input, candidates);
  const bases = candidates.filter(
    one => input.adaptor(one.type).livesByUsers === true && !input.graph.some(node => node.id === one.node),
  );
  const steps: Step[] = [];
  const nodes: NodeView[] = [];
  const forget: Entry[] = [];
  for (const entry of candidates) {
    const users = usersOf(input, planned, candidates, entry);
    const at = { node: entry.node, epoch: entry.epoch };
    const removal = planRemoval({
      input,
      planned,
      seen,
      entry,
      adaptor: input.adaptor(entry.type),
      at,
      users,
      kept: kept.has(entry.node),
      perhaps: kept.has(entry.node) && !surelyKept.has(entry.node),
      leadsToLoss: [entry, ...bases].some(
        one => losesData(input, one) && usesInTheEnd(candidates, entry.node, one.node),
      ),
    });
    if (removal.forget === true) forget.push(entry);
    if (removal.view !== undefined) nodes.push(removal.view);
    steps.push(...(removal.steps ?? []));
  }
  return { steps, nodes, forget };
}

function losesData(input: PlanInput, { type }: Entry): boolean {
  const { holdsData, lossOnRemoval } = input.adaptor(type);
  return holdsData || lossOnRemoval !== undefined;
}

function planRemoval(of: Leaving): Removal {
  const { input, entry, adaptor, at } = of;
  const node = input.graph.find(one => one.id === entry.node);
  const swept = node?.role === 'swept';
  // Who leaves such things stays, and so uses them still.
  if (swept && of.kept) return { forget: true };
  const observation = input.observations.get(observationKey(entry.node, entry.epoch));
  if (observation === undefined) {
    const message = swept && of.users.length > 0 ? `comes after ${of.users.join(', ')}` : 'not looked at yet';
    return { view: { ...at, state: 'Deleting', message } };
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
  // What is another's, or another epoch's, is not touched, whatever the status says of it.
  const mine = observation.found.filter(found => !adaptor.isRemoved?.(found.state) && isOwn(of, found));
  const main = mine.find(found => found.id === entry.id) ?? mine[0];
  if (main === undefined) {
    const seen = observation.found.length > 0 && observation.notYet !== true;
    const untagged = observation.found.some(found => isUntaggedYet(input, adaptor, at, entry, found));
    const againInMs =
      seen && !untagged ? settlingReturn(input, adaptor, entry) : settlingRemoval(input, adaptor, entry);
    if (againInMs !== undefined) {
      const isKnown = entry.id !== undefined || entry.createdAt !== undefined;
      const made = isKnown ? 'was created a moment ago' : 'may have been created a moment ago';
      const message = `not visible in AWS; it ${made}, so it counts as gone only if it stays invisible`;
      return { view: { ...at, state: 'Deleting', message, againInMs } };
    }
    const strange = strippedOf(of);
    if (strange !== undefined) return { view: strange };
    const left = leftBehind(input, entry);
    if (left !== undefined) return { view: viewOfLeft(of, left) };
    const revivedInMs = revival(input, entry);
    if (revivedInMs === undefined) return { forget: true };
    const message = `is gone; AWS may re-create it to deliver pending data, so it is watched until ${entry.revivesUntil}`;
    return { view: { ...at, state: 'Deleting', message, againInMs: revivedInMs } };
  }
  if (node?.onlyNamed === true) {
    const named = mine.map(found => found.name ?? found.id);
    return { view: { ...at, state: 'Kept', message: `${named.length} stay in AWS`, named } };
  }
  if (of.perhaps) {
    const message = 'not removed yet: something that is kept may still use it; checking that first';
    return { view: { ...at, state: 'Deleting', message, againInMs: LOOK_AGAIN_MS } };
  }
  const outcomes = mine.map(found => removeOne(of, found, found !== main));
  const view = swept ? viewOfAll(mine, outcomes) : outcomes[mine.indexOf(main)]?.view;
  return { ...(view === undefined ? {} : { view }), steps: outcomes.flatMap(one => one.steps ?? []) };
}

/**
 * Of an object that lives on: the one on record is there and its tags do not prove it any more. Forgotten, it would go on in AWS
 * with nobody's word, and what it uses would go. Who gives it to another object, or keeps it on purpose, says so in its tags.
 */
function strippedOf({ input, entry, at }: Leaving): NodeView | undefined {
  const standing = input.deletion === 'None' ? standingOf(input, entry) : undefined;
  if (standing === undefined) return undefined;
  const { found, tags, verdict } = standing;
  if (verdict.is !== 'foreign') return undefined;
  if (tags[RETAINED_TAG] !== undefined || namesAnother(tags, input.owner, entry.node)) return undefined;
  const name = entry.arn ?? found.id;
  const cluster = tags[CLUSTER_TAG];
  const isElsewhere = cluster !== undefined && cluster !== input.owner.cluster;
  const back = isElsewhere ? '' : 'put them back to have it removed, or ';
  const message = `${name} is not wanted any more, and is not this object's by its tags: ${verdict.why}; ${back}tag it ${RETAINED_TAG}=yes to have it left there`;
  return { ...at, state: 'Conflict', message };
}

/** It is told, or nobody would look for what goes on there. */
function viewOfLeft(of: Leaving, found: Found): NodeView {
  const verdict = verdictOf(of, found);
  const name = of.entry.arn ?? found.arn ?? found.id;
  if (verdict.is !== 'foreign') return { ...of.at, state: 'Kept', message: `${name} stays in AWS` };
  const note = `not removed, because it is not this object's any more: ${verdict.why}`;
  return { ...of.at, state: 'Kept', message: `${name} stays in AWS: ${note}`, note };
}

/** All that is left of one sort, in one line of the status. */
function viewOfAll(found: readonly Found[], outcomes: readonly Removal[]): NodeView | undefined {
  const views = outcomes.flatMap(one => one.view ?? []);
  const [first] = views;
  if (first === undefined) return undefined;
  const named = views.map((view, at) => `${found[at]?.name ?? found[at]?.id} ${view.message}`);
  const looks = views.flatMap(view => view.againInMs ?? []);
  const again = looks.length > 0 ? { againInMs: Math.min(...looks) } : {};
  return { ...first, ...again, message: few(named, { most: 10 }) };
}

function verdictOf(of: Leaving, found: Found): Verdict {
  const { input, entry } = of;
  return found.tags === 'inherited'
    ? { is: 'ours' }
    : judge(found.tags, input.owner, entry.node, input.takeOver);
}

function isOwn(of: Leaving, found: Found): boolean {
  const { input, entry } = of;
  if (found.tags === 'inherited') return true;
  const verdict = verdictOf(of, found).is;
  if (verdict === 'retained') return input.deletion !== 'None' && isKeptBy(found.tags, input.owner);
  if (verdict === 'foreign') return false;
  const epoch = epochOf(found) ?? entry.epoch;
  if (verdict === 'previous' || epoch === entry.epoch) return true;
  // Its epoch was changed by hand, and is no other one on record.
  return (
    found.id === entry.id && input.inventory.every(one => one.node !== entry.node || one.epoch !== epoch)
  );
}

function removeOne(of: Leaving, found: Found, duplicate: boolean): Removal {
  const { input, entry, adaptor, at, users, seen } = of;
  const node = input.graph.find(one => one.id === entry.node);
  const twice = duplicate ? { duplicate: true as const } : {};
  const verdict = verdictOf(of, found);
  if (of.kept || verdict.is === 'retained') return retain(of, found, twice);
  if (verdict.is === 'previous') {
    const setTags = { [UID_TAG]: input.owner.uid, [CLUSTER_TAG]: input.owner.cluster };
    const step = makeStep({
      ...at,
      action: 'take up',
      setTags,
      risk: 'Low',
      consent: 'low',
      found,
      ...twice,
    });
    return { view: { ...at, state: 'Deleting', message: 'is taken up first' }, steps: [step] };
  }
  const readiness = adaptor.readiness(found.state);
  const progress = readiness.is === 'in progress' ? readiness : undefined;
  const removedAt = duplicate ? undefined : input.memory.removedAt(entry.node, entry.epoch);
  const sinceMs = removedAt === undefined ? undefined : input.now - removedAt;
  if (sinceMs !== undefined && sinceMs < Math.min(REPEAT_REMOVAL_MS, adaptor.settleMs)) {
    const message = progress?.message ?? 'AWS accepted its removal and still shows it';
    return { view: { ...at, state: 'Deleting', message, againInMs: progress?.againInMs ?? 5_000 } };
  }
  const held = holdOf(of);
  const desired = onLeaving(node?.desired(seen));
  const consent: Consent =
    input.deletion !== 'None' ? 'low' : of.leadsToLoss || entry.stray === true ? 'critical' : 'high';
  const step = makeStep({
    ...at,
    action: 'remove',
    risk: 'High',
    consent,
    drift: input.wasSynced,
    held,
    found,
    ...(desired === undefined ? {} : { desired }),
    ...(consent === 'low' || adaptor.lossOnRemoval === undefined ? {} : { loss: adaptor.lossOnRemoval }),
    ...twice,
  });
  const againInMs = progress?.againInMs ?? (users.length > 0 ? untrustedMs(input, users) : undefined);
  const again = againInMs === undefined ? {} : { againInMs };
  return {
    view: {
      ...at,
      state: 'Deleting',
      message: held ?? progress?.message ?? toBeRemoved(readiness),
      ...again,
    },
    steps: [step],
  };
}

/** What AWS could not do with it may be the removal itself. */
function toBeRemoved(readiness: Readiness): string {
  return readiness.is === 'failed' ? `is to be removed; ${readiness.message}` : 'is to be removed';
}

/** Why its removal cannot start: something uses it. */
function holdOf({ input, planned, entry, users }: Leaving): string | undefined {
  const node = input.deletion === 'None' ? input.graph.find(one => one.id === entry.node) : undefined;
  // Who uses a name that exists once waits for the new one, so nothing waits for its users.
  const name = node?.name?.(currentEpoch(input.inventory, entry.node));
  if (name !== undefined && name === entry.name) return undefined;
  if (users.length > 0) return `used by ${users.join(', ')}`;
  return node === undefined ? undefined : replacementHold(input, planned, entry);
}

/** Marked as kept on purpose, and let go. */
function retain(of: Leaving, found: Found, twice: { readonly duplicate?: true }): Removal {
  const { input, entry, at } = of;
  const view: NodeView = {
    ...at,
    state: 'Kept',
    message: `${entry.arn ?? found.arn ?? found.id} stays in AWS`,
  };
  if (found.tags === 'inherited' || found.tags[RETAINED_TAG] !== undefined) return { view };
  const setTags = {
    [RETAINED_TAG]: new Date(input.now).toISOString(),
    [UID_TAG]: input.owner.uid,
    [CLUSTER_TAG]: input.owner.cluster,
  };
  const step = makeStep({ ...at, action: 'retain', setTags, risk: 'Low', consent: 'low', found, ...twice });
  return { view, steps: [step] };
}
