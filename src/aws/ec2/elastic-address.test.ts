import { AllocateAddressCommand, CreateNatGatewayCommand } from '@aws-sdk/client-ec2';
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

    test('it shows its address and what uses it, and is not released meanwhile', async () => {
      const { world, found, remove } = await made();
      const vpcId = await makeVpc(world);
      await makeInternetGateway(world, vpcId);
      const SubnetId = await makeSubnet(world, vpcId);
      const { NatGateway } = await world.scope.ec2.send(
        new CreateNatGatewayCommand({ SubnetId, AllocationId: found.id }),
      );
      const networkInterfaceId = NatGateway?.NatGatewayAddresses?.[0]?.NetworkInterfaceId;
      const [seen] = await elasticAddressAdaptor.find(world.scope, world.identity(), FRESH);
      expect(seen?.state).toEqual({ publicIp: found.state.publicIp, networkInterfaceId });
      await expect(remove()).rejects.toMatchObject({
        class: 'Blocked',
        code: 'InvalidIPAddress.InUse',
        blockers: [{ resource: `network interface ${networkInterfaceId}`, reason: 'has this address' }],
      });
    });

    test.each([
      ['released before and now of another account, is gone', true],
      ['that we may not release, is denied', false],
    ])('an address %s', async (_, released) => {
      const { world, remove } = await made();
      if (released) await remove();
      world.gateway.addFault({
        operation: 'ReleaseAddress',
        fault: { kind: 'accessDenied', code: 'AuthFailure', status: 400 },
      });
      if (released) await remove();
      else await expect(remove()).rejects.toMatchObject({ class: 'Denied', code: 'AuthFailure' });
    });
  },
);
