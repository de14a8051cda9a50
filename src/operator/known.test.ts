import { expect, test } from 'vitest';
import { createFakeClock } from '../kube/testing/fake-clock.ts';
import { createKnownObjects } from './known.ts';
import { FINALIZER } from './objects.ts';
import { objectOf } from './testing/objects.ts';

const queue = objectOf('Queue shop/orders', { metadata: { finalizers: [FINALIZER] } });

test('what is known of an object is timed as time goes, whatever the wall clock is set to', async () => {
  const clock = createFakeClock();
  const { memory } = createKnownObjects(clock).of(queue);
  const startedAt = clock.now();
  expect(memory.startedAt).toBe(startedAt);
  for (const ms of [3_600_000, -7_200_000]) clock.shiftWall(ms);
  await clock.advance(1_000);
  expect(memory.now()).toBe(startedAt + 1_000);
});
