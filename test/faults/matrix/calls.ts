import { afterAll, describe, expect, test } from 'vitest';
import { FULL_TIMEOUT_MS, isFull, seed } from '../../../hack/vitest/mode.ts';
import { inTurn } from '../../../hack/vitest/random.ts';
import type { Reference, Story } from '../../support/story.ts';
import type { TestWorld } from '../../support/world.ts';
import { type Disturbances, disturbances } from './disturbances.ts';
import {
  CALL_FAULTS,
  disturbed,
  type FaultResult,
  firstCalls,
  meets,
  type PlantedCall,
  pairOf,
  plantCalls,
  watched,
} from './faults.ts';
import {
  amongBusyWriters,
  EVENTS_MS,
  inARow,
  KUBE_CHAINS,
  KUBE_FAULTS,
  kubeDisturbed,
  kubePairOf,
  kubeSites,
  type Planted,
  plantRequests,
} from './kube-faults.ts';
import type { References } from './references.ts';

/** Calls that are disturbed by themselves, of each side, where not all of them are. */
const SAMPLE = 2;
/** Of the machine's time, for one story; it may be busy. */
const STORY_TIMEOUT_MS = 300_000;

/** One call of a story with what becomes of it. */
interface Single<P> {
  readonly story: Story;
  /** As counted, `CreateQueue throttled`. */
  readonly pair: string;
  readonly nth: number;
  readonly planted: P;
}

/** Calls of a story that are disturbed in one run. */
interface Chain<P> {
  readonly name: string;
  of(reference: Reference): readonly P[];
}

interface Side<P> {
  readonly name: 'AWS' | 'Kubernetes';
  /** As counted. */
  pairOf(planted: P): string;
  singlesOf(reference: Reference): readonly Single<P>[];
  /** All that a story meets where nothing is left out. */
  readonly chains: readonly Chain<P>[];
  /** What a story meets where one run must do: as much as can be of what was not met yet. */
  next(reference: Reference, isMet: (pair: string) => boolean, turn: number): readonly P[];
  disturbed(world: TestWorld, reference: Reference, planted: readonly P[]): Promise<FaultResult>;
}

const AWS: Side<PlantedCall> = {
  name: 'AWS',
  pairOf,
  singlesOf: ({ story, calls }) =>
    calls.flatMap(site =>
      CALL_FAULTS.filter(fault => meets(fault, site)).map(fault => ({
        story,
        pair: pairOf({ site, fault }),
        nth: site.nth,
        planted: { site, fault },
      })),
    ),
  chains: CALL_FAULTS.map(fault => ({
    name: fault.name,
    of: reference =>
      firstCalls(reference)
        .filter(site => meets(fault, site))
        .map(site => ({ site, fault })),
  })),
  next: (reference, isMet, turn) =>
    firstCalls(reference).flatMap((site, at) => {
      const all = CALL_FAULTS.filter(fault => meets(fault, site)).map(fault => ({ site, fault }));
      return all.find(one => !isMet(pairOf(one))) ?? inTurn(all, 1, turn + at);
    }),
  disturbed,
};

const KUBE_RUNS: readonly Chain<Planted>[] = KUBE_CHAINS.map(({ name, faults }) => ({
  name,
  of: reference => inARow(reference, faults),
}));

const KUBERNETES: Side<Planted> = {
  name: 'Kubernetes',
  pairOf: kubePairOf,
  singlesOf: reference =>
    kubeSites(reference).flatMap(site =>
      KUBE_FAULTS.filter(fault => fault.meets(site.purpose)).map(fault => ({
        story: reference.story,
        pair: kubePairOf({ ...site, fault }),
        nth: site.nth,
        planted: { ...site, fault },
      })),
    ),
  chains: KUBE_RUNS,
  // Requests of all stories are of the same few kinds.
  next(reference, isMet) {
    const chains = KUBE_RUNS.map(chain => chain.of(reference));
    const open = (chain: readonly Planted[]) => chain.filter(one => !isMet(kubePairOf(one))).length;
    const [best = []] = chains.toSorted((a, b) => open(b) - open(a));
    return open(best) > 0 ? best : [];
  },
  disturbed: kubeDisturbed,
};

export interface Extent {
  /** Calls of each side that are disturbed by themselves. */
  readonly singles?: number;
  /** Told while others write the objects all the time; with `FULL=1` all stories are. */
  readonly busy?: Story | undefined;
}

/**
 * Every operation of the stories meets every fault, reads too, and so does the first request of each kind to the API server:
 * the end is that of the undisturbed run, nothing was made or taken away more often, nothing was called ready before AWS was
 * as the spec says, and it came back by itself. Then single calls, of which the later ones are disturbed too.
 */
export function callFaults(
  references: References,
  name: string,
  stories: readonly Story[],
  extent: Extent = {},
): void {
  describe(`calls that fail of ${name}`, () => failingCalls(references, name, stories, extent));
}

