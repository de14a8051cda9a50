import { setTimeout as delay } from 'node:timers/promises';
import type { OptaObject } from '../../src/operator/objects.ts';
import type { Life } from './life.ts';
import type { TestWorld } from './world.ts';

/** Real time without any activity after which an operator has nothing more to do now; in ms. */
const QUIET_MS = 25;
/** Real time for one settling; beyond it something is stuck. */
const GIVE_UP_MS = 120_000;
/** Virtual time for one settling: longer than any settling time, deletion window of a name, or back-off of ours. */
const VIRTUAL_LIMIT_MS = 60 * 60_000;

/**
 * Lets a life go on until `until` holds, or it died, moving virtual time whenever nothing happens. Throws with what
 * every object says when it does not come to that.
 */
export async function settle(
  world: TestWorld,
  life: Life,
  until: (objects: readonly OptaObject[]) => boolean,
): Promise<void> {
  const started = performance.now();
  const virtualStart = world.clock.monotonic();
  let quietSince = performance.now();
  let last = -1;
  for (;;) {
    if (life.died) return;
    const { queue } = life.operator;
    const activity = life.writes.length + world.bench.gateway.journal.length;
    if (queue.running > 0 || queue.depth > 0 || life.busy > 0 || activity !== last) {
      last = activity;
      quietSince = performance.now();
    } else if (performance.now() - quietSince > QUIET_MS) {
      if (until(seen(life))) return;
      if (world.clock.monotonic() - virtualStart > VIRTUAL_LIMIT_MS)
        throw new Error(`nothing comes of waiting: ${await describe(world)}`);
      world.clock.skip();
      quietSince = performance.now();
    }
    if (performance.now() - started > GIVE_UP_MS)
      throw new Error(`does not settle: ${await describe(world)}`);
    await delay(2);
  }
}

function seen(life: Life): readonly OptaObject[] {
  const { world } = life.operator;
  return world.kinds.flatMap(kind => [...world.objects(kind.api.kind).all()]);
}

export async function describe(world: TestWorld): Promise<string> {
  const objects = await world.objects();
  return objects
    .map(object => {
      const conditions = (object.status?.conditions ?? []).map(
        one => `${one.type}=${one.status} ${one.reason} ${one.message}`,
      );
      return `${object.kind} ${object.metadata.name}: ${conditions.join(' | ')}`;
    })
    .join('\n');
}

/** Every object is Ready and Synced for its newest spec. */
export function allReady(objects: readonly OptaObject[]): boolean {
  return objects.every(object => isTrue(object, 'Ready') && isTrue(object, 'Synced'));
}

export function isTrue(object: OptaObject | undefined, type: string): boolean {
  const condition = conditionOf(object, type);
  return condition?.status === 'True' && condition.observedGeneration === object?.metadata.generation;
}

export function conditionOf(object: OptaObject | undefined, type: string) {
  return object?.status?.conditions?.find(one => one.type === type);
}
