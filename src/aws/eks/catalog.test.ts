import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AwsBench, startAwsBench } from '../conformance/world.ts';
import { createEksCatalog } from './catalog.ts';
import { eksParts } from './testing.ts';

let bench: AwsBench;
beforeAll(async () => {
  bench = await startAwsBench();
});
afterAll(() => bench?.stop());

const MINUTE = 60_000;

async function catalog() {
  const world = await bench.world();
  eksParts(world);
  let now = 0;
  const clock = { now: () => now, monotonic: () => now, setTimeout: () => () => {} };
  const asked: string[] = [];
  const parameter = async (name: string) => `${asked.push(name)}`;
  const made = createEksCatalog(world.scope.eks, parameter, clock);
  return {
    world,
    catalog: made,
    asked,
    wait: (ms: number) => {
      now += ms;
    },
  };
}

test('an answer is shared for an hour', async () => {
  const at = await catalog();
  const ask = () => at.catalog.addon('1.34', 'coredns');
  const first = await at.world.calls(() => Promise.all([ask(), ask()]));
  at.wait(59 * MINUTE);
  const second = await at.world.calls(ask);
  at.wait(2 * MINUTE);
  const third = await at.world.calls(ask);
  expect([first.length, second.length, third.length]).toEqual([1, 0, 1]);
});

test('an image is one of a version and a type, and asked for once an hour', async () => {
  const at = await catalog();
  const ask = (type: string, version = '1.34') => at.catalog.image(version, type);
  expect(await ask('BOTTLEROCKET_ARM_64')).toBe('1');
  expect(await ask('BOTTLEROCKET_ARM_64')).toBe('1');
  expect(await ask('BOTTLEROCKET_x86_64')).toBe('2');
  expect(await ask('BOTTLEROCKET_x86_64', '1.35')).toBe('3');
  at.wait(61 * MINUTE);
  expect(await ask('BOTTLEROCKET_ARM_64')).toBe('4');
  expect(await ask('WINDOWS_FULL_2022_x86_64')).toBeUndefined();
  expect(at.asked.at(-1)).toBe('/aws/service/bottlerocket/aws-k8s-1.34/arm64/latest/image_version');
});

test('add-ons are read to the last page, and the default is the one for that version', async () => {
  const at = await catalog();
  at.world.gateway.addFault({ operation: 'DescribeAddonVersions', fault: { kind: 'pageSize', n: 1 } });
  expect(await at.catalog.addon('1.34', 'vpc-cni')).toEqual({
    default: 'v1.21.1-eksbuild.3',
    versions: ['v1.21.1-eksbuild.3', 'v1.20.4-eksbuild.2', 'v1.19.6-eksbuild.1'],
  });
  expect(await at.catalog.addon('1.34', 'unknown')).toEqual({ default: undefined, versions: [] });
});

test('what a version of an add-on goes with is one answer for all minors, and for all its versions', async () => {
  const at = await catalog();
  at.world.gateway.addFault({ operation: 'DescribeAddonVersions', fault: { kind: 'pageSize', n: 1 } });
  const ask = (version: string) => at.catalog.goesWith('coredns', version);
  const calls = await at.world.calls(async () => {
    expect(await ask('v1.11.4-eksbuild.2')).toEqual(['1.33', '1.32', '1.31', '1.30']);
    expect(await ask('v1.12.4-eksbuild.1')).toContain('1.35');
    expect(await ask('v9')).toEqual([]);
  });
  expect(calls.length).toBe(1);
});

test('support of a version that the table may lack is asked of AWS', async () => {
  const at = await catalog();
  expect(await at.catalog.version('1.33')).toEqual({
    standardSupportEnds: '2026-07-29T00:00:00.000Z',
    extendedSupportEnds: '2027-07-29T00:00:00.000Z',
    isExtended: true,
  });
  expect((await at.catalog.version('1.34'))?.isExtended).toBe(false);
  expect(await at.catalog.version('1.99')).toBeUndefined();
});

test('all that a cluster can have is listed to the last page, oldest first', async () => {
  const at = await catalog();
  at.world.gateway.addFault({ operation: 'DescribeClusterVersions', fault: { kind: 'pageSize', n: 2 } });
  const versions = await at.catalog.versions();
  expect(versions).toEqual(['1.31', '1.32', '1.33', '1.34', '1.35', '1.36']);
});

test('a failure is not kept', async () => {
  const at = await catalog();
  at.world.gateway.addFault({ operation: 'DescribeClusterVersions', fault: { kind: 'throttle' } });
  await expect(at.catalog.version('1.34')).rejects.toMatchObject({ class: 'Throttled' });
  expect(await at.catalog.version('1.34')).toBeDefined();
});
