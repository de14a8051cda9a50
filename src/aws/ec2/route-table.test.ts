import { AssociateRouteTableCommand, CreateRouteTableCommand } from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { conformance } from '../conformance/conformance.ts';
import { type RouteTableDesired, type RouteTableState, routeTableAdaptor } from './route-table.ts';
import { makeSubnet, makeVpc, specification } from './testing.ts';

conformance<RouteTableDesired, RouteTableState, RouteTableDesired>(
  routeTableAdaptor,
  {
    prepare: async world => ({ vpcId: await makeVpc(world) }),
    desired: parts => parts,
    createdBy: 'CreateRouteTable',
    fields: {},
    drift: {},
    foreign: (world, _, tags, { vpcId: VpcId }) =>
      world.scope.ec2.send(new CreateRouteTableCommand({ VpcId, ...specification('route-table', tags) })),
    calls: { create: 2, drift: 1 },
  },
  bench => {
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
