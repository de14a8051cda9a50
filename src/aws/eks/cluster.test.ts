import {
  CreateClusterCommand,
  CreateNodegroupCommand,
  DescribeClusterCommand,
  ListAccessEntriesCommand,
  UpdateClusterConfigCommand,
  UpdateClusterVersionCommand,
} from '@aws-sdk/client-eks';
import { expect, test, vi } from 'vitest';
import { AS_AWS } from '../../../hack/bench/aws/eks/index.ts';
import type { Found } from '../../engine/adaptor.ts';
import { conformance } from '../conformance/conformance.ts';
import type { World } from '../conformance/world.ts';
import { clusterAdaptor } from './cluster.ts';
import { type ClusterDesired, type ClusterState, clusterState } from './cluster-state.ts';
import { type EksParts, eksParts, withCluster } from './testing.ts';

function desiredOf(parts: EksParts, changes: Partial<ClusterDesired> = {}): ClusterDesired {
  return {
    version: '1.34',
    roleArn: parts.clusterRole,
    subnetIds: [parts.subnets[0], parts.subnets[1]],
    securityGroupIds: [parts.groups[0]],
    publicCidrs: [],
    keyArn: parts.keyArns[0],
    logTypes: ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'],
    supportType: 'STANDARD',
    deletionProtection: false,
    ...changes,
  };
}

function byHand(config: Omit<ConstructorParameters<typeof UpdateClusterConfigCommand>[0], 'name'>) {
  return (world: World, { id: name }: Found<ClusterState>) =>
    world.scope.eks.send(new UpdateClusterConfigCommand({ name, ...config }));
}

