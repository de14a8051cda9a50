import { DeleteNetworkInterfaceCommand, type NetworkInterface } from '@aws-sdk/client-ec2';
import { CloudError } from '../../engine/errors.ts';
import { loadBalancersByInterface } from '../elb/owner.ts';
import { orAbsent } from '../errors.ts';
import { isLeftOf } from '../leftovers/proof.ts';
import { sweptAdaptor } from '../leftovers/swept.ts';
import type { AwsScope } from '../scope.ts';
import { interfaceBlocker } from './blockers.ts';
import { isOfLoadBalancer, listInterfaces } from './interfaces.ts';

interface LeftInterface {
  readonly shown: NetworkInterface;
  /** AWS takes it away itself, with what it made it for. */
  readonly goes: boolean;
}

/** AWS takes minutes for it. */
const LOOK_AGAIN_MS = 15_000;

/** Network interfaces that a cluster's nodes left, and those of load balancers that are gone already. */
export const leftInterfacesAdaptor = sweptAdaptor<LeftInterface>({
  type: 'ec2/left-interfaces',
  async find(scope, { vpcId, clusterName }) {
    const all = await listInterfaces(scope, [{ Name: 'vpc-id', Values: [vpcId] }]);
    // In a subnet that is shared with other accounts these have interfaces of their own.
    const here = all.filter(one => one.VpcId === vpcId && one.OwnerId === scope.accountId);
    const balancers = here.some(isOfLoadBalancer) ? await loadBalancersByInterface(scope) : undefined;
    return here.flatMap(one => {
      const tags = Object.fromEntries((one.TagSet ?? []).map(tag => [tag.Key ?? '', tag.Value ?? '']));
      const isOrphan = isOfLoadBalancer(one) && balancers?.has(one.Description ?? '') === false;
      if (!isOrphan && !isLeftOf(clusterName, tags)) return [];
      const id = one.NetworkInterfaceId ?? '';
      const goes = one.RequesterManaged === true;
      return { id, name: `network interface ${id} (${one.Description})`, state: { shown: one, goes } };
    });
  },
  remove,
  progress({ goes }) {
    if (!goes) return undefined;
    return { is: 'in progress', message: 'goes with what AWS made it for', againInMs: LOOK_AGAIN_MS };
  },
});

async function remove(
  { ec2 }: AwsScope,
  { id, state: { shown, goes } }: { readonly id: string; readonly state: LeftInterface },
): Promise<void> {
  // Amazon EC2 User Guide, "Requester-managed network interfaces": the service that made it detaches and deletes it.
  if (goes) return;
  if (shown.Status === 'available') {
    try {
      await orAbsent(ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: id })));
    } catch (error) {
      throw ofUse(id, error);
    }
    return;
  }
  const blocker = interfaceBlocker(shown, undefined);
  throw new CloudError(
    'Blocked',
    `${blocker.resource} was left by the cluster and is in use: ${blocker.reason}. It goes once it is detached`,
    { blockers: [blocker] },
  );
}

/**
 * It was shown as free and is in use, or EC2 does not see yet that it was detached: the next look tells. EC2 has no code for it
 * ("Network interface 'eni-0a' is currently in use", InvalidParameterValue: amazon-vpc-cni-k8s, cloud-nuke).
 */
function ofUse(id: string, error: unknown): unknown {
  if (!(error instanceof CloudError) || !/is currently in use/.test(error.message)) return error;
  return new CloudError('Busy', `network interface ${id} is still in use, and is looked at again`, {
    code: error.code,
    retryAfterMs: LOOK_AGAIN_MS,
    cause: error,
  });
}
