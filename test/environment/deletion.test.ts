import {
  CreateNetworkAclCommand,
  CreateRouteTableCommand,
  DeleteNetworkAclCommand,
  DeleteRouteTableCommand,
  DescribeSecurityGroupsCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plantInterface, uprootInterface } from '../../hack/bench/aws/overlays/ec2/interfaces.ts';
import type { OptaEnvironmentStatus } from '../../src/api/environment-status.ts';
import { type ByHand, byHand } from '../support/by-hand.ts';
import { ACCOUNT, environment, plainQueue, REGION } from '../support/manifests.ts';
import { NO_LOG_BUCKET, SMALL_NETWORK } from '../support/small.ts';
import { type Acting, areReady, messageOf, openStage, type Stage, standing } from '../support/stage.ts';
import { census } from './support/census.ts';

const DEV = environment({
  network: SMALL_NETWORK,
  logBucket: NO_LOG_BUCKET,
  encryption: { onDelete: 'Schedule', deletionWindowDays: 7 },
});
const ORDERS = plainQueue('orders');
const PLACE = { accountId: ACCOUNT, region: REGION };

let stage: Stage;
let acting: Acting;
let hand: ByHand;
beforeAll(async () => {
  stage = await openStage();
  hand = byHand(stage);
  await stage.cluster.apply(DEV, ORDERS);
  acting = await stage.operator();
  await acting.until(areReady(DEV, ORDERS));
});
afterAll(async () => {
  hand?.close();
  await stage?.close();
});

const dev = () => stage.cluster.get('OptaEnvironment', 'dev');
const network = async () =>
  ((await dev()).status?.network ?? {}) as NonNullable<OptaEnvironmentStatus['network']>;
const isBlocked = (look: Parameters<Parameters<Acting['until']>[0]>[0]) =>
  standing(look('OptaEnvironment', 'dev'), 'Synced') === 'Synced=False DeletionBlocked';

describe('an environment that is deleted', () => {
  test('stays as it is while objects use it', async () => {
    const mark = stage.mark();
    await stage.cluster.delete('OptaEnvironment', 'dev');
    await acting.until(isBlocked);
    expect(messageOf(await dev(), 'Synced')).toMatch(/^still used by Queue shop\/orders/);
    expect(stage.writesSince(mark)).toEqual([]);
  });

  test('goes when they are gone, as far as the load balancers of its cluster let it, which it names', async () => {
    const [subnetId = ''] = (await network()).publicSubnetIds ?? [];
    const planted = await plantInterface(stage.world.bench.gateway.bench, {
      ...PLACE,
      subnetId,
      description: 'ELB net/k8s-shop-web/50dc6c495c0c9188',
      interfaceType: 'network_load_balancer',
      requesterId: 'amazon-elb',
    });
    await stage.cluster.delete('Queue', 'orders');
    await acting.until(
      look =>
        look('Queue', 'orders') === undefined &&
        messageOf(look('OptaEnvironment', 'dev')).includes(planted.id),
    );
    // AWS takes it away with the load balancer, so it is waited for.
    expect(messageOf(await dev())).toContain(
      `network interface ${planted.id} (ELB net/k8s-shop-web/50dc6c495c0c9188) goes with what AWS made it for`,
    );
    // The subnet that is in use and what it is in; the key goes last of all.
    expect((await census(stage)).filter(line => line.startsWith('VPC'))).toHaveLength(1);
    await uprootInterface(stage.world.bench.gateway.bench, PLACE, planted);
    await acting.until(look => look('OptaEnvironment', 'dev') === undefined);
    expect(await census(stage)).toEqual([]);
  });

  test('names a security group, a route table and a network ACL that somebody else made in its VPC', async () => {
    await stage.cluster.apply(DEV);
    await acting.until(areReady(DEV));
    const { vpcId: VpcId = '' } = await network();
    const { RouteTable } = await hand.ec2.send(new CreateRouteTableCommand({ VpcId }));
    const { NetworkAcl } = await hand.ec2.send(new CreateNetworkAclCommand({ VpcId }));
    const [RouteTableId, NetworkAclId] = [RouteTable?.RouteTableId, NetworkAcl?.NetworkAclId];
    const group = await hand.securityGroup(VpcId, 'k8s-elb-a1b2');
    await stage.cluster.delete('OptaEnvironment', 'dev');
    await acting.until(isBlocked);
    const reason = 'still in the VPC';
    expect((await dev()).status?.blockedBy).toEqual([
      { node: 'vpc', resource: `network ACL ${NetworkAclId}`, reason },
      { node: 'vpc', resource: `route table ${RouteTableId}`, reason },
      {
        node: 'vpc',
        resource: `security group ${group}`,
        reason: `k8s-elb-a1b2: k8s-elb-a1b2, of account ${ACCOUNT}, ${reason}`,
      },
    ]);
    const Filters = [{ Name: 'group-id', Values: [group] }];
    const { SecurityGroups } = await hand.ec2.send(new DescribeSecurityGroupsCommand({ Filters }));
    expect(SecurityGroups).toHaveLength(1);
    await hand.deleteSecurityGroup(group);
    await hand.ec2.send(new DeleteRouteTableCommand({ RouteTableId }));
    await hand.ec2.send(new DeleteNetworkAclCommand({ NetworkAclId }));
    await acting.until(look => look('OptaEnvironment', 'dev') === undefined);
    expect(await census(stage)).toEqual([]);
  });
});
