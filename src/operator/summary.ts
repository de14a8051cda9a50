import { waitingSteps, wayToApprove } from '../engine/approval.ts';
import { PASSING, STALLING } from '../engine/error-class.ts';
import type { CloudError } from '../engine/errors.ts';
import { nodeAt } from '../engine/graph.ts';
import { currentEpoch, type Entry, type EntryState, entryAt, type Inventory } from '../engine/inventory.ts';
import type { PassResult } from '../engine/pass.ts';
import type { NodeView } from '../engine/plan.ts';
import type { Step } from '../engine/step.ts';
import { differences, foremost } from './differences.ts';
import { countedErrors, type Reason, reasonIn, said, waitingReason, worst } from './reasons.ts';
import { gatedSteps, isUsable, OPEN } from './usable.ts';

/** What is to be said of an object, and when to look at it again. */
export interface Summary {
  readonly ready: boolean | 'unchanged';
  readonly readyReason: Reason;
  readonly readyMessage: string;
  readonly synced: boolean;
  readonly syncedReason: Reason;
  readonly syncedMessage: string;
  readonly stalled: boolean;
  readonly reconciling: boolean;
  /** AWS did not show all that is wanted: what is not seen now may be as it was. */
  readonly isBlind?: true;
}

/** What a finished pass means for the conditions. `target`: the object, as kubectl takes it. Pure. */
export function summarize(result: PassResult, isObserve: boolean, target: string): Summary {
  const { nodes } = result.plan;
  const steps = result.plan.steps.filter(step => !isAside(result, step.node));
  const error = worst(countedErrors(result));
  // What is not wanted any more and cannot be removed takes nothing from what is wanted.
  const leftover = nodes.find(view => view.state === 'Conflict' && isLeft(result, view));
  const wanted = nodes.filter(
    view =>
      nodeAt(result.graph, view.node) !== undefined &&
      !(LEAVING.has(view.state) && isLeft(result, view)) &&
      !(OPEN.has(view.state) && isAside(result, view.node)),
  );
  // What nobody waits for is made all the same: AWS is not as the spec says while its create is open.
  const begun = nodes.filter(view => view.state === 'Pending' && isAside(result, view.node));
  const lost = wanted.find(view => view.state === 'Lost');
  const conflict = wanted.find(view => view.state === 'Conflict');
  const approval = gatedSteps(result, 'approve');
  const shownOnly = gatedSteps(result, 'show');

  const synced = syncedOf({
    target,
    result,
    error,
    approval,
    shownOnly,
    isObserve,
    lost,
    conflict,
    leftover,
    wanted,
    begun,
    steps,
  });
  const base = {
    synced: synced.reason === 'Synced',
    syncedReason: synced.reason,
    syncedMessage: synced.message,
  };

  /** `stalled`: needs a person. */
  function notReady(readyReason: Reason, readyMessage: string, stalled: boolean): Summary {
    return { ...base, ready: false, readyReason, readyMessage, stalled, reconciling: !stalled };
  }
  function anew(): string {
    if (isObserve)
      return 'have it made anew: managementPolicy Observe makes nothing, so that must be another one first; then the plan is to be approved';
    if (approval.length > 0) return `have it made anew: ${waitingSteps(result.state.plan, approval, target)}`;
    return steps.some(step => step.node === lost?.node)
      ? 'wait: that it is made anew was agreed to'
      : 'see to what it waits for: then there is a plan to agree to';
  }
  if (lost !== undefined) {
    // Of what was adopted its own message says the way out: it is not made anew here.
    const isAdopted = nodeAt(result.graph, lost.node)?.adopt !== undefined;
    const way = isAdopted ? '' : `. Restore it, or ${anew()}`;
    return notReady('ResourceLost', `${lost.node}: ${lost.message ?? 'lost'}${way}`, true);
  }
  if (conflict !== undefined)
    return notReady('Conflict', `${conflict.node}: ${conflict.message ?? 'not ours'}`, true);
  const failed = wanted.find(view => view.state === 'Failed' && view.error === undefined);
  const notWell = (view: NodeView) => notReady('Failed', `${view.node}: ${view.message ?? 'failed'}`, true);
  if (error !== undefined) {
    const reason = reasonIn(result, error);
    // What could not be changed is as it was.
    const isKept = reason === 'ChangeBlocked';
    const stalls = STALLING.has(error.class) || isKept;
    const ready = PASSING.has(error.class) || isKept ? 'unchanged' : false;
    // AWS showed it in this pass: it is not as ready as it was.
    if (ready === 'unchanged' && failed !== undefined) return notWell(failed);
    const gone = steps.find(step => isOfGone(result, step));
    if (ready === 'unchanged' && gone !== undefined) {
      const message = `${gone.node} is gone and is to be made anew; ${said(result, error)}`;
      return notReady(reason, message, stalls);
    }
    const isBlind = nodes.some(view => view.error !== undefined && nodeAt(result.graph, view.node));
    return {
      ...base,
      ready,
      readyReason: reason,
      readyMessage: said(result, error),
      stalled: stalls,
      reconciling: !stalls,
      ...(isBlind ? { isBlind } : {}),
    };
  }
  const absent = approval.filter(
    step => step.action === 'create' || step.action === 'adopt' || step.action === 'recreate',
  );
  if (absent.length > 0) {
    const message = `waits for approval of ${waitingSteps(result.state.plan, approval, target)}`;
    return notReady('ApprovalRequired', message, true);
  }
  if (shownOnly.some(step => step.action === 'create' || step.action === 'recreate')) {
    const message = `not made, because of managementPolicy Observe: ${differences(shownOnly)}`;
    return notReady('DriftDetected', message, true);
  }
  if (failed !== undefined) return notWell(failed);
  const unfinished = wanted.filter(view => !isUsable(view, result));
  const waiting = waitingOf(unfinished);
  if (waiting !== undefined) return notReady(waiting.reason, waiting.message, waiting.needsPerson);
  if (unfinished.length > 0) return notReady('Progressing', inWords(unfinished), false);
  const notes = wanted.flatMap(view => (view.note === undefined ? [] : [`${view.node} ${view.note}`]));
  const readyMessage = notes.length > 0 ? notes.join('; ') : 'everything is as the spec says';
  const gated = approval.length > 0;
  const left =
    leftover === undefined ? undefined : `usable; ${leftover.node}: ${leftover.message ?? 'not ours'}`;
  const differs =
    shownOnly.length > 0 ? 'usable; what differs is not changed (managementPolicy Observe)' : left;
  const usable = differs ?? (begun.length > 0 ? 'usable; not as the spec says yet' : readyMessage);
  return {
    ...base,
    ready: true,
    readyReason: 'Ready',
    readyMessage: gated ? 'usable; a change waits for approval' : usable,
    stalled: gated || leftover !== undefined,
    reconciling:
      !gated &&
      leftover === undefined &&
      shownOnly.length === 0 &&
      (steps.length + begun.length > 0 || synced.reason === 'Progressing'),
  };
}

