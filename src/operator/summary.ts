import { waitingSteps, wayToApprove } from '../engine/approval.ts';
import { type CloudError, type ErrorClass, STALLING } from '../engine/errors.ts';
import { currentEpoch, type Entry, type EntryState, type Inventory } from '../engine/inventory.ts';
import { TAG_PREFIX } from '../engine/owner.ts';
import type { PassResult } from '../engine/pass.ts';
import type { NodeView } from '../engine/plan.ts';
import { fieldsOf, mostWeightyFirst, type Step } from '../engine/step.ts';
import type { KindCondition, NodeStanding } from '../kinds/kind.ts';
import type { ConditionNow } from '../kube/conditions.ts';
import { ANNOTATION } from './objects.ts';
import { durationMs } from './settings.ts';

/** The closed set of reasons of `Ready` and `Synced`. */
export type Reason =
  | 'Ready'
  | 'Synced'
  | 'Progressing'
  | 'WaitingForDependency'
  | 'ApprovalRequired'
  | 'DriftDetected'
  | 'Paused'
  | 'ResourceLost'
  | 'Conflict'
  | 'InvalidSpec'
  | 'NotGranted'
  | 'Denied'
  | 'QuotaExceeded'
  | 'Throttled'
  | 'AwsError'
  | 'Failed'
  | 'EnvironmentMissing'
  | 'EnvironmentDeleting'
  | 'NamespaceNotAllowed'
  | 'Deleting'
  | 'DeletionBlocked'
  | 'ChangeBlocked'
  | NonNullable<KindCondition['readyReason']>
  | NonNullable<KindCondition['notSynced']>['reason'];

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
}

const REASON_OF: Readonly<Record<ErrorClass, Reason>> = {
  NotFound: 'AwsError',
  NotYet: 'Progressing',
  Busy: 'Progressing',
  Throttled: 'Throttled',
  Transient: 'AwsError',
  Invalid: 'InvalidSpec',
  Conflict: 'Conflict',
  Denied: 'Denied',
  Quota: 'QuotaExceeded',
  Blocked: 'DeletionBlocked',
  Unknown: 'AwsError',
};

/** The worst first: what a person has to do something about comes before what passes by itself. */
const ORDER: readonly ErrorClass[] = [
  'Conflict',
  'Denied',
  'Invalid',
  'Quota',
  'Blocked',
  'Unknown',
  'Throttled',
  'Transient',
  'NotFound',
  'NotYet',
  'Busy',
];

/** Errors that say nothing about the resource itself: what was ready stays so until it is known better. */
const PASSING: ReadonlySet<ErrorClass> = new Set([
  'Throttled',
  'Transient',
  'Unknown',
  'NotYet',
  'Busy',
  'NotFound',
]);

export function reasonOf(error: CloudError): Reason {
  return REASON_OF[error.class];
}

/** What is in the way of a removal is told apart from what is in the way of a change. */
function reasonIn({ errors }: PassResult, error: CloudError): Reason {
  const action = errors.find(one => one.error === error)?.action;
  const isRemoval = action === 'remove' || action === 'retain';
  return error.class === 'Blocked' && !isRemoval ? 'ChangeBlocked' : reasonOf(error);
}

/** With the part of the spec that it is about, where the node says so. */
function said({ errors, graph }: PassResult, error: CloudError): string {
  const failed = errors.find(one => one.error === error)?.node;
  const field = graph.find(one => one.id === failed)?.field;
  return field === undefined ? error.message : `${field}: ${error.message}`;
}

