import { describe, expect, test } from 'vitest';
import type { Adaptor } from './adaptor.ts';
import { createMemory } from './memory.ts';
import { ownershipTags } from './owner.ts';
import { lossBy, readinessView } from './plan-present.ts';
import type { FakeState, Fields } from './testing/fake-cloud.ts';
import type { NodeSpec } from './testing/fake-graph.ts';
import {
  entry,
  found,
  NOW,
  OWNER,
  type Planning,
  planOf,
  shownNodes,
  shownPlan,
} from './testing/planning.ts';

const A: NodeSpec = { id: 'a', type: 'queue', fields: { a: '1', shape: '1' } };
const SAME = { fields: { a: '1', shape: '1' } };
const PREVIOUS = { 'opta.dev/uid': 'uid-before' };
const RETAINED = { 'opta.dev/retained': '2025', 'opta.dev/uid': 'uid-before' };
const ADOPTED = { 'opta.dev/adopted': 'yes' };
const NOBODYS = Object.fromEntries(Object.keys(ownershipTags(OWNER, 'a', 1)).map(key => [key, undefined]));

function queue(of: Parameters<typeof found>[2] = {}) {
  return { 'a@1': [found('queue', 'a', { ...SAME, ...of })] };
}

interface Row extends Planning {
  readonly steps?: readonly string[];
  readonly nodes: readonly string[];
}

const KNOWN = [entry('queue', 'a')];
const USER: NodeSpec = { id: 'b', type: 'queue', fields: { a: '1' }, uses: ['a'] };
const WITH_USER = [...KNOWN, entry('queue', 'b')];

/** A process whose create was begun so many seconds ago. */
function begunAgo(s: number) {
  const memory = createMemory(() => NOW - s * 1_000);
  memory.creating('a', 1);
  return memory;
}

function user(fields: Fields, status: FakeState['status'] = 'ready') {
  return { 'b@1': [found('queue', 'b', { fields: { ...fields, 'ref-a': 'a-id' }, status })] };
}

