import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resourceOfKind } from '../../hack/bench/install.ts';
import type { Entry } from '../../src/engine/inventory.ts';
import { pathOf } from '../../src/kube/resources.ts';
import { rounds } from '../support/rounds.ts';
import { conditionOf } from '../support/settle.ts';
import { environment, type Manifest } from '../support/world.ts';
import {
  byHand,
  carriedThrough,
  clear,
  foreign,
  mallory,
  mine,
  newName,
  type Others,
  ofShop,
  operator,
  partsOf,
  resourcesOf,
  type Sort,
  subscription,
  theirs,
  type Victim,
  withNeighbours,
  world,
} from './support/neighbours.ts';
import { calm } from './support/run.ts';

/**
 * The third way: nothing foreign is touched and nothing is lost silently, whatever somebody writes who may write the
 * statuses of the objects of a namespace.
 */
withNeighbours();

type Whose = 'theirs' | 'byHand';

/** What somebody writes into a status, and what of others it names. */
interface Forgery {
  readonly what: string;
  readonly kind: string;
  readonly names: readonly (readonly [Whose, Sort])[];
  /** Of what the object has. */
  status(own: readonly Entry[]): { readonly resources: readonly object[] } & object;
}

function entryOf(whose: Whose, sort: Sort): Partial<Entry> {
  if (sort === 'subscription') return subscription;
  return { theirs, byHand }[whose][sort];
}

const NODES: readonly (readonly [string, string, Sort])[] = [
  ['Queue', 'queue', 'queue'],
  ['Queue', 'dead-letter', 'queue'],
  ['Queue', 'key', 'key'],
  ['Queue', 'alias', 'alias'],
  ['Topic', 'topic', 'topic'],
  ['Topic', 'key', 'key'],
  ['Bucket', 'bucket', 'bucket'],
];

/** `part`: which of what it names. */
function inPlaceOf(
  [kind, node, sort]: (typeof NODES)[number],
  [whose, title]: readonly [Whose, string],
  part = (entry: Partial<Entry>) => entry,
): Forgery {
  return {
    what: `${kind} ${node}${title}`,
    kind,
    names: [[whose, sort]],
    status: own => ({
      resources: own.map(entry =>
        entry.node === node ? { ...entry, ...part(entryOf(whose, sort)) } : entry,
      ),
    }),
  };
}

const OTHERS = (['queue', 'topic', 'bucket', 'key', 'alias'] as const).flatMap((sort): Forgery['names'] => [
  ['theirs', sort],
  ['byHand', sort],
]);

/** Entries for all that others have, besides its own. */
function allOfOthers(kind: string): Forgery {
  return {
    what: `entries for what a ${kind} never had`,
    kind,
    names: [...OTHERS, ['theirs', 'subscription']],
    status(own) {
      const at = { epoch: 1, after: [] };
      const extra = [theirs, byHand].flatMap((of, index) => [
        { ...at, ...of.queue, node: `q${index}`, type: 'sqs/queue' },
        { ...at, ...of.topic, node: `t${index}`, type: 'sns/topic' },
        { ...at, ...of.bucket, node: `b${index}`, type: 's3/bucket' },
        { ...at, ...of.bucket, node: `n${index}`, type: 's3/notifications' },
        { ...at, ...of.key, node: `k${index}`, type: 'kms/key' },
        { ...at, ...of.alias, node: `a${index}`, type: 'kms/alias' },
        { ...at, ...of.queue, node: `qa${index}`, type: 'sqs/sender-access' },
        { ...at, ...of.topic, node: `ta${index}`, type: 'sns/publisher-access' },
      ]);
      const subscribed = { ...at, ...subscription, node: 'subscription/vault', type: 'sns/subscription' };
      return { resources: [...own, ...extra, subscribed] };
    },
  };
}

const FORGERIES: readonly Forgery[] = [
  ...NODES.flatMap(node => [
    inPlaceOf(node, ['theirs', ': another team’s']),
    inPlaceOf(node, ['byHand', ': what somebody made by hand']),
    inPlaceOf(node, ['theirs', ', by its id alone'], ({ id = '' }) => ({ id })),
  ]),
  ...['Queue', 'Topic', 'Bucket'].map(allOfOthers),
  {
    what: 'a newer epoch of its queue, which is another team’s',
    kind: 'Queue',
    names: [['theirs', 'queue']],
    status(own) {
      const queue = own.find(entry => entry.node === 'queue');
      const newer = { ...queue, ...theirs.queue, node: 'queue', type: 'sqs/queue', epoch: 7, after: [] };
      return { resources: [...own, newer] };
    },
  },
  {
    what: 'open creates and counts that never were',
    kind: 'Queue',
    names: [],
    status: own => ({
      resources: own.map(({ id: _, arn: __, ...entry }) => ({
        ...entry,
        attempts: 99,
        pending: { attempt: '98', at: '2020-01-01T00:00:00Z' },
      })),
    }),
  },
  {
    what: 'an order in a circle',
    kind: 'Queue',
    names: [],
    status: own => ({
      resources: own.map(entry => ({ ...entry, after: ['queue', 'key', 'alias', 'dead-letter'] })),
    }),
  },
  {
    what: 'nothing at all',
    kind: 'Queue',
    names: [],
    status: () => ({ resources: [], defaults: null, plan: null, conditions: [] }),
  },
];

