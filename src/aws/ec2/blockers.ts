import type { Filter, NetworkInterface } from '@aws-sdk/client-ec2';
import { type Blocker, CloudError, inOrder } from '../../engine/errors.ts';
import { few } from '../../engine/few.ts';
import { loadBalancersByInterface } from '../elb/owner.ts';
import type { AwsScope } from '../scope.ts';
import { isOfLoadBalancer, listInterfaces } from './interfaces.ts';

/**
 * A deletion that AWS refuses because something uses the resource, as an error that names what. `find` is asked only
 * then; what it cannot name, AWS's own words stand for, with `otherwise`: where else a person may look.
 */
export async function namingBlockers(
  call: Promise<unknown>,
  find: () => Promise<readonly Blocker[]>,
  otherwise?: string,
): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof CloudError) || error.class !== 'Blocked') throw error;
    const blockers = inOrder(await find());
    if (blockers.length === 0 && otherwise === undefined) throw error;
    if (blockers.length === 0)
      throw new CloudError('Blocked', `${error.message} ${otherwise}`, { code: error.code, cause: error });
    throw new CloudError('Blocked', `${error.message} It is used by ${named(blockers)}`, {
      code: error.code,
      blockers,
      cause: error,
    });
  }
}

/** A VPC may hold thousands of interfaces: a message has room for a few. */
const NAMED_AT_MOST = 5;

function named(blockers: readonly Blocker[]): string {
  return few(
    blockers.map(({ resource, reason }) => `${resource} (${reason})`),
    { most: NAMED_AT_MOST },
  );
}

/** Network interfaces that pass the filters, in words that lead to their owner. */
export async function interfaceBlockers(scope: AwsScope, filters: Filter[]): Promise<readonly Blocker[]> {
  const interfaces = await listInterfaces(scope, filters);
  const balancers = interfaces.some(isOfLoadBalancer) ? await balancersOf(scope) : undefined;
  return interfaces.map(one => interfaceBlocker(one, balancers?.get(one.Description ?? '')));
}

/** Who may not look at load balancers is told of the interface all the same. */
async function balancersOf(scope: AwsScope): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    return await loadBalancersByInterface(scope);
  } catch (error) {
    if (error instanceof CloudError) return undefined;
    throw error;
  }
}

export function interfaceBlocker(one: NetworkInterface, balancer: string | undefined): Blocker {
  const { NetworkInterfaceId, Description, InterfaceType, Status, Attachment, RequesterId, OwnerId } = one;
  const what = Description || InterfaceType || 'without a description';
  const user = Attachment?.InstanceId === undefined ? [] : [`instance ${Attachment.InstanceId}`];
  // An account's own interfaces have nobody who asked for them.
  const owner = balancer ?? `made by ${RequesterId ?? `account ${OwnerId ?? 'unknown'}`}`;
  return {
    resource: `network interface ${NetworkInterfaceId}`,
    reason: [what, Status ?? 'state unknown', ...user, owner].join(', '),
  };
}
