import { seed } from '../../../hack/vitest/mode.ts';
import { sampleByName } from '../../../hack/vitest/random.ts';
import type { Reference, Story } from '../../support/story.ts';
import type { References } from './references.ts';

export interface Disturbance<T> {
  /** All that can befall a story. */
  of(reference: Reference): readonly T[];
  /** Drawn by it, and told where it makes a difference. */
  nameOf(one: T): string;
  /** What is otherwise when it befalls a run. */
  differenceWith(one: T): Promise<string | undefined>;
}

/** What befalls stories, each by itself in a run of its own. */
export interface Disturbances {
  /** How many there are in the stories that were asked for. */
  readonly all: number;
  readonly made: number;
  /** `most`: as many are drawn by chance; left out: all are made. */
  differences(stories: readonly Story[], most?: number): Promise<readonly string[]>;
}

export function disturbances<T>(references: References, disturbance: Disturbance<T>): Disturbances {
  const { nameOf, differenceWith } = disturbance;
  let all = 0;
  let made = 0;
  return {
    get all() {
      return all;
    },
    get made() {
      return made;
    },
    async differences(stories, most = Number.POSITIVE_INFINITY) {
      const every: T[] = [];
      for (const story of stories) every.push(...disturbance.of(await references.of(story)));
      all += every.length;
      const differences: string[] = [];
      for (const one of sampleByName(every, most, seed, nameOf)) {
        const difference = await differenceWith(one);
        made += 1;
        if (difference !== undefined) differences.push(`${nameOf(one)}: ${difference}`);
      }
      return differences;
    },
  };
}
