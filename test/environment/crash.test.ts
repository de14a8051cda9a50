import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { AS_AWS, eksControl } from '../../hack/bench/aws/eks/index.ts';
import type { Kill, Point } from '../support/life.ts';
import { environment } from '../support/manifests.ts';
import { isFull } from '../support/mode.ts';
import { conditionOf, isTrue, settle, type Until } from '../support/settle.ts';
import { openStage, type Stage } from '../support/stage.ts';
import { census, counted } from './support/census.ts';

const DEV = environment({
  network: { availabilityZones: isFull ? 3 : 2 },
  // A cluster is made in many looks, each of which every death repeats.
  ...(isFull ? { kubernetes: { endpoint: { public: false }, admins: [], deletionProtection: false } } : {}),
  dns: { domain: 'dev.example.com' },
  encryption: { onDelete: 'Schedule', deletionWindowDays: 7 },
});

/** More than it has writes, so that one which does not move on is found. */
const LONGEST_CHAIN = 400;
/** Of the machine's time, which may be busy. */
const TIMEOUT_MS = 20 * 60_000;

let stage: Stage;
let undisturbed: Readonly<Record<string, number>>;
beforeAll(async () => {
  stage = await openStage();
  eksControl(stage.world.bench.gateway).settings.durations = AS_AWS;
  await stage.cluster.apply(DEV);
  await live(isDone);
  undisturbed = counted(await census(stage));
  await stage.clear();
});
afterAll(() => stage?.close());
afterEach(() => stage.clear());

const isDone: Until = ([dev]) =>
  isTrue(dev, 'Ready') && isTrue(dev, 'Synced') && conditionOf(dev, 'CertificateIssued')?.status === 'True';
const isGone: Until = objects => objects.length === 0;

async function live(until: Until, kill?: Kill): Promise<{ finished: boolean; trace: string }> {
  const life = stage.world.live(kill === undefined ? {} : { kill });
  try {
    const finished = await settle(stage.world, life, until);
    return { finished, trace: life.writes.map(one => one.what).join(' ') };
  } finally {
    await life.end();
  }
}

/** The operator dies at each write in turn: every life gets one write further than the one before. Answers how often. */
async function dyingAtEachWrite(until: Until, point: Point): Promise<number> {
  const first = point === 'before' ? 1 : 0;
  const before = new Map<string, number>();
  let write = 0;
  for (let deaths = 0; deaths < LONGEST_CHAIN; deaths++) {
    const { finished, trace } = await live(until, { write, point });
    if (finished) return deaths;
    // A life that went just as an earlier one would go round in circles with it.
    const times = before.get(trace) ?? 0;
    before.set(trace, times + 1);
    write = first + times;
  }
  throw new Error(`${LONGEST_CHAIN} lives did not carry it out`);
}

describe('an environment, whose operator dies at each of its writes', () => {
  test.each<[Point, string]>([
    ['before', 'before it is sent'],
    ['applied', 'and its answer is lost'],
    ['answered', 'and nothing is sent after its answer'],
  ])(
    '%s: %s',
    async point => {
      await stage.cluster.apply(DEV);
      const making = await dyingAtEachWrite(isDone, point);
      expect(counted(await census(stage))).toEqual(undisturbed);
      await stage.cluster.delete('OptaEnvironment', 'dev');
      const removing = await dyingAtEachWrite(isGone, point);
      expect(await census(stage)).toEqual([]);
      console.log(
        `covered: ${making} deaths while an environment was made, ${removing} while it was removed (${point})`,
      );
      expect(Math.min(making, removing)).toBeGreaterThan(10);
    },
    TIMEOUT_MS,
  );
});
