import { describe, expect, test } from 'vitest';
import { CloudError } from './errors.ts';
import { createMemory } from './memory.ts';
import type { NodeSpec } from './testing/fake-graph.ts';
import {
  entry,
  found,
  LONG_AGO,
  NOW,
  type Planning,
  planOf,
  shownForgotten,
  shownNodes,
  shownPlan,
} from './testing/planning.ts';

const SAME = { fields: { shape: '1' } };
const NET: NodeSpec = { id: 'net', type: 'net', fields: { shape: '1' } };
const BOX: NodeSpec = { id: 'box', type: 'box', fields: { shape: '1' } };
const USER: NodeSpec = { ...BOX, uses: ['net'] };
const KEY: NodeSpec = { id: 'key', type: 'vault', fields: { a: '1' } };

const NET_ENTRY = entry('net', 'net');
const BOX_ENTRY = entry('box', 'box', { after: ['net'] });
const net = (of: Parameters<typeof found>[2] = {}) => ({
  'net@1': [found('net', 'net', { ...SAME, ...of })],
});
const box = (of: Parameters<typeof found>[2] = {}) => ({
  'box@1': [found('box', 'box', { ...SAME, ...of })],
});
const BOTH = { inventory: [NET_ENTRY, BOX_ENTRY], looks: { ...net(), ...box() } };

/** A process that removed it long ago. */
function removed(node: string) {
  const memory = createMemory(() => Date.parse(LONG_AGO));
  memory.removed(node, 1, `${node}-id`);
  return memory;
}

const secondsAgo = (s: number) => new Date(NOW - s * 1_000).toISOString();

interface Row extends Planning {
  readonly steps?: readonly string[];
  readonly nodes?: readonly string[];
  readonly forgets?: readonly string[];
}

function check({ steps = [], nodes = [], forgets = [], ...planning }: Row): void {
  const plan = planOf(planning);
  expect(shownPlan(plan)).toEqual(steps);
  expect(shownNodes(plan)).toEqual(nodes);
  expect(shownForgotten(plan)).toEqual(forgets);
}

test('what goes before another one without being made after it holds that up, though it was not on record', () => {
  check({
    spec: [NET, { ...BOX, goesBefore: ['net'] }],
    deletion: 'Remove',
    inventory: [NET_ENTRY, entry('box', 'box')],
    looks: { ...net(), ...box() },
    steps: ['remove net@1 (used by box)', 'remove box@1'],
    nodes: ['net@1 Deleting', 'box@1 Deleting'],
  });
});