test.each<readonly [string, Row]>([
  ['as it should be', { spec: [A], inventory: KNOWN, looks: queue(), nodes: ['a@1 Ready'] }],
  ['found without a record', { spec: [A], looks: queue(), nodes: ['a@1 Ready'] }],
  [
    'one field',
    {
      spec: [A],
      inventory: KNOWN,
      looks: queue({ fields: { a: '2', shape: '1' } }),
      nodes: ['a@1 InProgress'],
      steps: ['update a@1: a'],
    },
  ],
  [
    'a field that nobody of ours ever set stays',
    {
      spec: [A],
      inventory: KNOWN,
      looks: queue({ fields: { ...SAME.fields, 'opt-x': '1' } }),
      nodes: ['a@1 Ready'],
    },
  ],
  [
    'a field that we once set and the spec leaves out goes back to the default',
    {
      spec: [A],
      inventory: [entry('queue', 'a', { keys: ['opt-x'] })],
      looks: queue({ fields: { ...SAME.fields, 'opt-x': '1' } }),
      nodes: ['a@1 InProgress'],
      steps: ['update a@1: opt-x'],
    },
  ],
  [
    'a tag of the spec',
    {
      spec: [{ ...A, tags: { team: 'red' } }],
      inventory: KNOWN,
      looks: queue(),
      nodes: ['a@1 InProgress'],
      steps: ['update a@1: team'],
    },
  ],
  [
    'a tag that we once set and the spec leaves out',
    {
      spec: [A],
      inventory: [entry('queue', 'a', { keys: ['tag:team'] })],
      looks: queue({ tags: { team: 'red' } }),
      nodes: ['a@1 InProgress'],
      steps: ['update a@1: -team'],
    },
  ],
  [
    'a tag of somebody else',
    { spec: [A], inventory: KNOWN, looks: queue({ tags: { cost: '1' } }), nodes: ['a@1 Ready'] },
  ],
  [
    'an ownership tag that somebody took away',
    {
      spec: [A],
      inventory: KNOWN,
      looks: queue({ tags: { 'opta.dev/epoch': undefined } }),
      nodes: ['a@1 InProgress'],
      steps: ['update a@1: epoch'],
    },
  ],
  [
    'what cannot be changed in place',
    {
      spec: [A],
      inventory: KNOWN,
      looks: queue({ fields: { a: '2', shape: '2' } }),
      nodes: ['a@1 InProgress'],
      steps: ['replace a@1: a, shape'],
    },
  ],
  [
    'what failed for good',
    {
      spec: [A],
      inventory: KNOWN,
      looks: queue({ status: 'failed' }),
      nodes: ['a@1 Failed'],
      steps: ['replace a@1: state'],
    },
  ],
  [
    'busy: the change waits',
    {
      spec: [A],
      inventory: KNOWN,
      looks: queue({ status: 'creating', fields: { a: '2', shape: '1' } }),
      nodes: ['a@1 InProgress'],
      steps: ['update a@1: a (is creating)'],
    },
  ],
  [
    'busy: what depends on it waits with it',
    {
      spec: [A, USER],
      inventory: WITH_USER,
      looks: { ...queue({ status: 'creating' }), ...user({ a: '2' }) },
      nodes: ['a@1 InProgress', 'b@1 InProgress'],
      steps: ['update b@1: a (waits for a)'],
    },
  ],
  [
    'lonely: what depends on it is changed, and it is not ready for that',
    {
      spec: [A, USER],
      inventory: WITH_USER,
      looks: { ...queue({ status: 'lonely' }), ...user({ a: '2' }) },
      nodes: ['a@1 InProgress', 'b@1 InProgress'],
      steps: ['update b@1: a'],
    },
  ],
  [
    'not well, and serving: what depends on it is changed',
    {
      spec: [A, USER],
      inventory: WITH_USER,
      looks: { ...queue({ status: 'ailing' }), ...user({ a: '2' }) },
      nodes: ['a@1 Failed', 'b@1 InProgress'],
      steps: ['update b@1: a'],
    },
  ],
  [
    'not well, and serving: nothing is made that depends on it',
    {
      spec: [A, USER],
      inventory: KNOWN,
      looks: queue({ status: 'ailing' }),
      nodes: ['a@1 Failed', 'b@1 InProgress'],
      steps: ['create b@1 (waits for a)'],
    },
  ],
  [
    'not well, and serving: what depends on it has none in its place',
    {
      spec: [A, { ...USER, fields: { ...USER.fields, shape: '2' } }],
      inventory: WITH_USER,
      looks: { ...queue({ status: 'ailing' }), ...user({ a: '1', shape: '1' }) },
      nodes: ['a@1 Failed', 'b@1 InProgress'],
      steps: ['replace b@1: shape (waits for a)'],
    },
  ],
  [
    'not well, serving, and to be changed: first itself, and then what depends on it',
    {
      spec: [A, USER],
      inventory: WITH_USER,
      looks: { ...queue({ status: 'ailing', fields: { a: '2', shape: '1' } }), ...user({ a: '2' }) },
      nodes: ['a@1 Failed', 'b@1 InProgress'],
      steps: ['update a@1: a', 'update b@1: a (waits for a)'],
    },
  ],
  [
    'lonely: what depends on it and failed for good is replaced',
    {
      spec: [A, USER],
      inventory: WITH_USER,
      looks: { ...queue({ status: 'lonely' }), ...user({ a: '1' }, 'failed') },
      nodes: ['a@1 InProgress', 'b@1 Failed'],
      steps: ['replace b@1: state'],
    },
  ],
  [
    'lonely, and to be changed: first itself, and then what depends on it',
    {
      spec: [A, USER],
      inventory: WITH_USER,
      looks: { ...queue({ status: 'lonely', fields: { a: '2', shape: '1' } }), ...user({ a: '2' }) },
      nodes: ['a@1 InProgress', 'b@1 InProgress'],
      steps: ['update a@1: a', 'update b@1: a (waits for a)'],
    },
  ],
  [
    'lonely, and only asked for once more: what depends on it may be what cures it',
    {
      spec: [{ ...A, fields: { ...A.fields, 'retry-x': 'ready' } }, USER],
      inventory: WITH_USER,
      looks: { ...queue({ status: 'lonely' }), ...user({ a: '2' }) },
      nodes: ['a@1 InProgress', 'b@1 InProgress'],
      steps: ['update a@1: retry-x', 'update b@1: a'],
    },
  ],
  [
    'nor where that is by another one in its place',
    {
      spec: [
        { ...A, fields: { ...A.fields, 'retry-fixed': 'ready' } },
        { ...USER, uses: [], after: ['a'] },
      ],
      inventory: WITH_USER,
      looks: { ...queue({ status: 'lonely' }), 'b@1': [found('queue', 'b', { fields: { a: '2' } })] },
      nodes: ['a@1 InProgress', 'b@1 InProgress'],
      steps: ['replace a@1: retry-fixed', 'update b@1: a'],
    },
  ],
  [
    'lonely, asked for once more and changed: first itself',
    {
      spec: [{ ...A, fields: { a: '2', shape: '1', 'retry-x': 'ready' } }, USER],
      inventory: WITH_USER,
      looks: { ...queue({ status: 'lonely' }), ...user({ a: '2' }) },
      nodes: ['a@1 InProgress', 'b@1 InProgress'],
      steps: ['update a@1: a, retry-x', 'update b@1: a (waits for a)'],
    },
  ],
  [
    'asked for once more and not lonely: what depends on it waits',
    {
      spec: [{ ...A, fields: { ...A.fields, 'retry-x': 'ready' } }, USER],
      inventory: WITH_USER,
      looks: { ...queue(), ...user({ a: '2' }) },
      nodes: ['a@1 InProgress', 'b@1 InProgress'],
      steps: ['update a@1: retry-x', 'update b@1: a (waits for a)'],
    },
  ],
  [
    'scheduled for deletion and wanted: brought back, not replaced',
    {
      spec: [{ ...A, type: 'vault' }],
      inventory: [entry('vault', 'a')],
      looks: { 'a@1': [found('vault', 'a', { ...SAME, status: 'scheduled' })] },
      nodes: ['a@1 Failed'],
      steps: ['update a@1: status'],
    },
  ],

  [
    'ours from before: taken up, nothing else',
    { spec: [A], looks: queue({ tags: PREVIOUS }), nodes: ['a@1 InProgress'], steps: ['take up a@1: uid'] },
  ],
  [
    'ours from before and to be replaced: taken up first, and nothing of it changed',
    {
      spec: [A],
      looks: queue({ tags: PREVIOUS, fields: { a: '2', shape: '2' } }),
      nodes: ['a@1 InProgress'],
      steps: ['take up a@1: uid'],
    },
  ],
  [
    'and at once, whatever the one in its place waits for',
    {
      spec: [A, { ...A, id: 'b', after: ['a'] }],
      inventory: KNOWN,
      looks: {
        'a@1': [found('queue', 'a', { fields: { a: '1', shape: '2' } })],
        'b@1': [found('queue', 'b', { tags: PREVIOUS, fields: { a: '2', shape: '2' } })],
      },
      nodes: ['a@1 InProgress', 'b@1 InProgress'],
      steps: ['replace a@1: shape', 'take up b@1: uid'],
    },
  ],
  [
    'of a cluster that nobody declared gone: left alone',
    { spec: [A], looks: queue({ tags: { 'opta.dev/cluster': 'c' } }), nodes: ['a@1 Conflict'] },
  ],
  [
    'of a cluster that is declared gone: taken up',
    {
      spec: [A],
      takeOver: ['c'],
      looks: queue({ tags: { 'opta.dev/cluster': 'c' } }),
      nodes: ['a@1 InProgress'],
      steps: ['take up a@1: cluster'],
    },
  ],
  [
    'kept on purpose by a deleted object: left alone',
    { spec: [A], looks: queue({ tags: RETAINED }), nodes: ['a@1 Conflict'] },
  ],
  [
    'somebody else’s: left alone',
    {
      spec: [A],
      inventory: KNOWN,
      looks: queue({ tags: { 'opta.dev/name': 'two' } }),
      nodes: ['a@1 Conflict'],
    },
  ],
  ['nobody’s: left alone', { spec: [A], looks: queue({ tags: NOBODYS }), nodes: ['a@1 Conflict'] }],
  [
    'of nobody, on record and made a moment ago: its tags are not visible yet',
    {
      spec: [A],
      inventory: [entry('queue', 'a', { createdAt: new Date(NOW - 1_000).toISOString() })],
      looks: queue({ tags: NOBODYS }),
      nodes: ['a@1 Pending'],
    },
  ],
  [
    'of nobody, and begun by this process a moment ago: its tags are not visible yet',
    {
      spec: [A],
      inventory: [entry('queue', 'a', { unmade: true })],
      looks: queue({ tags: NOBODYS }),
      nodes: ['a@1 Pending'],
    },
  ],
  [
    'of nobody, and begun longer ago than it settles',
    {
      spec: [A],
      inventory: [entry('queue', 'a', { unmade: true })],
      looks: queue({ tags: NOBODYS }),
      memory: begunAgo(61),
      nodes: ['a@1 Conflict'],
    },
  ],
  [
    'of another tool, and begun a moment ago: ours would have its tags by now',
    {
      spec: [A],
      inventory: [entry('queue', 'a', { unmade: true })],
      looks: queue({ tags: { ...NOBODYS, team: 'red' } }),
      nodes: ['a@1 Conflict'],
    },
  ],
  [
    'of nobody, and never begun, only its number is kept',
    {
      spec: [A],
      inventory: [entry('queue', 'a', { unmade: true, attempts: 0 })],
      looks: queue({ tags: NOBODYS }),
      nodes: ['a@1 Conflict'],
    },
  ],
  [
    'of nobody, and perhaps begun by an earlier process a moment ago',
    {
      spec: [A],
      looks: queue({ tags: NOBODYS }),
      memory: createMemory(() => NOW - 59_000),
      nodes: ['a@1 Pending'],
    },
  ],
  [
    'of nobody, and by no earlier process a moment ago',
    {
      spec: [A],
      looks: queue({ tags: NOBODYS }),
      memory: createMemory(() => NOW - 61_000),
      nodes: ['a@1 Conflict'],
    },
  ],
  [
    'of nobody and named in adopt: adopted as it is',
    {
      spec: [{ ...A, adopt: 'one-a' }],
      looks: queue({ tags: NOBODYS, fields: { a: '2', shape: '2' } }),
      nodes: ['a@1 InProgress'],
      steps: [
        'adopt a@1: a, installation, environment, kind, namespace, name, node, cluster, uid, epoch, adopted',
      ],
    },
  ],
  [
    'kept on purpose and named in adopt: adopted, and not kept any more',
    {
      spec: [{ ...A, adopt: 'a-id' }],
      looks: queue({ tags: RETAINED }),
      nodes: ['a@1 InProgress'],
      steps: ['adopt a@1: uid, adopted, -retained'],
    },
  ],
  [
    'a living object’s and named in adopt: left alone',
    {
      spec: [{ ...A, adopt: 'a-id' }],
      looks: queue({ tags: { 'opta.dev/name': 'two' } }),
      nodes: ['a@1 Conflict'],
    },
  ],
  [
    'adopted: what cannot be changed is reported and never planned',
    {
      spec: [{ ...A, adopt: 'a-id' }],
      inventory: KNOWN,
      looks: queue({ fields: { a: '1', shape: '2' }, tags: ADOPTED }),
      nodes: ['a@1 Ready'],
    },
  ],
  [
    'adopted and failed: not replaced',
    {
      spec: [{ ...A, adopt: 'a-id' }],
      inventory: KNOWN,
      looks: queue({ status: 'failed', tags: ADOPTED }),
      nodes: ['a@1 Failed'],
    },
  ],
  [
    'adopted by an earlier release: marked as what was there before',
    {
      spec: [{ ...A, adopt: 'a-id' }],
      inventory: KNOWN,
      looks: queue(),
      nodes: ['a@1 InProgress'],
      steps: ['update a@1: adopted'],
    },
  ],
  [
    'adopted, and the spec says so no more: marked for good',
    { spec: [A], inventory: KNOWN, looks: queue({ tags: ADOPTED }), nodes: ['a@1 Ready'] },
  ],
  [
    'adopted by its record, and the mark lost by hand: marked again',
    {
      spec: [A],
      inventory: [entry('queue', 'a', { adopted: true })],
      looks: queue(),
      nodes: ['a@1 InProgress'],
      steps: ['update a@1: adopted'],
    },
  ],

  [
    'only watched: never changed',
    {
      spec: [{ ...A, role: 'watched' }],
      looks: queue({ tags: NOBODYS, fields: { a: '2' } }),
      nodes: ['a@1 Ready'],
    },
  ],
  [
    'shared: never changed',
    {
      spec: [{ ...A, role: 'shared' }],
      looks: queue({ tags: NOBODYS, fields: { a: '2' } }),
      nodes: ['a@1 Ready'],
    },
  ],
  [
    'on record, made a moment ago and not visible: another of the same tags is not it',
    {
      spec: [A],
      inventory: [entry('queue', 'a', { createdAt: new Date(NOW - 1_000).toISOString() })],
      looks: queue({ id: 'another' }),
      notYet: ['a@1'],
      nodes: ['a@1 Pending'],
    },
  ],
])('%s', (_, { steps = [], nodes, ...planning }) => {
  const plan = planOf(planning);
  expect(shownNodes(plan)).toEqual(nodes);
  expect(shownPlan(plan)).toEqual(steps);
});

