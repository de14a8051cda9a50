import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { converge } from './testing/converge.ts';
import { histories, play } from './testing/history.ts';
import { picture, problems } from './testing/oracles.ts';
import { passOnce, restart } from './testing/world.ts';

const RUNS = process.env.RUNS ? Number(process.env.RUNS) : process.env.FULL ? 4_000 : 400;

describe('lives of an object', () => {
  test('with changes one after the other: the end is the undisturbed one', async () => {
    await fc.assert(
      fc.asyncProperty(histories({ interrupting: false }), async episodes => {
        const undisturbed = await play(episodes, { disturbed: false, approving: true });
        expect(problems(undisturbed)).toEqual([]);
        const disturbed = await play(episodes, { disturbed: true, approving: true });
        expect(problems(disturbed)).toEqual([]);
        expect(picture(disturbed)).toEqual(picture(undisturbed));
        const { writes } = disturbed;
        for (let pass = 0; pass < 4; pass++) {
          if (pass === 2) restart(disturbed);
          await passOnce(disturbed);
          disturbed.now += 5 * 60_000;
        }
        expect(disturbed.writes).toBe(writes);
      }),
      { numRuns: RUNS },
    );
  }, 600_000);
});
void converge;