describe('a node that left the graph', () => {
  test.each<readonly [string, Row]>([
    [
      'is removed',
      { spec: [], inventory: [NET_ENTRY], looks: net(), steps: ['remove net@1'], nodes: ['net@1 Deleting'] },
    ],
    ['is forgotten once it is gone', { spec: [], inventory: [NET_ENTRY], forgets: ['net@1'] }],
    [
      'users first',
      {
        spec: [],
        ...BOTH,
        steps: ['remove net@1 (used by box)', 'remove box@1'],
        nodes: ['net@1 Deleting', 'box@1 Deleting'],
      },
    ],
    [
      'users first, in any order of the record',
      {
        spec: [KEY],
        inventory: [entry('vault', 'key'), entry('gate', 'gate', { after: ['net'] }), NET_ENTRY],
        looks: { 'key@1': [found('vault', 'key')], 'gate@1': [found('gate', 'gate')], ...net() },
        steps: ['remove gate@1', 'remove net@1 (used by gate)'],
        nodes: ['key@1 Ready', 'gate@1 Deleting', 'net@1 Deleting'],
      },
    ],
    [
      'once its user was changed to do without it',
      { spec: [BOX], ...BOTH, steps: ['remove net@1'], nodes: ['box@1 Ready', 'net@1 Deleting'] },
    ],
    [
      'not before: the user is not yet as it should be',
      {
        spec: [{ ...BOX, fields: { shape: '1', a: '2' } }],
        ...BOTH,
        steps: ['update box@1: a', 'remove net@1 (used by box)'],
        nodes: ['box@1 InProgress', 'net@1 Deleting'],
      },
    ],
    [
      'not before an earlier process’s change of the user is sure to be read',
      {
        spec: [BOX],
        ...BOTH,
        memory: createMemory(() => NOW),
        steps: ['remove net@1 (used by box)'],
        nodes: ['box@1 Ready', 'net@1 Deleting'],
      },
    ],
    [
      'and waits for no user that was never made: somebody else has its name',
      {
        spec: [BOX],
        inventory: [NET_ENTRY, entry('box', 'box', { unmade: true, after: ['net'] })],
        looks: { ...net(), ...box({ tags: { 'opta.dev/name': 'x' } }) },
        steps: ['remove net@1'],
        nodes: ['box@1 Conflict', 'net@1 Deleting'],
      },
    ],
    [
      'or it waits for something else',
      {
        spec: [
          { ...KEY, role: 'watched' },
          { ...BOX, uses: ['key'] },
        ],
        inventory: [NET_ENTRY, entry('box', 'box', { unmade: true, after: ['net'] })],
        looks: net(),
        memory: createMemory(() => Date.parse(LONG_AGO)),
        steps: ['remove net@1'],
        nodes: ['key@1 Waiting', 'box@1 Waiting', 'net@1 Deleting'],
      },
    ],
    [
      'but for one that may have been made',
      {
        spec: [
          { ...KEY, role: 'watched' },
          { ...BOX, uses: ['key'] },
        ],
        inventory: [NET_ENTRY, entry('box', 'box', { unmade: true, after: ['net'] })],
        looks: net(),
        memory: createMemory(() => NOW),
        steps: ['remove net@1 (used by box)'],
        nodes: ['key@1 Waiting', 'box@1 Waiting', 'net@1 Deleting'],
      },
    ],
    [
      'neither waits where two specs in turn asked for opposite orders',
      {
        spec: [],
        inventory: [{ ...NET_ENTRY, after: ['box'] }, BOX_ENTRY],
        looks: { ...net(), ...box() },
        steps: ['remove net@1', 'remove box@1'],
        nodes: ['net@1 Deleting', 'box@1 Deleting'],
      },
    ],
    [
      'that could not be looked at is neither removed nor forgotten',
      {
        spec: [],
        inventory: [NET_ENTRY],
        looks: { 'net@1': new CloudError('Transient', 'reset') },
        nodes: ['net@1 Deleting'],
      },
    ],
    [
      'that somebody else has by now is forgotten',
      {
        spec: [],
        inventory: [NET_ENTRY],
        looks: net({ tags: { 'opta.dev/name': 'x' } }),
        forgets: ['net@1'],
      },
    ],
    [
      'that lost its tags by hand is not forgotten, and what it uses stays: there is no telling who uses it',
      {
        spec: [],
        ...BOTH,
        looks: { ...net(), 'box@1': [{ ...found('box', 'box', SAME), tags: { team: 'x' } }] },
        steps: ['remove net@1 (used by box)'],
        nodes: ['net@1 Deleting', 'box@1 Conflict'],
      },
    ],
    [
      'nor one that belongs to another cluster',
      {
        spec: [],
        inventory: [NET_ENTRY],
        looks: net({ tags: { 'opta.dev/cluster': 'another' } }),
        nodes: ['net@1 Conflict'],
      },
    ],
    [
      'but for one of which a person says that it is to stay',
      {
        spec: [],
        inventory: [NET_ENTRY],
        looks: { 'net@1': [{ ...found('net', 'net', SAME), tags: { 'opta.dev/retained': 'yes' } }] },
        forgets: ['net@1'],
      },
    ],
    [
      'that was kept by a deleted object is forgotten',
      {
        spec: [],
        inventory: [NET_ENTRY],
        looks: net({ tags: { 'opta.dev/retained': '2025' } }),
        forgets: ['net@1'],
      },
    ],
    [
      'that is another epoch’s is forgotten',
      { spec: [], inventory: [NET_ENTRY], looks: net({ id: 'net-2', epoch: 2 }), forgets: ['net@1'] },
    ],
    [
      'whose epoch was changed by hand is removed all the same: its id is on record',
      {
        spec: [],
        inventory: [NET_ENTRY],
        looks: net({ epoch: 2 }),
        steps: ['remove net@1'],
        nodes: ['net@1 Deleting'],
      },
    ],
    [
      'that is ours from before is taken up first',
      {
        spec: [],
        inventory: [NET_ENTRY],
        looks: net({ tags: { 'opta.dev/uid': 'uid-before' } }),
        steps: ['take up net@1: uid, cluster'],
        nodes: ['net@1 Deleting'],
      },
    ],
    [
      'whose tags are not visible yet is not forgotten',
      {
        spec: [],
        inventory: [{ ...NET_ENTRY, createdAt: secondsAgo(5) }],
        looks: net({ tags: { 'opta.dev/installation': undefined } }),
        nodes: ['net@1 Deleting'],
      },
    ],
    [
      'whose create was begun a moment ago, and that shows no tags yet, is not forgotten',
      {
        spec: [],
        inventory: [entry('queue', 'net', { unmade: true })],
        looks: { 'net@1': [{ ...found('queue', 'net'), tags: {} }] },
        nodes: ['net@1 Deleting'],
      },
    ],
    [
      'whose name another tool has is forgotten',
      {
        spec: [],
        inventory: [entry('queue', 'net', { unmade: true })],
        looks: { 'net@1': [{ ...found('queue', 'net'), tags: { team: 'red' } }] },
        forgets: ['net@1'],
      },
    ],
    [
      'and is pending deletion is forgotten',
      {
        spec: [],
        inventory: [entry('vault', 'key')],
        looks: { 'key@1': [found('vault', 'key', { status: 'scheduled' })] },
        forgets: ['key@1'],
      },
    ],
    [
      'and is not visible yet waits, whatever else carries its tags',
      {
        spec: [],
        inventory: [{ ...NET_ENTRY, createdAt: secondsAgo(5) }],
        looks: net({ id: 'ghost' }),
        notYet: ['net@1'],
        nodes: ['net@1 Deleting'],
      },
    ],
    [
      'with all that carries its tags',
      {
        spec: [],
        inventory: [{ ...NET_ENTRY, attempts: 2 }],
        looks: {
          'net@1': [
            found('net', 'net', { attempt: '2' }),
            found('net', 'net', { id: 'second', attempt: '1' }),
          ],
        },
        steps: ['remove net@1', 'remove net@1'],
        nodes: ['net@1 Deleting'],
      },
    ],
    [
      'but for what bears a copy of them, which a person is told of once the other is gone',
      {
        spec: [],
        inventory: [{ ...NET_ENTRY, attempts: 1, state: 'Deleting' }],
        looks: { 'net@1': [found('net', 'net', { id: 'second', attempt: '1' })] },
        nodes: ['net@1 Conflict'],
      },
    ],
    ...(['Kept', 'Conflict'] as const).map((state): readonly [string, Row] => [
      `nor is such a copy taken for the one on record, which is gone, where that was ${state}`,
      {
        spec: [],
        inventory: [{ ...NET_ENTRY, attempts: 1, state }],
        looks: { 'net@1': [found('net', 'net', { id: 'second', attempt: '1' })] },
        nodes: ['net@1 Conflict'],
      },
    ]),
    [
      'nor where it is as good as gone',
      {
        spec: [],
        inventory: [entry('vault', 'key', { attempts: 1 })],
        looks: {
          'key@1': [
            found('vault', 'key', { attempt: '1', status: 'scheduled' }),
            found('vault', 'key', { id: 'second', attempt: '1' }),
          ],
        },
        nodes: ['key@1 Conflict'],
      },
    ],
    [
      'nor one that bears the attempt of what is as good as gone',
      {
        spec: [],
        inventory: [entry('vault', 'key', { attempts: 2 })],
        looks: {
          'key@1': [
            found('vault', 'key', { attempt: '2', status: 'scheduled' }),
            found('vault', 'key', { id: 'second', attempt: '2' }),
          ],
        },
        nodes: ['key@1 Conflict'],
      },
    ],
    [
      'with what an earlier object of the name made in another epoch: its attempts are on no record',
      {
        spec: [],
        inventory: [NET_ENTRY],
        looks: {
          'net@1': [
            found('net', 'net'),
            found('net', 'net', { id: 'old', epoch: 2, tags: { 'opta.dev/uid': 'uid-before' } }),
          ],
        },
        steps: ['remove net@1', 'take up net@1: uid, cluster'],
        nodes: ['net@1 Deleting'],
      },
    ],
    [
      'nor is that removed after a lost answer',
      {
        spec: [],
        inventory: [{ ...NET_ENTRY, attempts: 2 }],
        looks: {
          'net@1': [
            found('net', 'net', { attempt: '2' }),
            found('net', 'net', { id: 'second', attempt: '2' }),
            found('net', 'net', { id: 'third' }),
          ],
        },
        steps: ['remove net@1'],
        nodes: ['net@1 Deleting'],
      },
    ],
    [
      'also once the one on record is gone: two attempts may have made two',
      {
        spec: [],
        inventory: [{ ...NET_ENTRY, attempts: 2, state: 'Deleting' }],
        looks: { 'net@1': [found('net', 'net', { id: 'second', attempt: '1' })] },
        steps: ['remove net@1'],
        nodes: ['net@1 Deleting'],
      },
    ],
    [
      'and leads to it where somebody wrote another id into the status',
      {
        spec: [],
        inventory: [{ ...NET_ENTRY, attempts: 1, id: 'forged' }],
        looks: { 'net@1': [found('net', 'net', { attempt: '1' })] },
        steps: ['remove net@1'],
        nodes: ['net@1 Deleting'],
      },
    ],
    [
      'and is only reserved is no node',
      { spec: [], inventory: [{ node: 'a', epoch: 2, type: 'fake/gate', after: [], attempts: 0 }] },
    ],
  ])('%s', (_, row) => check(row));

  test.each<readonly [string, NodeSpec['type'], string]>([
    ['what holds no data', 'net', 'high'],
    ['what holds data', 'vault', 'critical'],
    ['what would be made again without what was in it', 'mailbox', 'critical'],
  ])('consent for the removal of %s', (_, type, consent) => {
    const plan = planOf({ spec: [], inventory: [entry(type, 'a')], looks: { 'a@1': [found(type, 'a')] } });
    expect(plan.steps.map(one => [one.risk, one.consent, one.replaced])).toEqual([
      ['High', consent, undefined],
    ]);
  });

  test('consent for the removal of what was not on record when it was found', () => {
    const inventory = [entry('net', 'a', { stray: true })];
    const plan = planOf({ spec: [], inventory, looks: { 'a@1': [found('net', 'a')] } });
    expect(plan.steps.map(one => one.consent)).toEqual(['critical']);
  });
});