const RISKY: NodeSpec = { ...A, fields: { ...A.fields, risky: '1' } };
test.each<readonly [string, Planning, string, string]>([
  ['a field', { spec: [A], looks: queue({ fields: { a: '2', shape: '1' } }) }, 'Low', 'low'],
  ['a field that interrupts', { spec: [RISKY], looks: queue() }, 'High', 'high'],
  ['a replacement', { spec: [A], looks: queue({ fields: { a: '1', shape: '2' } }) }, 'High', 'critical'],
  ['the replacement of what failed', { spec: [A], looks: queue({ status: 'failed' }) }, 'High', 'critical'],
  [
    'the replacement of what loses nothing by it',
    {
      spec: [{ ...A, type: 'sign' }],
      looks: { 'a@1': [found('sign', 'a', { fields: { a: '1', shape: '2' } })] },
    },
    'High',
    'high',
  ],
  [
    'the replacement of what AWS gave up making',
    { spec: [{ ...A, fields: { ...A.fields, 'retry-fixed': 'ready' } }], looks: queue({ status: 'lonely' }) },
    'High',
    'high',
  ],
  [
    'the same with what it is to be besides',
    {
      spec: [{ ...A, fields: { ...A.fields, 'retry-fixed': 'ready' } }],
      looks: queue({ status: 'lonely', fields: { a: '2', shape: '1' } }),
    },
    'High',
    'high',
  ],
  [
    'the same of another shape',
    {
      spec: [{ ...A, fields: { ...A.fields, 'retry-fixed': 'ready' } }],
      looks: queue({ status: 'lonely', fields: { a: '1', shape: '2' } }),
    },
    'High',
    'critical',
  ],
  ['taking up', { spec: [A], looks: queue({ tags: PREVIOUS }) }, 'Low', 'low'],
  ['adopting', { spec: [{ ...A, adopt: 'a-id' }], looks: queue({ tags: NOBODYS }) }, 'Low', 'critical'],
])('risk and consent of %s', (_, planning, risk, consent) => {
  expect(planOf(planning).steps.map(one => [one.risk, one.consent])).toEqual([[risk, consent]]);
});

