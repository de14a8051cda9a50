import { expect, test } from 'vitest';
import { overlap } from './cidr.ts';

test.each([
  ['10.0.0.0/16', '10.0.0.0/16', true],
  ['10.0.0.0/16', '10.0.255.0/24', true],
  ['10.0.8.0/21', '10.0.0.0/21', false],
  ['10.0.0.0/21', '10.0.7.255/32', true],
  ['10.0.0.5/24', '10.0.0.200/30', true],
  ['0.0.0.0/0', '255.255.255.255/32', true],
  ['10.0.0.0/16', '10.1.0.0/16', false],
])('%s and %s', (a, b, expected) => {
  expect([overlap(a, b), overlap(b, a)]).toEqual([expected, expected]);
});
