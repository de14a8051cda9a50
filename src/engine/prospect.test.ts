import { expect, test } from 'vitest';
import type { GraphNode, Observations } from './graph.ts';
import { makePlan } from './plan.ts';
import { shortHash } from './short-hash.ts';
import { KNOWN_AFTER_APPLY } from './step.ts';
import { graphOf, type NodeSpec } from './testing/fake-graph.ts';
import { entry, found, inputOf, type Planning, planOf, shownPlan } from './testing/planning.ts';

const KEY: NodeSpec = { id: 'key', type: 'vault', fields: { a: '1' } };
const NET: NodeSpec = { id: 'net', type: 'net', fields: { shape: '1' } };
const GATE: NodeSpec = { id: 'gate', type: 'gate', fields: { shape: '1' }, uses: ['net'] };
const BOX: NodeSpec = { id: 'box', type: 'box', fields: { shape: '1' }, uses: ['gate'] };

const gate = (ref?: string) =>
  found('gate', 'gate', { fields: { shape: '1', ...(ref === undefined ? {} : { 'ref-net': ref }) } });
const box = found('box', 'box', { fields: { shape: '1', 'ref-gate': 'gate-id' } });
const net = (shape: string) => found('net', 'net', { fields: { shape } });

/** A plan says all steps of a change, also those that wait for an id which AWS has not given yet. */
test.each<readonly [string, Planning, readonly string[]]>([
  [
    'a chain of creates',
    { spec: [NET, GATE, BOX] },
    [
      'create net@1',
      'create gate@1 known after apply (waits for net)',
      'create box@1 known after apply (waits for gate)',
    ],
  ],
  [
    'a replacement moves those that use it',
    {
      spec: [NET, GATE, BOX],
      inventory: [entry('net', 'net'), entry('gate', 'gate'), entry('box', 'box')],
      looks: { 'net@1': [net('2')], 'gate@1': [gate('net-id')], 'box@1': [box] },
    },
    ['replace net@1: shape', 'update gate@1: ref-net known after apply (waits for net)'],
  ],
  [
    'and replaces those that cannot be moved',
    {
      spec: [NET, { ...BOX, uses: ['net'] }],
      inventory: [entry('net', 'net'), entry('box', 'box')],
      looks: {
        'net@1': [net('2')],
        'box@1': [found('box', 'box', { fields: { shape: '1', 'ref-net': 'net-id' } })],
      },
    },
    ['replace net@1: shape', 'replace box@1: ref-net known after apply (waits for net)'],
  ],
  [
    'what was lost gets another id',
    {
      spec: [NET, GATE],
      inventory: [entry('net', 'net'), entry('gate', 'gate')],
      looks: { 'gate@1': [gate('net-id')] },
    },
    ['recreate net@1', 'update gate@1: ref-net known after apply (waits for net)'],
  ],
  [
    'a new node is put into one that is there',
    { spec: [NET, GATE], inventory: [entry('gate', 'gate')], looks: { 'gate@1': [gate()] } },
    ['create net@1', 'update gate@1: ref-net known after apply (waits for net)'],
  ],
  [
    'an update moves nobody',
    {
      spec: [{ ...NET, fields: { shape: '1', a: '2' } }, GATE],
      inventory: [entry('net', 'net'), entry('gate', 'gate')],
      looks: { 'net@1': [net('1')], 'gate@1': [gate('net-id')] },
    },
    ['update net@1: a'],
  ],
  [
    'what waits for nothing of this plan is no step',
    {
      spec: [
        { ...KEY, adopt: 'x' },
        { ...GATE, uses: ['key'] },
      ],
      inventory: [entry('gate', 'gate')],
      looks: { 'gate@1': [gate()] },
    },
    [],
  ],
])('%s', (_, planning, steps) => {
  expect(shownPlan(planOf(planning))).toEqual(steps);
});

test.each([
  ['sign', 'high'],
  ['box', 'critical'],
] as const)('a coming replacement asks for what it asks for when it comes: %s, %s', (type, consent) => {
  const user: NodeSpec = { id: type, type, fields: { shape: '1' }, uses: ['net'] };
  const { steps } = planOf({
    spec: [NET, user],
    inventory: [entry('net', 'net'), entry(type, type)],
    looks: {
      'net@1': [net('2')],
      [`${type}@1`]: [found(type, type, { fields: { shape: '1', 'ref-net': 'net-id' } })],
    },
  });
  expect(steps.map(step => [step.node, step.action, step.consent])).toEqual([
    ['net', 'replace', 'critical'],
    [type, 'replace', consent],
  ]);
});

/** The gate wants this once the network is there, which is to be made. */
function planWith(desired: (seen: Observations) => unknown) {
  const parts = { ...graphOf('one', [GATE])[0], desired };
  return makePlan({
    ...inputOf({
      spec: [NET, GATE],
      inventory: [entry('gate', 'gate')],
      looks: { 'gate@1': [gate()] },
    }),
    graph: [...graphOf('one', [NET]), parts as GraphNode],
  });
}

test('a desired state that takes the coming id apart is known after apply', () => {
  const plan = planWith(takesApart);
  expect(shownPlan(plan)).toEqual(['create net@1', 'update gate@1 known after apply (waits for net)']);

  function takesApart(seen: Observations) {
    const id = seen.id('net');
    if (id === undefined) return { waitingFor: 'net', node: 'net' };
    const [, number] = id.split('-');
    if (number === undefined) throw new Error('no number');
    return { fields: { shape: '1', number } };
  }
});

test('a value that hides the coming id is known after apply, and one that has nothing of it is told', () => {
  const plan = planWith(hides);
  expect(plan.steps.at(-1)?.changes.map(({ field, to }) => [field, to])).toEqual([
    ['a', '2'],
    ['policy', KNOWN_AFTER_APPLY],
    ['ref-net', `the ${KNOWN_AFTER_APPLY}`],
  ]);

  function hides(seen: Observations) {
    const id = seen.id('net');
    if (id === undefined) return { waitingFor: 'net', node: 'net' };
    return { fields: { shape: '1', a: '2', policy: shortHash(id), 'ref-net': `the ${id}` } };
  }
});

test('the tags of what waits are told with it', () => {
  const plan = planOf({
    spec: [NET, { ...GATE, tags: { team: 'red' } }],
    inventory: [entry('net', 'net'), entry('gate', 'gate', { keys: ['tag:old'] })],
    looks: {
      'net@1': [net('2')],
      'gate@1': [found('gate', 'gate', { fields: { shape: '1', 'ref-net': 'net-id' }, tags: { old: 'x' } })],
    },
  });
  expect(shownPlan(plan)).toEqual([
    'replace net@1: shape',
    'update gate@1: ref-net, team, -old known after apply (waits for net)',
  ]);
});

test.each<readonly [string, NodeSpec, string, string, string]>([
  ['a move', GATE, 'update', 'Low', 'low'],
  ['a replacement that comes with it', { ...BOX, uses: ['net'] }, 'replace', 'High', 'critical'],
])('risk and consent of %s are told before', (_, user, action, risk, consent) => {
  const there = found(user.type, user.id, { fields: { shape: '1', 'ref-net': 'net-id' } });
  const plan = planOf({
    spec: [NET, user],
    inventory: [entry('net', 'net'), entry(user.type, user.id)],
    looks: { 'net@1': [net('2')], [`${user.id}@1`]: [there] },
  });
  const [, step] = plan.steps;
  expect([step?.action, step?.risk, step?.consent]).toEqual([action, risk, consent]);
});