test.each<[string, Partial<Adaptor>, boolean, string | undefined]>([
  ['nothing', {}, true, undefined],
  ['what is lost, whatever takes its place', { lossOnRemoval: 'letters' }, false, 'letters'],
  [
    'what is interrupted where another one takes its place',
    { interruptionOnReplacement: 'calls' },
    true,
    'calls',
  ],
  ['nothing of that where none does', { interruptionOnReplacement: 'calls' }, false, undefined],
])('who agrees is told %s', (_, of, isReplaced, loss) => {
  expect(lossBy(of as Adaptor, isReplaced)).toEqual(loss === undefined ? {} : { loss });
});

test.each([true, false])('a difference is drift when the spec was applied before: %s', synced => {
  const { steps } = planOf({
    spec: [A],
    inventory: KNOWN,
    looks: queue({ fields: { a: '2', shape: '1' } }),
    synced,
  });
  expect(steps.map(one => one.drift)).toEqual([synced]);
});

test.each([
  ['ready', 'READY', 'InProgress: is to be replaced', true],
  ['being made', 'creating', 'InProgress: is creating', undefined],
  ['not well', 'failed', 'Failed: creation failed', undefined],
])('what waits for another one in its place is told as it is: %s', (_, status, says, usable) => {
  const changed = { ...A, fields: { a: '1', shape: '2' } };
  const looks = status === 'READY' ? queue() : queue({ status: status as 'creating' });
  const [view] = planOf({ spec: [changed], inventory: KNOWN, looks }).nodes;
  expect(`${view?.state}: ${view?.message}`).toBe(says);
  expect(view?.usable).toBe(usable);
});

