import {
  AssociateRouteTableCommand,
  CreateManagedPrefixListCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
} from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { conformance } from '../conformance/conformance.ts';
import { type RouteTableDesired, type RouteTableState, routeTableAdaptor } from './route-table.ts';
import { FRESH, makeInternetGateway, makeSubnet, makeVpc, specification } from './testing.ts';

conformance<RouteTableDesired, RouteTableState, RouteTableDesired>(
  routeTableAdaptor,
  {
    prepare: async world => ({ vpcId: await makeVpc(world), internetRoutes: [] }),
    desired: parts => parts,
    createdBy: 'CreateRouteTable',
    fields: {},
    drift: {
      internetRoutes: async (world, { id: RouteTableId }, { vpcId }) => {
        const GatewayId = await makeInternetGateway(world, vpcId);
        const route = { RouteTableId, DestinationCidrBlock: '198.51.100.0/24', GatewayId };
        await world.scope.ec2.send(new CreateRouteCommand(route));
      },
    },
    foreign: (world, _, tags, { vpcId: VpcId }) =>
      world.scope.ec2.send(new CreateRouteTableCommand({ VpcId, ...specification('route-table', tags) })),
    calls: { create: 2, drift: 1 },
  },
  bench => {
    test.each<[string, readonly string[] | undefined, readonly string[]]>([
      ['a public table: all stay', undefined, ['0.0.0.0/0', '198.51.100.0/24']],
      ['a private one: all go', [], []],
      ['a private one whose way out is seen to elsewhere: that stays', ['0.0.0.0/0'], ['0.0.0.0/0']],
    ])('routes to an internet gateway in %s', async (_, internetRoutes, left) => {
      const world = await bench().world();
      const { ec2 } = world.scope;
      const vpcId = await makeVpc(world);
      const desired = { vpcId, ...(internetRoutes === undefined ? {} : { internetRoutes }) };
      const identity = world.identity();
      const { id: RouteTableId } = await routeTableAdaptor.create(
        world.scope,
        identity,
        desired,
        world.tags(),
      );
      const GatewayId = await makeInternetGateway(world, vpcId);
      for (const DestinationCidrBlock of ['198.51.100.0/24', '0.0.0.0/0'])
        await ec2.send(new CreateRouteCommand({ RouteTableId, DestinationCidrBlock, GatewayId }));
      const seen = () =>
        routeTableAdaptor.find(
          world.scope,
          { ...identity, id: RouteTableId },
          { desired, freshness: 'fresh', recorded: [] },
        );
      const [found] = await seen();
      if (found === undefined) throw new Error('not found');
      const changes = routeTableAdaptor.diff(desired, found.state, []);
      expect(changes.map(change => change.field)).toEqual(left.length < 2 ? ['internetRoutes'] : []);
      const updated = await routeTableAdaptor.update(world.scope, found, desired, changes);
      const [after] = await seen();
      expect(after?.state.internetRoutes).toEqual(left);
      expect(updated.state).toEqual(after?.state);
      expect(routeTableAdaptor.diff(desired, updated.state, [])).toEqual([]);
    });

    test('also one by a prefix list goes', async () => {
      const world = await bench().world();
      const { ec2 } = world.scope;
      const desired = { vpcId: await makeVpc(world), internetRoutes: [] };
      const identity = world.identity();
      const made = await routeTableAdaptor.create(world.scope, identity, desired, world.tags());
      const list = { PrefixListName: 'partners', MaxEntries: 5, AddressFamily: 'IPv4' };
      const { PrefixList } = await ec2.send(new CreateManagedPrefixListCommand(list));
      const DestinationPrefixListId = PrefixList?.PrefixListId;
      const GatewayId = await makeInternetGateway(world, desired.vpcId);
      const route = { RouteTableId: made.id, DestinationPrefixListId, GatewayId };
      await ec2.send(new CreateRouteCommand(route));
      const [found] = await routeTableAdaptor.find(world.scope, { ...identity, id: made.id }, FRESH);
      if (found === undefined) throw new Error('not found');
      const changes = routeTableAdaptor.diff(desired, found.state, []);
      expect(changes).toMatchObject([{ from: [DestinationPrefixListId], to: [] }]);
      await routeTableAdaptor.update(world.scope, found, desired, changes);
      const [after] = await routeTableAdaptor.find(world.scope, { ...identity, id: made.id }, FRESH);
      expect(after?.state.internetRoutes).toEqual([]);
    });

    test('a subnet that uses it is named', async () => {
      const world = await bench().world();
      const desired = { vpcId: await makeVpc(world) };
      const SubnetId = await makeSubnet(world, desired.vpcId);
      const found = await routeTableAdaptor.create(world.scope, world.identity(), desired, world.tags());
      await world.scope.ec2.send(new AssociateRouteTableCommand({ RouteTableId: found.id, SubnetId }));
      const remove = routeTableAdaptor.remove(world.scope, found, { desired, owner: world.owner });
      await expect(remove).rejects.toMatchObject({
        class: 'Blocked',
        blockers: [{ resource: `subnet ${SubnetId}`, reason: 'uses this route table' }],
      });
    });
  },
);
