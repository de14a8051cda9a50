import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { vpcAdaptor } from '../../src/aws/ec2/vpc.ts';
import { NO_LOG_BUCKET, SMALL_CLUSTER } from '../support/small.ts';
import { environment } from '../support/world.ts';
import { s6, s9 } from './support/cluster-checks.ts';
import { CLUSTER_MUTANTS } from './support/cluster-mutants.ts';
import { ENVIRONMENT_ROWS, type EnvironmentCheck, s29, s30 } from './support/environment-checks.ts';
import { set } from './support/environment-mutant.ts';
import type { EnvironmentState } from './support/environment-state.ts';
import { type EnvironmentWorld, environmentWorld, settled, whole } from './support/environment-world.ts';
import { areCaught, mutantRounds } from './support/mutants.ts';
import { desired, kindsWith, type Mutation, missing } from './support/mutate.ts';
import { s2, s4, s20 } from './support/network-checks.ts';
import { NETWORK_MUTANTS } from './support/network-mutants.ts';
import { ROLE_MUTANTS } from './support/role-mutants.ts';

/**
 * A check that no mistake can break proves nothing. The operator of one environment makes mistakes in what it tells AWS,
 * some at a time, in different things, and the check of each promise must say so in the words of that mistake.
 */
let made: readonly Mutation[] = [];
let env: EnvironmentWorld;
beforeAll(async () => {
  env = await environmentWorld({
    kinds: kindsWith('OptaEnvironment', nodes => made.reduce((all, mistake) => mistake(all), nodes)),
  });
  await env.world.apply(whole());
  await settled(env);
});
afterAll(() => env?.close());

const ROW = new Map(Object.entries(ENVIRONMENT_ROWS).map(([row, check]) => [check, row.split(':')[0]]));
const MUTANTS = [...NETWORK_MUTANTS, ...CLUSTER_MUTANTS, ...ROLE_MUTANTS];

describe.each(mutantRounds(MUTANTS))('the checks catch, $n', ({ rows: mutants }) => {
  areCaught(
    mutants,
    check => ROW.get(check),
    async () => {
      made = mutants.map(one => one.mistake);
      await env.driftApproved();
      env.asked = Object.assign({}, ...mutants.map(one => one.asked));
      const state = await env.state();
      const said = await Promise.all(
        [...ROW.keys()].map(async check =>
          (await env.brokenIn(check, state)).map(problem => ({ check, problem })),
        ),
      );
      env.asked = {};
      return said.flat();
    },
  );
});

test('nothing is wrong once the operator makes no mistake any more', async () => {
  made = [];
  await env.driftApproved();
  expect(await env.broken()).toEqual({});
});

/**
 * Nothing brings these about where all is there already, so an operator makes an environment with all of them at once, and
 * with little else.
 */
describe('from the beginning', () => {
  let other: EnvironmentWorld;
  let key = '';
  let state: EnvironmentState;
  beforeAll(async () => {
    const differ = vpcAdaptor.diff;
    vi.spyOn(vpcAdaptor, 'diff').mockImplementation((...of) =>
      differ(...of).filter(one => one.field !== 'defaultGroupRules'),
    );
    const mistakes: readonly Mutation[] = [
      desired('subnet/private/2', (wanted, seen) => ({
        ...wanted,
        zoneId: seen.state<Record<string, unknown>>('subnet/private/1')?.zoneId ?? wanted.zoneId,
      })),
      nodes =>
        nodes.map(one =>
          one.id === 'subnet/private/2' ? { ...one, dependsOn: [...one.dependsOn, 'subnet/private/1'] } : one,
        ),
      desired('cluster', wanted => ({ ...wanted, keyArn: key })),
      missing('log-group/cluster'),
      set('key', { rotationPeriodDays: 0 }),
      set('node-group', { amiType: 'BOTTLEROCKET_x86_64' }),
    ];
    other = await environmentWorld({
      kinds: kindsWith('OptaEnvironment', nodes => mistakes.reduce((all, one) => one(all), nodes)),
    });
    const { KeyMetadata } = await other.world.aws.kms.send(new CreateKeyCommand({}));
    key = KeyMetadata?.Arn ?? '';
    await other.world.apply(
      environment({
        network: { availabilityZones: 3, flowLogs: { mode: 'Disabled' }, gatewayEndpoints: [] },
        kubernetes: SMALL_CLUSTER,
        logBucket: NO_LOG_BUCKET,
      }),
    );
    await settled(other);
    state = await other.state();
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await other?.close();
  });

  test.each<[string, EnvironmentCheck, RegExp]>([
    ['S2: two private subnets in one zone', s2, /^private subnets are in 2 zones$/],
    ['S4: which have different NAT gateways', s4, /NAT gateway of subnet\/private\/2 is in zone euc1-az2/],
    ['S6: the disk of pods on Bottlerocket', s6, /the disk \/dev\/xvdb is not named/],
    ['S9: secrets with another key', s9, /the key of secrets is .*, not /],
    ['S20: a default security group that lets things out', s20, /egress of the default .* is -1/],
    ['S29: no log group of the cluster', s29, /there is no log group|is kept for ever/],
    ['S30: a key that is not rotated', s30, /the key is not rotated/],
  ])('%s', async (_, check, says) => {
    expect(await other.brokenIn(check, state)).toContainEqual(expect.stringMatching(says));
  });
});