test('what is ready may have something to tell all the same', () => {
  const adaptor = { readiness: () => ({ is: 'ready', note: 'is slow' }) } as Partial<Adaptor> as Adaptor;
  const view = readinessView({ node: 'a', epoch: 1 }, adaptor, found('queue', 'a'));
  expect(view).toEqual({ node: 'a', epoch: 1, state: 'Ready', note: 'is slow' });
});

describe('messages', () => {
  const message = (planning: Planning) => {
    const [view] = planOf(planning).nodes;
    return `${view?.message ?? ''}${view?.note ?? ''}`;
  };
  test.each<readonly [string, Planning, string]>([
    [
      'conflict',
      { spec: [A], looks: queue({ tags: NOBODYS }) },
      'fake/queue one-a exists and is not this object’s: it has no opta.dev tags',
    ],
    [
      'conflict with what may be adopted',
      { spec: [{ ...A, mayBeAdopted: true }], looks: queue({ tags: NOBODYS }) },
      'It is left alone. To take it into care, set spec.adopt, which an administrator grants',
    ],
    [
      'retained',
      { spec: [A], looks: queue({ tags: RETAINED }) },
      'left it in AWS on purpose. To take it up again, set spec.adopt',
    ],
    [
      'stripped',
      { spec: [A], inventory: KNOWN, looks: queue({ tags: NOBODYS }) },
      "it is on record as this object's: if somebody removed its tags, put them back (opta.dev/installation=",
    ],
    [
      'taken',
      { spec: [{ ...A, adopt: 'a-id' }], looks: queue({ tags: { 'opta.dev/name': 'two' } }) },
      'To adopt it, delete the object that has it with deletionPolicy Retain first',
    ],
    [
      'immutable',
      { spec: [{ ...A, adopt: 'a-id' }], inventory: KNOWN, looks: queue({ fields: { a: '1', shape: '2' } }) },
      'shape cannot be changed in AWS without replacing it, which adoption never does',
    ],
  ])('%s', (_, planning, part) => {
    expect(message(planning)).toContain(part.replaceAll('’', "'"));
  });

  test.each([
    ['another object’s', { 'opta.dev/name': 'two' }],
    ['another cluster’s', { 'opta.dev/cluster': 'c' }],
  ])('nobody is told to take it back where the tags say that it is %s', (_, tags) => {
    const planning = { spec: [A], inventory: KNOWN, looks: queue({ tags }) };
    expect(message(planning)).not.toContain('put them back');
    expect(planOf(planning).nodes).toEqual([expect.not.objectContaining({ lacksTags: true })]);
  });

  test('what merely lacks tags is told apart while it is the one on record', () => {
    const lacks = (inventory: Planning['inventory']) =>
      planOf({
        spec: [A],
        ...(inventory === undefined ? {} : { inventory }),
        looks: queue({ tags: NOBODYS }),
      }).nodes.map(view => view.lacksTags);
    expect([lacks(KNOWN), lacks(undefined)]).toEqual([[true], [undefined]]);
  });
});

