import {
  CreateClusterCommand,
  CreateNodegroupCommand,
  type CreateNodegroupCommandInput,
  DeleteNodegroupCommand,
  DescribeNodegroupCommand,
  DescribeUpdateCommand,
  ListAccessEntriesCommand,
  ListNodegroupsCommand,
  UpdateClusterVersionCommand,
  UpdateNodegroupConfigCommand,
  type UpdateNodegroupConfigCommandInput,
  UpdateNodegroupVersionCommand,
  type UpdateNodegroupVersionCommandInput,
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
  bench.control.settings.showsTags = false;
});
afterAll(() => bench.stop());

const NOTHING = { instanceType: false, image: false, subnet: false, instanceProfile: false };
const at = { clusterName: 'prod', nodegroupName: 'main' };

async function world(): Promise<EksWorld> {
  const made = eksWorld(bench);
  for (const version of ['1', '2']) {
    made.account.templates.set(version, { id: 'lt-1', name: 'nodes', version, has: NOTHING });
  }
  await made.eks.send(
    new CreateClusterCommand({
      name: 'prod',
      version: '1.34',
      roleArn: made.clusterRole,
      resourcesVpcConfig: { subnetIds: ['subnet-a', 'subnet-b'] },
      accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: false },
    }),
  );
  return made;
}

function create({ eks, nodeRole }: EksWorld, changes: Partial<CreateNodegroupCommandInput> = {}) {
  return eks.send(
    new CreateNodegroupCommand({ ...at, nodeRole, subnets: ['subnet-a', 'subnet-b'], ...changes }),
  );
}

async function describe({ eks }: EksWorld) {
  return (await eks.send(new DescribeNodegroupCommand(at))).nodegroup;
}

function configure(
  { eks }: EksWorld,
  config: Omit<UpdateNodegroupConfigCommandInput, 'clusterName' | 'nodegroupName'>,
) {
  return eks.send(new UpdateNodegroupConfigCommand({ ...at, ...config }));
}

function renew(
  { eks }: EksWorld,
  to: Omit<UpdateNodegroupVersionCommandInput, 'clusterName' | 'nodegroupName'> = {},
) {
  return eks.send(new UpdateNodegroupVersionCommand({ ...at, ...to }));
}

test('a node group has AWS’s defaults and its cluster’s version', async () => {
  const w = await world();
  expect((await create(w)).nodegroup?.status).toBe('CREATING');
  expect(await describe(w)).toMatchObject({
    status: 'ACTIVE',
    version: '1.34',
    releaseVersion: '1.34.4-20261101',
    capacityType: 'ON_DEMAND',
    amiType: 'AL2023_x86_64_STANDARD',
    instanceTypes: ['t3.medium'],
    diskSize: 20,
    scalingConfig: { minSize: 1, maxSize: 2, desiredSize: 2 },
    updateConfig: { maxUnavailable: 1 },
    nodeRepairConfig: { enabled: false },
    labels: {},
    health: { issues: [] },
  });
  expect((await w.eks.send(new ListNodegroupsCommand({ clusterName: 'prod' }))).nodegroups).toEqual(['main']);
});

test('its role gets an access entry', async () => {
  const w = await world();
  await create(w);
  const { accessEntries } = await w.eks.send(new ListAccessEntriesCommand({ clusterName: 'prod' }));
  expect(accessEntries).toEqual([w.nodeRole]);
});

test('a launch template is kept with id, name and version, and decides the disk', async () => {
  const w = await world();
  await create(w, { launchTemplate: { id: 'lt-1', version: '1' }, instanceTypes: ['m6i.large'] });
  const found = await describe(w);
  expect(found).toMatchObject({
    launchTemplate: { id: 'lt-1', name: 'nodes', version: '1' },
    instanceTypes: ['m6i.large'],
  });
  expect(found?.diskSize).toBeUndefined();
});

