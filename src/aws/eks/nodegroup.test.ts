import {
  CreateNodegroupCommand,
  DescribeNodegroupCommand,
  UpdateClusterVersionCommand,
  UpdateNodegroupConfigCommand,
  type UpdateNodegroupConfigCommandInput,
} from '@aws-sdk/client-eks';
import { expect, test } from 'vitest';
import { AS_AWS } from '../../../hack/bench/aws/eks/index.ts';
import type { Found } from '../../engine/adaptor.ts';
import { conformance } from '../conformance/conformance.ts';
import type { World } from '../conformance/world.ts';
import { childName, splitChildName } from './child-name.ts';
import { nodegroupAdaptor } from './nodegroup.ts';
import { releaseDate } from './nodegroup-diff.ts';
import { type NodegroupDesired, type NodegroupState, nodegroupState } from './nodegroup-state.ts';
import { type EksParts, eksParts, withCluster } from './testing.ts';

const OLD = '1.34.2-20260801';
const NEW = '1.34.4-20261101';

function desiredOf(parts: EksParts, changes: Partial<NodegroupDesired> = {}): NodegroupDesired {
  return {
    clusterName: parts.cluster,
    nodeRoleArn: parts.nodeRole,
    subnetIds: [parts.subnets[0], parts.subnets[1]],
    launchTemplate: { id: parts.templateId, version: '1' },
    instanceTypes: ['t3.medium', 't3a.medium'],
    capacityType: 'ON_DEMAND',
    amiType: 'AL2023_x86_64_STANDARD',
    minSize: 3,
    maxSize: 5,
    labels: { tier: 'general', team: 'a' },
    taints: [{ key: 'only', value: 'batch', effect: 'NO_SCHEDULE' }],
    maxUnavailablePercentage: 33,
    nodeRepair: true,
    version: '1.34',
    releaseVersion: OLD,
    ...changes,
  };
}

async function prepare(world: World): Promise<EksParts> {
  const parts = eksParts(world);
  await withCluster(world, parts);
  return parts;
}

function byHand(config: Omit<UpdateNodegroupConfigCommandInput, 'clusterName' | 'nodegroupName'>) {
  return (world: World, { id }: Found<NodegroupState>) => {
    const { clusterName, child: nodegroupName } = splitChildName(id) ?? { clusterName: '', child: '' };
    return world.scope.eks.send(new UpdateNodegroupConfigCommand({ clusterName, nodegroupName, ...config }));
  };
}

