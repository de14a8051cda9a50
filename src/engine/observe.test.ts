import { describe, expect, test } from 'vitest';
import type { Adaptor, FindContext, Found, Identity } from './adaptor.ts';
import { CloudError } from './errors.ts';
import type { GraphNode, TaggedObservations } from './graph.ts';
import type { Entry } from './inventory.ts';
import { choose, isNamed, mayAdopt, observationKey } from './observation.ts';
import { type ObserveInput, observe } from './observe.ts';
import { byRank } from './observe-rank.ts';
import { memorySince } from './testing/memory-since.ts';
import { entry, found, NOW, OWNER } from './testing/planning.ts';

const NOTHING: TaggedObservations = {
  state: () => undefined,
  id: () => undefined,
  arn: () => undefined,
  isKnown: () => true,
  isLeaving: () => false,
  tags: () => ({}),
};
type Asked = Identity & FindContext<unknown>;

/** An adaptor that answers from a list, and what it was asked. */
function adaptorOf(answer: (asked: Asked) => readonly Found[], of: Partial<Adaptor> = {}) {
  const asked: Asked[] = [];
  const adaptor: Adaptor = {
    type: 'fake/net',
    createBy: 'intent',
    holdsData: false,
    settleMs: 40_000,
    find: async (_scope, identity, context) => {
      asked.push({ ...identity, ...context });
      return answer({ ...identity, ...context });
    },
    diff: () => [],
    create: () => Promise.reject(new Error('no write')),
    update: () => Promise.reject(new Error('no write')),
    remove: () => Promise.reject(new Error('no write')),
    readiness: () => ({ is: 'ready' }),
    ...of,
  };
  return { asked, adaptor };
}

function inputOf(adaptor: Adaptor, of: Partial<ObserveInput> = {}): ObserveInput {
  return {
    owner: OWNER,
    takeOver: [],
    scope: { key: 'here' },
    adaptor: () => adaptor,
    graph: [],
    inventory: [],
    seen: NOTHING,
    now: NOW,
    memory: memorySince(0, () => NOW),
    ...of,
  };
}

function node(id: string, of: Partial<GraphNode> = {}): GraphNode {
  return { id, type: 'fake/net', dependsOn: [], desired: () => ({}), ...of };
}

const MINE = found('net', 'a', { id: 'i' });
const FOREIGN = found('net', 'a', { id: 'i', tags: { 'opta.dev/name': 'two' } });
const known = (of: Partial<Entry> = {}) => [entry('net', 'a', { id: 'i', ...of })];

async function ids(
  adaptor: Adaptor,
  of: Partial<ObserveInput> = {},
): Promise<readonly (string | undefined)[]> {
  const all = await observe(inputOf(adaptor, { graph: [node('a')], ...of }), new Map());
  return [...(all?.values() ?? [])].flatMap(one => one.found.map(two => two.id));
}

test.each([[{}], [{ requested: 'monday' }]])(
  'who wants it looked at now is heard by the adaptor: %o',
  async of => {
    const { asked, adaptor } = adaptorOf(() => []);
    await observe(inputOf(adaptor, { graph: [node('a')], ...of }), new Map());
    expect(asked.map(({ requested }) => (requested === undefined ? {} : { requested }))).toEqual([of]);
  },
);

