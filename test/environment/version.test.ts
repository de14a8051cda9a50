import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eksControl } from '../../hack/bench/aws/eks/index.ts';
import { approve } from '../support/approval.ts';
import { ACCOUNT, environment, REGION } from '../support/manifests.ts';
import { NO_LOG_BUCKET, SMALL_CLUSTER, SMALL_NETWORK } from '../support/small.ts';
import {
  type Acting,
  areReady,
  type Lookup,
  messageOf,
  openStage,
  type Stage,
  standing,
} from '../support/stage.ts';

const spec = (version?: string) =>
  environment({
    network: SMALL_NETWORK,
    kubernetes: { ...SMALL_CLUSTER, ...(version === undefined ? {} : { version }) },
    logBucket: NO_LOG_BUCKET,
    managementPolicy: 'ApproveHighRisk',
  });
const place = { accountId: ACCOUNT, region: REGION };

let stage: Stage;
let acting: Acting;
beforeAll(async () => {
  stage = await openStage();
  acting = await stage.operator();
  await stage.cluster.apply(spec('1.34'));
  await acting.until(areReady(spec('1.34')));
});
afterAll(() => stage?.close());

const dev = () => stage.cluster.get('OptaEnvironment', 'dev');
const control = () => eksControl(stage.world.bench.gateway);
const synced = (is: string) => (look: Lookup) =>
  standing(look('OptaEnvironment', 'dev'), 'Synced') === `Synced=False ${is}`;
const upgrades = (mark: number) =>
  stage
    .writesSince(mark)
    .map(one => one.operation)
    .filter(one => /^Update(ClusterVersion|NodegroupVersion|Addon)$/.test(one));

async function clusterName(): Promise<string> {
  const of = (await dev()).status?.cluster as { name?: string } | undefined;
  return of?.name ?? '';
}

describe('the version of a cluster', () => {
  test('a version that EKS does not offer is named before the first step, and taken back by leaving it out', async () => {
    const mark = stage.mark();
    await stage.cluster.apply(spec('1.53'));
    await acting.until(synced('UpgradeBlocked'));
    expect(messageOf(await dev(), 'Synced')).toMatch(
      /It is stopped by Kubernetes 1\.53, which EKS does not offer \(it has .*1\.36\): leave spec\.kubernetes\.version out/,
    );
    await stage.cluster.apply(spec());
    await acting.until(areReady(spec()));
    expect((await dev()).status?.defaults).toMatchObject({ 'kubernetes.version': '1.34' });
    expect(upgrades(mark)).toEqual([]);
  });

  test('an upgrade that was approved is not asked for again, however long a check of EKS holds it up', async () => {
    control().plantInsight(place, await clusterName(), {
      name: 'Deprecated APIs removed in Kubernetes v1.35',
      kubernetesVersion: '1.35',
      status: 'ERROR',
      reason: 'Ingress of v1beta1 is in use.',
      recommendation: 'Move it to v1.',
    });
    const mark = stage.mark();
    await stage.cluster.apply(spec('1.35'));
    await acting.until(synced('ApprovalRequired'));
    await approve(stage.world, 'OptaEnvironment', 'dev');
    await acting.until(synced('UpgradeBlocked'));
    // EKS is asked to look again every two hours.
    for (let pass = 0; pass < 30; pass++) {
      await acting.driftPasses(1);
      expect(standing(await dev(), 'Synced')).not.toContain('ApprovalRequired');
    }
    expect(upgrades(mark)).toEqual([]);
    control().clearInsights(place, await clusterName());
    // The control plane was agreed to; what comes after it is asked for by itself.
    await acting.until(synced('ApprovalRequired'));
    expect(upgrades(mark)).toEqual(['UpdateClusterVersion']);
    while (standing(await dev(), 'Upgrading') !== 'Upgrading=False VersionReached') {
      await approve(stage.world, 'OptaEnvironment', 'dev');
      await acting.until(look => synced('ApprovalRequired')(look) || areReady(spec())(look));
    }
    expect((await dev()).status?.cluster).toMatchObject({ version: '1.35' });
  });

  test('a version that the cluster has passed changes nothing, and is named', async () => {
    const mark = stage.mark();
    // Admission sees no version before it.
    await stage.cluster.apply(spec());
    await acting.until(areReady(spec()));
    await stage.cluster.apply(spec('1.34'));
    await acting.until(synced('VersionBehind'));
    const behind = await dev();
    expect([standing(behind), standing(behind, 'Stalled')]).toEqual([
      'Ready=True Ready',
      'Stalled=True VersionBehind',
    ]);
    expect(messageOf(behind, 'Synced')).toMatch(
      /is 1\.34 and the cluster runs Kubernetes 1\.35: .*Set it to 1\.35/,
    );
    await acting.driftPasses(1);
    expect(stage.writesSince(mark)).toEqual([]);
  });
});
