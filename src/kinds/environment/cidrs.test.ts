import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { subnetCidrs } from './cidrs.ts';

describe('the ranges of subnets', () => {
  test.each([
    [
      '10.0.0.0/16',
      3,
      ['10.0.0.0/21', '10.0.8.0/21', '10.0.16.0/21'],
      ['10.0.128.0/21', '10.0.136.0/21', '10.0.144.0/21'],
    ],
    ['10.20.0.0/16', 2, ['10.20.0.0/21', '10.20.8.0/21'], ['10.20.128.0/21', '10.20.136.0/21']],
    ['192.168.4.0/22', 2, ['192.168.4.0/27', '192.168.4.32/27'], ['192.168.6.0/27', '192.168.6.32/27']],
    ['10.0.0.0/24', 2, ['10.0.0.0/28', '10.0.0.16/28'], ['10.0.0.128/28', '10.0.0.144/28']],
    [
      '223.255.255.0/26',
      2,
      ['223.255.255.0/28', '223.255.255.16/28'],
      ['223.255.255.32/28', '223.255.255.48/28'],
    ],
  ])('of %s in %i zones', (vpc, zones, publicCidrs, privateCidrs) => {
    expect(subnetCidrs(vpc, zones)).toEqual({ publicCidrs, privateCidrs });
  });

  test.each([
    ['10.0.0.0/26', 3],
    ['10.0.0.0/25', 5],
    ['10.0.0.0/27', 2],
    ['10.0.0.0/28', 2],
  ])('%s is too small for %i zones', (vpc, zones) => {
    expect(subnetCidrs(vpc, zones)).toBeUndefined();
  });

  test('lie within the VPC and never overlap', () => {
    const vpcs = fc.record({
      bits: fc.integer({ min: 16, max: 26 }),
      block: fc.nat({ max: 2 ** 31 }),
      zones: fc.integer({ min: 2, max: 6 }),
    });
    fc.assert(
      fc.property(vpcs, ({ bits, block, zones }) => {
        const size = 2 ** (32 - bits);
        const first = Math.floor(block / size) * size;
        const address = [24, 16, 8, 0].map(shift => Math.floor(first / 2 ** shift) % 256).join('.');
        const cidrs = subnetCidrs(`${address}/${bits}`, zones);
        if (cidrs === undefined) return bits >= 25;
        const ranges = [...cidrs.publicCidrs, ...cidrs.privateCidrs]
          .map(rangeOf)
          .sort((a, b) => a.from - b.from);
        const apart = ranges.every((one, at) => at === 0 || (ranges[at - 1]?.to ?? 0) <= one.from);
        return apart && ranges.every(one => one.from >= first && one.to <= first + size);
      }),
    );
  });
});

function rangeOf(cidr: string): { from: number; to: number } {
  const [address = '', bits = '0'] = cidr.split('/');
  const from = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return { from, to: from + 2 ** (32 - Number(bits)) };
}
