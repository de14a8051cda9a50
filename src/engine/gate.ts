import { isApproved, type StoredPlan } from './approval.ts';
import { type Consent, type Step, setsOwnership } from './step.ts';

export type ManagementPolicy = 'Apply' | 'ApproveHighRisk' | 'ApproveAll' | 'Observe';

export type Gate = 'do' | 'approve' | 'show';

/** What each managementPolicy does by itself. Drift is corrected as a change of its risk is made. */
const TABLE: Readonly<Record<ManagementPolicy, Readonly<Record<Consent, Gate>>>> = {
  Apply: { low: 'do', high: 'do', critical: 'approve' },
  ApproveHighRisk: { low: 'do', high: 'approve', critical: 'approve' },
  ApproveAll: { low: 'approve', high: 'approve', critical: 'approve' },
  Observe: { low: 'show', high: 'show', critical: 'show' },
};

export interface GateInput {
  readonly policy: ManagementPolicy;
  /** Deleting the object is the approval for what its deletionPolicy says. */
  readonly deleting: boolean;
  readonly plan: StoredPlan | undefined;
}

/** Under this policy it is done unasked. */
export function needsNobody({ consent }: Pick<Step, 'consent'>, policy: ManagementPolicy): boolean {
  return TABLE[policy][consent] === 'do';
}

/**
 * The steps of an update under this policy: what is done unasked does not wait with what needs a yes. Once approved, that comes
 * after the other all the same: where a setting of a cluster is refused its version is not raised, for one. Tags that say nothing
 * of whose it is are no setting: once they were tried it waits for them no more. Pure.
 */
export function apart(
  step: Step,
  policy: ManagementPolicy,
  isTried: (step: Step) => boolean,
): readonly Step[] {
  if (step.action !== 'update' || needsNobody(step, policy) || !needsNobody(LOW, policy)) return [step];
  const small = step.changes.filter(change => change.risk === 'Low');
  const isTagged = Object.keys(step.setTags).length > 0 || step.unsetTags.length > 0;
  if (small.length === 0 && !isTagged) return [step];
  const changes = step.changes.filter(change => change.risk === 'High');
  const first: Step = { ...step, ...LOW, changes: small };
  const second: Step = { ...step, changes, setTags: {}, unsetTags: [] };
  if (small.length === 0 && !setsOwnership(step) && isTried(first)) return [first, second];
  return [first, { ...second, held: step.held ?? 'waits for what is changed without approval' }];
}

/** A change, or another one in its place or in that of what was lost, whose every part waits for a yes. Pure. */
export function waitsForApproval(step: Step, input: GateInput): boolean {
  // What is made beside what is there replaces it.
  const isFirst = step.action === 'create' && step.risk === 'Low';
  if (isFirst || !['create', 'update', 'replace', 'recreate'].includes(step.action)) return false;
  return apart(step, input.policy, () => false).every(part => gateOf(part, input) === 'approve');
}

const LOW = { risk: 'Low', consent: 'low' } as const;

/** Whether a step may be done now, waits for approval, or is only shown. Pure. */
export function gateOf(step: Step, { policy, deleting, plan }: GateInput): Gate {
  if (policy === 'Observe') return 'show';
  if (deleting) return 'do';
  const gate = TABLE[policy][step.consent];
  return gate === 'approve' && isApproved(plan, step) ? 'do' : gate;
}
