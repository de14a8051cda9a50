import {
  CreateSecurityGroupCommand,
  DeleteNetworkInterfaceCommand,
  DeleteSecurityGroupCommand,
  DeleteSubnetCommand,
  DescribeNetworkInterfacesCommand,
  type EC2Client,
} from '@aws-sdk/client-ec2';
import {
  CreateLoadBalancerCommand as CreateClassicCommand,
  DeleteLoadBalancerCommand as DeleteClassicCommand,
  DescribeLoadBalancersCommand as DescribeClassicCommand,
  DescribeTagsCommand as DescribeClassicTagsCommand,
  ElasticLoadBalancingClient,
} from '@aws-sdk/client-elastic-load-balancing';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  DeleteLoadBalancerCommand,
  DeleteTargetGroupCommand,
  DescribeLoadBalancersCommand,
  DescribeTagsCommand,
  ElasticLoadBalancingV2Client,
  ModifyLoadBalancerAttributesCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ACCOUNT, type Ec2Bench, makeSubnet, makeVpc, startEc2Bench } from '../ec2/testing.ts';

let bench: Ec2Bench;
let ec2: EC2Client;
let elbv2: ElasticLoadBalancingV2Client;
let elb: ElasticLoadBalancingClient;
beforeAll(async () => {
  bench = await startEc2Bench();
  ec2 = bench.ec2;
  elbv2 = new ElasticLoadBalancingV2Client(bench.clientConfig(ACCOUNT));
  elb = new ElasticLoadBalancingClient(bench.clientConfig(ACCOUNT));
});
afterAll(() => bench.stop());

const Tags = [{ Key: 'kubernetes.io/cluster/shop', Value: 'owned' }];

async function network() {
  const vpcId = await makeVpc(ec2);
  const Subnets = [await makeSubnet(ec2, vpcId), await makeSubnet(ec2, vpcId, '10.0.1.0/24')];
  const group = new CreateSecurityGroupCommand({ VpcId: vpcId, GroupName: 'web', Description: 'web' });
  return { vpcId, Subnets, groupId: (await ec2.send(group)).GroupId ?? '' };
}

async function made(Name: string) {
  const { vpcId, Subnets, groupId } = await network();
  const command = new CreateLoadBalancerCommand({
    Name,
    Subnets,
    SecurityGroups: [groupId],
    Type: 'network',
    Tags,
  });
  const [one] = (await elbv2.send(command)).LoadBalancers ?? [];
  return { vpcId, Subnets, groupId, arn: one?.LoadBalancerArn ?? '' };
}

const interfaces = async (vpcId: string) =>
  (await ec2.send(new DescribeNetworkInterfacesCommand({ Filters: [{ Name: 'vpc-id', Values: [vpcId] }] })))
    .NetworkInterfaces ?? [];
const remove = (LoadBalancerArn: string) => elbv2.send(new DeleteLoadBalancerCommand({ LoadBalancerArn }));
const violation = { name: 'DependencyViolation' };

test('a load balancer has an interface in each subnet, which holds it and its group, and goes a while after it', async () => {
  const { vpcId, Subnets, groupId, arn } = await made('web');
  const all = await interfaces(vpcId);
  expect(all.map(one => one.SubnetId).sort()).toEqual([...Subnets].sort());
  expect(all[0]).toMatchObject({
    Description: `ELB ${arn.slice(arn.indexOf('/') + 1)}`,
    RequesterId: 'amazon-elb',
    RequesterManaged: true,
    InterfaceType: 'network_load_balancer',
    Status: 'in-use',
    Groups: [{ GroupId: groupId }],
  });
  const NetworkInterfaceId = all[0]?.NetworkInterfaceId;
  const take = ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId }));
  await expect(take).rejects.toMatchObject({
    name: 'InvalidParameterValue',
    message: expect.stringContaining('is currently in use'),
  });
  await remove(arn);
  expect((await elbv2.send(new DescribeLoadBalancersCommand({}))).LoadBalancers).toEqual([]);
  bench.gateway.advanceClock(60);
  expect(await interfaces(vpcId)).toHaveLength(2);
  const dropGroup = () => ec2.send(new DeleteSecurityGroupCommand({ GroupId: groupId }));
  const dropSubnet = () => ec2.send(new DeleteSubnetCommand({ SubnetId: Subnets[0] }));
  await expect(dropGroup()).rejects.toMatchObject(violation);
  await expect(dropSubnet()).rejects.toMatchObject(violation);
  bench.gateway.advanceClock(31);
  expect(await interfaces(vpcId)).toEqual([]);
  await dropGroup();
  await dropSubnet();
  await remove(arn);
});