export function worst(errors: readonly CloudError[]): CloudError | undefined {
  return [...errors].sort((a, b) => ORDER.indexOf(a.class) - ORDER.indexOf(b.class))[0];
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
      result.graph.some(node => node.id === view.node) &&
      !(view.state === 'Conflict' && isLeft(result, view)) &&
      !(OPEN.has(view.state) && isAside(result, view.node)),
  );
  // What nobody waits for is made all the same: AWS is not as the spec says while its create is open.
  const begun = nodes.filter(view => view.state === 'Pending' && isAside(result, view.node));
  const lost = wanted.find(view => view.state === 'Lost');
  const conflict = wanted.find(view => view.state === 'Conflict');
  const approval = result.gated.filter(({ gate }) => gate === 'approve').map(({ step }) => step);
  const shownOnly = result.gated.filter(({ gate }) => gate === 'show').map(({ step }) => step);

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
  const waits = { stalled: false, reconciling: true };
  const stuck = { stalled: true, reconciling: false };

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
    const isAdopted = result.graph.some(node => node.id === lost.node && node.adopt !== undefined);
    const way = isAdopted ? '' : `. Restore it, or ${anew()}`;
    const message = `${lost.node}: ${lost.message ?? 'lost'}${way}`;
    return { ...base, ready: false, readyReason: 'ResourceLost', readyMessage: message, ...stuck };
  }
  if (conflict !== undefined) {
    return {
      ...base,
      ready: false,
      readyReason: 'Conflict',
      readyMessage: `${conflict.node}: ${conflict.message ?? 'not ours'}`,
      ...stuck,
    };
  }
  if (error !== undefined) {
    const reason = reasonIn(result, error);
    // What could not be changed is as it was.
    const isKept = reason === 'ChangeBlocked';
    const stalls = STALLING.has(error.class) || isKept;
    const ready = PASSING.has(error.class) || isKept ? 'unchanged' : false;
    return {
      ...base,
      ready,
      readyReason: reason,
      readyMessage: said(result, error),
      stalled: stalls,
      reconciling: !stalls,
    };
  }
  const absent = approval.filter(
    step => step.action === 'create' || step.action === 'adopt' || step.action === 'recreate',
  );
  if (absent.length > 0) {
    const message = `waits for approval of ${waitingSteps(result.state.plan, approval, target)}`;
    return { ...base, ready: false, readyReason: 'ApprovalRequired', readyMessage: message, ...stuck };
  }
  if (shownOnly.some(step => step.action === 'create' || step.action === 'recreate')) {
    const message = `not made, because of managementPolicy Observe: ${differences(shownOnly)}`;
    return { ...base, ready: false, readyReason: 'DriftDetected', readyMessage: message, ...stuck };
  }
  const failed = wanted.find(view => view.state === 'Failed');
  if (failed !== undefined) {
    return {
      ...base,
      ready: false,
      readyReason: 'Failed',
      readyMessage: `${failed.node}: ${failed.message ?? 'failed'}`,
      ...stuck,
    };
  }
  const unfinished = wanted.filter(view => !isUsable(view, result, [...approval, ...shownOnly]));
  const waiting = waitingOf(unfinished);
  if (waiting !== undefined) {
    const { reason, message, needsPerson } = waiting;
    return {
      ...base,
      ready: false,
      readyReason: reason,
      readyMessage: message,
      ...(needsPerson ? stuck : waits),
    };
  }
  if (unfinished.length > 0) {
    const message = unfinished.map(view => `${view.node} ${view.message ?? view.state}`).join('; ');
    return { ...base, ready: false, readyReason: 'Progressing', readyMessage: message, ...waits };
  }
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
      !gated && leftover === undefined && steps.length + begun.length > 0 && shownOnly.length === 0,
  };
}

/** It left the spec, or another one took its place. */
function isLeft({ graph, state }: PassResult, { node, epoch }: NodeView): boolean {
  return !graph.some(one => one.id === node) || currentEpoch(state.resources, node) > epoch;
}

/** What is waited for: first what does not come by itself. */
function waitingOf(
  views: readonly NodeView[],
): { reason: Reason; message: string; needsPerson: boolean } | undefined {
  const waiting = views.filter(view => view.state === 'Waiting');
  const view = waiting.find(one => one.needsPerson === true) ?? waiting[0];
  if (view === undefined) return undefined;
  const needsPerson = view.needsPerson === true;
  return {
    reason: waitingReason(view.needsPerson) ?? 'WaitingForDependency',
    message: `${view.node} ${view.message ?? 'waits'}`,
    needsPerson,
  };
}

function waitingReason(needsPerson: true | undefined): Reason | undefined {
  return needsPerson === true ? 'InvalidSpec' : undefined;
}

/** What comes by itself, sooner or later. */
const OPEN: ReadonlySet<EntryState> = new Set(['Waiting', 'InProgress', 'Pending']);

