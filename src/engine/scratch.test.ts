import { test } from 'vitest';
import { type Episode, play } from './testing/history.ts';
import { problems } from './testing/oracles.ts';

const episodes = JSON.parse(process.env.EPISODES ?? '[]') as Episode[];
test.each([false, true])('x', async disturbed => {
  console.log('==== disturbed', disturbed);
  const w = await play(episodes, {
    disturbed,
    policy: (process.env.POLICY ?? 'Apply') as 'Apply',
    approving: process.env.NEVER === undefined,
    prepare(world) {
      const { around } = world.cloud;
      world.cloud.around = write => {
        const c = world.cloud.journal.at(-1);
        console.log((world.now - 1767225600000) / 1000, c?.operation, c?.node, c?.id, world.restarts);
        return around(write);
      };
      let state = world.state;
      Object.defineProperty(world, 'state', {
        get: () => state,
        set(s) {
          state = s;
          console.log(
            (world.now - 1767225600000) / 1000,
            'save',
            JSON.stringify(
              s.resources.map((e: Record<string, unknown>) => [
                e.node,
                e.epoch,
                e.id,
                e.after,
                e.keys,
                e.attempts,
                e.pending,
              ]),
            ),
            JSON.stringify(s.plan),
          );
        },
      });
    },
  });
  console.log(
    problems(w),
    JSON.stringify(
      w.cloud.resources.map(r => [
        r.id,
        r.madeFor,
        r.deletedAt,
        r.scheduledAt,
        JSON.stringify(r.versions.at(-1)),
      ]),
    ),
  );
});
