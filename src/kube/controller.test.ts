import { expect, test } from 'vitest';
import { createFakeClock, settle } from '../engine/testing/fake-clock.ts';
import { type Pass, type Reconcile, runWorkers } from './controller.ts';
import { apiError } from './testing/fake-server.ts';
import { createWorkQueue } from './workqueue.ts';

function controllerOf(reconcile: Reconcile, concurrency = 2) {
  const clock = createFakeClock();
  const queue = createWorkQueue({ clock, random: () => 1 });
  const passes: Pass[] = [];
  const workers = runWorkers({
    queue,
    concurrency,
    reconcile,
    clock,
    timeoutMs: 60_000,
    onPass: pass => passes.push(pass),
  });
  return { clock, queue, passes, workers };
}

test('a pass that fails comes again after its back-off, and forgets it once it goes well', async () => {
  let failures = 2;
  const at: number[] = [];
  const { clock, queue, passes } = controllerOf(async () => {
    at.push(clock.monotonic());
    failures -= 1;
    if (failures >= 0) throw new Error('not yet');
    return {};
  });
  queue.add('s/a');
  await clock.advance(10_000);
  expect(at).toEqual([0, 1_000, 3_000]);
  expect(passes.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'done']);
  expect(queue.failuresOf('s/a')).toBe(0);
});

test.each([
  ['longer than the back-off', 7, [0, 7_000, 14_000]],
  ['no longer than it', 1, [0, 1_000, 3_000]],
  ['without end', 86_400, [0, 60_000]],
])('the API server wants to be left alone for some time, %s: it is', async (_, seconds, expected) => {
  let failures = 2;
  const at: number[] = [];
  const { clock, queue } = controllerOf(async () => {
    at.push(clock.monotonic());
    failures -= 1;
    if (failures >= 0) throw apiError(429, 'TooManyRequests', seconds);
    return {};
  });
  queue.add('s/a');
  await clock.advance(100_000);
  expect(at).toEqual(expected);
});

test('a pass says when it wants to come again', async () => {
  let count = 0;
  const { clock, queue, passes } = controllerOf(async () => {
    count += 1;
    if (count === 2) return { requeueAfterMs: 5_000, isWaiting: true };
    return count < 3 ? { requeueAfterMs: 5_000 } : {};
  });
  queue.add('s/a');
  await clock.advance(60_000);
  expect(passes.map(({ outcome, lane }) => `${outcome} ${lane}`)).toEqual([
    'requeued user',
    'waits resync',
    'done resync',
  ]);
});

test('a pass that takes too long is aborted, and keeps its key until it ends', async () => {
  const finish = Promise.withResolvers<void>();
  const started: string[] = [];
  const { clock, queue, passes } = controllerOf(async (key, { signal }) => {
    started.push(key);
    if (started.length > 1) return {};
    await new Promise(resolve => signal.addEventListener('abort', resolve));
    await finish.promise;
    throw signal.reason;
  });
  queue.add('s/a');
  await clock.advance(60_000);
  queue.add('s/a');
  await settle();
  expect([started.length, passes.length]).toEqual([1, 0]);
  finish.resolve();
  await settle();
  expect(passes.map(({ outcome }) => outcome)).toEqual(['timed-out', 'done']);
});

test('as many run at once as allowed', async () => {
  let running = 0;
  let most = 0;
  const { clock, queue } = controllerOf(async () => {
    running += 1;
    most = Math.max(most, running);
    await settle();
    running -= 1;
    return {};
  }, 3);
  for (let i = 0; i < 10; i += 1) queue.add(`s/${i}`);
  await clock.advance(1);
  await clock.advance(1);
  expect(most).toBe(3);
});

test('stopping aborts passes, waits until they have ended, and starts no other', async () => {
  const ended: string[] = [];
  const finish = Promise.withResolvers<void>();
  const { queue, workers } = controllerOf(async (key, { signal }) => {
    await new Promise(resolve => signal.addEventListener('abort', resolve));
    await finish.promise;
    ended.push(key);
    throw signal.reason;
  }, 1);
  queue.add('s/a');
  queue.add('s/b');
  await settle();
  let isStopped = false;
  const stopped = workers.stop().then(() => {
    isStopped = true;
  });
  await settle();
  expect(isStopped).toBe(false);
  finish.resolve();
  await stopped;
  expect(ended).toEqual(['s/a']);
});
