import { expect, test } from 'vitest';
import { answered } from './answered.ts';

test('what the answer holds is given back', () => {
  expect(answered('vpc-1', 'EC2 CreateVpc', 'an id')).toBe('vpc-1');
});

test.each([undefined, ''])('without it (%j) nobody knows whether anything was made', value => {
  expect(() => answered(value, 'EC2 CreateVpc', 'an id')).toThrow(
    expect.objectContaining({ class: 'Unknown', message: 'EC2 CreateVpc answered without an id' }),
  );
});
