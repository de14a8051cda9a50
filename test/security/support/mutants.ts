import { beforeAll, expect, test } from 'vitest';
import { isFull } from '../../../hack/vitest/mode.ts';
import { type Round, rounds } from '../../support/rounds.ts';
import type { Check } from './checks.ts';
import { desired, type Mistake } from './mutate.ts';

/** A mistake of the operator, and how its check tells of it. */
export interface Mutant<Check> {
  readonly check: Check;
  readonly what: string;
  /** What is wrong in AWS then. */
  readonly touches: readonly string[];
  readonly says: RegExp;
  /** What this or another check says of it besides. */
  readonly also?: RegExp;
}

/** About an object that is no environment, or about what one without network and cluster has. */
export type ObjectMutant = Mutant<Check> & Mistake;

/** A mistake in a single thing of an object. */
export function inNode(kind: string, node: string) {
  return (object: string, change: Parameters<typeof desired>[1]) => ({
    of: `${kind} ${object}`,
    touches: [`${kind} ${object} ${node}`],
    mistake: desired(node, change),
  });
}

/** What a check says. */
export interface Problem<Check> {
  readonly check: Check;
  readonly problem: string;
}

/** Mistakes that are made at once, in full each by itself; with a title for vitest. */
export function mutantRounds<M extends Mutant<unknown>>(mutants: readonly M[]): readonly Round<M>[] {
  if (isFull) return mutants.map((one, at) => ({ n: at + 1, rows: [one] }));
  return rounds(mutants, one => one.touches);
}

/** Each of a round is caught, and nothing else is. `problems`: what the checks say, asked once. */
export function areCaught<C>(
  mutants: readonly Mutant<C>[],
  rowOf: (check: C) => string | undefined,
  problems: () => Promise<readonly Problem<C>[]>,
): void {
  let found: readonly Problem<C>[] = [];
  beforeAll(async () => {
    found = await problems();
  });
  test.each(mutants.map(mutant => ({ ...mutant, row: rowOf(mutant.check) })))(
    '$row: $what',
    ({ check, says }) => {
      const said = found.filter(one => one.check === check).map(one => one.problem);
      expect(said).toContainEqual(expect.stringMatching(says));
    },
  );
  test('each is told of by itself', () => {
    expect(unclear(mutants, found)).toEqual([]);
  });
}

/**
 * What is not said of exactly one of the mistakes that are made. By itself each mistake brings about nothing that others
 * have to answer for, so among others it is not caught by what they do.
 */
function unclear<Check>(
  mutants: readonly Mutant<Check>[],
  problems: readonly Problem<Check>[],
): readonly string[] {
  return problems.flatMap(({ check, problem }) => {
    const about = mutants.filter(
      one => (one.check === check && one.says.test(problem)) || one.also?.test(problem) === true,
    );
    return about.length === 1
      ? []
      : [`${problem} (of ${about.map(one => one.what).join(' and ') || 'nothing'})`];
  });
}
