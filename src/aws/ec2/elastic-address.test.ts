import {
  AllocateAddressCommand,
  CreateNatGatewayCommand,
  DeleteNatGatewayCommand,
} from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { conformance } from '../conformance/conformance.ts';
import {
  type ElasticAddressDesired,
  type ElasticAddressState,
  elasticAddressAdaptor,
} from './elastic-address.ts';
import { FRESH, makeInternetGateway, makeSubnet, makeVpc, specification } from './testing.ts';

const DESIRED: ElasticAddressDesired = { domain: 'vpc' };

conformance<ElasticAddressDesired, ElasticAddressState, undefined>(
  elasticAddressAdaptor,
  {
    prepare: async () => undefined,
    desired: () => DESIRED,
    createdBy: 'AllocateAddress',
    fields: {},
    drift: {},
    foreign: (world, _, tags) =>
      world.scope.ec2.send(
        new AllocateAddressCommand({ Domain: 'vpc', ...specification('elastic-ip', tags) }),
      ),
    calls: { create: 2, drift: 1 },
  },
  bench => {
    async function made() {
      const world = await bench().world();
      const found = await elasticAddressAdaptor.create(
        world.scope,
        world.identity(),
        DESIRED,
        world.tags('1'),
      );
      const remove = () =>
        elasticAddressAdaptor.remove(world.scope, found, { desired: DESIRED, owner: world.owner });
      return { world, found, remove };
    }

    /** With a NAT gateway that has its address. */
    async function used() {
      const { world, found, remove } = await made();
      const vpcId = await makeVpc(world);
      await makeInternetGateway(world, vpcId);
      const SubnetId = await makeSubnet(world, vpcId);
      const { NatGateway } = await world.scope.ec2.send(
        new CreateNatGatewayCommand({ SubnetId, AllocationId: found.id }),
      );
      const look = async () =>
        (await elasticAddressAdaptor.find(world.scope, world.identity(), FRESH))[0]?.state;
      return { world, found, remove, look, NatGateway };
    }

    test('it shows its address and what uses it, and is not released meanwhile', async () => {
      const { found, remove, look, NatGateway } = await used();
      const networkInterfaceId = NatGateway?.NatGatewayAddresses?.[0]?.NetworkInterfaceId;
      expect(await look()).toEqual({ publicIp: found.state.publicIp, networkInterfaceId });
      await expect(remove()).rejects.toMatchObject({
        class: 'Blocked',
        code: 'AuthFailure',
        blockers: [{ resource: `network interface ${networkInterfaceId}`, reason: 'has this address' }],
      });
    });

    test('it is released a while after the NAT gateway that had it is gone', async () => {
      const { world, remove, look, NatGateway } = await used();
      await world.scope.ec2.send(new DeleteNatGatewayCommand({ NatGatewayId: NatGateway?.NatGatewayId }));
      world.gateway.advanceClock(46);
      expect(await look()).toMatchObject({ networkInterfaceId: undefined });
      await expect(remove()).rejects.toMatchObject({
        class: 'Busy',
        code: 'AuthFailure',
        retryAfterMs: 15_000,
      });
      world.gateway.advanceClock(15);
      await remove();
      expect(await look()).toBeUndefined();
    });

    const fault = { kind: 'accessDenied', code: 'AuthFailure', status: 400 } as const;

    test('an address released before and now of another account, is gone', async () => {
      const { world, remove } = await made();
      await remove();
      world.gateway.addFault({ operation: 'ReleaseAddress', fault });
      await remove();
    });

    test('an address that we may not release, is denied after two minutes', async () => {
      const { world, remove } = await made();
      world.gateway.addFault({ operation: 'ReleaseAddress', times: 3, fault });
      await expect(remove()).rejects.toMatchObject({ class: 'Busy' });
      world.gateway.advanceClock(119);
      await expect(remove()).rejects.toMatchObject({ class: 'Busy' });
      world.gateway.advanceClock(1);
      await expect(remove()).rejects.toMatchObject({ class: 'Denied', code: 'AuthFailure' });
    });
  },
);
