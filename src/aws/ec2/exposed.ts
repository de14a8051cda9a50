import type { IpPermission, NetworkInterface, SecurityGroup } from '@aws-sdk/client-ec2';
import { isPublic, isWithin } from './cidr.ts';
import { isOfLoadBalancer } from './interfaces.ts';

/** One way in from outside of a network. */
export interface WayIn {
  readonly is: 'PublicAddress' | 'OpenToInternet' | 'OpenToOtherNetworks';
  /** With the id of what has it. */
  readonly text: string;
}

/** Load balancers and NAT gateways are there to be reached, or to reach out. */
export function isInternal(one: NetworkInterface): boolean {
  const { InterfaceType = '' } = one;
  // Amazon EC2 API Reference, NetworkInterface, writes natGateway, and EC2 answers nat_gateway.
  return !isOfLoadBalancer(one) && !/^(nat_?gateway|(network_|gateway_)?load_balancer)$/i.test(InterfaceType);
}

export function publicAddressOf(one: NetworkInterface): readonly WayIn[] {
  const address = one.Association?.PublicIp;
  if (address === undefined) return [];
  const { NetworkInterfaceId, SubnetId, Attachment, Description } = one;
  const of = Attachment?.InstanceId ?? Description ?? '';
  const text = `${NetworkInterfaceId}${of === '' ? '' : ` of ${of}`} in ${SubnetId} has the public address ${address}`;
  return [{ is: 'PublicAddress', text }];
}

/** Rules that let in what is not in the network; a group of the network is in it. `cidrs`: the ranges of the VPC. */
export function openRulesOf(group: SecurityGroup, cidrs: readonly string[]): readonly WayIn[] {
  return (group.IpPermissions ?? []).flatMap(permission =>
    sourcesOf(permission)
      .filter(({ source }) => !cidrs.some(cidr => isIpv4(source) && isWithin(source, cidr)))
      .map(({ source, says }) => ({
        is: isOfInternet(source) ? ('OpenToInternet' as const) : ('OpenToOtherNetworks' as const),
        text: `${group.GroupId} (${group.GroupName}) lets ${source} in to ${portsOf(permission)}${says === undefined ? '' : `, as ${says}`}`,
      })),
  );
}

/** With what who made the rule says of it: controllers in a cluster do. */
function sourcesOf({ IpRanges = [], Ipv6Ranges = [], PrefixListIds = [] }: IpPermission) {
  const all = [
    ...IpRanges.map(one => [one.CidrIp, one.Description] as const),
    ...Ipv6Ranges.map(one => [one.CidrIpv6, one.Description] as const),
    ...PrefixListIds.map(one => [one.PrefixListId, one.Description] as const),
  ];
  return all.flatMap(([source, says]) => (source === undefined ? [] : [{ source, says }]));
}

function isIpv4(source: string): boolean {
  return /^[0-9.]+\/\d+$/.test(source);
}

/** What is in a prefix list only its owner knows: AWS's are of its services, which are in the internet. */
function isOfInternet(source: string): boolean {
  return isIpv4(source) ? isPublic(source) : !/^f[cd]/i.test(source);
}

function portsOf({ IpProtocol = '-1', FromPort, ToPort }: IpPermission): string {
  if (IpProtocol === '-1') return 'all ports';
  const ports = FromPort === undefined ? '' : FromPort === ToPort ? ` ${FromPort}` : ` ${FromPort}-${ToPort}`;
  return `${IpProtocol}${ports}`;
}
