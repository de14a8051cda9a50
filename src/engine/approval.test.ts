import { describe, expect, test } from 'vitest';
import type { Change } from './adaptor.ts';
import {
  covers,
  hasApprovalsOf,
  isApproved,
  latchApproval,
  nextPlan,
  type PlanContext,
  planHash,
  type StoredPlan,
  type StoredStep,
  storedStep,
  waitingSteps,
} from './approval.ts';
import { makeStep, type Step, type StepParts } from './step.ts';

const OF: PlanContext = {
  uid: 'u',
  generation: 3,
  now: 0,
  asks: () => true,
  unfinished: new Set(),
  made: new Map(),
};

function step(node: string, of: Partial<StepParts> = {}): Step {
  return makeStep({ node, epoch: 1, action: 'update', risk: 'Low', consent: 'low', ...of });
}

function change(field: string, to: unknown, from: unknown = 'old'): readonly Change[] {
  return [{ field, from, to, risk: 'Low' }];
}

const A = step('a', { changes: change('x', 1) });
const B = step('b', { changes: change('y', 2) });
const C = step('c', { action: 'remove', risk: 'High', consent: 'high' });

function plan(steps: readonly Step[], before?: StoredPlan, of: Partial<PlanContext> = {}) {
  return nextPlan(before, steps, { ...OF, ...of });
}

function approve(before: StoredPlan | undefined, by?: string): StoredPlan | undefined {
  return latchApproval(before, before?.hash, { now: 0, ...(by === undefined ? {} : { by }) });
}

const LATER = '(known after apply)';

const nodesOf = (of: StoredPlan | undefined) => of?.steps?.map(one => one.node);

describe('the hash of a plan', () => {
  const base: readonly StoredStep[] = [storedStep(A), storedStep(C)];
  const hash = (
    of: { uid?: string; generation?: number; sequence?: number; steps?: readonly StoredStep[] } = {},
  ) => planHash(of.uid ?? 'u', of.generation ?? 3, of.sequence ?? 1, of.steps ?? base);

  test.each([
    ['another object', { uid: 'v' }],
    ['another generation', { generation: 4 }],
    ['another plan', { sequence: 2 }],
    ['another node', { steps: [storedStep(B), storedStep(C)] }],
    ['another action', { steps: [storedStep(A), storedStep(step('c', { action: 'retain', risk: 'High' }))] }],
    ['another risk', { steps: [storedStep(A), storedStep(step('c', { action: 'remove' }))] }],
    ['another field', { steps: [storedStep(step('a', { changes: change('z', 1) })), storedStep(C)] }],
    ['another value', { steps: [storedStep(step('a', { changes: change('x', 9) })), storedStep(C)] }],
    ['a step less', { steps: [storedStep(A)] }],
  ])('is another one for %s', (_, of) => {
    expect(hash(of)).not.toBe(hash());
  });

  test.each([
    ['the order of the steps', [storedStep(C), storedStep(A)]],
    [
      'what AWS has now',
      [storedStep(step('a', { changes: change('x', 1, 'arn:of:something') })), storedStep(C)],
    ],
    ['whether it can start', [storedStep({ ...A, held: 'waits' }), storedStep(C)]],
    ['what was found', [storedStep({ ...A, found: { id: 'i', tags: {}, state: {} } }), storedStep(C)]],
    ['what is lost by it', [storedStep(A), storedStep({ ...C, loss: 'with the messages in it' })]],
  ])('does not depend on %s', (_, steps) => {
    expect(hash({ steps })).toBe(hash());
  });
});

test('a removal that was agreed to covers what AWS made again under the same name, once that is taken up', () => {
  const agreed = approve(plan([C]));
  const unfinished = new Set(['c']);
  const takeUp = step('c', { action: 'take up' });
  const gone = plan([], agreed, { unfinished });
  const again = plan([takeUp], gone, { unfinished });
  expect([isApproved(again, C), isApproved(again, takeUp)]).toEqual([true, false]);
  expect(isApproved(plan([C], again, { unfinished }), C)).toBe(true);
  const other = plan([step('c', { action: 'take up', epoch: 2 })], gone, { unfinished });
  expect(isApproved(other, C)).toBe(false);
});

