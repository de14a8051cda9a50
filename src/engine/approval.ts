import type { Risk } from './adaptor.ts';
import { few } from './few.ts';
import { shortHash } from './short-hash.ts';
import {
  type Action,
  DUPLICATE,
  fieldsOf,
  headOf,
  isWeighty,
  KNOWN_AFTER_APPLY,
  mostWeightyFirst,
  type Step,
} from './step.ts';

/** The plan as people see and approve it: `status.plan`. */
export interface StoredPlan {
  readonly hash?: string;
  /** Rises with every plan of the object, so that no hash comes twice and an old approval approves nothing new. */
  readonly sequence: number;
  readonly risk?: Risk;
  readonly steps?: readonly StoredStep[];
  readonly createdAt?: string;
  readonly approval?: { readonly hash: string; readonly by?: string; readonly at: string };
  /** The generation that the plan, and so its approval, is about. */
  readonly generation?: number;
}

export interface StoredStep {
  readonly node: string;
  readonly epoch: number;
  readonly action: Action;
  /** In AWS, of what is there, for who reads it: no part of the hash, as `loss` is none. */
  readonly id?: string;
  /** What is lost by it and not made again. */
  readonly loss?: string;
  readonly fields?: readonly { readonly field: string; readonly from: string; readonly to: string }[];
  readonly risk: Risk;
  readonly known: boolean;
  /** By the approval of an earlier plan, which is still being carried out. */
  readonly approved?: boolean;
}

export function storedStep(step: Step): StoredStep {
  const fields = fieldsOf(step);
  return {
    node: step.node,
    epoch: step.epoch,
    action: step.action,
    ...(step.found === undefined ? {} : { id: step.found.id }),
    ...(step.loss === undefined ? {} : { loss: step.loss }),
    ...(fields.length === 0 ? {} : { fields }),
    risk: step.risk,
    known: step.known,
  };
}

/** Over uid, generation, sequence and {node, action, fields, risk}: what a person said yes to, without what AWS has now. */
export function planHash(
  uid: string,
  generation: number,
  sequence: number,
  steps: readonly StoredStep[],
): string {
  const ordered = steps
    .map(step => {
      const fields = (step.fields ?? []).map(({ field, to }) => [field, to]);
      return JSON.stringify([step.node, step.action, fields, step.risk]);
    })
    .sort();
  return shortHash(JSON.stringify([uid, generation, sequence, ordered]));
}

export interface PlanContext {
  readonly uid: string;
  readonly generation: number;
  readonly now: number;
  /** A person is asked before it is done, or only shown it. */
  readonly asks: (step: Step) => boolean;
  /** Nodes that are not as they should be yet: a step of theirs that is not wanted now may be wanted again. */
  readonly unfinished: ReadonlySet<string>;
  /** Nodes whose resource is as it should be, and its epoch: what makes it is done, and covers nothing that comes later. */
  readonly made: ReadonlyMap<string, number>;
}

/**
 * The stored plan for the steps that remain: the same plan, less what is done, while it has them all, or all that a person is
 * asked for: what is done unasked meanwhile makes no hash invalid that somebody has read. Otherwise a new one with the next
 * sequence. What was approved stays so, also in the new one, until it is done or the generation changes.
 */
export function nextPlan(
  before: StoredPlan | undefined,
  steps: readonly Step[],
  of: PlanContext,
): StoredPlan | undefined {
  const wanted = steps.map(storedStep);
  const planned = before?.generation === of.generation ? (before.steps ?? []) : [];
  const remaining = planned.flatMap(step => remainder(step, of.made));
  const agreed = remaining.filter(step => isAgreed(before, step));
  const asked = remaining.filter(step => !isAgreed(before, step));
  const open = [
    ...agreed.filter(step => isOpen(step, wanted, of.unfinished, covers)),
    ...asked.filter(step => isOpen(step, wanted, of.unfinished, shows)),
  ];
  const isPlanned = (step: StoredStep) =>
    isCovered([step], agreed) || asked.some(other => shows(other, step));
  const waiting = steps.filter(of.asks).map(storedStep);
  const isAsked = waiting.length > 0 && waiting.every(isPlanned);
  if (before !== undefined && open.length > 0 && (isAsked || wanted.every(isPlanned))) {
    const isSame = open.length === planned.length && open.every(step => planned.includes(step));
    return isSame ? before : { ...before, steps: open, risk: riskOf(open) };
  }
  const kept = agreed
    .filter(step => open.includes(step))
    .map(step => ({ ...step, approved: true }) satisfies StoredStep);
  const all = [...kept, ...wanted.filter(step => !isCovered([step], kept))];
  if (all.length === 0) return before === undefined ? undefined : { sequence: before.sequence };
  const sequence = (before?.sequence ?? 0) + 1;
  return {
    hash: planHash(of.uid, of.generation, sequence, all),
    sequence,
    risk: riskOf(all),
    steps: all,
    createdAt: new Date(of.now).toISOString(),
    generation: of.generation,
  };
}

function isCovered(wanted: readonly StoredStep[], planned: readonly StoredStep[]): boolean {
  return wanted.every(step => planned.some(other => covers(other, step)));
}

/** What of a step is left to do: once what it makes was as it should be, only the removal of what it replaces. */
function remainder(step: StoredStep, made: ReadonlyMap<string, number>): readonly StoredStep[] {
  const epoch = made.get(step.node) ?? 0;
  if (step.action === 'create') return epoch >= step.epoch ? [] : [step];
  if ((step.action !== 'recreate' && step.action !== 'replace') || epoch <= step.epoch) return [step];
  if (step.action === 'recreate') return [];
  const { fields: _, ...rest } = step;
  return [{ ...rest, action: 'remove', known: true }];
}

