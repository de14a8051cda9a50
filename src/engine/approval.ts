import type { Risk } from './adaptor.ts';
import { shortHash } from './short-hash.ts';
import { type Action, DUPLICATE, fieldsOf, mostWeightyFirst, type Step } from './step.ts';

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
  /** Nodes that are not as they should be yet: a step of theirs that is not wanted now may be wanted again. */
  readonly unfinished: ReadonlySet<string>;
}

/**
 * The stored plan for the steps that remain: the same plan, less what is done, while it has them all; a new one with the
 * next sequence otherwise. What was approved stays so, also in the new one, until it is done or the generation changes.
 */
export function nextPlan(
  before: StoredPlan | undefined,
  steps: readonly Step[],
  of: PlanContext,
): StoredPlan | undefined {
  const wanted = steps.map(storedStep);
  const planned = before?.generation === of.generation ? (before.steps ?? []) : [];
  const open = planned.filter(step => isOpen(step, wanted, of.unfinished));
  if (before !== undefined && open.length > 0 && isCovered(wanted, planned)) {
    return open.length === planned.length ? before : { ...before, steps: open, risk: riskOf(open) };
  }
  const agreed = agreedSteps(before)
    .filter(step => open.includes(step))
    .map(step => ({ ...step, approved: true }) satisfies StoredStep);
  const all = [...agreed, ...wanted.filter(step => !isCovered([step], agreed))];
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

/** Still wanted, or not to be told: AWS is busy with it, or could not be read. */
function isOpen(step: StoredStep, wanted: readonly StoredStep[], unfinished: ReadonlySet<string>): boolean {
  if (wanted.some(other => covers(step, other))) return true;
  return unfinished.has(step.node) && wanted.every(other => other.node !== step.node || leadsTo(other, step));
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
  return plan?.steps?.filter(step => isLatched(plan) || step.approved === true) ?? [];
}

/** A step in progress may look different after a crash: finishing what was begun is covered by what was approved. */
export function covers(planned: StoredStep, wanted: StoredStep): boolean {
  if (planned.node !== wanted.node || isDuplicate(planned) !== isDuplicate(wanted)) return false;
  const finishing = wanted.action === 'create' || wanted.action === 'update';
  switch (planned.action) {
    case 'create':
      return finishing && wanted.epoch === planned.epoch;
    case 'recreate':
      if (finishing) return wanted.epoch > planned.epoch;
      return wanted.action === 'recreate' && wanted.epoch === planned.epoch;
    case 'replace':
      if (finishing) return wanted.epoch > planned.epoch;
      if (wanted.action === 'remove') return wanted.epoch <= planned.epoch;
      return wanted.action === 'replace' && wanted.epoch === planned.epoch && coversFields(planned, wanted);
    case 'adopt':
      if (wanted.action === 'update') return wanted.epoch === planned.epoch;
      return wanted.action === 'adopt' && coversFields(planned, wanted);
    default:
      return (
        planned.action === wanted.action && planned.epoch === wanted.epoch && coversFields(planned, wanted)
      );
  }
}

/** The removal of a second one is no consent to remove the first. */
function isDuplicate(step: StoredStep): boolean {
  return step.fields?.some(field => field.field === DUPLICATE) === true;
}

function coversFields(planned: StoredStep, wanted: StoredStep): boolean {
  if (planned.risk === 'Low' && wanted.risk === 'High') return false;
  if (!planned.known || !wanted.known) return true;
  const agreed = new Map((planned.fields ?? []).map(field => [field.field, field.to]));
  return (wanted.fields ?? []).every(field => agreed.get(field.field) === field.to);
}

/** For messages: which steps wait. `target`: the object, as the command that approves takes it. */
export function waitingSteps(plan: StoredPlan | undefined, waiting: readonly Step[], target = '…'): string {
  const names = mostWeightyFirst(waiting).map(step => `${step.action} ${step.node}`);
  const list =
    names.length > 4 ? `${names.slice(0, 4).join(', ')} and ${names.length - 4} more` : names.join(', ');
  return `${list}; ${wayToApprove(plan, target)}`;
}

export function wayToApprove(plan: StoredPlan | undefined, target: string): string {
  return `to approve: kubectl annotate --overwrite ${target} opta.dev/approve=${plan?.hash ?? ''}`;
}