/** Forged at once, so that what is touched tells by whom. */
const ROUNDS = rounds(FORGERIES, forgery => forgery.names.map(of => of.join(' ')));

describe.each(ROUNDS)('A25: what a status says that the object has, $n', ({ rows: forgeries }) => {
  let before: Others = {};
  let after: Others = {};
  const victims = new Map<Forgery, { readonly name: string; readonly own: object; readonly said: object }>();
  beforeAll(async () => {
    const names = new Map(forgeries.map(forgery => [forgery, newName()]));
    for (const [{ kind }, name] of names) await mallory.create(kind, name, {});
    await operator.settle();
    before = await foreign();
    const attacks: Victim[] = [];
    for (const [forgery, name] of names) {
      const { kind } = forgery;
      const own = await resourcesOf(kind, name);
      const status = forgery.status(own);
      victims.set(forgery, { name, own, said: status.resources });
      attacks.push({ kind, name, attack: () => mallory.forge(kind, name, status) });
    }
    await carriedThrough(attacks);
    after = await foreign();
  });
  afterAll(clear);

  test.each(forgeries.map(forgery => ({ what: forgery.what, forgery })))('$what', async ({ forgery }) => {
    const { name = '', own, said } = victims.get(forgery) ?? {};
    expect(said).not.toEqual(own);
    // It does not hang.
    expect(await world.get(forgery.kind, name)).toBeUndefined();
    for (const [whose, sort] of forgery.names) {
      const entry = entryOf(whose, sort);
      const is = partsOf(before, sort, entry);
      expect(is).toHaveLength(1);
      expect(partsOf(after, sort, entry)).toEqual(is);
    }
  });

  test('nothing of others is touched, and nothing is left behind', async () => {
    expect(after).toEqual(before);
    expect(await ofShop()).toEqual([]);
  });
});

describe('A25: what else a status says of what the object has', () => {
  test('a type that this version does not know is told, and hides nothing', async () => {
    const name = await mine('Queue');
    const resources = await resourcesOf('Queue', name);
    const before = await foreign();
    const unknown = { node: 'x', epoch: 1, type: 'rds/cluster', id: 'db', after: [] };
    await mallory.forge('Queue', name, { resources: [...resources, unknown] });
    await mallory.annotate('Queue', name, { 'opta.dev/reconcile-requested-at': 'now' });
    await operator.settle(objects =>
      objects.some(object => conditionOf(object, 'Stalled')?.status === 'True'),
    );
    expect(conditionOf(await world.get('Queue', name), 'Stalled')).toMatchObject({
      status: 'True',
      reason: 'Failed',
      message: expect.stringMatching(/no adaptor serves the type rds\/cluster/),
    });
    await mallory.forge('Queue', name, { resources });
    await mallory.delete('Queue', name);
    await operator.settle();
    expect(await foreign()).toEqual(before);
    expect(await ofShop()).toEqual([]);
  });
});

