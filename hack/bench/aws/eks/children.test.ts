import {
  AssociateAccessPolicyCommand,
  CreateAccessEntryCommand,
  type CreateAccessEntryCommandInput,
  CreateAddonCommand,
  type CreateAddonCommandInput,
  CreateClusterCommand,
  CreateNodegroupCommand,
  CreatePodIdentityAssociationCommand,
  type CreatePodIdentityAssociationCommandInput,
  DeleteAccessEntryCommand,
  DeleteAddonCommand,
  DeletePodIdentityAssociationCommand,
  DescribeAccessEntryCommand,
  DescribeAddonCommand,
  DescribeAddonVersionsCommand,
  DescribeClusterVersionsCommand,
  DescribePodIdentityAssociationCommand,
  DisassociateAccessPolicyCommand,
  ListAccessEntriesCommand,
  ListAccessPoliciesCommand,
  ListAddonsCommand,
  ListAssociatedAccessPoliciesCommand,
  ListPodIdentityAssociationsCommand,
  UpdateAccessEntryCommand,
  UpdateAddonCommand,
  UpdatePodIdentityAssociationCommand,
} from '@aws-sdk/client-eks';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { AS_AWS, AT_ONCE } from './index.ts';
import { type EksBench, type EksWorld, eksWorld, outcomeOf, startEksBench } from './testing.ts';

let bench: EksBench;
beforeAll(async () => {
  bench = await startEksBench();
});
beforeEach(() => {
  bench.control.settings.durations = AT_ONCE;
});
afterAll(() => bench.stop());

const clusterName = 'prod';

async function world(authenticationMode: 'API' | 'CONFIG_MAP' = 'API'): Promise<EksWorld> {
  const made = eksWorld(bench);
  await made.eks.send(
    new CreateClusterCommand({
      name: clusterName,
      version: '1.34',
      roleArn: made.clusterRole,
      resourcesVpcConfig: { subnetIds: ['subnet-a', 'subnet-b'] },
      accessConfig: {
        authenticationMode,
        bootstrapClusterCreatorAdminPermissions: authenticationMode !== 'API',
      },
    }),
  );
  return made;
}

const addon = (w: EksWorld, changes: Partial<CreateAddonCommandInput> = {}) =>
  w.eks.send(new CreateAddonCommand({ clusterName, addonName: 'vpc-cni', ...changes }));

const describeAddon = async (w: EksWorld, addonName = 'vpc-cni') =>
  (await w.eks.send(new DescribeAddonCommand({ clusterName, addonName }))).addon;

test('an add-on has the default version of its cluster’s Kubernetes, and takes time', async () => {
  const w = await world();
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
  expect(await outcomeOf(addon(await world(), changes))).toBe(expected);
});

test('a second one of its name is refused, the same request with the same token is not', async () => {
  const w = await world();
  const first = await addon(w, { clientRequestToken: 'one' });
  expect((await addon(w, { clientRequestToken: 'one' })).addon?.addonArn).toBe(first.addon?.addonArn);
  expect(await outcomeOf(addon(w))).toBe('ResourceInUseException');
});

