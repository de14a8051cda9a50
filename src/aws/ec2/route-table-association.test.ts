import {
  AssociateRouteTableCommand,
  CreateRouteTableCommand,
  DisassociateRouteTableCommand,
  ReplaceRouteTableAssociationCommand,
} from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import type { Found } from '../../engine/adaptor.ts';
import { conformance } from '../conformance/conformance.ts';
import type { World } from '../conformance/world.ts';
import {
  type RouteTableAssociationDesired,
  type RouteTableAssociationState,
  routeTableAssociationAdaptor,
} from './route-table-association.ts';
import { FRESH, makeRouteTable, makeSubnet, makeVpc, SHARED } from './testing.ts';

interface Parts extends RouteTableAssociationDesired {
  readonly otherTableId: string;
  readonly foreignTableId: string;
}

async function prepare(world: World): Promise<Parts> {
  const VpcId = await makeVpc(world);
  const { RouteTable } = await world.scope.ec2.send(new CreateRouteTableCommand({ VpcId }));
  return {
    subnetId: await makeSubnet(world, VpcId),
    routeTableId: await makeRouteTable(world, VpcId),
    otherTableId: await makeRouteTable(world, VpcId),
    foreignTableId: RouteTable?.RouteTableId ?? '',
  };
}

const desiredOf = ({ subnetId, routeTableId }: Parts) => ({ subnetId, routeTableId });

function moveByHand(world: World, { state }: Found<RouteTableAssociationState>, RouteTableId: string) {
  const AssociationId = state.associationId;
  return world.scope.ec2.send(new ReplaceRouteTableAssociationCommand({ AssociationId, RouteTableId }));
}

conformance<RouteTableAssociationDesired, RouteTableAssociationState, Parts>(
  routeTableAssociationAdaptor,
  {
    prepare,
    name: world => `${world.unique}/private`,
    desired: desiredOf,
    createdBy: 'AssociateRouteTable',
    fields: { routeTableId: (desired, { otherTableId }) => ({ ...desired, routeTableId: otherTableId }) },
    drift: {
      routeTableId: (world, found, { foreignTableId }) => moveByHand(world, found, foreignTableId),
    },
    calls: { create: 2, drift: 1 },
  },
  bench => {
    async function made() {
      const world = await bench().world();
      const parts = await prepare(world);
      const desired = desiredOf(parts);
      const identity = world.identity({ name: 'private' });
      const found = await routeTableAssociationAdaptor.create(world.scope, identity, desired, {});
      return { world, parts, desired, identity, found };
    }

    test("somebody else's table on our subnet is seen at a drift look", async () => {
      const { world, parts, desired, identity, found } = await made();
      await moveByHand(world, found, parts.foreignTableId);
      const [seen] = await routeTableAssociationAdaptor.find(
        world.scope,
        { ...identity, id: found.id },
        { ...SHARED, desired },
      );
      expect(seen && routeTableAssociationAdaptor.diff(desired, seen.state, [])).toEqual([
        { field: 'routeTableId', from: parts.foreignTableId, to: parts.routeTableId, risk: 'Low' },
      ]);
    });

    test('a table that the subnet got meanwhile is replaced', async () => {
      const { world, parts, desired, identity, found } = await made();
      const options = { desired, owner: world.owner };
      await routeTableAssociationAdaptor.remove(world.scope, found, options);
      const SubnetId = parts.subnetId;
      await world.scope.ec2.send(
        new AssociateRouteTableCommand({ SubnetId, RouteTableId: parts.foreignTableId }),
      );
      const again = await routeTableAssociationAdaptor.create(world.scope, identity, desired, {});
      const changes = routeTableAssociationAdaptor.diff(desired, again.state, []);
      expect(changes.map(change => change.from)).toEqual([parts.foreignTableId]);
      const moved = await routeTableAssociationAdaptor.update(world.scope, again, desired, changes);
      const [seen] = await routeTableAssociationAdaptor.find(world.scope, identity, { ...FRESH, desired });
      expect(seen?.state).toEqual(moved.state);
    });

    test('one that was taken away by hand is absent', async () => {
      const { world, desired, identity, found } = await made();
      const AssociationId = found.state.associationId;
      await world.scope.ec2.send(new DisassociateRouteTableCommand({ AssociationId }));
      for (const context of [FRESH, SHARED]) {
        const look = { ...context, desired };
        expect(await routeTableAssociationAdaptor.find(world.scope, identity, look)).toEqual([]);
      }
    });
  },
);
