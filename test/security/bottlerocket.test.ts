import { afterAll, beforeAll, expect, test } from 'vitest';
import { conditionOf } from '../support/settle.ts';
import { s6 } from './support/cluster-checks.ts';
import { environmentByHand } from './support/environment-hand.ts';
import { type EnvironmentWorld, environmentWorld, settled, whole } from './support/environment-world.ts';

/** An environment whose nodes run Bottlerocket, which has two disks. */
let env: EnvironmentWorld;
beforeAll(async () => {
  env = await environmentWorld();
  await env.world.apply(whole({ nodeGroup: { amiType: 'BOTTLEROCKET_x86_64' } }));
  await settled(env);
});
afterAll(() => env?.close());

test('all rows hold', async () => {
  expect(await env.broken()).toEqual({});
});

test('people are told that the age of its images is not known', async () => {
  const object = await env.world.get('OptaEnvironment', 'dev');
  expect(conditionOf(object, 'NodeImageOutdated')).toMatchObject({ status: 'Unknown', reason: 'NoDate' });
});

test('a drift interval passes without a write to AWS or to an object', async () => {
  await env.drift();
  const since = env.world.bench.gateway.journal.at(-1)?.id ?? 0;
  const before = env.operator.writes.length;
  await env.operator.drift();
  expect(env.world.bench.gateway.journalSince(since).filter(call => call.mutating)).toEqual([]);
  expect(env.operator.writes.slice(before)).toEqual([]);
});

test('S6: the disk of pods is left to the account: noticed, and repaired within one drift interval', async () => {
  const { network } = await env.state();
  const [root] = network.templates.at(-1)?.LaunchTemplateData?.BlockDeviceMappings ?? [];
  const hand = await environmentByHand(env);
  await hand.template({ BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { ...root?.Ebs } }] });
  expect(await env.brokenIn(s6)).toContainEqual(expect.stringMatching(/the disk \/dev\/xvdb is not named/));
  await env.drift();
  expect(await env.broken()).toEqual({});
});
