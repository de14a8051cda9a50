import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JournalEntry } from '../../hack/bench/aws/journal.ts';
import type { OptaObject } from '../../src/operator/objects.ts';
import { conditionOf } from '../support/settle.ts';
import { messageOf, standing } from '../support/stage.ts';
import { ACCOUNT, REGION } from '../support/world.ts';
import { type ByHand, changedByHand } from './support/by-hand.ts';
import { clusterAccess, s6, s7, s8, s31 } from './support/cluster-checks.ts';
import { ENVIRONMENT_ROWS, type EnvironmentCheck, s26, s29, s30 } from './support/environment-checks.ts';
import { type EnvironmentHand, environmentByHand } from './support/environment-hand.ts';
import {
  ADMIN,
  agreed,
  type EnvironmentWorld,
  environmentWorld,
  settled,
  whole,
} from './support/environment-world.ts';
import { exposureByHand } from './support/exposure-hand.ts';
import { unconditioned, withStatement } from './support/hand.ts';
import { s3, s4, s5, s20 } from './support/network-checks.ts';
import { s21, s22, s24, systemRoles, workloadBound } from './support/role-checks.ts';

/** One environment for the file, with everything that an environment can have. */
let env: EnvironmentWorld;
beforeAll(async () => {
  env = await environmentWorld();
});
afterAll(() => env?.close());

function holdAll(): void {
  let broken: Readonly<Record<string, readonly string[]>> = {};
  beforeAll(async () => {
    broken = await env.broken();
  });
  test.each(Object.keys(ENVIRONMENT_ROWS))('%s', row => {
    expect(broken[row]).toBeUndefined();
  });
}

describe('after create', () => {
  beforeAll(async () => {
    await env.world.apply(whole());
    await settled(env);
  });
  holdAll();
});

type Change = (hand: EnvironmentHand) => Promise<unknown>;

const everywhere = (port: number) => ({
  IpProtocol: 'tcp',
  FromPort: port,
  ToPort: port,
  IpRanges: [{ CidrIp: '0.0.0.0/0' }],
});
const fromAws = { Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'sts:AssumeRole' };
const everything = () => [{ Effect: 'Allow', Action: '*', Resource: '*' }];
const template = { HttpTokens: 'optional' as const, HttpPutResponseHopLimit: 1 };
const controller = 'role/load-balancer-controller';

