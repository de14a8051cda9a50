import { expect, test } from 'vitest';
import { few } from './few.ts';

const names = (count: number) => ['a', 'b', 'c', 'd', 'e', 'f', 'g'].slice(0, count);

test.each<[number, Parameters<typeof few>[1], string]>([
  [0, {}, ''],
  [1, {}, 'a'],
  [5, {}, 'a, b, c, d, e'],
  [6, {}, 'a, b, c, d, e and 1 more'],
  [4, { most: 2 }, 'a, b and 2 more'],
  [2, { by: '; ' }, 'a; b'],
  [7, { by: '; ' }, 'a; b; c; d; e; and 2 more'],
])('of %i names %o', (count, of, told) => {
  expect(few(names(count), of)).toBe(told);
});
