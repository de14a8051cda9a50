import type { Adaptor } from './adaptor.ts';
import { type GraphNode, hasNameByEpoch, isWaiting, type Waiting } from './graph.ts';
import type { Entry } from './inventory.ts';
import { consentToReplace, failureForGood } from './moves-freely.ts';
import { olderEpochs, olderOf, replacedBy } from './other-epochs.ts';
import type { NodeView, PlanInput } from './plan.ts';
import type { PlannedNode } from './plan-node.ts';
import { isBringing } from './prospect.ts';
import { missingMs, nextLookMs, settlingCreate, settlingRemoval } from './settling.ts';
import { makeStep } from './step.ts';

interface Absent {
  readonly input: PlanInput;
  readonly node: GraphNode;
  readonly adaptor: Adaptor;
  readonly at: { readonly node: string; readonly epoch: number };
  readonly entry: Entry | undefined;
  readonly desired: unknown;
  expected(): unknown;
  readonly held: string | undefined;
  readonly earlier: ReadonlyMap<string, PlannedNode>;
}

/** A node that AWS does not have: not yet, not any more, or to be made. Pure. */
export function planAbsent(of: Absent): PlannedNode {
  const { input, node, adaptor, at, entry, desired, held, earlier } = of;
  const drift = input.wasSynced;
  if (node.role === 'watched') {
    const waiting = isWaiting(desired) ? desired : node.whenAbsent;
    const view: NodeView =
      waiting === undefined
        ? { ...at, state: 'Waiting', message: 'does not exist yet' }
        : waitingView(at, waiting);
    return { view, steps: [] };
  }
  if (entry?.id !== undefined && input.memory.removedAt(at.node, at.epoch) !== undefined) {
    // Removed by us, and wanted again before it was seen to be gone.
    const view: NodeView = { ...at, state: 'InProgress', message: 'is to be made again' };
    const againInMs = settlingRemoval(input, adaptor, entry);
    if (againInMs !== undefined) return { view: { ...view, againInMs }, steps: [] };
    return { view, steps: [], forget: [entry] };
  }
  if (node.adopt !== undefined && entry?.id === undefined) {
    const message = `spec.adopt names ${node.adopt}, which does not exist in AWS: name one that does, or leave spec.adopt out to have one made`;
    return { view: { ...at, state: 'Failed', message }, steps: [] };
  }
  const settling = settlingCreate(input, adaptor, at, entry);
  if (settling !== undefined) return { view: settling, steps: [] };
  const unwanted = entry === undefined ? undefined : replacementDropped(of, entry);
  if (unwanted !== undefined) return unwanted;

  if (node.adopt !== undefined && entry?.id !== undefined) {
    // What bears a name of somebody else's choice is not made under it: approved, it would be looked for for ever.
    return {
      view: { ...at, state: adaptor.holdsData ? 'Lost' : 'Failed', message: adoptedLost(entry.id) },
      steps: [],
    };
  }
  const lost = entry?.id === undefined || !adaptor.holdsData ? undefined : lostMessage(entry.id);
  if (isWaiting(desired)) {
    const waits = `waits for ${desired.waitingFor}`;
    const view: NodeView =
      lost === undefined
        ? waitingView(at, desired)
        : { ...at, state: 'Lost', message: `${lost}; it ${waits}` };
    if (!isBringing(earlier, desired)) return { view, steps: [] };
    const step = makeStep({
      ...at,
      ...(entry?.id === undefined ? createOf(of) : recreateOf(adaptor)),
      known: false,
      drift,
      held: waits,
      // For its record only: what is not known is not executed.
      desired: of.expected(),
    });
    return { view, steps: [step] };
  }
  if (entry?.id !== undefined) {
    const recreate = makeStep({ ...at, ...recreateOf(adaptor), drift, held, desired });
    if (lost === undefined) {
      // What is made anew under the same name is the same one.
      const isSame = node.name !== undefined && !hasNameByEpoch(node);
      const againInMs = isSame ? undefined : missingMs(input, adaptor, entry);
      if (againInMs !== undefined) {
        const message = `AWS does not show ${entry.id}, which is on record; it is made anew once it is sure to be gone`;
        return { view: { ...at, state: 'Pending', message, againInMs }, steps: [] };
      }
      return {
        view: { ...at, state: 'InProgress', message: 'was lost and is to be made anew' },
        steps: [recreate],
      };
    }
    return { view: { ...at, state: 'Lost', message: lost }, steps: [recreate] };
  }
  const renamed = entry === undefined ? undefined : renamedUnmade(of, entry);
  if (renamed !== undefined) return renamed;
  const waits = sharesName(of) ? `waits until the old ${node.id} is gone` : held;
  const step = makeStep({ ...at, ...createOf(of), drift, held: waits, desired });
  return { view: { ...at, state: 'InProgress', message: waits ?? 'is to be created' }, steps: [step] };
}