describe('a write of a moment ago', () => {
  const DIFFERS = { spec: [A], inventory: KNOWN, looks: queue({ fields: { a: '2', shape: '1' } }) };
  /** Of a process that has been there for long, and did this so many seconds ago. */
  function wroteAgo(s: number, fields: readonly string[], value: unknown, times = 1) {
    const clock = { now: NOW - 3_600_000 };
    const memory = createMemory(() => clock.now);
    clock.now = NOW - s * 1_000;
    for (let turn = 0; turn < times; turn++) memory.wrote('a', 1, fields, value);
    return memory;
  }
  const state = (a: string) => ({ status: 'ready', fields: { a, shape: '1' } });

  test.each<readonly [string, Planning, readonly string[], readonly string[]]>([
    [
      'is not repeated while AWS shows the old value',
      { ...DIFFERS, memory: wroteAgo(59, ['a'], state('1')) },
      [],
      ['a@1 InProgress'],
    ],
    [
      'is repeated when it must be visible',
      { ...DIFFERS, memory: wroteAgo(61, ['a'], state('1')) },
      ['update a@1: a'],
      ['a@1 InProgress'],
    ],
    [
      'covers what the create set',
      { ...DIFFERS, memory: wroteAgo(59, ['*'], state('1')) },
      [],
      ['a@1 InProgress'],
    ],
    [
      'of another field covers nothing',
      { ...DIFFERS, memory: wroteAgo(59, ['b'], state('1')) },
      ['update a@1: a'],
      ['a@1 InProgress'],
    ],
    [
      'of another value is corrected at once',
      { ...DIFFERS, memory: wroteAgo(59, ['a'], state('3')) },
      ['update a@1: a'],
      ['a@1 InProgress'],
    ],
    [
      'is corrected even where AWS still shows what the spec went back to',
      { spec: [A], inventory: KNOWN, looks: queue(), memory: wroteAgo(59, ['a'], state('3')) },
      ['update a@1: a'],
      ['a@1 InProgress'],
    ],
    [
      'that was repeated is given a minute at least',
      {
        spec: [{ ...A, type: 'box' }],
        inventory: [entry('box', 'a')],
        looks: { 'a@1': [found('box', 'a', { fields: { a: '2', shape: '1' } })] },
        memory: wroteAgo(59, ['a'], state('1'), 2),
      },
      [],
      ['a@1 InProgress'],
    ],
  ])('%s', (_, planning, steps, nodes) => {
    const plan = planOf(planning);
    expect(shownPlan(plan)).toEqual(steps);
    expect(shownNodes(plan)).toEqual(nodes);
  });

  test.each<readonly [string, number, Record<string, string>, readonly string[]]>([
    ['are not written again', 59, { team: 'red' }, []],
    ['are written again when they must be visible', 61, { team: 'red' }, ['update a@1: team']],
    ['of another value are corrected at once', 59, { team: 'blue' }, ['update a@1: team']],
  ])('tags %s', (_, s, tags, steps) => {
    const written = { ...ownershipTags(OWNER, 'a', 1), ...tags };
    const planning = { spec: [{ ...A, tags: { team: 'red' } }], inventory: KNOWN, looks: queue() };
    expect(shownPlan(planOf({ ...planning, memory: wroteAgo(s, ['tags'], written) }))).toEqual(steps);
  });

  test.each([
    ['the same', ['{}', '{"fields":{"a":"1","shape":"1"}}'], 'Ready'],
    ['something else', ['{}', '{"fields":{"a":"9","shape":"1"}}'], 'InProgress'],
    ['another tag', ['{"team":"red"}', '{"fields":{"a":"1","shape":"1"}}'], 'InProgress'],
  ])('without an answer, that asked for %s', (_, [tags, desired], state) => {
    const memory = createMemory(() => NOW - 30_000);
    memory.doubted('a', 1, `[${tags},${desired}]`);
    const [view] = planOf({ spec: [A], inventory: KNOWN, looks: queue(), memory }).nodes;
    expect(view?.state).toBe(state);
  });
});

test('of what is somebody else’s a person is told what it is and the way past it, where its name says little', () => {
  const looks = {
    'a@1': [{ ...found('queue', 'a', { ...SAME, tags: NOBODYS }), whenForeign: 'it says x: delete it' }],
  };
  const [view] = planOf({ spec: [A], looks }).nodes;
  expect(view?.message).toMatch(/is not this object's: .*It is left alone\. it says x: delete it$/);
});
