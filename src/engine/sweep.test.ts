import { beforeEach, describe, expect, test } from 'vitest';
import type { Adaptor, Found } from './adaptor.ts';
import { CloudError } from './errors.ts';
import type { GraphNode } from './graph.ts';
import type { Entry } from './inventory.ts';
import { type Owner, ownershipTags } from './owner.ts';
import { type PassResult, runPass } from './pass.ts';
import { isOver } from './plan.ts';
import { barePorts } from './testing/bare-ports.ts';
import { checkGraph } from './testing/check-graph.ts';

const owner: Owner = {
  installation: 'test',
  cluster: 'cluster-1',
  environment: 'env',
  kind: 'Thing',
  namespace: 'ns',
  name: 'one',
  uid: 'uid-one',
};

/** What the cloud holds of ours, by node; and what others left in it. */
let cloud: Set<string>;
let litter: string[];
/** `remove cluster`, `look litter`. */
let journal: string[];
/** Removals that do not come to their end, and looks that fail. */
let slow: Set<string>;
let refusals: Map<string, CloudError>;
beforeEach(() => {
  cloud = new Set(['vpc', 'cluster']);
  litter = ['balancer-1', 'balancer-2'];
  journal = [];
  slow = new Set();
  refusals = new Map();
});

function call(what: string): void {
  journal.push(what);
  const refusal = refusals.get(what);
  if (refusal !== undefined) throw refusal;
}

function never(): Promise<never> {
  return Promise.reject(new Error('is not to be called'));
}

const own: Adaptor = {
  type: 'own',
  createBy: 'name',
  holdsData: false,
  settleMs: 0,
  async find(_, { node }) {
    const refusal = refusals.get(`look ${node}`);
    if (refusal !== undefined) throw refusal;
    return cloud.has(node) ? [{ id: node, name: node, tags: ownershipTags(owner, node, 1), state: {} }] : [];
  },
  diff: () => [],
  create: never,
  update: never,
  async remove(_, { id }) {
    call(`remove ${id}`);
    if (!slow.has(id)) cloud.delete(id);
  },
  readiness: () => ({ is: 'ready' }),
};

const left: Adaptor = {
  ...own,
  type: 'left',
  async find(_, __, { desired }) {
    call(`look litter in ${(desired as { vpc?: string } | undefined)?.vpc ?? 'nothing'}`);
    return desired === undefined ? [] : litter.map((id): Found => ({ id, tags: 'inherited', state: {} }));
  },
  async remove(_, { id }) {
    call(`remove ${id}`);
    litter = litter.filter(one => one !== id);
  },
};

const graph: readonly GraphNode[] = [
  { id: 'vpc', type: 'own', name: () => 'vpc', dependsOn: [], desired: () => ({}) },
  { id: 'cluster', type: 'own', name: () => 'cluster', dependsOn: ['vpc'], desired: () => ({}) },
  {
    id: 'litter',
    type: 'left',
    role: 'swept',
    leftBy: ['cluster'],
    dependsOn: ['vpc'],
    desired: seen => {
      const vpc = seen.id('vpc');
      return vpc === undefined ? { waitingFor: 'vpc', node: 'vpc' } : { vpc };
    },
  },
];

const entries: readonly Entry[] = ['vpc', 'cluster'].map(node => ({
  node,
  epoch: 1,
  type: 'own',
  id: node,
  name: node,
  createdAt: '2026-01-01T00:00:00Z',
  after: node === 'cluster' ? ['vpc'] : [],
}));

/** Types whose adaptors are loaded: no other is there. */
let loaded: ReadonlySet<string>;

function adaptorOf(type: string): Adaptor {
  if (!loaded.has(type)) throw new Error(`${type} is not loaded`);
  return type === 'own' ? own : left;
}

async function pass(
  deletion: 'None' | 'Remove' | 'Retain',
  of: { readonly graph?: readonly GraphNode[]; readonly resources?: readonly Entry[] } = {},
): Promise<PassResult> {
  const now = () => Date.parse('2026-02-01T00:00:00Z');
  const resources = of.resources ?? entries;
  return runPass(
    {
      owner,
      generation: 1,
      policy: 'Apply',
      deletion,
      state: { resources, defaults: {} },
      defaults: [],
      graph: () => of.graph ?? graph,
    },
    {
      ...barePorts(now, adaptorOf),
      async prepare(types) {
        loaded = types;
      },
    },
  );
}

const views = ({ plan }: PassResult) =>
  plan.nodes.map(({ node, state, message }) => `${node} ${state}: ${message}`);

test('while the object lives nobody looks at what others make', async () => {
  const { plan } = await pass('None');
  expect(journal).toEqual([]);
  expect([...loaded]).toEqual(['own']);
  expect(plan.nodes.map(view => `${view.node} ${view.state}`)).toEqual(['vpc Ready', 'cluster Ready']);
  expect(plan.steps).toEqual([]);
});

