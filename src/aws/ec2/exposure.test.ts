import {
  AuthorizeSecurityGroupIngressCommand,
  CreateNetworkInterfaceCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AwsBench, startAwsBench, type World } from '../conformance/world.ts';
import { type Exposure, type ExposureDesired, exposureAdaptor } from './exposure.ts';

let bench: AwsBench;
beforeAll(async () => {
  bench = await startAwsBench();
});
afterAll(() => bench?.stop());

/** A VPC with an interface that has a group, open to everybody; `ours`: with the installation's tag. */
async function network({ scope }: World, CidrBlock: string, GroupName: string, ours = true) {
  const { ec2, installation } = scope;
  const Tags = [{ Key: 'opta.dev/installation', Value: ours ? installation : 'others' }];
  const made = await ec2.send(
    new CreateVpcCommand({ CidrBlock, TagSpecifications: [{ ResourceType: 'vpc', Tags }] }),
  );
  const VpcId = made.Vpc?.VpcId ?? '';
  const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock }));
  const group = async (name: string) => {
    const { GroupId = '' } = await ec2.send(
      new CreateSecurityGroupCommand({ VpcId, GroupName: name, Description: name }),
    );
    const IpPermissions = [
      { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0' }] },
    ];
    await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
    return GroupId;
  };
  const groupId = await group(GroupName);
  const used = async (...Groups: string[]) => {
    const answer = await ec2.send(
      new CreateNetworkInterfaceCommand({ SubnetId: Subnet?.SubnetId ?? '', Groups }),
    );
    return answer.NetworkInterface?.NetworkInterfaceId;
  };
  return { VpcId, groupId, group, used, cidr: CidrBlock };
}

async function look(world: World, desired: ExposureDesired): Promise<Exposure> {
  const context = { desired, recorded: [], freshness: 'shared' } as const;
  const [found] = await exposureAdaptor.find(world.scope, world.identity(), context);
  if (found === undefined) throw new Error('not found');
  expect(exposureAdaptor.readiness(found.state)).toEqual({ is: 'ready' });
  return found.state;
}

const groupsIn = ({ waysIn }: Exposure) => waysIn.map(({ text }) => text.split(' ')[0]).sort();

describe('how far a network is open', () => {
  test('one list of each type tells of all networks of ours, and another call of groups that are nobody’s', async () => {
    const world = await bench.world();
    const [a, b] = [
      await network(world, '10.0.0.0/24', 'by-hand'),
      await network(world, '10.1.0.0/24', 'eks-cluster-sg-opta-test-b-1'),
    ];
    for (const one of [a, b]) await one.used(one.groupId);
    const of = (one: typeof a) => ({ vpcId: one.VpcId, cidrs: [one.cidr], isOurs: true });
    const calls = await world.calls(async () => {
      expect(groupsIn(await look(world, of(a)))).toEqual([a.groupId]);
      expect(groupsIn(await look(world, of(b)))).toEqual([b.groupId]);
    });
    expect(calls.map(call => call.operation).sort()).toEqual([
      'DescribeNetworkAcls',
      'DescribeNetworkInterfaces',
      'DescribeSecurityGroups',
      'DescribeSecurityGroups',
      'DescribeVpcs',
    ]);
  });

  test('a group that nothing has opens nothing, but that of a cluster will be had', async () => {
    const world = await bench.world();
    const one = await network(world, '10.0.0.0/24', 'unused');
    const cluster = await one.group('eks-cluster-sg-opta-test-dev-cluster-abcdef-1');
    await one.group('eks-cluster-sg-opta-test-other-cluster-abcdef-1');
    const of = { vpcId: one.VpcId, cidrs: [one.cidr], isOurs: true };
    expect(groupsIn(await look(world, of))).toEqual([]);
    const clusterName = 'opta-test-dev-cluster-abcdef';
    expect(groupsIn(await look(world, { ...of, clusterName }))).toEqual([cluster]);
  });

  test('in a network of others only what has the group of our cluster is looked at', async () => {
    const world = await bench.world();
    const one = await network(world, '10.0.0.0/24', 'theirs', false);
    const cluster = await one.group('eks-cluster-sg-opta-test-dev-cluster-abcdef-1');
    const byHand = await one.group('by-hand');
    await one.used(one.groupId);
    await one.used(cluster, byHand);
    const clusterName = 'opta-test-dev-cluster-abcdef';
    const state = await look(world, { vpcId: one.VpcId, cidrs: [one.cidr], isOurs: false, clusterName });
    expect(groupsIn(state)).toEqual([cluster, byHand].sort());
    expect(state.restricted).toEqual([]);
  });

  test('what may not be read is told as unknown, and no error: nothing waits for it', async () => {
    const world = await bench.world();
    const one = await network(world, '10.0.0.0/24', 'by-hand');
    const of = { vpcId: one.VpcId, cidrs: [one.cidr], isOurs: true };
    world.gateway.addFault({ operation: 'DescribeNetworkAcls', fault: { kind: 'accessDenied' } });
    expect(await look(world, of)).toEqual({
      waysIn: [],
      restricted: [],
      unknown: expect.stringContaining('DescribeNetworkAcls'),
    });
    world.gateway.clearFaults();
    expect(await look(world, of)).toEqual({ waysIn: [], restricted: [] });
  });
});
