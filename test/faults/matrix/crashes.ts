import { afterAll, describe, expect, test } from 'vitest';
import { FULL_TIMEOUT_MS, isFull, seed } from '../../../hack/vitest/mode.ts';
import { crashAt, crashChain } from '../../support/crash.ts';
import { type Kill, POINTS, type Point } from '../../support/life.ts';
import { firstDifference } from '../../support/snapshot.ts';
import type { Reference, Story } from '../../support/story.ts';
import { eachField, type FieldStory, type KindFields } from '../fields/field.ts';
import { disturbances } from './disturbances.ts';
import type { References } from './references.ts';

/** Single crashes a kind, where not all of them are made. */
const SAMPLE = 4;
/** Of the machine's time, for one story; it may be busy. */
const STORY_TIMEOUT_MS = 300_000;

/** The stories of a kind and those of its fields; in the long run each field has one of its own too. */
export function crashMatrix(
  references: References,
  fields: KindFields,
  stories: readonly Story[],
  grouped: readonly FieldStory[],
): void {
  crashStories(references, fields.kind, [...stories, ...grouped, ...(isFull ? eachField(fields) : [])]);
}

/**
 * Points of one run through all writes. A life that dies before a write and the next one that dies when it is applied leave
 * it done, so they go together.
 */
const CHAINS: readonly (readonly Point[])[] = [['before', 'applied'], ['answered'], ['stored']];

/** Of a story that has one run only: its writes take turns. */
const ONE_ONLY: readonly (readonly Point[])[] = [['before', 'applied', 'answered', 'stored']];

interface Single {
  readonly reference: Reference;
  readonly kill: Kill;
}

/** How much of it is done where not all is. */
export interface Extent {
  /** Runs of each story through all of its writes: each at all points, or at one of them. */
  readonly chains: 'all' | 'one';
  /** Single crashes. */
  readonly singles: number;
}

/**
 * The operator ends at each write of each story × each point, and is started anew: the end is that of the undisturbed
 * run, nothing was made or taken away more often, and the audit finds nothing.
 */
export function crashStories(
  references: References,
  what: string,
  stories: readonly Story[],
  extent: Extent = { chains: 'all', singles: SAMPLE },
): void {
  describe(`crashes of ${what}`, () => crashes(references, what, stories, extent));
}

function crashes(
  references: References,
  what: string,
  all: readonly Story[],
  { chains, singles: drawn }: Extent,
): void {
  let deaths = 0;
  const singles = disturbances<Single>(references, {
    of: singlesOf,
    nameOf,
    differenceWith: async ({ reference, kill }) =>
      (await crashAt(references.world, reference, kill)).difference,
  });

  afterAll(() => {
    const made = isFull ? 'all' : `${singles.made} of`;
    console.log(
      `covered: crashes of ${what}: ${all.length} stories, ${deaths} deaths in chains through all of their writes, ` +
        `and ${made} ${singles.all} single crashes${isFull ? '' : ` (seed ${seed})`}`,
    );
  });

  describe.each(all)('$name', story => {
    test(
      'undisturbed',
      async () => {
        const reference = await references.of(story);
        expect(reference.writes.length).toBeGreaterThan(0);
        if (story.returns === true)
          expect(firstDifference(awsOf(reference.beginning), awsOf(reference.end))).toBeUndefined();
      },
      STORY_TIMEOUT_MS,
    );

    const runs = isFull || chains === 'all' ? CHAINS : ONE_ONLY;
    test.each(runs.map(points => ({ points, told: points.join(' and ') })))(
      'the operator dies at each write in turn, $told',
      async ({ points }) => {
        const reference = await references.of(story);
        const result = await crashChain(references.world, reference, points);
        expect(result.difference).toBeUndefined();
        deaths += result.deaths;
      },
      STORY_TIMEOUT_MS,
    );
  });

  if (isFull) {
    describe('every single crash', () => {
      test.each(all)(
        '$name',
        async story => expect(await singles.differences([story])).toEqual([]),
        FULL_TIMEOUT_MS,
      );
    });
    return;
  }

  test(
    'single crashes',
    async () => expect(await singles.differences(all, drawn)).toEqual([]),
    STORY_TIMEOUT_MS,
  );
}

function singlesOf(reference: Reference): readonly Single[] {
  return [...reference.writes.keys()].flatMap(write =>
    POINTS.map(point => ({ reference, kill: { write, point } })),
  );
}

function nameOf({ reference, kill: { write, point } }: Single): string {
  return `${reference.story.name}, ${point} write ${write} (${reference.writes[write]?.what})`;
}

function awsOf(told: string): string {
  return JSON.stringify(JSON.parse(told).aws, null, 1);
}
