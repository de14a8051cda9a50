import { describe, expect, test } from 'vitest';
import { latchApproval, nextPlan, type StoredPlan } from './approval.ts';
import { type Gate, gateOf, type ManagementPolicy } from './gate.ts';
import { type Consent, makeStep, type Step } from './step.ts';

function step(consent: Consent, drift: boolean): Step {
  const risk = consent === 'low' ? 'Low' : 'High';
  const changes = [{ field: 'a', from: 1, to: 2, risk }] as const;
  return makeStep({ node: 'a', epoch: 1, action: 'update', changes, risk, consent, drift });
}

function approved(of: Step): StoredPlan | undefined {
  const plan = nextPlan(undefined, [of], {
    uid: 'u',
    generation: 1,
    now: 0,
    unfinished: new Set(),
    made: new Map(),
  });
  return latchApproval(plan, plan?.hash, { now: 0 });
}

/** Critical is what replaces, re-creates what was lost or removes data: that is done unasked under no policy. */
const TABLE: readonly (readonly [ManagementPolicy, Consent, Gate])[] = [
  ['Apply', 'low', 'do'],
  ['Apply', 'high', 'do'],
  ['Apply', 'critical', 'approve'],
  ['ApproveHighRisk', 'low', 'do'],
  ['ApproveHighRisk', 'high', 'approve'],
  ['ApproveHighRisk', 'critical', 'approve'],
  ['ApproveAll', 'low', 'approve'],
  ['ApproveAll', 'high', 'approve'],
  ['ApproveAll', 'critical', 'approve'],
  ['Observe', 'low', 'show'],
  ['Observe', 'high', 'show'],
  ['Observe', 'critical', 'show'],
];

describe.each(TABLE)('%s, a change of consent %s: %s', (policy, consent, gate) => {
  test.each([false, true])('drift %s', drift => {
    const one = step(consent, drift);
    expect(gateOf(one, { policy, deleting: false, plan: undefined })).toBe(gate);
  });

  test('once approved it is done, and under Observe shown all the same', () => {
    const one = step(consent, false);
    const plan = approved(one);
    expect(gateOf(one, { policy, deleting: false, plan })).toBe(policy === 'Observe' ? 'show' : 'do');
  });

  test('deleting the object is the approval, except under Observe', () => {
    const one = step(consent, false);
    expect(gateOf(one, { policy, deleting: true, plan: undefined })).toBe(
      policy === 'Observe' ? 'show' : 'do',
    );
  });
});
