import { createHash } from 'node:crypto';

/** Numbers between 0 and 1, the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** `count` of them at most, in their order. */
export function sample<T>(all: readonly T[], count: number, random: () => number): readonly T[] {
  const drawn = all.map((one, at) => ({ one, at, lot: random() })).sort((a, b) => a.lot - b.lot);
  return drawn
    .slice(0, count)
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one);
}

/**
 * `count` of them at most, in their order: the same for the same seed, also where one run has a few more to draw from than
 * another, as traces have.
 */
export function sampleByName<T>(
  all: readonly T[],
  count: number,
  seed: number,
  nameOf: (one: T) => string,
): readonly T[] {
  const lot = (one: T) =>
    createHash('sha256')
      .update(`${seed} ${nameOf(one)}`)
      .digest('hex');
  const drawn = new Set(
    all
      .map(one => ({ one, lot: lot(one) }))
      .sort((a, b) => (a.lot < b.lot ? -1 : 1))
      .slice(0, count)
      .map(({ one }) => one),
  );
  return all.filter(one => drawn.has(one));
}

/** `count` of them, with each turn the next ones. */
export function inTurn<T>(all: readonly T[], count: number, turn: number): readonly T[] {
  const first = (turn * count) % all.length;
  return [...all, ...all].slice(first, first + count);
}
