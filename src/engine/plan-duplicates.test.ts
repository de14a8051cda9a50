import { expect, test } from 'vitest';
import type { NodeSpec } from './testing/fake-graph.ts';
import { entry, found, type Planning, planOf, shownNodes, shownPlan } from './testing/planning.ts';

const A: NodeSpec = { id: 'a', type: 'net', fields: { a: '1' } };
const KEY: NodeSpec = { id: 'a', type: 'vault', fields: { a: '1' } };
const first = found('net', 'a', { attempt: '2' });
const second = (of: Parameters<typeof found>[2] = {}) =>
  found('net', 'a', { id: 'second', attempt: '1', ...of });
const KNOWN = [entry('net', 'a', { attempts: 2 })];

interface Row extends Planning {
  readonly steps?: readonly string[];
  readonly nodes?: readonly string[];
  readonly note?: string;
}

/** The one on record stays. The other goes if it is surely one of our own attempts, and holds no data. */
test.each<readonly [string, Row]>([
  ['one alone', { spec: [A], inventory: KNOWN, looks: { 'a@1': [first] } }],
  [
    'an attempt on record',
    {
      spec: [A],
      inventory: KNOWN,
      looks: { 'a@1': [first, second()] },
      steps: ['remove a@1: duplicate[arn:second]'],
    },
  ],
  [
    'not before the id of the other is on record',
    {
      spec: [A],
      inventory: [entry('net', 'a', { unmade: true, attempts: 2 })],
      looks: { 'a@1': [first, second()] },
      steps: ['remove a@1: duplicate[arn:second] (waits until the id of a is recorded)'],
    },
  ],
  [
    'an attempt that is not on record',
    {
      spec: [A],
      inventory: KNOWN,
      looks: { 'a@1': [first, second({ attempt: '3' })] },
      note: 'no attempt to make it is recorded',
    },
  ],
  [
    'one without an attempt',
    {
      spec: [A],
      inventory: KNOWN,
      looks: { 'a@1': [first, found('net', 'a', { id: 'second' })] },
      note: 'no attempt',
    },
  ],
  [
    'one with the attempt of the one on record: one attempt makes one',
    {
      spec: [A],
      inventory: KNOWN,
      looks: { 'a@1': [first, second({ attempt: '2' })] },
      note: 'it is left alone because the attempt in its tags may have made another one',
    },
  ],
  [
    'one with an attempt that may have made the one on record, which has lost its own',
    {
      spec: [A],
      inventory: KNOWN,
      looks: { 'a@1': [found('net', 'a'), second()] },
      note: 'it is left alone because the attempt in its tags may have made another one',
    },
  ],
  [
    'one with the only attempt that is on record, whatever the one on record says',
    {
      spec: [A],
      inventory: [entry('net', 'a', { attempts: 1 })],
      looks: { 'a@1': [first, second()] },
      note: 'it is left alone because the attempt in its tags may have made another one',
    },
  ],
  [
    'one that may hold data',
    {
      spec: [KEY],
      inventory: [entry('vault', 'a', { attempts: 2 })],
      looks: {
        'a@1': [found('vault', 'a', { attempt: '2' }), found('vault', 'a', { id: 'second', attempt: '1' })],
      },
      note: 'arn:second is a second one; it is left alone because it may hold data',
    },
  ],
  [
    'one that is pending deletion',
    {
      spec: [KEY],
      inventory: [entry('vault', 'a', { attempts: 2 })],
      looks: {
        'a@1': [
          found('vault', 'a', { attempt: '2' }),
          found('vault', 'a', { id: 'second', status: 'scheduled' }),
        ],
      },
    },
  ],
  [
    'one of somebody else',
    {
      spec: [A],
      inventory: KNOWN,
      looks: { 'a@1': [first, second({ tags: { 'opta.dev/uid': 'uid-before' } })] },
      note: 'is not this object’s',
    },
  ],
  [
    'beside a change of the one that stays',
    {
      spec: [{ ...A, fields: { a: '2' } }],
      inventory: KNOWN,
      looks: { 'a@1': [first, second()] },
      steps: ['update a@1: a', 'remove a@1: duplicate[arn:second]'],
      nodes: ['a@1 InProgress'],
    },
  ],
  [
    'does not hold up those that use the one that stays',
    {
      spec: [A, { id: 'b', type: 'box', fields: {}, uses: ['a'] }],
      inventory: KNOWN,
      looks: { 'a@1': [first, second()] },
      steps: ['remove a@1: duplicate[arn:second]', 'create b@1'],
      nodes: ['a@1 Ready', 'b@1 InProgress'],
    },
  ],
])('%s', (_, { steps = [], nodes = ['a@1 Ready'], note, ...planning }) => {
  const plan = planOf(planning);
  expect(shownPlan(plan)).toEqual(steps);
  expect(shownNodes(plan)).toEqual(nodes);
  if (note === undefined) expect(plan.nodes[0]?.note).toBeUndefined();
  else expect(plan.nodes[0]?.message).toContain(note.replaceAll('’', "'"));
  for (const step of plan.steps.filter(one => one.duplicate === true)) {
    expect([step.found?.id, step.risk, step.consent]).toEqual(['second', 'High', 'high']);
  }
});
