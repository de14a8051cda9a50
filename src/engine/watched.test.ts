import { expect, test } from 'vitest';
import type { Adaptor } from './adaptor.ts';
import type { GraphNode } from './graph.ts';
import { type Owner, ownershipTags } from './owner.ts';
import { runPass } from './pass.ts';
import { barePorts } from './testing/bare-ports.ts';

const owner: Owner = {
  installation: 'test',
  cluster: 'cluster-1',
  environment: 'env',
  kind: 'Thing',
  namespace: 'ns',
  name: 'one',
  uid: 'uid-one',
};

/** A zone that is there, and what the world says of its name servers, which can only be asked with them. */
const zone: Adaptor = {
  type: 'zone',
  createBy: 'name',
  holdsData: false,
  settleMs: 0,
  find: async () => [{ id: 'zone-1', tags: ownershipTags(owner, 'zone', 1), state: { servers: 'ns-1' } }],
  diff: () => [],
  create: () => Promise.reject(new Error('it is there')),
  update: async (_, found) => found,
  remove: async () => {},
  readiness: () => ({ is: 'ready' }),
};

function passOver(graph: readonly GraphNode[], adaptors: readonly Adaptor[]) {
  const now = () => 0;
  return runPass(
    {
      owner,
      generation: 1,
      policy: 'Apply',
      deletion: 'None',
      state: { resources: [], defaults: {} },
      defaults: [],
      graph: () => graph,
    },
    barePorts(now, type => {
      const found = adaptors.find(one => one.type === type);
      if (found === undefined) throw new Error(`no ${type}`);
      return found;
    }),
  );
}

test.each(['watched', 'shared'] as const)(
  'what is %s, and by what another node is, is looked at once that one was seen',
  async role => {
    const asked: unknown[] = [];
    const delegation: Adaptor = {
      ...zone,
      type: 'delegation',
      async find(_, __, { desired }) {
        asked.push(desired);
        return desired === undefined ? [] : [{ id: 'delegation', tags: 'inherited', state: { desired } }];
      },
    };
    const graph: readonly GraphNode[] = [
      { id: 'zone', type: 'zone', dependsOn: [], desired: () => ({}) },
      {
        id: 'delegation',
        type: 'delegation',
        role,
        dependsOn: [],
        desired: seen => seen.state<{ servers: string }>('zone') ?? { waitingFor: 'zone', node: 'zone' },
      },
    ];
    const { plan, seen } = await passOver(graph, [zone, delegation]);
    expect(seen.state('delegation')).toEqual({ desired: { servers: 'ns-1' } });
    expect(plan.nodes.map(view => `${view.node} ${view.state}`)).toEqual(['zone Ready', 'delegation Ready']);
    // Never blind: what it is looked at by comes first.
    expect(asked).toEqual([{ servers: 'ns-1' }]);
  },
);

test('what is shared and not in a list is looked for by itself before it is made', async () => {
  const asked: string[] = [];
  const made: unknown[] = [];
  const role: Adaptor = {
    ...zone,
    type: 'role',
    sharesReads: true,
    async find(_, __, { freshness }) {
      asked.push(freshness);
      return freshness === 'shared' ? [] : [{ id: 'role-1', tags: 'inherited', state: {} }];
    },
    async create() {
      made.push('role-1');
      return { id: 'role-1', tags: 'inherited', state: {} };
    },
  };
  const { plan } = await passOver(
    [{ id: 'role', type: 'role', role: 'shared', dependsOn: [], desired: () => ({}) }],
    [role],
  );
  expect({ asked, made }).toEqual({ asked: ['shared', 'fresh'], made: [] });
  expect(plan.nodes.map(view => `${view.node} ${view.state}`)).toEqual(['role Ready']);
});
