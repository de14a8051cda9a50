/** What ExternalDNS of a cluster left in its zone, with the real engine: the zone is deleted around it. */
import {
  type Change,
  ChangeResourceRecordSetsCommand,
  ListHostedZonesCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
} from '@aws-sdk/client-route-53';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GraphNode } from '../../engine/graph.ts';
import { createMemory } from '../../engine/memory.ts';
import { isGone, isReady, type Life, livesOf, newLife } from '../conformance/life.ts';
import { type AwsBench, startAwsBench } from '../conformance/world.ts';
import { eksParts, withCluster } from '../eks/testing.ts';
import type { HostedZoneDesired } from './hosted-zone.ts';
import { type LeftRecordsDesired, leftRecordsAdaptor } from './left-records.ts';
import { domainName } from './names.ts';

let bench: AwsBench;
beforeAll(async () => {
  bench = await startAwsBench();
});
afterAll(() => bench?.stop());

interface OwnLife extends Life {
  readonly domain: string;
  readonly cluster: string;
}

const { until } = livesOf({
  graph: ({ domain, cluster }: OwnLife) => {
    const zone: GraphNode<HostedZoneDesired> = {
      id: 'zone',
      type: 'route53/hosted-zone',
      dependsOn: [],
      desired: () => ({ domain, comment: 'test' }),
    };
    const left: GraphNode<LeftRecordsDesired> = {
      id: 'left/records',
      type: 'route53/left-records',
      role: 'swept',
      leftBy: [],
      dependsOn: ['zone'],
      desired(seen) {
        const zoneId = seen.id('zone');
        return zoneId === undefined
          ? { waitingFor: 'zone', node: 'zone' }
          : { zoneId, domain, clusterName: cluster };
      },
    };
    return [zone as GraphNode, left as GraphNode];
  },
  mostPasses: 100,
  shortestWaitS: 16,
});

async function begin(): Promise<OwnLife & { zoneId: string }> {
  const world = await bench.world();
  const life = { ...newLife(world), domain: `${world.unique}.example.com`, cluster: `opta-${world.unique}` };
  const { seen } = await until(life, isReady);
  return Object.assign(life, { zoneId: seen.id('zone') ?? '' });
}

type Begun = Awaited<ReturnType<typeof begin>>;

const address = (Name: string): ResourceRecordSet => ({
  Name,
  Type: 'A',
  TTL: 60,
  ResourceRecords: [{ Value: '192.0.2.1' }],
});
const marked = (Name: string, owner: string): ResourceRecordSet => ({
  Name,
  Type: 'TXT',
  TTL: 300,
  ResourceRecords: [
    { Value: `"heritage=external-dns,external-dns/owner=${owner},external-dns/resource=ingress/a/b"` },
  ],
});
const both = (label: string, { domain, cluster }: OwnLife, owner = cluster) => [
  address(`${label}.${domain}`),
  marked(`a-${label}.${domain}`, owner),
];

async function change(
  { world, zoneId }: Begun,
  Action: Change['Action'],
  sets: readonly ResourceRecordSet[],
): Promise<void> {
  for (let at = 0; at < sets.length; at += 400) {
    const Changes = sets.slice(at, at + 400).map(ResourceRecordSet => ({ Action, ResourceRecordSet }));
    await world.scope.route53.send(
      new ChangeResourceRecordSetsCommand({ HostedZoneId: zoneId, ChangeBatch: { Changes } }),
    );
  }
}

/** Without those of the zone itself. */
async function records({ world, zoneId, domain }: Begun): Promise<readonly string[]> {
  const { ResourceRecordSets = [] } = await world.scope.route53.send(
    new ListResourceRecordSetsCommand({ HostedZoneId: zoneId }),
  );
  return ResourceRecordSets.filter(one => one.Type !== 'NS' && one.Type !== 'SOA').map(
    one => `${domainName(one.Name ?? '').replace(`.${domain}`, '')} ${one.Type}`,
  );
}

function remove(life: Begun): void {
  life.deletion = 'Remove';
  life.generation += 1;
}

const zones = async ({ world }: OwnLife) =>
  (await world.scope.route53.send(new ListHostedZonesCommand({}))).HostedZones?.length;

const batches = (calls: readonly { operation: string; mutating: boolean }[]) =>
  calls.filter(one => one.operation === 'ChangeResourceRecordSets').length;

test('records of the cluster’s owner go, by one batch, and the zone after them', async () => {
  const life = await begin();
  const alias: ResourceRecordSet = {
    Name: life.domain,
    Type: 'A',
    AliasTarget: { HostedZoneId: 'Z2', DNSName: 'lb.example.com.', EvaluateTargetHealth: true },
  };
  await change(life, 'CREATE', [
    ...both('web', life),
    ...both('api', life),
    alias,
    marked(life.domain, life.cluster),
  ]);
  remove(life);
  const calls = await life.world.calls(() => until(life, isGone));
  expect(calls.filter(one => one.mutating).map(one => one.operation)).toEqual([
    'ChangeResourceRecordSets',
    'DeleteHostedZone',
  ]);
  expect(await zones(life)).toBe(0);
});

