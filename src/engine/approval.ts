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

/** Over uid, generation, sequence and the steps, without observed ids: what a person said yes to. */
export function planHash(
  uid: string,
  generation: number,
  sequence: number,
  steps: readonly StoredStep[],
): string {
  const ordered = steps
    .map(step =>
      JSON.stringify([step.node, step.epoch, step.action, step.fields ?? [], step.risk, step.known]),
    )
    .sort();
  return createHash('sha256')
    .update(JSON.stringify([uid, generation, sequence, ordered]))
    .digest('hex')
    .slice(0, 12);
}

/**
 * The stored plan for the steps that remain: the same plan while they are a part of it (it is being carried out), a
 * new one with the next sequence otherwise. An approval lives as long as its plan.
 */
export function nextPlan(
  before: StoredPlan | undefined,
  steps: readonly Step[],
  of: { readonly uid: string; readonly generation: number; readonly now: number },
): StoredPlan | undefined {
  if (steps.length === 0) return before === undefined ? undefined : { sequence: before.sequence };
  const wanted = steps.map(storedStep);
  if (before?.steps !== undefined && before.generation === of.generation) {
    const covered = wanted.every(step => before.steps?.some(other => covers(other, step)));
    if (covered) return before;
  }
  const sequence = (before?.sequence ?? 0) + 1;
  return {
    hash: planHash(of.uid, of.generation, sequence, wanted),
    sequence,
    risk: wanted.some(step => step.risk === 'High') ? 'High' : 'Low',
    steps: wanted,
    createdAt: new Date(of.now).toISOString(),
    generation: of.generation,
  };
}

/** The annotation's hash, latched: used up once, since the next plan has another sequence. */
export function latchApproval(
  plan: StoredPlan | undefined,
  annotation: string | undefined,
  of: { readonly by?: string; readonly now: number },
): StoredPlan | undefined {
  if (plan?.hash === undefined || plan.approval !== undefined || annotation?.trim() !== plan.hash)
    return plan;
  const by = of.by === undefined ? {} : { by: of.by };
  return { ...plan, approval: { hash: plan.hash, ...by, at: new Date(of.now).toISOString() } };
}

export function isApproved(plan: StoredPlan | undefined, step: Step): boolean {
  if (plan?.approval === undefined || plan.approval.hash !== plan.hash) return false;
  const wanted = storedStep(step);
  return plan.steps?.some(other => covers(other, wanted)) ?? false;
}

/** A step in progress may look different after a crash: finishing what was begun is covered by what was approved. */
function covers(planned: StoredStep, wanted: StoredStep): boolean {
  if (planned.node !== wanted.node) return false;
  const begun = planned.action === 'create' || planned.action === 'recreate' || planned.action === 'replace';
  if (begun && (wanted.action === 'create' || wanted.action === 'update' || wanted.action === 'recreate'))
    return true;
  if (planned.action === 'replace') return wanted.action === 'remove' || wanted.action === 'replace';
  if (planned.action !== wanted.action) return planned.action === 'adopt' && wanted.action === 'update';
  if (planned.epoch !== wanted.epoch) return false;
  if (!planned.known || !wanted.known) return true;
  if (planned.risk === 'Low' && wanted.risk === 'High') return false;
  const agreed = new Map((planned.fields ?? []).map(field => [field.field, field.to]));
  return (wanted.fields ?? []).every(field => agreed.get(field.field) === field.to);
}

/** For messages: which steps wait. */
export function waitingSteps(plan: StoredPlan | undefined, waiting: readonly Step[]): string {
  const names = waiting.map(step => `${step.action} ${step.node}`);
  const list =
    names.length > 4 ? `${names.slice(0, 4).join(', ')} and ${names.length - 4} more` : names.join(', ');
  return `${list}; to approve: kubectl annotate --overwrite … opta.dev/approve=${plan?.hash ?? ''}`;
}
