import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Episode, histories, play } from './testing/history.ts';
import { keptAndGone, picture, problems } from './testing/oracles.ts';
import { passOnce, restart, type World } from './testing/world.ts';

const RUNS = process.env.RUNS ? Number(process.env.RUNS) : process.env.FULL ? 4_000 : 400;

/** Drift checks, with a restart among them. */
async function expectQuiet(world: World): Promise<void> {
  const { writes } = world;
  for (let pass = 0; pass < 4; pass++) {
    if (pass === 2) restart(world);
    await passOnce(world);
    world.now += 5 * 60_000;
  }
  expect(world.writes).toBe(writes);
}

describe('lives of an object', () => {
  const one = (episodes: readonly Episode[], disturbed: boolean) =>
    play(episodes, { disturbed, approving: true });

  test('with changes one after the other: the end is the undisturbed one', async () => {
    await fc.assert(
      fc.asyncProperty(histories({ interrupting: false }), async episodes => {
        const undisturbed = await one(episodes, false);
        expect(problems(undisturbed)).toEqual([]);
        const disturbed = await one(episodes, true);
        expect([...problems(disturbed), ...keptAndGone(disturbed)]).toEqual([]);
        if (disturbed.deletion === 'None') expect(picture(disturbed)).toEqual(picture(undisturbed));
        await expectQuiet(disturbed);
      }),
      { numRuns: RUNS },
    );
  }, 6000_000);

  test('with changes that interrupt each other: the end is the undisturbed one', async () => {
    await fc.assert(
      fc.asyncProperty(histories({ interrupting: true }), async episodes => {
        const undisturbed = await one(episodes, false);
        expect(problems(undisturbed)).toEqual([]);
        const disturbed = await one(episodes, true);
        expect(problems(disturbed)).toEqual([]);
        // What was not made yet when the object was deleted is not there to be kept.
        if (disturbed.deletion === 'None') expect(picture(disturbed)).toEqual(picture(undisturbed));
        await expectQuiet(disturbed);
      }),
      { numRuns: RUNS },
    );
  }, 6000_000);
});