/** Of a trust policy: any service account of the cluster. */
function anyServiceAccount(statements: readonly object[]): readonly object[] {
  const text = JSON.stringify(statements);
  return JSON.parse(
    text
      .replace('StringEquals', 'StringLike')
      .replace(/system:serviceaccount:[^"]*/, 'system:serviceaccount:*'),
  );
}

const BY_HAND: readonly ByHand<EnvironmentCheck, EnvironmentHand>[] = [
  [
    s3,
    'subnet/public/1',
    'public subnets give out addresses',
    hand => hand.publicAddresses('subnet/public/1'),
  ],
  [
    s4,
    'subnet/private/2',
    'private subnets give out addresses',
    hand => hand.publicAddresses('subnet/private/2'),
  ],
  [
    s4,
    'route-table/private/1',
    'a private subnet reaches the internet directly',
    hand => hand.routeOut('route-table/private/1'),
  ],
  [
    s4,
    'route-table/private/1',
    'a private subnet reaches a part of the internet directly',
    hand => hand.route('route-table/private/1', '198.51.100.0/24'),
  ],
  [
    s4,
    'route-table/private/1',
    'a private subnet has the NAT gateway of another zone',
    hand => hand.routeOut('route-table/private/1', { NatGatewayId: hand.natOf('nat-gateway/2') }),
  ],
  [
    s4,
    'route-table/private/3',
    'a private subnet has no way out',
    hand => hand.noRoute('route-table/private/3'),
  ],
  [
    s4,
    'subnet/private/2',
    'a private subnet has the routes of the public ones',
    hand => hand.move('subnet/private/2', 'route-table/private/2', 'route-table/public'),
  ],
  [
    s5,
    'security-group/postgres',
    'a store is open to everybody',
    hand => hand.letIn('security-group/postgres', everywhere(5432)),
  ],
  [
    s5,
    'security-group/redis',
    'a store is open to everybody of the newer internet',
    hand =>
      hand.letIn('security-group/redis', {
        IpProtocol: 'tcp',
        FromPort: 6379,
        ToPort: 6379,
        Ipv6Ranges: [{ CidrIpv6: '::/0' }],
      }),
  ],
  [
    s20,
    'security-group/documentdb',
    'a store is open to the VPC on another port',
    hand =>
      hand.letIn('security-group/documentdb', {
        IpProtocol: 'tcp',
        FromPort: 22,
        ToPort: 22,
        IpRanges: [{ CidrIp: '10.0.0.0/16' }],
      }),
  ],
  [
    s20,
    'security-group/postgres',
    'a store reaches the internet',
    hand => hand.letOut('security-group/postgres', everywhere(443)),
  ],
  [
    s20,
    'security-group/default',
    'the default security group lets something in',
    hand => hand.letIn('default', everywhere(22)),
  ],
  [
    s20,
    'security-group/default',
    'the default security group lets something out',
    hand => hand.letOut('default', everywhere(443)),
  ],
  [s6, 'launch-template', 'metadata without a token', hand => hand.template({ MetadataOptions: template })],
  [
    s6,
    'launch-template',
    'metadata for pods, on the nodes that are there',
    hand => hand.template({ MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 2 } }, true),
  ],
  [
    s6,
    'launch-template',
    'disks without encryption',
    hand =>
      hand.template({
        BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 50, Encrypted: false } }],
      }),
  ],
  [
    s6,
    'launch-template',
    'nodes get public addresses',
    hand => hand.template({ NetworkInterfaces: [{ DeviceIndex: 0, AssociatePublicIpAddress: true }] }),
  ],
  [s6, 'launch-template', 'nodes run somebody’s code', hand => hand.template({ UserData: 'IyEvYmluL3No' })],
  [
    s6,
    'launch-template',
    'nodes have a way in, on the nodes that are there',
    hand => hand.template({ SecurityGroupIds: ['sg-0123456789abcdef0'], KeyName: 'somebody' }, true),
  ],
  [
    s8,
    'cluster',
    'the endpoint is public',
    hand => hand.updateCluster({ resourcesVpcConfig: { endpointPublicAccess: true } }),
  ],
  [
    s8,
    'cluster',
    'the endpoint is not private',
    hand =>
      hand.updateCluster({
        resourcesVpcConfig: {
          endpointPublicAccess: true,
          endpointPrivateAccess: false,
          publicAccessCidrs: ['192.0.2.0/24'],
        },
      }),
  ],
  [s31, 'cluster', 'the cluster may be deleted', hand => hand.updateCluster({ deletionProtection: false })],
  [
    s29,
    'cluster',
    'the control plane does not log who did what',
    hand => hand.updateCluster({ logging: { clusterLogging: [{ types: ['audit'], enabled: false }] } }),
  ],
  [s29, 'flow-logs', 'no flow logs', hand => hand.noFlowLog()],
  [s29, 'flow-logs', 'flow logs are kept for ever', hand => hand.noRetention('flow-logs')],
  [s29, 'flow-logs', 'flow logs have AWS’s key', hand => hand.noLogKey('flow-logs')],
  [s29, 'log-group/cluster', 'the cluster’s logs are kept for ever', hand => hand.noRetention('cluster')],
  [s29, 'log-group/cluster', 'the cluster’s logs have AWS’s key', hand => hand.noLogKey('cluster')],
  [s29, 'log-group/cluster', 'no log group of the cluster', hand => hand.noLogGroup('cluster')],
  [s29, 'flow-logs', 'no log group of flow logs', hand => hand.noLogGroup('flow-logs')],
  [s21, 'role/node', 'nodes are administrators', hand => hand.attach('role/node', 'AdministratorAccess')],
  [s21, 'role/node', 'nodes have the CNI’s rights', hand => hand.attach('role/node', 'AmazonEKS_CNI_Policy')],
  [
    s21,
    'role/node',
    'nodes read all buckets',
    hand => hand.inline('role/node', 'extra', { Action: 's3:GetObject', Resource: '*' }),
  ],
  [s21, 'role/node', 'nodes cannot join', hand => hand.detach('role/node', 'AmazonEKSWorkerNodePolicy')],
  [
    s21,
    'pod-identity',
    'the CNI is the cluster’s other role',
    hand => hand.identity('aws-node', 'role/ebs-csi'),
  ],
  [s21, 'pod-identity', 'the CNI has no role', hand => hand.noIdentity('aws-node')],
  [
    systemRoles,
    'role/cluster-autoscaler',
    'the autoscaler ends any node of the account',
    hand =>
      hand.inline('role/cluster-autoscaler', 'node-groups', {
        Action: 'autoscaling:TerminateInstanceInAutoScalingGroup',
        Resource: '*',
      }),
  ],
  [
    systemRoles,
    'role/external-dns',
    'external-dns writes to any zone',
    hand =>
      hand.inline('role/external-dns', 'zone', {
        Action: 'route53:ChangeResourceRecordSets',
        Resource: 'arn:aws:route53:::hostedzone/*',
      }),
  ],
  [systemRoles, 'role/flow-logs', 'flow logs cannot be written', hand => hand.noInline('role/flow-logs')],
  [
    systemRoles,
    controller,
    'the load balancer controller is root’s equal',
    hand => hand.inline(controller, 'more', { Action: '*', Resource: '*' }),
  ],
  [s24, 'role/node', 'nodes have no boundary', hand => hand.noBoundary('role/node')],
  [
    s24,
    controller,
    'a boundary that stops nothing',
    hand => hand.boundary(controller, 'AdministratorAccess'),
  ],
  [
    s24,
    'role/cluster',
    'a boundary that stops all that is needed',
    hand => hand.boundary('role/cluster', 'AWSDenyAll'),
  ],
  [
    workloadBound,
    'boundary/workload',
    'workloads have no boundary',
    hand => hand.noPolicy('boundary/workload'),
  ],
  [
    workloadBound,
    'boundary/workload',
    'workloads are bound by nothing',
    hand => hand.policy('boundary/workload', everything),
  ],
  [s22, 'role/node', 'people may be a node', hand => hand.trust('role/node', withStatement(fromAws))],
  [
    s22,
    controller,
    'any service account may be the controller',
    hand => hand.trust(controller, anyServiceAccount),
  ],
  [s22, controller, 'tokens for anybody will do', hand => hand.trust(controller, onlySubject)],
  [
    s22,
    'role/vpc-cni',
    'Pod Identity of any cluster will do',
    hand => hand.trust('role/vpc-cni', unconditioned('PodIdentity')),
  ],
  [
    s22,
    'role/flow-logs',
    'flow logs of any account will do',
    hand => hand.trust('role/flow-logs', unconditioned('Service')),
  ],
  [s22, 'oidc-provider', 'tokens are for somebody else as well', hand => hand.audience('somebody')],
  [s22, 'oidc-provider', 'tokens are for nobody', hand => hand.noAudience()],
  [s22, 'oidc-provider', 'no OIDC provider', hand => hand.noProvider()],
  [
    clusterAccess,
    'access',
    'an administrator of the cluster has another policy as well',
    hand => hand.access(`arn:aws:iam::${ACCOUNT}:role/admin`, 'View'),
  ],
  [s26, 'certificate', 'no validation record', hand => hand.noValidation()],
  [s26, 'certificate', 'another validation record', hand => hand.otherValidation()],
  [s26, 'certificate', 'no certificate', hand => hand.noCertificate()],
  [
    s30,
    'key',
    'the key is open to everybody',
    hand =>
      hand.keyPolicy(
        'OptaEnvironment',
        'dev',
        withStatement({ Principal: '*', Action: 'kms:Decrypt', Resource: '*' }),
      ),
  ],
  [
    s30,
    'key',
    'the key is open to anybody’s log groups',
    hand => hand.keyPolicy('OptaEnvironment', 'dev', unconditioned('AllowLogs')),
  ],
  [s30, 'key', 'the key is not rotated', hand => hand.noRotation('OptaEnvironment', 'dev')],
  [s30, 'key', 'the key is disabled', hand => hand.disableKey('OptaEnvironment', 'dev')],
  [s30, 'key', 'the key is to be deleted', hand => hand.deleteKey('OptaEnvironment', 'dev')],
  [s30, 'key', 'the key has no alias', hand => hand.noAlias('OptaEnvironment', 'dev')],
  [
    s30,
    'key',
    'the account does not own its key',
    hand => hand.keyPolicy('OptaEnvironment', 'dev', ownedInPart),
  ],
];