describe('the plan of the next pass', () => {
  const first = plan([A, C]);

  test('says all steps, fields and the highest risk', () => {
    expect(first).toMatchObject({
      sequence: 1,
      risk: 'High',
      generation: 3,
      createdAt: '1970-01-01T00:00:00.000Z',
    });
    expect(first?.steps).toEqual([
      {
        node: 'a',
        epoch: 1,
        action: 'update',
        fields: [{ field: 'x', from: 'old', to: '1' }],
        risk: 'Low',
        known: true,
      },
      { node: 'c', epoch: 1, action: 'remove', risk: 'High', known: true },
    ]);
    expect(plan([A])?.risk).toBe('Low');
  });

  test.each([
    ['nothing was to be done and nothing is', undefined, [], {}, undefined, undefined],
    ['the same steps are the same plan', first, [A, C], {}, ['a', 'c'], 1],
    ['in another order too', first, [C, A], {}, ['a', 'c'], 1],
    ['what is done leaves it', first, [C], {}, ['c'], 1],
    ['all done: only the number stays', first, [], {}, undefined, 1],
    ['another step makes another plan', first, [A, B, C], {}, ['a', 'b', 'c'], 2],
    [
      'another value makes another plan',
      first,
      [step('a', { changes: change('x', 9) }), C],
      {},
      ['a', 'c'],
      2,
    ],
    [
      'another generation makes another plan of the same steps',
      first,
      [A, C],
      { generation: 4 },
      ['a', 'c'],
      2,
    ],
    [
      'AWS is busy with a node: its step is not done yet',
      first,
      [C],
      { unfinished: new Set(['a']) },
      ['a', 'c'],
      1,
    ],
    ['everything is busy', first, [], { unfinished: new Set(['a', 'c']) }, ['a', 'c'], 1],
  ] as const)('%s', (_, before, steps, of, nodes, sequence) => {
    const next = plan(steps, before, of);
    expect([nodesOf(next), next?.sequence]).toEqual([nodes, sequence]);
    expect(next?.hash === first?.hash).toBe(sequence === 1 && nodes !== undefined);
  });

  describe('where some of it is done unasked', () => {
    const unasked = { asks: (one: Step) => one.risk === 'High' };
    const D = step('d', { action: 'remove', risk: 'High', consent: 'high' });

    test.each<[string, readonly Step[], readonly string[], 1 | 2]>([
      ['what is done leaves the hash as it is', [C], ['c'], 1],
      ['so does what comes up and is done unasked too', [B, C], ['c'], 1],
      ['what comes up and is to be asked for does not', [B, C, D], ['b', 'c', 'd'], 2],
      ['where nobody is asked the plan is of all of it', [A, B], ['a', 'b'], 2],
    ])('%s', (_, steps, nodes, sequence) => {
      const next = plan(steps, first, unasked);
      expect([nodesOf(next), next?.sequence]).toEqual([nodes, sequence]);
      expect(next?.hash === first?.hash).toBe(sequence === 1);
    });
  });

  test('a number is never used twice, so neither is a hash', () => {
    const hashes = new Set<string | undefined>();
    let now = plan([A]);
    for (let turn = 0; turn < 5; turn++) {
      hashes.add(now?.hash);
      now = plan([A], plan([], now));
    }
    expect(hashes.size).toBe(5);
  });
});