test.each([
  ['by the default of the account', undefined, true, 'InvalidRequestException'],
  ['by its template', true, false, 'InvalidRequestException'],
  ['by the default of the account, and its template says no', false, true, 'accepted'],
])('tags in instance metadata %s', async (_, showsTags, byDefault, expected) => {
  const w = await world();
  bench.control.settings.showsTags = byDefault;
  const template = { id: 'lt-x', name: 'x', version: '1', has: NOTHING };
  w.account.templates.set('x', { ...template, ...(showsTags === undefined ? {} : { showsTags }) });
  expect(await outcomeOf(create(w, { launchTemplate: { id: 'lt-x' } }))).toBe(expected);
});

const LONG = 'x'.repeat(64);
const NO_SCHEDULE = 'NO_SCHEDULE';
const LABELS_AND_TAINTS: [string, Pick<CreateNodegroupCommandInput, 'labels' | 'taints'>][] = [
  ['a label without a value', { labels: { pool: '' } }],
  ['a label without a key', { labels: { '': 'x' } }],
  ['a label with a long key', { labels: { [LONG]: 'x' } }],
  ['a label with a long value', { labels: { pool: LONG } }],
  ['a taint with a long key', { taints: [{ key: LONG, effect: NO_SCHEDULE }] }],
  ['a label that EKS keeps', { labels: { 'eks.amazonaws.com/pool': 'x' } }],
  ['a taint that Kubernetes keeps', { taints: [{ key: 'node.kubernetes.io/x', effect: NO_SCHEDULE }] }],
  ['a taint with a long value', { taints: [{ key: 'pool', value: LONG, effect: NO_SCHEDULE }] }],
];

test.each<[string, Partial<CreateNodegroupCommandInput>]>([
  ['no subnets', { subnets: [] }],
  ['a subnet that is not there', { subnets: ['subnet-gone'] }],
  ['a subnet of another VPC', { subnets: ['subnet-other'] }],
  ['a role that is not there', { nodeRole: 'arn:aws:iam::1:role/gone' }],
  ['a template that is not there', { launchTemplate: { id: 'lt-gone', version: '1' } }],
  ['a template’s id and name', { launchTemplate: { id: 'lt-1', name: 'nodes' } }],
  ['a disk beside a template', { launchTemplate: { id: 'lt-1' }, diskSize: 50 }],
  ['another version than the cluster’s', { version: '1.33' }],
  ['an image of another version', { releaseVersion: '1.33.2-20260801' }],
  ['fewer nodes than the least', { scalingConfig: { minSize: 3, maxSize: 5, desiredSize: 2 } }],
  ['more nodes than the most', { scalingConfig: { minSize: 1, maxSize: 2, desiredSize: 3 } }],
  ['two limits of unavailability', { updateConfig: { maxUnavailable: 1, maxUnavailablePercentage: 33 } }],
  ['a name with a slash', { nodegroupName: 'a/b' }],
  ...LABELS_AND_TAINTS,
])('CreateNodegroup is refused with %s', async (_, changes) => {
  const w = await world();
  expect(await outcomeOf(create(w, changes))).toBe('InvalidParameterException');
});

test.each([
  ['a subnet', { subnet: true }, {}],
  ['an instance profile', { instanceProfile: true }, {}],
  ['an instance type, as the request does', { instanceType: true }, { instanceTypes: ['m6i.large'] }],
  [
    'an image, and the request a type of image',
    { image: true },
    { amiType: 'AL2023_ARM_64_STANDARD' as const },
  ],
])('a launch template with %s is refused', async (_, has, changes) => {
  const w = await world();
  w.account.templates.set('x', { id: 'lt-x', name: 'x', version: '1', has: { ...NOTHING, ...has } });
  expect(await outcomeOf(create(w, { launchTemplate: { id: 'lt-x' }, ...changes }))).toBe(
    'InvalidParameterException',
  );
});

test('a second one of its name is refused, the same request with the same token is not', async () => {
  const w = await world();
  const first = await create(w, { clientRequestToken: 'one' });
  expect((await create(w, { clientRequestToken: 'one' })).nodegroup?.nodegroupArn).toBe(
    first.nodegroup?.nodegroupArn,
  );
  expect(await outcomeOf(create(w))).toBe('ResourceInUseException');
});

