import { describe, expect, test } from 'vitest';
import { latchApproval, nextPlan, type StoredPlan } from './approval.ts';
import { apart, type Gate, gateOf, type ManagementPolicy } from './gate.ts';
import { type Consent, makeStep, type Step, type StepParts } from './step.ts';
import { shownStep } from './testing/planning.ts';

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
    asks: () => true,
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

describe('an update that is small in one part and not in another', () => {
  const small = { field: 'a', from: 1, to: 2, risk: 'Low' } as const;
  const weighty = { field: 'risky', from: 1, to: 2, risk: 'High' } as const;
  const high = { risk: 'High', consent: 'high' } as const;
  const both = { ...high, action: 'update', changes: [small, weighty] } as const;
  const make = (of: Partial<StepParts>) => makeStep({ node: 'q', epoch: 1, ...both, ...of });
  const AFTER = '(waits for what is changed without approval)';

  test.each<readonly [string, ManagementPolicy, Partial<StepParts>, readonly string[]]>([
    [
      'the small one does not wait for a yes',
      'ApproveHighRisk',
      {},
      ['update q@1: a', `update q@1: risky ${AFTER}`],
    ],
    [
      'nor do tags',
      'ApproveHighRisk',
      { changes: [weighty], setTags: { team: 'red' }, unsetTags: ['old'] },
      ['update q@1: team, -old', `update q@1: risky ${AFTER}`],
    ],
    [
      'what holds up both is told of both',
      'ApproveHighRisk',
      { held: 'waits for key' },
      ['update q@1: a (waits for key)', 'update q@1: risky (waits for key)'],
    ],
    ['all that waits is one step', 'ApproveHighRisk', { changes: [weighty] }, ['update q@1: risky']],
    [
      'what is taken up is taken up whole',
      'ApproveHighRisk',
      { action: 'take up' },
      ['take up q@1: a, risky'],
    ],
    [
      'what is to be another one is not changed before',
      'ApproveHighRisk',
      { action: 'replace', consent: 'critical' },
      ['replace q@1: a, risky'],
    ],
    ['neither waits', 'Apply', {}, ['update q@1: a, risky']],
    ['both wait', 'ApproveAll', {}, ['update q@1: a, risky']],
    ['both are shown', 'Observe', {}, ['update q@1: a, risky']],
  ])('%s: %s', (_, policy, of, steps) => {
    expect(apart(make(of), policy, () => false).map(shownStep)).toEqual(steps);
  });

  test.each<readonly [string, Partial<StepParts>, string | undefined]>([
    [
      'tags alone, which AWS may refuse for ever',
      { changes: [weighty], setTags: { team: 'red' } },
      undefined,
    ],
    [
      'tags alone, while something else holds up both',
      { changes: [weighty], setTags: { team: 'red' }, held: 'waits for key' },
      'waits for key',
    ],
    ['tags that say whose it is', { changes: [weighty], setTags: { 'opta.dev/uid': 'u' } }, AFTER],
    ['fields', { setTags: { team: 'red' } }, AFTER],
  ])('what was tried and is open still: %s', (_, of, held) => {
    const [, second] = apart(make(of), 'ApproveHighRisk', ({ risk }) => risk === 'Low');
    expect(second?.held).toBe(held?.replace(/^\(|\)$/g, ''));
  });

  test('each has its own risk and consent', () => {
    const parts = apart(make({}), 'ApproveHighRisk', () => false);
    expect(parts.map(({ risk, consent }) => [risk, consent])).toEqual([
      ['Low', 'low'],
      ['High', 'high'],
    ]);
  });
});
