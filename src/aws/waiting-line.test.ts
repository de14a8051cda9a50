import { expect, test } from 'vitest';
import { currentLane, inLane, LANES, type Lane, TURNS } from './lane.ts';
import { createWaitingLine } from './waiting-line.ts';

/** Fills a line with who waits, and lets all go. */
function served(waiting: readonly (readonly [Lane, string])[]): readonly string[] {
  const line = createWaitingLine();
  const order: string[] = [];
  for (const [index, [lane, flow]] of waiting.entries())
    line.add({ lane, flow }, () => order.push(`${lane} ${flow}${index}`));
  for (let go = line.next(); go !== undefined; go = line.next()) go();
  expect(line.length).toBe(0);
  return order;
}

test('an empty line has nobody', () => {
  const line = createWaitingLine();
  expect(line.length).toBe(0);
  expect(line.next()).toBeUndefined();
});

test('within a lane flows are served by turns, and a flow in its own order', () => {
  expect(
    served([
      ['drift', 'a'],
      ['drift', 'a'],
      ['drift', 'a'],
      ['drift', 'b'],
      ['drift', 'c'],
    ]),
  ).toEqual(['drift a0', 'drift b3', 'drift c4', 'drift a1', 'drift a2']);
});

test('a thousand calls of one namespace hold another one up by one call', () => {
  const many = Array.from({ length: 1000 }, () => ['change', 'noisy'] as const);
  expect(served([...many, ['change', 'quiet']]).indexOf('change quiet1000')).toBe(1);
});

test('a deletion waits for one call at most, however many others wait', () => {
  const many = Array.from(
    { length: 100 },
    (_, index) => [index % 2 === 0 ? 'change' : 'drift', 'a'] as const,
  );
  expect(served([...many, ['delete', 'b']]).indexOf('delete b100')).toBeLessThanOrEqual(1);
});

test('no lane starves: of as many calls as there are turns each lane has its share', () => {
  const all = LANES.flatMap(lane => TURNS.map(() => [lane, 'a'] as const));
  const first = served(all).slice(0, TURNS.length);
  for (const lane of LANES) {
    const share = first.filter(one => one.startsWith(lane)).length;
    expect(share).toBe(TURNS.filter(turn => turn === lane).length);
    expect(share).toBeGreaterThan(0);
  }
});

test('what is called in a lane knows it, also after waiting, and nobody else does', async () => {
  const seen: unknown[] = [];
  await Promise.all([
    inLane(
      'delete',
      async () => {
        await new Promise(resolve => setImmediate(resolve));
        seen.push(currentLane());
      },
      'shop',
    ),
    inLane('drift', async () => void seen.push(currentLane())),
  ]);
  expect(seen).toEqual([
    { lane: 'drift', flow: '' },
    { lane: 'delete', flow: 'shop' },
  ]);
  expect(currentLane()).toEqual({ lane: 'change', flow: '' });
});

test('who leaves is not served, and others keep their turns', () => {
  const line = createWaitingLine();
  const order: string[] = [];
  const leave = ['a', 'b', 'c'].map(name => line.add({ lane: 'change', flow: '' }, () => order.push(name)));
  leave[1]?.();
  leave[1]?.();
  expect(line.length).toBe(2);
  for (let go = line.next(); go !== undefined; go = line.next()) go();
  leave[0]?.();
  expect([order, line.length]).toEqual([['a', 'c'], 0]);
});
