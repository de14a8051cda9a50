import { expect, test } from 'vitest';
import { createExpiringMap } from './expiring-map.ts';

function mapAt(keptMs: number) {
  const clock = { now: 0 };
  return { clock, map: createExpiringMap<string>({ monotonic: () => clock.now }, keptMs) };
}

test('of what is set under ever other keys only that is kept which may be answered', () => {
  const { clock, map } = mapAt(10);
  let most = 0;
  for (let index = 0; index < 1000; index++) {
    clock.now += 1;
    map.set(`key-${index}`, 'value');
    most = Math.max(most, map.size);
  }
  expect(most).toBe(10);
  expect([map.get('key-999'), map.get('key-990'), map.get('key-989')]).toEqual(['value', 'value', undefined]);
});

test('what is set again is kept from then on', () => {
  const { clock, map } = mapAt(10);
  map.set('a', 'first');
  map.set('b', 'other');
  clock.now = 9;
  map.set('a', 'second');
  clock.now = 18;
  map.set('c', 'later');
  expect([map.get('a'), map.get('b'), map.size]).toEqual(['second', undefined, 2]);
  clock.now = 19;
  expect(map.get('a')).toBeUndefined();
});