test('CoreDNS is not well before there are nodes', async () => {
  const w = await world();
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
  const w = await world();
  const roleArn = w.podRole;
  await addon(w, {
    addonVersion: 'v1.19.6-eksbuild.1',
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

test('creations, updates and deletions of add-ons that are to fail', async () => {
  const w = await world();
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

const ADMIN = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy';
const VIEW = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy';

const entry = (w: EksWorld, changes: Partial<CreateAccessEntryCommandInput> = {}) =>
  w.eks.send(new CreateAccessEntryCommand({ clusterName, principalArn: w.podRole, ...changes }));

const policiesOf = async (w: EksWorld) =>
  (await w.eks.send(new ListAssociatedAccessPoliciesCommand({ clusterName, principalArn: w.podRole })))
    .associatedAccessPolicies;

test('an access entry has a username of AWS’s, groups and tags', async () => {
  const w = await world();
  await entry(w, { kubernetesGroups: ['viewers'], tags: { a: 'b' } });
  const { accessEntry } = await w.eks.send(
    new DescribeAccessEntryCommand({ clusterName, principalArn: w.podRole }),
  );
  expect(accessEntry).toMatchObject({
    principalArn: w.podRole,
    username: `arn:aws:sts::${w.place.accountId}:assumed-role/pod/{{SessionName}}`,
    kubernetesGroups: ['viewers'],
    type: 'STANDARD',
    tags: { a: 'b' },
  });
  await w.eks.send(
    new UpdateAccessEntryCommand({ clusterName, principalArn: w.podRole, kubernetesGroups: [] }),
  );
  const updated = await w.eks.send(new DescribeAccessEntryCommand({ clusterName, principalArn: w.podRole }));
  expect(updated.accessEntry?.kubernetesGroups).toEqual([]);
  await w.eks.send(new DeleteAccessEntryCommand({ clusterName, principalArn: w.podRole }));
  expect((await w.eks.send(new ListAccessEntriesCommand({ clusterName }))).accessEntries).toEqual([]);
});

test.each<[string, (w: EksWorld) => Partial<CreateAccessEntryCommandInput>]>([
  ['a role that is not there', w => ({ principalArn: `${w.podRole}-gone` })],
  ['a session', w => ({ principalArn: `arn:aws:sts::${w.place.accountId}:assumed-role/pod/me` })],
  ['no ARN', () => ({ principalArn: 'me' })],
  ['a group of Kubernetes’s own', () => ({ kubernetesGroups: ['system:masters'] })],
  ['a username of AWS’s', () => ({ username: 'aws:me' })],
  ['an unknown type', () => ({ type: 'OTHER' })],
  ['groups for a node', () => ({ type: 'EC2_LINUX', kubernetesGroups: ['a'] })],
])('CreateAccessEntry is refused with %s', async (_, changes) => {
  const w = await world();
  expect(await outcomeOf(entry(w, changes(w)))).toBe('InvalidParameterException');
});

test('another account’s principal is taken', async () => {
  const w = await world();
  expect(await outcomeOf(entry(w, { principalArn: 'arn:aws:iam::999999999999:role/theirs' }))).toBe(
    'accepted',
  );
});

test('a second entry of one principal is refused, and any where the cluster has no entries', async () => {
  const w = await world();
  await entry(w);
  expect(await outcomeOf(entry(w))).toBe('ResourceInUseException');
  expect(await outcomeOf(entry(await world('CONFIG_MAP')))).toBe('InvalidRequestException');
});

test('policies are associated, changed and taken away', async () => {
  const w = await world();
  await entry(w);
  const associate = (
    policyArn: string,
    accessScope: { type: 'cluster' | 'namespace'; namespaces?: string[] },
  ) =>
    w.eks.send(
      new AssociateAccessPolicyCommand({ clusterName, principalArn: w.podRole, policyArn, accessScope }),
    );
  await associate(ADMIN, { type: 'cluster' });
  await associate(VIEW, { type: 'namespace', namespaces: ['a'] });
  await associate(VIEW, { type: 'namespace', namespaces: ['a', 'b'] });
  expect(await policiesOf(w)).toMatchObject([
    { policyArn: ADMIN, accessScope: { type: 'cluster', namespaces: [] } },
    { policyArn: VIEW, accessScope: { type: 'namespace', namespaces: ['a', 'b'] } },
  ]);
  await w.eks.send(
    new DisassociateAccessPolicyCommand({ clusterName, principalArn: w.podRole, policyArn: ADMIN }),
  );
  expect((await policiesOf(w))?.map(one => one.policyArn)).toEqual([VIEW]);
  const listed = await w.eks.send(new ListAccessEntriesCommand({ clusterName, associatedPolicyArn: ADMIN }));
  expect(listed.accessEntries).toEqual([]);
  expect(await outcomeOf(associate('arn:aws:iam::aws:policy/AdministratorAccess', { type: 'cluster' }))).toBe(
    'InvalidParameterException',
  );
  expect(await outcomeOf(associate(VIEW, { type: 'namespace' }))).toBe('InvalidParameterException');
  const { accessPolicies } = await w.eks.send(new ListAccessPoliciesCommand({}));
  expect(accessPolicies).toContainEqual({ name: 'AmazonEKSViewPolicy', arn: VIEW });
});

const association = (w: EksWorld, changes: Partial<CreatePodIdentityAssociationCommandInput> = {}) =>
  w.eks.send(
    new CreatePodIdentityAssociationCommand({
      clusterName,
      namespace: 'shop',
      serviceAccount: 'orders',
      roleArn: w.podRole,
      ...changes,
    }),
  );

test('Pod Identity: made once per service account, found by it, changed and deleted by id', async () => {
  const w = await world();
  const made = (await association(w, { clientRequestToken: 'one', tags: { a: 'b' } })).association;
  expect(made?.associationId).toMatch(/^a-[0-9a-f]{17}$/);
  const again = await association(w, { clientRequestToken: 'one', tags: { a: 'b' } });
  expect(again.association?.associationId).toBe(made?.associationId);
  expect(await outcomeOf(association(w))).toBe('ResourceInUseException');
  await association(w, { namespace: 'other' });
  const found = await w.eks.send(
    new ListPodIdentityAssociationsCommand({ clusterName, namespace: 'shop', serviceAccount: 'orders' }),
  );
  expect(found.associations?.map(one => one.associationId)).toEqual([made?.associationId]);
  const byId = { clusterName, associationId: made?.associationId };
  const other = `${w.podRole}-2`;
  expect(
    await outcomeOf(w.eks.send(new UpdatePodIdentityAssociationCommand({ ...byId, roleArn: other }))),
  ).toBe('InvalidParameterException');
  w.account.roles.set(other, { trusts: ['pods.eks.amazonaws.com'] });
  await w.eks.send(new UpdatePodIdentityAssociationCommand({ ...byId, roleArn: other }));
  const { association: shown } = await w.eks.send(new DescribePodIdentityAssociationCommand(byId));
  expect(shown).toMatchObject({ roleArn: other, tags: { a: 'b' }, disableSessionTags: false });
  await w.eks.send(new DeletePodIdentityAssociationCommand(byId));
  expect(await outcomeOf(w.eks.send(new DescribePodIdentityAssociationCommand(byId)))).toBe(
    'ResourceNotFoundException',
  );
});

test('Pod Identity asks for a role that its agent may assume, and a policy for no session tags', async () => {
  const w = await world();
  expect(await outcomeOf(association(w, { roleArn: w.nodeRole }))).toBe('InvalidParameterException');
  expect(await outcomeOf(association(w, { policy: '{}' }))).toBe('InvalidParameterException');
  await association(w, { policy: '{}', disableSessionTags: true });
});

test('versions: those in support, with their days; add-ons with what they go with', async () => {
  const w = eksWorld(bench);
  const { clusterVersions = [] } = await w.eks.send(new DescribeClusterVersionsCommand({}));
  expect(clusterVersions.map(one => [one.clusterVersion, one.versionStatus, one.defaultVersion])).toEqual([
    ['1.36', 'STANDARD_SUPPORT', false],
    ['1.35', 'STANDARD_SUPPORT', true],
    ['1.34', 'STANDARD_SUPPORT', false],
    ['1.33', 'EXTENDED_SUPPORT', false],
    ['1.32', 'EXTENDED_SUPPORT', false],
    ['1.31', 'EXTENDED_SUPPORT', false],
  ]);
  expect(clusterVersions[2]?.endOfStandardSupportDate).toEqual(new Date('2026-12-02'));
  const two = await w.eks.send(
    new DescribeClusterVersionsCommand({ clusterVersions: ['1.33', '1.30'], includeAll: true }),
  );
  expect(two.clusterVersions?.map(one => one.clusterVersion)).toEqual(['1.33', '1.30']);
  const { addons = [] } = await w.eks.send(
    new DescribeAddonVersionsCommand({ addonName: 'kube-proxy', kubernetesVersion: '1.33' }),
  );
  expect(addons.map(one => one.addonName)).toEqual(['kube-proxy']);
  const versions = addons[0]?.addonVersions ?? [];
  expect(versions[0]).toMatchObject({
    addonVersion: 'v1.33.4-eksbuild.2',
    compatibilities: [{ clusterVersion: '1.33', defaultVersion: true }],
  });
  expect(versions.filter(one => one.compatibilities?.some(fit => fit.defaultVersion))).toHaveLength(1);
  expect(versions.map(one => one.addonVersion)).not.toContain('v1.34.4-eksbuild.2');
});
