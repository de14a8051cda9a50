import {
  AssociateEncryptionConfigCommand,
  CreateClusterCommand,
  type CreateClusterCommandInput,
  CreateNodegroupCommand,
  DescribeClusterCommand,
  DescribeInsightCommand,
  DescribeInsightsRefreshCommand,
  DescribeUpdateCommand,
  ListInsightsCommand,
  ListUpdatesCommand,
  StartInsightsRefreshCommand,
  UpdateClusterConfigCommand,
  type UpdateClusterConfigCommandInput,
  UpdateClusterVersionCommand,
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

async function world(changes: Partial<CreateClusterCommandInput> = {}): Promise<EksWorld> {
  const made = eksWorld(bench);
  await made.eks.send(
    new CreateClusterCommand({
      name: 'prod',
      version: '1.34',
      roleArn: made.clusterRole,
      resourcesVpcConfig: { subnetIds: ['subnet-a', 'subnet-b'] },
      ...changes,
    }),
  );
  return made;
}

async function describe({ eks }: EksWorld) {
  return (await eks.send(new DescribeClusterCommand({ name: 'prod' }))).cluster;
}

type Config = Omit<UpdateClusterConfigCommandInput, 'name'>;

function update({ eks }: EksWorld, config: Config) {
  return eks.send(new UpdateClusterConfigCommand({ name: 'prod', ...config }));
}

function upgrade({ eks }: EksWorld, version: string, more: { force?: boolean } = {}) {
  return eks.send(new UpdateClusterVersionCommand({ name: 'prod', version, ...more }));
}

test.each<[string, Config, string, object]>([
  [
    'logs: types that are not named stay',
    {
      logging: {
        clusterLogging: [
          { types: ['audit'], enabled: true },
          { types: ['api'], enabled: false },
        ],
      },
    },
    'LoggingUpdate',
    { logging: { clusterLogging: [{ enabled: true, types: ['audit', 'scheduler'] }, { enabled: false }] } },
  ],
  [
    'endpoint: what is not named stays',
    { resourcesVpcConfig: { endpointPrivateAccess: true } },
    'EndpointAccessUpdate',
    {
      resourcesVpcConfig: {
        endpointPublicAccess: true,
        endpointPrivateAccess: true,
        subnetIds: ['subnet-a', 'subnet-b'],
      },
    },
  ],
  [
    'public addresses',
    { resourcesVpcConfig: { publicAccessCidrs: ['192.0.2.0/24'] } },
    'EndpointAccessUpdate',
    { resourcesVpcConfig: { publicAccessCidrs: ['192.0.2.0/24'], endpointPublicAccess: true } },
  ],
  [
    'authentication mode',
    { accessConfig: { authenticationMode: 'API_AND_CONFIG_MAP' } },
    'AccessConfigUpdate',
    { accessConfig: { authenticationMode: 'API_AND_CONFIG_MAP' } },
  ],
  [
    'upgrade policy',
    { upgradePolicy: { supportType: 'STANDARD' } },
    'UpgradePolicyUpdate',
    { upgradePolicy: { supportType: 'STANDARD' } },
  ],
  [
    'zonal shift',
    { zonalShiftConfig: { enabled: true } },
    'ZonalShiftConfigUpdate',
    { zonalShiftConfig: { enabled: true } },
  ],
  [
    'deletion protection',
    { deletionProtection: true },
    'DeletionProtectionUpdate',
    { deletionProtection: true },
  ],
])('UpdateClusterConfig changes %s', async (_, config, type, after) => {
  const at = await world({ logging: { clusterLogging: [{ types: ['api', 'scheduler'], enabled: true }] } });
  const answer = await update(at, config);
  expect(answer.update).toMatchObject({ type, status: 'InProgress' });
  expect(await describe(at)).toMatchObject({ status: 'ACTIVE', ...after });
  const { update: done } = await at.eks.send(
    new DescribeUpdateCommand({ name: 'prod', updateId: answer.update?.id }),
  );
  expect(done).toMatchObject({ type, status: 'Successful', errors: [] });
  // The same again is no change, which AWS refuses.
  if (type !== 'AccessConfigUpdate')
    expect(await outcomeOf(update(at, config))).toBe('InvalidParameterException');
});

test.each<[string, Config, string]>([
  [
    'two kinds of change in one call',
    { deletionProtection: true, zonalShiftConfig: { enabled: true } },
    'InvalidParameterException',
  ],
  [
    'subnets and endpoint in one call',
    { resourcesVpcConfig: { subnetIds: ['subnet-a', 'subnet-b'], endpointPrivateAccess: true } },
    'InvalidParameterException',
  ],
  ['nothing', {}, 'InvalidParameterException'],
  [
    'no way to the endpoint',
    { resourcesVpcConfig: { endpointPublicAccess: false } },
    'InvalidParameterException',
  ],
  [
    'addresses that are none',
    { resourcesVpcConfig: { publicAccessCidrs: ['here'] } },
    'InvalidParameterException',
  ],
  ['a step over a mode', { accessConfig: { authenticationMode: 'API' } }, 'InvalidParameterException'],
  [
    'subnets of another VPC',
    { resourcesVpcConfig: { subnetIds: ['subnet-a', 'subnet-other'] } },
    'InvalidParameterException',
  ],
  [
    'subnets of other zones',
    { resourcesVpcConfig: { subnetIds: ['subnet-a', 'subnet-c'] } },
    'InvalidParameterException',
  ],
])('UpdateClusterConfig refuses %s', async (_, config, expected) => {
  expect(await outcomeOf(update(await world(), config))).toBe(expected);
});

test('other subnets of the same zones get new interfaces', async () => {
  const at = await world();
  at.account.subnets.set('subnet-b2', {
    id: 'subnet-b2',
    vpcId: 'vpc-1',
    zone: 'eu-central-1b',
    zoneId: 'euc1-az-b',
  });
  await update(at, { resourcesVpcConfig: { subnetIds: ['subnet-a', 'subnet-b2'] } });
  expect((await describe(at))?.resourcesVpcConfig?.subnetIds).toEqual(['subnet-a', 'subnet-b2']);
  expect([...at.account.interfaces.values()].map(one => one.subnetId)).toEqual(['subnet-a', 'subnet-b2']);
});

test('one update at a time: another is refused until the first is done', async () => {
  const at = await world();
  bench.control.settings.durations = AS_AWS;
  await update(at, { deletionProtection: true });
  expect(await describe(at)).toMatchObject({ status: 'UPDATING', deletionProtection: false });
  expect(await outcomeOf(update(at, { zonalShiftConfig: { enabled: true } }))).toBe('ResourceInUseException');
  expect(await outcomeOf(upgrade(at, '1.35'))).toBe('ResourceInUseException');
  const nodegroup = {
    clusterName: 'prod',
    nodegroupName: 'main',
    nodeRole: at.nodeRole,
    subnets: ['subnet-a'],
  };
  expect(await outcomeOf(at.eks.send(new CreateNodegroupCommand(nodegroup)))).toBe('ResourceInUseException');
  bench.gateway.advanceClock(AS_AWS.updateCluster / 1000);
  expect(await describe(at)).toMatchObject({ status: 'ACTIVE', deletionProtection: true });
  await update(at, { zonalShiftConfig: { enabled: true } });
});

test('no update of a cluster that is being made', async () => {
  bench.control.settings.durations = AS_AWS;
  const at = await world();
  expect(await outcomeOf(update(at, { deletionProtection: true }))).toBe('InvalidRequestException');
});

test('an update that is to fail says why, and changes nothing', async () => {
  const at = await world();
  bench.control.settings.failures.push({
    operation: 'UpdateClusterVersion',
    resource: 'prod',
    issues: [{ code: 'IpNotAvailable', message: 'no address left', resourceIds: ['subnet-a'] }],
  });
  const { update: begun } = await upgrade(at, '1.35');
  expect(await describe(at)).toMatchObject({ status: 'ACTIVE', version: '1.34' });
  const { update: failed } = await at.eks.send(
    new DescribeUpdateCommand({ name: 'prod', updateId: begun?.id }),
  );
  expect(failed).toMatchObject({
    status: 'Failed',
    errors: [{ errorCode: 'IpNotAvailable', errorMessage: 'no address left', resourceIds: ['subnet-a'] }],
  });
  await upgrade(at, '1.35');
  expect((await describe(at))?.version).toBe('1.35');
});

test('updates are listed, newest first, and another’s id is not found', async () => {
  const at = await world();
  const first = await update(at, { deletionProtection: true });
  const second = await update(at, { deletionProtection: false });
  const { updateIds } = await at.eks.send(new ListUpdatesCommand({ name: 'prod' }));
  expect(updateIds).toEqual([second.update?.id, first.update?.id]);
  expect(await outcomeOf(at.eks.send(new DescribeUpdateCommand({ name: 'prod', updateId: 'x' })))).toBe(
    'ResourceNotFoundException',
  );
});

test('the same update with the same token is the same update', async () => {
  const at = await world();
  const first = await update(at, { deletionProtection: true, clientRequestToken: 'one' });
  const again = await update(at, { deletionProtection: true, clientRequestToken: 'one' });
  expect(again.update?.id).toBe(first.update?.id);
  const { updateIds } = await at.eks.send(new ListUpdatesCommand({ name: 'prod' }));
  expect(updateIds).toHaveLength(1);
});

test.each([
  ['one minor up', '1.35', 'accepted'],
  ['two minors up', '1.36', 'InvalidParameterException'],
  ['the same', '1.34', 'InvalidParameterException'],
  ['down', '1.33', 'InvalidParameterException'],
  ['none', 'latest', 'InvalidParameterException'],
])('UpdateClusterVersion, %s', async (_, version, expected) => {
  const at = await world();
  expect(await outcomeOf(upgrade(at, version))).toBe(expected);
  expect((await describe(at))?.version).toBe(expected === 'accepted' ? version : '1.34');
});

test('an upgrade waits for the node groups, and makes new interfaces', async () => {
  const at = await world();
  const before = [...at.account.interfaces.keys()];
  await at.eks.send(
    new CreateNodegroupCommand({
      clusterName: 'prod',
      nodegroupName: 'main',
      nodeRole: at.nodeRole,
      subnets: ['subnet-a'],
    }),
  );
  await upgrade(at, '1.35');
  await describe(at);
  expect([...at.account.interfaces.keys()].filter(id => before.includes(id))).toEqual([]);
  expect(at.account.interfaces.size).toBe(2);
  await expect(upgrade(at, '1.36')).rejects.toThrow(/main must be updated to match cluster version 1.35/);
});

test('a blocking insight refuses an upgrade unless it is forced; other insights do not', async () => {
  const at = await world();
  const plant = (kubernetesVersion: string, status: 'ERROR' | 'WARNING' | 'PASSING') =>
    bench.control.plantInsight(at.place, 'prod', {
      name: `Deprecated APIs removed in Kubernetes v${kubernetesVersion}`,
      kubernetesVersion,
      status,
      reason: 'in use',
      recommendation: 'migrate',
    });
  plant('1.36', 'ERROR');
  plant('1.35', 'WARNING');
  await upgrade(at, '1.35');
  await describe(at);
  expect(await outcomeOf(upgrade(at, '1.36'))).toBe('InvalidStateException');
  const listed = await at.eks.send(
    new ListInsightsCommand({
      clusterName: 'prod',
      filter: { categories: ['UPGRADE_READINESS'], kubernetesVersions: ['1.36'], statuses: ['ERROR'] },
    }),
  );
  expect(listed.insights).toMatchObject([
    { kubernetesVersion: '1.36', insightStatus: { status: 'ERROR', reason: 'in use' } },
  ]);
  const { insight } = await at.eks.send(
    new DescribeInsightCommand({ clusterName: 'prod', id: listed.insights?.[0]?.id }),
  );
  expect(insight).toMatchObject({ recommendation: 'migrate' });
  expect((await at.eks.send(new ListInsightsCommand({ clusterName: 'prod' }))).insights).toHaveLength(2);
  await upgrade(at, '1.36', { force: true });
  expect((await describe(at))?.version).toBe('1.36');
});

test('insights are looked for anew on demand, one look at a time', async () => {
  const at = await world();
  const durations = { ...bench.control.settings.durations };
  bench.control.settings.durations = { ...durations, refreshInsights: 60_000 };
  const clusterName = 'prod';
  const describe = () => at.eks.send(new DescribeInsightsRefreshCommand({ clusterName }));
  const start = () => at.eks.send(new StartInsightsRefreshCommand({ clusterName }));
  const insights = async () => (await at.eks.send(new ListInsightsCommand({ clusterName }))).insights;
  expect(await outcomeOf(describe())).toBe('ResourceNotFoundException');
  bench.control.plantInsight(at.place, 'prod', {
    name: 'APIs removed in 1.35',
    kubernetesVersion: '1.35',
    status: 'ERROR',
    refreshedTo: 'PASSING',
  });
  const [before] = (await insights()) ?? [];
  bench.gateway.advanceClock(60);
  expect(await start()).toMatchObject({
    status: 'IN_PROGRESS',
    message: 'Initiated cluster insights refresh.',
  });
  const begun = await describe();
  expect(begun).toMatchObject({ status: 'IN_PROGRESS', startedAt: expect.any(Date) });
  bench.gateway.advanceClock(30);
  await start();
  expect((await describe()).startedAt).toEqual(begun.startedAt);
  expect((await insights())?.[0]).toMatchObject({
    insightStatus: { status: 'ERROR' },
    lastRefreshTime: before?.lastRefreshTime,
  });
  bench.gateway.advanceClock(30);
  const ended = await describe();
  expect(ended).toMatchObject({ status: 'COMPLETED', endedAt: expect.any(Date) });
  expect((await insights())?.[0]).toMatchObject({
    insightStatus: { status: 'PASSING' },
    lastRefreshTime: ended.endedAt,
    lastTransitionTime: ended.endedAt,
  });
});

test('a look for insights that is to fail says why', async () => {
  const at = await world();
  bench.control.settings.failures.push({
    operation: 'StartInsightsRefresh',
    issues: [{ code: 'InternalFailure', message: 'audit logs cannot be read' }],
  });
  await at.eks.send(new StartInsightsRefreshCommand({ clusterName: 'prod' }));
  const ended = await at.eks.send(new DescribeInsightsRefreshCommand({ clusterName: 'prod' }));
  expect(ended).toMatchObject({ status: 'FAILED', message: 'audit logs cannot be read' });
});

test('extended support, once begun, cannot be declined', async () => {
  const at = await world({ version: '1.33' });
  expect(await outcomeOf(update(at, { upgradePolicy: { supportType: 'STANDARD' } }))).toBe(
    'InvalidRequestException',
  );
});

test('encryption can be added once', async () => {
  const at = await world();
  const associate = () =>
    at.eks.send(
      new AssociateEncryptionConfigCommand({
        clusterName: 'prod',
        encryptionConfig: [{ resources: ['secrets'], provider: { keyArn: at.keyArn } }],
      }),
    );
  expect((await associate()).update).toMatchObject({ type: 'AssociateEncryptionConfig' });
  expect((await describe(at))?.encryptionConfig).toEqual([
    { resources: ['secrets'], provider: { keyArn: at.keyArn } },
  ]);
  expect(await outcomeOf(associate())).toBe('InvalidRequestException');
});
