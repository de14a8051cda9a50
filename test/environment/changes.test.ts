import {
  CreateLaunchTemplateVersionCommand,
  DescribeLaunchTemplateVersionsCommand,
  ModifyLaunchTemplateCommand,
  type RequestLaunchTemplateData,
} from '@aws-sdk/client-ec2';
import { DescribeNodegroupCommand } from '@aws-sdk/client-eks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AS_AWS, eksControl } from '../../hack/bench/aws/eks/index.ts';
import { approve } from '../support/approval.ts';
import { type ByHand, byHand } from '../support/by-hand.ts';
import { ACCOUNT, environment } from '../support/manifests.ts';
import { FEW_ADDONS, NO_LOG_BUCKET, SMALL_CLUSTER, SMALL_NETWORK } from '../support/small.ts';
import {
  type Acting,
  areReady,
  type Lookup,
  messageOf,
  openStage,
  type Stage,
  standing,
} from '../support/stage.ts';
import { census } from './support/census.ts';

/** One that nodes need not is there, and goes and comes. */
const FEW = FEW_ADDONS.filter(one => one.name !== 'metrics-server');
const cluster = { ...SMALL_CLUSTER, addons: FEW, version: '1.34' };
const nodeGroup = { instanceTypes: ['m7i.large'] };
const spec = (parts: object) =>
  environment({ network: SMALL_NETWORK, kubernetes: cluster, logBucket: NO_LOG_BUCKET, ...parts });

let stage: Stage;
let acting: Acting;
let hand: ByHand;
beforeAll(async () => {
  stage = await openStage();
  // Nodes come all the same.
  eksControl(stage.world.bench.gateway).settings.showsTags = true;
  hand = byHand(stage);
  acting = await stage.operator();
  await stage.cluster.apply(spec({}));
  await acting.until(areReady(spec({})));
});
afterAll(async () => {
  hand?.close();
  await stage?.close();
});

const place = { accountId: ACCOUNT, region: 'eu-central-1' };
const dev = () => stage.cluster.get('OptaEnvironment', 'dev');

const asks = (look: Lookup) =>
  standing(look('OptaEnvironment', 'dev'), 'Synced') === 'Synced=False ApprovalRequired';

async function clusterName(): Promise<string> {
  const of = (await dev()).status?.cluster as { name?: string } | undefined;
  return of?.name ?? '';
}

async function changed(parts: object): Promise<readonly string[]> {
  const mark = stage.mark();
  await stage.cluster.apply(spec(parts));
  await acting.until(areReady(spec(parts)));
  return stage.writesSince(mark).map(one => one.operation);
}

