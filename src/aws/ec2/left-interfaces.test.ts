import { DeleteNetworkInterfaceCommand, type NetworkInterface } from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { asCloudError, CloudError } from '../../engine/errors.ts';
import { createFakeClock } from '../../engine/testing/fake-clock.ts';
import { ownerOf } from '../../engine/testing/world.ts';
import { classify } from '../errors.ts';
import { createListings } from '../listing.ts';
import type { AwsScope } from '../scope.ts';
import { leftInterfacesAdaptor } from './left-interfaces.ts';

const OWNER = ownerOf('shop');

/** Removes one that is shown as available, and is answered so. */
async function removing(name: string, message: string): Promise<CloudError | undefined> {
  const send = async (command: unknown) => {
    expect(command).toBeInstanceOf(DeleteNetworkInterfaceCommand);
    const sdk = { name, message, $fault: 'client', $metadata: { httpStatusCode: 400 } };
    throw classify('EC2', 'DeleteNetworkInterface', sdk);
  };
  const scope = { ec2: { send } } as unknown as AwsScope;
  const state = { shown: { NetworkInterfaceId: 'eni-1', Status: 'available' as const }, goes: false };
  const options = { desired: { clusterName: 'shop', vpcId: 'vpc-1' }, owner: OWNER };
  const removal = leftInterfacesAdaptor.remove(scope, { id: 'eni-1', tags: 'inherited', state }, options);
  const error = await removal.catch(asCloudError);
  return error === undefined ? undefined : asCloudError(error);
}

test('one that is in use after all is looked at again soon: it is no mistake of the spec', async () => {
  const error = await removing('InvalidParameterValue', "Network interface 'eni-1' is currently in use.");
  expect(error).toMatchObject({
    class: 'Busy',
    code: 'InvalidParameterValue',
    retryAfterMs: 15_000,
    message: expect.stringContaining('eni-1 is still in use'),
  });
});

test('what else EC2 refuses with that code stays what it is', async () => {
  expect(await removing('InvalidParameterValue', 'no such thing')).toMatchObject({ class: 'Invalid' });
});

test('one that is gone is removed', async () => {
  expect(await removing('InvalidNetworkInterfaceID.NotFound', 'gone')).toBeUndefined();
});

test.each<[string, NetworkInterface, boolean]>([
  ['of a load balancer that is gone', {}, true],
  ['of a load balancer of another account, which shares the subnet', { OwnerId: '222222222222' }, false],
  ['in another VPC', { VpcId: 'vpc-2' }, false],
  ['of something else of AWS', { Description: 'Interface for NAT Gateway nat-1' }, false],
])('one %s is left by the cluster: %s', async (_, of, isLeft) => {
  const shown: NetworkInterface = {
    NetworkInterfaceId: 'eni-1',
    VpcId: 'vpc-1',
    OwnerId: '111111111111',
    RequesterManaged: true,
    Description: 'ELB net/web/50dc6c495c0c9188',
    ...of,
  };
  const nothing = { send: async () => ({}) };
  const scope = {
    accountId: '111111111111',
    ec2: { send: async () => ({ NetworkInterfaces: [shown] }) },
    elb: nothing,
    elbv2: nothing,
    eks: { send: () => Promise.reject(new CloudError('NotFound', 'no such cluster')) },
    listings: createListings(createFakeClock()),
  } as unknown as AwsScope;
  const identity = { owner: OWNER, node: 'left', epoch: 1, name: undefined, id: undefined, arn: undefined };
  const desired = { clusterName: 'shop', vpcId: 'vpc-1' };
  const context = { desired, recorded: [], freshness: 'fresh' } as const;
  const found = await leftInterfacesAdaptor.find(scope, identity, context);
  expect(found.map(one => one.id)).toEqual(isLeft ? ['eni-1'] : []);
});