test('nothing is made in a cluster that is not there, or being made', async () => {
  const w = eksWorld(bench);
  expect(await outcomeOf(create(w))).toBe('ResourceNotFoundException');
  bench.control.settings.durations = AS_AWS;
  const early = await world();
  expect(await outcomeOf(create(early))).toBe('InvalidRequestException');
});

test('a creation that is to fail ends as CREATE_FAILED with its issues, and can be deleted', async () => {
  const w = await world();
  const issue = {
    code: 'NodeCreationFailure' as const,
    message: 'instances failed to join',
    resourceIds: ['i-1'],
  };
  bench.control.settings.failures.push({
    operation: 'CreateNodegroup',
    resource: 'prod/nodegroup/main',
    issues: [issue],
  });
  await create(w);
  expect(await describe(w)).toMatchObject({ status: 'CREATE_FAILED', health: { issues: [issue] } });
  await w.eks.send(new DeleteNodegroupCommand(at));
  expect(await outcomeOf(describe(w))).toBe('ResourceNotFoundException');
});

test('a deletion that is to fail ends as DELETE_FAILED, and can be asked for again', async () => {
  const w = await world();
  await create(w);
  const issue = { code: 'Ec2SecurityGroupDeletionFailure' as const, message: 'in use' };
  bench.control.settings.failures.push({ operation: 'DeleteNodegroup', issues: [issue] });
  await w.eks.send(new DeleteNodegroupCommand(at));
  expect(await describe(w)).toMatchObject({ status: 'DELETE_FAILED', health: { issues: [issue] } });
  await w.eks.send(new DeleteNodegroupCommand(at));
  expect(await outcomeOf(describe(w))).toBe('ResourceNotFoundException');
});

test('health issues make it DEGRADED until they are gone', async () => {
  const w = await world();
  await create(w);
  const set = (issues: { code: string; message: string }[]) =>
    bench.control.setNodegroupHealth(w.place, 'prod', 'main', issues);
  await set([{ code: 'InsufficientFreeAddresses', message: 'subnet-a is full' }]);
  expect(await describe(w)).toMatchObject({
    status: 'DEGRADED',
    health: { issues: [{ message: 'subnet-a is full' }] },
  });
  await set([]);
  expect(await describe(w)).toMatchObject({ status: 'ACTIVE', health: { issues: [] } });
});

test('UpdateNodegroupConfig merges labels, taints and sizes', async () => {
  const w = await world();
  const taint = (key: string, effect: 'NO_SCHEDULE' | 'NO_EXECUTE', value = 'x') => ({ key, effect, value });
  await create(w, { labels: { a: '1', b: '2' }, taints: [taint('t', 'NO_SCHEDULE')] });
  const { update } = await configure(w, {
    labels: { addOrUpdateLabels: { b: '3', c: '4' }, removeLabels: ['a'] },
    taints: { addOrUpdateTaints: [taint('t', 'NO_SCHEDULE', 'y'), taint('t', 'NO_EXECUTE')] },
    scalingConfig: { maxSize: 6 },
    updateConfig: { maxUnavailablePercentage: 33 },
    nodeRepairConfig: { enabled: true },
  });
  expect(update).toMatchObject({ type: 'ConfigUpdate', status: 'InProgress' });
  expect(await describe(w)).toMatchObject({
    labels: { b: '3', c: '4' },
    taints: [taint('t', 'NO_SCHEDULE', 'y'), taint('t', 'NO_EXECUTE')],
    scalingConfig: { minSize: 1, maxSize: 6, desiredSize: 2 },
    updateConfig: { maxUnavailablePercentage: 33 },
    nodeRepairConfig: { enabled: true },
  });
  await configure(w, { taints: { removeTaints: [taint('t', 'NO_SCHEDULE'), taint('t', 'NO_EXECUTE')] } });
  expect((await describe(w))?.taints).toBeUndefined();
  await expect(configure(w, { scalingConfig: { minSize: 3 } })).rejects.toThrow(
    "Minimum capacity 3 can't be greater than desired size 2",
  );
});

