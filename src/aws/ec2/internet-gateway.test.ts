import {
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  DetachInternetGatewayCommand,
} from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { conformance } from '../conformance/conformance.ts';
import {
  type InternetGatewayDesired,
  type InternetGatewayState,
  internetGatewayAdaptor,
} from './internet-gateway.ts';
import {
  FRESH,
  makeInternetGateway,
  makeNatGateway,
  makeSubnet,
  makeVpc,
  SHARED,
  specification,
} from './testing.ts';

interface Parts {
  readonly vpcId: string;
  readonly otherVpcId: string;
}

conformance<InternetGatewayDesired, InternetGatewayState, Parts>(
  internetGatewayAdaptor,
  {
    prepare: async world => ({ vpcId: await makeVpc(world), otherVpcId: await makeVpc(world) }),
    desired: ({ vpcId }) => ({ vpcId }),
    createdBy: 'CreateInternetGateway',
    fields: { vpcId: (_, { otherVpcId }) => ({ vpcId: otherVpcId }) },
    drift: {
      vpcId: (world, { id: InternetGatewayId, state }) =>
        world.scope.ec2.send(new DetachInternetGatewayCommand({ InternetGatewayId, VpcId: state.vpcId })),
    },
    foreign: (world, _, tags) =>
      world.scope.ec2.send(new CreateInternetGatewayCommand(specification('internet-gateway', tags))),
    calls: { create: 2, drift: 1 },
  },
  bench => {
    async function made() {
      const world = await bench().world();
      const vpcId = await makeVpc(world);
      const desired = { vpcId };
      const created = await internetGatewayAdaptor.create(
        world.scope,
        world.identity(),
        desired,
        world.tags('1'),
      );
      const attach = (from: typeof created) =>
        internetGatewayAdaptor.update(
          world.scope,
          from,
          desired,
          internetGatewayAdaptor.diff(desired, from.state, []),
        );
      const remove = (from: typeof created) =>
        internetGatewayAdaptor.remove(world.scope, from, { desired, owner: world.owner });
      return { world, vpcId, desired, created, attach, remove };
    }

    test('a fresh look does not bring back from a list of before what is gone since', async () => {
      const { created, world, remove } = await made();
      const identity = { ...world.identity(), id: created.id };
      expect(await internetGatewayAdaptor.find(world.scope, identity, SHARED)).toHaveLength(1);
      await remove(created);
      expect(await internetGatewayAdaptor.find(world.scope, identity, FRESH)).toEqual([]);
    });

    test('an attachment whose answer was lost is no mistake', async () => {
      const { created, attach, world, vpcId } = await made();
      await attach(created);
      expect((await attach(created)).state).toEqual({ vpcId });
      const [found] = await internetGatewayAdaptor.find(world.scope, world.identity(), FRESH);
      expect(found?.state).toEqual({ vpcId });
    });

    test('an attachment that EC2 does not show yet is waited for', async () => {
      const { created, attach, world } = await made();
      await internetGatewayAdaptor.find(world.scope, { ...world.identity(), id: created.id }, FRESH);
      await attach(created);
      world.gateway.addFault({
        operation: 'DescribeInternetGateways',
        fault: { kind: 'staleReads', seconds: 60 },
      });
      await expect(attach(created)).rejects.toMatchObject({ class: 'NotYet', retryAfterMs: 5_000 });
    });

    test('a gateway that somebody attached to another VPC meanwhile is told', async () => {
      const { created, attach, world } = await made();
      const VpcId = await makeVpc(world);
      await world.scope.ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId: created.id, VpcId }));
      await expect(attach(created)).rejects.toMatchObject({
        class: 'Conflict',
        code: 'Resource.AlreadyAssociated',
      });
    });

    test("somebody else's gateway on the VPC is told", async () => {
      const { created, attach, world, vpcId } = await made();
      await makeInternetGateway(world, vpcId);
      await expect(attach(created)).rejects.toThrow(`${vpcId} already has an internet gateway attached`);
    });

    test('what still has a public address is named, and the gateway stays attached', async () => {
      const { created, attach, remove, world, vpcId } = await made();
      const attached = await attach(created);
      const nat = await makeNatGateway(world, await makeSubnet(world, vpcId));
      await expect(remove(attached)).rejects.toMatchObject({
        class: 'Blocked',
        blockers: [{ reason: `Interface for NAT Gateway ${nat}, in-use, made by amazon-aws` }],
      });
    });

    test('a removal that was cut off after it was detached goes on', async () => {
      const { created, attach, remove, world, vpcId } = await made();
      const attached = await attach(created);
      await world.scope.ec2.send(
        new DetachInternetGatewayCommand({ InternetGatewayId: attached.id, VpcId: vpcId }),
      );
      await remove(attached);
      expect(await internetGatewayAdaptor.find(world.scope, world.identity(), FRESH)).toEqual([]);
    });
  },
);