describe('A25: what else a status says', () => {
  /** They go on to a look, a change and their end all together. */
  const goOn: Victim[] = [];
  const goesOn = (kind: string, name: string) => goOn.push({ kind, name, attack: async () => {} });

  test('an approval that nobody gave approves nothing, and does not stand in the way of a true one', async () => {
    const plain = { deadLetter: { mode: 'Disabled' }, encryption: 'EnvironmentKey' };
    const name = await mine('Queue', { managementPolicy: 'ApproveAll', ...plain }, calm);
    const planned = (await world.get('Queue', name))?.status?.plan;
    expect(planned?.steps?.length).toBeGreaterThan(0);
    const at = '2020-01-01T00:00:00Z';
    await mallory.forge('Queue', name, {
      plan: { ...planned, approval: { hash: 'ffffffffffff', by: 'admin', at } },
    });
    await mallory.annotate('Queue', name, { 'opta.dev/reconcile-requested-at': '1' });
    await operator.settle(calm);
    expect(await ofShop()).toEqual([]);
    const hash = (await world.get('Queue', name))?.status?.plan?.hash ?? '';
    await mallory.annotate('Queue', name, { 'opta.dev/approve': hash });
    await operator.settle();
    await mallory.change('Queue', name, { managementPolicy: 'Apply' });
    goesOn('Queue', name);
  });

  test('defaults that a spec could not have', async () => {
    const name = await mine('Bucket');
    const before = (await world.aws.state()).buckets;
    const defaults = {
      publicRead: 'yes',
      name: String(theirs.bucket.name),
      'adopt.name': String(theirs.bucket.name),
      tags: { 'opta.dev/uid': 'x' },
      policyStatements: [
        { sid: 'X', effect: 'Allow', principals: { aws: ['*'] }, actions: ['s3:*'], resources: ['/*'] },
      ],
      '__proto__.publicRead': true,
      'constructor.prototype.publicRead': true,
    };
    await mallory.forge('Bucket', name, { defaults });
    await mallory.annotate('Bucket', name, { 'opta.dev/reconcile-requested-at': 'now' });
    await operator.settle();
    expect((await world.aws.state()).buckets).toEqual(before);
    expect(Reflect.get({}, 'publicRead')).toBeUndefined();
    const stored = (await world.get('Bucket', name))?.status?.defaults ?? {};
    expect(Object.keys(stored)).toContain('lifecycle.expireDays');
    expect(JSON.stringify(stored)).not.toMatch(/policyStatements|adopt|proto|yes/);
    goesOn('Bucket', name);
  });

  test('a default that needs a grant is asked for it', async () => {
    const name = await mine('Bucket');
    await mallory.forge('Bucket', name, { defaults: { publicRead: true } });
    await mallory.annotate('Bucket', name, { 'opta.dev/reconcile-requested-at': 'now' });
    await operator.settle(calm);
    expect(conditionOf(await world.get('Bucket', name), 'Ready')).toMatchObject({
      reason: 'NotGranted',
      message: expect.stringMatching(/^spec.publicRead/),
    });
    await mallory.forge('Bucket', name, { defaults: { publicRead: false } });
    goesOn('Bucket', name);
  });

  test('outputs, conditions, blockers and an unknown word are as they were after the next look', async () => {
    const name = await mine('Queue');
    const before = (await world.get('Queue', name))?.status;
    await mallory.forge('Queue', name, {
      url: 'https://sqs.eu-central-1.amazonaws.com/999999999999/evil',
      arn: 'arn:aws:sqs:eu-central-1:999999999999:evil',
      keyArn: String(theirs.key.arn),
      blockedBy: [{ node: 'x', resource: 'x', reason: 'x' }],
      binding: { name: 'kube-root-ca.crt' },
      conditions: [
        {
          type: 'Ready',
          status: 'False',
          reason: 'Evil',
          message: 'x',
          lastTransitionTime: '2020-01-01T00:00:00Z',
        },
      ],
    });
    await mallory.annotate('Queue', name, { 'opta.dev/reconcile-requested-at': 'now' });
    await operator.settle();
    const after = (await world.get('Queue', name))?.status;
    const timeless = (status: typeof before) => ({
      ...status,
      lastHandledReconcileAt: 0,
      conditions: status?.conditions?.map(({ lastTransitionTime: _, ...rest }) => rest),
    });
    expect(timeless(after)).toEqual(timeless(before));
    goesOn('Queue', name);
  });

  test('referrers that are none open nothing, and cannot stop the object', async () => {
    const name = await mine('Queue');
    const policies = async () => JSON.stringify((await world.aws.state()).queues);
    const before = await policies();
    await mallory.forge('Queue', name, {
      referrers: [
        { kind: 'Topic', name: 'news', uid: 'x' },
        { kind: 'Topic', name: '../../bank/topics/news' },
        { kind: 'Topic', name: '' },
        { kind: 'OptaEnvironment', name: 'dev' },
        { kind: 'Secret', name: 'x' },
      ],
    });
    await mallory.annotate('Queue', name, { 'opta.dev/reconcile-requested-at': 'now' });
    await operator.settle();
    expect(await policies()).toBe(before);
    goesOn('Queue', name);
  });

  test('and none of them touches what is others’, or is left behind', async () => {
    const before = await foreign();
    await carriedThrough(goOn);
    expect(await foreign()).toEqual(before);
    for (const { kind, name } of goOn) expect(await world.get(kind, name)).toBeUndefined();
    expect(await ofShop()).toEqual([]);
  });
});

