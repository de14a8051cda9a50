import { expect, test } from 'vitest';
import { CloudError } from './errors.ts';
import { createMemory } from './memory.ts';
import { makePlan } from './plan.ts';
import type { NodeSpec } from './testing/fake-graph.ts';
import {
  entry,
  found,
  inputOf,
  NOW,
  type Planning,
  planOf,
  shownForgotten,
  shownNodes,
  shownPlan,
} from './testing/planning.ts';

const A: NodeSpec = { id: 'a', type: 'queue', fields: { shape: '1' } };
const B: NodeSpec = { id: 'b', type: 'box', fields: { shape: '1' }, uses: ['a'] };
const NET: NodeSpec = { ...A, type: 'net' };
const STORE: NodeSpec = { ...A, type: 'store' };
const READY = { fields: { shape: '1' } };

/** Settling times of the fake types: net 40 s, queue 60 s. */
const secondsAgo = (s: number) => new Date(NOW - s * 1_000).toISOString();
const begunAgo = (s: number) => ({
  pending: { attempt: '1', at: secondsAgo(s) },
  attempts: 1,
  unmade: true as const,
});

/** A process that began so many seconds ago. */
function watching(s: number) {
  return createMemory(() => NOW - s * 1_000);
}

function removedAgo(s: number) {
  const memory = watching(s);
  memory.removed('a', 1, 'a-id');
  return memory;
}

const HALF_REPLACED = [entry('net', 'a'), entry('net', 'a', { epoch: 2, unmade: true })];
const OLD_NAME = entry('queue', 'a', { unmade: true, name: 'old' });

interface Row extends Planning {
  readonly steps?: readonly string[];
  readonly nodes: readonly string[];
  readonly forgets?: readonly string[];
}

