import {
  AssociateAccessPolicyCommand,
  CreateAccessEntryCommand,
  type CreateAccessEntryCommandInput,
  DeleteAccessEntryCommand,
  DescribeAccessEntryCommand,
  DisassociateAccessPolicyCommand,
  ListAccessEntriesCommand,
  ListAccessPoliciesCommand,
  ListAssociatedAccessPoliciesCommand,
  UpdateAccessEntryCommand,
} from '@aws-sdk/client-eks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EksBench, type EksWorld, outcomeOf, startEksBench, worldWithCluster } from './testing.ts';

let bench: EksBench;
beforeAll(async () => {
  bench = await startEksBench();
});
afterAll(() => bench.stop());

const clusterName = 'prod';

const ADMIN = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy';
const VIEW = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy';

const entry = (w: EksWorld, changes: Partial<CreateAccessEntryCommandInput> = {}) =>
  w.eks.send(new CreateAccessEntryCommand({ clusterName, principalArn: w.podRole, ...changes }));

const policiesOf = async (w: EksWorld) =>
  (await w.eks.send(new ListAssociatedAccessPoliciesCommand({ clusterName, principalArn: w.podRole })))
    .associatedAccessPolicies;

test('an access entry has a username of AWS’s, groups and tags', async () => {
  const w = await worldWithCluster(bench);
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
  [
    'a service-linked role',
    () => ({ principalArn: 'arn:aws:iam::999999999999:role/aws-service-role/eks.amazonaws.com/theirs' }),
  ],
  ['a group of Kubernetes’s own', () => ({ kubernetesGroups: ['system:masters'] })],
  ['a username of AWS’s', () => ({ username: 'aws:me' })],
  ['an unknown type', () => ({ type: 'OTHER' })],
  ['groups for a node', () => ({ type: 'EC2_LINUX', kubernetesGroups: ['a'] })],
])('CreateAccessEntry is refused with %s', async (_, changes) => {
  const w = await worldWithCluster(bench);
  expect(await outcomeOf(entry(w, changes(w)))).toBe('InvalidParameterException');
});

test('another account’s principal is taken', async () => {
  const w = await worldWithCluster(bench);
  expect(await outcomeOf(entry(w, { principalArn: 'arn:aws:iam::999999999999:role/theirs' }))).toBe(
    'accepted',
  );
});

test('a second entry of one principal is refused, and any where the cluster has no entries', async () => {
  const w = await worldWithCluster(bench);
  await entry(w);
  expect(await outcomeOf(entry(w))).toBe('ResourceInUseException');
  expect(await outcomeOf(entry(await worldWithCluster(bench, 'CONFIG_MAP')))).toBe('InvalidRequestException');
});

test('policies are associated, changed and taken away', async () => {
  const w = await worldWithCluster(bench);
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
