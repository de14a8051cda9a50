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
