export interface Round<T> {
  /** From 1, for a title. */
  readonly n: number;
  readonly rows: readonly T[];
}

/**
 * Rows in as few rounds as may be, so that all of a round are wrong at once and are put right by one pass. No two of a round
 * touch the same thing: what notices one of them must not be what repairs the other.
 */
export function rounds<T>(rows: readonly T[], touched: (row: T) => readonly unknown[]): readonly Round<T>[] {
  const all: { readonly rows: T[]; readonly touched: Set<unknown> }[] = [];
  for (const row of rows) {
    const things = touched(row);
    let round = all.find(one => !things.some(thing => one.touched.has(thing)));
    if (round === undefined) {
      round = { rows: [], touched: new Set() };
      all.push(round);
    }
    round.rows.push(row);
    for (const thing of things) round.touched.add(thing);
  }
  return all.map((one, at) => ({ n: at + 1, rows: one.rows }));
}
