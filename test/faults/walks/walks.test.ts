import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FULL_TIMEOUT_MS, isFull, seed } from '../../../hack/vitest/mode.ts';
import { startWorld, type TestWorld } from '../../support/world.ts';
import { CLUSTER, DOMAIN, EXISTING, MESSAGING_AND_STORAGE, NETWORK } from './places.ts';
import { type Doing, walk } from './walk.ts';

/** A cluster takes so long that it is walked in the long run only. */
const WALKS = isFull
  ? [
      { place: MESSAGING_AND_STORAGE, walks: 200, rounds: 15 },
      { place: NETWORK, walks: 50, rounds: 10 },
      { place: CLUSTER, walks: 50, rounds: 5 },
      { place: DOMAIN, walks: 50, rounds: 15 },
      { place: EXISTING, walks: 50, rounds: 10 },
    ]
  : [
      { place: MESSAGING_AND_STORAGE, walks: 1, rounds: 6 },
      { place: NETWORK, walks: 1, rounds: 3 },
      { place: DOMAIN, walks: 1, rounds: 3 },
      { place: EXISTING, walks: 1, rounds: 2 },
    ];

let world: TestWorld;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

describe.each(WALKS)('$place.what, changed by chance', ({ place, walks, rounds }) => {
  const done = new Map<Doing, number>();
  afterAll(() => {
    const told = [...done].map(([what, count]) => `${count} ${what}`).join(', ');
    console.log(`covered: ${walks} walks of ${place.what}, ${rounds} rounds each (seed ${seed}): ${told}`);
  });

  test.each(Array.from({ length: walks }, (_, n) => ({ walked: seed + n })))(
    'calls fail and operators die: AWS is as the specs say, seed $walked',
    async ({ walked }) => {
      const result = await walk(world, place, { seed: walked, rounds });
      for (const [what, count] of result.done) done.set(what, (done.get(what) ?? 0) + count);
      expect(result.problem).toBeUndefined();
    },
    FULL_TIMEOUT_MS,
  );
});