conformance<NodegroupDesired, NodegroupState, EksParts>(
  nodegroupAdaptor,
  {
    prepare,
    name: (_, { cluster }) => childName(cluster, 'main-1'),
    desired: parts => desiredOf(parts),
    createdBy: 'CreateNodegroup',
    fields: {
      minSize: desired => ({ ...desired, minSize: 4 }),
      maxSize: desired => ({ ...desired, maxSize: 9 }),
      labels: desired => ({ ...desired, labels: { tier: 'special', zone: 'x' } }),
      taints: desired => ({
        ...desired,
        taints: [{ key: 'only', value: 'gpu', effect: 'PREFER_NO_SCHEDULE' }],
      }),
      maxUnavailablePercentage: desired => ({ ...desired, maxUnavailablePercentage: 50 }),
      nodeRepair: desired => ({ ...desired, nodeRepair: false }),
      launchTemplateVersion: (desired, { templateId }) => ({
        ...desired,
        launchTemplate: { id: templateId, version: '2' },
      }),
    },
    drift: {
      minSize: byHand({ scalingConfig: { minSize: 1 } }),
      labels: byHand({ labels: { removeLabels: ['team'], addOrUpdateLabels: { other: 'x' } } }),
      taints: byHand({
        taints: { removeTaints: [{ key: 'only', value: 'batch', effect: 'NO_SCHEDULE' }] },
      }),
      maxUnavailablePercentage: byHand({ updateConfig: { maxUnavailable: 2 } }),
      nodeRepair: byHand({ nodeRepairConfig: { enabled: false } }),
    },
    rewritten: {
      'another number of nodes, which is the autoscaler’s': state => ({ ...state, desiredSize: 4 }),
      'subnets in another order': state => ({ ...state, subnetIds: state.subnetIds.toReversed() }),
      'instance types that AWS does not show': state => ({ ...state, instanceTypes: [] }),
      'a type of image that AWS does not show': state => ({ ...state, amiType: undefined }),
    },
    async foreign(world, name, tags, parts) {
      const { clusterName, child: nodegroupName } = splitChildName(name) ?? { clusterName: '', child: '' };
      await world.scope.eks.send(
        new CreateNodegroupCommand({
          clusterName,
          nodegroupName,
          nodeRole: parts.nodeRole,
          subnets: [parts.subnets[0]],
          tags: { ...tags },
        }),
      );
    },
    calls: { create: 2, drift: 1 },
  },
  bench => {
    const look = { recorded: [], freshness: 'fresh' } as const;

    async function made(changes: Partial<NodegroupDesired> = {}) {
      const world = await bench().world();
      const parts = await prepare(world);
      const desired = desiredOf(parts, changes);
      const identity = world.identity({ name: childName(parts.cluster, 'main-1') });
      await nodegroupAdaptor.create(world.scope, identity, desired, world.tags());
      async function find() {
        const [one] = await nodegroupAdaptor.find(world.scope, identity, { desired, ...look });
        if (one === undefined) throw new Error('not found');
        return one;
      }
      async function update(wanted: NodegroupDesired) {
        const found = await find();
        const differs = nodegroupAdaptor.diff(wanted, found.state, []);
        await nodegroupAdaptor.update(world.scope, found, wanted, differs);
        return find();
      }
      return { world, parts, desired, identity, find, update, found: await find() };
    }

    test('what EKS saw of the cluster before another one was made is old', async () => {
      const { world, parts, desired } = await made();
      const { eksInsights } = world.scope;
      await expect(eksInsights.request(parts.cluster)).rejects.toMatchObject({ class: 'NotYet' });
      expect(await eksInsights.isCurrent(parts.cluster)).toBe(true);
      const identity = world.identity({ name: childName(parts.cluster, 'main-2') });
      await nodegroupAdaptor.create(world.scope, identity, desired, world.tags());
      expect(await eksInsights.isCurrent(parts.cluster)).toBe(false);
    });

    test.each<[string, Partial<NodegroupDesired>]>([
      ['nodeRoleArn', { nodeRoleArn: 'other' }],
      ['subnetIds', { subnetIds: ['other'] }],
      ['launchTemplate', { launchTemplate: { id: 'other', version: '1' } }],
      ['instanceTypes', { instanceTypes: ['m6i.large'] }],
      ['capacityType', { capacityType: 'SPOT' }],
      ['amiType', { amiType: 'AL2023_ARM_64_STANDARD' }],
    ])('%s cannot be changed: it is to be replaced, at high risk', async (field, changes) => {
      const at = await made();
      expect(nodegroupAdaptor.diff({ ...at.desired, ...changes }, at.found.state, [])).toEqual([
        { field, from: expect.anything(), to: expect.anything(), risk: 'High', replace: true },
      ]);
    });

    test.each<[string, Partial<NodegroupDesired>, string]>([
      ['a new image replaces the nodes', { releaseVersion: NEW }, 'High'],
      ['a new template replaces the nodes', { launchTemplate: { id: 'lt-1', version: '2' } }, 'High'],
      ['a new version replaces the nodes', { version: '1.35' }, 'High'],
      ['fewer nodes than there are', { minSize: 1, maxSize: 2 }, 'High'],
      ['more nodes', { maxSize: 8 }, 'Low'],
      ['a taint that evicts', { taints: [{ key: 'x', value: '', effect: 'NO_EXECUTE' }] }, 'High'],
      ['a taint that does not', { taints: [{ key: 'x', value: '', effect: 'NO_SCHEDULE' }] }, 'Low'],
    ])('risk: %s', async (_, changes, expected) => {
      const at = await made();
      const differs = nodegroupAdaptor.diff({ ...at.desired, ...changes }, at.found.state, []);
      expect(differs.some(one => one.risk === 'High') ? 'High' : 'Low').toBe(expected);
      expect(differs.some(one => one.replace)).toBe(false);
    });

    test.each<[string, Partial<NodegroupDesired>, readonly string[]]>([
      ['alone do not replace nodes', {}, []],
      ['come with other settings no more than alone', { maxSize: 9 }, ['maxSize']],
      ['come with a new image', { releaseVersion: NEW }, ['releaseVersion', 'launchTemplateVersion']],
      ['come with a new version', { version: '1.35' }, ['version', 'launchTemplateVersion']],
    ])('versions of the template that nodes can do without %s', async (_, changes, expected) => {
      const at = await made();
      const launchTemplate = { id: at.parts.templateId, version: '2', kept: '1' };
      const wanted = { ...at.desired, launchTemplate, ...changes };
      const fields = nodegroupAdaptor.diff(wanted, at.found.state, []).map(one => one.field);
      expect(fields).toEqual(expected);
    });

    test('neither version nor image ever go back', async () => {
      const at = await made({ releaseVersion: NEW });
      const back = { ...at.desired, version: '1.33', releaseVersion: OLD };
      expect(nodegroupAdaptor.diff(back, at.found.state, [])).toEqual([]);
    });

    test('a pinned image stays when the template changes, and moves with Kubernetes', async () => {
      const at = await made();
      const { releaseVersion: _, ...unpinned } = at.desired;
      const template = await at.update({ ...unpinned, launchTemplate: { id: 'lt-1', version: '2' } });
      expect(template.state).toMatchObject({ launchTemplateVersion: '2', releaseVersion: OLD });
      await at.world.scope.eks.send(
        new UpdateClusterVersionCommand({ name: at.parts.cluster, version: '1.35' }),
      );
      const upgraded = await at.update({
        ...unpinned,
        version: '1.35',
        launchTemplate: { id: 'lt-1', version: '2' },
      });
      expect(upgraded.state).toMatchObject({ version: '1.35', releaseVersion: '1.35.4-20261101' });
    });

    test.each<[string, string, boolean]>([
      ['1.34.2-20260801', '1.34.4-20261101', true],
      ['1.34.4-20261101', '1.34.4-20261201', true],
      ['1.34.9-20261201', '1.34.10-20261201', true],
      ['1.34.4-20261201', '1.35.1-20261101', true],
      ['1.46.0-ffffffff', '1.47.0-0a1b2c3d', true],
      ['1.34.4-20261101', '1.34.4-20261101', false],
      ['1.34.4-20261201', '1.34.4-20261101', false],
      ['1.34.10-20261201', '1.34.9-20261201', false],
      ['1.47.0-6154605b', '1.46.0-0a1b2c3d', false],
      ['1.47.0-6154605b', '1.47.0-0a1b2c3d', false],
    ])('nodes of %s, of which %s is asked: a change is %s', async (releaseVersion, wanted, is) => {
      const state = nodegroupState({ status: 'ACTIVE', version: '1.34', releaseVersion });
      const desired = desiredOf(eksParts(await bench().world()), { releaseVersion: wanted });
      const fields = nodegroupAdaptor.diff(desired, state, []).map(one => one.field);
      expect(fields.includes('releaseVersion')).toBe(is);
    });

    test('an image that AWS no longer recommends stays when the template changes', async () => {
      const at = await made({ releaseVersion: NEW });
      const wanted = { ...at.desired, releaseVersion: OLD, launchTemplate: { id: 'lt-1', version: '2' } };
      expect((await at.update(wanted)).state).toMatchObject({
        launchTemplateVersion: '2',
        releaseVersion: NEW,
      });
    });

    test('limits that the present size is outside of take it along, others leave it alone', async () => {
      const at = await made();
      await byHand({ scalingConfig: { desiredSize: 4 } })(at.world, at.found);
      expect((await at.update({ ...at.desired, maxSize: 9 })).state).toMatchObject({ desiredSize: 4 });
      expect((await at.update({ ...at.desired, minSize: 6, maxSize: 9 })).state).toMatchObject({
        desiredSize: 6,
      });
      expect((await at.update({ ...at.desired, minSize: 1, maxSize: 2 })).state).toMatchObject({
        desiredSize: 2,
      });
    });

    test('a limit that is not to be changed yet is left as it is, with its nodes', async () => {
      const at = await made();
      await byHand({ scalingConfig: { desiredSize: 4 } })(at.world, at.found);
      const wanted = { ...at.desired, minSize: 1, maxSize: 2 };
      const found = await at.find();
      const small = nodegroupAdaptor.diff(wanted, found.state, []).filter(({ risk }) => risk === 'Low');
      await nodegroupAdaptor.update(at.world.scope, found, wanted, small);
      const { maxSize } = at.desired;
      expect((await at.find()).state).toMatchObject({ minSize: 1, maxSize, desiredSize: 4 });
    });

    test('one that takes the place of another begins with as many nodes, within its own limits', async () => {
      const at = await made({ maxSize: 50 });
      const place = async (epoch: number, changes: Partial<NodegroupDesired>) => {
        const identity = at.world.identity({ epoch, name: childName(at.parts.cluster, `main-${epoch}`) });
        const wanted = { ...at.desired, instanceTypes: ['m6i.large'], ...changes };
        const create = () => nodegroupAdaptor.create(at.world.scope, identity, wanted, at.world.tags());
        return { create, desiredSize: (await create()).state.desiredSize };
      };
      await byHand({ scalingConfig: { desiredSize: 40 } })(at.world, at.found);
      const second = await place(2, {});
      expect(second.desiredSize).toBe(40);
      // Its answer was lost, and the autoscaler went on meanwhile.
      await byHand({ scalingConfig: { desiredSize: 7 } })(at.world, at.found);
      expect((await second.create()).state.desiredSize).toBe(40);
      expect((await place(3, { maxSize: 30 })).desiredSize).toBe(30);
      for (const child of ['main-1', 'main-2', 'main-3']) {
        const [one] = await nodegroupAdaptor.find(
          at.world.scope,
          { ...at.identity, name: childName(at.parts.cluster, child) },
          { desired: at.desired, ...look },
        );
        if (one === undefined) throw new Error('not found');
        await nodegroupAdaptor.remove(at.world.scope, one, { desired: at.desired, owner: at.world.owner });
      }
      expect((await place(4, {})).desiredSize).toBe(3);
    });

    test('settings go before new nodes, one update at a time', async () => {
      const at = await made();
      at.parts.control.settings.durations = AS_AWS;
      const wanted = { ...at.desired, nodeRepair: false, releaseVersion: NEW };
      const differs = nodegroupAdaptor.diff(wanted, at.found.state, []);
      const first = await nodegroupAdaptor.update(at.world.scope, at.found, wanted, differs);
      expect(nodegroupAdaptor.diff(wanted, first.state, []).map(one => one.field)).toEqual([
        'releaseVersion',
      ]);
      expect(nodegroupAdaptor.readiness(first.state)).toMatchObject({ is: 'in progress' });
      await expect(
        nodegroupAdaptor.update(
          at.world.scope,
          first,
          wanted,
          nodegroupAdaptor.diff(wanted, first.state, []),
        ),
      ).rejects.toMatchObject({ class: 'Busy' });
      at.world.gateway.advanceClock(AS_AWS.updateNodegroup / 1000);
      const second = await at.update(wanted);
      expect(second.state.status).toBe('UPDATING');
      at.world.gateway.advanceClock(AS_AWS.upgradeNodegroup / 1000);
      expect((await at.find()).state).toMatchObject({ status: 'ACTIVE', releaseVersion: NEW });
    });

    test('pods that cannot be evicted are named, and nothing is forced', async () => {
      const at = await made();
      at.parts.control.settings.failures.push({
        operation: 'UpdateNodegroupVersion',
        issues: [{ code: 'PodEvictionFailure', message: 'orders-0 has a disruption budget' }],
      });
      const failed = await at.update({ ...at.desired, releaseVersion: NEW });
      expect(nodegroupAdaptor.readiness(failed.state)).toMatchObject({
        is: 'failed',
        message: expect.stringContaining('PodEvictionFailure: orders-0 has a disruption budget'),
      });
      const calls = await at.world.calls(async () => {
        await expect(at.update({ ...at.desired, releaseVersion: NEW })).rejects.toMatchObject({
          class: 'Unknown',
        });
      });
      expect(calls.filter(call => call.mutating)).toEqual([]);
    });

    test.each([
      ['nodes are replaced ever more seldom where that fails', { releaseVersion: NEW }, 30],
      ['settings are asked for as often as ever', { maxSize: 9 }, 15],
    ])('%s', async (_, changes, minutes) => {
      const at = await made();
      const issues = [{ code: 'PodEvictionFailure', message: 'orders-0 has a disruption budget' }];
      for (const operation of ['UpdateNodegroupVersion', 'UpdateNodegroupConfig'])
        at.parts.control.settings.failures.push({ operation, issues }, { operation, issues });
      const update = () => at.update({ ...at.desired, ...changes });
      await update();
      at.world.gateway.advanceClock(15 * 60);
      await update();
      await expect(update()).rejects.toMatchObject({ code: 'UpdateFailed' });
      at.world.gateway.advanceClock((minutes - 1) * 60);
      await expect(update()).rejects.toMatchObject({ code: 'UpdateFailed' });
      at.parts.control.settings.failures = [];
      at.world.gateway.advanceClock(60);
      expect((await update()).state).toMatchObject(changes);
    });

    test('what failed is another matter once the spec asks for something else', async () => {
      const at = await made();
      const settings = { ...at.desired, maxSize: 9 };
      at.parts.control.settings.failures.push({
        operation: 'UpdateNodegroupConfig',
        issues: [{ code: 'Unknown', message: 'no' }],
      });
      const { state } = await at.update(settings);
      const readiness = (wanted: NodegroupDesired) =>
        nodegroupAdaptor.readiness(state, nodegroupAdaptor.diff(wanted, state, [])).is;
      expect([readiness(settings), readiness(at.desired)]).toEqual(['failed', 'ready']);
      expect((await at.update({ ...settings, maxSize: 8 })).state.maxSize).toBe(8);
    });

    test('a creation that failed says why, and is to be replaced', async () => {
      const world = await bench().world();
      const parts = await prepare(world);
      const issues = [
        { code: 'NodeCreationFailure', message: 'instances did not join', resourceIds: ['i-1'] },
      ];
      parts.control.settings.failures.push({ operation: 'CreateNodegroup', issues });
      const identity = world.identity({ name: childName(parts.cluster, 'main-1') });
      const desired = desiredOf(parts);
      await nodegroupAdaptor.create(world.scope, identity, desired, world.tags());
      const [found] = await nodegroupAdaptor.find(world.scope, identity, { desired, ...look });
      expect(found && nodegroupAdaptor.readiness(found.state)).toEqual({
        is: 'failed',
        message: 'EKS could not create the node group: NodeCreationFailure: instances did not join (i-1)',
        remedy: 'replace',
      });
    });

    test('a role that is not visible yet is "not yet"; a busy cluster is waited for', async () => {
      const world = await bench().world();
      const parts = await prepare(world);
      const identity = world.identity({ name: childName(parts.cluster, 'main-1') });
      const create = () => nodegroupAdaptor.create(world.scope, identity, desiredOf(parts), world.tags());
      const role = parts.account.roles.get(parts.nodeRole);
      parts.account.roles.delete(parts.nodeRole);
      await expect(create()).rejects.toMatchObject({ class: 'NotYet' });
      if (role !== undefined) parts.account.roles.set(parts.nodeRole, role);
      parts.control.settings.durations = AS_AWS;
      await world.scope.eks.send(new UpdateClusterVersionCommand({ name: parts.cluster, version: '1.35' }));
      await expect(create()).rejects.toMatchObject({ class: 'Busy' });
    });

    test.each([
      ['ACTIVE', { is: 'ready' }],
      ['CREATING', { is: 'in progress' }],
      ['DELETING', { is: 'in progress' }],
      ['DEGRADED', { is: 'failed' }],
      ['DELETE_FAILED', { is: 'failed', remedy: 'replace' }],
    ] as const)('a node group that is %s', (status, expected) => {
      expect(nodegroupAdaptor.readiness(nodegroupState({ status }))).toMatchObject(expected);
    });

    test.each([
      ['replaced', ['AsgInstanceLaunchFailures', 'AutoScalingGroupNotFound']],
      ['replaced', ['Ec2LaunchTemplateNotFound']],
      ['replaced', ['IamInstanceProfileNotFound']],
      ['left to get well', ['AsgInstanceLaunchFailures', 'InsufficientFreeAddresses']],
      ['left to get well', ['Ec2LaunchTemplateVersionMismatch']],
      // The cluster's own.
      ['left to get well', ['Ec2SecurityGroupNotFound']],
    ] as const)('a node group that is not well is %s with %j', (expected, codes) => {
      const issues = codes.map(code => ({ code, message: 'why', resourceIds: [] }));
      const readiness = nodegroupAdaptor.readiness(
        nodegroupState({ status: 'DEGRADED', health: { issues } }),
      );
      expect(readiness).toMatchObject({ is: 'failed', message: expect.stringContaining(`${codes[0]}: why`) });
      expect('remedy' in readiness ? 'replaced' : 'left to get well').toBe(expected);
    });

    test('that nodes start by an older launch template is told, also where it may be what ails them', () => {
      const told = (status: 'ACTIVE' | 'DEGRADED') => {
        const state = { ...nodegroupState({ status }), launchTemplateVersion: '1', nextTemplateVersion: '3' };
        return JSON.stringify(nodegroupAdaptor.readiness(state));
      };
      for (const status of ['ACTIVE', 'DEGRADED'] as const)
        expect(told(status)).toContain('starts nodes by version 1 of its launch template: version 3');
    });

    test('a deletion under way is waited for', async () => {
      const at = await made();
      at.parts.control.settings.durations = AS_AWS;
      const options = { desired: at.desired, owner: at.world.owner };
      await nodegroupAdaptor.remove(at.world.scope, at.found, options);
      const calls = await at.world.calls(async () =>
        nodegroupAdaptor.remove(at.world.scope, await at.find(), options),
      );
      expect(calls.filter(call => call.mutating)).toEqual([]);
      await expect(
        at.world.scope.eks.send(
          new DescribeNodegroupCommand({ clusterName: at.parts.cluster, nodegroupName: 'main-1' }),
        ),
      ).resolves.toMatchObject({ nodegroup: { status: 'DELETING' } });
    });

    test('without a name its tags find it, to the last page, among those of others', async () => {
      const at = await made();
      for (const child of ['a', 'z'])
        await at.world.scope.eks.send(
          new CreateNodegroupCommand({
            clusterName: at.parts.cluster,
            nodegroupName: child,
            nodeRole: at.parts.nodeRole,
            subnets: [at.parts.subnets[0]],
          }),
        );
      at.world.gateway.addFault({ operation: 'ListNodegroups', fault: { kind: 'pageSize', n: 1 } });
      const byTags = { ...at.identity, name: undefined };
      const find = (desired: NodegroupDesired | undefined) =>
        nodegroupAdaptor.find(at.world.scope, byTags, { desired, ...look });
      expect((await find(at.desired)).map(one => one.name)).toEqual([at.identity.name]);
      expect(await find(undefined)).toEqual([]);
    });

    test('the day of an image is in its name', () => {
      expect([releaseDate(NEW), releaseDate('ami-1')]).toEqual([Date.parse('2026-11-01'), undefined]);
    });
  },
);
