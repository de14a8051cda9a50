import type { Adaptor, Change, Found, Risk } from './adaptor.ts';
import { adoptedTag, type GraphNode, writtenTags } from './graph.ts';
import { holdUp } from './hold-up.ts';
import type { Entry } from './inventory.ts';
import { consentToReplace, failureForGood } from './moves-freely.ts';
import { olderOf, servingAside } from './other-epochs.ts';
import { ownershipTags, RETAINED_TAG, type Tags } from './owner.ts';
import type { NodeView, PlanInput } from './plan.ts';
import type { PlannedNode } from './plan-node.ts';
import { believedTags, settled } from './settling-fields.ts';
import { type Action, type Consent, makeStep, type Step } from './step.ts';

export interface Present {
  readonly input: PlanInput;
  readonly node: GraphNode;
  readonly adaptor: Adaptor;
  readonly at: { readonly node: string; readonly epoch: number };
  readonly entry: Entry | undefined;
  readonly found: Found;
  readonly desired: unknown;
  readonly action: Action;
  readonly held: string | undefined;
  readonly earlier: ReadonlyMap<string, PlannedNode>;
}

/** A node that AWS has and that may be written: its differences as one step. Pure. */
export function planPresent(of: Present): PlannedNode {
  const { input, node, adaptor, at, entry, found, desired, action, held, earlier } = of;
  const drift = input.wasSynced;
  const keys = entry?.keys ?? [];
  const observed = adaptor.diff(desired, found.state, keys);
  const { changes, waiting } = settled(input, adaptor, at, { observed, desired, tags: node.tags, keys });
  const readiness = adaptor.readiness(found.state, observed);
  const isLonely = readiness.is === 'in progress' && readiness.awaitsDependants === true;
  const lonely = isLonely ? ({ awaitsDependants: true } as const) : {};
  const failure = failureForGood(readiness);
  const immutable = changes.filter(change => change.replace === true);
  const adopted = node.adopt !== undefined;
  const isToBeReplaced = !adopted && (immutable.length > 0 || failure !== undefined);

  // The spec went back, or what is on record fits it and this turned up beside it.
  const misfit = immutable.length > 0 ? 'is not as the spec says' : undefined;
  const unwanted = failure ?? misfit;
  if (action === 'update' && unwanted !== undefined && entry !== undefined && !adopted) {
    const old = olderOf(of, desired);
    if (old.is === 'serving') {
      const { id = `epoch ${old.entry.epoch}` } = old.entry;
      const message = `${unwanted}; it is not wanted any more, since ${id} is as wanted`;
      return {
        view: { ...at, state: 'InProgress', message },
        steps: [],
        marked: { ...entry, setAside: true },
      };
    }
    const aside = servingAside(of, desired);
    if (aside !== undefined) {
      const { setAside: _, ...wanted } = aside;
      const message = `${unwanted}, as ${wanted.id ?? `epoch ${wanted.epoch}`} is, which was set aside`;
      return { view: { ...at, state: 'InProgress', message }, steps: [], marked: wanted };
    }
    if (old.is === 'unknown') {
      const message = `${unwanted}; whether an older one is as wanted cannot be told yet: ${old.why}`;
      const again = old.againInMs === undefined ? {} : { againInMs: old.againInMs };
      const state = failure === undefined ? 'InProgress' : 'Failed';
      return { view: { ...at, state, message, ...lonely, ...again }, steps: [], olderStays: true };
    }
  }
  // What is taken up is this object's first, and replaced then.
  if (action === 'update' && isToBeReplaced) {
    const failed: Change = { field: 'state', from: failure, to: 'ready', risk: 'High', replace: true };
    const step = makeStep({
      ...at,
      action: 'replace',
      changes: failure === undefined ? changes : [...changes, failed],
      risk: 'High',
      consent: consentToReplace(
        { input, adaptor, node: node.id },
        { changes, failed: failure !== undefined },
      ),
      drift,
      // The other one is made, for which what serves what is there is not enough.
      held: holdUp(input, node.dependsOn, earlier, false),
      desired,
      found,
      ...lossBy(adaptor, true),
    });
    const now = readinessView(at, adaptor, found, { differs: observed });
    const message = 'is to be replaced';
    // What fails, or is being made still, does so until the other one is there.
    const view: NodeView =
      now.state === 'Ready' ? { ...now, state: 'InProgress', message, usable: true } : now;
    return { view, steps: [step] };
  }
  const note =
    immutable.length === 0 || !adopted
      ? undefined
      : `adopted as it is: ${immutable.map(change => change.field).join(', ')} cannot be changed in AWS without replacing it, which adoption never does`;
  const view = readinessView(at, adaptor, found, { note, differs: observed });
  // It stays as it is until a person agrees: what the spec says, and what that waits for, is for the one that comes in its place.
  const waits = isToBeReplaced ? undefined : held;
  const rest = isToBeReplaced ? [] : changes.filter(change => change.replace !== true);
  const { set, unset } = tagChanges(of);
  const nothing =
    rest.length === 0 && Object.keys(set).length === 0 && unset.length === 0 && action !== 'adopt';
  if (nothing) {
    if (waiting === undefined || view.state === 'InProgress') return { view, steps: [] };
    if (view.state === 'Ready') return { view: { ...view, state: 'InProgress', ...waiting }, steps: [] };
    // No person is asked for what may be put right as soon as it is sure to differ.
    const message = `${view.message}; what differs is put right once our last change has settled`;
    return { view: { ...view, state: 'InProgress', ...waiting, message }, steps: [] };
  }
  const isBusy = readiness.is === 'in progress' && !isLonely;
  const busy = isBusy ? readiness.message : undefined;
  const risk: Risk = rest.some(change => change.risk === 'High') ? 'High' : 'Low';
  const consent: Consent = action === 'adopt' ? 'critical' : risk === 'High' ? 'high' : 'low';
  const step = makeStep({
    ...at,
    action,
    changes: rest,
    setTags: set,
    unsetTags: unset,
    risk,
    consent,
    drift,
    held: busy ?? waits,
    desired,
    found,
  });
  const state = view.state === 'Failed' ? 'Failed' : 'InProgress';
  const usable = view.state === 'Ready' ? ({ usable: true } as const) : {};
  return {
    view: { ...view, state, message: busy ?? waits ?? `${action}: ${fieldNames(step)}`, ...usable },
    steps: [step],
  };
}

