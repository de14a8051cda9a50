/** What is in the way of a network's deletion and is not provably the cluster's. */
import {
  AuthorizeSecurityGroupIngressCommand,
  DeleteNetworkInterfaceCommand,
  DeleteSecurityGroupCommand,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2';
import { CreateClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import {
  CreateListenerCommand,
  DeleteLoadBalancerCommand,
  ModifyLoadBalancerAttributesCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eksControl } from '../../../hack/bench/aws/eks/index.ts';
import { fakeAccount } from '../../../hack/bench/aws/eks/testing.ts';
import { plantInterface, uprootInterface } from '../../../hack/bench/aws/overlays/ec2/interfaces.ts';
import { type NetworkBench, startNetworkBench } from '../../aws/ec2/testing-network.ts';
import type { Tags } from '../../engine/owner.ts';
import type { PassResult } from '../../engine/pass.ts';
import {
  type Around,
  around,
  blockers,
  counts,
  leave,
  left,
  makeBalancer,
  makeGroup,
  makeInterface,
  makeTargets,
  messages,
  naming,
  nothing,
} from './testing-leftovers.ts';

let bench: NetworkBench;
beforeAll(async () => {
  bench = await startNetworkBench();
});
afterAll(() => bench?.stop());

/** Deletes as far as it goes, and some passes more. */
async function passesUntilHeld({ network }: Around): Promise<PassResult> {
  for (let passes = 1; passes < 20; passes += 1) {
    const result = await network.passes(1);
    bench.pass(10);
    if (blockers(result).length > 0) return network.passes(2);
  }
  throw new Error('nothing holds the deletion');
}

interface Foreign {
  /** What it is called in words that lead to its owner. */
  readonly named: readonly string[];
  /** By hand, as its owner would. */
  takeAway(): Promise<unknown>;
}

const drop = (of: Around, LoadBalancerArn: string) =>
  of.elbv2.send(new DeleteLoadBalancerCommand({ LoadBalancerArn }));
const dropGroup = (of: Around, GroupId: string) => of.ec2.send(new DeleteSecurityGroupCommand({ GroupId }));

async function balancer(of: Around, tags: Tags): Promise<Foreign> {
  const arn = await makeBalancer(of, 'other', tags);
  return {
    named: [`ELB ${arn.slice(arn.indexOf('/') + 1)}`, 'load balancer other', 'network interface eni-'],
    takeAway: () => drop(of, arn),
  };
}

describe("what is not provably the cluster's is named and not touched, and once it is gone the deletion ends", () => {
  test.each<readonly [string, (of: Around) => Promise<Foreign>]>([
    ['a load balancer without tags', of => balancer(of, {})],
    [
      'a load balancer of a Service of another cluster',
      async of => {
        const tags = { 'elbv2.k8s.aws/cluster': `${of.cluster}x`, 'service.k8s.aws/stack': 'shop/web' };
        const one = await balancer(of, tags);
        return { ...one, named: [...one.named, 'load balancer other of Service shop/web'] };
      },
    ],
    [
      'a load balancer that is shared',
      of => balancer(of, { [`kubernetes.io/cluster/${of.cluster}`]: 'shared' }),
    ],
    [
      'a load balancer that another cluster owns too',
      of =>
        balancer(of, {
          'elbv2.k8s.aws/cluster': of.cluster,
          [`kubernetes.io/cluster/${of.cluster}x`]: 'owned',
        }),
    ],
    [
      'a load balancer of the cluster that somebody protects',
      async of => {
        const LoadBalancerArn = await makeBalancer(of, 'other', { 'elbv2.k8s.aws/cluster': of.cluster });
        const protect = (Value: string) => {
          const Attributes = [{ Key: 'deletion_protection.enabled', Value }];
          return of.elbv2.send(new ModifyLoadBalancerAttributesCommand({ LoadBalancerArn, Attributes }));
        };
        await protect('true');
        return {
          named: ['load balancer other', 'its deletion protection is on'],
          takeAway: async () => {
            await protect('false');
            await drop(of, LoadBalancerArn);
          },
        };
      },
    ],
    [
      "an interface of somebody's",
      async of => {
        const NetworkInterfaceId = await makeInterface(of, {});
        return {
          named: [NetworkInterfaceId, 'aws-K8S-i-0123456789abcdef0', 'made by'],
          takeAway: () => of.ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId })),
        };
      },
    ],
    [
      'an interface of the cluster that is in use',
      async of => {
        const planted = await plantInterface(bench.gateway.bench, {
          ...of.network.place,
          subnetId: of.subnetIds[0] ?? '',
          description: 'aws-K8S-i-1',
          interfaceType: 'interface',
          tags: { 'cluster.k8s.amazonaws.com/name': of.cluster },
        });
        return {
          named: [planted.id, 'aws-K8S-i-1', 'in-use'],
          takeAway: () => uprootInterface(bench.gateway.bench, of.network.place, planted),
        };
      },
    ],
    [
      "somebody's group",
      async of => {
        const id = await makeGroup(of, 'jump-host');
        return { named: [id, 'jump-host', 'made by somebody'], takeAway: () => dropGroup(of, id) };
      },
    ],
    [
      "somebody's group that names one of the environment's",
      async of => {
        const id = await makeGroup(of, 'jump-host');
        await of.ec2.send(new AuthorizeSecurityGroupIngressCommand(naming(id, of.network.idOf('group'))));
        return { named: [id, 'a rule of it names this one'], takeAway: () => dropGroup(of, id) };
      },
    ],
    [
      "somebody's group that names one of the cluster's",
      async of => {
        const id = await makeGroup(of, 'jump-host');
        const own = await makeGroup(of, 'k8s-web', { 'elbv2.k8s.aws/cluster': of.cluster });
        await of.ec2.send(new AuthorizeSecurityGroupIngressCommand(naming(id, own)));
        return {
          named: [id, 'a rule of it names this one'],
          takeAway: async () => {
            await of.ec2.send(new RevokeSecurityGroupIngressCommand(naming(id, own)));
            await dropGroup(of, id);
          },
        };
      },
    ],
    [
      "somebody's interface with a group of the cluster",
      async of => {
        const own = await makeGroup(of, 'k8s-web', { 'elbv2.k8s.aws/cluster': of.cluster });
        const NetworkInterfaceId = await makeInterface(of, {}, [own]);
        return {
          named: [NetworkInterfaceId, 'aws-K8S-i-0123456789abcdef0'],
          takeAway: () => of.ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId })),
        };
      },
    ],
    [
      "targets of the cluster that somebody's load balancer has",
      async of => {
        const TargetGroupArn = await makeTargets(of, 'k8s-web', { 'elbv2.k8s.aws/cluster': of.cluster });
        const LoadBalancerArn = await makeBalancer(of, 'other', {});
        const DefaultActions = [{ Type: 'forward' as const, TargetGroupArn }];
        await of.elbv2.send(
          new CreateListenerCommand({ LoadBalancerArn, Protocol: 'TCP', Port: 80, DefaultActions }),
        );
        return {
          named: [LoadBalancerArn, 'target group k8s-web'],
          takeAway: () => drop(of, LoadBalancerArn),
        };
      },
    ],
  ])('%s', async (_, plant) => {
    const of = await around(bench);
    const { named, takeAway } = await plant(of);
    const before = await counts(of);
    of.network.remove();
    const held = await passesUntilHeld(of);
    for (const words of named) expect(messages(held)).toContain(words);
    expect(blockers(held).length).toBeGreaterThan(0);
    const after = await counts(of);
    expect(after).toMatchObject({
      vpcs: 1,
      balancers: before.balancers,
      targets: before.targets,
      interfaces: before.interfaces,
    });
    await takeAway();
    await of.network.converge();
    expect(await counts(of)).toEqual(nothing);
  });
});

test('what has the tags of another living cluster of that name is not touched', async () => {
  const of = await around(bench);
  await leave(of, of.cluster);
  const { settings } = eksControl(bench.gateway);
  const account = fakeAccount();
  settings.neighbours = account;
  const roleArn = `arn:aws:iam::${of.network.place.accountId}:role/eks`;
  account.roles.set(roleArn, { trusts: ['eks.amazonaws.com'] });
  const subnetIds = ['a', 'b'].map(zone => {
    const id = `subnet-${zone}`;
    account.subnets.set(id, { id, vpcId: 'vpc-1', zone, zoneId: zone });
    return id;
  });
  const resourcesVpcConfig = { subnetIds };
  const eks = new EKSClient(of.config);
  await eks.send(new CreateClusterCommand({ name: of.cluster, roleArn, resourcesVpcConfig }));
  of.network.remove();
  const held = await of.network.passes(4);
  expect(await counts(of)).toMatchObject({ vpcs: 1, ...left(1) });
  expect(messages(held)).toContain('load balancer k8s-shop-web');
});
