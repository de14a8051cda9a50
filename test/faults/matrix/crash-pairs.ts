import { afterAll, expect, test } from 'vitest';
import { crashAt } from '../../support/crash.ts';
import { type Kill, POINTS } from '../../support/life.ts';
import { FULL_TIMEOUT_MS, isFull, seed } from '../../support/mode.ts';
import { sampleByName } from '../../support/random.ts';
import type { Reference, Story } from '../../support/story.ts';
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
  let all = 0;
  let made = 0;

  afterAll(() => {
    console.log(
      `covered: two crashes of ${what}: ${made} of ${all} pairs of a write and one that follows, ${deaths} deaths (seed ${seed})`,
    );
  });

  test(
    `${what} end the same when the operator dies twice`,
    async () => {
      const every: Pair[] = [];
      for (const story of stories) every.push(...pairsOf(await references.of(story)));
      all = every.length;
      const failed: string[] = [];
      for (const { reference, kills } of sampleByName(every, isFull ? FULL_SAMPLE : SAMPLE, seed, nameOf)) {
        const result = await crashAt(references.world, reference, ...kills);
        made += 1;
        deaths += result.deaths;
        if (result.difference !== undefined)
          failed.push(`${nameOf({ reference, kills })}: ${result.difference}`);
      }
      expect(failed).toEqual([]);
      expect(deaths).toBeGreaterThan(made);
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
