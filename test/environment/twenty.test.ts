import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { environment, type Manifest } from '../support/manifests.ts';
import { seeded } from '../support/random.ts';
import { type Acting, areReady, openStage, type Stage } from '../support/stage.ts';
import { callsOfOnePass } from './support/drift.ts';

const NETWORK = {
  network: { availabilityZones: 2, natGateways: 'Single' },
  encryption: { onDelete: 'Schedule', deletionWindowDays: 7 },
};
const one = environment(NETWORK);
const twenty: readonly Manifest[] = Array.from({ length: 20 }, (_, n) => ({ ...one, name: `env-${n + 1}` }));

let stage: Stage;
let acting: Acting;
beforeAll(async () => {
  stage = await openStage();
  acting = await stage.operator({ random: seeded(20) });
});
afterAll(() => stage?.close());

/** A pass after IAM has settled, and the calls of the one that follows, by service. */
async function callsOfOneLook(): Promise<Readonly<Record<string, number>>> {
  await acting.driftPasses(1);
  return callsOfOnePass(stage, acting);
}

function of(service: string, calls: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(calls).filter(([name]) => name.startsWith(`${service}:`)));
}

/** Without what EC2 answers of one VPC a call. */
function listsOf(calls: Readonly<Record<string, number>>): number {
  const { 'ec2:DescribeVpcAttribute': _, ...lists } = of('ec2', calls);
  return Object.values(lists).reduce((total, count) => total + count, 0);
}

describe('twenty environments with networks in one account and region', () => {
  let alone: Readonly<Record<string, number>>;

  test('one alone is looked at by one list of each type', async () => {
    const [first] = twenty;
    if (first === undefined) throw new Error('there is none');
    await stage.cluster.apply(first);
    await acting.until(areReady(first));
    alone = await callsOfOneLook();
    console.log(`covered: one look at an environment with a network: ${JSON.stringify(alone)}`);
    const several = Object.entries(alone).filter(([, count]) => count > 1);
    expect(Object.fromEntries(several)).toEqual({ 'ec2:DescribeVpcAttribute': 2, 'tagging:GetResources': 3 });
  });

  test('all of them take at most twice the lists of one, and nothing is written', async () => {
    for (const manifest of twenty.slice(1)) await stage.cluster.apply(manifest);
    await acting.until(areReady(...twenty));
    const calls = await callsOfOneLook();
    console.log(`covered: one look at twenty environments with networks: ${JSON.stringify(calls)}`);
    expect(listsOf(calls)).toBeLessThanOrEqual(2 * listsOf(alone));
    expect(calls['ec2:DescribeVpcAttribute']).toBe(2 * twenty.length);
    expect(Object.keys(of('iam', calls))).toEqual(['iam:GetAccountAuthorizationDetails']);
    expect(calls['iam:GetAccountAuthorizationDetails']).toBeLessThanOrEqual(2);
    for (const operation of ['logs:DescribeLogGroups', 'kms:ListAliases'])
      expect(calls[operation], operation).toBeLessThanOrEqual(2);
    expect(calls['tagging:GetResources']).toBeLessThanOrEqual(2 * (alone['tagging:GetResources'] ?? 0));
  });
});
