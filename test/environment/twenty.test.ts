import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seeded } from '../../hack/vitest/random.ts';
import { environment, type Manifest } from '../support/manifests.ts';
import { SMALL_NETWORK } from '../support/small.ts';
import { type Acting, areReady, openStage, type Stage } from '../support/stage.ts';
import { callsOfOnePass } from './support/drift.ts';

/** All parts that a network can have are in every fifth: what were read one by one would show as four. */
function networkOf(index: number): object {
  return index % 5 === 0 ? { availabilityZones: 2, natGateways: 'Single' } : SMALL_NETWORK;
}
const twenty: readonly Manifest[] = Array.from({ length: 20 }, (_, index) => ({
  ...environment({
    network: networkOf(index),
    encryption: { onDelete: 'Schedule', deletionWindowDays: 7 },
  }),
  name: `env-${index + 1}`,
}));

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

function ofService(service: string, calls: Readonly<Record<string, number>>): number {
  const counts = Object.entries(calls).filter(([name]) => name.startsWith(`${service}:`));
  return counts.reduce((total, [, count]) => total + count, 0);
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
    expect(Object.fromEntries(several)).toEqual({
      // The API answers one attribute a call.
      'ec2:DescribeVpcAttribute': 2,
      // One list of each type: keys, log groups, subnet groups of both services, and policies in IAM's own region.
      'tagging:GetResources': 5,
    });
  });

  test('nineteen more are made', async () => {
    for (const manifest of twenty.slice(1)) await stage.cluster.apply(manifest);
    await acting.until(areReady(...twenty));
  });

  test('all of them take at most twice the EC2 calls of one, and nothing is written', async () => {
    const calls = await callsOfOneLook();
    console.log(`covered: one look at twenty environments with networks: ${JSON.stringify(calls)}`);
    expect(ofService('ec2', calls)).toBeLessThanOrEqual(2 * ofService('ec2', alone));
    for (const lists of ['iam', 'logs', 'tagging', 'rds', 'elasticache'])
      expect(ofService(lists, calls), lists).toBe(ofService(lists, alone));
    // What one call tells of one resource only.
    const several = Object.entries(calls).filter(([name, count]) => count > (alone[name] ?? 0));
    expect(Object.fromEntries(several)).toEqual({
      // Of six VPCs at each look, in turn.
      'ec2:DescribeVpcAttribute': 12,
      'kms:DescribeKey': 20,
      'kms:GetKeyPolicy': 20,
      'kms:GetKeyRotationStatus': 20,
      // The bucket of access logs.
      's3:GetBucketEncryption': 20,
      's3:GetBucketLifecycleConfiguration': 20,
      's3:GetBucketOwnershipControls': 20,
      's3:GetBucketPolicy': 20,
      's3:GetBucketTagging': 20,
      's3:GetBucketVersioning': 20,
      's3:GetPublicAccessBlock': 20,
    });
  });
});