/** `replaced`: another one takes its place. */
export function lossBy(
  { lossOnRemoval, interruptionOnReplacement }: Adaptor,
  replaced: boolean,
): Pick<Step, 'loss'> {
  const loss = lossOnRemoval ?? (replaced ? interruptionOnReplacement : undefined);
  return loss === undefined ? {} : { loss };
}

export function tagChanges(of: Pick<Present, 'input' | 'node' | 'adaptor' | 'at' | 'entry' | 'found'>): {
  set: Tags;
  unset: readonly string[];
} {
  const { input, node, adaptor, at, entry, found } = of;
  if (found.tags === 'inherited' || adaptor.tag === undefined) return { set: {}, unset: [] };
  const wanted: Tags = {
    ...writtenTags(node),
    ...ownershipTags(input.owner, node.id, at.epoch),
    ...adoptedTag(node, entry),
  };
  const dropped = (entry?.keys ?? [])
    .filter(key => key.startsWith('tag:'))
    .map(key => key.slice('tag:'.length))
    .filter(key => wanted[key] === undefined);
  const leaving = [...dropped, RETAINED_TAG];
  function compare(tags: Tags) {
    return {
      set: Object.fromEntries(Object.entries(wanted).filter(([key, value]) => tags[key] !== value)),
      unset: leaving.filter(key => tags[key] !== undefined),
    };
  }
  // What was tagged a moment ago is judged by the answer, and written again only when the spec has moved on.
  const believed = believedTags(input, adaptor, at);
  return compare(believed ?? found.tags);
}

export function readinessView(
  at: { readonly node: string; readonly epoch: number },
  adaptor: Adaptor,
  found: Found,
  { note, differs }: { readonly note?: string | undefined; readonly differs?: readonly Change[] } = {},
): NodeView {
  const readiness = adaptor.readiness(found.state, differs);
  const told = note ?? (readiness.is === 'ready' ? readiness.note : undefined);
  const extra = told === undefined ? {} : { note: told };
  if (readiness.is === 'ready') return { ...at, state: 'Ready', ...extra };
  if (readiness.is === 'failed') {
    const serves = readiness.serves === true ? ({ serves: true } as const) : {};
    return { ...at, state: 'Failed', message: readiness.message, ...serves, ...extra };
  }
  const { is: _, ...progress } = readiness;
  return { ...at, state: 'InProgress', ...progress, ...extra };
}

function fieldNames(step: Step): string {
  const tags = Object.keys(step.setTags).length + step.unsetTags.length > 0 ? ['tags'] : [];
  return [...step.changes.map(change => change.field), ...tags].join(', ');
}
