import { setTimeout as delay } from 'node:timers/promises';
import type { Gateway } from '../../hack/bench/aws/gateway.ts';
import type { OptaObject } from '../../src/operator/objects.ts';
import type { Life } from './life.ts';
import { sdkRequests } from './sdk-requests.ts';
import type { VirtualClock } from './virtual-clock.ts';

/**
 * Turns of the event loop, a millisecond each, in which nothing happens and no request is under way although work is begun:
 * it waits for time. They need not be many, however busy the machine is: nothing but our own code is still to run.
 */
const WAITS_TURNS = 8;
/** The same where the API server owes a watch something: it may be slow, or the watch is broken and waits for time. */
const OWES_TURNS = 1_500;
/** And so long at the least, in ms of the machine's time: others may starve the API server. */
const OWES_MS = 5_000;
/** What waits no longer than this is done now: an object that is behind our own write is looked at again after 20 ms. */
const NOW_MS = 50;
/** The machine's time for one settling; beyond it something is stuck. In ms. */
const GIVE_UP_MS = 240_000;
/** How often time is moved on in one settling: enough for many refusals, each tried again after 15 minutes. */
const MOST_SKIPS = 2_000;

/** What settling needs of a world. */
export interface Place {
  readonly clock: VirtualClock;
  readonly bench: { readonly gateway: Pick<Gateway, 'journal' | 'underway'> };
  objects(): Promise<readonly OptaObject[]>;
}

export type Until = (objects: readonly OptaObject[]) => boolean;

/**
 * Lets an operator go on until `until` holds, moving virtual time whenever nothing happens. False when it died before.
 * Throws with what every object says when it does not come to that.
 */
export async function settle(world: Place, life: Life, until: Until): Promise<boolean> {
  for (let skips = 0; skips < MOST_SKIPS; skips++) {
    await quiet(world, life);
    if (life.died) return false;
    if (until(seen(life))) return true;
    if (!world.clock.skip()) break;
  }
  throw new Error(`nothing comes of waiting: ${await describe(world)}`);
}

/** Lets virtual time pass. False when the operator died before. */
export async function pass(world: Place, life: Life, ms: number): Promise<boolean> {
  const end = world.clock.monotonic() + ms;
  let isOver = false;
  world.clock.setTimeout(() => {
    isOver = true;
  }, ms);
  for (;;) {
    await quiet(world, life);
    if (life.died) return false;
    if (isOver || world.clock.monotonic() >= end) return true;
    world.clock.skip();
  }
}

/** Resolves when the operator has nothing to do before time moves on, or is dead. */
export async function quiet(world: Place, life: Life): Promise<void> {
  const started = performance.now();
  const { gateway } = world.bench;
  const soon = world.clock.monotonic() + NOW_MS;
  let turns = 0;
  let since = started;
  let before = '';
  while (!life.died) {
    const { queue } = life.operator;
    const owes = !life.isUpToDate;
    const waits = queue.running > 0 || queue.depth > 0 || !life.isLeading;
    const now = `${life.requests} ${gateway.journal.at(-1)?.id} ${queue.running} ${queue.depth} ${owes}`;
    const busy = life.busy > 0 || gateway.underway > 0 || sdkRequests() > 0;
    if (busy || now !== before) {
      before = now;
      turns = 0;
      since = performance.now();
    }
    const isOver = !owes || performance.now() - since >= OWES_MS;
    if (!busy && isOver && turns >= (owes ? OWES_TURNS : waits ? WAITS_TURNS : 1)) {
      if (world.clock.monotonic() + world.clock.nextIn > soon) return;
      world.clock.skip();
      turns = 0;
    }
    turns += 1;
    if (performance.now() - started > GIVE_UP_MS) {
      const at = `busy ${life.busy}, running ${queue.running}, waiting ${queue.depth}`;
      throw new Error(`does not settle (${at}): ${await describe(world)}`);
    }
    await turn(owes || waits || busy);
  }
}

/** Where nothing is awaited, only the turns count in which what was said is heard; else a little of the machine's time. */
async function turn(waits: boolean): Promise<void> {
  if (waits) return delay(1);
  for (let n = 0; n < 3; n++) await new Promise(setImmediate);
}

function seen(life: Life): readonly OptaObject[] {
  const { world } = life.operator;
  return world.kinds.flatMap(kind => [...world.objects(kind.api.kind).all()]);
}

export async function describe(world: Place): Promise<string> {
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
