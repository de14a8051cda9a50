import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFakeClock, settle } from '../engine/testing/fake-clock.ts';
import { createWorkQueue, type Lane, type WorkQueue } from './workqueue.ts';

function queueAtRest(random = () => 1) {
  const clock = createFakeClock();
  return { clock, queue: createWorkQueue({ clock, random }) };
}

/** Takes everything that is ready, one after another. */
async function drain(queue: WorkQueue): Promise<string[]> {
  const keys: string[] = [];
  while (queue.depth > 0) {
    const work = await queue.get();
    if (!work) break;
    keys.push(work.key);
    queue.done(work.key);
  }
  return keys;
}

describe('order', () => {
  test('a key that waits is there once', async () => {
    const { queue } = queueAtRest();
    for (const key of ['s/a', 's/b', 's/a']) queue.add(key);
    expect(await drain(queue)).toEqual(['s/a', 's/b']);
  });

  test('user changes come before resyncs, and a resync becomes one', async () => {
    const { queue } = queueAtRest();
    for (const key of ['s/a', 's/b', 's/c']) queue.add(key, 'resync');
    queue.add('s/d', 'user');
    queue.add('s/c', 'user');
    queue.add('s/d', 'resync');
    expect(await drain(queue)).toEqual(['s/d', 's/c', 's/a', 's/b']);
  });

  test('namespaces take turns', async () => {
    const { queue } = queueAtRest();
    for (const key of ['big/1', 'big/2', 'big/3', 'small/1', 'tiny/1', 'small/2']) queue.add(key);
    expect(await drain(queue)).toEqual(['big/1', 'small/1', 'tiny/1', 'big/2', 'small/2', 'big/3']);
  });

  test('resyncs get a turn though user changes never end', async () => {
    const { queue } = queueAtRest();
    queue.add('s/quiet', 'resync');
    for (let i = 0; i < 40; i += 1) queue.add(`s/${i}`, 'user');
    expect((await drain(queue)).indexOf('s/quiet')).toBe(16);
  });
});

describe('delays', () => {
  test('of several the earliest counts, in the faster lane', async () => {
    const { clock, queue } = queueAtRest();
    queue.addAfter('s/a', 1_000);
    queue.addAfter('s/a', 500);
    queue.addAfter('s/a', 2_000, 'user');
    queue.addAfter('s/now', 0);
    expect(queue.depth).toBe(1);
    await clock.advance(499);
    expect(queue.depth).toBe(1);
    await clock.advance(1);
    expect(queue.depth).toBe(2);
    expect(await queue.get()).toMatchObject({ key: 's/a', lane: 'user' });
    expect(clock.pending).toBe(0);
  });

  test('after failures they double up to a minute and a half, half of it by chance, until forgotten', () => {
    const { queue } = queueAtRest(() => 1);
    const waits = Array.from({ length: 10 }, () => queue.addAfterFailure('s/a'));
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 90, 90, 90].map(seconds => seconds * 1_000));
    expect(queue.failuresOf('s/a')).toBe(10);
    queue.forget('s/a');
    expect(queue.addAfterFailure('s/a')).toBe(1_000);
    expect(queueAtRest(() => 0).queue.addAfterFailure('s/a')).toBe(500);
  });
});

test('a key added while it is worked on comes again, after that worker is done', async () => {
  const { queue } = queueAtRest();
  queue.add('s/a');
  await queue.get();
  queue.add('s/a');
  let second: string | undefined;
  const next = queue.get().then(work => {
    second = work?.key;
  });
  await settle();
  expect(second).toBeUndefined();
  queue.done('s/a');
  await next;
  expect(second).toBe('s/a');
});

test('the time spent waiting is told', async () => {
  const { clock, queue } = queueAtRest();
  queue.add('s/a');
  await clock.advance(250);
  expect(await queue.get()).toEqual({ key: 's/a', lane: 'user', waitedMs: 250 });
});

test('shutting down gives out nothing more and waits for running workers', async () => {
  const { clock, queue } = queueAtRest();
  queue.add('s/a');
  queue.addAfter('s/late', 10);
  await queue.get();
  const idle = queue.get();
  let ended = false;
  const end = queue.shutDown().then(() => {
    ended = true;
  });
  expect(await idle).toBeUndefined();
  queue.add('s/b');
  await clock.advance(100);
  expect([ended, queue.depth, clock.pending]).toEqual([false, 0, 0]);
  queue.done('s/a');
  await end;
  expect(await queue.get()).toBeUndefined();
});

test('whatever the order of things: never two workers on a key, and nothing added is lost', async () => {
  const keys = fc.constantFrom('a/1', 'a/2', 'b/1');
  const lanes = fc.constantFrom<Lane>('user', 'resync');
  const addition = fc.record({ key: keys, lane: lanes, delayMs: fc.constantFrom(0, 0, 0, 5, 20) });
  const property = fc.asyncProperty(
    fc.scheduler(),
    fc.array(addition, { minLength: 1, maxLength: 30 }),
    fc.integer({ min: 1, max: 3 }),
    async (scheduler, additions, concurrency) => {
      const clock = createFakeClock();
      const queue = createWorkQueue({ clock, random: () => 0.5 });
      const version = new Map<string, number>();
      const seen = new Map<string, number>();
      const busy = new Set<string>();
      async function worker(): Promise<void> {
        for (let work = await queue.get(); work; work = await queue.get()) {
          const { key } = work;
          if (busy.has(key)) throw new Error(`two workers on ${key}`);
          busy.add(key);
          const read = version.get(key) ?? 0;
          await scheduler.schedule(Promise.resolve(), `work on ${key}`);
          seen.set(key, Math.max(seen.get(key) ?? 0, read));
          busy.delete(key);
          queue.done(key);
        }
      }
      const workers = Array.from({ length: concurrency }, worker);
      const adding = additions.map(({ key, lane, delayMs }) =>
        scheduler.schedule(Promise.resolve(), `add ${key}`).then(() => {
          version.set(key, (version.get(key) ?? 0) + 1);
          if (delayMs > 0) queue.addAfter(key, delayMs, lane);
          else queue.add(key, lane);
        }),
      );
      await scheduler.waitFor(Promise.all(adding));
      for (let round = 0; round < 3; round += 1) {
        await clock.advance(20);
        while (scheduler.count() > 0) await scheduler.waitOne();
        await settle();
      }
      while (scheduler.count() > 0 || queue.running > 0) {
        if (scheduler.count() > 0) await scheduler.waitOne();
        await settle();
      }
      await queue.shutDown();
      await Promise.all(workers);
      expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(version));
    },
  );
  await fc.assert(property, { numRuns: 150 });
});