describe('T15: in the status of an environment with a network', () => {
  const NEIGHBOUR = 'neighbour';
  const network = {
    availabilityZones: 2,
    natGateways: 'None',
    flowLogs: { mode: 'Disabled' },
    gatewayEndpoints: [],
  };
  const withNetwork = (name: string): Manifest => ({
    ...environment({
      network,
      logBucket: { mode: 'Disabled' },
      encryption: { onDelete: 'Schedule', deletionWindowDays: 7 },
    }),
    name,
  });

  /** What AWS has of an environment, without keys that are to be deleted. */
  async function has(name: string): Promise<readonly object[]> {
    const [parts, { keys, aliases }] = await Promise.all([
      world.aws.parts(new Set(['ec2'])),
      world.aws.state(),
    ]);
    const isOf = ({ tags }: { readonly tags: object }) => Reflect.get(tags, 'opta.dev/environment') === name;
    const own = Object.entries(keys).filter(([, key]) => isOf(key) && key.state !== 'PendingDeletion');
    const ids = own.map(([id]) => id);
    return [
      ...parts.filter(isOf),
      ...own,
      ...Object.entries(aliases).filter(([, target]) => ids.includes(target)),
    ];
  }
  const resources = async (name: string) =>
    (await world.get('OptaEnvironment', name))?.status?.resources ?? [];
  const idOf = (entries: readonly Entry[], node: string) => {
    const found = entries.find(one => one.node === node);
    if (found?.id === undefined) throw new Error(`no id of ${node} among ${entries.map(one => one.node)}`);
    const { id, arn } = found;
    return arn === undefined ? { id } : { id, arn };
  };
  const renamed = (entries: readonly Entry[], to: Readonly<Record<string, Partial<Entry>>>) =>
    entries.map(entry => ({ ...entry, ...to[entry.node] }));

  afterAll(async () => {
    await world.delete('OptaEnvironment', NEIGHBOUR);
    await operator.settle();
    expect(await has(NEIGHBOUR)).toEqual([]);
  });

  const LIES: readonly [string, (own: readonly Entry[], others: readonly Entry[]) => readonly object[]][] = [
    [
      'two subnets for each other',
      own => {
        const [one = '', two = ''] = own
          .filter(entry => entry.type === 'ec2/subnet')
          .map(entry => entry.node);
        return renamed(own, { [one]: idOf(own, two), [two]: idOf(own, one) });
      },
    ],
    [
      'the VPC and the key of another environment',
      (own, others) => renamed(own, { vpc: idOf(others, 'vpc'), key: idOf(others, 'key') }),
    ],
    ['no ids', own => own.map(entry => ({ ...entry, id: '', arn: '' }))],
  ];
  /** No two of them name the same of somebody else, so all are told at once. */
  const victims = new Map<
    string,
    { readonly name: string; readonly own: readonly Entry[]; readonly mine: object }
  >();
  let others: readonly Entry[] = [];
  let neighbours: readonly object[] = [];
  let since = 0;

  async function lie(): Promise<void> {
    for (const [what, forged] of LIES) {
      const { name = '', own = [] } = victims.get(what) ?? {};
      const resources = forged(own, others);
      expect(resources).not.toEqual(own);
      await world.cluster.transport.request({
        method: 'PATCH',
        path: pathOf(resourceOfKind('OptaEnvironment'), { name, subresource: 'status' }),
        contentType: 'application/merge-patch+json',
        body: { status: { resources } },
      });
    }
  }

  beforeAll(async () => {
    const names = LIES.map(([what]) => [what, newName()] as const);
    for (const name of [NEIGHBOUR, ...names.map(([, own]) => own)]) await world.apply(withNetwork(name));
    await operator.settle();
    others = await resources(NEIGHBOUR);
    neighbours = await has(NEIGHBOUR);
    for (const [what, name] of names) {
      const mine = await has(name);
      expect(mine.length).toBeGreaterThan(5);
      victims.set(what, { name, own: await resources(name), mine });
    }
    since = world.bench.gateway.journal.at(-1)?.id ?? 0;
    await lie();
    for (const { name } of victims.values())
      await world.annotate('OptaEnvironment', name, { 'opta.dev/reconcile-requested-at': 'now' });
    await operator.settle(calm);
    await operator.drift();
    await operator.drift();
  });

  test.each(LIES)('%s: nothing is touched', async what => {
    const { name = '', mine } = victims.get(what) ?? {};
    expect(await has(name)).toEqual(mine);
    expect(await has(NEIGHBOUR)).toEqual(neighbours);
  });

  describe('and when they go', () => {
    beforeAll(async () => {
      await lie();
      for (const { name } of victims.values()) await world.delete('OptaEnvironment', name);
      await operator.settle(calm);
    });

    test.each(LIES)('%s: all that is its own goes, and nothing else', async what => {
      const { name = '', own = [] } = victims.get(what) ?? {};
      expect(await world.get('OptaEnvironment', name)).toBeUndefined();
      expect(await has(name)).toEqual([]);
      expect(await has(NEIGHBOUR)).toEqual(neighbours);
      const written = world.bench.gateway.journalSince(since).filter(call => call.mutating);
      const touched = (entries: readonly Entry[]) =>
        entries.filter(({ id }) => written.some(call => call.resource === id)).map(({ node }) => node);
      expect(touched(own)).toContain('vpc');
      expect(touched(others)).toEqual([]);
    });
  });
});
