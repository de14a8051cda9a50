import type { Vpc } from '@aws-sdk/client-ec2';

/**
 * All ranges that a VPC has. VpcCidrBlockState: one that is taken away is shown on as `disassociating`, then
 * `disassociated`.
 */
export function rangesOf({ CidrBlockAssociationSet = [] }: Vpc): readonly string[] {
  const now = CidrBlockAssociationSet.filter(one => one.CidrBlockState?.State === 'associated');
  return now.flatMap(one => one.CidrBlock ?? []);
}

/** First and last address of an IPv4 range, as numbers. */
function boundsOf(cidr: string): readonly [number, number] {
  const [address = '', bits = '32'] = cidr.split('/');
  const size = 2 ** (32 - Number(bits));
  const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const first = Math.floor(number / size) * size;
  return [first, first + size - 1];
}

/** Whether two IPv4 ranges have an address in common. */
export function overlap(a: string, b: string): boolean {
  const [firstA, lastA] = boundsOf(a);
  const [firstB, lastB] = boundsOf(b);
  return firstA <= lastB && firstB <= lastA;
}

/** Whether all addresses of an IPv4 range are in another one. */
export function isWithin(inner: string, outer: string): boolean {
  const [firstInner, lastInner] = boundsOf(inner);
  const [firstOuter, lastOuter] = boundsOf(outer);
  return firstInner >= firstOuter && lastInner <= lastOuter;
}

/** RFC 1918, and RFC 6598 for what carriers and clouds use inside. */
const INSIDE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'];

/** Whether an IPv4 range has addresses that the internet routes. */
export function isPublic(cidr: string): boolean {
  return !INSIDE.some(range => isWithin(cidr, range));
}
