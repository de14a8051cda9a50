import {
  CreateClusterCommand,
  type CreateClusterCommandInput,
  CreateNodegroupCommand,
  DeleteClusterCommand,
  DeleteNodegroupCommand,
  DescribeClusterCommand,
  ListAccessEntriesCommand,
  ListCapabilitiesCommand,
  ListClustersCommand,
  ListFargateProfilesCommand,
  ListTagsForResourceCommand,
  type LogType,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateClusterConfigCommand,
} from '@aws-sdk/client-eks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { iamControl } from '../overlays/iam/propagation.ts';
import { AS_AWS, AT_ONCE } from './index.ts';
import { type EksBench, type EksWorld, eksWorld, outcomeOf, startEksBench } from './testing.ts';

let bench: EksBench;
beforeAll(async () => {
  bench = await startEksBench();
});
afterAll(() => bench.stop());

function request(
  world: EksWorld,
  changes: Partial<CreateClusterCommandInput> = {},
): CreateClusterCommandInput {
  return {
    name: 'prod',
    roleArn: world.clusterRole,
    resourcesVpcConfig: { subnetIds: ['subnet-a', 'subnet-b'] },
    ...changes,
  };
}

async function create(world: EksWorld, changes: Partial<CreateClusterCommandInput> = {}) {
  return (await world.eks.send(new CreateClusterCommand(request(world, changes)))).cluster;
}

async function describe(world: EksWorld, name = 'prod') {
  return (await world.eks.send(new DescribeClusterCommand({ name }))).cluster;
}

test('a new cluster has AWS’s defaults, the unsafe ones too', async () => {
  const world = eksWorld(bench);
  const cluster = await create(world);
  expect(cluster).toMatchObject({
    status: 'CREATING',
    arn: `arn:aws:eks:eu-central-1:${world.place.accountId}:cluster/prod`,
    version: '1.35',
    accessConfig: { authenticationMode: 'CONFIG_MAP' },
    upgradePolicy: { supportType: 'EXTENDED' },
    zonalShiftConfig: { enabled: false },
    deletionProtection: false,
    encryptionConfig: [],
    resourcesVpcConfig: {
      endpointPublicAccess: true,
      endpointPrivateAccess: false,
      publicAccessCidrs: ['0.0.0.0/0'],
      vpcId: 'vpc-1',
    },
    kubernetesNetworkConfig: { ipFamily: 'ipv4', serviceIpv4Cidr: '172.20.0.0/16' },
  });
  expect(cluster?.logging?.clusterLogging).toEqual([
    { enabled: false, types: ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'] },
  ]);
  expect(cluster?.createdAt).toBeInstanceOf(Date);
});

test('what is asked for is kept', async () => {
  const world = eksWorld(bench);
  await create(world, {
    version: '1.34',
    accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: false },
    upgradePolicy: { supportType: 'STANDARD' },
    zonalShiftConfig: { enabled: true },
    deletionProtection: true,
    logging: { clusterLogging: [{ types: ['api', 'audit'], enabled: true }] },
    encryptionConfig: [{ resources: ['secrets'], provider: { keyArn: world.keyArn } }],
    resourcesVpcConfig: {
      subnetIds: ['subnet-a', 'subnet-b', 'subnet-c'],
      endpointPublicAccess: false,
      endpointPrivateAccess: true,
    },
    tags: { team: 'payments' },
  });
  expect(await describe(world)).toMatchObject({
    status: 'ACTIVE',
    version: '1.34',
    accessConfig: { authenticationMode: 'API' },
    upgradePolicy: { supportType: 'STANDARD' },
    zonalShiftConfig: { enabled: true },
    deletionProtection: true,
    logging: { clusterLogging: [{ types: ['api', 'audit'], enabled: true }, { enabled: false }] },
    encryptionConfig: [{ resources: ['secrets'], provider: { keyArn: world.keyArn } }],
    resourcesVpcConfig: {
      subnetIds: ['subnet-a', 'subnet-b', 'subnet-c'],
      endpointPublicAccess: false,
      endpointPrivateAccess: true,
      publicAccessCidrs: [],
    },
    tags: { team: 'payments' },
  });
  const entries = await world.eks.send(new ListAccessEntriesCommand({ clusterName: 'prod' }));
  expect(entries.accessEntries).toEqual([]);
});

