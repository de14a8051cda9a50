import { isApproved, type StoredPlan } from './approval.ts';
import type { Consent, Step } from './step.ts';

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

/** Whether a step may be done now, waits for approval, or is only shown. Pure. */
export function gateOf(step: Step, { policy, deleting, plan }: GateInput): Gate {
  if (policy === 'Observe') return 'show';
  if (deleting) return 'do';
  const gate = TABLE[policy][step.consent];
  return gate === 'approve' && isApproved(plan, step) ? 'do' : gate;
}