conformance<ClusterDesired, ClusterState, EksParts>(
  clusterAdaptor,
  {
    prepare: async world => eksParts(world),
    name: (_, { cluster }) => cluster,
    desired: parts => desiredOf(parts),
    createdBy: 'CreateCluster',
    fields: {
      publicCidrs: desired => ({ ...desired, publicCidrs: ['192.0.2.0/24', '198.51.100.0/24'] }),
      logTypes: desired => ({ ...desired, logTypes: ['audit'] }),
      supportType: desired => ({ ...desired, supportType: 'EXTENDED' }),
      deletionProtection: desired => ({ ...desired, deletionProtection: true }),
      subnetIds: (desired, { subnets }) => ({ ...desired, subnetIds: [subnets[2], subnets[3]] }),
      securityGroupIds: (desired, { groups }) => ({ ...desired, securityGroupIds: [...groups] }),
    },
    optional: {
      zonalShift: {
        with: desired => ({ ...desired, zonalShift: true }),
        byHand: byHand({ zonalShiftConfig: { enabled: true } }),
      },
    },
    drift: {
      publicCidrs: byHand({ resourcesVpcConfig: { endpointPublicAccess: true } }),
      privateAccess: byHand({
        resourcesVpcConfig: {
          endpointPublicAccess: true,
          endpointPrivateAccess: false,
          publicAccessCidrs: ['192.0.2.0/24'],
        },
      }),
      logTypes: byHand({ logging: { clusterLogging: [{ types: ['api'], enabled: false }] } }),
      supportType: byHand({ upgradePolicy: { supportType: 'EXTENDED' } }),
      deletionProtection: byHand({ deletionProtection: true }),
      securityGroupIds: byHand({ resourcesVpcConfig: { securityGroupIds: [] } }),
    },
    rewritten: {
      'lists in another order': state => ({
        ...state,
        subnetIds: state.subnetIds.toReversed(),
        logTypes: state.logTypes.toReversed(),
      }),
    },
    foreign: async (world, name, tags, parts) => {
      await withCluster(world, { ...parts, cluster: name }, { tags: { ...tags } });
    },
    calls: { create: 2, drift: 1 },
  },
  bench => {
    const look = { recorded: [], freshness: 'fresh' } as const;

    async function made(changes: Partial<ClusterDesired> = {}) {
      const world = await bench().world();
      const parts = eksParts(world);
      const desired = desiredOf(parts, changes);
      const identity = world.identity({ name: parts.cluster });
      await clusterAdaptor.create(world.scope, identity, desired, world.tags());
      const found = await find();
      async function find(wanted = desired) {
        const [one] = await clusterAdaptor.find(world.scope, identity, { desired: wanted, ...look });
        if (one === undefined) throw new Error('not found');
        return one;
      }
      const place = { accountId: world.scope.accountId, region: world.scope.region };
      /** EKS has looked, which takes no time here. */
      const insights = () =>
        world.scope.eksInsights.request(parts.cluster).catch(error => {
          expect(error).toMatchObject({ class: 'NotYet' });
        });
      const describe = async () =>
        (await world.scope.eks.send(new DescribeClusterCommand({ name: parts.cluster }))).cluster;
      return { world, parts, desired, identity, found, find, describe, place, insights };
    }

    test('it is made with none of AWS’s unsafe defaults', async () => {
      const at = await made({ deletionProtection: true });
      expect(await at.describe()).toMatchObject({
        accessConfig: { authenticationMode: 'API' },
        resourcesVpcConfig: {
          endpointPublicAccess: false,
          endpointPrivateAccess: true,
          publicAccessCidrs: [],
        },
        encryptionConfig: [{ resources: ['secrets'], provider: { keyArn: at.parts.keyArns[0] } }],
        logging: {
          clusterLogging: [
            { enabled: true, types: ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'] },
          ],
        },
        upgradePolicy: { supportType: 'STANDARD' },
        deletionProtection: true,
      });
      const { accessEntries } = await at.world.scope.eks.send(
        new ListAccessEntriesCommand({ clusterName: at.parts.cluster }),
      );
      expect(accessEntries).toEqual([]);
    });

    test('its state holds what others need: endpoint, certificate, issuer, security group, VPC', async () => {
      const { found } = await made();
      expect(found.state).toMatchObject({
        vpcId: 'vpc-1',
        endpoint: expect.stringMatching(/^https:/),
        certificateAuthority: expect.stringMatching(/./),
        issuer: expect.stringMatching(/^https:\/\/oidc/),
        clusterSecurityGroupId: expect.stringMatching(/^sg-/),
      });
    });

    test('a create repeated by another process carries the same token', async () => {
      const at = await made();
      const send = vi.spyOn(at.world.scope.eks, 'send');
      const create = (identity: typeof at.identity) =>
        clusterAdaptor.create(at.world.scope, identity, at.desired, at.world.tags()).catch(() => undefined);
      await create(at.identity);
      await create(at.identity);
      await create({ ...at.identity, epoch: 2 });
      const [first, second, third] = send.mock.calls.flatMap(([{ input }]) =>
        'clientRequestToken' in input ? (input.clientRequestToken ?? []) : [],
      );
      send.mockRestore();
      expect(first).toMatch(/^[a-z2-7]{32}$/);
      expect([second === first, third === first]).toEqual([true, false]);
    });

    test.each([
      ['version', { version: '1.35' }, { risk: 'High' }],
      ['roleArn', { roleArn: 'other' }, { risk: 'High', replace: true }],
      ['keyArn', { keyArn: 'other' }, { risk: 'High', replace: true }],
      ['serviceCidr', { serviceCidr: '10.200.0.0/16' }, { risk: 'High', replace: true }],
    ])('what a change of %s means', async (field, changes, expected) => {
      const at = await made();
      expect(clusterAdaptor.diff({ ...at.desired, ...changes }, at.found.state, [])).toEqual([
        { field, from: expect.anything(), to: expect.anything(), ...expected },
      ]);
    });

    test('the version rises by one minor at a time, and never falls', async () => {
      const at = await made();
      const versions: string[] = [];
      const desired = { ...at.desired, version: '1.36' };
      let found = at.found;
      for (let round = 0; round < 3; round++) {
        const changes = clusterAdaptor.diff(desired, found.state, []);
        if (changes.length === 0) break;
        await at.insights();
        await clusterAdaptor.update(at.world.scope, found, desired, changes);
        found = await at.find(desired);
        versions.push(found.state.version);
      }
      expect(versions).toEqual(['1.35', '1.36']);
      expect(clusterAdaptor.diff({ ...desired, version: '1.33' }, found.state, [])).toEqual([]);
    });

    test('encryption is added to a cluster without, and ConfigMap access is left in two steps', async () => {
      const world = await bench().world();
      const parts = eksParts(world);
      await world.scope.eks.send(
        new CreateClusterCommand({
          name: parts.cluster,
          version: '1.34',
          roleArn: parts.clusterRole,
          resourcesVpcConfig: {
            subnetIds: [parts.subnets[0], parts.subnets[1]],
            securityGroupIds: [parts.groups[0]],
          },
        }),
      );
      const identity = world.identity({ name: parts.cluster });
      const desired = desiredOf(parts, { deletionProtection: true });
      const rounds: string[][] = [];
      for (;;) {
        const [found] = await clusterAdaptor.find(world.scope, identity, { desired, ...look });
        if (found === undefined) throw new Error('not found');
        const changes = clusterAdaptor.diff(desired, found.state, []);
        if (changes.length === 0) break;
        rounds.push(changes.map(one => one.field));
        const calls = await world.calls(() => clusterAdaptor.update(world.scope, found, desired, changes));
        // One type of update a call, and one call an update.
        expect(calls.map(call => [call.mutating, call.status])).toEqual([[true, 200]]);
      }
      expect(rounds.at(0)).toEqual([
        'privateAccess',
        'publicCidrs',
        'keyArn',
        'logTypes',
        'authenticationMode',
        'supportType',
        'deletionProtection',
      ]);
      expect(rounds.at(-1)).toEqual(['supportType']);
    });

    test('while EKS works it says so, and what is wanted meanwhile is seen', async () => {
      const at = await made();
      at.parts.control.settings.durations = AS_AWS;
      const desired = { ...at.desired, deletionProtection: true, logTypes: [] };
      const changes = clusterAdaptor.diff(desired, at.found.state, []);
      const updated = await clusterAdaptor.update(at.world.scope, at.found, desired, changes);
      expect(clusterAdaptor.diff(desired, updated.state, []).map(one => one.field)).toEqual(['logTypes']);
      for (const { state } of [updated, await at.find()])
        expect(clusterAdaptor.readiness(state)).toMatchObject({ is: 'in progress', againInMs: 30_000 });
      const again = clusterAdaptor.update(at.world.scope, updated, desired, changes);
      await expect(again).rejects.toMatchObject({ class: 'Busy' });
      at.world.gateway.advanceClock(AS_AWS.updateCluster / 1000);
      expect((await at.find()).state).toMatchObject({ status: 'ACTIVE', deletionProtection: true });
    });

    test('a role that EKS cannot take when the version is raised is waited for, and not for ever', async () => {
      const at = await made();
      await at.insights();
      const desired = { ...at.desired, version: '1.35' };
      const changes = clusterAdaptor.diff(desired, at.found.state, []);
      const message = `Role with arn ${at.desired.roleArn} could not be assumed because it does not exist or the trusted entity is not correct`;
      const attempt = async () => {
        at.world.gateway.addFault({
          operation: 'UpdateClusterVersion',
          nth: 1,
          fault: { kind: 'accessDenied', status: 400, code: 'InvalidRequestException', message },
        });
        return clusterAdaptor.update(at.world.scope, at.found, desired, changes);
      };
      await expect(attempt()).rejects.toMatchObject({ class: 'NotYet', retryAfterMs: 10_000 });
      at.world.gateway.advanceClock(5 * 60);
      await at.insights();
      await expect(attempt()).rejects.toMatchObject({ class: 'Invalid' });
    });

    test('insights are read on the way to another version only, and those that block are named', async () => {
      const at = await made();
      const { control, cluster } = at.parts;
      const plant = (kubernetesVersion: string, status: 'ERROR' | 'WARNING' | 'PASSING') =>
        control.plantInsight(at.place, cluster, {
          name: `APIs removed in ${kubernetesVersion}`,
          kubernetesVersion,
          status,
          reason: 'ingresses of v1beta1',
          recommendation: 'Move them to v1.',
        });
      const id = plant('1.35', 'ERROR');
      plant('1.35', 'PASSING');
      plant('1.36', 'ERROR');
      expect((await at.find()).state.insights).toBeUndefined();
      // The next step is not taken yet, and is already looked into.
      const towards = { ...at.desired, targetVersion: '1.36' };
      const found = await at.find(towards);
      expect(found.state.insights).toEqual([
        {
          id,
          name: 'APIs removed in 1.35',
          kubernetesVersion: '1.35',
          status: 'ERROR',
          reason: 'ingresses of v1beta1',
          seenAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
          advice: 'Move them to v1.',
        },
      ]);
      expect(found.state.insightsCurrent).toBe(false);
      expect(clusterAdaptor.diff(towards, found.state, [])).toEqual([]);
      const desired = { ...at.desired, version: '1.35' };
      const changes = clusterAdaptor.diff(desired, found.state, []);
      const update = () => clusterAdaptor.update(at.world.scope, found, desired, changes);
      const asking = await at.world.calls(async () => {
        await expect(update()).rejects.toMatchObject({ class: 'NotYet', retryAfterMs: 30_000 });
      });
      expect(asking.map(call => call.operation)).toEqual(['DescribeInsightsRefresh', 'StartInsightsRefresh']);
      expect((await at.find(towards)).state.insightsCurrent).toBe(true);
      const calls = await at.world.calls(async () => {
        await expect(update()).rejects.toMatchObject({
          class: 'Blocked',
          blockers: [
            { resource: expect.stringContaining(id), reason: 'ingresses of v1beta1. Move them to v1.' },
          ],
        });
      });
      expect(calls.map(call => call.operation)).toEqual(['ListInsights', 'DescribeInsight']);
      control.clearInsights(at.place, cluster);
      await update();
      expect((await at.find()).state.version).toBe('1.35');
      // What was true before the change of ours is old.
      expect((await at.find({ ...at.desired, targetVersion: '1.36' })).state.insightsCurrent).toBe(false);
    });

    test.each([
      ['ERROR', 'PASSING', undefined],
      ['PASSING', 'ERROR', 'Blocked'],
    ] as const)(
      'an insight that is %s until EKS looks again, and %s then',
      async (status, refreshedTo, refused) => {
        const at = await made();
        at.parts.control.plantInsight(at.place, at.parts.cluster, {
          name: 'APIs removed in 1.35',
          kubernetesVersion: '1.35',
          status,
          refreshedTo,
        });
        const desired = { ...at.desired, version: '1.35' };
        const changes = clusterAdaptor.diff(desired, at.found.state, []);
        await at.insights();
        const update = clusterAdaptor.update(at.world.scope, at.found, desired, changes);
        if (refused === undefined) await update;
        else await expect(update).rejects.toMatchObject({ class: refused });
        expect((await at.find()).state.version).toBe(refused === undefined ? '1.35' : '1.34');
      },
    );

    test('what EKS refuses an upgrade for, besides, is told as it says it', async () => {
      const at = await made();
      const desired = { ...at.desired, version: '1.35' };
      const changes = clusterAdaptor.diff(desired, at.found.state, []);
      await at.insights();
      at.world.gateway.addFault({
        operation: 'UpdateClusterVersion',
        fault: { kind: 'accessDenied', code: 'InvalidStateException' },
      });
      const update = clusterAdaptor.update(at.world.scope, at.found, desired, changes);
      await expect(update).rejects.toMatchObject({
        class: 'Blocked',
        code: 'InvalidStateException',
        retryAfterMs: 15 * 60_000,
      });
    });

    test('what EKS saw before an update of ours is old', async () => {
      const at = await made();
      await at.insights();
      const wanted = { ...at.desired, targetVersion: '1.35' };
      expect((await at.find(wanted)).state.insightsCurrent).toBe(true);
      const other = { ...at.desired, logTypes: [] };
      const changes = clusterAdaptor.diff(other, at.found.state, []);
      await clusterAdaptor.update(at.world.scope, at.found, other, changes);
      expect((await at.find(wanted)).state.insightsCurrent).toBe(false);
    });

    test.each(['AccessDeniedException', 'ResourceNotFoundException'])(
      'where to ask what helps against an insight is told where EKS does not answer that (%s)',
      async code => {
        const at = await made();
        const id = at.parts.control.plantInsight(at.place, at.parts.cluster, {
          name: 'APIs removed in 1.35',
          kubernetesVersion: '1.35',
          status: 'ERROR',
        });
        at.world.gateway.addFault({
          operation: 'DescribeInsight',
          fault: { kind: 'accessDenied', code },
        });
        const { state } = await at.find({ ...at.desired, targetVersion: '1.35' });
        expect(state.insights?.[0]?.advice).toBe(
          `for more: aws eks describe-insight --cluster-name ${at.parts.cluster} --id ${id}`,
        );
      },
    );

    test('an update that EKS took and could not do is named, and not asked for again at once', async () => {
      const at = await made();
      at.parts.control.settings.failures.push({
        operation: 'UpdateClusterVersion',
        issues: [{ code: 'IpNotAvailable', message: 'no address left', resourceIds: ['subnet-a1'] }],
      });
      const desired = { ...at.desired, version: '1.35' };
      const changes = clusterAdaptor.diff(desired, at.found.state, []);
      await at.insights();
      await clusterAdaptor.update(at.world.scope, at.found, desired, changes);
      const failed = await at.find(desired);
      expect(clusterAdaptor.readiness(failed.state)).toMatchObject({
        is: 'failed',
        message: expect.stringContaining('IpNotAvailable: no address left (subnet-a1)'),
      });
      expect(clusterAdaptor.readiness(failed.state)).not.toHaveProperty('remedy');
      const calls = await at.world.calls(async () => {
        const again = clusterAdaptor.update(at.world.scope, failed, desired, changes);
        await expect(again).rejects.toMatchObject({ class: 'Unknown', code: 'UpdateFailed' });
      });
      expect(calls).toEqual([]);
      // What the spec takes back has not failed it.
      const readiness = (wanted: ClusterDesired) =>
        clusterAdaptor.readiness(failed.state, clusterAdaptor.diff(wanted, failed.state, []));
      expect([readiness(desired).is, readiness(at.desired).is]).toEqual(['failed', 'ready']);
      // Another change is not held up by it.
      const other = { ...at.desired, logTypes: [] };
      const otherChanges = clusterAdaptor.diff(other, failed.state, []);
      await clusterAdaptor.update(at.world.scope, failed, other, otherChanges);
      expect((await at.find(other)).state.logTypes).toEqual([]);
    });

    test('extended support that has begun is left after the upgrade to a version without, and not asked about before', async () => {
      const at = await made({ supportType: 'EXTENDED' });
      // 1.34 left standard support on 2026-12-02.
      at.parts.control.settings.asOf = Date.parse('2026-12-03');
      const standard: ClusterDesired = { ...at.desired, supportType: 'STANDARD', logTypes: [] };
      const fields = async (desired: ClusterDesired) => {
        const { state } = await at.find(desired);
        return clusterAdaptor.diff(desired, state, []).map(change => change.field);
      };
      expect(await fields(standard)).toEqual(['logTypes']);
      // To keep it is no wish to leave it.
      expect((await at.find()).state.inExtendedSupport).toBeUndefined();
      await at.insights();
      const wanted = { ...standard, version: '1.35' };
      const rounds: string[][] = [];
      for (let due = await fields(wanted); due.length > 0; due = await fields(wanted)) {
        rounds.push(due);
        const found = await at.find(wanted);
        await at.insights();
        await clusterAdaptor.update(
          at.world.scope,
          found,
          wanted,
          clusterAdaptor.diff(wanted, found.state, []),
        );
      }
      expect(rounds).toEqual([['version', 'logTypes'], ['version'], ['supportType']]);
    });

    test('where both may be changed the version is, first', async () => {
      const at = await made({ supportType: 'EXTENDED' });
      await at.insights();
      const desired: ClusterDesired = { ...at.desired, supportType: 'STANDARD', version: '1.35' };
      const changes = clusterAdaptor.diff(desired, at.found.state, []);
      const { state } = await clusterAdaptor.update(at.world.scope, at.found, desired, changes);
      expect([state.version, state.supportType]).toEqual(['1.35', 'EXTENDED']);
    });

    test.each(['InvalidParameterException', 'InvalidRequestException', 'AccessDeniedException'])(
      'a setting that EKS refuses (%s) holds up no other one, and is told when these are done',
      async code => {
        const at = await made();
        at.world.gateway.addFault({
          operation: 'UpdateClusterConfig',
          nth: 1,
          fault: { kind: 'accessDenied', code },
        });
        const desired: ClusterDesired = { ...at.desired, logTypes: [], supportType: 'EXTENDED' };
        const update = async () => {
          const found = await at.find(desired);
          const changes = clusterAdaptor.diff(desired, found.state, []);
          return clusterAdaptor.update(at.world.scope, found, desired, changes);
        };
        expect((await update()).state).toMatchObject({
          supportType: 'EXTENDED',
          logTypes: expect.anything(),
        });
        expect((await at.find(desired)).state.logTypes).toHaveLength(5);
        at.world.gateway.addFault({
          operation: 'UpdateClusterConfig',
          fault: { kind: 'accessDenied', code },
        });
        await expect(update()).rejects.toMatchObject({ code });
      },
    );

    test('the version is not begun while a setting before it is refused, which is named', async () => {
      const at = await made();
      await at.insights();
      const fault = { kind: 'accessDenied', code: 'InvalidParameterException' } as const;
      at.world.gateway.addFault({ operation: 'UpdateClusterConfig', nth: 1, fault });
      at.world.gateway.addFault({ operation: 'UpdateClusterConfig', nth: 3, fault });
      const desired: ClusterDesired = {
        ...at.desired,
        logTypes: [],
        supportType: 'EXTENDED',
        version: '1.35',
      };
      const update = async () => {
        const found = await at.find(desired);
        const changes = clusterAdaptor.diff(desired, found.state, []);
        await at.insights();
        return (await clusterAdaptor.update(at.world.scope, found, desired, changes)).state;
      };
      // What comes after the version is no part of it.
      expect(await update()).toMatchObject({ version: '1.34', supportType: 'EXTENDED' });
      await expect(update()).rejects.toMatchObject({
        class: 'Invalid',
        code: 'InvalidParameterException',
        refused: true,
        message: expect.stringContaining('is not raised to 1.35 before its logTypes can be changed: '),
      });
      expect((await at.find(desired)).state.version).toBe('1.34');
      expect(await update()).toMatchObject({ version: '1.34', logTypes: [] });
      expect(await update()).toMatchObject({ version: '1.35' });
    });

    test('a creation that failed says why, and is to be replaced', async () => {
      const world = await bench().world();
      const parts = eksParts(world);
      parts.control.settings.failures.push({
        operation: 'CreateCluster',
        issues: [{ code: 'InsufficientFreeAddresses', message: 'subnet full', resourceIds: ['subnet-a1'] }],
      });
      const desired = desiredOf(parts, { deletionProtection: true });
      const identity = world.identity({ name: parts.cluster });
      await clusterAdaptor.create(world.scope, identity, desired, world.tags());
      const [found] = await clusterAdaptor.find(world.scope, identity, { desired, ...look });
      if (found === undefined) throw new Error('not found');
      expect(clusterAdaptor.readiness(found.state)).toEqual({
        is: 'failed',
        message: 'EKS could not create the cluster: InsufficientFreeAddresses: subnet full (subnet-a1)',
        remedy: 'replace',
      });
      // Nothing was in it: its deletion protection does not count.
      await clusterAdaptor.remove(world.scope, found, { desired, owner: world.owner });
      expect(await clusterAdaptor.find(world.scope, identity, { desired, ...look })).toEqual([]);
    });

    test.each([
      ['is not visible yet', (parts: EksParts) => parts.account.roles.delete(parts.clusterRole)],
      [
        'trusts somebody else',
        (parts: EksParts) => parts.account.roles.set(parts.clusterRole, { trusts: [] }),
      ],
    ])('a role that %s is "not yet", at last named, and made of nothing', async (_, spoil) => {
      const world = await bench().world();
      const parts = eksParts(world);
      spoil(parts);
      const identity = world.identity({ name: parts.cluster });
      const create = () => clusterAdaptor.create(world.scope, identity, desiredOf(parts), world.tags());
      const message = expect.stringContaining(parts.clusterRole);
      await expect(create()).rejects.toMatchObject({ class: 'NotYet', message });
      world.gateway.advanceClock(299);
      await expect(create()).rejects.toMatchObject({ class: 'NotYet', message });
      world.gateway.advanceClock(1);
      await expect(create()).rejects.toMatchObject({ class: 'Invalid', message });
      expect(await clusterAdaptor.find(world.scope, identity, { desired: undefined, ...look })).toEqual([]);
    });

    test('a version that EKS has not is the spec to blame', async () => {
      const world = await bench().world();
      const parts = eksParts(world);
      const identity = world.identity({ name: parts.cluster });
      const desired = desiredOf(parts, { version: '1.99' });
      const create = clusterAdaptor.create(world.scope, identity, desired, world.tags());
      await expect(create).rejects.toMatchObject({
        class: 'Invalid',
        message: expect.stringMatching(
          /no cluster of Kubernetes 1\.99 \(it has 1\.31, .*1\.36\): leave spec\.kubernetes\.version out, and then/,
        ),
      });
    });

    test('on the way to another version it is known what EKS offers, and nobody asks otherwise', async () => {
      const at = await made();
      const offered = async (targetVersion?: string) => {
        const desired = targetVersion === undefined ? at.desired : { ...at.desired, targetVersion };
        const [found] = await clusterAdaptor.find(at.world.scope, at.identity, { desired, ...look });
        return found?.state.offered;
      };
      expect(await offered()).toBeUndefined();
      expect(await offered('1.99')).toEqual(['1.31', '1.32', '1.33', '1.34', '1.35', '1.36']);
    });

    test('a protected cluster is not deleted, until the spec takes the protection off', async () => {
      const at = await made({ deletionProtection: true });
      const remove = async (desired: ClusterDesired | undefined) =>
        clusterAdaptor.remove(at.world.scope, await at.find(), { desired, owner: at.world.owner });
      for (const desired of [at.desired, undefined]) {
        const calls = await at.world.calls(async () => {
          await expect(remove(desired)).rejects.toMatchObject({
            class: 'Blocked',
            blockers: [{ reason: expect.stringContaining('spec.kubernetes.deletionProtection') }],
          });
          const mayGo = clusterAdaptor.mayGo?.(at.world.scope, await at.find(), { desired, whole: true });
          await expect(mayGo).rejects.toMatchObject({ class: 'Blocked' });
        });
        expect(calls.filter(call => call.mutating)).toEqual([]);
      }
      const off = { ...at.desired, deletionProtection: false };
      // All that is known of it while what it is made of is missing.
      const leaving = { deletionProtection: false } as ClusterDesired;
      await clusterAdaptor.mayGo?.(at.world.scope, await at.find(), { desired: leaving, whole: true });
      await expect(remove(leaving)).rejects.toMatchObject({ class: 'Busy' });
      await remove(off);
      expect(await clusterAdaptor.find(at.world.scope, at.identity, { desired: off, ...look })).toEqual([]);
    });

    test('a cluster with node groups is not deleted, and they are named', async () => {
      const at = await made();
      await at.world.scope.eks.send(
        new CreateNodegroupCommand({
          clusterName: at.parts.cluster,
          nodegroupName: 'by-hand',
          nodeRole: at.parts.nodeRole,
          subnets: [at.parts.subnets[0]],
        }),
      );
      const options = { desired: at.desired, owner: at.world.owner };
      await expect(clusterAdaptor.remove(at.world.scope, at.found, options)).rejects.toMatchObject({
        class: 'Blocked',
        blockers: [{ resource: 'node group by-hand' }],
      });
    });

    test('a cluster with Fargate profiles is not deleted, and they are named with the way out', async () => {
      const at = await made();
      const { control, cluster } = at.parts;
      control.setFargateProfiles(at.place, cluster, ['serverless', 'jobs']);
      const remove = () =>
        clusterAdaptor.remove(at.world.scope, at.found, { desired: at.desired, owner: at.world.owner });
      await expect(remove()).rejects.toMatchObject({
        class: 'Blocked',
        message: expect.stringContaining('Fargate profile jobs, Fargate profile serverless'),
        blockers: [
          {
            resource: 'Fargate profile jobs',
            reason: expect.stringContaining(
              `aws eks delete-fargate-profile --cluster-name ${cluster} --fargate-profile-name jobs`,
            ),
          },
          { resource: 'Fargate profile serverless' },
        ],
      });
      control.setFargateProfiles(at.place, cluster, []);
      await remove();
    });

    test('a deletion under way is waited for, and not asked for again', async () => {
      const at = await made();
      at.parts.control.settings.durations = AS_AWS;
      const options = { desired: at.desired, owner: at.world.owner };
      await clusterAdaptor.remove(at.world.scope, at.found, options);
      const deleting = await at.find();
      expect(clusterAdaptor.readiness(deleting.state)).toMatchObject({ is: 'in progress' });
      const calls = await at.world.calls(() => clusterAdaptor.remove(at.world.scope, deleting, options));
      expect(calls).toEqual([]);
      at.world.gateway.advanceClock(AS_AWS.deleteCluster / 1000);
      expect(await clusterAdaptor.find(at.world.scope, at.identity, { desired: undefined, ...look })).toEqual(
        [],
      );
    });

    test('a cluster that somebody upgraded is taken as it is', async () => {
      const at = await made();
      await at.world.scope.eks.send(
        new UpdateClusterVersionCommand({ name: at.parts.cluster, version: '1.35' }),
      );
      const found = await at.find();
      expect(clusterAdaptor.diff(at.desired, found.state, [])).toEqual([]);
    });

    test('without a name its tags find it, to the last page, among those of others', async () => {
      const at = await made();
      for (const n of [1, 2])
        await withCluster(at.world, { ...at.parts, cluster: `other-${n}-${at.world.unique}` });
      at.world.gateway.addFault({ operation: 'ListClusters', fault: { kind: 'pageSize', n: 1 } });
      const byTags = { ...at.identity, name: undefined };
      const found = await clusterAdaptor.find(at.world.scope, byTags, { desired: at.desired, ...look });
      expect(found.map(one => one.name)).toEqual([at.parts.cluster]);
    });

    test('an unwell cluster is no success', () => {
      const state = clusterState({
        status: 'ACTIVE',
        health: { issues: [{ code: 'KmsKeyNotFound', message: 'the key is gone' }] },
      });
      expect(clusterAdaptor.readiness(state)).toEqual({
        is: 'failed',
        message: 'the cluster is not well: KmsKeyNotFound: the key is gone',
        serves: true,
      });
    });
  },
);
