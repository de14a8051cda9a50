import { expect, test } from 'vitest';
import { createVirtualClock } from './virtual-clock.ts';

test('timers go off in the order in which they are due, each at its own time', () => {
  const clock = createVirtualClock();
  const seen: string[] = [];
  const note = (name: string) => () => void seen.push(`${name}@${clock.monotonic()}`);
  clock.setTimeout(note('late'), 300);
  clock.setTimeout(note('soon'), 100);
  clock.setTimeout(() => clock.setTimeout(note('after'), 50), 100);
  const cancel = clock.setTimeout(note('never'), 120);
  cancel();
  expect(clock.skip()).toBe(true);
  expect(seen).toEqual(['soon@100']);
  clock.advance(250);
  expect(seen).toEqual(['soon@100', 'after@150', 'late@300']);
  expect(clock.monotonic()).toBe(350);
  expect(clock.skip()).toBe(false);
});

test('the timers of a life that ended hold nobody up', async () => {
  const clock = createVirtualClock();
  const life = clock.forLife();
  let fired = 0;
  const again = () => {
    fired += 1;
    if (fired < 5) life.setTimeout(again, 20);
  };
  life.setTimeout(again, 20);
  clock.setTimeout(() => {}, 1_000);
  expect(clock.skip()).toBe(true);
  expect([clock.monotonic(), fired]).toEqual([20, 1]);
  life.release();
  await new Promise(setImmediate);
  expect(clock.skip()).toBe(true);
  expect(clock.monotonic()).toBe(1_000);
});
