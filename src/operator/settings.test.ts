import { expect, test } from 'vitest';
import { durationMs, jittered, together } from './settings.ts';

test.each([
  ['90s', 90_000],
  ['15m', 900_000],
  ['2h', 7_200_000],
  [' 5m ', 300_000],
  ['0s', 0],
  ['', undefined],
  ['5', undefined],
  ['m', undefined],
  ['-5m', undefined],
  ['1.5h', undefined],
  ['5 m', undefined],
  ['5M', undefined],
  ['1h30m', undefined],
  ['1d', undefined],
  ['9999999s', undefined],
])('"%s" is %s ms', (text, expected) => {
  expect(durationMs(text)).toBe(expected);
});

test.each([
  [0, 90],
  [0.5, 100],
  [1, 110],
])('with chance %s, 100 ms become %s', (chance, expected) => {
  expect(jittered(100, () => chance)).toBe(expected);
});

test.each([
  [0, 600],
  [0.1, 599.9],
  [0.2, 659.8],
  [10, 650],
  [59, 601],
  [6_000_009, 651],
])('what is looked at together at %s s and every 600 s is due in %s s', (now, expected) => {
  expect(together(600_000, now * 1_000)).toBe(expected * 1_000);
});
