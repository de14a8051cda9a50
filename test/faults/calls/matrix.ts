import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isFull, seed } from '../../support/mode.ts';
import { inTurn, sampleByName } from '../../support/random.ts';
import { type Reference, type Story, undisturbed } from '../../support/story.ts';
import { startWorld, type TestWorld } from '../../support/world.ts';
import { CALL_FAULTS, disturbed, type FaultResult, meets, type PlantedCall } from './faults.ts';
import { inARow, KUBE_CHAINS, KUBE_FAULTS, kubeDisturbed, kubeSites, type Planted } from './kube-faults.ts';

/** Calls that are disturbed by themselves, of each side, where not all of them are. */
const SAMPLE = 4;
/** Of the machine's time, for one story; it may be busy. */
const STORY_TIMEOUT_MS = 300_000;
/** For all pairs that are left. */
const PAIRS_TIMEOUT_MS = 15 * 60_000;
const FULL_TIMEOUT_MS = 60 * 60_000;

/** One call of a story with what becomes of it. */
interface Single<P> {
  readonly story: Story;
  /** `CreateQueue`. */
  readonly call: string;
  /** As counted, `CreateQueue throttled`. */
  readonly pair: string;
  readonly nth: number;
  readonly planted: P;
}

interface Side<P> {
  readonly name: 'AWS' | 'Kubernetes';
  singlesOf(reference: Reference): readonly Single<P>[];
  disturbed(world: TestWorld, reference: Reference, planted: readonly P[]): Promise<FaultResult>;
}

const AWS: Side<PlantedCall> = {
  name: 'AWS',
  singlesOf: ({ story, calls }) =>
    calls.flatMap(site =>
      CALL_FAULTS.filter(fault => meets(fault, site)).map(fault => ({
        story,
        call: site.operation,
        pair: `${site.operation} ${fault.name}`,
        nth: site.nth,
        planted: { site, fault },
      })),
    ),
  disturbed,
};

const KUBERNETES: Side<Planted> = {
  name: 'Kubernetes',
  singlesOf: reference =>
    kubeSites(reference).flatMap(site =>
      KUBE_FAULTS.filter(fault => fault.meets(site.purpose)).map(fault => ({
        story: reference.story,
        call: site.purpose,
        pair: `${site.purpose} ${fault.name}`,
        nth: site.nth,
        planted: { ...site, fault },
      })),
    ),
  disturbed: kubeDisturbed,
};

/** That a story meets; the next story meets the next ones. */
const FAULTS_EACH = 1;
const CHAINS_EACH = 1;

/** How much of it is done where not all is. */
export interface Extent {
  /** Of AWS, that a story meets. */
  readonly faults?: number;
  /** Whether each call meets each fault, or those only that it comes to in these stories. */
  readonly pairs?: 'all' | 'some';
}

/**
 * Every operation of the stories meets every fault, reads too, and so does the first request of each kind to the API server:
 * the end is that of the undisturbed run, nothing was made or taken away more often, nothing was called ready before AWS was
 * as the spec says, and it came back by itself. Then single calls, of which the later ones are disturbed too.
 */
