import { createHash } from 'node:crypto';
import type { Risk } from './adaptor.ts';
import { type Action, type Step, shown } from './step.ts';

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
}

export function storedStep(step: Step): StoredStep {
  const fields = [
    ...step.changes.map(change => ({ field: change.field, from: shown(change.from), to: shown(change.to) })),
    ...Object.entries(step.setTags).map(([key, value]) => ({ field: `tags[${key}]`, from: '', to: value })),
    ...step.unsetTags.map(key => ({ field: `tags[${key}]`, from: '', to: '(none)' })),
  ];
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
  return createHash('sha256')
    .update(JSON.stringify([uid, generation, sequence, ordered]))
    .digest('hex')
    .slice(0, 12);
}

export interface PlanContext {
  readonly uid: string;
  readonly generation: number;
  readonly now: number;
  /** Nodes that are not as they should be yet: a step of theirs that is not wanted now may be wanted again. */
  readonly unfinished: ReadonlySet<string>;
}

/**
 * The stored plan for the steps that remain: the same plan, less what is done, while they are a part of it; a new one
 * with the next sequence otherwise. An approval lives as long as its plan, so an approved plan is first carried out:
 * what came up meanwhile makes the next plan.
 */
export function nextPlan(
  before: StoredPlan | undefined,
  steps: readonly Step[],
  of: PlanContext,
): StoredPlan | undefined {
  const wanted = steps.map(storedStep);
  if (before?.steps !== undefined && before.generation === of.generation) {
    const planned = before.steps;
    const open = planned.filter(step => isOpen(step, wanted, of.unfinished));
    const covered = wanted.every(step => planned.some(other => covers(other, step)));
    if (open.length > 0 && (covered || isLatched(before))) {
      if (open.length === planned.length) return before;
      return { ...before, steps: open, risk: riskOf(open) };
    }
  }
  if (wanted.length === 0) return before === undefined ? undefined : { sequence: before.sequence };
  const sequence = (before?.sequence ?? 0) + 1;
  return {
    hash: planHash(of.uid, of.generation, sequence, wanted),
    sequence,
    risk: riskOf(wanted),
    steps: wanted,
    createdAt: new Date(of.now).toISOString(),
    generation: of.generation,
  };
}

/** Still wanted, or not to be told: AWS is busy with it, or could not be read. */
function isOpen(step: StoredStep, wanted: readonly StoredStep[], unfinished: ReadonlySet<string>): boolean {
  if (wanted.some(other => covers(step, other))) return true;
  return unfinished.has(step.node) && wanted.every(other => other.node !== step.node);
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
  if (!isLatched(plan)) return false;
  const wanted = storedStep(step);
  return plan?.steps?.some(other => covers(other, wanted)) ?? false;
}

/** A step in progress may look different after a crash: finishing what was begun is covered by what was approved. */
export function covers(planned: StoredStep, wanted: StoredStep): boolean {
  if (planned.node !== wanted.node) return false;
  const finishing = wanted.action === 'create' || wanted.action === 'update';
  switch (planned.action) {
    case 'create':
    case 'recreate':
      if (finishing) return wanted.epoch === planned.epoch;
      return wanted.action === planned.action && wanted.epoch === planned.epoch;
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

function coversFields(planned: StoredStep, wanted: StoredStep): boolean {
  if (planned.risk === 'Low' && wanted.risk === 'High') return false;
  if (!planned.known || !wanted.known) return true;
  const agreed = new Map((planned.fields ?? []).map(field => [field.field, field.to]));
  return (wanted.fields ?? []).every(field => agreed.get(field.field) === field.to);
}

/** For messages: which steps wait. */
export function waitingSteps(plan: StoredPlan | undefined, waiting: readonly Step[]): string {
  const names = waiting.map(step => `${step.action} ${step.node}`);
  const list =
    names.length > 4 ? `${names.slice(0, 4).join(', ')} and ${names.length - 4} more` : names.join(', ');
  if (isLatched(plan)) return `${list}; it can be approved when the plan that is being carried out is done`;
  return `${list}; to approve: kubectl annotate --overwrite … opta.dev/approve=${plan?.hash ?? ''}`;
}
