/** All adaptors of EC2 together, driven by the engine: a network from nothing to its end. */
import {
  DescribeAddressesCommand,
  DescribeFlowLogsCommand,
  DescribeInternetGatewaysCommand,
  DescribeNatGatewaysCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { plantInterface, uprootInterface } from '../../../hack/bench/aws/overlays/ec2/interfaces.ts';
import { failNatGateways } from '../../../hack/bench/aws/overlays/ec2/nat-gateways.ts';
import type { PassResult } from '../../engine/pass.ts';
import {
  killsIn,
  type NetworkBench,
  type NetworkObject,
  POINTS,
  startNetworkBench,
} from './testing-network.ts';

let bench: NetworkBench;
beforeAll(async () => {
  bench = await startNetworkBench();
});
afterAll(() => bench?.stop());

let network: NetworkObject;
beforeEach(async () => {
  network = await bench.object({ zones: 3 });
});

const states = (result: PassResult) =>
  Object.fromEntries(result.plan.nodes.map(view => [view.node, view.state]));

/** What is there of each type, besides what every account has. */
async function counts({ scope: { ec2 } }: NetworkObject): Promise<Record<string, number>> {
  const live = [{ Name: 'state', Values: ['pending', 'available', 'failed', 'deleting'] }];
  const own = [{ Name: 'tag-key', Values: ['opta.dev/uid'] }];
  const [vpcs, subnets, gateways, addresses, nats, tables, groups, logs, endpoints] = await Promise.all([
    ec2.send(new DescribeVpcsCommand({ Filters: own })),
    ec2.send(new DescribeSubnetsCommand({ Filters: own })),
    ec2.send(new DescribeInternetGatewaysCommand({ Filters: own })),
    ec2.send(new DescribeAddressesCommand({})),
    ec2.send(new DescribeNatGatewaysCommand({ Filter: live })),
    ec2.send(new DescribeRouteTablesCommand({ Filters: own })),
    ec2.send(new DescribeSecurityGroupsCommand({ Filters: own })),
    ec2.send(new DescribeFlowLogsCommand({})),
    ec2.send(new DescribeVpcEndpointsCommand({})),
  ]);
  return {
    vpcs: vpcs.Vpcs?.length ?? 0,
    subnets: subnets.Subnets?.length ?? 0,
    internetGateways: gateways.InternetGateways?.length ?? 0,
    addresses: addresses.Addresses?.length ?? 0,
    natGateways: nats.NatGateways?.length ?? 0,
    routeTables: tables.RouteTables?.length ?? 0,
    securityGroups: groups.SecurityGroups?.length ?? 0,
    flowLogs: logs.FlowLogs?.length ?? 0,
    endpoints: endpoints.VpcEndpoints?.length ?? 0,
  };
}

const whole = (zones: number) => ({
  vpcs: 1,
  subnets: 2 * zones,
  internetGateways: 1,
  addresses: zones,
  natGateways: zones,
  routeTables: zones + 1,
  securityGroups: 1,
  flowLogs: 1,
  endpoints: 1,
});

const nothing = Object.fromEntries(Object.keys(whole(1)).map(type => [type, 0]));

test('three zones come up, and a later look writes nothing and reads each type once', async () => {
  const result = await network.converge();
  expect(Object.values(states(result)).every(state => state === 'Ready')).toBe(true);
  expect(await counts(network)).toEqual(whole(3));
  bench.pass(300);
  const calls = await bench.calls(() => network.pass());
  expect(calls.filter(call => call.mutating)).toEqual([]);
  const reads = calls.map(call => call.operation).sort();
  console.log(
    `covered: a drift look at a network of ${result.plan.nodes.length} nodes takes ${reads.length} calls`,
  );
  expect(reads).toEqual([
    'DescribeAddresses',
    'DescribeFlowLogs',
    'DescribeInternetGateways',
    'DescribeNatGateways',
    'DescribeRouteTables',
    'DescribeSecurityGroups',
    'DescribeSubnets',
    'DescribeVpcAttribute',
    'DescribeVpcAttribute',
    'DescribeVpcEndpoints',
    'DescribeVpcs',
  ]);
});

test('it goes in the order that AWS takes, and nothing is left', async () => {
  await network.converge();
  network.remove();
  const calls = await bench.calls(() => network.converge());
  expect(await counts(network)).toEqual(nothing);
  const refused = calls.filter(call => call.errorCode !== undefined && call.mutating);
  // Nothing shows when EC2 takes an address for free that a NAT gateway had.
  expect(new Set(refused.map(call => `${call.operation} ${call.errorCode}`))).toEqual(
    new Set(['ReleaseAddress AuthFailure']),
  );
});

test('a load balancer in a subnet holds the removal, which names it and goes on after it', async () => {
  await network.converge();
  const subnetId = network.idOf('subnet/public/1') ?? '';
  const planted = await plantInterface(bench.gateway.bench, {
    ...network.place,
    subnetId,
    description: 'ELB net/k8s-web/50dc6c495c0c9188',
    interfaceType: 'network_load_balancer',
    requesterId: 'amazon-elb',
  });
  network.remove();
  const held = await network.passes(20);
  const blocked = held.errors.find(one => one.node === 'subnet/public/1');
  expect(blocked?.error).toMatchObject({
    class: 'Blocked',
    message: expect.stringContaining(`network interface ${planted.id} (ELB net/k8s-web/50dc6c495c0c9188`),
  });
  expect(await counts(network)).toMatchObject({ vpcs: 1, subnets: 1, natGateways: 0, addresses: 0 });
  await uprootInterface(bench.gateway.bench, network.place, planted);
  await network.converge();
  expect(await counts(network)).toEqual(nothing);
});

test('a NAT gateway that fails says why; once approved, another one takes its place and its address', async () => {
  failNatGateways(bench.gateway, { code: 'InternalError', message: 'Please try again.' });
  const failed = await network.passes(12);
  failNatGateways(bench.gateway, undefined);
  const view = failed.plan.nodes.find(one => one.node === 'nat/1');
  expect(view).toMatchObject({
    state: 'Failed',
    message: 'the NAT gateway could not be created: InternalError: Please try again.',
  });
  await network.approve(failed);
  await network.converge();
  expect(await counts(network)).toEqual(whole(3));
  expect(network.entry('nat/1')).toMatchObject({ epoch: 2 });
});

test('what was changed by hand comes back', async () => {
  await network.converge();
  const calls = await network.tamper();
  expect(calls).toBeGreaterThan(3);
  bench.pass(300);
  const result = await network.converge();
  expect(Object.values(states(result)).every(state => state === 'Ready')).toBe(true);
  expect(await counts(network)).toEqual(whole(3));
});

describe('a process that ends at any write', () => {
  test.each(POINTS)('%s', async point => {
    const undisturbed = await bench.object({ zones: 1 });
    await undisturbed.converge();
    const writes = undisturbed.writes();
    const kills = killsIn(writes).filter(kill => kill.point === point);
    for (const kill of kills) {
      const one = await bench.object({ zones: 1 });
      const result = await one.converge(kill);
      expect(
        Object.values(states(result)).every(state => state === 'Ready'),
        `write ${kill.at}`,
      ).toBe(true);
      expect(await counts(one), `write ${kill.at}`).toEqual(whole(1));
    }
    console.log(
      `covered: a network of one zone: ${kills.length} of ${writes} writes, each ${point} it was done`,
    );
  });
});
