import { expect, test } from 'vitest';
import type { ErrorClass } from '../engine/error-class.ts';
import { createFakeClock } from '../engine/testing/fake-clock.ts';
import { KINDS } from '../kinds/all.ts';
import { nextLook } from './next-look.ts';
import { objectOf, silent } from './testing/objects.ts';
import { failure, type Passed, resultOf, viewOf } from './testing/results.ts';
import { SETTINGS } from './testing/settings.ts';
import { createWorld } from './world.ts';

const MINUTE_MS = 60_000;

/** In minutes. */
function lookAfter(passed: Passed, annotations: Record<string, string> = {}): number {
  const context = {
    clock: createFakeClock(),
    random: () => 0.5,
    settings: SETTINGS,
    world: createWorld(KINDS, silent, []),
  };
  const object = objectOf('Queue shop/orders', { metadata: { annotations } });
  return (nextLook(context, object, resultOf(passed)).requeueAfterMs ?? 0) / MINUTE_MS;
}

/** Of a queue that AWS answers so. */
function failing(errorClass: ErrorClass, more: Passed = {}): Passed {
  return { views: [viewOf('queue', 'Pending')], errors: [['queue', failure(errorClass, 'no')]], ...more };
}

test.each<[string, Passed, number]>([
  ['at the next drift check', { views: [viewOf('queue', 'Ready')] }, 5],
  [
    'when AWS is expected to have moved on',
    { views: [viewOf('queue', 'InProgress', { againInMs: 90_000 })] },
    1.5,
  ],
  ['not before 15 minutes where the spec is refused', failing('Invalid'), 15],
  ['nor where a right is missing', failing('Denied'), 15],
  ['nor beyond a quota', failing('Quota'), 15],
  ['nor where something is not ours', failing('Conflict'), 15],
  [
    'all the same when something else of it is expected to have moved on',
    failing('Denied', { views: [viewOf('key', 'InProgress', { againInMs: 60_000 })] }),
    1,
  ],
  [
    'when AWS says',
    { ...failing('Quota'), errors: [['queue', failure('Quota', 'no', { retryAfterMs: 120_000 })]] },
    2,
  ],
  [
    'at the next drift check where what is refused is not needed',
    failing('Denied', { mayBeRefused: ['queue'] }),
    5,
  ],
])('an object is looked at again %s', (_, passed, minutes) => {
  expect(lookAfter(passed)).toBe(minutes);
});

test('an object that says how often it is to be compared is looked at so often, whatever AWS refuses', () => {
  const often = { 'opta.dev/drift-interval': '2m' };
  expect(lookAfter(failing('Denied'), often)).toBe(2);
  expect(lookAfter(failing('Denied'), { 'opta.dev/drift-interval': '1h' })).toBe(15);
  expect(lookAfter({ views: [viewOf('queue', 'Ready')] }, often)).toBe(2);
});

test('what passes by itself backs off', () => {
  expect(() => lookAfter(failing('Transient'))).toThrow('no');
});
