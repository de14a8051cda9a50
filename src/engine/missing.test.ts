/** AWS shows what was made later than it says, or misses it once: no second one is made for it, and none is left behind. */
import { describe, expect, test } from 'vitest';
import { converge } from './testing/converge.ts';
import { FAKE_TYPES } from './testing/fake-types.ts';
import { resourceOf } from './testing/oracles.ts';
import { BOX, calls, GATE, later, NET, settled, states, vanish } from './testing/stories.ts';
import { createWorld, deleteObject, passOnce, restart, type World } from './testing/world.ts';

const CHAIN = [NET, GATE, BOX];
/** Longer than any type settles, and as long as EC2 may take. In ms. */
const SLOW_MS = 4 * 60_000;

function madeOf(world: World): readonly string[] {
  return world.log.filter(one => one.startsWith('create')).sort();
}

describe('reads that show what was made only after minutes', () => {
  test.each([false, true])('one of each is made; restarted meanwhile: %s', async isRestarted => {
    const world = createWorld(CHAIN);
    world.cloud.lagMs = SLOW_MS;
    await passOnce(world);
    if (isRestarted) {
      world.now += FAKE_TYPES.net.settleMs;
      restart(world);
    }
    expect(states(await converge(world))).toEqual(['net@1 Ready', 'gate@1 Ready', 'box@1 Ready']);
    expect(madeOf(world)).toEqual(['create box', 'create gate', 'create net']);
  });
});

test.each([false, true])(
  'what is deleted before AWS has shown any of it is not left behind; restarted: %s',
  async isRestarted => {
    const world = createWorld([NET]);
    world.cloud.lagMs = SLOW_MS;
    await passOnce(world);
    world.now += FAKE_TYPES.net.settleMs + 1_000;
    if (isRestarted) restart(world);
    deleteObject(world, 'Remove');
    await converge(world);
    expect(world.cloud.living()).toEqual([]);
  },
);

describe('one that was there and is missed', () => {
  test('by one look is not made anew', async () => {
    const world = await settled(CHAIN);
    const hidden = CHAIN.map(({ id }) => resourceOf(world, id));
    for (const one of hidden) if (one !== undefined) one.deletedAt = world.now;
    await passOnce(world);
    for (const one of hidden) delete one?.deletedAt;
    expect(states(await converge(world))).toEqual(['net@1 Ready', 'gate@1 Ready', 'box@1 Ready']);
    expect(calls(world)).toEqual([]);
  });

  test.each([false, true])('is made anew once it is sure to be gone; restarted: %s', async isRestarted => {
    const world = await settled([NET]);
    vanish(world, 'net');
    if (isRestarted) restart(world);
    const from = world.now;
    expect(states(await converge(world))).toEqual(['net@2 Ready']);
    expect(madeOf(world)).toEqual(['create net']);
    expect(world.now - from).toBeLessThanOrEqual(2 * FAKE_TYPES.net.settleMs);
  });

  test('is missed from its last look on, not from the first one that missed it', async () => {
    const world = await settled([NET]);
    const one = resourceOf(world, 'net');
    for (let look = 0; look < 4; look++) {
      if (one !== undefined) one.deletedAt = world.now;
      await passOnce(world);
      world.now += FAKE_TYPES.net.settleMs / 2;
      delete one?.deletedAt;
      await passOnce(world);
      world.now += FAKE_TYPES.net.settleMs / 2;
    }
    expect(calls(world)).toEqual([]);
  });

  test.each([NET, GATE])('and turns up when another one is there goes with the object: $id', async spec => {
    const chain = CHAIN.slice(0, CHAIN.indexOf(spec) + 1);
    const world = await settled(chain);
    const first = resourceOf(world, spec.id);
    vanish(world, spec.id);
    await converge(world);
    expect(resourceOf(world, spec.id)?.id).not.toBe(first?.id);
    delete first?.deletedAt;
    later(world);
    restart(world);
    deleteObject(world, 'Remove');
    await converge(world);
    expect(world.cloud.living()).toEqual([]);
  });
});
