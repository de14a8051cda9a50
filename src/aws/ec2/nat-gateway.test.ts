import { CreateNatGatewayCommand, DeleteNatGatewayCommand } from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { failNatGateways } from '../../../hack/bench/aws/overlays/ec2/nat-gateways.ts';
import { conformance } from '../conformance/conformance.ts';
import type { World } from '../conformance/world.ts';
import { type NatGatewayDesired, type NatGatewayState, natGatewayAdaptor } from './nat-gateway.ts';
import { FRESH, makeAddress, makeInternetGateway, makeSubnet, makeVpc, specification } from './testing.ts';

async function prepare(world: World): Promise<NatGatewayDesired> {
  const vpcId = await makeVpc(world);
  await makeInternetGateway(world, vpcId);
  return { subnetId: await makeSubnet(world, vpcId), allocationId: await makeAddress(world) };
}

conformance<NatGatewayDesired, NatGatewayState, NatGatewayDesired>(
  natGatewayAdaptor,
  {
    prepare,
    desired: parts => parts,
    createdBy: 'CreateNatGateway',
    finish: world => world.gateway.advanceClock(120),
    fields: {},
    drift: {},
    foreign: (world, _, tags, { subnetId: SubnetId, allocationId: AllocationId }) =>
      world.scope.ec2.send(
        new CreateNatGatewayCommand({ SubnetId, AllocationId, ...specification('natgateway', tags) }),
      ),
    calls: { create: 2, drift: 1 },
  },
  bench => {
    async function made(fail?: { code: string; message: string }) {
      const world = await bench().world();
      const desired = await prepare(world);
      failNatGateways(world.gateway, fail);
      const found = await natGatewayAdaptor.create(world.scope, world.identity(), desired, world.tags());
      failNatGateways(world.gateway, undefined);
      const look = async () => (await natGatewayAdaptor.find(world.scope, world.identity(), FRESH))[0];
      const remove = (from = found) =>
        natGatewayAdaptor.remove(world.scope, from, { desired, owner: world.owner });
      return { world, desired, found, look, remove };
    }

    test('it is waited for while it is made and while it is deleted', async () => {
      const { world, found, look, remove } = await made();
      const readiness = async () => {
        const seen = await look();
        return seen && natGatewayAdaptor.readiness(seen.state);
      };
      const progress = (state: string) => ({
        is: 'in progress',
        message: `the NAT gateway is ${state}`,
        againInMs: 15_000,
      });
      expect(await readiness()).toEqual(progress('pending'));
      world.gateway.advanceClock(91);
      expect(await readiness()).toEqual({ is: 'ready' });
      await remove();
      expect(await readiness()).toEqual(progress('deleting'));
      world.gateway.advanceClock(46);
      expect(await look()).toBeUndefined();
      const [byId] = await natGatewayAdaptor.find(world.scope, world.identity({ id: found.id }), FRESH);
      expect(byId).toBeUndefined();
    });

    test('one that is being deleted is not deleted again', async () => {
      const { world, look, remove } = await made();
      await remove();
      const deleting = await look();
      const calls = await world.calls(() => remove(deleting));
      expect(calls).toEqual([]);
    });

    test('a failure says why, and only another one helps', async () => {
      const message = 'Subnet has insufficient free addresses to create this NAT gateway';
      const { world, look } = await made({ code: 'InsufficientFreeAddressesInSubnet', message });
      world.gateway.advanceClock(91);
      const failed = await look();
      expect(failed && natGatewayAdaptor.readiness(failed.state)).toEqual({
        is: 'failed',
        message: `the NAT gateway could not be created: InsufficientFreeAddressesInSubnet: ${message}`,
        remedy: 'replace',
      });
    });

    test('the next epoch has another token, so that it is another gateway', async () => {
      const { world, desired, found, remove } = await made();
      await remove();
      world.gateway.advanceClock(46);
      const again = await natGatewayAdaptor.create(world.scope, world.identity(), desired, world.tags());
      expect(again.id).toBe(found.id);
      const tags = { ...world.tags(), 'opta.dev/epoch': '2' };
      const next = await natGatewayAdaptor.create(world.scope, world.identity({ epoch: 2 }), desired, tags);
      expect(next.id).not.toBe(found.id);
    });

    test('a token that was used with other values waits for what was made with it', async () => {
      const { world, desired } = await made();
      const other = { ...desired, allocationId: await makeAddress(world) };
      const again = natGatewayAdaptor.create(world.scope, world.identity(), other, world.tags());
      await expect(again).rejects.toMatchObject({
        class: 'NotYet',
        code: 'IdempotentParameterMismatch',
        tokenUsed: true,
      });
    });

    test('one deleted by hand is no more once AWS is done', async () => {
      const { world, found, look } = await made();
      await world.scope.ec2.send(new DeleteNatGatewayCommand({ NatGatewayId: found.id }));
      expect((await look())?.state.state).toBe('deleting');
      world.gateway.advanceClock(46);
      expect(await look()).toBeUndefined();
    });

    test.each(['subnetId', 'allocationId'] as const)('another %s is another gateway', field => {
      const state = {
        state: 'available',
        subnetId: 's',
        allocationId: 'a',
        publicIp: '1',
        failure: undefined,
      };
      const desired = { subnetId: 's', allocationId: 'a', [field]: 'other' };
      expect(natGatewayAdaptor.diff(desired, state, [])).toEqual([
        { field, from: state[field], to: 'other', risk: 'High', replace: true },
      ]);
    });
  },
);