/** Of a key's policy: the account may look at it and change it, and not use it. */
function ownedInPart(statements: readonly object[]): readonly object[] {
  return statements.map(one =>
    String(Reflect.get(one, 'Sid')) === 'AccountOwnsKey'
      ? { ...one, Action: ['kms:PutKeyPolicy', 'kms:Get*', 'kms:List*', 'kms:Describe*'] }
      : one,
  );
}

/** Of a trust policy: the audience is no matter. */
function onlySubject(statements: readonly object[]): readonly object[] {
  return JSON.parse(JSON.stringify(statements).replace(/"[^"]*:aud":"[^"]*",?|,"[^"]*:aud":"[^"]*"/, ''));
}

changedByHand(BY_HAND, {
  read: () => env.state(),
  hand: () => environmentByHand(env),
  said: (check, state) => env.brokenIn(check, state),
  async repaired() {
    await env.drift();
    expect(await env.broken()).toEqual({});
  },
});

test('S6: no node is made from a version of the launch template that somebody else made, nor replaced for it', async () => {
  const used: unknown[] = [];
  const stop = env.world.bench.gateway.onCall(({ operation }, { input }) => {
    if (operation === 'UpdateNodegroupVersion') used.push(Object(Object(input).launchTemplate).version);
  });
  await (await environmentByHand(env)).template({ UserData: 'IyEvYmluL3No' });
  expect(await env.brokenIn(s6)).not.toEqual([]);
  await env.drift();
  await env.drift();
  stop();
  expect(used).toEqual([]);
  expect(await env.brokenIn(s6)).toEqual([]);
});