export function waitingView(at: Absent['at'], { waitingFor, needsPerson }: Waiting): NodeView {
  const view: NodeView = { ...at, state: 'Waiting', message: `waits for ${waitingFor}` };
  return needsPerson === true ? { ...view, needsPerson } : view;
}

/** Who agreed to another one in the place of what is there agreed to the one of that spec: see `covers`. */
function createOf(of: Absent) {
  const action = 'create' as const;
  // Where the old one goes first, that is asked for by its removal.
  const old = sharesName(of) ? undefined : replacedBy(of);
  if (old === undefined) return { action, risk: 'Low', consent: 'low' } as const;
  const { input, adaptor, node, desired } = of;
  const wanted = isWaiting(desired) ? of.expected() : desired;
  const changes = adaptor.diff(wanted, old.found.state, old.entry.keys ?? []);
  const readiness = adaptor.readiness(old.found.state, changes);
  const failed = failureForGood(readiness) !== undefined;
  const consent = consentToReplace({ input, adaptor, node: node.id }, { changes, failed });
  return { action, risk: 'High', consent } as const;
}

function recreateOf({ holdsData }: Adaptor) {
  return { action: 'recreate', risk: 'High', consent: holdsData ? 'critical' : 'high' } as const;
}

function lostMessage(id: string): string {
  return `${id} was recorded and no longer exists in AWS; it is not made anew unapproved, because what it held would be gone`;
}

function adoptedLost(id: string): string {
  return (
    `${id} was adopted and no longer exists in AWS; restore it under this name, or, to have one made instead, leave out spec.adopt ` +
    '(where that is refused, because it bears another name than the object gives: delete this object and make it again without)'
  );
}

function sharesName(of: Absent): boolean {
  const name = of.node.name?.(of.at.epoch);
  return olderEpochs(of).some(other => other.name !== undefined && other.name === name);
}

/**
 * Begun under the name that an earlier spec gave, and not made. AWS may not take what is wanted now under that name, so it is looked
 * for anew once the create that was begun can bring nothing any more.
 */
function renamedUnmade({ input, node, adaptor, at }: Absent, entry: Entry): PlannedNode | undefined {
  if (entry.name === undefined || entry.name === node.name?.(at.epoch)) return undefined;
  const message = `is to be created under another name than ${entry.name}; checking that it was not created under that one`;
  const againInMs = settlingRemoval(input, adaptor, entry);
  return againInMs === undefined
    ? { view: { ...at, state: 'InProgress', message }, steps: [], forget: [entry] }
    : { view: { ...at, state: 'Pending', message, againInMs }, steps: [] };
}

/**
 * The spec went back to what the old epoch is before the new one was made: the old one stays. While that is not to be told nothing
 * is made: nobody agreed to another one of what there is. Where the new one may have been begun it is looked for during the
 * settling time first.
 */
function replacementDropped(of: Absent, entry: Entry): PlannedNode | undefined {
  const { input, adaptor, at, desired } = of;
  if (entry.id !== undefined || isWaiting(desired)) return undefined;
  const older = olderOf(of, desired);
  // One that comes after the old one waits for its removal, to which a person agrees.
  if (older.is === 'unfit' || (older.is !== 'serving' && sharesName(of))) return undefined;
  const olderStays = true;
  if (older.is === 'unknown') {
    const message = `is made only if the old one is not as the spec says, which cannot be told yet: ${older.why}`;
    const again = older.againInMs === undefined ? {} : { againInMs: older.againInMs };
    return { view: { ...at, state: 'Pending', message, ...again }, steps: [], olderStays };
  }
  const begun = adaptor.createBy === 'intent' ? (entry.attempts ?? 0) > 0 : !sharesName(of);
  const leftMs = begun
    ? input.memory.firstSeen(at.node, at.epoch, 'dropped') + adaptor.settleMs - input.now
    : 0;
  if (leftMs > 0) {
    const message = 'the spec went back, so the old one stays; checking that no replacement was created';
    const againInMs = nextLookMs(leftMs, adaptor);
    return { view: { ...at, state: 'Pending', message, againInMs }, steps: [], olderStays };
  }
  const message = 'the spec went back, so the old one stays';
  return { view: { ...at, state: 'InProgress', message }, steps: [], forget: [entry], olderStays };
}
