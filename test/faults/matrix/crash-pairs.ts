import { afterAll, expect, test } from 'vitest';
import { FULL_TIMEOUT_MS, isFull, seed } from '../../../hack/vitest/mode.ts';
import { crashAt } from '../../support/crash.ts';
import { type Kill, POINTS } from '../../support/life.ts';
import type { Reference, Story } from '../../support/story.ts';
import { disturbances } from './disturbances.ts';
import type { References } from './references.ts';

const SAMPLE = 8;
/** As many of all stories together as take an hour. */
const FULL_SAMPLE = 2_000;

interface Pair {
  readonly reference: Reference;
  readonly kills: readonly [Kill, Kill];
}

/** The operator dies at a write, and what is started then at one of its own, at another point: the end is the same. */
export function crashPairs(references: References, what: string, stories: readonly Story[]): void {
  let deaths = 0;
  const pairs = disturbances<Pair>(references, {
    of: pairsOf,
    nameOf,
    async differenceWith({ reference, kills }) {
      const result = await crashAt(references.world, reference, ...kills);
      deaths += result.deaths;
      return result.difference;
    },
  });

  afterAll(() => {
    console.log(
      `covered: two crashes of ${what}: ${pairs.made} of ${pairs.all} pairs of a write and one that follows, ${deaths} deaths (seed ${seed})`,
    );
  });

  test(
    `${what} end the same when the operator dies twice`,
    async () => {
      expect(await pairs.differences(stories, isFull ? FULL_SAMPLE : SAMPLE)).toEqual([]);
      expect(deaths).toBeGreaterThan(pairs.made);
    },
    FULL_TIMEOUT_MS,
  );
}

/** What is left to do after a write, and what a life repeats, may be a write more or less: the last ones may not be come to. */
function pairsOf(reference: Reference): readonly Pair[] {
  const { length } = reference.writes;
  const kills = (from: number) =>
    Array.from({ length: length - from }, (_, write) => POINTS.map(point => ({ write, point }))).flat();
  return kills(0).flatMap(first =>
    kills(first.write)
      .filter(second => second.point !== first.point)
      .map((second): Pair => ({ reference, kills: [first, second] })),
  );
}

function nameOf({ reference, kills }: Pair): string {
  const told = kills.map(({ write, point }) => `${point} write ${write}`);
  return `${reference.story.name}, ${told.join(', then ')}`;
}
