import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AwsBench, startAwsBench, type World } from '../conformance/world.ts';
import { nodeImageAdaptor } from './node-image.ts';
import { eksParts } from './testing.ts';

let bench: AwsBench;
beforeAll(async () => {
  bench = await startAwsBench();
});
afterAll(() => bench?.stop());

async function prepared(): Promise<World> {
  const world = await bench.world();
  const { control } = eksParts(world);
  delete control.settings.newImages;
  return world;
}

async function look(world: World, amiType = 'AL2023_x86_64_STANDARD', version = '1.34') {
  const context = { desired: { version, amiType }, recorded: [], freshness: 'fresh' } as const;
  const [found] = await nodeImageAdaptor.find(world.scope, world.identity(), context);
  if (found === undefined) throw new Error('nothing was told');
  expect(nodeImageAdaptor.readiness(found.state)).toEqual({ is: 'ready' });
  return found.state;
}

test.each([
  ['AL2023_x86_64_STANDARD', '1.34.4-20261101'],
  ['AL2023_ARM_64_STANDARD', '1.34.4-20261101'],
  ['BOTTLEROCKET_x86_64', '1.47.0-6154605b'],
  ['BOTTLEROCKET_ARM_64', '1.47.0-6154605b'],
])('the newest image of %s is %s', async (amiType, newest) => {
  const world = await prepared();
  const asked = await world.calls(() => look(world, amiType));
  expect(asked.map(call => `${call.service}:${call.operation}`)).toEqual(['ssm:GetParameter']);
  expect(await look(world, amiType)).toEqual({ version: '1.34', amiType, newest });
});

test('it is that of the version', async () => {
  const world = await prepared();
  expect(await look(world, 'AL2023_x86_64_STANDARD', '1.35')).toMatchObject({ newest: '1.35.4-20261101' });
});

test('it is asked for once an hour, and a newer one is then seen', async () => {
  const world = await prepared();
  await look(world);
  eksParts(world).control.settings.newImages = 1;
  expect(await world.calls(() => look(world))).toEqual([]);
  world.gateway.advanceClock(61 * 60);
  expect(await look(world)).toMatchObject({ newest: '1.34.4-20261201' });
});

test.each([
  ['without the right to ask', 'accessDenied', /AWS refused SSM:GetParameter \(AccessDenied/],
  ['while AWS throttles', 'throttle', /SSM GetParameter.*Throttling/],
] as const)('%s it is not known, which is told and is nobody’s failure', async (_, kind, says) => {
  const world = await prepared();
  world.gateway.addFault({ service: 'ssm', fault: { kind } });
  const { newest, problem } = await look(world);
  expect(newest).toBeUndefined();
  expect(problem).toMatch(says);
  expect(await look(world)).toMatchObject({ newest: '1.34.4-20261101' });
});

test('of a type that AWS recommends none for it is not known either', async () => {
  const world = await prepared();
  const problem = 'AWS recommends no image CUSTOM for Kubernetes 1.34';
  expect(await look(world, 'CUSTOM')).toEqual({ version: '1.34', amiType: 'CUSTOM', problem });
  expect(await look(world, 'AL2023_x86_64_STANDARD', 'x')).toMatchObject({ problem: expect.any(String) });
});
