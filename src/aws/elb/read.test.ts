import { CreateSubnetCommand, CreateVpcCommand } from '@aws-sdk/client-ec2';
import { CreateLoadBalancerCommand as CreateClassicCommand } from '@aws-sdk/client-elastic-load-balancing';
import {
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AwsBench, startAwsBench, type World } from '../conformance/world.ts';
import { listClassicLoadBalancers, listLoadBalancers, listTargetGroups } from './read.ts';

let bench: AwsBench;
let world: World;
const NAMES = ['one', 'two', 'three'];

beforeAll(async () => {
  bench = await startAwsBench();
  world = await bench.world();
  const { ec2, elb, elbv2 } = world.scope;
  const VpcId = (await ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }))).Vpc?.VpcId;
  const subnet = await ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock: '10.0.0.0/24' }));
  const Subnets = [subnet.Subnet?.SubnetId ?? ''];
  const Listeners = [{ Protocol: 'tcp', LoadBalancerPort: 80, InstancePort: 30080 }];
  for (const Name of NAMES) {
    await elbv2.send(new CreateLoadBalancerCommand({ Name, Subnets, Type: 'network' }));
    await elbv2.send(new CreateTargetGroupCommand({ Name, Protocol: 'TCP', Port: 80, VpcId }));
    await elb.send(new CreateClassicCommand({ LoadBalancerName: Name, Listeners, Subnets }));
  }
  world.gateway.addFault({ service: 'elasticloadbalancing', fault: { kind: 'pageSize', n: 1 } });
});
afterAll(() => bench.stop());

test.each([
  ['load balancers', async () => (await listLoadBalancers(world.scope)).map(one => one.name)],
  ['classic load balancers', async () => (await listClassicLoadBalancers(world.scope)).map(one => one.name)],
  ['target groups', async () => (await listTargetGroups(world.scope)).map(one => one.TargetGroupName)],
])('%s are listed whole, of whatever size the pages are', async (_, list) => {
  let names: (string | undefined)[] = [];
  const calls = await world.calls(async () => {
    names = await list();
  });
  expect(names.sort()).toEqual([...NAMES].sort());
  expect(calls).toHaveLength(NAMES.length);
});
