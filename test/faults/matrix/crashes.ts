import { afterAll, describe, expect, test } from 'vitest';
import { crashAt, crashChain } from '../../support/crash.ts';
import { type Kill, POINTS, type Point } from '../../support/life.ts';
import { FULL_TIMEOUT_MS, isFull, seed } from '../../support/mode.ts';
import { inTurn, sampleByName } from '../../support/random.ts';
import { firstDifference } from '../../support/snapshot.ts';
import type { Reference, Story } from '../../support/story.ts';
import { eachField, type FieldStory, type KindFields } from '../fields/field.ts';
import type { References } from './references.ts';

/** Single crashes a kind, where not all of them are made. */
const SAMPLE = 8;
/** Of the machine's time, for one story; it may be busy. */
const STORY_TIMEOUT_MS = 300_000;

/** The stories of a kind and those of its fields; in the long run each field has one of its own too. */
export function crashMatrix(
  references: References,
  fields: KindFields,
  stories: readonly Story[],
  grouped: readonly FieldStory[],
): void {
  crashStories(references, fields.kind, stories, [...grouped, ...(isFull ? eachField(fields) : [])]);
}

/** In the order in which a story that has one of them only takes them in turn with the others. */
const TELLING_FIRST: readonly Point[] = ['applied', 'before', 'answered', 'stored'];

/**
 * A process that dies before it hears an answer leaves behind the same as one that dies having heard it: nothing is sent
 * between the two. So a story that has all chains has them at one of these, and the next story at the other.
 */
const ALIKE: readonly Point[] = ['applied', 'answered'];

function pointsOf(turn: number, chains: number): readonly Point[] {
  if (isFull) return POINTS;
  if (chains < POINTS.length) return inTurn(TELLING_FIRST, chains, turn);
  const [spared] = inTurn(ALIKE, 1, turn);
  return POINTS.filter(point => point !== spared);
}

interface Single {
  readonly reference: Reference;
  readonly kill: Kill;
}

/** Chains of a story of fields: what follows a write is the same mechanism as in the stories that have all. */
const FIELD_CHAINS = 2;

/** How much of it is done where not all is. */
export interface Extent {
  /** Points of the chains of each story: the next ones of the four with each story. */
  readonly chains: number;
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
  fieldStories: readonly FieldStory[] = [],
  extent: Extent = { chains: POINTS.length, singles: SAMPLE },
): void {
  describe(`crashes of ${what}`, () => crashes(references, what, stories, fieldStories, extent));
}

function crashes(
  references: References,
  what: string,
  stories: readonly Story[],
  fieldStories: readonly FieldStory[],
  { chains, singles: drawn }: Extent,
): void {
  const all: readonly Story[] = [...stories, ...fieldStories];
  let deaths = 0;
  let singles = 0;
  let points = 0;

  afterAll(() => {
    const made = isFull ? 'all' : `${singles} of`;
    console.log(
      `covered: crashes of ${what}: ${all.length} stories, ${deaths} deaths in chains through all of their writes, ` +
        `and ${made} ${points} single crashes${isFull ? '' : ` (seed ${seed})`}`,
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

    const isOfFields = fieldStories.some(one => one === story);
    test.each(pointsOf(all.indexOf(story), isOfFields ? Math.min(chains, FIELD_CHAINS) : chains))(
      'the operator dies at each write in turn, %s',
      async point => {
        const reference = await references.of(story);
        const result = await crashChain(references.world, reference, point);
        expect(result.difference).toBeUndefined();
        deaths += result.deaths;
      },
      STORY_TIMEOUT_MS,
    );
  });

  async function singlesOf(story: Story): Promise<readonly Single[]> {
    const reference = await references.of(story);
    return [...reference.writes.keys()].flatMap(write =>
      POINTS.map(point => ({ reference, kill: { write, point } })),
    );
  }

  async function failures(chosen: readonly Single[]): Promise<readonly string[]> {
    const failed: string[] = [];
    for (const { reference, kill } of chosen) {
      const { difference } = await crashAt(references.world, reference, kill);
      singles += 1;
      const written = reference.writes[kill.write]?.what;
      if (difference !== undefined)
        failed.push(`${reference.story.name}, ${kill.point} write ${kill.write} (${written}): ${difference}`);
    }
    return failed;
  }

  if (isFull) {
    describe('every single crash', () => {
      test.each(all)(
        '$name',
        async story => {
          const every = await singlesOf(story);
          points += every.length;
          expect(await failures(every)).toEqual([]);
        },
        FULL_TIMEOUT_MS,
      );
    });
    return;
  }

  test(
    'single crashes',
    async () => {
      const every: Single[] = [];
      for (const story of all) every.push(...(await singlesOf(story)));
      points = every.length;
      const nameOf = ({ reference, kill }: Single) => `${reference.story.name} ${kill.write} ${kill.point}`;
      expect(await failures(sampleByName(every, drawn, seed, nameOf))).toEqual([]);
    },
    STORY_TIMEOUT_MS,
  );
}

function awsOf(told: string): string {
  return JSON.stringify(JSON.parse(told).aws, null, 1);
}