describe('what was opened or shut beside what the operator keeps is told within one drift interval, and left', () => {
  type Hand = Awaited<ReturnType<typeof exposureByHand>>;
  beforeAll(async () => {
    // An object has an event in five minutes beyond the first few: those of the repairs come first, then there is room.
    for (let n = 0; n < 2; n++) {
      env.world.clock.advance(3 * 3600_000);
      await env.drift();
    }
  });
  test.each<[string, EnvironmentCheck | undefined, keyof Hand, string, RegExp]>([
    [
      'the group that EKS made',
      s5,
      'clusterGroup',
      'NetworkExposed=True OpenToInternet',
      /\(eks-cluster-sg-\S+\) lets 0\.0\.0\.0\/0 in to tcp 22, as for a moment/,
    ],
    [
      'a group on a node',
      s5,
      'groupOnNode',
      'NetworkExposed=True OpenToInternet',
      /\(by-hand\) lets 0\.0\.0\.0\/0 in to tcp 22/,
    ],
    [
      'a public address of a node',
      s4,
      'publicAddress',
      'NetworkExposed=True PublicAddress',
      /has the public address \d/,
    ],
    [
      'a network ACL',
      undefined,
      'acl',
      'NetworkAclsOpen=False Restricted',
      /: rule 10 denies tcp 443-443 from 0\.0\.0\.0\/0/,
    ],
  ])('%s', async (_, check, act, is, says) => {
    const type = is.split('=')[0] ?? '';
    const dev = async () => env.world.get('OptaEnvironment', 'dev');
    const before = standing(await dev(), type);
    expect(before).toMatch(/=(False Internal|True Open)$/);
    const opened = await (await exposureByHand(env))[act]();
    if (check !== undefined) expect(await env.brokenIn(check)).not.toEqual([]);
    const since = env.world.bench.gateway.journal.at(-1)?.id ?? 0;
    await env.drift();
    const object = await dev();
    expect([standing(object, type), standing(object), standing(object, 'Synced')]).toEqual([
      is,
      'Ready=True Ready',
      'Synced=True Synced',
    ]);
    expect(messageOf(object, type)).toContain(opened.id);
    expect(messageOf(object, type)).toMatch(says);
    const warnings = async () => {
      const told = await env.world.cluster.events('OptaEnvironment', 'dev');
      return told.filter(one => one.note === messageOf(object, type)).map(one => `${one.type} ${one.reason}`);
    };
    const warning = type === 'NetworkExposed' ? [`Warning ${is.split(' ')[1]}`] : [];
    await expect.poll(warnings).toEqual(warning);
    expect(env.world.bench.gateway.journalSince(since).filter(call => call.mutating)).toEqual([]);
    await opened.undo();
    await env.drift();
    expect(standing(await dev(), type)).toBe(before);
    expect(await env.broken()).toEqual({});
  });
});

