import { DescribeNetworkInterfacesCommand, type Filter, type NetworkInterface } from '@aws-sdk/client-ec2';
import { type Blocker, CloudError } from '../../engine/errors.ts';
import type { AwsScope } from '../scope.ts';

/**
 * A deletion that AWS refuses because something uses the resource, as an error that names what. `find` is asked only
 * then; what it cannot name, AWS's own words stand for.
 */
export async function namingBlockers(
  call: Promise<unknown>,
  find: () => Promise<readonly Blocker[]>,
): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof CloudError) || error.class !== 'Blocked') throw error;
    const blockers = await find();
    if (blockers.length === 0) throw error;
    const named = blockers.map(({ resource, reason }) => `${resource} (${reason})`).join(', ');
    throw new CloudError('Blocked', `${error.message} It is used by ${named}`, {
      code: error.code,
      blockers,
      cause: error,
    });
  }
}

/** Network interfaces that pass the filters, in words that lead to their owner. */
export async function interfaceBlockers(scope: AwsScope, Filters: Filter[]): Promise<readonly Blocker[]> {
  const blockers: Blocker[] = [];
  let NextToken: string | undefined;
  do {
    const page = await scope.ec2.send(
      new DescribeNetworkInterfacesCommand({ Filters, NextToken, MaxResults: 1000 }),
    );
    blockers.push(...(page.NetworkInterfaces ?? []).map(interfaceBlocker));
    NextToken = page.NextToken || undefined;
  } while (NextToken !== undefined);
  return blockers;
}

function interfaceBlocker(one: NetworkInterface): Blocker {
  const { NetworkInterfaceId, Description, InterfaceType, Status, Attachment } = one;
  const instance = Attachment?.InstanceId === undefined ? '' : `, instance ${Attachment.InstanceId}`;
  const what = Description || InterfaceType || 'without a description';
  return {
    resource: `network interface ${NetworkInterfaceId}`,
    reason: `${what}, ${Status ?? 'state unknown'}${instance}`,
  };
}
