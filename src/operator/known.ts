import { type Clock, steadyTime } from '../engine/clock.ts';
import { createMemory, type Memory } from '../engine/memory.ts';
import type { Met } from './drift.ts';
import { hasFinalizer, type OptaObject } from './objects.ts';
import { isThere, type World } from './world.ts';

/** What this process knows of one object besides what the API server says. */
export interface Known {
  readonly memory: Memory;
  /** By the memory's time: what an earlier process did, it did before. */
  readonly firstSeenAt: number;
  /**
   * `put on`: this process put the finalizer on, and nothing is begun yet. `confirmed`: after that the environment was read
   * and was open, so it waits for the object. `unknown`: an earlier process may have begun, or have died before that read.
   */
  claim: 'unknown' | 'put on' | 'confirmed';
  /** It may vanish: what it had is gone, or kept on purpose. */
  isReleased: boolean;
  readonly met: Met;
  /** Monotonic time in ms. */
  namespaceMissingSince: number | undefined;
}

/** By uid; forgotten with the object, and not kept of one that is gone: passes may outlive it. */
export interface KnownObjects {
  of(object: OptaObject): Known;
  /** What was known of it, if anything. */
  forget(uid: string): Known | undefined;
}

export function createKnownObjects(
  world: Pick<World, 'objects'>,
  clock: Pick<Clock, 'now' | 'monotonic'>,
): KnownObjects {
  const all = new Map<string, Known>();
  return {
    of(object) {
      const { uid } = object.metadata;
      const known = all.get(uid) ?? firstSight(object, clock);
      if (isThere(world, object)) all.set(uid, known);
      return known;
    },
    forget(uid) {
      const known = all.get(uid);
      all.delete(uid);
      return known;
    },
  };
}

function firstSight(object: OptaObject, clock: Pick<Clock, 'now' | 'monotonic'>): Known {
  const claimed = hasFinalizer(object);
  const begun = claimed && (object.status?.resources ?? []).length > 0;
  // Nothing is begun before the finalizer is on: without it no earlier process has left anything to settle.
  const memory = createMemory(steadyTime(clock), !claimed);
  return {
    memory,
    firstSeenAt: memory.now(),
    claim: begun ? 'confirmed' : 'unknown',
    isReleased: false,
    met: new Map(),
    namespaceMissingSince: undefined,
  };
}