describe('gone, or not visible yet', () => {
  function process(ageS: number, of: { removed?: true; shown?: true; doubtAgoS?: number } = {}) {
    const clock = { now: NOW - ageS * 1_000 };
    const memory = createMemory(() => clock.now);
    if (of.doubtAgoS !== undefined) {
      clock.now = NOW - of.doubtAgoS * 1_000;
      memory.doubted('net', 1, 'x');
    }
    if (of.shown === true) memory.looked('net', 1, true);
    if (of.removed === true) memory.removed('net', 1, 'net-id');
    memory.firstSeen('net', 1, '1');
    clock.now = NOW;
    return memory;
  }
  const made = (s: number) => [{ ...NET_ENTRY, createdAt: secondsAgo(s) }];
  const open = [
    entry('net', 'net', { unmade: true, attempts: 1, pending: { attempt: '1', at: secondsAgo(999) } }),
  ];

  /** A net settles in 40 s. */
  test.each<readonly [string, 'gone' | 'waits', Planning['inventory'], Planning['memory']]>([
    ['made long ago', 'gone', made(999), process(999)],
    ['made a moment ago', 'waits', made(39), process(999)],
    ['made before it must be visible, and shown', 'gone', made(41), process(999, { shown: true })],
    ['made before it must be visible, and not shown yet', 'waits', made(41), process(999)],
    ['made before the slowest is visible, and never shown', 'gone', made(600), process(999)],
    ['made long ago, and the process is new', 'waits', made(999), process(39)],
    ['made a moment ago and removed by us', 'gone', made(39), process(999, { removed: true })],
    ['and an earlier answer was lost', 'waits', made(39), process(999, { removed: true, doubtAgoS: 39 })],
    ['or was lost long ago', 'gone', made(39), process(999, { removed: true, doubtAgoS: 41 })],
    ['begun, seen a moment ago', 'waits', open, process(39)],
    ['begun, seen long ago', 'gone', open, process(41)],
    ['never begun', 'gone', [entry('net', 'net', { unmade: true })], process(0)],
    ['refused', 'waits', [entry('net', 'net', { unmade: true, attempts: 1 })], process(0)],
    ['reserved by name and perhaps made', 'waits', [entry('box', 'net', { unmade: true })], process(0)],
  ])('%s: %s', (_, is, inventory, memory) => {
    const plan = planOf({ spec: [], ...(inventory ? { inventory } : {}), ...(memory ? { memory } : {}) });
    expect([shownNodes(plan), shownForgotten(plan)]).toEqual(
      is === 'gone' ? [[], ['net@1']] : [['net@1 Deleting'], []],
    );
  });

  /** A key settles in 60 s. */
  test.each<readonly [string, 'gone' | 'waits', Planning['memory']]>([
    ['by somebody, long before this process', 'gone', process(61)],
    ['by somebody, while an earlier process may have brought it back', 'waits', process(59)],
    ['by us', 'gone', process(59, { removed: true })],
    [
      'by us, and the answer to an earlier write was lost',
      'waits',
      process(999, { removed: true, doubtAgoS: 59 }),
    ],
  ])('scheduled for deletion %s: %s', (_, is, memory) => {
    const plan = planOf({
      spec: [],
      inventory: [entry('vault', 'net')],
      looks: { 'net@1': [found('vault', 'net', { status: 'scheduled' })] },
      ...(memory ? { memory } : {}),
    });
    expect(shownForgotten(plan)).toEqual(is === 'gone' ? ['net@1'] : []);
    expect(shownPlan(plan)).toEqual([]);
  });

  test.each<readonly [string, NodeSpec, Planning['inventory']]>([
    ['that goes before it', { ...USER, goesBefore: ['net'] }, []],
    [
      'of which another one was made',
      USER,
      [entry('net', 'net', { unmade: true }), entry('net', 'net', { epoch: 2, id: 'gone' })],
    ],
  ])('what comes after an intent that was never begun may have been made: %s', (_, user, nets = []) => {
    const inventory = [entry('box', 'box', { unmade: true, after: ['net'] }), ...nets];
    const plan = planOf({ spec: [NET, user], inventory, deletion: 'Remove', memory: process(0) });
    expect(shownNodes(plan)).toContain('box@1 Deleting');
  });

  test('what comes after an intent that was never begun was not made either', () => {
    const inventory = [entry('box', 'box', { unmade: true, after: ['net'] })];
    const plan = planOf({
      spec: [USER, NET].toReversed(),
      inventory,
      deletion: 'Remove',
      memory: process(0),
    });
    expect(shownForgotten(plan)).toEqual(['box@1', 'net@1']);
  });
});