test('endpoint, certificate and issuer are there when the cluster is ACTIVE, and not before', async () => {
  const world = eksWorld(bench);
  bench.control.settings.durations = AS_AWS;
  try {
    await create(world);
    bench.gateway.advanceClock(AS_AWS.createCluster / 1000 - 5);
    const early = await describe(world);
    expect(early).toMatchObject({ status: 'CREATING', certificateAuthority: {} });
    expect([early?.endpoint, early?.identity, early?.resourcesVpcConfig?.clusterSecurityGroupId]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    bench.gateway.advanceClock(6);
    const cluster = await describe(world);
    expect(cluster?.status).toBe('ACTIVE');
    expect(cluster?.endpoint).toMatch(/^https:\/\/[0-9A-F]{32}\.gr7\.eu-central-1\.eks\.amazonaws\.com$/);
    expect(cluster?.identity?.oidc?.issuer).toMatch(
      /^https:\/\/oidc\.eks\.eu-central-1\.amazonaws\.com\/id\//,
    );
    expect(Buffer.from(cluster?.certificateAuthority?.data ?? '', 'base64').toString()).toContain(
      'BEGIN CERTIFICATE',
    );
    expect(cluster?.resourcesVpcConfig?.clusterSecurityGroupId).toMatch(/^sg-/);
  } finally {
    bench.control.settings.durations = AT_ONCE;
  }
});

test('a cluster has a security group and an interface in each of its subnets, which go with it', async () => {
  const world = eksWorld(bench);
  world.account.groups.set('sg-own', { vpcId: 'vpc-1' });
  await create(world, {
    resourcesVpcConfig: { subnetIds: ['subnet-a', 'subnet-b'], securityGroupIds: ['sg-own'] },
  });
  const { clusterSecurityGroupId = '' } = (await describe(world))?.resourcesVpcConfig ?? {};
  expect(world.account.groups.get(clusterSecurityGroupId)?.name).toMatch(/^eks-cluster-sg-prod-/);
  expect([...world.account.interfaces.values()]).toEqual([
    { subnetId: 'subnet-a', description: 'Amazon EKS prod', groupIds: [clusterSecurityGroupId, 'sg-own'] },
    { subnetId: 'subnet-b', description: 'Amazon EKS prod', groupIds: [clusterSecurityGroupId, 'sg-own'] },
  ]);
  await world.eks.send(new DeleteClusterCommand({ name: 'prod' }));
  expect(await outcomeOf(describe(world))).toBe('ResourceNotFoundException');
  expect([world.account.interfaces.size, [...world.account.groups.keys()]]).toEqual([0, ['sg-own']]);
});

test('with access entries, the creator becomes an administrator unless that is switched off', async () => {
  const world = eksWorld(bench);
  await create(world, { accessConfig: { authenticationMode: 'API' } });
  const { accessEntries } = await world.eks.send(new ListAccessEntriesCommand({ clusterName: 'prod' }));
  expect(accessEntries).toEqual([`arn:aws:iam::${world.place.accountId}:root`]);
});

test.each<[string, (world: EksWorld) => Partial<CreateClusterCommandInput>, string]>([
  ['a name with a dot', () => ({ name: 'a.b' }), 'InvalidParameterException'],
  ['one subnet', () => ({ resourcesVpcConfig: { subnetIds: ['subnet-a'] } }), 'InvalidParameterException'],
  [
    'a subnet that is not there',
    () => ({ resourcesVpcConfig: { subnetIds: ['subnet-a', 'subnet-gone'] } }),
    'InvalidParameterException',
  ],
  [
    'subnets of two VPCs',
    () => ({ resourcesVpcConfig: { subnetIds: ['subnet-a', 'subnet-other'] } }),
    'InvalidParameterException',
  ],
  [
    'a security group that is not there',
    () => ({
      resourcesVpcConfig: { subnetIds: ['subnet-a', 'subnet-b'], securityGroupIds: ['sg-gone'] },
    }),
    'InvalidParameterException',
  ],
  [
    'no way to its endpoint',
    () => ({
      resourcesVpcConfig: {
        subnetIds: ['subnet-a', 'subnet-b'],
        endpointPublicAccess: false,
        endpointPrivateAccess: false,
      },
    }),
    'InvalidParameterException',
  ],
  ['a version that is no more', () => ({ version: '1.18' }), 'InvalidParameterException'],
  ['a version past its extended support', () => ({ version: '1.30' }), 'InvalidParameterException'],
  ['a role that is not there', () => ({ roleArn: 'arn:aws:iam::1:role/gone' }), 'InvalidParameterException'],
  ['a role for another service', world => ({ roleArn: world.nodeRole }), 'InvalidParameterException'],
  [
    'a key that is not there',
    () => ({
      encryptionConfig: [
        { resources: ['secrets'], provider: { keyArn: 'arn:aws:kms:eu-central-1:1:key/x' } },
      ],
    }),
    'InvalidParameterException',
  ],
  [
    'a key of another region',
    () => ({
      encryptionConfig: [{ resources: ['secrets'], provider: { keyArn: 'arn:aws:kms:us-east-1:1:key/x' } }],
    }),
    'InvalidParameterException',
  ],
  [
    'encryption of something else',
    world => ({ encryptionConfig: [{ resources: ['pods'], provider: { keyArn: world.keyArn } }] }),
    'InvalidParameterException',
  ],
  [
    'a log type that is none',
    () => ({ logging: { clusterLogging: [{ types: ['everything' as 'api'], enabled: true }] } }),
    'InvalidParameterException',
  ],
  ['a tag of AWS', () => ({ tags: { 'aws:x': 'y' } }), 'InvalidParameterException'],
])('CreateCluster is refused with %s', async (_, changes, expected) => {
  const world = eksWorld(bench);
  expect(await outcomeOf(create(world, changes(world)))).toBe(expected);
  expect((await world.eks.send(new ListClustersCommand({}))).clusters).toEqual([]);
  expect(world.account.interfaces.size).toBe(0);
});

test('a zone without EKS is refused, and the error names those that will do', async () => {
  const world = eksWorld(bench);
  world.account.subnets.set('subnet-x', {
    id: 'subnet-x',
    vpcId: 'vpc-1',
    zone: 'us-east-1e',
    zoneId: 'use1-az3',
  });
  const call = create(world, { resourcesVpcConfig: { subnetIds: ['subnet-a', 'subnet-x'] } });
  await expect(call).rejects.toMatchObject({
    name: 'UnsupportedAvailabilityZoneException',
    validZones: ['eu-central-1a'],
  });
});

test('a role made a moment ago is seen by EKS when IAM has spread it', async () => {
  const world = eksWorld(bench);
  iamControl(bench.gateway).settings.rolePropagation = 10_000;
  try {
    world.account.roles.set(world.clusterRole, {
      trusts: ['eks.amazonaws.com'],
      createdAt: bench.gateway.now(),
    });
    await expect(create(world)).rejects.toThrow(/does not exist/);
    const encryptionConfig = [{ resources: ['secrets'], provider: { keyArn: world.keyArn } }];
    await expect(create(world, { encryptionConfig })).rejects.toThrow(/Access denied to KMS key/);
    bench.gateway.advanceClock(11);
    await create(world);
  } finally {
    iamControl(bench.gateway).settings.rolePropagation = 0;
  }
});

test('the same request with the same token is answered and makes nothing; another one is refused by its name', async () => {
  const world = eksWorld(bench);
  const first = await create(world, { clientRequestToken: 'token' });
  const again = await create(world, { clientRequestToken: 'token' });
  expect(again?.createdAt).toEqual(first?.createdAt);
  expect(await outcomeOf(create(world, { clientRequestToken: 'token', version: '1.34' }))).toBe(
    'ResourceInUseException',
  );
  expect(await outcomeOf(create(world, { clientRequestToken: 'other' }))).toBe('ResourceInUseException');
  expect(world.account.interfaces.size).toBe(2);
});

test('clusters of another account or region are others', async () => {
  const [one, two] = [eksWorld(bench), eksWorld(bench)];
  bench.control.settings.neighbours = one.account;
  await create(one);
  expect(await outcomeOf(describe(two))).toBe('ResourceNotFoundException');
});

test('a creation that is to fail ends as FAILED with its issues, and can be deleted', async () => {
  const world = eksWorld(bench);
  bench.control.settings.failures.push({
    operation: 'CreateCluster',
    issues: [{ code: 'InternalFailure', message: 'no capacity' }],
  });
  await create(world, { deletionProtection: true });
  expect(await describe(world)).toMatchObject({
    status: 'FAILED',
    health: { issues: [{ code: 'InternalFailure', message: 'no capacity' }] },
  });
  await world.eks.send(new DeleteClusterCommand({ name: 'prod' }));
  await create(world);
});

test('DeleteCluster is refused with node groups, with protection, and while something is under way', async () => {
  const world = eksWorld(bench);
  const remove = () => outcomeOf(world.eks.send(new DeleteClusterCommand({ name: 'prod' })));
  expect(await remove()).toBe('ResourceNotFoundException');
  await create(world, { deletionProtection: true });
  expect(await remove()).toBe('InvalidRequestException');
  await world.eks.send(new UpdateClusterConfigCommand({ name: 'prod', deletionProtection: false }));
  const nodegroup = { clusterName: 'prod', nodegroupName: 'main' };
  await world.eks.send(
    new CreateNodegroupCommand({ ...nodegroup, nodeRole: world.nodeRole, subnets: ['subnet-a'] }),
  );
  expect(await remove()).toBe('ResourceInUseException');
  await world.eks.send(new DeleteNodegroupCommand(nodegroup));
  const { place } = world;
  bench.control.setFargateProfiles(place, 'prod', ['serverless', 'jobs']);
  expect(await remove()).toBe('ResourceInUseException');
  const profiles = await world.eks.send(new ListFargateProfilesCommand({ clusterName: 'prod' }));
  expect(profiles.fargateProfileNames).toEqual(['jobs', 'serverless']);
  bench.control.setFargateProfiles(place, 'prod', []);
  bench.control.settings.durations = AS_AWS;
  try {
    expect(await remove()).toBe('accepted');
    expect((await describe(world))?.status).toBe('DELETING');
    expect([await remove(), await outcomeOf(create(world))]).toEqual([
      'ResourceInUseException',
      'ResourceInUseException',
    ]);
    bench.gateway.advanceClock(AS_AWS.deleteCluster / 1000);
  } finally {
    bench.control.settings.durations = AT_ONCE;
  }
  expect(await remove()).toBe('ResourceNotFoundException');
});

test.each([
  ['with logs they come late', ['api', 'audit'], ['/aws/eks/prod/cluster']],
  ['without logs nothing comes', [], []],
])('of a cluster, also of one that is gone: %s', async (_, types, groups) => {
  const world = eksWorld(bench);
  const logging = { clusterLogging: [{ types: types as LogType[], enabled: types.length > 0 }] };
  await create(world, { logging });
  await describe(world);
  expect([...world.account.logGroups], 'at once while it lives').toEqual(groups);
  world.account.logGroups.clear();
  bench.control.settings.durations = AS_AWS;
  try {
    await world.eks.send(new DeleteClusterCommand({ name: 'prod' }));
    bench.gateway.advanceClock(AS_AWS.deleteCluster / 1000);
    expect(await describe(world).catch(error => error.name)).toBe('ResourceNotFoundException');
    bench.gateway.advanceClock(AS_AWS.lateLogs / 1000 - 10);
    await world.eks.send(new ListClustersCommand({}));
    expect([...world.account.logGroups]).toEqual([]);
    bench.gateway.advanceClock(20);
    await world.eks.send(new ListClustersCommand({}));
    expect([...world.account.logGroups]).toEqual(groups);
  } finally {
    bench.control.settings.durations = AT_ONCE;
  }
});

test('logs that are turned on later make the group then', async () => {
  const world = eksWorld(bench);
  await create(world);
  await describe(world);
  expect([...world.account.logGroups]).toEqual([]);
  const logging = { clusterLogging: [{ types: ['audit' as const], enabled: true }] };
  await world.eks.send(new UpdateClusterConfigCommand({ name: 'prod', logging }));
  await describe(world);
  expect([...world.account.logGroups]).toEqual(['/aws/eks/prod/cluster']);
});

test('clusters are listed in pages', async () => {
  const world = eksWorld(bench);
  for (const name of ['c', 'a', 'b']) await create(world, { name });
  const first = await world.eks.send(new ListClustersCommand({ maxResults: 2 }));
  expect(first.clusters).toEqual(['a', 'b']);
  const second = await world.eks.send(new ListClustersCommand({ nextToken: first.nextToken }));
  expect([second.clusters, second.nextToken]).toEqual([['c'], undefined]);
  expect(await outcomeOf(world.eks.send(new ListClustersCommand({ maxResults: 101 })))).toBe(
    'InvalidParameterException',
  );
  bench.gateway.addFault({ service: 'eks', fault: { kind: 'pageSize', n: 1 } });
  const cut = await world.eks.send(new ListClustersCommand({}));
  bench.gateway.clearFaults();
  expect([cut.clusters, cut.nextToken === undefined]).toEqual([['a'], false]);
});

test('tags are added, changed and taken away by ARN', async () => {
  const world = eksWorld(bench);
  const resourceArn = (await create(world, { tags: { a: '1', b: '2' } }))?.arn;
  await world.eks.send(new TagResourceCommand({ resourceArn, tags: { b: '3', c: 'ü 4' } }));
  await world.eks.send(new UntagResourceCommand({ resourceArn, tagKeys: ['a', 'zz'] }));
  expect((await describe(world))?.tags).toEqual({ b: '3', c: 'ü 4' });
  expect((await world.eks.send(new ListTagsForResourceCommand({ resourceArn }))).tags).toEqual({
    b: '3',
    c: 'ü 4',
  });
  const gone = `${resourceArn}x`;
  expect(await outcomeOf(world.eks.send(new ListTagsForResourceCommand({ resourceArn: gone })))).toBe(
    'NotFoundException',
  );
});

test('faults and the journal see calls to EKS as those of other services', async () => {
  const world = eksWorld(bench);
  const before = bench.gateway.journal.at(-1)?.id ?? 0;
  bench.gateway.addFault({ service: 'eks', operation: 'CreateCluster', fault: { kind: 'throttle' } });
  expect(await outcomeOf(create(world, { tags: { team: 'payments' } }))).toBe('ThrottlingException');
  bench.gateway.addFault({ service: 'eks', operation: 'CreateCluster', fault: { kind: 'accessDenied' } });
  expect(await outcomeOf(create(world))).toBe('AccessDeniedException');
  await create(world);
  bench.gateway.addFault({ resource: 'prod', fault: { kind: 'notFoundForNew', seconds: 30 } });
  expect(await outcomeOf(describe(world))).toBe('ResourceNotFoundException');
  bench.gateway.clearFaults();
  await describe(world);
  const seen = bench.gateway
    .journalSince(before)
    .map(one => [one.operation, one.resource, one.mutating, one.status]);
  expect(seen).toEqual([
    ['CreateCluster', 'prod', true, 429],
    ['CreateCluster', 'prod', true, 403],
    ['CreateCluster', 'prod', true, 200],
    ['DescribeCluster', 'prod', false, 404],
    ['DescribeCluster', 'prod', false, 200],
  ]);
  expect(bench.gateway.journalSince(before)[0]?.tags).toEqual({ team: 'payments' });
});

test('what the model lacks is refused loudly, and a reset empties it', async () => {
  const world = eksWorld(bench);
  await create(world);
  const lacking = world.eks.send(new ListCapabilitiesCommand({ clusterName: 'prod' }));
  await expect(lacking).rejects.toMatchObject({
    name: 'NotImplementedByBench',
    $metadata: { httpStatusCode: 501 },
  });
  bench.gateway.bench.state.clear();
  expect((await world.eks.send(new ListClustersCommand({}))).clusters).toEqual([]);
});