/** Still wanted, or not to be told: AWS is busy with it, or could not be read. */
function isOpen(
  step: StoredStep,
  wanted: readonly StoredStep[],
  unfinished: ReadonlySet<string>,
  isBy: typeof covers,
): boolean {
  if (wanted.some(other => isBy(step, other))) return true;
  return unfinished.has(step.node) && wanted.every(other => !isInstead(other, step) || leadsTo(other, step));
}

/** It is the other one that the node needs; what changes in the new one says nothing of the removal of the old. */
function isInstead(other: StoredStep, step: StoredStep): boolean {
  if (step.action === 'remove' && other.action === 'update' && other.epoch > step.epoch) return false;
  return other.node === step.node;
}

/** What AWS made again, for what it still had to put in it, is taken up before it is removed: that was agreed to. */
function leadsTo(other: StoredStep, step: StoredStep): boolean {
  return step.action === 'remove' && other.action === 'take up' && other.epoch === step.epoch;
}

function riskOf(steps: readonly StoredStep[]): Risk {
  return steps.some(step => step.risk === 'High') ? 'High' : 'Low';
}

function isLatched(plan: StoredPlan | undefined): boolean {
  return plan?.approval !== undefined && plan.approval.hash === plan.hash;
}

/** The annotation's hash, latched: used up once, since the next plan has another sequence. */
export function latchApproval(
  plan: StoredPlan | undefined,
  annotation: string | undefined,
  of: { readonly by?: string; readonly now: number },
): StoredPlan | undefined {
  // An approval of another hash is none of ours, and must not stand in the way of a true one.
  if (plan?.hash === undefined || isLatched(plan) || annotation?.trim() !== plan.hash) return plan;
  const by = of.by === undefined ? {} : { by: of.by };
  return { ...plan, approval: { hash: plan.hash, ...by, at: new Date(of.now).toISOString() } };
}

export function isApproved(plan: StoredPlan | undefined, step: Step): boolean {
  return isCovered([storedStep(step)], agreedSteps(plan));
}

/** True when nothing is approved in the later plan that was not in the earlier. */
export function hasApprovalsOf(earlier: StoredPlan | undefined, later: StoredPlan | undefined): boolean {
  return isCovered(agreedSteps(later), agreedSteps(earlier));
}

function agreedSteps(plan: StoredPlan | undefined): readonly StoredStep[] {
  return plan?.steps?.filter(step => isAgreed(plan, step)) ?? [];
}

function isAgreed(plan: StoredPlan | undefined, step: StoredStep): boolean {
  return isLatched(plan) || step.approved === true;
}

/**
 * Whether who agreed to the one agreed to the other: a step in progress may look different after a crash, and finishing what
 * was begun is covered by what was approved; see `PlanContext.made` for its end.
 */
export function covers(planned: StoredStep, wanted: StoredStep): boolean {
  if (shows(planned, wanted)) return true;
  if (planned.node !== wanted.node || isDuplicate(planned) !== isDuplicate(wanted)) return false;
  const finishing = (wanted.action === 'create' || wanted.action === 'update') && !isRiskier(planned, wanted);
  switch (planned.action) {
    case 'create':
      return finishing && wanted.epoch === planned.epoch;
    case 'recreate':
      return finishing && wanted.epoch > planned.epoch;
    case 'replace':
      if (wanted.action === 'remove') return wanted.epoch <= planned.epoch;
      return finishing && wanted.epoch > planned.epoch;
    case 'adopt':
    case 'take up':
      return wanted.action === 'update' && wanted.epoch === planned.epoch && coversFields(planned, wanted);
    default:
      return false;
  }
}

/** Whether who reads the one knows the other. */
function shows(planned: StoredStep, wanted: StoredStep): boolean {
  if (planned.node !== wanted.node || isDuplicate(planned) !== isDuplicate(wanted)) return false;
  return planned.action === wanted.action && planned.epoch === wanted.epoch && coversFields(planned, wanted);
}

/** The removal of a second one is no consent to remove the first. */
function isDuplicate(step: StoredStep): boolean {
  return step.fields?.some(field => field.field.startsWith(DUPLICATE)) === true;
}

function coversFields(planned: StoredStep, wanted: StoredStep): boolean {
  if (isRiskier(planned, wanted)) return false;
  // Of some steps nothing can be told before others are done, and they are shown as such.
  if (!planned.known && planned.fields === undefined) return true;
  const agreed = new Map((planned.fields ?? []).map(field => [field.field, field.to]));
  return (wanted.fields ?? []).every(({ field, to }) => {
    const value = agreed.get(field);
    return value !== undefined && (value === to || isKnownLater(planned, value) || isKnownLater(wanted, to));
  });
}

function isKnownLater({ known }: StoredStep, value: string): boolean {
  return !known && value.includes(KNOWN_AFTER_APPLY);
}

function isRiskier(planned: StoredStep, wanted: StoredStep): boolean {
  return planned.risk === 'Low' && wanted.risk === 'High';
}

/** For messages: which steps wait. `target`: the object, as the command that approves takes it. */
export function waitingSteps(plan: StoredPlan | undefined, waiting: readonly Step[], target = '…'): string {
  const most = Math.max(4, waiting.filter(isWeighty).length);
  return `${few(mostWeightyFirst(waiting).map(headOf), { most })}; ${wayToApprove(plan, target)}`;
}

export function wayToApprove(plan: StoredPlan | undefined, target: string): string {
  // Without it the command would approve nothing.
  if (plan === undefined) return 'the plan is not stored yet: how to approve it is told once it is';
  return `to approve: kubectl annotate --overwrite ${target} opta.dev/approve=${plan.hash}`;
}