test('once all is repaired, a drift interval passes without a write to AWS or to an object', async () => {
  await env.drift();
  const since = env.world.bench.gateway.journal.at(-1)?.id ?? 0;
  const before = env.operator.writes.length;
  await env.operator.drift();
  expect(env.world.bench.gateway.journalSince(since).filter(call => call.mutating)).toEqual([]);
  expect(env.operator.writes.slice(before)).toEqual([]);
});

const UPDATED = {
  endpoint: { public: true, publicCidrs: ['203.0.113.0/24'] },
  admins: [{ principalArn: ADMIN, policy: 'View' }],
  nodeGroup: { maxSize: 6, diskGiB: 60 },
  logRetentionDays: 30,
};

describe('after an update', () => {
  beforeAll(async () => {
    await env.world.apply(
      whole(UPDATED, { gatewayEndpoints: ['s3', 'dynamodb'], flowLogs: { retentionDays: 30 } }),
    );
    await settled(env);
    const admins = { [ADMIN]: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy' };
    env.asked = { publicCidrs: ['203.0.113.0/24'], admins };
  });
  holdAll();
});

describe('an open endpoint', () => {
  test('is closed to whom the spec does not name, and closed again with it', async () => {
    const hand = await environmentByHand(env);
    await hand.updateCluster({
      resourcesVpcConfig: { endpointPublicAccess: true, publicAccessCidrs: ['0.0.0.0/0'] },
    });
    expect(await env.brokenIn(s8)).toContainEqual(expect.stringMatching(/open to 0.0.0.0\/0, not to 203/));
    await env.drift();
    expect(await env.broken()).toEqual({});
    await env.world.apply(whole());
    await settled(env);
    env.asked = {};
    expect(await env.broken()).toEqual({});
  });
});

type Asked = Pick<JournalEntry, 'service' | 'operation' | 'region' | 'observer'>;

/** Calls by which somebody could sign in for as long as they like. */
function lastingCredentials(journal: readonly Asked[]): readonly string[] {
  return journal
    .map(call => `${call.service}:${call.operation}`)
    .filter(call => /AccessKey|LoginProfile|ServiceSpecificCredential|SSHPublicKey|CreateUser/.test(call));
}

test('S23: nothing that lasts was made to sign in with', () => {
  const { journal } = env.world.bench.gateway;
  expect(journal.map(call => `${call.service}:${call.operation}`)).toContain('iam:CreateRole');
  expect(lastingCredentials(journal)).toEqual([]);
  const made = { service: 'iam', operation: 'CreateAccessKey', region: 'us-east-1' };
  expect(lastingCredentials([...journal, made])).toEqual(['iam:CreateAccessKey']);
});

function askedElsewhere(journal: readonly Asked[]): readonly string[] {
  const asked = journal
    // They have one endpoint, whose region is us-east-1.
    .filter(({ service, observer }) => observer !== true && service !== 'iam' && service !== 'route53')
    .filter(call => call.region !== REGION)
    .map(({ service, operation, region }) => `${service}:${operation} in ${region}`);
  // The tags of IAM's policies, which are where IAM is.
  return [...new Set(asked)].filter(one => one !== 'tagging:GetResources in us-east-1');
}

test('S1: nothing was asked of another region, but what is of IAM', () => {
  const { journal } = env.world.bench.gateway;
  expect(askedElsewhere(journal)).toEqual([]);
  const elsewhere = { service: 'ec2', operation: 'DescribeVpcs', region: 'us-east-1' };
  expect(askedElsewhere([...journal, elsewhere])).toEqual(['ec2:DescribeVpcs in us-east-1']);
});

test('S7: people are told of images that are old, and a silent operator is noticed', async () => {
  env.world.clock.advance(61 * 24 * 3600_000);
  await env.drift();
  expect(await env.brokenIn(s7)).toEqual([]);
  env.asked = { told: [] };
  expect(await env.brokenIn(s7)).toContainEqual(
    expect.stringMatching(/nodes have the image .*, and nobody is told/),
  );
  env.asked = {};
});

describe('what holds data and is gone is told, and not made anew before it is approved', () => {
  const LOST: readonly (readonly [string, string, string, Change])[] = [
    ['the zone', 'zone', 'CreateHostedZone', hand => hand.noZone()],
    ['the cluster', 'cluster', 'CreateCluster', hand => hand.noCluster()],
  ];

  test.each(LOST)('%s', async (_, node, creates, lose) => {
    const { journal } = env.world.bench.gateway;
    await lose(await environmentByHand(env));
    const since = journal.at(-1)?.id ?? 0;
    const created = () =>
      env.world.bench.gateway
        .journalSince(since)
        .filter(({ operation, status }) => operation === creates && status < 300);
    await env.operator.drift();
    await env.operator.settle(lost);
    await env.operator.drift();
    await env.operator.settle(lost);
    expect(created()).toEqual([]);
    const { status } = (await env.world.get('OptaEnvironment', 'dev')) ?? {};
    expect(status?.plan?.steps).toContainEqual(
      expect.objectContaining({ node, action: 'recreate', risk: 'High' }),
    );
    await agreed(env);
    expect(created()).toHaveLength(1);
    expect(await env.broken()).toEqual({});
  });

  test('the key: the plan names the cluster, which its deletion protection keeps even when that is approved', async () => {
    const hand = await environmentByHand(env);
    await hand.deleteKey('OptaEnvironment', 'dev');
    const since = env.world.bench.gateway.journal.at(-1)?.id ?? 0;
    env.world.clock.advance(8 * 24 * 3600_000);
    await env.operator.settle(lost);
    const made = (operation: string) =>
      env.world.bench.gateway.journalSince(since).filter(call => call.operation === operation);
    expect(made('CreateKey')).toEqual([]);
    const { status } = (await env.world.get('OptaEnvironment', 'dev')) ?? {};
    expect(status?.plan?.steps).toContainEqual(
      expect.objectContaining({ node: 'cluster', action: 'replace', risk: 'High' }),
    );
    await env.world.annotate('OptaEnvironment', 'dev', { 'opta.dev/approve': status?.plan?.hash ?? '' });
    await env.operator.settle(objects =>
      objects.every(object => conditionOf(object, 'Ready')?.reason === 'DeletionBlocked'),
    );
    expect(made('CreateKey')).toHaveLength(1);
    expect(made('CreateCluster')).toEqual([]);
    expect(made('DeleteCluster').filter(call => call.status < 300)).toEqual([]);
    expect(Object.keys(await env.broken())).toContain('S9: secrets are encrypted with its key');
  });
});

function lost(objects: readonly OptaObject[]): boolean {
  return objects.every(object => conditionOf(object, 'Ready')?.reason === 'ResourceLost');
}