test('it goes after those who leave it and before what it is in', async () => {
  const result = await pass('Remove');
  expect(journal).toEqual([
    'remove cluster',
    'look litter in vpc',
    'remove balancer-1',
    'remove balancer-2',
    'look litter in vpc',
    'remove vpc',
  ]);
  expect(views(result)).toEqual([]);
});

test('what uses it goes first, and it is not looked at before', async () => {
  cloud.add('door');
  const door: GraphNode = {
    id: 'door',
    type: 'own',
    name: () => 'door',
    dependsOn: ['litter'],
    desired: () => ({}),
  };
  slow.add('door');
  const resources = [...entries, { ...entries[0], node: 'door', id: 'door', name: 'door' } as Entry];
  await pass('Remove', { graph: [...graph, door], resources });
  expect(journal.filter(one => one.startsWith('look'))).toEqual([]);
});

test('while those who leave it live it is not looked at, and holds what it is in', async () => {
  slow.add('cluster');
  const result = await pass('Remove');
  expect(views(result)).toEqual([
    'vpc Deleting: used by cluster, litter',
    'cluster Deleting: is to be removed',
    'litter Deleting: comes after cluster',
  ]);
  expect(result.plan.nodes.map(view => view.leavesLater)).toEqual([true, undefined, true]);
  expect(journal).toEqual(['remove cluster']);
});

describe('what stays', () => {
  test('all of it, when all stays', async () => {
    await pass('Retain');
    expect(journal).toEqual([]);
  });

  test('it, when those who leave it stay', async () => {
    const kept = graph.map(node => (node.id === 'cluster' ? { ...node, keepOnDelete: 'because' } : node));
    const result = await pass('Remove', { graph: kept });
    expect(journal).toEqual([]);
    expect(views(result)).toEqual(['vpc Kept: vpc stays in AWS', 'cluster Kept: cluster stays in AWS']);
    expect(litter).toHaveLength(2);
  });
});

test('what is only named stays, holds nothing up, and is named one by one when the rest is gone', async () => {
  const named = graph.map(node => (node.id === 'litter' ? { ...node, onlyNamed: true as const } : node));
  const unheld = named.map(node => ({ ...node, dependsOn: node.id === 'litter' ? [] : node.dependsOn }));
  const result = await pass('Remove', { graph: unheld });
  expect(journal.filter(one => one.startsWith('remove'))).toEqual(['remove cluster', 'remove vpc']);
  expect(litter).toHaveLength(2);
  expect(isOver(result.plan)).toBe(true);
  expect(result.plan.nodes).toMatchObject([
    { node: 'litter', state: 'Kept', named: ['balancer-1', 'balancer-2'] },
  ]);
  expect(result.state.resources).toEqual([]);
});

test('what has the place of nobody is looked for nowhere', async () => {
  cloud = new Set();
  const result = await pass('Remove', { resources: [] });
  expect(journal).toEqual(['look litter in nothing']);
  expect(views(result)).toEqual([]);
  expect(litter).toHaveLength(2);
});

test('where its place could not be seen it is not taken for absent', async () => {
  cloud.delete('cluster');
  refusals.set('look vpc', new CloudError('Transient', 'no answer'));
  const result = await pass('Remove');
  expect(journal).toEqual([]);
  expect(views(result)).toEqual(['vpc Deleting: no answer', 'litter Deleting: not looked at yet']);
});

describe('a removal that is refused', () => {
  test('holds what it is in, and not the others', async () => {
    const message = 'balancer-1 is protected';
    refusals.set('remove balancer-1', new CloudError('Blocked', message));
    const result = await pass('Remove');
    expect(litter).toEqual(['balancer-1']);
    expect(cloud).toEqual(new Set(['vpc']));
    expect(result.errors.map(one => `${one.node}: ${one.error.message}`)).toEqual([`litter: ${message}`]);
    expect(views(result)).toEqual([
      'vpc Deleting: used by litter',
      'litter Deleting: balancer-1 is to be removed',
    ]);
  });

  test('the status names all that is left', async () => {
    for (const id of litter) refusals.set(`remove ${id}`, new CloudError('Blocked', 'no'));
    expect(views(await pass('Remove'))).toContain(
      'litter Deleting: balancer-1 is to be removed, balancer-2 is to be removed',
    );
  });
});

describe('a look that fails', () => {
  test('holds what it is in', async () => {
    refusals.set('look litter in vpc', new CloudError('Denied', 'may not look'));
    const result = await pass('Remove');
    expect(cloud).toEqual(new Set(['vpc']));
    expect(views(result)).toEqual(['vpc Deleting: used by litter', 'litter Deleting: may not look']);
  });

  test('is no hold where it says that what there is belongs to another', async () => {
    refusals.set('look litter in vpc', new CloudError('Conflict', 'of another cluster'));
    await pass('Remove');
    expect(cloud).toEqual(new Set());
    expect(litter).toHaveLength(2);
  });
});

test('a graph in which what is swept is to go before those who leave it has no order', () => {
  const [vpc, cluster, swept] = graph;
  const wrong = [vpc, cluster, { ...swept, dependsOn: ['cluster'] }] as GraphNode[];
  expect(() => checkGraph(wrong)).toThrow('cycle');
});
