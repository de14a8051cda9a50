import { expect, test } from 'vitest';
import type { Adaptor } from './adaptor.ts';
import { isTrusted } from './settling.ts';

const ADAPTOR = { settleMs: 300_000 } as Adaptor;

test.each([
  ['as long after the start as the type settles', 300_000, true],
  ['a moment sooner, as a drift check may come', 299_950, true],
  ['sooner', 299_000, false],
])('what is read %s', (_, now, is) => {
  expect(isTrusted({ memory: { startedAt: 0 }, now }, ADAPTOR)).toBe(is);
});
