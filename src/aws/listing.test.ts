import { expect, test } from 'vitest';
import type { Clock } from '../engine/clock.ts';
import { createListings } from './listing.ts';

function prepared() {
  let now = 0;
  const clock = { monotonic: () => now } as Clock;
  const listings = createListings(clock);
  const ends: ((answer: number | Error) => void)[] = [];
  const read = () =>
    new Promise<number>((resolve, reject) => {
      ends.push(answer => (answer instanceof Error ? reject(answer) : resolve(answer)));
    });
  return {
    get: (freshness: 'shared' | 'fresh', key = 'vpc') => listings.get(key, freshness, read),
    end: (index: number, answer: number | Error = index) => ends[index]?.(answer),
    begun: () => ends.length,
    pass: (ms: number) => {
      now += ms;
    },
    /** Lets what was resolved be noticed. */
    settle: () => new Promise(resolve => setImmediate(resolve)),
  };
}

test('all who ask at the same moment share one read', async () => {
  const at = prepared();
  const all = [at.get('shared'), at.get('shared'), at.get('shared')];
  at.end(0, 7);
  expect(await Promise.all(all)).toEqual([7, 7, 7]);
  expect(at.begun()).toBe(1);
});

test('what was read answers shared questions for 15 s, and another key has its own', async () => {
  const at = prepared();
  const first = at.get('shared');
  at.end(0);
  await first;
  at.pass(14_999);
  expect(await at.get('shared')).toBe(0);
  void at.get('shared', 'subnet');
  expect(at.begun()).toBe(2);
  at.pass(1);
  void at.get('shared');
  expect(at.begun()).toBe(3);
});

test('a fresh question is answered by a read that was begun after it; all meanwhile share that one', async () => {
  const at = prepared();
  const running = at.get('shared');
  const fresh = [at.get('fresh'), at.get('fresh')];
  expect(at.begun()).toBe(1);
  at.end(0);
  expect(await running).toBe(0);
  await at.settle();
  expect(at.begun()).toBe(2);
  at.end(1);
  expect(await Promise.all(fresh)).toEqual([1, 1]);
});

test('a read that failed is nobody else’s answer', async () => {
  const at = prepared();
  const failing = at.get('shared');
  at.end(0, new Error('throttled'));
  await expect(failing).rejects.toThrow('throttled');
  await at.settle();
  const next = at.get('shared');
  at.end(1);
  expect(await next).toBe(1);
});