describe('an environment that is changed', () => {
  test('nodes stay when somebody makes a version of their own the default one of the template', async () => {
    const LaunchTemplateId = (await dev()).status?.resources?.find(one => one.node === 'launch-template')?.id;
    const { LaunchTemplateVersions = [] } = await hand.ec2.send(
      new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId }),
    );
    const ours = LaunchTemplateVersions[0]?.LaunchTemplateData as RequestLaunchTemplateData;
    const LaunchTemplateData = { ...ours, Monitoring: { Enabled: true } };
    await hand.ec2.send(new CreateLaunchTemplateVersionCommand({ LaunchTemplateId, LaunchTemplateData }));
    await hand.ec2.send(new ModifyLaunchTemplateCommand({ LaunchTemplateId, DefaultVersion: '2' }));
    const mark = stage.mark();
    await acting.driftPasses(1);
    expect(stage.writesSince(mark)).toEqual([]);
    expect(standing(await dev(), 'Synced')).toBe('Synced=True Synced');
  });

  test('other tags reach nodes with what replaces them next, and replace none by themselves', async () => {
    const group = (await dev()).status?.resources?.find(one => one.node === 'node-group')?.name ?? '';
    const [name, nodegroupName] = group.split('/');
    const used = async () => {
      const command = new DescribeNodegroupCommand({ clusterName: name, nodegroupName });
      return (await hand.eks.send(command)).nodegroup?.launchTemplate?.version;
    };
    const tags = { team: 'payments' };
    const before = await used();
    const mark = stage.mark();
    await stage.cluster.apply(spec({ tags }));
    await acting.until(areReady(spec({ tags })));
    await acting.driftPasses(2);
    const written = () => stage.writesSince(mark).map(one => one.operation);
    expect(written()).toContain('CreateLaunchTemplateVersion');
    expect(written()).not.toContain('UpdateNodegroupVersion');
    expect(await used()).toBe(before);
    const behind = /node-group starts nodes by version \d+ of its launch template/;
    expect(messageOf(await dev())).toMatch(behind);
    await changed({ tags, kubernetes: { ...cluster, nodeGroup: { diskGiB: 60 } } });
    await acting.driftPasses(2);
    expect(messageOf(await dev())).not.toMatch(behind);
    expect(written().filter(one => one === 'UpdateNodegroupVersion')).toHaveLength(1);
    const { LaunchTemplateVersions = [] } = await hand.ec2.send(
      new DescribeLaunchTemplateVersionsCommand({ Versions: ['$Default'] }),
    );
    expect(LaunchTemplateVersions).toMatchObject([
      {
        VersionNumber: Number(await used()),
        LaunchTemplateData: {
          TagSpecifications: expect.arrayContaining([
            { ResourceType: 'instance', Tags: expect.arrayContaining([{ Key: 'team', Value: 'payments' }]) },
          ]),
        },
      },
    ]);
    // As before, for what follows.
    await changed({});
  });

  test('an add-on goes and comes back', async () => {
    expect(await changed({ kubernetes: { ...cluster, addons: FEW_ADDONS } })).toEqual(['DeleteAddon']);
    expect(await changed({})).toEqual(['CreateAddon']);
  });

  test('an add-on that EKS gave up for want of nodes is made anew unasked once they are well', async () => {
    await changed({ kubernetes: { ...cluster, addons: FEW_ADDONS } });
    const issues = [{ code: 'InsufficientNumberOfReplicas', message: 'it has not the desired replicas' }];
    const { failures } = eksControl(stage.world.bench.gateway).settings;
    failures.push({ operation: 'CreateAddon', issues });
    expect(await changed({})).toEqual(['CreateAddon', 'DeleteAddon', 'CreateAddon']);
  });

  test('an add-on that the taints of nodes keep off them says so', async () => {
    const control = eksControl(stage.world.bench.gateway);
    const taints = [{ key: 'dedicated', value: 'batch', effect: 'NoSchedule' }];
    await changed({ kubernetes: { ...cluster, nodeGroup: { taints } } });
    const pending = [{ code: 'InsufficientNumberOfReplicas', message: 'it has not the desired replicas' }];
    const name = await clusterName();
    await control.setAddonHealth(place, name, 'metrics-server', pending);
    await acting.driftPasses(1);
    expect(messageOf(await dev(), 'ClusterReady')).toBe(
      'addon/metrics-server the add-on has too few nodes to run on: InsufficientNumberOfReplicas: it has not the desired replicas (where nodes are well its pods may not tolerate spec.kubernetes.nodeGroup.taints: set tolerations in spec.kubernetes.addons[metrics-server].configuration)',
    );
    await control.setAddonHealth(place, name, 'metrics-server', []);
    await changed({});
  });

  test('an add-on that is not well keeps nobody from more nodes', async () => {
    const control = eksControl(stage.world.bench.gateway);
    const issues = [{ code: 'ConfigurationConflict', message: 'Conflicts found when trying to apply' }];
    await control.setAddonHealth(place, await clusterName(), 'kube-proxy', issues);
    await acting.driftPasses(1);
    const mark = stage.mark();
    const larger = { maxSize: 8, minSize: 4 };
    await stage.cluster.apply(spec({ kubernetes: { ...cluster, nodeGroup: larger } }));
    await acting.driftPasses(2);
    expect(stage.writesSince(mark).map(one => one.operation)).toEqual(['UpdateNodegroupConfig']);
    expect(messageOf(await dev())).toContain('addon/kube-proxy: the add-on is not well');
    expect(standing(await dev(), 'NodesReady')).toBe('NodesReady=True Ready');
    await control.setAddonHealth(place, await clusterName(), 'kube-proxy', []);
    await changed({});
  });

  test('what EKS could not do is tried again at once for who asks for that', async () => {
    const issues = [{ code: 'PodEvictionFailure', message: 'a PodDisruptionBudget allows none' }];
    eksControl(stage.world.bench.gateway).settings.failures.push({
      operation: 'UpdateNodegroupVersion',
      issues,
    });
    const mark = stage.mark();
    const larger = { kubernetes: { ...cluster, nodeGroup: { diskGiB: 70 } } };
    await stage.cluster.apply(spec(larger));
    await acting.until(look =>
      messageOf(look('OptaEnvironment', 'dev'), 'NodesReady').includes('PodEviction'),
    );
    const since = stage.world.clock.now();
    await stage.cluster.annotate('OptaEnvironment', 'dev', { 'opta.dev/reconcile-requested-at': 'now' });
    await acting.until(areReady(spec(larger)));
    expect(stage.world.clock.now() - since).toBeLessThan(5 * 60_000);
    const tries = stage.writesSince(mark).filter(one => one.operation === 'UpdateNodegroupVersion');
    expect(tries).toHaveLength(2);
    await changed({});
  });

  test('nodes whose replacement nobody has agreed to are ready as they are, and hold up none of their add-ons', async () => {
    const addons = [...FEW, { name: 'metrics-server', configuration: '{"replicas":1}' }];
    const mark = stage.mark();
    await stage.cluster.apply(spec({ kubernetes: { ...cluster, nodeGroup, addons } }));
    await acting.until(look => asks(look) && standing(look('OptaEnvironment', 'dev')) === 'Ready=True Ready');
    expect(stage.writesSince(mark).map(one => one.operation)).toEqual(['UpdateAddon']);
    const waiting = await dev();
    expect(messageOf(waiting)).toBe('usable; a change waits for approval');
    // Who agrees knows what it does to pods.
    expect(messageOf(waiting, 'Synced')).toMatch(
      /^replace node-group \(once the new nodes .* drained together, and ended after 5 minutes, .*\), node-group\.instanceTypes: /,
    );
    expect(standing(waiting, 'NodesReady')).toBe('NodesReady=True Ready');
    expect(messageOf(waiting, 'NodesReady')).toBe('node-group is usable; a change of it waits for approval');
    expect(await changed({})).toEqual(['UpdateAddon']);
  });

  test('nodes that are not well are replaced, though their add-ons are as sick as they are', async () => {
    const control = eksControl(stage.world.bench.gateway);
    const sick = [{ code: 'InsufficientNumberOfReplicas', message: 'aws-node is not ready on 3 nodes' }];
    const name = await clusterName();
    for (const addon of ['vpc-cni', 'kube-proxy', 'eks-pod-identity-agent'])
      await control.setAddonHealth(place, name, addon, sick);
    const mark = stage.mark();
    await stage.cluster.apply(spec({ kubernetes: { ...cluster, nodeGroup } }));
    await acting.until(asks);
    await approve(stage.world, 'OptaEnvironment', 'dev');
    await acting.until(
      look => standing(look('OptaEnvironment', 'dev'), 'NodesReady') === 'NodesReady=True Ready',
    );
    const written = stage.writesSince(mark).map(one => one.operation);
    expect(written).toEqual(['CreateNodegroup', 'DeleteNodegroup']);
    expect(standing(await dev())).toBe('Ready=False Progressing');
    expect(messageOf(await dev())).toContain('aws-node is not ready on 3 nodes');
    for (const addon of ['vpc-cni', 'kube-proxy', 'eks-pod-identity-agent'])
      await control.setAddonHealth(place, name, addon, []);
    await acting.until(areReady(spec({})));
  });

  test('nodes do not wait for an add-on that failed for want of them and is to be tried once more', async () => {
    const issues = [{ code: 'InsufficientNumberOfReplicas', message: 'aws-node is not ready on 3 nodes' }];
    const control = eksControl(stage.world.bench.gateway);
    control.settings.failures.push({ operation: 'UpdateAddon', issues });
    const addons = [...FEW, { name: 'vpc-cni', configuration: '{"env":{"WARM_IP_TARGET":"2"}}' }];
    await stage.cluster.apply(spec({ kubernetes: { ...cluster, nodeGroup, addons } }));
    await acting.until(look =>
      messageOf(look('OptaEnvironment', 'dev'), 'ClusterReady').includes('aws-node is not ready on 3 nodes'),
    );
    await control.setAddonHealth(place, await clusterName(), 'vpc-cni', issues);
    // Without that configuration it is something else that is asked for, so at once; and that fails too.
    control.settings.failures.push({ operation: 'UpdateAddon', issues });
    const larger = { kubernetes: { ...cluster, nodeGroup: { ...nodeGroup, maxSize: 6 } } };
    expect(await changed(larger)).toEqual(['UpdateAddon', 'UpdateNodegroupConfig', 'UpdateAddon']);
    expect(await changed({ kubernetes: { ...cluster, nodeGroup } })).toEqual(['UpdateNodegroupConfig']);
  });

  test('nodes whose group lost what EKS made for it are made anew once somebody agrees', async () => {
    const of = (await dev()).status?.resources?.find(one => one.node === 'node-group')?.name ?? '';
    const issues = [{ code: 'AutoScalingGroupNotFound', message: 'no such group', resourceIds: [] }];
    const mark = stage.mark();
    await eksControl(stage.world.bench.gateway).setNodegroupHealth(
      place,
      await clusterName(),
      of.slice(of.indexOf('/') + 1),
      issues,
    );
    await acting.driftPasses(1);
    await acting.until(asks);
    expect(standing(await dev())).toBe('Ready=False Failed');
    expect(messageOf(await dev())).toContain('AutoScalingGroupNotFound: no such group');
    expect(stage.writesSince(mark)).toEqual([]);
    await approve(stage.world, 'OptaEnvironment', 'dev');
    await acting.until(areReady(spec({})));
    const written = stage.writesSince(mark).map(one => one.operation);
    expect(written).toEqual(['CreateNodegroup', 'DeleteNodegroup']);
  });

  test('an add-on goes to a version that is several of its minors off by one of them at a time', async () => {
    const at = (version: string) => ({ name: 'vpc-cni', version });
    const pinned = (version: string) => ({
      kubernetes: { ...cluster, nodeGroup, addons: [...FEW, at(version)] },
    });
    const twice = ['UpdateAddon', 'UpdateAddon'];
    expect(await changed(pinned('v1.19.6-eksbuild.1'))).toEqual(twice);
    expect(await changed(pinned('v1.21.1-eksbuild.3'))).toEqual(twice);
    expect(await changed(pinned('v1.19.6-eksbuild.1'))).toEqual(twice);
    // As it is from here on, until Kubernetes is raised.
    expect(await changed({ kubernetes: { ...cluster, nodeGroup } })).toEqual([]);
  });

  test('a check of EKS stops an upgrade: it is named with what helps, and nothing more is written until it passes', async () => {
    eksControl(stage.world.bench.gateway).plantInsight(place, await clusterName(), {
      name: 'Deprecated APIs removed in Kubernetes v1.35',
      kubernetesVersion: '1.35',
      status: 'ERROR',
      reason: 'Ingress of v1beta1 is in use.',
      recommendation: 'Move it to v1.',
    });
    await stage.cluster.apply(spec({ kubernetes: { ...cluster, nodeGroup, version: '1.36' } }));
    await acting.until(
      look => standing(look('OptaEnvironment', 'dev'), 'Synced') === 'Synced=False UpgradeBlocked',
    );
    const held = await dev();
    expect(standing(held)).toBe('Ready=True Ready');
    expect(standing(held, 'Stalled')).toBe('Stalled=True UpgradeBlocked');
    expect(standing(held, 'Upgrading')).toBe('Upgrading=True UpgradeBlocked');
    for (const type of ['Synced', 'Upgrading'])
      expect(messageOf(held, type)).toMatch(
        /^Kubernetes from 1\.34 to 1\.36: control plane to 1\.35, on the way to 1\.36\. It is stopped by insight Deprecated APIs removed in Kubernetes v1\.35 \(as EKS saw it at \S+Z\): Ingress of v1beta1 is in use\. Move it to v1\. EKS is asked to look again 2 hours after the last time, and at once when the annotation opta\.dev\/reconcile-requested-at gets another value$/,
      );
    const mark = stage.mark();
    await acting.driftPasses(2);
    expect(stage.writesSince(mark)).toEqual([]);
    expect((await dev()).metadata.resourceVersion).toBe(held.metadata.resourceVersion);
  });

  test('two minor versions up: control plane, add-ons, nodes, and then the next', async () => {
    const mark = stage.mark();
    eksControl(stage.world.bench.gateway).clearInsights(place, await clusterName());
    const told = new Set<string>();
    // Without that it is looked at again after two hours.
    await stage.cluster.annotate('OptaEnvironment', 'dev', { 'opta.dev/reconcile-requested-at': 'mended' });
    const since = stage.world.clock.now();
    let goesOnAt: number | undefined;
    await acting.until(look => {
      const object = look('OptaEnvironment', 'dev');
      const upgrading = standing(object, 'Upgrading');
      told.add(upgrading);
      if (upgrading === 'Upgrading=True ControlPlane') goesOnAt ??= stage.world.clock.now();
      if (standing(object, 'Upgrading') !== 'Upgrading=False VersionReached')
        expect(standing(object, 'Synced')).not.toBe('Synced=True Synced');
      return areReady(spec({}))(look);
    });
    expect((goesOnAt ?? Number.POSITIVE_INFINITY) - since).toBeLessThan(5 * 60_000);
    for (const stageOf of ['Insights', 'ControlPlane', 'AddOns', 'Nodes'])
      expect([...told]).toContain(`Upgrading=True ${stageOf}`);
    const written = stage.writesSince(mark).map(one => one.operation);
    const stages = written.filter(one => /^Update(ClusterVersion|NodegroupVersion|Addon)$/.test(one));
    expect(stages.filter((one, at) => one !== stages[at - 1])).toEqual([
      'UpdateClusterVersion',
      'UpdateAddon',
      'UpdateNodegroupVersion',
      'UpdateClusterVersion',
      'UpdateAddon',
      'UpdateNodegroupVersion',
    ]);
    expect((await dev()).status?.cluster).toMatchObject({ version: '1.36' });
    // To v1.20, since v1.19 does not go with 1.35, and on to v1.21.
    const raised = stage.writesSince(mark).filter(one => one.resource.endsWith('/addon/vpc-cni'));
    expect(raised.map(one => one.operation)).toEqual(['UpdateAddon', 'UpdateAddon']);
  });

  test('a newer image replaces the nodes once where that is asked for, and waits for who wants to be asked', async () => {
    const { settings } = eksControl(stage.world.bench.gateway);
    const latest = { ...cluster, version: '1.36', nodeGroup: { ...nodeGroup, image: 'Latest' } };
    // Only what the node group's tag says of it.
    expect(await changed({ kubernetes: latest })).toEqual(['TagResource']);
    const mark = stage.mark();
    await acting.driftPasses(2);
    expect(stage.writesSince(mark)).toEqual([]);
    settings.newImages = 1;
    await acting.driftPasses(13);
    await acting.until(areReady(spec({})));
    await acting.driftPasses(13);
    expect(stage.writesSince(mark).map(one => one.operation)).toEqual(['UpdateNodegroupVersion']);
    settings.newImages = 2;
    await changed({ kubernetes: latest, managementPolicy: 'ApproveHighRisk' });
    await acting.driftPasses(13);
    await acting.until(asks);
    expect(messageOf(await dev(), 'Synced')).toMatch(
      /^node-group\.releaseVersion: 1\.36\.4-20261201 → 1\.36\.4-20261202\. Waits for approval/,
    );
    expect(stage.writesSince(mark).map(one => one.operation)).toEqual(['UpdateNodegroupVersion']);
    await approve(stage.world, 'OptaEnvironment', 'dev');
    await acting.until(areReady(spec({})));
    expect(stage.writesSince(mark)).toHaveLength(2);
    expect(await changed({ kubernetes: { ...latest, nodeGroup } })).toEqual(['TagResource']);
  });

  test('not down again: that is refused before the operator sees it', async () => {
    await expect(stage.cluster.apply(spec({}))).rejects.toThrow(/kubernetes\.version is never lowered/);
  });

  test('without its cluster only when somebody approves, since it holds what no manifest does', async () => {
    // When their group was removed once.
    const { settings } = eksControl(stage.world.bench.gateway);
    settings.durations = { ...settings.durations, lateLogs: AS_AWS.lateLogs };
    const without = spec({ kubernetes: { enabled: false, deletionProtection: false } });
    const asked = stage.mark();
    await stage.cluster.apply(without);
    await acting.until(asks);
    expect(messageOf(await dev(), 'Synced')).toContain(
      'remove cluster (what its controllers made stays in AWS, load balancers and records until the environment is deleted, volumes for good: delete Services, Ingresses and volume claims first)',
    );
    await acting.driftPasses(2);
    // Its nodes, its users' access and what the key allows it stay with it.
    expect(stage.writesSince(asked)).toEqual([]);
    const mark = stage.mark();
    await approve(stage.world, 'OptaEnvironment', 'dev');
    await acting.until(areReady(without));
    // EKS still had logs to write when the cluster was gone, and made their group again.
    const removed = stage.writesSince(mark).filter(one => one.operation === 'DeleteLogGroup');
    expect(removed.filter(one => one.resource.startsWith('/aws/eks/'))).toHaveLength(2);
    expect((await census(stage)).filter(line => line.includes('/aws/eks/'))).toEqual([]);
  });
});
