import {
  CreateAddonCommand,
  CreateNodegroupCommand,
  DescribeUpdateCommand,
  ListUpdatesCommand,
  UpdateAddonCommand,
  UpdateClusterVersionCommand,
} from '@aws-sdk/client-eks';
import { expect, test } from 'vitest';
import { AS_AWS } from '../../../hack/bench/aws/eks/index.ts';
import { conformance } from '../conformance/conformance.ts';
import type { World } from '../conformance/world.ts';
import { addonAdaptor } from './addon.ts';
import type { AddonDesired, AddonState } from './addon-state.ts';
import { childName, splitChildName } from './child-name.ts';
import { type EksParts, eksParts, withCluster } from './testing.ts';

const OLD = 'v1.20.4-eksbuild.2';
/** EKS has it for earlier minors of Kubernetes alone. */
const OLDEST = 'v1.19.6-eksbuild.1';
const NEW = 'v1.21.1-eksbuild.3';
const CONFIGURATION = { env: { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '1' } };

async function prepare(world: World): Promise<EksParts> {
  const parts = eksParts(world);
  await withCluster(world, parts);
  return parts;
}

function at(id: string) {
  const name = splitChildName(id);
  return { clusterName: name?.clusterName, addonName: name?.child };
}

conformance<AddonDesired, AddonState, EksParts>(
  addonAdaptor,
  {
    prepare,
    name: (_, { cluster }) => childName(cluster, 'vpc-cni'),
    desired: ({ cluster }) => ({ clusterName: cluster, version: OLD }),
    createdBy: 'CreateAddon',
    fields: { version: desired => ({ ...desired, version: NEW }) },
    optional: {
      configuration: {
        with: desired => ({ ...desired, configuration: CONFIGURATION }),
        byHand: (world, { id }) =>
          world.scope.eks.send(
            new UpdateAddonCommand({ ...at(id), configurationValues: JSON.stringify(CONFIGURATION) }),
          ),
      },
    },
    drift: {
      version: (world, { id }) =>
        world.scope.eks.send(new UpdateAddonCommand({ ...at(id), addonVersion: NEW })),
    },
    foreign: (world, name, tags) =>
      world.scope.eks.send(new CreateAddonCommand({ ...at(name), tags: { ...tags } })),
    calls: { create: 2, drift: 1 },
  },
  bench => {
    const look = { recorded: [], freshness: 'fresh' } as const;

    async function made(addon: string, changes: Partial<AddonDesired> = {}) {
      const world = await bench().world();
      const parts = await prepare(world);
      const desired: AddonDesired = { clusterName: parts.cluster, ...changes };
      const identity = world.identity({ name: childName(parts.cluster, addon) });
      await addonAdaptor.create(world.scope, identity, desired, world.tags());
      async function find(wanted = desired) {
        const [one] = await addonAdaptor.find(world.scope, identity, { desired: wanted, ...look });
        if (one === undefined) throw new Error('not found');
        return one;
      }
      return { world, parts, desired, identity, find };
    }

    test('what EKS saw of the cluster before another one was made is old', async () => {
      const { world, parts, desired } = await made('kube-proxy');
      const { eksInsights } = world.scope;
      await expect(eksInsights.request(parts.cluster)).rejects.toMatchObject({ class: 'NotYet' });
      expect(await eksInsights.isCurrent(parts.cluster)).toBe(true);
      const identity = world.identity({ name: childName(parts.cluster, 'coredns') });
      await addonAdaptor.create(world.scope, identity, desired, world.tags());
      expect(await eksInsights.isCurrent(parts.cluster)).toBe(false);
    });

    test('without a version it gets AWS’s default for the cluster, which is then left alone', async () => {
      const { find, desired } = await made('kube-proxy');
      const found = await find();
      expect(found.state.version).toBe('v1.34.4-eksbuild.2');
      expect(addonAdaptor.diff(desired, found.state, [])).toEqual([]);
    });

    test('what goes with a version of Kubernetes is looked up once, and shared', async () => {
      const { world, find, desired } = await made('kube-proxy');
      await world.scope.eks.send(
        new UpdateClusterVersionCommand({ name: desired.clusterName, version: '1.35' }),
      );
      const wanted = { ...desired, kubernetesVersion: '1.35' };
      const { state } = await find(wanted);
      expect(state.offer?.default).toBe('v1.35.4-eksbuild.2');
      expect(state.offer?.versions).toContain('v1.34.4-eksbuild.2');
      const calls = await world.calls(() => find(wanted));
      expect(calls.map(call => call.operation)).toEqual(['DescribeAddon']);
    });

    test('what else a version goes with is asked once, and only where the minor has it not', async () => {
      const { world, find, desired } = await made('vpc-cni', { version: OLDEST });
      const { state } = await find({ ...desired, kubernetesVersion: '1.34' });
      expect(state.offer?.versions).toContain(OLDEST);
      expect(state.goesWith).toBeUndefined();
      const wanted = { ...desired, kubernetesVersion: '1.35' };
      const after = (await find(wanted)).state;
      expect(after.offer?.versions).not.toContain(OLDEST);
      expect(after.goesWith?.toSorted().at(-1)).toBe('1.34');
      const calls = await world.calls(() => find(wanted));
      expect(calls.map(call => call.operation)).toEqual(['DescribeAddon']);
    });

    test('a version that is newer than what is kept of the minor goes with it, where EKS says so', async () => {
      const { world, desired, identity } = await made('vpc-cni', { version: NEW });
      const kept = { default: OLD, versions: [OLD] };
      const eksCatalog = { addon: async () => kept, goesWith: async () => ['1.35', '1.34'] };
      const scope = Object.create(world.scope, { eksCatalog: { value: eksCatalog } });
      const of = (kubernetesVersion: string) => ({ desired: { ...desired, kubernetesVersion }, ...look });
      const [fits] = await addonAdaptor.find(scope, identity, of('1.34'));
      expect(fits?.state).toMatchObject({ offer: { default: OLD, versions: [NEW, OLD] } });
      expect(fits?.state).not.toHaveProperty('goesWith');
      const [other] = await addonAdaptor.find(scope, identity, of('1.36'));
      expect(other?.state).toMatchObject({ offer: kept, goesWith: ['1.35', '1.34'] });
    });

    test.each([
      ['keys in another order', JSON.stringify({ b: { d: 1, c: [2] }, a: 1 }), true],
      ['other spacing', '{ "a": 1,\n "b": {"c": [2], "d": 1} }', true],
      ['another value', JSON.stringify({ a: 1, b: { c: [3], d: 1 } }), false],
      ['YAML', 'a: 1', false],
      ['nothing', '', false],
    ])('a configuration with %s', (_, configuration, same) => {
      const desired = { clusterName: 'c', configuration: { a: 1, b: { c: [2], d: 1 } } };
      const state = { status: 'ACTIVE', version: OLD, configuration, issues: '', awaitsNodes: false };
      expect(addonAdaptor.diff(desired, state, []).length === 0).toBe(same);
    });

    test('another configuration restarts its pods, as another version does', () => {
      const desired = { clusterName: 'c', version: NEW, configuration: CONFIGURATION };
      const state = { status: 'ACTIVE', version: OLD, configuration: '', issues: '', awaitsNodes: false };
      expect(addonAdaptor.diff(desired, state, []).map(({ field, risk }) => [field, risk])).toEqual([
        ['version', 'High'],
        ['configuration', 'High'],
      ]);
    });

    test('an add-on without nodes to run on is waited for, and ready when they are there', async () => {
      const { world, parts, find } = await made('coredns');
      expect(addonAdaptor.readiness((await find()).state)).toMatchObject({ is: 'in progress' });
      await world.scope.eks.send(
        new CreateNodegroupCommand({
          clusterName: parts.cluster,
          nodegroupName: 'main',
          nodeRole: parts.nodeRole,
          subnets: [parts.subnets[0]],
        }),
      );
      expect(addonAdaptor.readiness((await find()).state)).toEqual({ is: 'ready' });
    });

    test.each<[string, string, boolean]>([
      ['too few replicas', 'InsufficientNumberOfReplicas', true],
      ['anything else', 'ConfigurationConflict', false],
    ])('an add-on that is degraded for %s', async (_, code, waitsForNodes) => {
      const { world, parts, find } = await made('vpc-cni');
      const place = { accountId: world.scope.accountId, region: world.scope.region };
      const message = 'aws-node is not available on all nodes';
      await parts.control.setAddonHealth(place, parts.cluster, 'vpc-cni', [{ code, message }]);
      const readiness = addonAdaptor.readiness((await find()).state);
      expect(readiness).toMatchObject({ message: expect.stringContaining(message) });
      expect(readiness.is).toBe(waitsForNodes ? 'in progress' : 'failed');
      // What brings nodes that are well does not wait for it; those that are there wait for neither.
      expect('awaitsDependants' in readiness).toBe(waitsForNodes);
      expect('serves' in readiness).toBe(!waitsForNodes);
      await parts.control.setAddonHealth(place, parts.cluster, 'vpc-cni', []);
      expect(addonAdaptor.readiness((await find()).state)).toEqual({ is: 'ready' });
    });

    test('an installation that failed says why, and is to be replaced; an update only says why', async () => {
      const world = await bench().world();
      const parts = await prepare(world);
      const issues = [{ code: 'ConfigurationConflict', message: 'DaemonSet aws-node is in the way' }];
      parts.control.settings.failures.push({ operation: 'CreateAddon', issues });
      const identity = world.identity({ name: childName(parts.cluster, 'vpc-cni') });
      const desired: AddonDesired = { clusterName: parts.cluster, version: OLD };
      const find = async () => {
        const [one] = await addonAdaptor.find(world.scope, identity, { desired, ...look });
        if (one === undefined) throw new Error('not found');
        return one;
      };
      await addonAdaptor.create(world.scope, identity, desired, world.tags());
      expect(addonAdaptor.readiness((await find()).state)).toEqual({
        is: 'failed',
        message: 'EKS could not install the add-on: ConfigurationConflict: DaemonSet aws-node is in the way',
        remedy: 'replace',
      });
      await addonAdaptor.remove(world.scope, await find(), { desired, owner: world.owner });
      const found = await addonAdaptor.create(world.scope, identity, desired, world.tags());
      parts.control.settings.failures.push({ operation: 'UpdateAddon', issues });
      const wanted = { ...desired, version: NEW };
      const changes = addonAdaptor.diff(wanted, found.state, []);
      await addonAdaptor.update(world.scope, found, wanted, changes);
      const failed = await find();
      expect(addonAdaptor.readiness(failed.state)).toMatchObject({
        is: 'failed',
        message: expect.stringContaining('DaemonSet aws-node is in the way'),
        serves: true,
      });
      expect(addonAdaptor.readiness(failed.state)).not.toHaveProperty('remedy');
      await expect(addonAdaptor.update(world.scope, failed, wanted, changes)).rejects.toMatchObject({
        code: 'UpdateFailed',
      });
    });

    test('an update that failed is tried again though nothing differs: what is shown later, another one at once', async () => {
      const { world, parts, find, desired } = await made('vpc-cni', { version: OLD });
      const issues = [{ code: 'ConfigurationConflict', message: 'DaemonSet aws-node is in the way' }];
      parts.control.settings.failures.push({ operation: 'UpdateAddon', issues });
      const update = async (wanted: AddonDesired, shown: Partial<AddonState> = {}) => {
        const one = await find();
        const found = { ...one, state: { ...one.state, ...shown } };
        const changes = addonAdaptor.diff(wanted, found.state, []);
        await addonAdaptor.update(world.scope, found, wanted, changes);
        return changes.map(change => change.field);
      };
      expect(await update({ ...desired, version: NEW })).toEqual(['version']);
      expect((await find()).state).toMatchObject({ status: 'UPDATE_FAILED', version: OLD });
      // EKS may show what it could not do.
      const asNew = () => update({ ...desired, version: NEW }, { version: NEW });
      await expect(asNew()).rejects.toMatchObject({ code: 'UpdateFailed' });
      parts.control.settings.failures.push({ operation: 'UpdateAddon', issues });
      world.gateway.advanceClock(15 * 60);
      expect(await asNew()).toEqual(['status']);
      // The version is taken back.
      expect(await update(desired)).toEqual(['status']);
      const { state } = await find();
      expect([state.status, state.version]).toEqual(['ACTIVE', OLD]);
      expect(addonAdaptor.diff(desired, state, [])).toEqual([]);
    });

    test.each<[string, string, string, string | undefined]>([
      ['the present minor has is not looked for', 'v1.34.4-eksbuild.2', '1.36', undefined],
      ['a later one has is known by it', 'v1.36.4-eksbuild.2', '1.36', '1.36'],
      ['only a minor past the end has is of none', 'v1.36.4-eksbuild.2', '1.35', ''],
      ['no minor has is of none', 'v9', '1.36', ''],
    ])('a version that %s', async (_, version, upTo, pinnedFor) => {
      const { find, desired } = await made('kube-proxy');
      const { state } = await find({ ...desired, kubernetesVersion: '1.34', pin: { version, upTo } });
      expect(state.pinnedFor).toBe(pinnedFor);
      expect(state.offer?.default).toBe('v1.34.4-eksbuild.2');
    });

    test('what failed for want of nodes holds up nobody who brings them, and is made anew when they are there', async () => {
      const world = await bench().world();
      const parts = await prepare(world);
      const issues = [{ code: 'InsufficientNumberOfReplicas', message: 'no nodes' }];
      parts.control.settings.failures.push({ operation: 'CreateAddon', issues });
      const identity = world.identity({ name: childName(parts.cluster, 'kube-proxy') });
      const desired: AddonDesired = { clusterName: parts.cluster };
      const find = async () => {
        const [one] = await addonAdaptor.find(world.scope, identity, { desired, ...look });
        if (one === undefined) throw new Error('not found');
        return one;
      };
      await addonAdaptor.create(world.scope, identity, desired, world.tags());
      const failed = await find();
      const lonely = {
        is: 'in progress',
        awaitsDependants: true,
        message: expect.stringContaining('no nodes'),
      };
      expect([failed.state.status, addonAdaptor.readiness(failed.state)]).toEqual([
        'CREATE_FAILED',
        expect.objectContaining(lonely),
      ]);
      const replaced = (hasNodes: boolean, state = failed.state) =>
        addonAdaptor
          .diff({ ...desired, hasNodes }, state, [])
          .some(change => change.replace === true && change.retry === true);
      expect([replaced(false), replaced(true)]).toEqual([false, true]);
      // Of another reason the nodes are no remedy: the readiness says so at once.
      expect(replaced(true, { ...failed.state, awaitsNodes: false })).toBe(false);
      expect(replaced(true, { ...failed.state, status: 'DEGRADED' })).toBe(false);
      const sick = { ...failed.state, status: 'UPDATE_FAILED' };
      const tried = (hasNodes: boolean) =>
        addonAdaptor
          .diff({ ...desired, hasNodes }, sick, [])
          .map(change => (change.retry === true ? `retry: ${change.field}` : change.field));
      expect([tried(false), tried(true)]).toEqual([[], ['retry: status']]);
      expect(addonAdaptor.readiness(sick)).toMatchObject(lonely);
    });

    test.each<[string, object, boolean, boolean]>([
      ['gave up for want of nodes, and is made anew', {}, true, true],
      ['gave up for want of nodes, and has left the spec', {}, false, false],
      ['gave up for another reason', { awaitsNodes: false }, true, false],
      ['is there', { status: 'DEGRADED' }, true, false],
    ])('what runs of one that EKS %s: it is taken over or goes too', async (_, of, isWanted, stays) => {
      const { world, desired, find } = await made('coredns');
      const found = await find();
      const state = { ...found.state, status: 'CREATE_FAILED', awaitsNodes: true, ...of };
      const sent: unknown[] = [];
      const eks = { send: async ({ input }: { input: unknown }) => sent.push(input) };
      const scope = Object.create(world.scope, { eks: { value: eks } });
      const wanted = isWanted ? desired : undefined;
      await addonAdaptor.remove(scope, { ...found, state }, { desired: wanted, owner: world.owner });
      const named = { clusterName: desired.clusterName, addonName: 'coredns' };
      expect(sent).toEqual([stays ? { ...named, preserve: true } : named]);
    });

    test('what may keep its pods off nodes that are well is told where replicas are lacking', async () => {
      // Of the bench's cluster, which has no nodes.
      const { find, desired } = await made('coredns');
      const { state } = await find({ ...desired, keptOff: 'they may not tolerate the taints' });
      const told = (of: AddonState) => addonAdaptor.readiness(of);
      expect(told((await find()).state)).toMatchObject({
        message: expect.stringMatching(/^the add-on has too few nodes to run on: Insuf[^:]+: [^(]*$/),
      });
      for (const status of ['DEGRADED', 'CREATE_FAILED', 'UPDATE_FAILED'])
        expect(told({ ...state, status })).toMatchObject({
          is: 'in progress',
          message: expect.stringMatching(/: Insuf.* \(they may not tolerate the taints\)/),
        });
    });

    test('an update keeps what users changed with kubectl', async () => {
      const { world, parts, find, desired } = await made('vpc-cni', { version: OLD });
      const wanted = { ...desired, version: NEW };
      const found = await find();
      await addonAdaptor.update(world.scope, found, wanted, addonAdaptor.diff(wanted, found.state, []));
      const at = { name: parts.cluster, addonName: 'vpc-cni' };
      const { updateIds = [] } = await world.scope.eks.send(new ListUpdatesCommand(at));
      const { update } = await world.scope.eks.send(
        new DescribeUpdateCommand({ ...at, updateId: updateIds[0] }),
      );
      expect(update?.params).toContainEqual({ type: 'ResolveConflicts', value: 'PRESERVE' });
    });

    test.each([
      ['ahead of the cluster', { version: 'v1.35.4-eksbuild.2' }],
      ['that AWS has not', { version: 'v9' }],
    ])('a version %s is the spec to blame', async (_, changes) => {
      await expect(made('kube-proxy', changes)).rejects.toMatchObject({ class: 'Invalid' });
    });

    test('an update under way is waited for, and so is a busy cluster', async () => {
      const { world, parts, find, desired } = await made('vpc-cni', { version: OLD });
      parts.control.settings.durations = AS_AWS;
      const wanted = { ...desired, version: NEW };
      const found = await find();
      const changes = addonAdaptor.diff(wanted, found.state, []);
      const updated = await addonAdaptor.update(world.scope, found, wanted, changes);
      for (const { state } of [updated, await find()])
        expect(addonAdaptor.readiness(state)).toMatchObject({ is: 'in progress' });
      await expect(addonAdaptor.update(world.scope, found, wanted, changes)).rejects.toMatchObject({
        class: 'Busy',
      });
    });
  },
);