function failingCalls(
  references: References,
  name: string,
  stories: readonly Story[],
  { busy, singles: drawn = SAMPLE }: Extent,
): void {
  const sides = { AWS: newCount(), Kubernetes: newCount() };
  const singles = { AWS: singlesOf(AWS), Kubernetes: singlesOf(KUBERNETES) };

  afterAll(() => {
    for (const side of ['AWS', 'Kubernetes'] as const) {
      const { met, looks, pairs, all } = sides[side];
      const { made, all: points } = singles[side];
      console.log(
        `covered: ${side} call faults of ${name}: ${stories.length} stories, ${met} calls disturbed, ` +
          `${pairs.size} of ${all.size} pairs of an operation and a fault, ${looks} claims to be ready or in sync checked, ` +
          `${isFull ? 'all' : `${made} of`} ${points} of each call and fault by themselves${isFull ? '' : ` (seed ${seed})`}`,
      );
    }
  });

  function counted(side: keyof typeof sides, { met, looks, difference }: FaultResult): string | undefined {
    sides[side].looks += looks;
    countMet(side, met);
    return difference;
  }

  function countMet(side: keyof typeof sides, met: Iterable<readonly [string, number]>): void {
    const count = sides[side];
    for (const [what, times] of met) {
      count.met += times;
      count.pairs.add(what);
    }
  }

  describe.each(stories)('$name', story => {
    if (isFull || story === busy) amongOthers(story);
    if (isFull) {
      allChains(AWS, story);
      allChains(KUBERNETES, story);
      return;
    }
    test(
      'calls fail, each in a way that it has not met yet',
      async () => {
        expect(await differenceOfNext(story)).toBeUndefined();
      },
      STORY_TIMEOUT_MS,
    );
  });

  function amongOthers(story: Story): void {
    test(
      'others write its objects all the time: it gets on, and to the same end',
      async () => {
        const reference = await references.of(story);
        const planted = amongBusyWriters(reference, seed);
        const { met, difference } = await kubeDisturbed(references.world, reference, planted);
        expect(difference).toBeUndefined();
        expect([...met.values()].reduce((sum, times) => sum + times, 0)).toBeGreaterThan(planted.length);
      },
      STORY_TIMEOUT_MS,
    );
  }

  function allChains<P>(side: Side<P>, story: Story): void {
    test.each(side.chains)(
      `the first of each call of ${side.name} $name`,
      async chain => {
        const reference = await references.of(story);
        const result = await side.disturbed(references.world, reference, chain.of(reference));
        expect(counted(side.name, result)).toBeUndefined();
      },
      STORY_TIMEOUT_MS,
    );
  }

  /** Calls of both sides fail in one run. */
  async function differenceOfNext(story: Story): Promise<string | undefined> {
    const { world } = references;
    const reference = await references.of(story);
    const turn = stories.indexOf(story);
    const calls = AWS.next(reference, pair => sides.AWS.pairs.has(pair), turn);
    const requests = KUBERNETES.next(reference, pair => sides.Kubernetes.pairs.has(pair), turn);
    const { transport, met: metRequests } = plantRequests(world, requests);
    const plant = () => {
      const metCalls = plantCalls(world, calls);
      return () => [...metCalls(), ...metRequests()];
    };
    const { met, looks, difference } = await watched(world, reference, { transport }, plant, {
      restMs: EVENTS_MS,
    });
    sides.AWS.looks += looks;
    const ofKubernetes = new Set(requests.map(kubePairOf));
    for (const one of met) countMet(ofKubernetes.has(one[0]) ? 'Kubernetes' : 'AWS', [one]);
    if (difference === undefined) return undefined;
    return `with ${[...calls.map(pairOf), ...requests.map(kubePairOf)].join(', ')}: ${difference}`;
  }

  function singlesOf<P>(side: Side<P>): Disturbances {
    return disturbances<Single<P>>(references, {
      of(reference) {
        const all = side.singlesOf(reference);
        for (const { pair } of all) sides[side.name].all.add(pair);
        return all;
      },
      nameOf: ({ story, pair, nth }) => `${story.name}, call ${nth} of ${pair}`,
      async differenceWith({ story, planted }) {
        const result = await side.disturbed(references.world, await references.of(story), [planted]);
        return counted(side.name, result);
      },
    });
  }

  describe.each(Object.entries(singles))('single calls of %s', (_, side) => {
    if (isFull) {
      test.each(stories)(
        '$name',
        async story => expect(await side.differences([story])).toEqual([]),
        FULL_TIMEOUT_MS,
      );
      return;
    }
    test(
      'drawn by chance',
      async () => expect(await side.differences(stories, drawn)).toEqual([]),
      STORY_TIMEOUT_MS,
    );
  });
}

function newCount() {
  return { met: 0, looks: 0, pairs: new Set<string>(), all: new Set<string>() };
}