function isAside({ graph }: PassResult, node: string): boolean {
  return graph.some(one => one.id === node && one.aside === true);
}

/** Ready, or only different in what waits for approval or is only shown. */
function isUsable(view: NodeView, result: PassResult, gated: readonly Step[]): boolean {
  if (view.state === 'Ready') return true;
  const steps = result.plan.steps.filter(step => step.node === view.node);
  return steps.length > 0 && steps.every(step => gated.includes(step) && step.found !== undefined);
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
  if (of.conflict !== undefined) return { reason: 'Conflict', message: of.conflict.message ?? '' };
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
  if (of.lost !== undefined) return { reason: 'ResourceLost', message: of.lost.message ?? '' };
  if (of.leftover !== undefined)
    return { reason: 'Conflict', message: `${of.leftover.node}: ${of.leftover.message ?? 'not ours'}` };
  const failed = of.wanted.find(view => view.state === 'Failed');
  if (failed !== undefined)
    return { reason: 'Failed', message: `${failed.node}: ${failed.message ?? 'failed'}` };
  const waiting = waitingOf(of.wanted);
  if (waiting !== undefined) return { reason: waiting.reason, message: waiting.message };
  const leaving = result.plan.nodes.filter(view => view.state === 'Deleting');
  const open = [...of.wanted, ...of.begun, ...leaving].filter(view => view.state !== 'Ready');
  if (of.steps.length > 0 || open.length > 0) {
    return {
      reason: 'Progressing',
      message: open.map(view => `${view.node} ${view.message ?? view.state}`).join('; '),
    };
  }
  return { reason: 'Synced', message: 'AWS is as the spec says' };
}

/** How the nodes of the graph stand, with what went wrong with them in this pass. Pure. */
export function standingsOf(result: PassResult): readonly NodeStanding[] {
  const isWanted = ({ node, state }: NodeView) =>
    state !== 'Deleting' && result.graph.some(one => one.id === node);
  return result.plan.nodes.filter(isWanted).map(({ node, state, message, needsPerson }) => {
    const error = result.errors.find(one => one.node === node)?.error;
    const trouble = error === undefined ? waitingReason(needsPerson) : reasonOf(error);
    const of = { node, state, message: error?.message ?? message };
    return trouble === undefined ? of : { ...of, trouble };
  });
}

/** Ready says what is still to come, where the kind says that it does not wait for it. Pure. */
export function tellingReady(summary: Summary, conditions: readonly KindCondition[]): Summary {
  if (summary.ready !== true || summary.readyReason !== 'Ready') return summary;
  const open = conditions.find(one => one.readyReason !== undefined && one.status === 'False');
  if (open?.readyReason === undefined) return summary;
  return { ...summary, readyReason: open.readyReason, readyMessage: open.message };
}

/** Says of an annotation that is not understood that it changes nothing. Pure. */
export function tellingInterval(summary: Summary, asked: string | undefined): Summary {
  if (summary.ready !== true || asked === undefined || durationMs(asked) !== undefined) return summary;
  const note = `${ANNOTATION.driftInterval} is not like 90s, 15m or 2h and does not count`;
  return { ...summary, readyMessage: `${summary.readyMessage}; ${note}` };
}

/** Synced is not true while the kind says that AWS is not as the spec says yet. Pure. */
export function tellingSynced(summary: Summary, conditions: readonly KindCondition[]): Summary {
  if (!summary.synced) return summary;
  const open = conditions.find(one => one.notSynced !== undefined);
  if (open?.notSynced === undefined) return summary;
  const { reason, needsPerson } = open.notSynced;
  const stalled = summary.stalled || needsPerson;
  return {
    ...summary,
    ...(summary.readyReason === 'Ready' ? { readyMessage: 'usable; not as the spec says yet' } : {}),
    synced: false,
    syncedReason: reason,
    syncedMessage: open.message,
    stalled,
    reconciling: !stalled,
  };
}

/** Without what AWS may refuse and the object does not need. */
export function countedErrors(result: PassResult): readonly CloudError[] {
  const mayBeRefused = (id: string) => result.graph.some(one => one.id === id && one.mayBeRefused === true);
  const errors = result.errors.filter(
    ({ node, error }) => !(STALLING.has(error.class) && mayBeRefused(node)),
  );
  return errorsOf({ ...result, errors });
}