describe('an approval', () => {
  const first = plan([A, C]);
  const approved = approve(first, 'ann');

  test('is latched with who and when, once', () => {
    expect(approved?.approval).toEqual({ hash: first?.hash, by: 'ann', at: '1970-01-01T00:00:00.000Z' });
    expect(approve(approved, 'bob')).toBe(approved);
    expect(latchApproval(first, ` ${first?.hash}\n`, { now: 0 })?.approval?.hash).toBe(first?.hash);
  });

  test.each([
    ['none', undefined],
    ['an empty one', ''],
    ['another hash', '0123456789ab'],
    ['a part of the hash', first?.hash?.slice(0, 6)],
  ])('%s is no approval', (_, annotation) => {
    expect(latchApproval(first, annotation, { now: 0 })).toBe(first);
  });

  test('there is nothing to approve without a plan', () => {
    expect(latchApproval(undefined, 'x', { now: 0 })).toBeUndefined();
    expect(latchApproval({ sequence: 1 }, 'undefined', { now: 0 })).toEqual({ sequence: 1 });
  });

  test.each([
    ['its steps', approved, A, true],
    ['its other steps', approved, C, true],
    ['no other node', approved, B, false],
    ['no other value', approved, step('a', { changes: change('x', 9) }), false],
    ['nothing before it is given', first, A, false],
    ['nothing of a plan of another hash', { sequence: 1, ...approved, hash: '0123456789ab' }, A, false],
    ['nothing of the next generation', plan([A, C], approved, { generation: 4 }), A, false],
    ['what remains, when some are done', plan([C], approved), C, true],
    ['no step that is done already', plan([C], approved), A, false],
    ['its steps also when others come up', plan([A, B, C], approved), C, true],
    ['not those that come up', plan([A, B, C], approved), B, false],
    ['the rest of them when the others were done first', plan([C], plan([A, B, C], approved)), C, true],
    ['nothing that was done and comes again', plan([A], plan([], approved)), A, false],
  ] as const)('covers %s', (_, of, one, is) => {
    expect(isApproved(of, one)).toBe(is);
  });

  test.each([
    ['nothing is approved', undefined, first, true],
    ['it was approved before', approved, approved, true],
    ['some of it is done', approved, plan([C], approved), true],
    ['others have joined it', approved, plan([A, B, C], approved), true],
    ['it is approved now', first, approved, false],
    ['others have joined what is approved now', first, plan([A, B, C], approved), false],
  ])('what is approved was stored as such: %s', (_, stored, now, is) => {
    expect(hasApprovalsOf(stored, now)).toBe(is);
  });

  test('left in place it approves nothing later', () => {
    const again = plan([A, C], plan([], approved));
    expect(latchApproval(again, first?.hash, { now: 0 })?.approval).toBeUndefined();
  });

  test('given for a plan that others have joined it is not given for them', () => {
    const joined = plan([A, B, C], approved);
    expect(joined?.hash).not.toBe(first?.hash);
    expect(joined?.steps?.map(one => [one.node, one.approved])).toEqual([
      ['a', true],
      ['c', true],
      ['b', undefined],
    ]);
    const all = approve(joined);
    expect([A, B, C].map(one => isApproved(all, one))).toEqual([true, true, true]);
  });
});

describe('once what it makes was as it should be', () => {
  const update = (epoch: number) => step('a', { epoch, changes: change('x', 1) });
  const remove = step('a', { action: 'remove', risk: 'High', consent: 'critical' });
  const high = { risk: 'High', consent: 'critical' } as const;
  const unfinished = new Set(['a']);
  const made = (epoch: number) => new Map([['a', epoch]]);
  const shown = (of: StoredPlan | undefined) =>
    of?.steps?.map(one => `${one.action} ${one.node}@${one.epoch}`);

  test.each([
    ['a create', step('a', { action: 'create' }), 1],
    ['making anew', step('a', { action: 'recreate', ...high }), 2],
    ['a replacement', step('a', { action: 'replace', changes: change('x', 1), ...high }), 2],
  ] as const)('%s covers no update', (_, planned, epoch) => {
    const agreed = approve(plan([planned]));
    // The old one, if there is one, is still going.
    const before = plan([update(epoch)], agreed, { unfinished });
    expect([before?.hash, isApproved(before, update(epoch))]).toEqual([agreed?.hash, true]);
    const done = plan([], agreed, { unfinished, made: made(epoch) });
    const later = plan([update(epoch)], done, { unfinished });
    expect([later?.sequence, isApproved(later, update(epoch))]).toEqual([2, false]);
    expect(plan([], agreed, { unfinished, made: new Map([['b', epoch]]) })).toBe(agreed);
  });

  test('a replacement is the removal of the old one, which stays agreed to, and only if it was', () => {
    const replace = step('a', { action: 'replace', changes: change('x', 1), ...high });
    const agreed = approve(plan([replace]));
    const done = plan([remove], agreed, { unfinished, made: made(2) });
    expect([done?.hash, shown(done), isApproved(done, remove)]).toEqual([agreed?.hash, ['remove a@1'], true]);
    expect(plan([remove], done, { unfinished, made: made(2) })).toBe(done);
    expect(hasApprovalsOf(agreed, done)).toBe(true);
    // AWS is busy with it, and the new one is changed meanwhile.
    const later = plan([update(2)], done, { unfinished });
    expect([shown(later), isApproved(later, remove)]).toEqual([['remove a@1', 'update a@2'], true]);
    expect(isApproved(plan([remove], plan([replace]), { unfinished, made: made(2) }), remove)).toBe(false);
  });
});