test.each<readonly [string, Row]>([
  ['what was never made is made', { spec: [A], nodes: ['a@1 InProgress'], steps: ['create a@1'] }],
  [
    'what uses it comes after it, as far as it is known',
    {
      spec: [A, B],
      nodes: ['a@1 InProgress', 'b@1 Waiting'],
      steps: ['create a@1', 'create b@1 known after apply (waits for a)'],
    },
  ],
  [
    'what uses something that nobody makes waits without a step',
    { spec: [{ ...A, adopt: 'x' }, B], nodes: ['a@1 Failed', 'b@1 Waiting'] },
  ],
  ['what is to be adopted is never made', { spec: [{ ...A, adopt: 'theirs' }], nodes: ['a@1 Failed'] }],
  [
    'what was adopted and is lost is never made under that name, whoever approves',
    { spec: [{ ...A, adopt: 'theirs' }], inventory: [entry('queue', 'a')], nodes: ['a@1 Failed'] },
  ],
  [
    'nor where it held data',
    { spec: [{ ...STORE, adopt: 'theirs' }], inventory: [entry('store', 'a')], nodes: ['a@1 Lost'] },
  ],
  ['what is only watched is not made', { spec: [{ ...A, role: 'watched' }], nodes: ['a@1 Waiting'] }],
  [
    'what is shared is made if missing',
    { spec: [{ ...A, role: 'shared' }], nodes: ['a@1 InProgress'], steps: ['create a@1'] },
  ],
  [
    'what could not be looked at is not taken for absent',
    { spec: [A], looks: { 'a@1': new CloudError('Transient', 'reset') }, nodes: ['a@1 Failed'] },
  ],

  [
    'begun under a name that the spec gives no more: looked for there while it may have been made',
    { spec: [A], inventory: [OLD_NAME], memory: watching(59), nodes: ['a@1 Pending'] },
  ],
  [
    'and looked for anew under its name of now after that',
    {
      spec: [A],
      inventory: [OLD_NAME],
      memory: watching(61),
      nodes: ['a@1 InProgress'],
      forgets: ['a@1'],
    },
  ],
  [
    'made a moment ago: not yet',
    { spec: [A], inventory: [entry('queue', 'a', { createdAt: secondsAgo(59) })], nodes: ['a@1 Pending'] },
  ],
  [
    'made longer ago than it settles: lost',
    {
      spec: [A],
      inventory: [entry('queue', 'a', { createdAt: secondsAgo(61) })],
      nodes: ['a@1 InProgress'],
      steps: ['recreate a@1'],
    },
  ],
  [
    'lost and holding data, while it waits for something: that it is lost is said first',
    {
      spec: [
        { ...A, id: 'b', adopt: 'x' },
        { ...STORE, uses: ['b'] },
      ],
      inventory: [entry('store', 'a')],
      nodes: ['b@1 Failed', 'a@1 Lost'],
    },
  ],
  [
    'lost with what it needs: one plan has both made anew',
    {
      spec: [
        { ...STORE, id: 'b' },
        { ...STORE, uses: ['b'] },
      ],
      inventory: [entry('store', 'b'), entry('store', 'a')],
      nodes: ['b@1 Lost', 'a@1 Lost'],
      steps: ['recreate b@1', 'recreate a@1 known after apply (waits for b)'],
    },
  ],
  [
    'lost and holding data: waits for a person',
    { spec: [STORE], inventory: [entry('store', 'a')], nodes: ['a@1 Lost'], steps: ['recreate a@1'] },
  ],
  [
    'an open create counts from when this process first saw it: not yet',
    {
      spec: [NET],
      inventory: [entry('net', 'a', begunAgo(999))],
      memory: watching(39),
      nodes: ['a@1 Pending'],
    },
  ],
  [
    'an open create that settled is tried again',
    {
      spec: [NET],
      inventory: [entry('net', 'a', begunAgo(999))],
      memory: (() => {
        const memory = watching(41);
        memory.firstSeen('a', 1, '1');
        return memory;
      })(),
      nodes: ['a@1 InProgress'],
      steps: ['create a@1'],
    },
  ],
  [
    'a create by name that was begun and not answered is repeated at once',
    {
      spec: [A],
      inventory: [entry('queue', 'a', { unmade: true })],
      nodes: ['a@1 InProgress'],
      steps: ['create a@1'],
    },
  ],
  [
    'removed by us and wanted again: the record is forgotten, and it is looked for anew',
    {
      spec: [A],
      inventory: [entry('queue', 'a')],
      memory: removedAgo(100),
      nodes: ['a@1 InProgress'],
      forgets: ['a@1'],
    },
  ],
  [
    'not before an earlier process’s writes have settled',
    { spec: [A], inventory: [entry('queue', 'a')], memory: removedAgo(10), nodes: ['a@1 InProgress'] },
  ],

  [
    'nor while AWS still shows it: a list of a moment ago may',
    {
      spec: [A],
      inventory: [entry('queue', 'a')],
      looks: { 'a@1': [found('queue', 'a', READY)] },
      memory: removedAgo(10),
      nodes: ['a@1 InProgress'],
    },
  ],
  [
    'what is shown after that is there',
    {
      spec: [A],
      inventory: [entry('queue', 'a')],
      looks: { 'a@1': [found('queue', 'a', READY)] },
      memory: removedAgo(100),
      nodes: ['a@1 Ready'],
    },
  ],
  [
    'a new epoch whose name exists once waits for the old one',
    {
      spec: [A],
      inventory: [entry('queue', 'a'), entry('queue', 'a', { epoch: 2, unmade: true })],
      looks: { 'a@1': [found('queue', 'a', { fields: { shape: '2' } })] },
      nodes: ['a@2 InProgress', 'a@1 Deleting'],
      steps: ['create a@2 (waits until the old a is gone)', 'remove a@1'],
    },
  ],
  [
    'a new epoch with a name of its own comes before the old one goes',
    {
      spec: [{ ...A, type: 'box' }],
      inventory: [
        entry('box', 'a', { name: 'one-a-1' }),
        entry('box', 'a', { epoch: 2, name: 'one-a-2', unmade: true }),
      ],
      looks: { 'a@1': [found('box', 'a', { fields: { shape: '2' } })] },
      nodes: ['a@2 InProgress', 'a@1 Deleting'],
      steps: ['create a@2', 'remove a@1 (waits for the new a)'],
    },
  ],
  [
    'a replacement that is not wanted any more and was not begun is forgotten',
    {
      spec: [NET],
      inventory: [entry('net', 'a'), entry('net', 'a', { epoch: 2, unmade: true })],
      looks: { 'a@1': [found('net', 'a', READY)] },
      nodes: ['a@2 InProgress', 'a@1 Pending'],
      forgets: ['a@2'],
    },
  ],
  [
    'but looked for first where it may have been begun',
    {
      spec: [{ ...A, type: 'gate' }],
      inventory: [entry('gate', 'a'), entry('gate', 'a', { epoch: 2, unmade: true })],
      looks: { 'a@1': [found('gate', 'a', READY)] },
      memory: watching(0),
      nodes: ['a@2 Pending', 'a@1 Pending'],
    },
  ],
  [
    'nor made while AWS does not tell of the old one, which may be what the spec went back to',
    {
      spec: [NET],
      inventory: HALF_REPLACED,
      looks: { 'a@1': new CloudError('Throttled', 'slow down') },
      nodes: ['a@2 Pending', 'a@1 Deleting'],
    },
  ],
  [
    'nor while the old one was made a moment ago and is not shown',
    {
      spec: [NET],
      inventory: HALF_REPLACED,
      notYet: ['a@1'],
      nodes: ['a@2 Pending', 'a@1 Deleting'],
    },
  ],
  [
    'nor while AWS is busy with the old one',
    {
      spec: [NET],
      inventory: HALF_REPLACED,
      looks: { 'a@1': [found('net', 'a', { ...READY, status: 'creating' })] },
      nodes: ['a@2 Pending', 'a@1 Pending'],
    },
  ],
  [
    'and called off also where the old one is not well, which another one is no cure for',
    {
      spec: [NET],
      inventory: HALF_REPLACED,
      looks: { 'a@1': [found('net', 'a', { ...READY, status: 'scheduled' })] },
      nodes: ['a@2 InProgress', 'a@1 Pending'],
      forgets: ['a@2'],
    },
  ],
  [
    'but not where the old one failed for good',
    {
      spec: [NET],
      inventory: HALF_REPLACED,
      looks: { 'a@1': [found('net', 'a', { ...READY, status: 'failed' })] },
      nodes: ['a@2 InProgress', 'a@1 Deleting'],
      steps: ['create a@2', 'remove a@1 (waits for the new a)'],
    },
  ],
  [
    'nor where the old one was set aside, and is to go',
    {
      spec: [NET],
      inventory: [entry('net', 'a', { setAside: true }), entry('net', 'a', { epoch: 2, unmade: true })],
      looks: { 'a@1': [found('net', 'a', READY)] },
      nodes: ['a@2 InProgress', 'a@1 Deleting'],
      steps: ['create a@2', 'remove a@1 (waits for the new a)'],
    },
  ],
  [
    'nor where it was made as another type',
    {
      spec: [NET],
      inventory: [entry('box', 'a'), entry('net', 'a', { epoch: 2, unmade: true })],
      looks: { 'a@1': [found('box', 'a', READY)] },
      nodes: ['a@2 InProgress', 'a@1 Deleting'],
      steps: ['create a@2', 'remove a@1 (waits for the new a)'],
    },
  ],
  [
    'nor where it is not what the spec asks for, however busy AWS is with it',
    {
      spec: [NET],
      inventory: HALF_REPLACED,
      looks: { 'a@1': [found('net', 'a', { fields: { shape: '2' }, status: 'creating' })] },
      nodes: ['a@2 InProgress', 'a@1 Deleting'],
      steps: ['create a@2', 'remove a@1 (waits for the new a)'],
    },
  ],
  [
    'a reserved epoch is the one to make when there is no other',
    {
      spec: [{ ...A, type: 'gate' }],
      inventory: [{ node: 'a', epoch: 2, type: 'fake/gate', after: [], attempts: 0 }],
      looks: { 'a@2': [] },
      nodes: ['a@2 InProgress'],
      steps: ['create a@2'],
    },
  ],
  [
    'a reserved epoch is no replacement of the one in use',
    {
      spec: [{ ...A, type: 'gate' }],
      inventory: [entry('gate', 'a'), { node: 'a', epoch: 3, type: 'fake/gate', after: [], attempts: 0 }],
      looks: { 'a@1': [found('gate', 'a', READY)] },
      nodes: ['a@1 Ready'],
    },
  ],
])('%s', (_, { steps = [], nodes, forgets = [], ...planning }) => {
  const plan = planOf(planning);
  expect(shownNodes(plan)).toEqual(nodes);
  expect(shownPlan(plan)).toEqual(steps);
  expect(shownForgotten(plan)).toEqual(forgets);
});