describe('of an object whose creates wait for a yes until it is deleted', () => {
  const box = { spec: [BOX], deletion: 'Remove' } as const;
  const alone = () => {
    const memory = createMemory(() => NOW);
    memory.beginsAlone();
    return memory;
  };

  test('nothing is waited for where surely no create was sent', () => {
    expect(shownForgotten(planOf({ ...box, memory: alone() }))).toEqual(['box@1']);
  });

  test('what an earlier process may have begun is waited for, and not said to have been created', () => {
    const plan = planOf({ ...box, memory: createMemory(() => NOW) });
    expect(shownForgotten(plan)).toEqual([]);
    expect(plan.nodes.map(one => one.message)).toEqual([
      'not visible in AWS; it may have been created a moment ago, so it counts as gone only if it stays invisible',
    ]);
  });

  test('what was begun is waited for, and so is what a later spec asks for in its place', () => {
    const memory = alone();
    memory.creating('box', 2);
    expect(shownForgotten(planOf({ ...box, memory }))).toEqual([]);
  });
});

test('what an earlier spec put after such an intent was made all the same, if its create was not answered', () => {
  const memory = createMemory(() => NOW);
  memory.doubted('box', 1, 'x');
  const inventory = [entry('box', 'box', { unmade: true, after: ['net'] })];
  const plan = planOf({ spec: [NET], inventory, memory });
  expect([shownNodes(plan), shownForgotten(plan)]).toEqual([['net@1 InProgress', 'box@1 Deleting'], []]);
});

