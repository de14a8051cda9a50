import {
  CreateAddonCommand,
  type CreateAddonCommandInput,
  CreateNodegroupCommand,
  DeleteAddonCommand,
  DescribeAddonCommand,
  ListAddonsCommand,
  ListPodIdentityAssociationsCommand,
  UpdateAddonCommand,
} from '@aws-sdk/client-eks';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { AS_AWS, AT_ONCE } from './index.ts';
import { type EksBench, type EksWorld, outcomeOf, startEksBench, worldWithCluster } from './testing.ts';

let bench: EksBench;
beforeAll(async () => {
  bench = await startEksBench();
});
beforeEach(() => {
  bench.control.settings.durations = AT_ONCE;
});
afterAll(() => bench.stop());

const clusterName = 'prod';

const addon = (w: EksWorld, changes: Partial<CreateAddonCommandInput> = {}) =>
  w.eks.send(new CreateAddonCommand({ clusterName, addonName: 'vpc-cni', ...changes }));

const describeAddon = async (w: EksWorld, addonName = 'vpc-cni') =>
  (await w.eks.send(new DescribeAddonCommand({ clusterName, addonName }))).addon;

test('an add-on has the default version of its cluster’s Kubernetes, and takes time', async () => {
  const w = await worldWithCluster(bench);
  bench.control.settings.durations = AS_AWS;
  expect((await addon(w)).addon).toMatchObject({ status: 'CREATING', addonVersion: 'v1.21.1-eksbuild.3' });
  expect((await describeAddon(w))?.status).toBe('CREATING');
  bench.gateway.advanceClock(AS_AWS.createAddon / 1000);
  expect(await describeAddon(w)).toMatchObject({ status: 'ACTIVE', health: { issues: [] } });
  expect((await w.eks.send(new ListAddonsCommand({ clusterName }))).addons).toEqual(['vpc-cni']);
});

test.each<[string, Partial<CreateAddonCommandInput>, string]>([
  ['an unknown add-on', { addonName: 'mine' }, 'InvalidParameterException'],
  ['an unknown version', { addonVersion: 'v1' }, 'InvalidParameterException'],
  [
    'a version ahead of the cluster',
    { addonName: 'kube-proxy', addonVersion: 'v1.35.4-eksbuild.2' },
    'InvalidParameterException',
  ],
  [
    'a role that is not there',
    { serviceAccountRoleArn: 'arn:aws:iam::1:role/gone' },
    'InvalidParameterException',
  ],
  ['a configuration that is none', { configurationValues: '{"a":' }, 'InvalidParameterException'],
])('CreateAddon is refused with %s', async (_, changes, expected) => {
  expect(await outcomeOf(addon(await worldWithCluster(bench), changes))).toBe(expected);
});

test('a second one of its name is refused, the same request with the same token is not', async () => {
  const w = await worldWithCluster(bench);
  const first = await addon(w, { clientRequestToken: 'one' });
  expect((await addon(w, { clientRequestToken: 'one' })).addon?.addonArn).toBe(first.addon?.addonArn);
  expect(await outcomeOf(addon(w))).toBe('ResourceInUseException');
});

test('CoreDNS is not well before there are nodes', async () => {
  const w = await worldWithCluster(bench);
  await addon(w, { addonName: 'coredns' });
  expect(await describeAddon(w, 'coredns')).toMatchObject({
    status: 'DEGRADED',
    health: { issues: [{ code: 'InsufficientNumberOfReplicas' }] },
  });
  await w.eks.send(
    new CreateNodegroupCommand({
      clusterName,
      nodegroupName: 'main',
      nodeRole: w.nodeRole,
      subnets: ['subnet-a'],
    }),
  );
  expect((await describeAddon(w, 'coredns'))?.status).toBe('ACTIVE');
});

test('UpdateAddon changes what is named; its associations go with an empty list', async () => {
  const w = await worldWithCluster(bench);
  const roleArn = w.podRole;
  await addon(w, {
    addonVersion: 'v1.20.4-eksbuild.2',
    configurationValues: '{"a":1}',
    podIdentityAssociations: [{ serviceAccount: 'aws-node', roleArn }],
  });
  const { update } = await w.eks.send(
    new UpdateAddonCommand({ clusterName, addonName: 'vpc-cni', addonVersion: 'v1.21.1-eksbuild.3' }),
  );
  expect(update).toMatchObject({ type: 'AddonUpdate', status: 'InProgress' });
  const after = await describeAddon(w);
  expect(after).toMatchObject({ addonVersion: 'v1.21.1-eksbuild.3', configurationValues: '{"a":1}' });
  expect(after?.podIdentityAssociations).toHaveLength(1);
  const list = () => w.eks.send(new ListPodIdentityAssociationsCommand({ clusterName }));
  expect((await list()).associations).toMatchObject([
    { namespace: 'kube-system', serviceAccount: 'aws-node', ownerArn: after?.addonArn },
  ]);
  await w.eks.send(
    new UpdateAddonCommand({ clusterName, addonName: 'vpc-cni', podIdentityAssociations: [] }),
  );
  expect((await list()).associations).toEqual([]);
});

test.each([
  ['vpc-cni', 'v1.19.6-eksbuild.1', 'v1.21.1-eksbuild.3', 'InvalidParameterException'],
  ['vpc-cni', 'v1.21.1-eksbuild.3', 'v1.19.6-eksbuild.1', 'InvalidParameterException'],
  ['vpc-cni', 'v1.20.4-eksbuild.2', 'v1.19.6-eksbuild.1', 'accepted'],
  ['vpc-cni', 'v1.20.4-eksbuild.2', 'v1.21.1-eksbuild.3', 'accepted'],
  ['aws-ebs-csi-driver', 'v1.48.0-eksbuild.1', 'v1.55.0-eksbuild.1', 'accepted'],
])('UpdateAddon of %s from %s to %s is %s', async (addonName, from, addonVersion, expected) => {
  const w = await worldWithCluster(bench);
  await addon(w, { addonName, addonVersion: from });
  const update = w.eks.send(new UpdateAddonCommand({ clusterName, addonName, addonVersion }));
  expect(await outcomeOf(update)).toBe(expected);
});

test('creations, updates and deletions of add-ons that are to fail', async () => {
  const w = await worldWithCluster(bench);
  const issues = [{ code: 'ConfigurationConflict', message: 'Conflicts found' }];
  bench.control.settings.failures.push({ operation: 'CreateAddon', issues });
  await addon(w);
  expect(await describeAddon(w)).toMatchObject({ status: 'CREATE_FAILED', health: { issues } });
  await w.eks.send(new DeleteAddonCommand({ clusterName, addonName: 'vpc-cni' }));
  await addon(w);
  bench.control.settings.failures.push({ operation: 'UpdateAddon', issues });
  await w.eks.send(new UpdateAddonCommand({ clusterName, addonName: 'vpc-cni', configurationValues: '{}' }));
  expect((await describeAddon(w))?.status).toBe('UPDATE_FAILED');
  bench.control.settings.failures.push({ operation: 'DeleteAddon', issues });
  await w.eks.send(new DeleteAddonCommand({ clusterName, addonName: 'vpc-cni' }));
  expect((await describeAddon(w))?.status).toBe('DELETE_FAILED');
  await w.eks.send(new DeleteAddonCommand({ clusterName, addonName: 'vpc-cni' }));
  expect(await outcomeOf(describeAddon(w))).toBe('ResourceNotFoundException');
});