/**
 * What goes on first, as all else may wait for that. Each once: what is to go is among the nodes of the spec where another one of
 * it is there.
 */
function inWords(views: readonly NodeView[]): string {
  const ordered = [...views.filter(isUnderWay), ...views.filter(view => !isUnderWay(view))];
  return [...new Set(ordered.map(view => `${view.node} ${view.message ?? view.state}`))].join('; ');
}

/** AWS is at work on it, or is to show what came of it: known to be looked at again. */
function isUnderWay({ state, againInMs }: NodeView): boolean {
  return (state === 'InProgress' || state === 'Pending') && againInMs !== undefined;
}

/** What is on its way out, or cannot go: what is wanted serves without it. */
const LEAVING: ReadonlySet<EntryState> = new Set(['Conflict', 'Deleting', 'Pending']);

/** It left the spec, or another one has its place: one that was set aside is newer than the one that serves. */
function isLeft({ graph, state }: PassResult, { node, epoch }: NodeView): boolean {
  return nodeAt(graph, node) === undefined || currentEpoch(state.resources, node) !== epoch;
}

/** What is waited for: first what does not come by itself. What does may be what is under way, which is told then. */
function waitingOf(
  views: readonly NodeView[],
): { reason: Reason; message: string; needsPerson: boolean } | undefined {
  const waiting = views.filter(view => view.state === 'Waiting');
  const first = views.some(isUnderWay) ? undefined : waiting[0];
  const view = waiting.find(one => one.needsPerson === true) ?? first;
  if (view === undefined) return undefined;
  const needsPerson = view.needsPerson === true;
  return {
    reason: waitingReason(view.needsPerson) ?? 'WaitingForDependency',
    message: `${view.node} ${view.message ?? 'waits'}`,
    needsPerson,
  };
}

