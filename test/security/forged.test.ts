import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resourceOfKind } from '../../hack/bench/install.ts';
import type { Entry } from '../../src/engine/inventory.ts';
import { pathOf } from '../../src/kube/resources.ts';
import { conditionOf } from '../support/settle.ts';
import { environment, type Manifest } from '../support/world.ts';
import {
  byHand,
  type Foreign,
  foreign,
  harmless,
  mallory,
  mine,
  newName,
  ofShop,
  operator,
  resourcesOf,
  subscription,
  theirs,
  withNeighbours,
  world,
} from './support/neighbours.ts';
import { calm } from './support/run.ts';

/**
 * The third way: nothing foreign is touched and nothing is lost silently, whatever somebody writes who may write the
 * statuses of the objects of a namespace.
 */
withNeighbours();

describe('A25: an id in the status that is somebody else’s', () => {
  const NODES: readonly (readonly [string, string, keyof Omit<Foreign, 'title'>])[] = [
    ['Queue', 'queue', 'queue'],
    ['Queue', 'dead-letter', 'queue'],
    ['Queue', 'key', 'key'],
    ['Queue', 'alias', 'alias'],
    ['Topic', 'topic', 'topic'],
    ['Topic', 'key', 'key'],
    ['Bucket', 'bucket', 'bucket'],
  ];
  const whose: readonly (readonly [string, () => Foreign])[] = [
    ['another team’s', () => theirs],
    ['what somebody made by hand', () => byHand],
  ];
  const all = NODES.flatMap(([kind, node, type]) =>
    whose.map(([title, of]) => ({ kind, node, type, title, of })),
  );

  test.each(all)('$kind $node: $title', async ({ kind, node, type, of }) => {
    const name = await mine(kind);
    const resources = await resourcesOf(kind, name);
    const forged = resources.map(entry => (entry.node === node ? { ...entry, ...of()[type] } : entry));
    expect(forged).not.toEqual(resources);
    await harmless(kind, name, () => mallory.forge(kind, name, { resources: forged }));
  });

  test.each(all.filter(({ title }) => title === 'another team’s'))(
    '$kind $node, by its id alone',
    async ({ kind, node, type, of }) => {
      const name = await mine(kind);
      const resources = await resourcesOf(kind, name);
      const { id = '' } = of()[type];
      const forged = resources.map(entry => (entry.node === node ? { ...entry, id } : entry));
      await harmless(kind, name, () => mallory.forge(kind, name, { resources: forged }));
    },
  );
});

describe('A25: entries for what the object never had', () => {
  test.each(['Queue', 'Topic', 'Bucket'])('in the status of a %s', async kind => {
    const name = await mine(kind);
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
    const resources = [...(await resourcesOf(kind, name)), ...extra, subscribed];
    await harmless(kind, name, () => mallory.forge(kind, name, { resources }));
  });

  test('a newer epoch of its queue, which is another team’s', async () => {
    const name = await mine('Queue');
    const resources = await resourcesOf('Queue', name);
    const own = resources.find(entry => entry.node === 'queue');
    const newer = { ...own, ...theirs.queue, node: 'queue', type: 'sqs/queue', epoch: 7, after: [] };
    await harmless('Queue', name, () => mallory.forge('Queue', name, { resources: [...resources, newer] }));
  });

  test('open creates and counts that never were', async () => {
    const name = await mine('Queue');
    const resources = (await resourcesOf('Queue', name)).map(({ id: _, arn: __, ...entry }) => ({
      ...entry,
      attempts: 99,
      pending: { attempt: '98', at: '2020-01-01T00:00:00Z' },
    }));
    await harmless('Queue', name, () => mallory.forge('Queue', name, { resources }));
  });

  test('an order in a circle', async () => {
    const name = await mine('Queue');
    const resources = (await resourcesOf('Queue', name)).map(entry => ({
      ...entry,
      after: ['queue', 'key', 'alias', 'dead-letter'],
    }));
    await harmless('Queue', name, () => mallory.forge('Queue', name, { resources }));
  });

  test('nothing at all', async () => {
    const name = await mine('Queue');
    await harmless('Queue', name, () =>
      mallory.forge('Queue', name, { resources: [], defaults: null, plan: null, conditions: [] }),
    );
  });

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
    await harmless('Bucket', name, async () => {});
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
    await harmless('Bucket', name, async () => {});
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
    await harmless('Queue', name, async () => {});
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
    await harmless('Queue', name, async () => {});
  });

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
    await harmless('Queue', name, async () => {});
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

  beforeAll(async () => {
    await world.apply(withNetwork(NEIGHBOUR));
    await operator.settle();
  });
  afterAll(async () => {
    await world.delete('OptaEnvironment', NEIGHBOUR);
    await operator.settle();
    expect(await has(NEIGHBOUR)).toEqual([]);
  });

  test.each<[string, (own: readonly Entry[], others: readonly Entry[]) => readonly object[]]>([
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
  ])('%s', async (_, forged) => {
    const name = newName();
    await world.apply(withNetwork(name));
    await operator.settle();
    const [mine, theirs] = [await has(name), await has(NEIGHBOUR)];
    expect(mine.length).toBeGreaterThan(5);
    const others = await resources(NEIGHBOUR);
    const own = await resources(name);
    const lie = { status: { resources: forged(own, others) } };
    expect(lie.status.resources).not.toEqual(own);
    const forge = () =>
      world.cluster.transport.request({
        method: 'PATCH',
        path: pathOf(resourceOfKind('OptaEnvironment'), { name, subresource: 'status' }),
        contentType: 'application/merge-patch+json',
        body: lie,
      });
    const since = world.bench.gateway.journal.at(-1)?.id ?? 0;
    await forge();
    await world.annotate('OptaEnvironment', name, { 'opta.dev/reconcile-requested-at': 'now' });
    await operator.settle(calm);
    await operator.drift();
    await operator.drift();
    expect(await has(name)).toEqual(mine);
    expect(await has(NEIGHBOUR)).toEqual(theirs);
    await forge();
    await world.delete('OptaEnvironment', name);
    await operator.settle(calm);
    expect(await world.get('OptaEnvironment', name)).toBeUndefined();
    expect(await has(name)).toEqual([]);
    expect(await has(NEIGHBOUR)).toEqual(theirs);
    const written = world.bench.gateway.journalSince(since).filter(call => call.mutating);
    const touched = (entries: readonly Entry[]) =>
      entries.filter(({ id }) => written.some(call => call.resource === id)).map(({ node }) => node);
    expect(touched(own)).toContain('vpc');
    expect(touched(others)).toEqual([]);
  });
});