describe('a look', () => {
  test.each<readonly [string, readonly GraphNode[], readonly Entry[], readonly string[]]>([
    ['what the graph has', [node('a'), node('b')], [], ['a@1', 'b@1']],
    ['what the inventory has', [], known(), ['a@1']],
    [
      'the epoch in use, and those before it',
      [node('a')],
      [...known(), ...known({ epoch: 2 })],
      ['a@1', 'a@2'],
    ],
    [
      'no reserved epoch',
      [node('a')],
      [{ node: 'a', epoch: 2, type: 'fake/net', after: [], attempts: 0 }],
      ['a@2'],
    ],
    ['none that left the graph', [], [{ node: 'a', epoch: 2, type: 'fake/net', after: [], attempts: 0 }], []],
  ])('is at %s', async (_, graph, inventory, keys) => {
    const { adaptor } = adaptorOf(() => []);
    const all = await observe(inputOf(adaptor, { graph, inventory }), new Map());
    expect([...(all?.keys() ?? [])].sort()).toEqual(keys);
  });

  test('is made once: what is known is not asked for again', async () => {
    const { adaptor, asked } = adaptorOf(() => []);
    const input = inputOf(adaptor, { graph: [node('a')] });
    const all = await observe(input, new Map());
    expect(await observe(input, all ?? new Map())).toBeUndefined();
    expect(asked.length).toBe(1);
  });

  test.each<readonly [string, readonly Entry[], 'fresh' | 'shared']>([
    ['what is not on record is asked of AWS itself, since it may be created', [], 'fresh'],
    ['what was begun too', [entry('net', 'a', { unmade: true })], 'fresh'],
    ['what is on record may be answered from a batch', known(), 'shared'],
  ])('%s', async (_, inventory, freshness) => {
    const { adaptor, asked } = adaptorOf(() => [MINE]);
    const all = await observe(inputOf(adaptor, { graph: [node('a')], inventory }), new Map());
    expect(asked.map(one => one.freshness)).toEqual([freshness]);
    expect(all?.get(observationKey('a', 1))?.fresh).toBe(freshness === 'fresh');
  });

  test.each(['watched', 'shared'] as const)(
    'what others keep is never on record: a %s node may be answered from a batch',
    async role => {
      const { adaptor, asked } = adaptorOf(() => [MINE]);
      await observe(inputOf(adaptor, { graph: [node('a', { role })] }), new Map());
      expect(asked.map(one => one.freshness)).toEqual(['shared']);
    },
  );

  test('again is one at AWS itself', async () => {
    const { adaptor, asked } = adaptorOf(() => [MINE]);
    const again = await observe(inputOf(adaptor, { inventory: known() }), new Map(), 'fresh');
    expect([again?.get('a@1')?.fresh, asked.map(one => one.freshness)]).toEqual([true, ['fresh']]);
  });

  test('that fails says so, and is no absence', async () => {
    const error = new CloudError('Throttled', 'slow down');
    const { adaptor } = adaptorOf(() => {
      throw error;
    });
    const all = await observe(inputOf(adaptor, { graph: [node('a')] }), new Map());
    expect(all?.get('a@1')).toEqual({ node: 'a', epoch: 1, found: [], fresh: false, error });
  });

  test('that came before the desired state was known is blind', async () => {
    const { adaptor } = adaptorOf(() => []);
    const graph = [node('a', { desired: () => ({ waitingFor: 'b', node: 'b' }) })];
    const all = await observe(inputOf(adaptor, { graph }), new Map());
    expect(all?.get('a@1')?.blind).toBe(true);
  });
});

test('what depends on another node is looked at once that one is seen, and whole', async () => {
  const { adaptor, asked } = adaptorOf(() => []);
  const graph = [node('a', { desired: () => ({ waitingFor: 'b', node: 'b' }) }), node('b')];
  const first = await observe(inputOf(adaptor, { graph }), new Map());
  expect(asked.map(one => one.node)).toEqual(['b']);
  // It is not there, so there is nothing to wait for.
  await observe(inputOf(adaptor, { graph }), first ?? new Map());
  expect(asked.map(one => one.node)).toEqual(['b', 'a']);
});

