import { expect, test } from 'vitest';
import { coalesced } from './coalesce.ts';
import { settle } from './testing/fake-clock.ts';

/** Runs that end when they are told to; each answers which one it was. */
function controlled() {
  const ask = coalesced<number>();
  const ends: ((error?: Error) => void)[] = [];
  let most = 0;
  let open = 0;
  const run = () => {
    open += 1;
    most = Math.max(most, open);
    return new Promise<number>((resolve, reject) => {
      const count = ends.push(error => {
        open -= 1;
        if (error === undefined) resolve(count);
        else reject(error);
      });
    });
  };
  return { ask: (key: string) => ask(key, run), ends, most: () => most };
}

test('who asks while a run is under way shares the next, which begins after all of them asked', async () => {
  const { ask, ends, most } = controlled();
  const first = ask('a');
  // Asks when the first has ended and the next has not begun yet.
  const between = first.then(() => ask('a'));
  const shared = [ask('a'), ask('a'), between];
  expect(ends).toHaveLength(1);
  ends[0]?.();
  expect(await first).toBe(1);
  await settle();
  const later = ask('a');
  ends[1]?.();
  expect(await Promise.all(shared)).toEqual([2, 2, 2]);
  await settle();
  ends[2]?.();
  expect(await later).toBe(3);
  expect(most()).toBe(1);
});

test('a run that fails fails for those who share it, and for nobody after them', async () => {
  const { ask, ends } = controlled();
  const [first, second] = [ask('a'), ask('a')];
  ends[0]?.(new Error('no answer'));
  await expect(first).rejects.toThrow('no answer');
  await settle();
  ends[1]?.();
  expect(await second).toBe(2);
});

test('keys do not wait for each other, and nothing is kept of an answer', async () => {
  const { ask, ends } = controlled();
  const all = [ask('a'), ask('b')];
  expect(ends).toHaveLength(2);
  for (const end of ends) end();
  expect(await Promise.all(all)).toEqual([1, 2]);
  const again = ask('a');
  ends[2]?.();
  expect(await again).toBe(3);
});
