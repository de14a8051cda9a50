import { expect, test } from 'vitest';
import { createFakeClock } from '../engine/testing/fake-clock.ts';
import { KINDS } from '../kinds/all.ts';
import { createKnownObjects } from './known.ts';
import { FINALIZER, type OptaObject } from './objects.ts';
import { objectOf, silent } from './testing/objects.ts';
import { createWorld, type World } from './world.ts';

const queue = objectOf('Queue shop/orders', { metadata: { finalizers: [FINALIZER] } });

function worldWith(object: OptaObject): World {
  const world = createWorld(KINDS, silent, []);
  world.objects('Queue').put(object);
  return world;
}

test('what is known of an object is the same for all its passes, and goes with it', () => {
  const world = worldWith(queue);
  const known = createKnownObjects(world, createFakeClock());
  known.of(queue).isReleased = true;
  expect(known.of(queue).isReleased).toBe(true);
  expect(known.forget(queue.metadata.uid)?.isReleased).toBe(true);
  expect(known.forget(queue.metadata.uid)).toBeUndefined();
});

test('nothing is kept of an object that is gone, though a pass is under way still', () => {
  const world = worldWith(queue);
  const known = createKnownObjects(world, createFakeClock());
  known.of(queue);
  known.forget(queue.metadata.uid);
  world.objects('Queue').remove(queue);
  known.of(queue).isReleased = true;
  expect(known.forget(queue.metadata.uid)).toBeUndefined();
});

test('what is known of an object is timed as time goes, whatever the wall clock is set to', async () => {
  const clock = createFakeClock();
  const { memory } = createKnownObjects(worldWith(queue), clock).of(queue);
  const startedAt = clock.now();
  expect(memory.startedAt).toBe(startedAt);
  for (const ms of [3_600_000, -7_200_000]) clock.shiftWall(ms);
  await clock.advance(1_000);
  expect(memory.now()).toBe(startedAt + 1_000);
});