describe('what is looked for', () => {
  test.each<readonly [string, GraphNode, readonly Entry[], Partial<Identity>]>([
    [
      'by the name of its first epoch',
      node('a', { name: epoch => `n${epoch}` }),
      [],
      { name: 'n1', id: undefined },
    ],
    [
      'by id and the name on record',
      node('a', { name: epoch => `n${epoch}` }),
      known({ name: 'old' }),
      { name: 'old', id: 'i' },
    ],
    [
      'by what adopt says',
      node('a', { name: () => 'n', adopt: 'theirs' }),
      known({ name: 'old' }),
      { name: 'theirs' },
    ],
  ])('%s', async (_, one, inventory, identity) => {
    const { adaptor, asked } = adaptorOf(() => [MINE]);
    await observe(inputOf(adaptor, { graph: [one], inventory }), new Map());
    expect(asked[0]).toMatchObject(identity);
  });

  test('the id on record leads to somebody else: then by name and tags', async () => {
    const { adaptor } = adaptorOf(({ id }) => (id === 'i' ? [FOREIGN] : [found('net', 'a', { id: 'j' })]));
    expect(await ids(adaptor, { inventory: known() })).toEqual(['j']);
  });

  test('the id on record leads to nothing: then by name and tags', async () => {
    const { adaptor } = adaptorOf(({ id }) => (id === 'i' ? [] : [found('net', 'a', { id: 'j' })]));
    expect(await ids(adaptor, { inventory: known() })).toEqual(['j']);
  });

  test('the id on record leads to one that lost a tag, and its tags to another epoch alone: that is not its place', async () => {
    const other = found('net', 'a', { id: 'j', epoch: 2 });
    const { adaptor } = adaptorOf(({ id }) => (id === 'i' ? [FOREIGN] : [other]));
    expect(await ids(adaptor, { inventory: known() })).toEqual(['i']);
  });

  test('several attempts were begun: also by tags, for one that was given up', async () => {
    const late = found('net', 'a', { id: 'j', attempt: '1' });
    const others = found('net', 'a', { id: 'k', tags: { 'opta.dev/name': 'two' } });
    const { adaptor } = adaptorOf(({ id }) => (id === 'i' ? [MINE] : [late, others]));
    expect(await ids(adaptor, { inventory: known({ attempts: 1 }) })).toEqual(['i']);
    expect(await ids(adaptor, { inventory: known({ attempts: 2 }) })).toEqual(['j', 'i']);
  });

  test('each epoch has a name of its own and none is on record: also by tags', async () => {
    const { adaptor, asked } = adaptorOf(({ name }) => (name === undefined ? [MINE, FOREIGN] : []), {
      createBy: 'name',
    });
    expect(await ids(adaptor, { graph: [node('a', { name: epoch => `n${epoch}` })] })).toEqual(['i']);
    expect(asked.map(one => one.name)).toEqual(['n1', undefined]);
    expect(await ids(adaptor, { graph: [node('a', { name: () => 'n' })] })).toEqual([]);
  });

  const FORMER = { name: () => 'n', formerNames: ['o'] } satisfies Partial<GraphNode>;
  const named = (name: string, of: Parameters<typeof found>[2] = {}) => ({
    ...found('net', 'a', { id: name, ...of }),
    name,
  });
  const KEPT = { 'opta.dev/retained': '2026' };

  test.each<readonly [string, readonly Found[], Partial<GraphNode>, readonly Entry[], readonly string[]]>([
    ['is found under a name of an earlier spec', [named('o')], {}, [], ['o']],
    ['and of a rebuilt cluster too', [named('o', { tags: { 'opta.dev/uid': 'x' } })], {}, [], ['o']],
    ['beside the epoch that is to replace it', [named('o'), named('n', { epoch: 2 })], {}, [], ['n', 'o']],
    ['but not beside another of its own epoch', [named('o'), named('n')], {}, [], ['n']],
    ['nor where it is somebody else’s', [named('o', { tags: { 'opta.dev/name': 'x' } })], {}, [], []],
    ['nor where it was kept on purpose', [named('o', { tags: KEPT })], {}, [], []],
    ['nor where its owner is not told', [{ ...named('o'), tags: 'inherited' }], {}, [], []],
    ['nor where the spec adopts one of another name', [named('o')], { adopt: 'n' }, [], []],
    ['nor where one is on record', [named('o')], {}, known({ name: 'n', id: 'n' }), []],
  ])('what is on no record %s', async (_, all, of, inventory, expected) => {
    const { adaptor } = adaptorOf(({ name }) => all.filter(one => one.name === name), { createBy: 'name' });
    expect(await ids(adaptor, { graph: [node('a', { ...FORMER, ...of })], inventory })).toEqual(expected);
  });

  test.each([
    ['was made a moment ago and is not found', 1_000, 'j', true],
    ['was made a moment ago and is found', 1_000, 'i', undefined],
    ['was made long ago and is not found', 99_000, 'j', undefined],
  ])('on record, %s', async (_, agoMs, id, notYet) => {
    const { adaptor } = adaptorOf(() => [found('net', 'a', { id })]);
    const inventory = known({ createdAt: new Date(NOW - agoMs).toISOString() });
    const all = await observe(inputOf(adaptor, { graph: [node('a')], inventory }), new Map());
    expect(all?.get('a@1')?.notYet).toBe(notYet);
  });

  test('epochs of one name each see their own', async () => {
    const both = [found('net', 'a', { id: 'one' }), found('net', 'a', { id: 'two', epoch: 2 })];
    const { adaptor } = adaptorOf(() => both);
    const inventory = [...known({ id: 'one' }), ...known({ id: 'two', epoch: 2 })];
    const all = await observe(inputOf(adaptor, { graph: [node('a')], inventory }), new Map());
    expect(['a@1', 'a@2'].map(key => all?.get(key)?.found.map(one => one.id))).toEqual([['one'], ['two']]);
  });
});

