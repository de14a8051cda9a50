import { DescribeVpcAttributeCommand, type EC2Client } from '@aws-sdk/client-ec2';
import type { Freshness } from '../../engine/adaptor.ts';
import type { Clock } from '../../engine/clock.ts';
import { orAbsent } from '../errors.ts';
import { createListings } from '../listing.ts';

export interface Dns {
  readonly dnsSupport: boolean;
  readonly dnsHostnames: boolean;
}

/** The DNS settings of VPCs, of which EC2 tells one setting of one VPC a call. */
export interface VpcDns {
  /**
   * A shared look asks a few of `all` anew, in turn, and tells the others as they were seen last. Undefined: EC2 does not show
   * it.
   */
  of(vpcId: string, all: readonly string[], freshness: Freshness): Promise<Dns | undefined>;
  /** It was written. */
  forget(vpcId: string): void;
}

/** So many are seen at every look; where there are more, each is at every second, third … */
const AT_ONCE = 6;

export function createVpcDns(ec2: EC2Client, clock: Clock): VpcDns {
  const listings = createListings(clock);
  /** The one that was seen last is the last. */
  const seen = new Map<string, Dns>();

  async function read(VpcId: string): Promise<Dns | undefined> {
    const [support, hostnames] = await Promise.all([
      orAbsent(ec2.send(new DescribeVpcAttributeCommand({ VpcId, Attribute: 'enableDnsSupport' }))),
      orAbsent(ec2.send(new DescribeVpcAttributeCommand({ VpcId, Attribute: 'enableDnsHostnames' }))),
    ]);
    seen.delete(VpcId);
    if (support === undefined || hostnames === undefined) return undefined;
    const dns = {
      dnsSupport: support.EnableDnsSupport?.Value === true,
      dnsHostnames: hostnames.EnableDnsHostnames?.Value === true,
    };
    seen.set(VpcId, dns);
    return dns;
  }

  async function readNext(all: readonly string[]): Promise<void> {
    for (const vpcId of seen.keys()) if (!all.includes(vpcId)) seen.delete(vpcId);
    const order = [...seen.keys()];
    await Promise.all(order.slice(0, AT_ONCE).map(read));
  }

  return {
    async of(vpcId, all, freshness) {
      if (freshness === 'shared') await listings.get('next', 'shared', () => readNext(all));
      const known = freshness === 'shared' ? seen.get(vpcId) : undefined;
      return known ?? read(vpcId);
    },
    forget(vpcId) {
      seen.delete(vpcId);
    },
  };
}
