import type { Found, Readiness } from './adaptor.ts';
import { few } from './few.ts';
import { isWaiting, nodeAt, onLeaving } from './graph.ts';
import { currentEpoch } from './inventory.ts';
import { leftAfterMs } from './last-use.ts';
import { type Leaving, type Removal, verdictOf } from './leaving.ts';
import { failureForGood, isTriedAnew, movesFreely } from './moves-freely.ts';
import { CLUSTER_TAG, RETAINED_TAG, UID_TAG } from './owner.ts';
import type { NodeView } from './plan.ts';
import { lossBy } from './plan-present.ts';
import { replacementHold } from './removal-users.ts';
import { type Consent, makeStep } from './step.ts';

/** A removal that AWS accepted is asked for again only after this, in ms: some services show the resource a while. */
const REPEAT_REMOVAL_MS = 15_000;

/** What is there and ours, with what else bears its tags: to be removed, or kept on purpose. Pure. */
export function removalOfPresent(of: Leaving, mine: readonly Found[], main: Found): Removal {
  const node = nodeAt(of.input.graph, of.entry.node);
  const outcomes = mine.map(found => removeOne(of, found, found !== main));
  const view = node?.role === 'swept' ? viewOfAll(mine, outcomes) : outcomes[mine.indexOf(main)]?.view;
  return { ...(view === undefined ? {} : { view }), steps: outcomes.flatMap(one => one.steps ?? []) };
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

function removeOne(of: Leaving, found: Found, duplicate: boolean): Removal {
  const { input, entry, adaptor, at, users, seen } = of;
  const node = nodeAt(input.graph, entry.node);
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
  const desired = onLeaving(input, entry.node, seen);
  const consent = consentOf(of, found, readiness);
  const isReplaced = input.deletion === 'None' && node !== undefined;
  const step = makeStep({
    ...at,
    action: 'remove',
    risk: 'High',
    consent,
    drift: input.wasSynced,
    held,
    found,
    ...(desired === undefined ? {} : { desired }),
    ...(consent === 'low' ? {} : lossBy(adaptor, isReplaced)),
    ...(isReplaced ? { replaced: true } : {}),
    ...twice,
  });
  const againInMs = progress?.againInMs ?? leftAfterMs(input, entry, users);
  const again = againInMs === undefined ? {} : { againInMs };
  return {
    view: {
      ...at,
      state: 'Deleting',
      message: held ?? progress?.message ?? toBeRemoved(readiness),
      ...(held === undefined ? {} : { leavesLater: true }),
      ...again,
    },
    steps: [step],
  };
}

/**
 * Another epoch of what the spec has goes with a replacement: who agreed to that agreed to this, for as long as the spec is the same.
 * What AWS never brings back, or gave up making, serves nobody.
 */
function consentOf(of: Leaving, found: Found, readiness: Readiness): Consent {
  const { input, entry, adaptor, leadsToLoss } = of;
  if (input.deletion !== 'None') return 'low';
  if (leadsToLoss || entry.stray === true) return 'critical';
  if (nodeAt(input.graph, entry.node) === undefined || movesFreely(input, adaptor, entry.node)) return 'high';
  return failureForGood(readiness) !== undefined || wasGivenUp(of, found) ? 'high' : 'critical';
}

function wasGivenUp({ input, entry, adaptor, seen }: Leaving, found: Found): boolean {
  const node = nodeAt(input.graph, entry.node);
  const desired = node?.type === entry.type ? node.desired(seen) : undefined;
  if (desired === undefined || isWaiting(desired)) return false;
  return isTriedAnew(adaptor.diff(desired, found.state, entry.keys ?? []));
}

/** What AWS could not do with it may be the removal itself. */
function toBeRemoved(readiness: Readiness): string {
  return readiness.is === 'failed' ? `is to be removed; ${readiness.message}` : 'is to be removed';
}

/** Why its removal cannot start: something uses it. */
function holdOf({ input, planned, entry, users }: Leaving): string | undefined {
  const node = input.deletion === 'None' ? nodeAt(input.graph, entry.node) : undefined;
  // Who uses a name that exists once waits for the new one, so nothing waits for its users.
  const name = node?.name?.(currentEpoch(input.inventory, entry.node));
  if (name !== undefined && name === entry.name) return undefined;
  if (users.length > 0) return `used by ${few(users)}`;
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
