import { expect, test } from 'vitest';
import type { Adaptor } from './adaptor.ts';
import { isTrusted, nextLookMs } from './settling.ts';

const ADAPTOR = { settleMs: 300_000 } as Adaptor;

test.each([
  ['as long after the start as the type settles', 300_000, true],
  ['a moment sooner, as a drift check may come', 299_950, true],
  ['sooner', 299_000, false],
])('what is read %s', (_, now, is) => {
  expect(isTrusted({ memory: { startedAt: 0 }, now }, ADAPTOR)).toBe(is);
});

test.each([
  [60_000, [15, 30, 60]],
  [120_000, [15, 30, 60, 120]],
  [300_000, [15, 30, 60, 120, 180, 240, 300]],
  [10_000, [10]],
])('what settles within %i ms is looked for seldomer the longer it takes', (settleMs, expected) => {
  const looks: number[] = [];
  for (let at = 0; at < settleMs; looks.push(at / 1_000)) at += nextLookMs(settleMs - at, { settleMs });
  expect(looks).toEqual(expected);
});