test.each(LABELS_AND_TAINTS)('UpdateNodegroupConfig is refused with %s', async (_, { labels, taints }) => {
  const w = await world();
  await create(w);
  const change = {
    ...(labels === undefined ? {} : { labels: { addOrUpdateLabels: labels } }),
    ...(taints === undefined ? {} : { taints: { addOrUpdateTaints: taints } }),
  };
  expect(await outcomeOf(configure(w, change))).toBe('InvalidParameterException');
});

test('one update at a time', async () => {
  const w = await world();
  await create(w);
  bench.control.settings.durations = AS_AWS;
  const { update } = await configure(w, { labels: { addOrUpdateLabels: { a: '1' } } });
  expect(await describe(w)).toMatchObject({ status: 'UPDATING', labels: {} });
  const refused = [
    configure(w, { nodeRepairConfig: { enabled: true } }),
    renew(w),
    w.eks.send(new DeleteNodegroupCommand(at)),
  ];
  expect(await Promise.all(refused.map(outcomeOf))).toEqual(Array(3).fill('ResourceInUseException'));
  bench.gateway.advanceClock(AS_AWS.updateNodegroup / 1000);
  const done = await w.eks.send(
    new DescribeUpdateCommand({ name: 'prod', nodegroupName: 'main', updateId: update?.id }),
  );
  expect(done.update?.status).toBe('Successful');
  expect(await describe(w)).toMatchObject({ status: 'ACTIVE', labels: { a: '1' } });
  expect(await outcomeOf(w.eks.send(new DescribeUpdateCommand({ name: 'prod', updateId: update?.id })))).toBe(
    'ResourceNotFoundException',
  );
});

test('UpdateNodegroupVersion follows the cluster, never ahead of it and never back', async () => {
  const w = await world();
  await create(w, { releaseVersion: '1.34.2-20260801' });
  expect(await outcomeOf(renew(w, { version: '1.35' }))).toBe('InvalidParameterException');
  await renew(w);
  expect(await describe(w)).toMatchObject({ version: '1.34', releaseVersion: '1.34.4-20261101' });
  expect(await outcomeOf(renew(w, { releaseVersion: '1.34.2-20260801' }))).toBe('InvalidParameterException');
  await w.eks.send(new UpdateClusterVersionCommand({ name: 'prod', version: '1.35' }));
  expect(await outcomeOf(renew(w, { version: '1.34' }))).toBe('InvalidParameterException');
  await renew(w, { version: '1.35' });
  expect(await describe(w)).toMatchObject({ version: '1.35', releaseVersion: '1.35.4-20261101' });
});

test('a launch template moves to another version of itself only', async () => {
  const w = await world();
  await create(w, { launchTemplate: { id: 'lt-1', version: '1' } });
  await renew(w, { launchTemplate: { id: 'lt-1', version: '2' } });
  expect((await describe(w))?.launchTemplate?.version).toBe('2');
  w.account.templates.set('y', { id: 'lt-2', name: 'y', version: '1', has: NOTHING });
  expect(await outcomeOf(renew(w, { launchTemplate: { id: 'lt-2' } }))).toBe('InvalidParameterException');
  const without = await world();
  await create(without);
  expect(await outcomeOf(renew(without, { launchTemplate: { id: 'lt-1' } }))).toBe(
    'InvalidParameterException',
  );
});

test('nodes that cannot be drained: the update fails and the group stays as it was, unless it is forced', async () => {
  const w = await world();
  await create(w, { releaseVersion: '1.34.2-20260801' });
  const issues = [{ code: 'PodEvictionFailure', message: 'Reached max retries while trying to evict pods' }];
  const stuck = () => bench.control.settings.failures.push({ operation: 'UpdateNodegroupVersion', issues });
  stuck();
  const { update } = await renew(w);
  expect(await describe(w)).toMatchObject({ status: 'ACTIVE', releaseVersion: '1.34.2-20260801' });
  const failed = await w.eks.send(
    new DescribeUpdateCommand({ name: 'prod', nodegroupName: 'main', updateId: update?.id }),
  );
  expect(failed.update).toMatchObject({ status: 'Failed', errors: [{ errorCode: 'PodEvictionFailure' }] });
  stuck();
  await renew(w, { force: true });
  expect((await describe(w))?.releaseVersion).toBe('1.34.4-20261101');
});