describe('a plan that nobody agreed to yet', () => {
  const HIGH = step('a', { changes: [{ field: 'x', from: 1, to: 2, risk: 'High' }], risk: 'High' });

  test.each([
    ['a create that turns out to be there', step('a', { action: 'create' }), HIGH],
    ['whatever its risk', step('a', { action: 'create' }), A],
    ['an adoption that was made', step('a', { action: 'adopt', changes: change('x', 1) }), A],
    [
      'a replacement that was begun',
      step('a', { action: 'replace' }),
      step('a', { action: 'create', epoch: 2 }),
    ],
  ] as const)('is another one for what it does not show: %s', (_, planned, wanted) => {
    const asked = plan([planned]);
    const next = plan([wanted], asked, { unfinished: new Set(['a']) });
    expect([next?.sequence, next?.steps]).toEqual([2, [storedStep(wanted)]]);
    const approved = latchApproval(next, asked?.hash, { now: 0 });
    expect(isApproved(approved, wanted)).toBe(false);
  });
});

describe('what an approved step covers', () => {
  const at = (action: Step['action'], of: Partial<StepParts> = {}) =>
    storedStep(step('a', { action, ...of }));
  const high = { risk: 'High' as const };
  const duplicate = { changes: [{ field: 'duplicate', from: 'i', to: undefined, ...high }], ...high };

  test.each<readonly [string, StoredStep, StoredStep, boolean]>([
    ['a create: itself', at('create'), at('create'), true],
    ['a create: to finish it', at('create'), at('update', { changes: change('x', 1) }), true],
    [
      'a create: no higher risk to finish it',
      at('create'),
      at('update', { changes: change('x', 1), ...high }),
      false,
    ],
    ['a create: not of another epoch', at('create'), at('create', { epoch: 2 }), false],
    ['a create: no removal', at('create'), at('remove', high), false],
    [
      'an update: fewer fields',
      at('update', { changes: [...change('x', 1), ...change('y', 1)] }),
      at('update', { changes: change('x', 1) }),
      true,
    ],
    [
      'an update: no more fields',
      at('update', { changes: change('x', 1) }),
      at('update', { changes: change('y', 1) }),
      false,
    ],
    [
      'an update: whatever AWS has now',
      at('update', { changes: change('x', 1) }),
      at('update', { changes: change('x', 1, 'other') }),
      true,
    ],
    [
      'an update: no higher risk',
      at('update', { changes: change('x', 1) }),
      at('update', { changes: change('x', 1), ...high }),
      false,
    ],
    [
      'an update that was known after apply: as it turns out',
      at('update', { known: false }),
      at('update', { changes: change('x', 1) }),
      true,
    ],
    [
      'a value that was known after apply: as it turns out',
      at('update', { known: false, changes: [...change('x', LATER), ...change('y', 1)] }),
      at('update', { changes: [...change('x', 'i-1'), ...change('y', 1)] }),
      true,
    ],
    [
      'an id in it that was known after apply: as it turns out',
      at('update', { known: false, changes: change('x', ['i-0', LATER]) }),
      at('update', { changes: change('x', ['i-0', 'i-1']) }),
      true,
    ],
    [
      'beside it: no other field',
      at('update', { known: false, changes: change('x', LATER) }),
      at('update', { changes: [...change('x', 'i-1'), ...change('y', 1)] }),
      false,
    ],
    [
      'beside it: no other value',
      at('update', { known: false, changes: [...change('x', LATER), ...change('y', 1)] }),
      at('update', { changes: [...change('x', 'i-1'), ...change('y', 2)] }),
      false,
    ],
    [
      'beside it: no other tag',
      at('update', { known: false, changes: change('x', LATER) }),
      at('update', { changes: change('x', 'i-1'), setTags: { team: 'red' } }),
      false,
    ],
    [
      'a value that is not known any more: the same field',
      at('update', { changes: change('x', 'i-1') }),
      at('update', { known: false, changes: change('x', LATER) }),
      true,
    ],
    [
      'a value that only reads as if it came later: no other',
      at('update', { changes: change('x', LATER) }),
      at('update', { changes: change('x', 'i-1') }),
      false,
    ],
    [
      'but no higher risk',
      at('update', { known: false }),
      at('update', { changes: change('x', 1), ...high }),
      false,
    ],
    ['an update: no other epoch', at('update'), at('update', { epoch: 2 }), false],
    ['an update: no removal', at('update', high), at('remove', high), false],
    [
      'an update: no replacement',
      at('update', { changes: change('x', 1), ...high }),
      at('replace', { changes: change('x', 1), ...high }),
      false,
    ],
    ['a tag', at('update', { setTags: { team: 'red' } }), at('update', { setTags: { team: 'red' } }), true],
    [
      'not another tag',
      at('update', { setTags: { team: 'red' } }),
      at('update', { setTags: { team: 'blue' } }),
      false,
    ],
    [
      'a replacement: itself',
      at('replace', { changes: change('x', 1), ...high }),
      at('replace', { changes: change('x', 1), ...high }),
      true,
    ],
    [
      'a replacement: not by something else',
      at('replace', { changes: change('x', 1), ...high }),
      at('replace', { changes: change('x', 2), ...high }),
      false,
    ],
    ['a replacement: the create of the next', at('replace', high), at('create', { epoch: 2 }), true],
    [
      'a replacement: to finish the next',
      at('replace', high),
      at('update', { epoch: 2, changes: change('x', 1) }),
      true,
    ],
    ['a replacement: no create of the same', at('replace', high), at('create'), false],
    ['a replacement: the removal of the old', at('replace', high), at('remove', high), true],
    ['a replacement: no removal of the new', at('replace', high), at('remove', { epoch: 2, ...high }), false],
    ['making anew: itself', at('recreate', high), at('recreate', high), true],
    ['making anew: the create', at('recreate', high), at('create', { epoch: 2 }), true],
    ['making anew: no create of the lost one', at('recreate', high), at('create'), false],
    ['making anew: no removal', at('recreate', high), at('remove', { epoch: 2, ...high }), false],
    ['a removal: itself', at('remove', high), at('remove', high), true],
    ['a removal: no other epoch', at('remove', high), at('remove', { epoch: 2, ...high }), false],
    ['the removal of a second one: itself', at('remove', duplicate), at('remove', duplicate), true],
    ['the removal of a second one: not of the first', at('remove', duplicate), at('remove', high), false],
    ['the removal of the first: not of a second', at('remove', high), at('remove', duplicate), false],
    [
      'adoption: itself',
      at('adopt', { changes: change('x', 1), ...high }),
      at('adopt', { changes: change('x', 1), ...high }),
      true,
    ],
    [
      'adoption: with no other value',
      at('adopt', { changes: change('x', 1), ...high }),
      at('adopt', { changes: change('x', 2), ...high }),
      false,
    ],
    [
      'adoption: to finish it',
      at('adopt', { changes: [...change('x', 1), ...change('y', 2)], ...high }),
      at('update', { changes: change('y', 2) }),
      true,
    ],
    [
      'adoption: no other field afterwards',
      at('adopt', { changes: change('x', 1), ...high }),
      at('update', { changes: change('y', 2) }),
      false,
    ],
    [
      'taking up: to finish it',
      at('take up', { setTags: { team: 'red' }, changes: change('x', 1) }),
      at('update', { changes: change('x', 1) }),
      true,
    ],
    [
      'taking up: no other field afterwards',
      at('take up', { changes: change('x', 1) }),
      at('update', { changes: change('y', 1) }),
      false,
    ],
    ['adoption: no removal', at('adopt', high), at('remove', high), false],
    ['another node: nothing', storedStep(step('b')), at('update'), false],
  ])('%s', (_, planned, wanted, is) => {
    expect(covers(planned, wanted)).toBe(is);
  });
});

