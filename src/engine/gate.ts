import { isApproved, type StoredPlan } from './approval.ts';
import type { Consent, Step } from './step.ts';

export type ManagementPolicy = 'Apply' | 'ApproveHighRisk' | 'ApproveAll' | 'Observe';

export type Gate = 'do' | 'approve' | 'show';

/** The managementPolicy table of DESIGN, row by row: what happens to a change by its consent, and to drift. */
const TABLE: Readonly<Record<ManagementPolicy, Readonly<Record<Consent | 'driftLow' | 'driftHigh', Gate>>>> =
  {
    Apply: { low: 'do', high: 'do', critical: 'approve', driftLow: 'do', driftHigh: 'do' },
    ApproveHighRisk: {
      low: 'do',
      high: 'approve',
      critical: 'approve',
      driftLow: 'do',
      driftHigh: 'approve',
    },
    ApproveAll: {
      low: 'approve',
      high: 'approve',
      critical: 'approve',
      driftLow: 'approve',
      driftHigh: 'approve',
    },
    Observe: { low: 'show', high: 'show', critical: 'show', driftLow: 'show', driftHigh: 'show' },
  };

export interface GateInput {
  readonly policy: ManagementPolicy;
  readonly paused: boolean;
  /** Deleting the object is the approval for what its deletionPolicy says. */
  readonly deleting: boolean;
  readonly plan: StoredPlan | undefined;
}

/** Whether a step may be done now, waits for approval, or is only shown. Pure. */
export function gateOf(step: Step, input: GateInput): Gate {
  if (input.policy === 'Observe' || input.paused) return 'show';
  if (input.deleting) return 'do';
  const row = TABLE[input.policy];
  const drift = step.drift && step.consent !== 'critical';
  const gate = drift ? row[step.consent === 'low' ? 'driftLow' : 'driftHigh'] : row[step.consent];
  return gate === 'approve' && isApproved(input.plan, step) ? 'do' : gate;
}
