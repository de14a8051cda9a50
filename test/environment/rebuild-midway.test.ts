import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isFull } from '../../hack/vitest/mode.ts';
import { KINDS } from '../../src/kinds/all.ts';
import type { Kind } from '../../src/kinds/kind.ts';
import type { Cluster } from '../support/cluster.ts';
import { FEW_ADDONS, NO_CONTROLLERS } from '../support/small.ts';
import { openStage, type Stage } from '../support/stage.ts';
import { census, counted } from './support/census.ts';
import { follow, RELEASES } from './support/follow.ts';
import { prepareAdmin, wholeEnvironment, wholeWithin } from './support/whole.ts';

/** What has no default of its own, and no other sort of resource, is left out. */
const DEV = wholeEnvironment({}, { addons: FEW_ADDONS, controllerRoles: NO_CONTROLLERS });

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
    await prepareAdmin(stage);
  }

  /** How much of what there is; how many nodes there are is a matter of the release. */
  async function made(): Promise<Readonly<Record<string, number>>> {
    const { interface: _, ...rest } = counted(await census(stage));
    return rest;
  }

  const WHOLE = {
    VPC: 1,
    subnet: 6,
    'internet gateway': 1,
    'NAT gateway': 3,
    address: 3,
    // Public, private in each zone, and the VPC's own.
    'route table': 5,
    // Three of stores, the VPC's own, and the one that EKS makes.
    'security group': 5,
    'subnet group': 3,
    endpoint: 1,
    'flow log': 1,
    // Of flow logs and cluster.
    'log group': 2,
    // Of flow logs, cluster, nodes and an add-on; and the one that was there before.
    role: 5,
    // The boundary of each, and that of workloads.
    policy: 5,
    cluster: 1,
    'launch template': 1,
    'OIDC provider': 1,
    zone: 1,
    certificate: 1,
    key: 1,
    bucket: 1,
  };

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
    expect(await made()).toEqual(WHOLE);
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
