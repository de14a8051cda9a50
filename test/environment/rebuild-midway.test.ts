import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KINDS } from '../../src/kinds/all.ts';
import type { Kind } from '../../src/kinds/kind.ts';
import type { Cluster } from '../support/cluster.ts';
import { isFull } from '../support/mode.ts';
import { openStage, type Stage } from '../support/stage.ts';
import { census, counted } from './support/census.ts';
import { follow, RELEASES } from './support/follow.ts';
import { isWhole, prepareAccount, wholeEnvironment, wholeWithin } from './support/whole.ts';

const DEV = wholeEnvironment();

let stage: Stage;
let other: Cluster;
beforeAll(async () => {
  stage = await openStage();
  other = await stage.anotherCluster();
});
afterAll(() => stage?.close());

/**
 * Creates that come one after the other, whatever goes on side by side; an operator dies when its one was carried out, before
 * it hears so.
 */
const DEATHS = [
  'ec2:CreateVpc',
  'ec2:CreateSubnet',
  'eks:CreateCluster',
  'iam:CreateOpenIDConnectProvider',
  'eks:CreateNodegroup',
] as const;
const DEATHS_ALONE = [
  'ec2:CreateNatGateway',
  ...DEATHS,
  'kms:CreateKey',
  's3:CreateBucket',
  'route53:CreateHostedZone',
  'acm:RequestCertificate',
  'ec2:CreateFlowLogs',
  'ec2:CreateLaunchTemplate',
  'eks:CreateAccessEntry',
  'eks:CreateAddon',
] as const;

describe('a whole environment whose cluster dies while it is made', () => {
  async function emptied(): Promise<void> {
    await stage.clear();
    await other.clear();
    await prepareAccount(stage);
  }

  /** What there is once it is made undisturbed; how many nodes there are is a matter of the release. */
  async function made(): Promise<Readonly<Record<string, number>>> {
    const { interface: _, ...rest } = counted(await census(stage));
    return rest;
  }

  let whole: Readonly<Record<string, number>>;
  beforeAll(async () => {
    await emptied();
    await stage.cluster.apply(DEV);
    const first = await stage.operator();
    await first.until(isWhole);
    whole = await made();
    await first.end();
  });

  /** One cluster after the other dies at its place; the last one finishes. */
  async function dieAt(places: readonly (readonly [string, readonly Kind[]])[]): Promise<Cluster> {
    await emptied();
    let clusters: readonly [Cluster, Cluster] = [other, stage.cluster];
    for (const [write, kinds] of [...places, ['never', KINDS] as const]) {
      const [gone, cluster] = clusters;
      clusters = [cluster, gone];
      await cluster.clear();
      await cluster.apply(DEV);
      const acting = await follow(stage, cluster, gone, kinds, { write, point: 'applied' });
      await wholeWithin(180, stage, cluster, acting);
      expect(acting.life.died, `${write} was called`).toBe(write !== 'never');
      await acting.end();
      if (write === 'never') return finished(cluster, gone);
    }
    throw new Error('nobody finished');
  }

  async function finished(cluster: Cluster, gone: Cluster): Promise<Cluster> {
    expect(await made()).toEqual(whole);
    const mark = stage.mark();
    const acting = await follow(stage, cluster, gone);
    await acting.driftPasses(2);
    expect(stage.writesSince(mark)).toEqual([]);
    await acting.end();
    return cluster;
  }

  test('is finished by those that follow, whatever their defaults, and nothing is there twice', async () => {
    const kinds = RELEASES.map(([, one]) => one);
    const places = DEATHS.map((write, index) => [write, kinds[index % 3] ?? KINDS] as const);
    await dieAt(places);
    console.log(`covered: ${places.length} clusters one after the other, each dead in the middle of making`);
  });

  test.each(isFull ? DEATHS_ALONE : DEATHS_ALONE.slice(0, 1))(
    'is finished by the one that follows a death at %s',
    async write => {
      await dieAt([[write, KINDS]]);
    },
  );
});
