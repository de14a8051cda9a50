import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AS_AWS, eksControl } from '../../hack/bench/aws/eks/index.ts';
import { isFull } from '../../hack/vitest/mode.ts';
import { loadAdaptors } from '../../src/aws/adaptors.ts';
import type { OptaObject } from '../../src/operator/objects.ts';
import { ACCOUNT, type Manifest, REGION } from '../support/manifests.ts';
import { allReady, conditionOf, describe as describeWorld, pass } from '../support/settle.ts';
import { type Acting, openStage, type Stage } from '../support/stage.ts';
import { busiest, enforcedRates, grantedRates, isThrottled, judgeRates, unlimited } from './support/rates.ts';

/** Fewer get as much less of each rate: they wait as long for it as fifty do for the whole. */
const COUNT = isFull ? 50 : 7;
const SCALE = COUNT / 50;
const MINUTE_MS = 60_000;
/** Of virtual time. */
const GIVE_UP_MS = 120 * MINUTE_MS;
const TIMEOUT_MS = isFull ? 60 * MINUTE_MS : 10 * MINUTE_MS;

/** Of fifty, five are much larger than the others. */
function hasCluster(index: number): boolean {
  return index % 10 === 7;
}

/** Another region has rates of its own, but for Route 53 and IAM, which are the account's. */
function regionOf(index: number): string {
  return index % 5 === 0 ? 'eu-west-1' : REGION;
}

function environmentIn(region: string, name: string, kubernetes: object = { enabled: false }): Manifest {
  const network = { availabilityZones: 2 };
  const dns = { domain: `${name}.example.com` };
  return { kind: 'OptaEnvironment', name, spec: { region, accountId: ACCOUNT, network, kubernetes, dns } };
}

const MANY: readonly Manifest[] = Array.from({ length: COUNT }, (_, index) =>
  environmentIn(
    regionOf(index),
    `env-${index}`,
    hasCluster(index) ? { endpoint: { public: false }, admins: [] } : { enabled: false },
  ),
);
/** They come while the others wait. */
const LATER: readonly Manifest[] = ['late-1', 'late-2'].map(name => environmentIn(REGION, name));
const ALL = COUNT + LATER.length;

let stage: Stage;
let acting: Acting;
let startedAt: number;
beforeAll(async () => {
  stage = await openStage(enforcedRates(SCALE));
  eksControl(stage.world.bench.gateway).settings.durations = AS_AWS;
  // Loading takes time of the machine, in which virtual time would go on.
  await loadAdaptors(['ec2/vpc']);
  await stage.cluster.apply(...MANY);
  // As many at once as an operator sees to by default.
  acting = await stage.operator({ limits: grantedRates(SCALE), settings: { concurrency: 64 } });
  startedAt = stage.world.clock.now();
});
afterAll(() => stage?.close());

async function lookOn(ms: number): Promise<readonly OptaObject[]> {
  await pass({ ...stage.world, objects: stage.cluster.objects }, acting.life, ms);
  return stage.cluster.objects();
}

/** When each became Ready, in seconds of virtual time since the many were made; the first one first. */
function readyAfter(objects: readonly OptaObject[], which: (name: string) => boolean): readonly number[] {
  return objects
    .filter(({ metadata }) => which(metadata.name))
    .map(one => Date.parse(conditionOf(one, 'Ready')?.lastTransitionTime ?? ''))
    .map(at => (at - startedAt) / 1_000)
    .sort((a, b) => a - b);
}

function expectWithinRates(): void {
  const calls = stage.world.bench.gateway.journalSince(0);
  expect(judgeRates(calls, SCALE)).toEqual([]);
  expect(unlimited(calls)).toEqual([]);
  expect(calls.filter(isThrottled)).toEqual([]);
}

describe(`${COUNT} environments that are made at once, before an AWS that keeps its rates`, () => {
  test(
    'all become Ready, none long after the others, and no call is one too many',
    async () => {
      const began = performance.now();
      let objects: readonly OptaObject[] = [];
      await lookOn(MINUTE_MS);
      await stage.cluster.apply(...LATER);
      for (let passed = 0; !(objects.length === ALL && allReady(objects)); passed += MINUTE_MS) {
        if (passed > GIVE_UP_MS) throw new Error(`not all are Ready: ${await describeWorld(stage.world)}`);
        objects = await lookOn(MINUTE_MS);
      }
      expectWithinRates();
      const named = (which: (index: number) => boolean) => {
        const names = new Set(MANY.filter((_, index) => which(index)).map(one => one.name));
        return readyAfter(objects, name => names.has(name));
      };
      const small = named(index => !hasCluster(index));
      const [first = 0, median = 0, last = 0] = [small[0], small[Math.floor(small.length / 2)], small.at(-1)];
      const before = named(index => !hasCluster(index) && regionOf(index) === REGION);
      const late = readyAfter(objects, name => name.startsWith('late-'));
      const calls = stage.world.bench.gateway.journalSince(0);
      const large = named(hasCluster);
      const route53 = busiest(calls, 'route53', 30 / SCALE) / SCALE;
      console.log(
        `covered: ${COUNT} environments at once in ${calls.length} calls, none of them throttled: Ready after ${first} to ${last} s, half of them after ${median} s, those that came later after ${late.join(' and ')} s${large.length === 0 ? '' : `, those with a cluster after ${large[0]} to ${large.at(-1)} s`}; Route 53 at ${route53.toFixed(1)} of 5 calls a second; ${((performance.now() - began) / 1000).toFixed(0)} s of the machine`,
      );
      // An operator that is too shy keeps the rates as well.
      expect(route53).toBeGreaterThan(0.7 * 5);
      // Who waits for a rate is served in turn: what is asked of each is the same, so all are done at about the same time.
      expect(last).toBeLessThanOrEqual(2 * median);
      // Who comes later does not overtake who waits, but for a few that had to look again for another reason.
      const overtaken = before.filter(at => at >= Math.min(...late));
      expect(overtaken.length).toBeLessThanOrEqual(Math.floor(before.length / 10));
    },
    TIMEOUT_MS,
  );

  test(
    'are all looked at again within the rates, and nothing is written',
    async () => {
      const keys = [...MANY, ...LATER].map(({ name }) => `OptaEnvironment:${name}`);
      const before = keys.map(acting.passesOf);
      const mark = stage.mark();
      await lookOn(6 * MINUTE_MS);
      expect(keys.filter((key, index) => acting.passesOf(key) === before[index])).toEqual([]);
      expect(stage.writesSince(mark)).toEqual([]);
      expectWithinRates();
    },
    TIMEOUT_MS,
  );
});
