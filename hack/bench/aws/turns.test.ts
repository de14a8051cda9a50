import { expect, test } from 'vitest';
import { createTurns } from './turns.ts';

test('a reset begins when the calls under way have ended, and is told to them; later calls wait for it', async () => {
  const turns = createTurns();
  const told: string[] = [];
  const first = turns.call(async reset => {
    await new Promise<void>(resolve => reset.addEventListener('abort', () => resolve()));
    told.push('first ends');
  });
  const reset = turns.reset(async () => {
    told.push('reset');
    await Promise.resolve();
    told.push('reset ends');
  });
  const second = turns.call(async signal => {
    told.push(signal.aborted ? 'of the old world' : 'second');
  });
  await Promise.all([first, reset, second]);
  expect(told).toEqual(['first ends', 'reset', 'reset ends', 'second']);
});

test('a call or a reset that fails holds nobody up', async () => {
  const turns = createTurns();
  const fail = async () => {
    throw new Error('no');
  };
  const outcomes = await Promise.allSettled([turns.call(fail), turns.reset(fail), turns.reset(fail)]);
  expect(outcomes.map(one => one.status)).toEqual(['rejected', 'rejected', 'rejected']);
  let isDone = false;
  await turns.call(async () => {
    isDone = true;
  });
  expect(isDone).toBe(true);
});