/** Makes anew what was on record and is not in AWS any more: nothing of it is as it was, whatever keeps another one from being made. */
function isOfGone({ state }: PassResult, { node, epoch, action }: Step): boolean {
  if (action !== 'create' && action !== 'recreate') return false;
  const entry = entryAt(state.resources, node, epoch);
  return entry?.id !== undefined || entry?.former !== undefined;
}

function isAside({ graph }: PassResult, node: string): boolean {
  return nodeAt(graph, node)?.aside === true;
}

function syncedOf(of: {
  target: string;
  result: PassResult;
  error: CloudError | undefined;
  approval: readonly Step[];
  shownOnly: readonly Step[];
  isObserve: boolean;
  lost: NodeView | undefined;
  conflict: NodeView | undefined;
  leftover: NodeView | undefined;
  wanted: readonly NodeView[];
  begun: readonly NodeView[];
  steps: readonly Step[];
}): { reason: Reason; message: string } {
  const { result, error, approval, shownOnly } = of;
  if (of.conflict !== undefined)
    return { reason: 'Conflict', message: `${of.conflict.node}: ${of.conflict.message ?? 'not ours'}` };
  if (error !== undefined) return { reason: reasonIn(result, error), message: said(result, error) };
  if (shownOnly.length > 0)
    return {
      reason: 'DriftDetected',
      message: `not changed (managementPolicy Observe): ${differences(shownOnly)}`,
    };
  if (approval.length > 0) {
    return {
      reason: 'ApprovalRequired',
      message: `${foremost(approval)}. Waits for approval; ${wayToApprove(result.state.plan, of.target)}`,
    };
  }
  if (of.lost !== undefined)
    return { reason: 'ResourceLost', message: `${of.lost.node}: ${of.lost.message ?? 'lost'}` };
  if (of.leftover !== undefined)
    return { reason: 'Conflict', message: `${of.leftover.node}: ${of.leftover.message ?? 'not ours'}` };
  const failed = of.wanted.find(view => view.state === 'Failed');
  if (failed !== undefined)
    return { reason: 'Failed', message: `${failed.node}: ${failed.message ?? 'failed'}` };
  const waiting = waitingOf(of.wanted);
  if (waiting !== undefined) return { reason: waiting.reason, message: waiting.message };
  const leaving = result.plan.nodes.filter(view => view.state === 'Deleting');
  const open = [...of.wanted, ...of.begun, ...leaving].filter(view => view.state !== 'Ready');
  if (of.steps.length > 0 || open.length > 0) return { reason: 'Progressing', message: inWords(open) };
  return { reason: 'Synced', message: 'AWS is as the spec says' };
}

/** The inventory with each resource's state, as people see it. */
export function withStates(inventory: Inventory, nodes: readonly NodeView[]): Inventory {
  return inventory.map(entry => {
    const view = nodes.find(one => one.node === entry.node && one.epoch === entry.epoch);
    const { state: _state, message: _message, ...bare } = entry;
    if (view === undefined) return bare;
    return {
      ...bare,
      state: view.state,
      ...(view.message === undefined ? {} : { message: view.message }),
    } satisfies Entry;
  });
}