test.each([
  [undefined, { message: 'does not exist yet' }],
  [{ waitingFor: 'role x (spec.admins[0])' }, { message: 'waits for role x (spec.admins[0])' }],
  [
    { waitingFor: 'role x', needsPerson: true },
    { message: 'waits for role x', needsPerson: true },
  ],
] as const)('what is watched and absent is told in the words of its kind: %j', (whenAbsent, expected) => {
  const input = inputOf({ spec: [{ ...A, role: 'watched' }] });
  const graph = input.graph.map(node => (whenAbsent === undefined ? node : { ...node, whenAbsent }));
  const { nodes } = makePlan({ ...input, graph });
  expect(nodes).toEqual([{ node: 'a', epoch: 1, state: 'Waiting', ...expected }]);
});

test.each(['absent', 'present'])('that it waits for a person is told of what is %s', now => {
  const input = inputOf({
    spec: [A],
    looks: now === 'present' ? { 'a@1': [found('queue', 'a', READY)] } : {},
  });
  const desired = () => ({ waitingFor: 'another queue', needsPerson: true }) as const;
  const { nodes } = makePlan({ ...input, graph: input.graph.map(node => ({ ...node, desired })) });
  const message = 'waits for another queue';
  const usable = now === 'present' ? { usable: true } : {};
  expect(nodes).toEqual([{ node: 'a', epoch: 1, state: 'Waiting', message, needsPerson: true, ...usable }]);
});

