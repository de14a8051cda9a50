import { nodeAt } from '../engine/graph.ts';
import type { PassResult } from '../engine/pass.ts';
import type { NodeView } from '../engine/plan.ts';
import type { KindCondition, NodeStanding } from '../kinds/kind.ts';
import type { Condition, ConditionNow } from '../kube/conditions.ts';
import type { OptaObject } from './objects.ts';
import { type Reason, reasonOf, waitingReason } from './reasons.ts';
import type { Summary } from './summary.ts';
import { gatedSteps, isUsable, OPEN } from './usable.ts';

/** What is as it was until a person agrees is as ready as it was. */
function whyNotChanged(result: PassResult): string {
  return gatedSteps(result, 'approve').length > 0
    ? 'is usable; a change of it waits for approval'
    : 'is usable; what differs is not changed (managementPolicy Observe)';
}

/** How the nodes of the graph stand, with what went wrong with them in this pass. Pure. */
export function standingsOf(result: PassResult): readonly NodeStanding[] {
  const isWanted = ({ node, state }: NodeView) =>
    state !== 'Deleting' && nodeAt(result.graph, node) !== undefined;
  return result.plan.nodes.filter(isWanted).map(view => {
    const { node, state, message, needsPerson } = view;
    const error = result.errors.find(one => one.node === node)?.error;
    if (error === undefined && OPEN.has(state) && isUsable(view, result))
      return { node, state: 'Ready', message: whyNotChanged(result) };
    const trouble = error === undefined ? waitingReason(needsPerson) : reasonOf(error);
    const of = { node, state, message: error?.message ?? message };
    return trouble === undefined ? of : { ...of, trouble };
  });
}

/**
 * What is as ready as it was does not say of a newer spec that everything is as that says. The beginning of a deletion is a
 * generation too. Pure.
 */
export function readyOfBefore(
  before: ConditionNow | undefined,
  summary: Summary,
  { generation = 0, deletionTimestamp }: OptaObject['metadata'],
): readonly ConditionNow[] {
  if (summary.ready !== 'unchanged' || before?.status !== 'True') return [];
  const { type, status, reason, observedGeneration = generation } = before;
  if (observedGeneration === generation) return [];
  const why =
    deletionTimestamp === undefined
      ? 'the current spec is not applied'
      : 'it is being deleted, and is still there';
  const message = `usable as of generation ${observedGeneration}; ${why}: ${summary.syncedMessage}`;
  return [{ type, status, reason, message, observedGeneration }];
}

/** Reasons not to be ready that every pass shows anew. */
const SHOWN_BY_A_PASS: ReadonlySet<string> = new Set<Reason>(['Conflict', 'ResourceLost']);

/** What is as ready as it was, in a pass that AWS showed all in, and not what kept it from being ready. Pure. */
export function notReadyNow(
  before: ConditionNow | undefined,
  { ready, readyReason: reason, readyMessage: message, isBlind }: Summary,
  generation: number,
): readonly ConditionNow[] {
  if (ready !== 'unchanged' || before?.status !== 'False' || before.reason === reason) return [];
  if (!SHOWN_BY_A_PASS.has(before.reason) || isBlind === true) return [];
  return [{ type: before.type, status: 'False', reason, message, observedGeneration: generation }];
}

export const OF_EVERY_KIND: ReadonlySet<string> = new Set(['Ready', 'Synced', 'Reconciling', 'Stalled']);

/**
 * The kind's own conditions of an object that comes apart: what they said of its parts holds no more, and no pass tells it anew.
 * Unknown, as `kubectl wait --for=condition=…` then waits for what it asks for, and whoever reads them sees why. Pure.
 */
export function whileComingApart(told: readonly Condition[]): readonly KindCondition[] {
  const message = 'is not looked at any more: the object is being deleted';
  return told
    .filter(({ type }) => !OF_EVERY_KIND.has(type))
    .map(({ type }) => ({ type, status: 'Unknown', reason: 'Deleting', message }));
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
    ...own.map(({ readyReason: _, notSynced: __, warns: ___, ...condition }) => ({ ...condition, ...at })),
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