describe('which counts', () => {
  const one = (id: string, of: Parameters<typeof found>[2] = {}) => found('net', 'a', { id, ...of });
  test.each<readonly [string, readonly Found[], readonly string[]]>([
    ['ours before somebody else’s', [one('b', { tags: { 'opta.dev/name': 'x' } }), one('c')], ['c', 'b']],
    ['ours before ours from before', [one('b', { tags: { 'opta.dev/uid': 'x' } }), one('c')], ['c', 'b']],
    [
      'ours from before, before what was kept',
      [one('b', { tags: { 'opta.dev/retained': 'x' } }), one('c', { tags: { 'opta.dev/uid': 'x' } })],
      ['c', 'b'],
    ],
    ['living before removed', [one('b', { status: 'scheduled' }), one('c')], ['c', 'b']],
    ['the lower attempt', [one('b', { attempt: '10' }), one('c', { attempt: '9' })], ['c', 'b']],
    [
      'an attempt before none, or nonsense',
      [one('b'), one('c', { attempt: '9' }), one('d', { attempt: 'x' })],
      ['c', 'b', 'd'],
    ],
    ['else the same one every time', [one('c'), one('b')], ['b', 'c']],
  ])('%s', (_, all, order) => {
    const { adaptor } = adaptorOf(() => [], {
      isRemoved: state => Object.entries(state ?? {}).some(([, v]) => v === 'scheduled'),
    });
    const input = { owner: OWNER, takeOver: [], adaptor: () => adaptor };
    expect(byRank(input, { node: 'a', type: 'fake/net' }, all).map(two => two.id)).toEqual(order);
  });

  const all = { node: 'a', epoch: 1, fresh: true, found: [one('b'), one('c')] };
  test.each([
    ['the one on record', all, 'c', 'c'],
    ['else the first', all, 'x', 'b'],
    ['or the first', all, undefined, 'b'],
    ['none', { ...all, found: [] }, 'c', undefined],
    ['none while the one on record is not visible yet', { ...all, notYet: true }, 'x', undefined],
    ['none where nothing was looked at', undefined, 'c', undefined],
  ])('%s', (_, observation, recordedId, id) => {
    expect(choose(observation, recordedId)?.id).toBe(id);
  });

  test.each([
    ['its id', 'b', true],
    ['its name', 'one-name', true],
    ['its arn', 'arn:b', true],
    ['something else', 'c', false],
    ['nothing', undefined, false],
  ])('spec.adopt names %s', (_, adopt, is) => {
    const it = { ...one('b', { tags: { 'opta.dev/retained': '2026' } }), name: 'one-name' };
    const node = adopt === undefined ? {} : { adopt };
    expect([isNamed(adopt, it), mayAdopt(node, it, 'retained')]).toEqual([is, is]);
    // What was kept needs no name where the spec takes up all that was kept; what another object has stays with it.
    expect(mayAdopt({ ...node, adoptsKept: true }, it, 'retained')).toBe(true);
    expect(mayAdopt({ ...node, adoptsKept: true }, { ...one('b'), name: 'one-name' }, 'foreign')).toBe(false);
  });
});
