import { afterAll, beforeAll, expect, test } from 'vitest';
import { faultError } from '../../../hack/bench/aws/fault-errors.ts';
import type { JournalEntry } from '../../../hack/bench/aws/journal.ts';
import { OBSERVER_HEADER, type Overlay } from '../../../hack/bench/aws/overlay.ts';
import { FULL_TIMEOUT_MS, isFull, seed } from '../../../hack/vitest/mode.ts';
import { seeded } from '../../../hack/vitest/random.ts';
import { environment, type Manifest, plainQueue, topic } from '../../support/manifests.ts';
import { ownEvents } from '../../support/own-events.ts';
import { createWitness } from '../../support/readiness.ts';
import { allReady, conditionOf, isTrue, pass, settle } from '../../support/settle.ts';
import { applied, begin, goOn, type Reference, undisturbed, verdict } from '../../support/story.ts';
import { startWorld, type TestWorld } from '../../support/world.ts';

const SERVICES = ['sqs', 'sns', 'kms', 'tagging'];
/** What each service answers in a second; the rest is throttled. */
const PER_SECOND = 8;
/** By then the operator has found out what is answered. In ms. */
const BACKED_OFF_MS = 5_000;
const CALM_MS = 10 * 60_000;
const STORM_MS = 6 * 60_000;
const OUTAGE_MS = 5 * 60_000;
/** The longest back-off, and the passes after it. */
const BACK_FROM_OUTAGE_MS = 2 * 60_000;
/** The longest back-off, and the slowest rate for so many objects. */
const BACK_MS = 8 * 60_000;
const TIMEOUT_MS = 600_000;

/** 60 objects, each of a few calls. */
const OBJECTS: readonly Manifest[] = Array.from({ length: 60 }, (_, at) =>
  at % 3 === 0
    ? topic(`events-${at}`, { encryption: 'EnvironmentKey', subscriptions: [{ queue: `orders-${at + 1}` }] })
    : plainQueue(`orders-${at}`),
);

/** More for an outage, which all of them come back from at once. */
const CROWD: readonly Manifest[] = [
  ...OBJECTS,
  ...Array.from({ length: isFull ? 1_000 - OBJECTS.length : 0 }, (_, at) => plainQueue(`crowd-${at}`)),
];

interface Storm {
  readonly overlays: Overlay[];
  /** Infinity: none. */
  perSecond: number;
}

function createStorm(): Storm {
  const served = new Map<string, { second: number; calls: number }>();
  const storm: Storm = {
    perSecond: Number.POSITIVE_INFINITY,
    overlays: SERVICES.map(service => ({
      service,
      operation: /.*/,
      source: 'a test: an account whose rates are used up',
      before(call, bench) {
        if (call.headers[OBSERVER_HEADER] !== undefined) return undefined;
        const second = Math.floor(bench.now() / 1_000);
        const now = served.get(service);
        const calls = now?.second === second ? now.calls + 1 : 1;
        served.set(service, { second, calls });
        return calls > storm.perSecond ? faultError(call, 'throttle', {}) : undefined;
      },
    })),
  };
  return storm;
}

const storm = createStorm();
let world: TestWorld;
let reference: Reference;
let made = 0;
let refused = 0;
let backAfterMs = 0;

beforeAll(async () => {
  world = await startWorld({ overlays: storm.overlays });
  reference = await undisturbed(world, {
    name: '60 objects: created',
    before: [applied(environment())],
    acts: [applied(...OBJECTS)],
  });
}, TIMEOUT_MS);
afterAll(async () => {
  console.log(
    `covered: throttling: ${OBJECTS.length} objects, ${made} calls to make them, ${refused} throttled`,
  );
  console.log(`covered: an outage: ${CROWD.length} objects, all back ${backAfterMs / 1_000} s after its end`);
  await world?.stop();
});

/** Of the operator, since the mark. */
function callsSince(mark: number): readonly JournalEntry[] {
  return world.bench.gateway.journalSince(mark).filter(call => call.observer === undefined);
}

function isThrottled({ errorCode }: JournalEntry): boolean {
  return errorCode?.includes('Throttl') === true;
}