export function callFaults(
  name: string,
  stories: readonly Story[],
  { faults: faultsEach = FAULTS_EACH, pairs: pairsOf = 'all' }: Extent = {},
): void {
  /** Each story meets other ones than the story before it. */
  const some = <T>(every: readonly T[], count: number, story: Story) =>
    isFull ? every : inTurn(every, count, stories.indexOf(story));
  const references = new Map<Story, Reference>();
  const sides = { AWS: newCount(), Kubernetes: newCount() };
  let world: TestWorld;

  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(async () => {
    for (const [side, { met, looks, singles, points }] of Object.entries(sides)) {
      console.log(
        `covered: ${side} call faults of ${name}: ${stories.length} stories, ${met} calls disturbed, ` +
          `${looks} claims to be ready or in sync checked, ` +
          `${isFull ? 'all' : `${singles} of`} ${points} pairs of a call and a fault by themselves${isFull ? '' : ` (seed ${seed})`}`,
      );
    }
    await world?.stop();
  });

  async function referenceOf(story: Story): Promise<Reference> {
    const known = references.get(story) ?? (await undisturbed(world, story));
    references.set(story, known);
    return known;
  }

  function counted(side: keyof typeof sides, { met, looks, difference }: FaultResult): string | undefined {
    const count = sides[side];
    count.looks += looks;
    for (const [what, times] of met) {
      count.met += times;
      count.pairs.add(what);
    }
    return difference;
  }

  describe.each(stories)('$name', story => {
    test.each(some(CALL_FAULTS, faultsEach, story))(
      'each operation once $name',
      async fault => {
        const reference = await referenceOf(story);
        const sites = reference.calls.filter(site => site.nth === 1 && meets(fault, site));
        const result = await disturbed(
          world,
          reference,
          sites.map(site => ({ site, fault })),
        );
        expect(counted('AWS', result)).toBeUndefined();
      },
      STORY_TIMEOUT_MS,
    );

    test.each(some(KUBE_CHAINS, CHAINS_EACH, story))(
      'each kind of request to the API server once $name',
      async ({ faults }) => {
        const reference = await referenceOf(story);
        const result = await kubeDisturbed(world, reference, inARow(reference, faults));
        expect(counted('Kubernetes', result)).toBeUndefined();
      },
      STORY_TIMEOUT_MS,
    );
  });

  singleCalls(AWS);
  singleCalls(KUBERNETES);

  function singleCalls<P>(of: Side<P>): void {
    const count = sides[of.name];

    async function singlesOf(story: Story): Promise<readonly Single<P>[]> {
      return of.singlesOf(await referenceOf(story));
    }

    async function failures(singles: readonly Single<P>[]): Promise<readonly string[]> {
      const failed: string[] = [];
      for (const { story, pair, nth, planted } of singles) {
        const result = await of.disturbed(world, await referenceOf(story), [planted]);
        const difference = counted(of.name, result);
        count.singles += 1;
        if (difference !== undefined) failed.push(`${story.name}, call ${nth} of ${pair}: ${difference}`);
      }
      return failed;
    }

    /** Of each call one that was not met, all of them in one run, for as long as some are met by that. */
    async function failuresTogether(story: Story, open: Set<string>): Promise<readonly string[]> {
      const failed: string[] = [];
      for (let before = -1; before !== count.pairs.size; ) {
        before = count.pairs.size;
        const missing = (await singlesOf(story)).filter(({ pair }) => !count.pairs.has(pair));
        const some = missing.filter(({ call }, at) => missing.findIndex(one => one.call === call) === at);
        if (some.length < 2) break;
        for (const { pair } of missing) open.add(pair);
        const result = await of.disturbed(
          world,
          await referenceOf(story),
          some.map(one => one.planted),
        );
        const difference = counted(of.name, result);
        const all = some.map(({ pair }) => pair).join(', ');
        if (difference !== undefined) failed.push(`${story.name}, with ${all}: ${difference}`);
      }
      return failed;
    }

    describe(`single calls of ${of.name}`, () => {
      if (isFull) {
        test.each(stories)(
          '$name',
          async story => {
            const all = await singlesOf(story);
            count.points += all.length;
            expect(await failures(all)).toEqual([]);
          },
          FULL_TIMEOUT_MS,
        );
        return;
      }

      if (pairsOf === 'all')
        test(
          'those that no story came to with several failing',
          async () => {
            const { pairs } = count;
            const failed: string[] = [];
            const open = new Set<string>();
            for (const story of stories) {
              failed.push(...(await failuresTogether(story, open)));
              for (const single of await singlesOf(story)) {
                if (pairs.has(single.pair)) continue;
                open.add(single.pair);
                failed.push(...(await failures([single])));
              }
            }
            expect(failed).toEqual([]);
            expect([...open].filter(pair => !pairs.has(pair))).toEqual([]);
          },
          PAIRS_TIMEOUT_MS,
        );

      test(
        'drawn by chance',
        async () => {
          const all: Single<P>[] = [];
          for (const story of stories) all.push(...(await singlesOf(story)));
          count.points = all.length;
          const chosen = sampleByName(
            all,
            SAMPLE,
            seed,
            ({ story, pair, nth }) => `${story.name} ${nth} ${pair}`,
          );
          expect(await failures(chosen)).toEqual([]);
        },
        STORY_TIMEOUT_MS,
      );
    });
  }
}

function newCount() {
  return { met: 0, looks: 0, singles: 0, points: 0, pairs: new Set<string>() };
}