test('while the object lives nobody looks at them', async () => {
  const life = await begin();
  await change(life, 'CREATE', both('web', life));
  life.world.gateway.advanceClock(300);
  const calls = await life.world.calls(() => until(life, isReady));
  expect(calls.map(one => one.operation)).not.toContain('ListResourceRecordSets');
  expect(await records(life)).toHaveLength(2);
});

describe('what is not provably the cluster’s holds the zone, is named, and stays', () => {
  test.each<[string, (life: Begun) => readonly ResourceRecordSet[], readonly string[]]>([
    ['a record without a mark', life => [address(`www.${life.domain}`)], ['www A']],
    ['records of another owner', life => both('www', life, 'somebody'), ['a-www TXT', 'www A']],
    [
      'a record beside a mark of another type',
      life => [
        { ...address(`www.${life.domain}`), Type: 'AAAA', ResourceRecords: [{ Value: '2001:db8::1' }] },
        marked(`a-www.${life.domain}`, life.cluster),
      ],
      ['www AAAA'],
    ],
  ])('%s', async (_, foreign, stays) => {
    const life = await begin();
    const sets = foreign(life);
    await change(life, 'CREATE', [...both('web', life), ...sets]);
    remove(life);
    const held = await until(life, ({ errors }) => errors.some(({ error }) => error.class === 'Blocked'));
    const resources = held.errors.flatMap(({ error }) => error.blockers.map(one => one.resource));
    expect(resources.sort()).toEqual(stays.map(one => one.replace(' ', `.${life.domain} `)).sort());
    expect((await records(life)).toSorted()).toEqual([...stays].sort());
    await change(
      life,
      'DELETE',
      sets.filter(one => stays.includes(`${one.Name?.replace(`.${life.domain}`, '')} ${one.Type}`)),
    );
    await until(life, isGone);
    expect(await zones(life)).toBe(0);
  });
});

test('many are read to the last page, and go by batches that Route 53 takes', async () => {
  const life = await begin();
  const names = Array.from({ length: 330 }, (_, index) => `host-${index}`);
  await change(
    life,
    'CREATE',
    names.flatMap(name => both(name, life)),
  );
  life.world.gateway.addFault({ operation: 'ListResourceRecordSets', fault: { kind: 'pageSize', n: 100 } });
  remove(life);
  const calls = await life.world.calls(() => until(life, isGone));
  expect(batches(calls)).toBeGreaterThan(1);
  expect(batches(calls)).toBeLessThan(6);
  expect(await zones(life)).toBe(0);
});

test('the status names them in one line', async () => {
  const life = await begin();
  await change(
    life,
    'CREATE',
    ['a', 'b', 'c', 'd', 'e', 'f', 'g'].flatMap(name => both(`host-${name}`, life)),
  );
  life.world.gateway.addFault({ operation: 'ChangeResourceRecordSets', fault: { kind: 'accessDenied' } });
  remove(life);
  const { plan } = await until(life, ({ plan }) => plan.nodes.some(one => one.node === 'left/records'));
  expect(plan.nodes.find(one => one.node === 'left/records')?.message).toMatch(
    /^records of the cluster’s external-dns for host-a\.\S+, .* and 2 more names is to be removed$/,
  );
});

test('a record that is changed meanwhile is looked at again, and its mark stays until then', async () => {
  const life = await begin();
  await change(life, 'CREATE', both('web', life));
  const { world, zoneId, domain, cluster: clusterName } = life;
  const desired = { zoneId, domain, clusterName };
  const look = { desired, recorded: [], freshness: 'fresh' } as const;
  const options = { desired, owner: world.owner };
  const find = () => leftRecordsAdaptor.find(world.scope, world.identity(), look);
  const [old] = await find();
  await change(life, 'UPSERT', [{ ...address(`web.${domain}`), TTL: 30 }]);
  if (old === undefined) throw new Error('nothing was found');
  await expect(leftRecordsAdaptor.remove(world.scope, old, options)).rejects.toMatchObject({ class: 'Busy' });
  expect(await records(life)).toEqual(['a-web TXT', 'web A']);
  const [found] = await find();
  if (found === undefined) throw new Error('nothing was found');
  await leftRecordsAdaptor.remove(world.scope, found, options);
  expect(await records(life)).toEqual([]);
  expect(await find()).toEqual([]);
});

test.each(['resetBefore', 'resetAfter'] as const)(
  'an answer is lost (%s), and another process goes on',
  async kind => {
    const life = await begin();
    await change(life, 'CREATE', both('web', life));
    life.world.gateway.addFault({ operation: 'ChangeResourceRecordSets', fault: { kind } });
    remove(life);
    await until(life, ({ errors }) => errors.length > 0);
    life.memory = createMemory(() => bench.gateway.now());
    await until(life, isGone);
    expect(await zones(life)).toBe(0);
  },
);

test('records that bear the name of a cluster that lives are not touched', async () => {
  const life = await begin();
  const parts = { ...eksParts(life.world), cluster: life.cluster };
  await withCluster(life.world, parts);
  await change(life, 'CREATE', both('web', life));
  remove(life);
  await until(life, ({ errors }) => errors.some(({ error }) => error.class === 'Blocked'));
  expect(await records(life)).toHaveLength(2);
});