export function errorsOf(result: PassResult): readonly CloudError[] {
  return [...result.errors.map(one => one.error), ...result.plan.nodes.flatMap(view => view.error ?? [])];
}

/** `queue.VisibilityTimeout: 30 → 45`, for conditions; most weighty first. */
export function differences(steps: readonly Step[]): string {
  return mostWeightyFirst(steps)
    .map(step => differencesOf(step).join(', '))
    .join('; ');
}

/** So much leaves room in an event for how to approve it, in characters. */
const LONGEST_PLAN = 600;

/** What an event has room for; all of it is in `status.plan`. */
function foremost(steps: readonly Step[]): string {
  const all = differences(steps);
  if (all.length <= LONGEST_PLAN) return all;
  const parts = mostWeightyFirst(steps).flatMap(differencesOf);
  let told = 0;
  for (let length = 0; told < parts.length; told += 1) {
    length += (parts[told]?.length ?? 0) + '; '.length;
    if (length > LONGEST_PLAN && told > 0) break;
  }
  const rest = parts.length - told;
  return `${parts.slice(0, told).join('; ')}${rest === 0 ? '' : `; and ${rest} more in status.plan`}`;
}

/** One by one, for events: each has room for its own note only. What is more than an update is named first. */
export function differencesOf(step: Step): readonly string[] {
  const { node, action } = step;
  const taken = action === 'adopt' || action === 'take up';
  // That it becomes this object's is what the action says already.
  const fields = fieldsOf(step).filter(({ field }) => !taken || !field.startsWith(`tags[${TAG_PREFIX}`));
  const all = fields.map(({ field, from, to }) => `${node}.${field}: ${from} → ${to}`);
  const loss = step.loss === undefined ? '' : ` (${step.loss})`;
  return action === 'update' && all.length > 0 ? all : [`${action} ${node}${loss}`, ...all];
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

/** What is as ready as it was does not say of a newer spec that everything is as that says. Pure. */
export function readyOfBefore(
  before: ConditionNow | undefined,
  summary: Summary,
  generation: number,
): readonly ConditionNow[] {
  if (summary.ready !== 'unchanged' || before?.status !== 'True') return [];
  const { type, status, reason, observedGeneration = generation } = before;
  if (observedGeneration === generation) return [];
  const message = `usable, as generation ${observedGeneration} had it; the spec of now is not carried out: ${summary.syncedMessage}`;
  return [{ type, status, reason, message, observedGeneration }];
}

/** kstatus: Reconciling and Stalled are abnormal when True; Ready and Synced when they are not. */
export function conditionsOf(
  summary: Summary,
  generation: number,
  own: readonly KindCondition[] = [],
): readonly ConditionNow[] {
  const at = { observedGeneration: generation };
  // What is usable moves for what is not synced.
  const moving =
    summary.ready === true
      ? { reason: summary.syncedReason, message: summary.syncedMessage }
      : { reason: summary.readyReason, message: summary.readyMessage };
  const flag = (value: boolean) => (value ? 'True' : 'False') as 'True' | 'False';
  const conditions: ConditionNow[] = [
    ...own.map(({ readyReason: _, notSynced: __, ...condition }) => ({ ...condition, ...at })),
    {
      type: 'Synced',
      status: flag(summary.synced),
      reason: summary.syncedReason,
      message: summary.syncedMessage,
      ...at,
    },
    {
      type: 'Reconciling',
      status: flag(summary.reconciling),
      reason: summary.reconciling ? moving.reason : 'Idle',
      message: summary.reconciling ? moving.message : '',
      ...at,
    },
    {
      type: 'Stalled',
      status: flag(summary.stalled),
      reason: summary.stalled ? moving.reason : 'NotStalled',
      message: summary.stalled ? moving.message : '',
      ...at,
    },
  ];
  if (summary.ready !== 'unchanged') {
    conditions.push({
      type: 'Ready',
      status: flag(summary.ready),
      reason: summary.readyReason,
      message: summary.readyMessage,
      ...at,
    });
  }
  return conditions;
}
