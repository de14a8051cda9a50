import { expect, test } from 'vitest';
import { systemClock } from '../engine/clock.ts';
import { createPatience } from './patience.ts';

test('patience ends after its time from the first refusal, for each thing by itself, and begins anew when it was taken', () => {
  let now = 1_000;
  const patience = createPatience({ ...systemClock, monotonic: () => now });
  const lasts = (what: string) => patience.lasts(what, 100);
  expect(lasts('a')).toBe(true);
  now += 99;
  expect([lasts('a'), lasts('b')]).toEqual([true, true]);
  now += 1;
  expect([lasts('a'), lasts('b')]).toEqual([false, true]);
  now += 12 * 3_600_000;
  expect(lasts('a')).toBe(false);
  now += 23 * 3_600_000;
  expect([lasts('a'), lasts('b')]).toEqual([false, true]);
  patience.done('a');
  expect(lasts('a')).toBe(true);
});