test('a stored step says what is there and what is lost by it', () => {
  const found = { id: 'https://q', tags: {}, state: {} };
  const stored = storedStep({ ...C, found, loss: 'with the messages in it' });
  expect(stored).toMatchObject({ id: 'https://q', loss: 'with the messages in it' });
});

test.each([
  [1, 'remove c; to approve: kubectl annotate --overwrite … opta.dev/approve='],
  [6, 'remove c, remove c, remove c, remove c, remove c, remove c and 6 more; to approve'],
])('a message names the steps that wait, all that weigh, and the way: %d', (count, message) => {
  const light = count === 1 ? [] : Array.from({ length: count }, () => A);
  const waiting = [...light, ...Array.from({ length: count }, () => C)];
  expect(waitingSteps(plan([C]), waiting)).toContain(message);
  expect(waitingSteps(plan([C]), waiting)).toContain(`opta.dev/approve=${plan([C])?.hash}`);
});

test('a message says what is lost by the steps that wait', () => {
  const lossy = { ...C, loss: 'with the messages in it' };
  expect(waitingSteps(plan([lossy]), [lossy])).toMatch(/^remove c \(with the messages in it\); to approve/);
});

test('without a stored plan no command is shown that would approve nothing', () => {
  const message = waitingSteps(undefined, [C], 'queue/orders');
  expect(message).toBe('remove c; the plan is not stored yet: how to approve it is told once it is');
});