describe('what stays only for something else', () => {
  const LIVELY: NodeSpec = { ...BOX, keepOnDelete: 'worth it' };
  const begun = (of: object = {}) => [
    NET_ENTRY,
    entry('box', 'box', { unmade: true, after: ['net'], ...of }),
  ];

  test.each<readonly [string, Row]>([
    [
      'is not marked before it is known whether that was made',
      {
        spec: [LIVELY],
        inventory: begun({ createdAt: secondsAgo(1) }),
        looks: net(),
        deletion: 'Remove',
        nodes: ['net@1 Deleting', 'box@1 Deleting'],
      },
    ],
    [
      'nor where that is not shown any more',
      {
        spec: [LIVELY],
        inventory: [NET_ENTRY, { ...BOX_ENTRY, createdAt: secondsAgo(1) }],
        looks: net(),
        deletion: 'Remove',
        nodes: ['net@1 Deleting', 'box@1 Deleting'],
      },
    ],
    [
      'stays where it was',
      {
        spec: [LIVELY],
        inventory: begun({ createdAt: secondsAgo(1) }),
        looks: { ...net(), ...box() },
        deletion: 'Remove',
        steps: ['retain net@1: retained, uid, cluster', 'retain box@1: retained, uid, cluster'],
        nodes: ['net@1 Kept', 'box@1 Kept'],
      },
    ],
  ])('%s', (_, row) => check(row));
});

describe('what AWS was asked to remove', () => {
  const removedAgo = (s: number) => {
    const clock = { now: NOW - 999_000 };
    const memory = createMemory(() => clock.now);
    clock.now = NOW - s * 1_000;
    memory.removed('net', 1, 'net-id');
    return memory;
  };
  test.each([
    ['is not asked for again at once', removedAgo(14), []],
    ['is asked for again when AWS still has it', removedAgo(15), ['remove net@1']],
  ])('%s', (_, memory, steps) => {
    const plan = planOf({ spec: [], inventory: [NET_ENTRY], looks: net(), memory });
    expect(shownPlan(plan)).toEqual(steps);
    expect(shownNodes(plan)).toEqual(['net@1 Deleting']);
  });
});

