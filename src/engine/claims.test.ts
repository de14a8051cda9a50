import { describe, expect, test } from 'vitest';
import { createClaims } from './claims.ts';

function claimsAt(start: number) {
  const clock = { now: start };
  return { clock, claims: createClaims(() => clock.now) };
}

/** A create that ends when it is told to. */
function slow() {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  return { promise, resolve, reject };
}

describe('creates of one name', () => {
  test('go one after the other, those of another name beside them', async () => {
    const { claims } = claimsAt(0);
    const said: string[] = [];
    const first = slow();
    const a = claims.run('n', 'u', 0, () => first.promise.then(() => said.push('first')));
    const b = claims.run('n', 'u', 0, async () => said.push('second'));
    await claims.run('m', 'u', 0, async () => said.push('other'));
    expect(said).toEqual(['other']);
    first.resolve('');
    await Promise.all([a, b]);
    expect(said).toEqual(['other', 'first', 'second']);
  });

  test('a failed one holds up nobody and is told to its caller alone', async () => {
    const { claims } = claimsAt(0);
    const first = slow();
    const a = claims.run('n', 'u', 0, () => first.promise);
    const b = claims.run('n', 'u', 0, async () => 'made');
    first.reject(new Error('no'));
    await expect(a).rejects.toThrow('no');
    await expect(b).resolves.toBe('made');
  });

  test.each([
    ['who looked before another made it looks again', 'other', 4, 5, 'Busy'],
    ['who looked in the same moment too', 'other', 5, 5, 'Busy'],
    ['who looked afterwards goes on', 'other', 6, 5, 'made'],
    ['who made it itself goes on', 'u', 4, 5, 'made'],
    ['who looked before and comes late looks again', 'other', 4, 5 + 40 * 60_000, 'Busy'],
  ])('%s', async (_, maker, lookedAt, laterMs, outcome) => {
    const { clock, claims } = claimsAt(5);
    await claims.run('n', maker, 5, async () => 'made');
    clock.now = laterMs;
    const mine = claims.run('n', 'u', lookedAt, async () => 'made');
    if (outcome === 'made') await expect(mine).resolves.toBe('made');
    else await expect(mine).rejects.toMatchObject({ class: 'Busy', retryAfterMs: 1_000 });
  });

  test('a create that fails may have made it all the same', async () => {
    const { claims } = claimsAt(5);
    await expect(claims.run('n', 'other', 5, () => Promise.reject(new Error('lost')))).rejects.toThrow(
      'lost',
    );
    await expect(claims.run('n', 'u', 5, async () => 'made')).rejects.toMatchObject({ class: 'Busy' });
  });

  test('what was made long ago is forgotten at the next create of any name', async () => {
    const { clock, claims } = claimsAt(0);
    await claims.run('n', 'other', 0, async () => 'made');
    clock.now = 40 * 60_000;
    await claims.run('m', 'other', clock.now, async () => 'made');
    await expect(claims.run('n', 'u', 0, async () => 'made')).resolves.toBe('made');
  });
});
