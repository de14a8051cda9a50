import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AS_AWS, eksControl } from '../../hack/bench/aws/eks/index.ts';
import type { OptaObject } from '../../src/operator/objects.ts';
import { ACCOUNT, type Manifest, REGION } from '../support/manifests.ts';
import { isFull } from '../support/mode.ts';
import { allReady, conditionOf, pass } from '../support/settle.ts';
import { type Acting, openStage, type Stage } from '../support/stage.ts';
import { enforcedRates, isThrottled, judgeRates } from './support/rates.ts';

const COUNT = isFull ? 50 : 8;
/** Some are much larger than others, and some in another region: its EC2 counts apart, its Route 53 and IAM do not. */
const CLUSTER_EVERY = 10;
const ELSEWHERE_EVERY = 5;
const MINUTE_MS = 60_000;
const GIVE_UP_MS = 3 * 60 * MINUTE_MS;

function hasCluster(index: number): boolean {
  return index % CLUSTER_EVERY === CLUSTER_EVERY - 3;
}

const MANY: readonly Manifest[] = Array.from({ length: COUNT }, (_, index) => ({
  kind: 'OptaEnvironment',
  name: `env-${index}`,
  spec: {
    region: index % ELSEWHERE_EVERY === 0 ? 'eu-west-1' : REGION,
    accountId: ACCOUNT,
    network: { availabilityZones: 2 },
    kubernetes: hasCluster(index) ? { endpoint: { public: false }, admins: [] } : { enabled: false },
    dns: { domain: `env-${index}.example.com` },
  },
}));

let stage: Stage;
let acting: Acting;
let startedAt: number;
beforeAll(async () => {
  stage = await openStage(enforcedRates());
  eksControl(stage.world.bench.gateway).settings.durations = AS_AWS;
  await stage.cluster.apply(...MANY);
  // As many at once as an operator looks after by default, and with the limits that it has by default.
  acting = await stage.operator({ limits: {}, settings: { concurrency: 64 } });
  startedAt = stage.world.clock.now();
});
afterAll(() => stage?.close());

async function lookOn(ms: number): Promise<readonly OptaObject[]> {
  await pass({ ...stage.world, objects: stage.cluster.objects }, acting.life, ms);
  return stage.cluster.objects();
}

/** Since all of them were made; in seconds of virtual time. */
function secondsUntilReady(objects: readonly OptaObject[], which: (index: number) => boolean): number[] {
  return objects
    .filter(({ metadata }) => which(Number(metadata.name.slice('env-'.length))))
    .map(one => (Date.parse(conditionOf(one, 'Ready')?.lastTransitionTime ?? '') - startedAt) / 1_000)
    .sort((a, b) => a - b);
}

describe(`${COUNT} environments that are made at once`, () => {
  test('all become Ready, none long after the others, and no rate of AWS is passed', async () => {
    const real = performance.now();
    let objects: readonly OptaObject[] = [];
    for (let passed = 0; objects.length < COUNT || !allReady(objects); passed += MINUTE_MS) {
      if (passed > GIVE_UP_MS)
        throw new Error(`not all are Ready: ${JSON.stringify(objects.map(one => one.status?.conditions))}`);
      objects = await lookOn(MINUTE_MS);
      console.log(
        passed / 60000,
        objects.filter(o => allReady([o])).length,
        stage.mark(),
        (performance.now() - real) / 1000,
      );
    }
    const calls = stage.world.bench.gateway.journalSince(0);
    const { exceeding, counted } = judgeRates(calls);
    const small = secondsUntilReady(objects, index => !hasCluster(index));
    const [median = 0, last = 0] = [small[Math.floor(small.length / 2)], small.at(-1)];
    console.log(
      `covered: ${COUNT} environments at once: ${calls.length} calls, ${calls.filter(isThrottled).length} throttled, Ready after ${small[0]} to ${last} s, half of them after ${median} s (${((performance.now() - real) / 1000).toFixed(0)} s of the machine)`,
    );
    console.log(
      counted,
      secondsUntilReady(objects, () => true),
    );
    expect(exceeding).toEqual([]);
    expect(calls.filter(isThrottled)).toEqual([]);
    expect(last).toBeLessThanOrEqual(2 * median);
  }, 3_000_000);
});