test('a load balancer with deletion protection stays', async () => {
  const { arn: LoadBalancerArn } = await made('kept');
  const protect = (Value: string) =>
    elbv2.send(
      new ModifyLoadBalancerAttributesCommand({
        LoadBalancerArn,
        Attributes: [{ Key: 'deletion_protection.enabled', Value }],
      }),
    );
  await protect('true');
  await expect(remove(LoadBalancerArn)).rejects.toMatchObject({ name: 'OperationNotPermittedException' });
  await protect('false');
  await remove(LoadBalancerArn);
});

test('a target group that a listener sends to stays until its load balancer is gone', async () => {
  const { vpcId: VpcId, arn: LoadBalancerArn } = await made('targets');
  const group = new CreateTargetGroupCommand({ Name: 'targets', Protocol: 'TCP', Port: 80, VpcId, Tags });
  const TargetGroupArn = (await elbv2.send(group)).TargetGroups?.[0]?.TargetGroupArn;
  const DefaultActions = [{ Type: 'forward' as const, TargetGroupArn }];
  await elbv2.send(new CreateListenerCommand({ LoadBalancerArn, Protocol: 'TCP', Port: 80, DefaultActions }));
  const drop = () => elbv2.send(new DeleteTargetGroupCommand({ TargetGroupArn }));
  await expect(drop()).rejects.toMatchObject({ name: 'ResourceInUseException' });
  await remove(LoadBalancerArn);
  await drop();
});

test('tags of what is not there refuse all that is asked for with it', async () => {
  const { arn } = await made('tagged');
  const ask = (...ResourceArns: string[]) => elbv2.send(new DescribeTagsCommand({ ResourceArns }));
  expect((await ask(arn)).TagDescriptions).toEqual([{ ResourceArn: arn, Tags }]);
  await expect(ask(arn, arn.replace('tagged', 'other'))).rejects.toMatchObject({
    name: 'LoadBalancerNotFoundException',
  });
});

test('a classic load balancer: its own API, and interfaces with its name', async () => {
  const { vpcId, Subnets, groupId } = await network();
  const Listeners = [{ Protocol: 'tcp', LoadBalancerPort: 80, InstancePort: 30080 }];
  const LoadBalancerName = 'a0b1';
  await elb.send(
    new CreateClassicCommand({ LoadBalancerName, Listeners, Subnets, SecurityGroups: [groupId], Tags }),
  );
  const [shown] = (await elb.send(new DescribeClassicCommand({}))).LoadBalancerDescriptions ?? [];
  expect(shown).toMatchObject({ LoadBalancerName, VPCId: vpcId });
  const tags = await elb.send(new DescribeClassicTagsCommand({ LoadBalancerNames: [LoadBalancerName] }));
  expect(tags.TagDescriptions).toEqual([{ LoadBalancerName, Tags }]);
  expect((await interfaces(vpcId)).map(one => one.Description)).toEqual(['ELB a0b1', 'ELB a0b1']);
  await elb.send(new DeleteClassicCommand({ LoadBalancerName }));
  expect((await elb.send(new DescribeClassicCommand({}))).LoadBalancerDescriptions).toEqual([]);
  bench.gateway.advanceClock(91);
  expect(await interfaces(vpcId)).toEqual([]);
});
