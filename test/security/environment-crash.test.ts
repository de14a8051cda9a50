import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Kind } from '../../src/kinds/kind.ts';
import { POINTS } from '../support/life.ts';
import { settle } from '../support/settle.ts';
import { NO_LOG_BUCKET, SMALL_NETWORK } from '../support/small.ts';
import { environment, type Manifest, type TestWorld } from '../support/world.ts';
import { ENVIRONMENT_ROWS, s29 } from './support/environment-checks.ts';
import {
  type EnvironmentWorld,
  environmentWorld,
  isSettled,
  settled,
  whole,
} from './support/environment-world.ts';
import { desired, kindsWith } from './support/mutate.ts';

/** Writes of a life before the one at which it ends; what is under way beside it is sent. */
const WRITES_A_LIFE = 1;
const MOST_LIVES = 200;

let deaths = 0;

interface Making {
  readonly manifest?: Manifest;
  readonly kinds?: readonly Kind[];
  readonly most?: number;
}

/** An environment, by default with everything, is made by operators that die all the time, each at the next point of a write. */
async function madeInManyLives(
  world: TestWorld,
  { manifest = whole(), kinds, most = MOST_LIVES }: Making = {},
): Promise<void> {
  await world.apply(manifest);
  for (let lives = 0; lives < most; lives++) {
    const point = POINTS[lives % POINTS.length] ?? 'applied';
    const kill = { write: WRITES_A_LIFE, point };
    const life = world.live({ kill, ...(kinds === undefined ? {} : { kinds }) });
    const isDone = await settle(world, life, isSettled);
    await life.end();
    if (isDone) return;
    deaths += 1;
  }
  if (most === MOST_LIVES) throw new Error(`${MOST_LIVES} lives did not carry it out`);
}

afterAll(() => {
  console.log(
    `covered: the promises of an environment that was made by an operator that died ${deaths} times`,
  );
});

describe('after many crashes', () => {
  let env: EnvironmentWorld;
  let broken: Readonly<Record<string, readonly string[]>> = {};
  beforeAll(async () => {
    env = await environmentWorld({ before: world => madeInManyLives(world) });
    await settled(env);
    broken = await env.broken();
  });
  afterAll(() => env?.close());

  test.each(Object.keys(ENVIRONMENT_ROWS))('%s', row => {
    expect(broken[row]).toBeUndefined();
  });

  test('it died often enough', () => {
    expect(deaths).toBeGreaterThan(20);
  });
});

describe('a mistake that is made only by who goes on where another one died', () => {
  let env: EnvironmentWorld;
  afterAll(() => env?.close());

  test('is caught', async () => {
    let goesOn = false;
    const { flowLogs: _, ...network } = SMALL_NETWORK;
    const logged = environment({ network, logBucket: NO_LOG_BUCKET });
    const unencrypted = desired('log-group/flow-logs', wanted => ({ ...wanted, kmsKeyArn: undefined }));
    const kinds = kindsWith('OptaEnvironment', nodes => (goesOn ? unencrypted(nodes) : nodes));
    env = await environmentWorld({
      kinds,
      async before(world) {
        await madeInManyLives(world, { manifest: logged, kinds, most: 1 });
        goesOn = true;
      },
    });
    await settled(env);
    expect(await env.brokenIn(s29)).toEqual([expect.stringMatching(/the key of .*flow-logs.* is undefined/)]);
  });
});
