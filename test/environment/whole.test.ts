import { DeleteRetentionPolicyCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateRouteCommand,
  DeleteRouteCommand,
  DescribeInternetGatewaysCommand,
  DescribeSecurityGroupsCommand,
  ModifySubnetAttributeCommand,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2';
import { UpdateClusterConfigCommand } from '@aws-sdk/client-eks';
import { AttachRolePolicyCommand, DeleteRolePermissionsBoundaryCommand } from '@aws-sdk/client-iam';
import { DisableKeyRotationCommand, PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AS_AWS, eksControl } from '../../hack/bench/aws/eks/index.ts';
import type { OptaEnvironmentStatus } from '../../src/api/environment-status.ts';
import { ACCOUNT, environment } from '../support/manifests.ts';
import { type Acting, areReady, openStage, type Stage, standing } from '../support/stage.ts';
import { callsOfOnePass } from './support/drift.ts';
import { broken, type Expected, type Eyes, eyesOn } from './support/promises.ts';

const DOMAIN = 'dev.example.com';
const DEV = environment({
  network: {},
  kubernetes: { endpoint: { public: false }, admins: [] },
  dns: { domain: DOMAIN },
});

let stage: Stage;
let acting: Acting;
let eyes: Eyes;
let status: OptaEnvironmentStatus;
let expected: Expected;
beforeAll(async () => {
  stage = await openStage();
  eyes = eyesOn(stage);
  eksControl(stage.world.bench.gateway).settings.durations = AS_AWS;
  acting = await stage.operator();
});
afterAll(async () => {
  eyes?.close();
  await stage?.close();
});

const nodeId = (node: string) => status.resources?.find(one => one.node === node)?.id ?? '';

describe('a whole environment: network, cluster and domain', () => {
  test('is made in so many calls, none of which fails for long', async () => {
    const mark = stage.mark();
    await stage.cluster.apply(DEV);
    await acting.until(
      look =>
        areReady(DEV)(look) &&
        standing(look('OptaEnvironment', 'dev'), 'CertificateIssued') === 'CertificateIssued=True Issued',
    );
    const object = await stage.cluster.get('OptaEnvironment', 'dev');
    status = (object.status ?? {}) as OptaEnvironmentStatus;
    expected = {
      keyArn: status.encryption?.keyArn ?? '',
      cluster: status.cluster?.name ?? '',
      domain: DOMAIN,
    };
    expect(object.status?.conditions?.map(one => `${one.type}=${one.status}`).sort()).toEqual([
      'CertificateIssued=True',
      'ClusterReady=True',
      'DomainDelegated=True',
      'EncryptionReady=True',
      'NetworkReady=True',
      'NodeImageOutdated=False',
      'NodesReady=True',
      'Ready=True',
      'Reconciling=False',
      'Stalled=False',
      'SupportEnding=False',
      'Synced=True',
    ]);
    const calls = stage.world.bench.gateway.journalSince(mark);
    const writes = calls.filter(one => one.mutating);
    console.log(
      `covered: a whole environment of ${status.resources?.length} resources made in ${writes.length} writes and ${calls.length - writes.length} reads`,
    );
    expect(writes.length).toBeLessThan(200);
  });

  test('keeps what is promised of it', async () => {
    expect(await broken(eyes, expected)).toEqual([]);
  });

  test('is looked at again in so many calls, and nothing is written', async () => {
    const calls = await callsOfOnePass(stage, acting);
    const sum = Object.values(calls).reduce((total, count) => total + count, 0);
    console.log(`covered: one look at all of it: ${sum} calls, no write (${JSON.stringify(calls)})`);
    expect(sum).toBeLessThan(110);
  });
});

type ByHand = readonly [promise: string, change: () => Promise<unknown>];

describe('what somebody changes by hand breaks a promise, and is put right at the next look', () => {
  const rows: readonly ByHand[] = [
    [
      'S3',
      () =>
        eyes.ec2.send(
          new ModifySubnetAttributeCommand({
            SubnetId: nodeId('subnet/public/1'),
            MapPublicIpOnLaunch: { Value: true },
          }),
        ),
    ],
    [
      'S4',
      async () => {
        const [RouteTableId = ''] = nodeId('route/private/1/internet').split('|');
        const at = { RouteTableId, DestinationCidrBlock: '0.0.0.0/0' };
        await eyes.ec2.send(new DeleteRouteCommand(at));
      },
    ],
    [
      'S2',
      async () => {
        const [RouteTableId = ''] = nodeId('route/private/1/internet').split('|');
        const at = { RouteTableId, DestinationCidrBlock: '0.0.0.0/0' };
        const { InternetGateways = [] } = await eyes.ec2.send(new DescribeInternetGatewaysCommand({}));
        const GatewayId = InternetGateways.find(
          one => one.InternetGatewayId === nodeId('internet-gateway'),
        )?.InternetGatewayId;
        await eyes.ec2.send(new DeleteRouteCommand(at));
        await eyes.ec2.send(new CreateRouteCommand({ ...at, GatewayId }));
      },
    ],
    [
      'S20',
      () =>
        eyes.ec2.send(
          new AuthorizeSecurityGroupIngressCommand({
            GroupId: nodeId('security-group/postgres'),
            IpPermissions: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
          }),
        ),
    ],
    [
      'S20',
      async () => {
        const GroupId = nodeId('security-group/redis');
        const { SecurityGroups = [] } = await eyes.ec2.send(
          new DescribeSecurityGroupsCommand({ GroupIds: [GroupId] }),
        );
        const IpPermissions = SecurityGroups[0]?.IpPermissions;
        await eyes.ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
      },
    ],
    [
      'S8',
      () =>
        eyes.eks.send(
          new UpdateClusterConfigCommand({
            name: expected.cluster,
            resourcesVpcConfig: { endpointPublicAccess: true, publicAccessCidrs: ['0.0.0.0/0'] },
          }),
        ),
    ],
    [
      'S31',
      () =>
        eyes.eks.send(new UpdateClusterConfigCommand({ name: expected.cluster, deletionProtection: false })),
    ],
    [
      'S21',
      () =>
        eyes.iam.send(
          new AttachRolePolicyCommand({
            RoleName: nodeId('role/node'),
            PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess',
          }),
        ),
    ],
    ['S24', () => eyes.iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: nodeId('role/node') }))],
    [
      'S29',
      () => eyes.logs.send(new DeleteRetentionPolicyCommand({ logGroupName: nodeId('log-group/cluster') })),
    ],
    ['S30', () => eyes.kms.send(new DisableKeyRotationCommand({ KeyId: expected.keyArn }))],
    [
      'S30',
      () =>
        eyes.kms.send(
          new PutKeyPolicyCommand({
            KeyId: expected.keyArn,
            PolicyName: 'default',
            Policy: JSON.stringify({
              Version: '2012-10-17',
              Statement: [
                {
                  Sid: 'Root',
                  Effect: 'Allow',
                  Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
                  Action: 'kms:*',
                  Resource: '*',
                },
                {
                  Sid: 'Open',
                  Effect: 'Allow',
                  Principal: { Service: 's3.amazonaws.com' },
                  Action: 'kms:Decrypt',
                  Resource: '*',
                },
              ],
            }),
          }),
        ),
    ],
  ];

  test.each(rows.map(([promise, change], at) => ({ promise, change, at })))(
    '$promise ($at)',
    async ({ promise, change }) => {
      await change();
      // What takes EKS minutes is over.
      stage.world.clock.advance(5 * 60_000);
      expect((await broken(eyes, expected)).filter(one => one.startsWith(`${promise}:`))).not.toEqual([]);
      await acting.driftPasses(1);
      await acting.until(areReady(DEV));
      expect(await broken(eyes, expected)).toEqual([]);
      const told = await stage.cluster.events('OptaEnvironment', 'dev');
      expect(told.some(event => event.reason === 'DriftDetected')).toBe(true);
    },
  );
});