test('an open create says what came instead of an answer, and nothing of before it began', () => {
  const memory = watching(0);
  const at = { spec: [NET], inventory: [entry('net', 'a', begunAgo(9))], memory };
  const says = () => planOf(at).nodes.map(view => view.message);
  memory.doubted('a', 1, 'x', 'an older 500');
  expect(says()).toEqual([expect.stringMatching(/^create attempt 1 got no answer \(an older 500\);/)]);
  memory.creating('a', 1);
  memory.doubted('a', 1, 'x');
  expect(says()).toEqual([expect.stringMatching(/^create attempt 1 got no answer;/)]);
  memory.doubted('a', 1, 'x', 'AWS answered 503 to RequestCertificate');
  expect(says()).toEqual([
    expect.stringContaining('got no answer (AWS answered 503 to RequestCertificate);'),
  ]);
});

test.each<readonly [string, Planning, string, string, string]>([
  ['a create', { spec: [A] }, 'Low', 'low', 'is to be created'],
  [
    'making anew',
    { spec: [A], inventory: [entry('queue', 'a')] },
    'High',
    'high',
    'was lost and is to be made anew',
  ],
  [
    'making data anew',
    { spec: [STORE], inventory: [entry('store', 'a')] },
    'High',
    'critical',
    'not made anew unapproved',
  ],
])('risk and consent of %s', (_, planning, risk, consent, message) => {
  const { steps, nodes } = planOf(planning);
  expect(steps.map(one => [one.risk, one.consent])).toEqual([[risk, consent]]);
  expect(nodes[0]?.message).toContain(message);
});

test('an adopted resource that does not exist is named', () => {
  expect(planOf({ spec: [{ ...A, adopt: 'theirs' }] }).nodes[0]?.message).toBe(
    'spec.adopt names theirs, which does not exist in AWS: name one that does, or leave spec.adopt out to have one made',
  );
});
