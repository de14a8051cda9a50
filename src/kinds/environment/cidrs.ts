/** IPv4 ranges as numbers, and the layout of subnets within a VPC. Pure. */

export interface SubnetCidrs {
  readonly publicCidrs: readonly string[];
  readonly privateCidrs: readonly string[];
}

/** Amazon VPC User Guide, "Subnet CIDR blocks": none is smaller. */
const SMALLEST_PREFIX = 28;
/** A /16 gives subnets of /21. */
const MORE_BITS = 5;

/**
 * One public and one private range a zone: public ones from the beginning of the VPC's range, private ones from its
 * middle, each a 32nd of it. Undefined where the range is too small for so many zones.
 */
export function subnetCidrs(vpc: string, zones: number): SubnetCidrs | undefined {
  const [address = '', bits = ''] = vpc.split('/');
  const prefix = Number(bits);
  const subnetPrefix = Math.min(SMALLEST_PREFIX, prefix + MORE_BITS);
  const size = 2 ** (32 - subnetPrefix);
  const half = 2 ** (32 - prefix) / 2;
  if (zones * size > half) return undefined;
  const first = numberOf(address);
  const from = (start: number) =>
    Array.from({ length: zones }, (_, zone) => `${textOf(start + zone * size)}/${subnetPrefix}`);
  return { publicCidrs: from(first), privateCidrs: from(first + half) };
}

function numberOf(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function textOf(address: number): string {
  return [24, 16, 8, 0].map(shift => Math.floor(address / 2 ** shift) % 256).join('.');
}
