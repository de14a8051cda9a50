import {
  CloudWatchLogsClient,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateLaunchTemplateCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DeleteSubnetCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import {
  CreateClusterCommand,
  CreateNodegroupCommand,
  DeleteClusterCommand,
  DeleteNodegroupCommand,
  DescribeClusterCommand,
  DescribeNodegroupCommand,
  EKSClient,
  UpdateClusterConfigCommand,
} from '@aws-sdk/client-eks';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestBench, type TestBench } from '../overlays/testing.ts';
import { AT_ONCE, eksControl } from './index.ts';

const account = '111122223333';
let bench: TestBench;
beforeAll(async () => {
  bench = await startTestBench();
  eksControl(bench.gateway).settings.durations = AT_ONCE;
});
afterAll(() => bench.stop());

function createRole(name: string, service: string) {
  const trust = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
  };
  return bench.gateway.bench.forward({
    service: 'iam',
    region: 'us-east-1',
    accountId: account,
    operation: 'CreateRole',
    input: { RoleName: name, AssumeRolePolicyDocument: JSON.stringify(trust) },
  });
}

const USE = ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'];

/** The account, and Auto Scaling for these actions. */
function lettingIn(...actions: (string | string[])[]): string {
  const root = `arn:aws:iam::${account}:root`;
  const path = 'aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling';
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { AWS: root }, Action: 'kms:*', Resource: '*' },
      {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${account}:role/${path}` },
        Action: actions.flat(),
        Resource: '*',
      },
    ],
  });
}

test('a cluster asks EC2, IAM and KMS, and has its group and interfaces in EC2', async () => {
  const config = bench.clientConfig(account);
  const [ec2, eks, kms] = [new EC2Client(config), new EKSClient(config), new KMSClient(config)];
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
  const vpcId = Vpc?.VpcId ?? '';
  const subnets: string[] = [];
  for (const [index, zone] of ['a', 'b'].entries()) {
    const AvailabilityZone = `eu-central-1${zone}`;
    const { Subnet } = await ec2.send(
      new CreateSubnetCommand({ VpcId: vpcId, CidrBlock: `10.0.${index}.0/24`, AvailabilityZone }),
    );
    subnets.push(Subnet?.SubnetId ?? '');
  }
  const roleArn = `arn:aws:iam::${account}:role/cluster`;
  const nodeRole = `arn:aws:iam::${account}:role/node`;
  const create = (more: object = {}) =>
    eks.send(
      new CreateClusterCommand({
        name: 'prod',
        roleArn,
        resourcesVpcConfig: { subnetIds: subnets },
        ...more,
      }),
    );
  await expect(create()).rejects.toThrow(/does not exist/);
  await createRole('cluster', 'eks.amazonaws.com');
  await createRole('node', 'ec2.amazonaws.com');
  await expect(create({ roleArn: nodeRole })).rejects.toThrow(/trusted entity/);
  const gone = { subnetIds: ['subnet-0', subnets[0] ?? ''] };
  await expect(create({ resourcesVpcConfig: gone })).rejects.toThrow(/subnet-0/);
  const keyArn = (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
  const encrypted = (arn: string) => [{ resources: ['secrets'], provider: { keyArn: arn } }];
  await expect(create({ encryptionConfig: encrypted(`${keyArn}x`) })).rejects.toThrow(/is invalid/);
  await create({ encryptionConfig: encrypted(keyArn) });

  const { cluster } = await eks.send(new DescribeClusterCommand({ name: 'prod' }));
  expect(cluster?.resourcesVpcConfig?.vpcId).toBe(vpcId);
  const groupId = cluster?.resourcesVpcConfig?.clusterSecurityGroupId ?? '';
  const groups = () => ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [groupId] }));
  const [group] = (await groups()).SecurityGroups ?? [];
  expect(group).toMatchObject({
    GroupName: expect.stringMatching(/^eks-cluster-sg-prod-/),
    IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: groupId }] }],
    IpPermissionsEgress: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
  });
  expect(group?.Tags).toContainEqual({ Key: 'aws:eks:cluster-name', Value: 'prod' });
  const interfaces = async () => {
    const Filters = [{ Name: 'vpc-id', Values: [vpcId] }];
    return (await ec2.send(new DescribeNetworkInterfacesCommand({ Filters }))).NetworkInterfaces ?? [];
  };
  expect(await interfaces()).toMatchObject(
    subnets.map(() => ({ Description: 'Amazon EKS prod', Status: 'in-use', RequesterManaged: false })),
  );
  expect((await interfaces()).map(one => one.SubnetId).sort()).toEqual([...subnets].sort());
  const deleteSubnet = () => ec2.send(new DeleteSubnetCommand({ SubnetId: subnets[0] }));
  await expect(deleteSubnet()).rejects.toMatchObject({ name: 'DependencyViolation' });

  const { LaunchTemplate } = await ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: 'nodes',
      LaunchTemplateData: { MetadataOptions: { HttpTokens: 'required' } },
    }),
  );
  const id = LaunchTemplate?.LaunchTemplateId ?? '';
  const at = { clusterName: 'prod', nodegroupName: 'main' };
  const nodes = (launchTemplate: object) =>
    eks.send(new CreateNodegroupCommand({ ...at, nodeRole, subnets, launchTemplate }));
  await expect(nodes({ id: 'lt-0123456789abcdef0' })).rejects.toThrow(/lt-0123456789abcdef0/);
  await expect(nodes({ id, version: '7' })).rejects.toThrow(/does not exist/);
  await nodes({ id, version: '1' });
  const { nodegroup } = await eks.send(new DescribeNodegroupCommand(at));
  expect(nodegroup?.launchTemplate).toEqual({ id, name: 'nodes', version: '1' });

  await eks.send(new DeleteNodegroupCommand(at));

  const own = async (Policy?: string) => {
    const { KeyMetadata } = await kms.send(new CreateKeyCommand(Policy === undefined ? {} : { Policy }));
    return KeyMetadata?.Arn ?? '';
  };
  for (const [what, key, expected] of [
    ['the policy of a key that names the account alone', await own(), 'CREATE_FAILED'],
    ['without grants', await own(lettingIn(USE)), 'CREATE_FAILED'],
    ['with grants for everything', await own(lettingIn(USE, 'kms:CreateGrant')), 'ACTIVE'],
    ['without use', await own(lettingIn('kms:CreateGrant')), 'CREATE_FAILED'],
    ['with the key of AWS', 'alias/aws/ebs', 'ACTIVE'],
  ] as const) {
    const Ebs = { Encrypted: true, KmsKeyId: key };
    await ec2.send(
      new CreateLaunchTemplateCommand({
        LaunchTemplateName: what.replaceAll(/\W/g, '-'),
        LaunchTemplateData: { BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs }] },
      }),
    );
    await nodes({ name: what.replaceAll(/\W/g, '-') });
    const { nodegroup: made } = await eks.send(new DescribeNodegroupCommand(at));
    expect([made?.status, made?.health?.issues?.map(one => one.code)], what).toEqual([
      expected,
      expected === 'ACTIVE' ? [] : ['AsgInstanceLaunchFailures'],
    ]);
    await eks.send(new DeleteNodegroupCommand(at));
  }

  const logging = { clusterLogging: [{ types: ['audit' as const], enabled: true }] };
  await eks.send(new UpdateClusterConfigCommand({ name: 'prod', logging }));
  const logs = new CloudWatchLogsClient(config);
  const logGroupName = '/aws/eks/prod/cluster';
  const described = async () => {
    const { logGroups = [] } = await logs.send(
      new DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName }),
    );
    return logGroups.map(one => [one.logGroupName, one.retentionInDays, one.kmsKeyId]);
  };
  const plain = [[logGroupName, undefined, undefined]];
  expect(await described(), 'it is there as soon as it logs').toEqual(plain);
  const { durations } = eksControl(bench.gateway).settings;
  eksControl(bench.gateway).settings.durations = { ...durations, logsAgain: 5_000 };
  await logs.send(new DeleteLogGroupCommand({ logGroupName }));
  expect(await described()).toEqual([]);
  bench.gateway.advanceClock(6);
  expect(await described(), 'and again while it does').toEqual(plain);
  const off = { clusterLogging: [{ types: ['audit' as const], enabled: false }] };
  await eks.send(new UpdateClusterConfigCommand({ name: 'prod', logging: off }));
  await eks.send(new DescribeClusterCommand({ name: 'prod' }));
  await logs.send(new DeleteLogGroupCommand({ logGroupName }));
  bench.gateway.advanceClock(6);
  expect(await described(), 'and not when it does no more').toEqual([]);

  await eks.send(new DeleteClusterCommand({ name: 'prod' }));
  await expect(eks.send(new DescribeClusterCommand({ name: 'prod' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
  expect(await interfaces()).toEqual([]);
  await expect(groups()).rejects.toMatchObject({ name: 'InvalidGroup.NotFound' });
  await deleteSubnet();
});
