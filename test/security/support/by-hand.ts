import { beforeAll, describe, expect, test } from 'vitest';
import { rounds } from '../../support/rounds.ts';

/** A change past the operator: the row that must notice, what was touched, and what somebody did. */
export type ByHand<Check, Hand> = readonly [
  check: Check,
  touched: string,
  what: string,
  change: (hand: Hand) => Promise<unknown>,
];

/** Each is noticed by its row, and all of a round are repaired by one pass. */
export function changedByHand<Check, Hand, State>(
  changes: readonly ByHand<Check, Hand>[],
  of: {
    read(): Promise<State>;
    hand(state: State): Hand | Promise<Hand>;
    said(check: Check, state: State): readonly string[] | Promise<readonly string[]>;
    /** A drift interval passes; then nothing is wrong any more. */
    repaired(): Promise<void>;
  },
): void {
  const rows = changes.map(([check, touched, what, change]) => ({ check, touched, what, change }));
  describe.each(rounds(rows, row => [row.touched]))('what was changed by hand, $n', round => {
    let state: State;
    let hand: Hand;
    beforeAll(async () => {
      state = await of.read();
      hand = await of.hand(state);
    });
    test.each(round.rows)('is noticed by its row: $what', async ({ check, change }) => {
      const before = await of.said(check, state);
      await change(hand);
      state = await of.read();
      const after = await of.said(check, state);
      expect(after.filter(one => !before.includes(one))).not.toEqual([]);
    });
    test('is repaired within one drift interval', of.repaired);
  });
}