test(
  '60 objects are made while AWS throttles: none is ready too soon, and soon hardly a call is refused',
  async () => {
    const run = await begin(world, reference.story);
    const isBehind = () => !life.isUpToDate || life.operator.queue.depth > 0;
    const witness = await createWitness(world, reference, run, isBehind);
    storm.perSecond = PER_SECOND;
    const life = world.live({ onKubeWrite: witness.see });
    await goOn(world, run, life);
    await life.end();
    storm.perSecond = Number.POSITIVE_INFINITY;
    const calls = callsSince(run.since);
    made = calls.length;
    refused = calls.filter(isThrottled).length;
    const later = calls.filter(call => call.at - (calls[0]?.at ?? 0) > BACKED_OFF_MS);
    // How many goes by how much a machine sends before the operator has found out.
    expect(refused).toBeGreaterThan(0);
    expect(later.length).toBeGreaterThan(100);
    expect(later.filter(isThrottled).length / later.length).toBeLessThan(0.05);
    expect(witness.lies).toEqual([]);
    expect(witness.looks).toBeGreaterThanOrEqual(OBJECTS.length);
    expect(await ownEvents(world.cluster)).toEqual([]);
    expect(await verdict(world, reference, run)).toBeUndefined();
  },
  TIMEOUT_MS,
);

test(
  'six minutes in which every call is throttled: what was ready stays so, nobody is told 60 times, and it ends',
  async () => {
    const life = world.live();
    await settle(world, life, allReady);
    await pass(world, life, CALM_MS);
    const mark = world.bench.gateway.journal.at(-1)?.id ?? 0;
    const writes = life.writes.length;

    storm.perSecond = 0;
    await world.apply(...OBJECTS.map(one => ({ ...one, spec: { ...one.spec, tags: { team: 'shop' } } })));
    await pass(world, life, (STORM_MS * 2) / 3);
    const last = world.bench.gateway.now();
    await pass(world, life, STORM_MS / 3);
    const calls = callsSince(mark);
    // By the slowest rate of each service, and by the back-off of each object.
    expect(calls.filter(call => call.at > last).length).toBeLessThan(
      (SERVICES.length * (STORM_MS / 3)) / 1_000,
    );
    expect(calls.filter(call => call.mutating && !isThrottled(call))).toEqual([]);
    for (const object of await world.objects()) {
      expect(conditionOf(object, 'Ready'), object.metadata.name).toMatchObject({ status: 'True' });
      if (object.kind !== 'OptaEnvironment')
        expect(conditionOf(object, 'Synced')).toMatchObject({ status: 'False', reason: 'Throttled' });
    }
    expect(await ownEvents(world.cluster)).toEqual([]);
    // That it is throttled, and at which call, where that turns out to be another.
    expect((life.writes.length - writes) / OBJECTS.length).toBeLessThan(3);

    storm.perSecond = Number.POSITIVE_INFINITY;
    const from = world.clock.monotonic();
    await settle(world, life, allReady);
    expect(world.clock.monotonic() - from).toBeLessThan(BACK_MS);
    await life.end();
  },
  TIMEOUT_MS,
);

test(
  'two minutes after five minutes without AWS all are as before',
  async () => {
    const maker = world.live();
    await world.apply(...CROWD);
    await settle(world, maker, allReady);
    await maker.end();
    // Without chance all would come back at one moment, and none as late as any may.
    const life = world.live({ random: seeded(seed) });
    await settle(world, life, allReady);

    world.bench.gateway.addFault({ fault: { kind: 'serverError' }, times: 0 });
    await world.apply(...CROWD.map(one => ({ ...one, spec: { ...one.spec, tags: { team: 'mail' } } })));
    await pass(world, life, OUTAGE_MS);
    const failing = (await world.objects()).filter(object => !isTrue(object, 'Synced'));
    expect(failing.length).toBeGreaterThanOrEqual(CROWD.length);

    world.bench.gateway.clearFaults();
    const end = world.clock.now();
    await pass(world, life, BACK_FROM_OUTAGE_MS);
    const objects = await world.objects();
    expect(objects.filter(object => !allReady([object])).map(object => object.metadata.name)).toEqual([]);
    const since = objects.map(one => Date.parse(conditionOf(one, 'Synced')?.lastTransitionTime ?? ''));
    backAfterMs = Math.max(...since) - end;
    await life.end();
  },
  isFull ? FULL_TIMEOUT_MS : TIMEOUT_MS,
);
