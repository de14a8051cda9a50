import {
  CreateRouteCommand,
  CreateVpcPeeringConnectionCommand,
  DeleteNatGatewayCommand,
  DeleteRouteCommand,
  ReplaceRouteCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import type { FindContext } from '../../engine/adaptor.ts';
import { asCloudError } from '../../engine/errors.ts';
import { conformance } from '../conformance/conformance.ts';
import type { World } from '../conformance/world.ts';
import { type RouteDesired, type RouteState, routeAdaptor } from './route.ts';
import {
  FRESH,
  makeInternetGateway,
  makeNatGateway,
  makeRouteTable,
  makeSubnet,
  makeVpc,
  SHARED,
} from './testing.ts';

const DESTINATION = '0.0.0.0/0';

interface Parts {
  readonly routeTableId: string;
  readonly internetGatewayId: string;
  readonly natGatewayId: string;
}

async function prepare(world: World): Promise<Parts> {
  const vpcId = await makeVpc(world);
  const internetGatewayId = await makeInternetGateway(world, vpcId);
  const natGatewayId = await makeNatGateway(world, await makeSubnet(world, vpcId));
  return { routeTableId: await makeRouteTable(world, vpcId), internetGatewayId, natGatewayId };
}

const desiredOf = ({ routeTableId, natGatewayId }: Parts): RouteDesired => ({
  routeTableId,
  destination: DESTINATION,
  target: natGatewayId,
});

conformance<RouteDesired, RouteState, Parts>(
  routeAdaptor,
  {
    prepare,
    name: world => `${world.unique}/private`,
    desired: desiredOf,
    createdBy: 'CreateRoute',
    fields: { target: (desired, { internetGatewayId }) => ({ ...desired, target: internetGatewayId }) },
    drift: {
      target: (world, _, { routeTableId: RouteTableId, internetGatewayId: GatewayId }) =>
        world.scope.ec2.send(
          new ReplaceRouteCommand({ RouteTableId, DestinationCidrBlock: DESTINATION, GatewayId }),
        ),
    },
    calls: { create: 2, drift: 1 },
  },
  bench => {
    async function made() {
      const world = await bench().world();
      const parts = await prepare(world);
      const desired = desiredOf(parts);
      const identity = world.identity({ name: 'private' });
      const found = await routeAdaptor.create(world.scope, identity, desired, {});
      const look = async (context: FindContext<RouteDesired> = { ...FRESH, desired }) =>
        (await routeAdaptor.find(world.scope, { ...identity, id: found.id }, context))[0];
      return { world, parts, desired, identity, found, look };
    }

    test('one whose target is gone leads nowhere, and says so', async () => {
      const { world, parts, look } = await made();
      await world.scope.ec2.send(new DeleteNatGatewayCommand({ NatGatewayId: parts.natGatewayId }));
      const seen = await look();
      expect(seen && routeAdaptor.readiness(seen.state)).toEqual({
        is: 'failed',
        message: `the route leads nowhere: ${parts.natGatewayId} is gone or detached`,
      });
    });

    test('what somebody put in its place in our table is taken over', async () => {
      const { world, parts, desired, identity } = await made();
      const RouteTableId = parts.routeTableId;
      const GatewayId = parts.internetGatewayId;
      const DestinationCidrBlock = DESTINATION;
      await world.scope.ec2.send(new DeleteRouteCommand({ RouteTableId, DestinationCidrBlock }));
      await world.scope.ec2.send(new CreateRouteCommand({ RouteTableId, DestinationCidrBlock, GatewayId }));
      const again = await routeAdaptor.create(world.scope, identity, desired, {});
      expect(routeAdaptor.diff(desired, again.state, [])).toEqual([
        { field: 'target', from: GatewayId, to: parts.natGatewayId, risk: 'Low' },
      ]);
    });

    test('what somebody leads elsewhere is told where to, and left to them once the spec has no route', async () => {
      const { world, parts, desired, look } = await made();
      const [VpcId, PeerVpcId] = [await makeVpc(world), await makeVpc(world)];
      const peering = await world.scope.ec2.send(new CreateVpcPeeringConnectionCommand({ VpcId, PeerVpcId }));
      const VpcPeeringConnectionId = peering.VpcPeeringConnection?.VpcPeeringConnectionId;
      const RouteTableId = parts.routeTableId;
      const DestinationCidrBlock = DESTINATION;
      await world.scope.ec2.send(
        new ReplaceRouteCommand({ RouteTableId, DestinationCidrBlock, VpcPeeringConnectionId }),
      );
      const seen = await look();
      expect(seen && routeAdaptor.diff(desired, seen.state, [])).toEqual([
        { field: 'target', from: VpcPeeringConnectionId, to: parts.natGatewayId, risk: 'High' },
      ]);
      expect(await look(FRESH)).toBeUndefined();
    });

    test.each([
      ['route table', { routeTableId: 'rtb-0123456789abcdef0' }],
      ['NAT gateway', { target: 'nat-0123456789abcdef0' }],
      ['internet gateway', { target: 'igw-0123456789abcdef0' }],
    ])('a %s that EC2 does not show yet is waited for', async (_, unknown) => {
      const { world, desired, identity, found } = await made();
      const other = { ...desired, ...unknown };
      const create = routeAdaptor.create(
        world.scope,
        identity,
        { ...other, destination: '192.0.2.0/24' },
        {},
      );
      expect(await create.catch(asCloudError)).toMatchObject({ class: 'NotYet' });
      const update = routeAdaptor.update(world.scope, found, other, []);
      expect(await update.catch(asCloudError)).toMatchObject({ class: 'NotYet' });
    });

    test.each(['nonsense', 'rtb-0123456789abcdef0|0.0.0.0/0', '|'])(
      'a recorded id that leads nowhere: %s',
      async id => {
        const { world } = await made();
        expect(await routeAdaptor.find(world.scope, world.identity({ id }), FRESH)).toEqual([]);
      },
    );

    test('all routes of an environment cost one read at a drift look', async () => {
      const { world, desired, identity, found } = await made();
      const calls = await world.calls(async () => {
        const looks = Array.from({ length: 10 }, () =>
          routeAdaptor.find(world.scope, { ...identity, id: found.id }, { ...SHARED, desired }),
        );
        expect((await Promise.all(looks)).flat()).toHaveLength(10);
      });
      expect(calls.map(call => call.operation)).toEqual(['DescribeRouteTables']);
    });
  },
);

describe('another target', () => {
  const LATER = '(known after apply)';
  test.each<[string, string, string, boolean, string]>([
    ['cuts off what another NAT gateway carries', 'nat-1', 'nat-2', false, 'High'],
    ['does so too where that is still to be made', 'nat-1', LATER, false, 'High'],
    ['brings back a way out that is lost', 'nat-1', 'nat-2', true, 'Low'],
    ['takes what leads past NAT gateways back', 'igw-1', 'nat-2', false, 'Low'],
    ['gives public subnets their own way back', 'nat-1', 'igw-1', false, 'Low'],
    ['cuts off what somebody leads over a transit gateway', 'tgw-1', 'nat-2', false, 'High'],
    ['does so for a firewall where the NAT gateway is still to be made', 'vpce-1', LATER, false, 'High'],
    ['brings back a way out where that of somebody is lost', 'tgw-1', 'nat-2', true, 'Low'],
  ])('%s: %s to %s', (_, from, to, blackhole, risk) => {
    const desired = { routeTableId: 'rtb-1', destination: DESTINATION, target: to };
    expect(routeAdaptor.diff(desired, { target: from, blackhole }, [])).toEqual([
      { field: 'target', from, to, risk },
    ]);
  });
});
