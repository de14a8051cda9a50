import { DescribeNetworkInterfacesCommand, type Filter, type NetworkInterface } from '@aws-sdk/client-ec2';
import type { AwsScope } from '../scope.ts';

/** Network interfaces that pass the filters, to the last page. */
export async function listInterfaces(
  { ec2 }: AwsScope,
  Filters: Filter[],
): Promise<readonly NetworkInterface[]> {
  const found: NetworkInterface[] = [];
  let NextToken: string | undefined;
  do {
    const page = await ec2.send(
      new DescribeNetworkInterfacesCommand({ Filters, NextToken, MaxResults: 1000 }),
    );
    found.push(...(page.NetworkInterfaces ?? []));
    NextToken = page.NextToken || undefined;
  } while (NextToken !== undefined);
  return found;
}

/** Elastic Load Balancing describes those that it makes by their load balancer: `ELB net/web/50dc6c495c0c9188`. */
export function isOfLoadBalancer({ RequesterManaged, Description = '' }: NetworkInterface): boolean {
  return RequesterManaged === true && Description.startsWith('ELB ');
}