describe('the old epoch of a replaced node', () => {
  const old = entry('net', 'net');
  const fresh = entry('net', 'net', { epoch: 2, id: 'new-id' });
  const after = { 'net@2': [found('net', 'net', { ...SAME, epoch: 2, id: 'new-id' })] };
  const before = net({ fields: { shape: '2' } });
  const uses = (id: string) => found('box', 'box', { fields: { shape: '1', 'ref-net': id } });

  test.each<readonly [string, Row]>([
    [
      'goes when the new one is ready',
      {
        spec: [NET],
        inventory: [old, fresh],
        looks: { ...before, ...after },
        steps: ['remove net@1'],
        nodes: ['net@2 Ready', 'net@1 Deleting'],
      },
    ],
    [
      'is gone, and what bears a copy of its tags is not taken for it',
      {
        spec: [NET],
        inventory: [{ ...old, attempts: 1, state: 'Conflict' }, fresh],
        looks: { ...net({ id: 'second', attempt: '1' }), ...after },
        nodes: ['net@2 Ready', 'net@1 Conflict'],
      },
    ],
    [
      'waits for the new one',
      {
        spec: [NET],
        inventory: [old, fresh],
        looks: {
          ...before,
          'net@2': [found('net', 'net', { ...SAME, epoch: 2, id: 'new-id', status: 'creating' })],
        },
        steps: ['remove net@1 (waits for the new net)'],
        nodes: ['net@2 InProgress', 'net@1 Deleting'],
      },
    ],
    [
      'waits for its users to move',
      {
        spec: [NET, { ...USER, type: 'gate', id: 'box' }],
        inventory: [old, fresh, entry('gate', 'box', { after: ['net'] })],
        looks: {
          ...before,
          ...after,
          'box@1': [found('gate', 'box', { fields: { shape: '1', 'ref-net': 'net-id' } })],
        },
        steps: ['update box@1: ref-net', 'remove net@1 (used by box)'],
        nodes: ['net@2 Ready', 'box@1 InProgress', 'net@1 Deleting'],
      },
    ],
    [
      'waits for its users also where another epoch of theirs is reserved',
      {
        spec: [NET, { ...USER, type: 'gate', id: 'box' }],
        inventory: [
          old,
          fresh,
          entry('gate', 'box', { after: ['net'] }),
          entry('gate', 'box', { epoch: 2, unmade: true, attempts: 0 }),
        ],
        looks: {
          ...before,
          ...after,
          'box@1': [found('gate', 'box', { fields: { shape: '1', 'ref-net': 'net-id' } })],
        },
        steps: ['update box@1: ref-net', 'remove net@1 (used by box)'],
        nodes: ['net@2 Ready', 'box@1 InProgress', 'net@1 Deleting'],
      },
    ],
    [
      'does not wait for one that never used it',
      {
        spec: [NET, USER],
        inventory: [old, fresh, entry('box', 'box')],
        looks: { ...before, ...after, 'box@1': [uses('')] },
        steps: ['replace box@1: ref-net', 'remove net@1'],
        nodes: ['net@2 Ready', 'box@1 InProgress', 'net@1 Deleting'],
      },
    ],
    [
      'goes first where its name exists once',
      {
        spec: [
          { ...NET, type: 'queue' },
          { ...USER, type: 'gate', id: 'box' },
        ],
        inventory: [
          entry('queue', 'net'),
          entry('queue', 'net', { epoch: 2, unmade: true }),
          entry('gate', 'box', { after: ['net'] }),
        ],
        looks: {
          'net@1': [found('queue', 'net', { fields: { shape: '2' } })],
          'box@1': [found('gate', 'box', { fields: { shape: '1', 'ref-net': 'net-id' } })],
        },
        steps: [
          'create net@2 (waits until the old net is gone)',
          'update box@1: ref-net known after apply (waits for net)',
          'remove net@1',
        ],
        nodes: ['net@2 InProgress', 'box@1 Waiting', 'net@1 Deleting'],
      },
    ],
  ])('%s', (_, row) => check(row));

  test.each<readonly [string, NodeSpec['type'], Parameters<typeof found>[2], string]>([
    ['what may serve', 'net', {}, 'critical'],
    ['what failed in a way that passes', 'net', { status: 'scheduled' }, 'critical'],
    ['what failed for good', 'net', { status: 'failed' }, 'high'],
    ['what is replaced unasked', 'sign', {}, 'high'],
  ])('consent for the removal of %s', (_, type, of, consent) => {
    const other = { fields: { shape: '2' }, ...of };
    const plan = planOf({
      spec: [{ ...NET, type }],
      inventory: [entry(type, 'net'), entry(type, 'net', { epoch: 2, id: 'new-id' })],
      looks: {
        'net@1': [found(type, 'net', other)],
        'net@2': [found(type, 'net', { ...SAME, epoch: 2, id: 'new-id' })],
      },
    });
    expect(plan.steps.map(one => [one.action, one.epoch, one.consent])).toEqual([['remove', 1, consent]]);
    expect(plan.steps[0]?.replaced).toBe(true);
  });

  test('consent for the removal of what AWS gave up making', () => {
    const fields = { a: '1', shape: '1', 'retry-fixed': 'ready' };
    const plan = planOf({
      spec: [{ ...NET, type: 'queue', fields }],
      inventory: [entry('queue', 'net'), entry('queue', 'net', { epoch: 2, unmade: true })],
      looks: { 'net@1': [found('queue', 'net', { status: 'lonely', fields: { a: '1', shape: '1' } })] },
    });
    expect(plan.steps.map(one => [one.action, one.epoch, one.consent])).toContainEqual(['remove', 1, 'high']);
  });
});

