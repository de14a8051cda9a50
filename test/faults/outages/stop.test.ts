import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Pass } from '../../../src/kube/controller.ts';
import { environment, plainQueue } from '../../support/manifests.ts';
import { openStage, type Stage } from '../../support/stage.ts';

const QUEUES = 60;
const START_MS = 300_000;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
}, START_MS);
afterAll(() => stage?.close());

test('an operator that stops while its calls wait for their rate ends at once: no call comes after', async () => {
  const { world } = stage;
  const passes: Pass[] = [];
  const acting = await stage.operator({
    limits: { 'sqs:*': 1 },
    settings: { concurrency: QUEUES },
    onPass: pass => passes.push(pass),
  });
  await world.apply(environment());
  await acting.until(object => object('OptaEnvironment', 'dev')?.status?.conditions !== undefined);
  await world.apply(...Array.from({ length: QUEUES }, (_, at) => plainQueue(`orders-${at}`)));
  const { operator } = acting.life;
  await still(() => operator.queue.running === QUEUES && acting.life.busy === 0);
  passes.length = 0;
  const mark = stage.mark();
  const time = world.clock.now();

  await operator.stop(0);
  expect(world.clock.now()).toBe(time);
  expect(passes.map(one => one.outcome)).toEqual(Array.from({ length: QUEUES }, () => 'failed'));
  world.clock.advance(60_000);
  await still(() => true);
  expect(world.bench.gateway.journalSince(mark).filter(call => call.observer === undefined)).toEqual([]);
  const told = (await world.objects()).flatMap(object => object.status?.conditions ?? []);
  expect(told.filter(one => one.message?.includes('stopping'))).toEqual([]);
}, 60_000);

/** Until it holds, and holds on. */
async function still(holds: () => boolean): Promise<void> {
  let turns = 0;
  const holdsOn = () => {
    turns = holds() ? turns + 1 : 0;
    return turns >= 20;
  };
  await vi.waitUntil(holdsOn, { timeout: 60_000, interval: 5 });
}
