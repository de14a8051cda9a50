import { CreateSubnetCommand, ModifySubnetAttributeCommand } from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { plantInterface } from '../../../hack/bench/aws/overlays/ec2/interfaces.ts';
import { asCloudError } from '../../engine/errors.ts';
import { conformance } from '../conformance/conformance.ts';
import { type SubnetDesired, type SubnetState, subnetAdaptor } from './subnet.ts';
import { makeSubnet, makeVpc, SHARED, specification, ZONES } from './testing.ts';

interface Parts {
  readonly vpcId: string;
}

const desiredOf = ({ vpcId }: Parts): SubnetDesired => ({ vpcId, zoneId: ZONES[0], cidr: '10.0.0.0/21' });

conformance<SubnetDesired, SubnetState, Parts>(
  subnetAdaptor,
  {
    prepare: async world => ({ vpcId: await makeVpc(world) }),
    name: world => `${world.unique}/public`,
    desired: desiredOf,
    createdBy: 'CreateSubnet',
    fields: {},
    fixed: { zoneId: desired => ({ ...desired, zoneId: ZONES[1] }) },
    drift: {
      autoPublicAddress: (world, { id }) =>
        world.scope.ec2.send(
          new ModifySubnetAttributeCommand({ SubnetId: id, MapPublicIpOnLaunch: { Value: true } }),
        ),
    },
    foreign: (world, _, tags, parts) => {
      const { vpcId: VpcId, cidr: CidrBlock } = desiredOf(parts);
      return world.scope.ec2.send(
        new CreateSubnetCommand({ VpcId, CidrBlock, ...specification('subnet', tags) }),
      );
    },
    calls: { create: 3, drift: 1 },
  },
  bench => {
    async function prepared() {
      const world = await bench().world();
      const parts = { vpcId: await makeVpc(world) };
      const identity = world.identity({ name: 'public' });
      const make = (desired: SubnetDesired) =>
        subnetAdaptor.create(world.scope, identity, desired, world.tags());
      return { world, parts, identity, desired: desiredOf(parts), make };
    }

    test.each(ZONES)('it is made in the zone %s', async zoneId => {
      const { make, desired } = await prepared();
      const { state } = await make({ ...desired, zoneId });
      expect(state).toMatchObject({ zoneId, cidr: '10.0.0.0/21', autoPublicAddress: false });
    });

    test.each(['vpcId', 'zoneId', 'cidr'] as const)('another %s is another subnet', async field => {
      const { make, desired } = await prepared();
      const { state } = await make(desired);
      expect(subnetAdaptor.diff({ ...desired, [field]: 'other' }, state, [])).toEqual([
        { field, from: desired[field], to: 'other', risk: 'High', replace: true },
      ]);
    });

    test("somebody else's range in the way is named", async () => {
      const { world, parts, make, desired } = await prepared();
      const other = await makeSubnet(world, parts.vpcId, '10.0.4.0/24');
      const error = await make(desired).catch(asCloudError);
      expect(error).toMatchObject({ class: 'Conflict', message: expect.stringContaining(other) });
      expect(error).toMatchObject({ message: expect.stringContaining('10.0.4.0/24') });
    });

    test('a VPC that EC2 does not show yet is waited for', async () => {
      const { make, desired } = await prepared();
      const error = await make({ ...desired, vpcId: 'vpc-0123456789abcdef0' }).catch(asCloudError);
      expect(error).toMatchObject({ class: 'NotYet', code: 'InvalidVpcID.NotFound' });
    });

    test('an interface that holds it is named', async () => {
      const { world, make, desired } = await prepared();
      const found = await make(desired);
      const { accountId, region } = world.scope;
      const description = 'Amazon EKS shop';
      const interfaceType = 'interface';
      const planted = await plantInterface(world.gateway.bench, {
        accountId,
        region,
        subnetId: found.id,
        description,
        interfaceType,
        status: 'available',
      });
      const remove = subnetAdaptor.remove(world.scope, found, { desired, owner: world.owner });
      await expect(remove).rejects.toMatchObject({
        class: 'Blocked',
        blockers: [
          {
            resource: `network interface ${planted.id}`,
            reason: expect.stringMatching(/^Amazon EKS shop, available, made by \w/),
          },
        ],
      });
    });

    test('six of them cost one read at a drift look', async () => {
      const { world, desired, parts } = await prepared();
      const nodes = ['a', 'b', 'c', 'd', 'e', 'f'];
      const ids: string[] = [];
      for (const [index, node] of nodes.entries()) {
        const own = { ...desired, ...parts, cidr: `10.0.${index * 8}.0/21` };
        const tags = { ...world.tags(), 'opta.dev/node': node };
        ids.push((await subnetAdaptor.create(world.scope, world.identity({ node }), own, tags)).id);
      }
      const calls = await world.calls(async () => {
        const looks = nodes.map((node, index) =>
          subnetAdaptor.find(world.scope, world.identity({ node, id: ids[index] }), SHARED),
        );
        expect((await Promise.all(looks)).flat().map(one => one.id)).toEqual(ids);
      });
      expect(calls.map(call => call.operation)).toEqual(['DescribeSubnets']);
    });
  },
);