describe('an object that is deleted', () => {
  const SPEC = [NET, USER];
  const KEPT = [{ ...NET, keepOnDelete: 'worth it' }, USER];
  const RETAINED = { 'opta.dev/retained': '2026' };
  const ELSEWHERE = { tags: { 'opta.dev/cluster': 'another', 'opta.dev/uid': 'uid-there' } };
  test.each<readonly [string, Row]>([
    [
      'Remove: users first',
      {
        spec: SPEC,
        ...BOTH,
        deletion: 'Remove',
        steps: ['remove net@1 (used by box)', 'remove box@1'],
        nodes: ['net@1 Deleting', 'box@1 Deleting'],
      },
    ],
    [
      'Remove: what is worth it is marked and kept',
      {
        spec: KEPT,
        ...BOTH,
        deletion: 'Remove',
        steps: ['retain net@1: retained, uid, cluster', 'remove box@1'],
        nodes: ['net@1 Kept', 'box@1 Deleting'],
      },
    ],
    [
      'Remove: and what it uses',
      {
        spec: [NET, { ...USER, keepOnDelete: 'worth it' }],
        ...BOTH,
        deletion: 'Remove',
        steps: ['retain net@1: retained, uid, cluster', 'retain box@1: retained, uid, cluster'],
        nodes: ['net@1 Kept', 'box@1 Kept'],
      },
    ],
    [
      'Retain: everything is marked and kept',
      {
        spec: SPEC,
        ...BOTH,
        deletion: 'Retain',
        steps: ['retain net@1: retained, uid, cluster', 'retain box@1: retained, uid, cluster'],
        nodes: ['net@1 Kept', 'box@1 Kept'],
      },
    ],
    [
      'Retain: once',
      {
        spec: [NET],
        inventory: [NET_ENTRY],
        looks: net({ tags: RETAINED }),
        deletion: 'Retain',
        nodes: ['net@1 Kept'],
      },
    ],
    [
      'Remove: not what it once retained',
      {
        spec: [NET],
        inventory: [NET_ENTRY],
        looks: net({ tags: RETAINED }),
        deletion: 'Remove',
        nodes: ['net@1 Kept'],
      },
    ],
    [
      'what it retained is its own, whatever id somebody wrote into the status, and what that uses stays',
      {
        spec: [{ ...NET, id: 'top', keepOnDelete: 'worth it' }],
        inventory: [
          NET_ENTRY,
          entry('net', 'top', { id: 'forged', after: ['net'], attempts: 1, state: 'Kept' }),
        ],
        looks: { ...net(), 'top@1': [found('net', 'top', { attempt: '1', tags: RETAINED })] },
        deletion: 'Remove',
        steps: ['retain net@1: retained, uid, cluster'],
        nodes: ['net@1 Kept', 'top@1 Kept'],
      },
    ],
    [
      'what only a copy of the tags uses, of something that is gone, goes',
      {
        spec: [{ ...NET, id: 'top', keepOnDelete: 'worth it' }],
        inventory: [NET_ENTRY, entry('net', 'top', { after: ['net'], attempts: 1, state: 'Deleting' })],
        looks: { ...net(), 'top@1': [found('net', 'top', { id: 'second', attempt: '1' })] },
        deletion: 'Remove',
        steps: ['remove net@1'],
        nodes: ['net@1 Deleting', 'top@1 Kept'],
      },
    ],
    [
      'what is found in the place of a forged id is removed, also where it was told as a Conflict before',
      {
        spec: [NET],
        inventory: [{ ...NET_ENTRY, id: 'forged', attempts: 1, state: 'Conflict' }],
        looks: net({ attempt: '1' }),
        deletion: 'Remove',
        steps: ['remove net@1'],
        nodes: ['net@1 Deleting'],
      },
    ],
    [
      'what bears its tags and those of another cluster is told where nothing is on record',
      { spec: [NET], looks: net(ELSEWHERE), deletion: 'Remove', nodes: ['net@1 Kept'] },
    ],
    [
      'and not where its own is on record, and gone',
      {
        spec: [NET],
        inventory: [NET_ENTRY],
        looks: net({ ...ELSEWHERE, id: 'other' }),
        deletion: 'Remove',
        forgets: ['net@1'],
      },
    ],
    [
      'nor what bears the tags of another object',
      {
        spec: [NET],
        looks: net({ tags: { ...ELSEWHERE.tags, 'opta.dev/name': 'x' } }),
        deletion: 'Remove',
        forgets: ['net@1'],
      },
    ],
    [
      'what bears a copy of the tags of what an earlier object made is no more taken up than removed',
      {
        spec: [NET],
        looks: {
          'net@1': ['net-id', 'second'].map(id =>
            found('net', 'net', { id, epoch: 3, attempt: '1', tags: { 'opta.dev/uid': 'uid-before' } }),
          ),
        },
        deletion: 'Remove',
        steps: ['take up net@1: uid, cluster'],
        nodes: ['net@1 Deleting'],
      },
    ],
    [
      'nor where it was retained there',
      {
        spec: [NET],
        looks: net({ tags: { ...ELSEWHERE.tags, ...RETAINED } }),
        deletion: 'Remove',
        forgets: ['net@1'],
      },
    ],
    [
      'what an earlier object retained is not touched',
      {
        spec: [NET],
        inventory: [NET_ENTRY],
        looks: net({ tags: { ...RETAINED, 'opta.dev/uid': 'uid-before' } }),
        deletion: 'Retain',
        nodes: ['net@1 Kept'],
      },
    ],
    [
      'what was made and not recorded goes too',
      { spec: [NET], looks: net(), deletion: 'Remove', steps: ['remove net@1'], nodes: ['net@1 Deleting'] },
    ],
    [
      'somebody else’s that was never on record is forgotten',
      {
        spec: [NET],
        inventory: [{ ...NET_ENTRY, id: 'net-9' }],
        looks: net({ tags: { 'opta.dev/name': 'x' } }),
        deletion: 'Remove',
        forgets: ['net@1'],
      },
    ],
    ['what is shared stays', { spec: [{ ...NET, role: 'shared' }], looks: net(), deletion: 'Remove' }],
    ['what is watched stays', { spec: [{ ...NET, role: 'watched' }], looks: net(), deletion: 'Remove' }],
    [
      'nothing is made any more',
      { spec: [NET], deletion: 'Remove', inventory: [NET_ENTRY], forgets: ['net@1'] },
    ],
    [
      'what is somebody else’s by now is not touched, and told',
      {
        spec: [NET],
        inventory: [NET_ENTRY],
        looks: net({ tags: { 'opta.dev/name': 'x' } }),
        deletion: 'Remove',
        nodes: ['net@1 Kept'],
      },
    ],
    [
      'nor told, where this object let it go: its name may be somebody else’s since',
      {
        spec: [NET],
        inventory: [NET_ENTRY],
        looks: net({ tags: { 'opta.dev/name': 'x' } }),
        deletion: 'Remove',
        memory: removed('net'),
        forgets: ['net@1'],
      },
    ],
    [
      'nor where it is as good as gone',
      {
        spec: [KEY],
        inventory: [entry('vault', 'key')],
        looks: { 'key@1': [found('vault', 'key', { status: 'scheduled', tags: { 'opta.dev/name': 'x' } })] },
        deletion: 'Remove',
        forgets: ['key@1'],
      },
    ],
  ])('%s', (_, row) => check(row));

  /** A cluster is unprotected by what its desired state says, which needs the id of the key that stays. */
  test.each<readonly [string, Readonly<Record<string, string>>, boolean]>([
    ['not kept yet', {}, true],
    ['kept by this object', RETAINED, true],
    ['kept by an earlier one', { ...RETAINED, 'opta.dev/uid': 'uid-before' }, false],
    ['kept in another cluster', { ...RETAINED, 'opta.dev/uid': 'x', 'opta.dev/cluster': 'y' }, false],
  ])('what is removed is still a function of what stays: %s', (_, tags, known) => {
    const plan = planOf({
      spec: [
        { ...KEY, keepOnDelete: 'worth it' },
        { ...BOX, uses: ['key'] },
      ],
      inventory: [entry('vault', 'key'), entry('box', 'box', { after: ['key'] })],
      looks: { 'key@1': [found('vault', 'key', { tags })], ...box() },
      deletion: 'Remove',
    });
    const desired = known ? { fields: { shape: '1', 'ref-key': 'key-id' } } : undefined;
    expect(plan.steps.find(step => step.node === 'box')?.desired).toEqual(desired);
  });

  test('what this object once kept is nobody’s while an object lives', () => {
    const planning = {
      spec: [KEY, { ...BOX, uses: ['key'] }],
      inventory: [entry('vault', 'key'), entry('box', 'box', { after: ['key'] })],
      looks: { 'key@1': [found('vault', 'key', { tags: RETAINED })], ...box() },
    };
    expect(shownNodes(planOf(planning))).toContain('box@1 Waiting');
  });

  /** Of one that lives on, what does without it by now may use it a while. */
  test('is not looked at again for what its users may still not know', () => {
    const memory = createMemory(() => Date.parse(LONG_AGO));
    const late = createMemory(() => NOW);
    late.wrote('box', 1, ['a'], '1');
    const plan = planOf({
      spec: [KEY, { ...BOX, uses: ['key'] }],
      inventory: [entry('vault', 'key'), entry('box', 'box', { after: ['key'] })],
      looks: { 'key@1': [found('vault', 'key')], ...box({ fields: { shape: '1', 'ref-key': 'key-id' } }) },
      deletion: 'Remove',
      memory: { ...memory, believed: late.believed },
    });
    expect(plan.nodes.map(view => [view.node, view.leavesLater, view.againInMs])).toEqual([
      ['key', true, undefined],
      ['box', undefined, undefined],
    ]);
  });

  test('needs no other consent', () => {
    const plan = planOf({
      spec: [KEY],
      inventory: [entry('vault', 'key')],
      looks: { 'key@1': [found('vault', 'key')] },
      deletion: 'Remove',
    });
    expect(plan.steps.map(one => one.consent)).toEqual(['low']);
  });
});
