import { describe, expect, test } from 'vitest';
import { createMemory, type Memory } from './memory.ts';

function memoryAt(start: number) {
  const clock = { now: start };
  return { clock, memory: createMemory(() => clock.now) };
}

describe('what one process knows', () => {
  test('since when it is there, whatever comes', () => {
    const { clock, memory } = memoryAt(5);
    clock.now = 9;
    memory.creating('a', 1);
    expect(memory.startedAt).toBe(5);
  });

  test('when it first saw an open create, by attempt and epoch', () => {
    const { clock, memory } = memoryAt(5);
    expect(memory.firstSeen('a', 1, '1')).toBe(5);
    clock.now = 9;
    expect(memory.firstSeen('a', 1, '1')).toBe(5);
    expect(memory.firstSeen('a', 1, '2')).toBe(9);
    expect(memory.firstSeen('a', 2, '1')).toBe(9);
    expect(memory.firstSeen('b', 1, '1')).toBe(9);
  });

  test('what AWS answered to a write, field by field, and how often the same was written', () => {
    const { clock, memory } = memoryAt(5);
    memory.wrote('a', 1, ['x', 'y'], { v: 1 });
    clock.now = 6;
    memory.wrote('a', 1, ['x'], { v: 1 });
    memory.wrote('a', 1, ['y'], { v: 2 });
    expect(Object.fromEntries(memory.believed('a', 1))).toEqual({
      x: { value: { v: 1 }, at: 6, times: 2 },
      y: { value: { v: 2 }, at: 6, times: 1 },
    });
    expect(memory.believed('a', 2).size).toBe(0);
  });

  test('since when a token has served, until a create is taken', () => {
    const { clock, memory } = memoryAt(5);
    expect(memory.tokenUsed('a', 1)).toBe(5);
    clock.now = 9;
    memory.creating('a', 1);
    expect([memory.tokenUsed('a', 1), memory.tokenUsed('a', 2)]).toEqual([5, 9]);
    memory.wrote('a', 1, ['*'], {});
    expect(memory.tokenUsed('a', 1)).toBe(9);
  });

  test('a new life of an epoch begins with nothing but the doubts', () => {
    const { clock, memory } = memoryAt(5);
    memory.wrote('a', 1, ['x'], 1);
    memory.doubted('a', 1, 'this');
    memory.removed('a', 1, 'a-id');
    expect([memory.believed('a', 1).size, memory.removedAt('a', 1)]).toEqual([0, 5]);
    clock.now = 6;
    memory.creating('a', 1);
    expect([memory.removedAt('a', 1), memory.firstSeen('a', 1, '')]).toEqual([undefined, 6]);
    expect(memory.doubt('a', 1)).toEqual({ at: 5, desired: 'this' });
  });

  test.each([
    ['a write that AWS accepted', (memory: Memory) => memory.wrote('a', 1, ['x'], 1)],
    ['a look at it later', (memory: Memory) => memory.lives('a', 1)],
  ])('what was removed and is there all the same was not removed: %s', (_, tell) => {
    const { memory } = memoryAt(5);
    memory.removed('a', 1, 'a-id');
    memory.removed('a', 2, 'a-id');
    tell(memory);
    expect([memory.removedAt('a', 1), memory.removedAt('a', 2)]).toEqual([undefined, 5]);
  });

  test('two different writes without an answer are no certain one', () => {
    const { clock, memory } = memoryAt(5);
    expect(memory.doubt('a', 1)).toBeUndefined();
    memory.doubted('a', 1, 'this');
    clock.now = 6;
    memory.doubted('a', 1, 'this');
    expect(memory.doubt('a', 1)).toEqual({ at: 6, desired: 'this' });
    memory.doubted('a', 1, 'that');
    expect(memory.doubt('a', 1)).toEqual({ at: 6, desired: undefined });
  });
});
