/** What a cluster leaves in its VPC, with the real adaptors and engine: a network is deleted around it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Kill, killsIn, type NetworkBench, startNetworkBench } from '../../aws/ec2/testing-network.ts';
import { checkGraph } from '../../engine/testing/check-graph.ts';
import { allThere } from '../testing/graph.ts';
import { clusterName } from './cluster.ts';
import { environmentKind } from './environment.ts';
import { leftoverNodes } from './leftovers.ts';
import {
  around,
  counts,
  elsewhere,
  inputOf,
  leave,
  left,
  makeTargets,
  nothing,
} from './testing-leftovers.ts';

let bench: NetworkBench;
beforeAll(async () => {
  bench = await startNetworkBench();
});
afterAll(() => bench?.stop());

test('they come after the cluster and before what they hold, also where the spec has no cluster any more', () => {
  const input = inputOf({ accountId: '123456789012', region: 'eu-central-1' }, 3);
  const graph = environmentKind.graph(input);
  checkGraph(graph);
  expect(graph.some(node => node.id === 'cluster')).toBe(false);
  const nodes = leftoverNodes(input);
  for (const { id, leftBy, role } of nodes) expect([id, leftBy, role]).toEqual([id, ['cluster'], 'swept']);
  const held = new Set(nodes.flatMap(node => node.dependsOn).filter(id => !id.startsWith('left/')));
  const subnets = graph.flatMap(node => (node.type === 'ec2/subnet' ? node.id : []));
  expect([...held].sort()).toEqual(['internet-gateway', 'vpc', 'zone', ...subnets].sort());
});

test('in a network that was there already they hold nothing, and go all the same', () => {
  const input = inputOf({ accountId: '123456789012', region: 'eu-central-1' }, 3);
  const existing = { vpcId: 'vpc-0a1b2c3d', privateSubnetIds: ['subnet-0a1b2c3d', 'subnet-1a1b2c3d'] };
  const ofNetwork = (network: object) =>
    leftoverNodes({ ...input, spec: { ...input.spec, network } }).filter(node => node.id !== 'left/records');
  const nodes = ofNetwork({ existing });
  const nothingSeen = allThere([]);
  const desired = { vpcId: existing.vpcId, clusterName: clusterName(input) };
  for (const node of nodes) {
    // Volumes and snapshots are in no network.
    if (node.id === 'left/disks')
      expect(node.desired(nothingSeen)).toEqual({ clusterName: clusterName(input) });
    else expect(node.desired(nothingSeen)).toEqual(desired);
  }
  expect(nodes.flatMap(node => node.dependsOn).filter(id => !id.startsWith('left/'))).toEqual([]);
  expect(ofNetwork({ enabled: false })).toEqual([]);
});

test('of a cluster that was there already nothing is looked for, in whatever network', () => {
  const input = inputOf({ accountId: '123456789012', region: 'eu-central-1' }, 3);
  const kubernetes = { existing: { clusterName: 'main' } };
  const existing = { vpcId: 'vpc-0a1b2c3d', privateSubnetIds: ['subnet-0a1b2c3d', 'subnet-1a1b2c3d'] };
  for (const network of [{}, { existing }, { enabled: false }]) {
    expect(leftoverNodes({ ...input, spec: { ...input.spec, network, kubernetes } })).toEqual([]);
    const off = { ...kubernetes, enabled: false };
    expect(leftoverNodes({ ...input, spec: { ...input.spec, network, kubernetes: off } })).toEqual([]);
  }
});

test('volumes and snapshots hold nothing but the key that they are encrypted with, where it would go', () => {
  const input = inputOf({ accountId: '123456789012', region: 'eu-central-1' }, 3);
  const disksOf = (spec: object) =>
    leftoverNodes({ ...input, spec: { ...input.spec, ...spec } }).filter(node => node.id.includes('disks'));
  const told = { id: 'left/disks', onlyNamed: true, dependsOn: [] };
  expect(disksOf({})).toMatchObject([told]);
  expect(disksOf({ encryption: { onDelete: 'Keep' } })).toMatchObject([told]);
  const encryption = { onDelete: 'Schedule' };
  const [, held] = disksOf({ encryption });
  expect(disksOf({ encryption })).toMatchObject([told, { dependsOn: ['key', 'alias'], leftBy: ['cluster'] }]);
  expect(held?.desired({ ...allThere([]), arn: () => 'arn:k' })).toEqual({ keyArn: 'arn:k' });
  // Nodes of a cluster that is there already may have the key too; without a network there never were any.
  const existing = { encryption, kubernetes: { existing: { clusterName: 'main' } } };
  expect(disksOf(existing).map(node => node.id)).toEqual(['left/encrypted-disks']);
  expect(disksOf({ encryption, network: { enabled: false } })).toEqual([]);
});

test('records of its external-dns come after the cluster and before the zone, and in a zone that stays they go all the same', () => {
  const input = inputOf({ accountId: '123456789012', region: 'eu-central-1' }, 3);
  const dns = { domain: 'dev.example.com' };
  const recordsOf = (spec: object) =>
    leftoverNodes({ ...input, spec: { ...input.spec, ...spec } }).filter(node =>
      node.id.startsWith('left/records'),
    );
  const state = <S>() => ({ domain: 'dev.example.com' }) as S;
  const seen = { ...allThere([]), id: () => 'Z1', state };
  const desired = { domain: 'dev.example.com', clusterName: clusterName(input) };
  const ours = { id: 'left/records', role: 'swept', leftBy: ['cluster'], dependsOn: ['zone'] };
  // Also where the domain left the spec: the zone may be there still.
  for (const spec of [{ dns }, {}]) {
    const [own, ...more] = recordsOf(spec);
    expect(own).toMatchObject(ours);
    expect(more).toEqual([]);
    expect(own?.desired(seen)).toEqual({ ...desired, zoneId: 'Z1' });
    expect(own?.desired(allThere([]))).toEqual({ waitingFor: 'zone', node: 'zone' });
  }
  const [own, there] = recordsOf({ dns: { ...dns, existingZoneId: 'Z2345' }, network: { enabled: false } });
  expect(own).toMatchObject(ours);
  expect(there?.dependsOn).toEqual(['existing-zone']);
  expect(there?.desired(allThere([]))).toEqual({ ...desired, zoneId: 'Z2345' });
  expect(recordsOf({ dns, kubernetes: { existing: { clusterName: 'main' } } })).toEqual([]);
});

test('while the environment lives nothing is asked about them', async () => {
  const of = await around(bench, 2, true);
  await leave(of, of.cluster);
  bench.pass(300);
  const calls = await bench.calls(() => of.network.pass());
  expect(calls.filter(call => call.mutating)).toEqual([]);
  // As many as without these nodes: network.test.ts.
  expect(calls).toHaveLength(11);
  expect(calls.filter(call => ['elasticloadbalancing', 'eks'].includes(call.service))).toEqual([]);
  expect(calls.filter(call => call.operation === 'DescribeNetworkInterfaces')).toEqual([]);
});

test('all that the cluster left goes, what is not its own stays, and the deletion ends', async () => {
  const of = await around(bench, 2, true);
  const before = await counts(of);
  await leave(of, of.cluster);
  // Targets of somebody's in this VPC, which do not hold it; and in another VPC all that has the cluster's tags.
  await makeTargets(of, 'other', { [`kubernetes.io/cluster/${of.cluster}x`]: 'owned' });
  const other = await elsewhere(of);
  await leave(other, of.cluster);
  const own = left(2);
  expect(await counts(of)).toEqual({
    ...own,
    vpcs: 1,
    targets: own.targets + 1,
    interfaces: own.interfaces + before.interfaces,
    groups: own.groups + before.groups,
  });
  of.network.remove();
  const calls = await bench.calls(() => of.network.converge());
  expect(await counts(of)).toEqual({ ...nothing, targets: 1 });
  expect(await counts(other)).toEqual({ vpcs: 1, ...own });
  const writes = calls.filter(call => call.mutating);
  const refused = writes.filter(call => call.errorCode !== undefined).length;
  console.log(
    `covered: a network of two zones with what its cluster left: ${writes.length} writes, ${refused} of them refused`,
  );
});

test('its groups that name each other, and what is on its way out, are no blockers', async () => {
  const of = await around(bench);
  await leave(of, of.cluster);
  of.network.remove();
  const seen: string[] = [];
  for (let pass = 0; pass < 30; pass += 1) {
    const result = await of.network.passes(1);
    seen.push(...result.errors.map(one => one.error.class));
    bench.pass(10);
  }
  expect(await counts(of)).toEqual(nothing);
  expect(seen.filter(one => one !== 'Busy')).toEqual([]);
});

describe('a process that ends at any write of the deletion', () => {
  async function deleted(kill?: (base: number) => Kill): Promise<number> {
    const of = await around(bench);
    await leave(of, of.cluster);
    const base = of.network.writes();
    of.network.remove();
    await of.network.converge(kill?.(base));
    expect(await counts(of), JSON.stringify(kill?.(0))).toEqual(nothing);
    return of.network.writes() - base;
  }

  test('before it, when it was applied, or when it was answered', async () => {
    const writes = await deleted();
    const kills = killsIn(writes);
    for (const { at, point } of kills) await deleted(base => ({ at: base + at, point }));
    console.log(
      `covered: what a cluster left: ${writes} writes, the process ended at ${kills.length} points of them`,
    );
  });
});
