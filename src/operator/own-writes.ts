import type { Clock } from '../engine/clock.ts';
import { get } from '../kube/apply.ts';
import { isAtLeast } from '../kube/object.ts';
import type { Transport } from '../kube/transport.ts';
import { type OptaObject, resourceOf } from './objects.ts';
import { isThere, type World } from './world.ts';

/** Our last write of each object, by uid: no pass starts from an older one. */
export interface OwnWrites {
  wrote(object: OptaObject): void;
  /** In ms until the watch may have brought our last write of the object; undefined when it is there. */
  wait(object: OptaObject): Promise<number | undefined>;
  forget(uid: string): void;
}

interface Write {
  readonly resourceVersion: string;
  /** Monotonic, in ms: since when the watch is waited for, or the API server was last asked. */
  since?: number;
}

const FIRST_MS = 20;
const LONGEST_MS = 1_000;
/** A watch that is so late may never bring it: the API server is asked what is true. */
const ASK_AFTER_MS = 5_000;

export function createOwnWrites(of: {
  readonly world: World;
  readonly transport: Transport;
  readonly clock: Clock;
}): OwnWrites {
  const { world, transport, clock } = of;
  const last = new Map<string, Write>();

  /** Versions that went back (etcd was restored) never reach what was written before. */
  async function isOver({ kind, metadata }: OptaObject, { resourceVersion }: Write): Promise<boolean> {
    const { namespace, name, uid } = metadata;
    const now = await get<OptaObject>(transport, resourceOf(world.kind(kind)), { namespace, name });
    return now?.metadata.uid === uid && !isAtLeast(now.metadata.resourceVersion, resourceVersion);
  }

  return {
    wrote(object) {
      const { uid, resourceVersion } = object.metadata;
      // Told after it vanished it would never be forgotten.
      if (isThere(world, object)) last.set(uid, { resourceVersion });
    },
    async wait(object) {
      const { uid, resourceVersion } = object.metadata;
      const write = last.get(uid);
      if (write === undefined || isAtLeast(resourceVersion, write.resourceVersion)) return undefined;
      write.since ??= clock.monotonic();
      const waited = clock.monotonic() - write.since;
      if (waited < ASK_AFTER_MS) return Math.min(Math.max(waited, FIRST_MS), LONGEST_MS);
      if (await isOver(object, write)) {
        if (last.get(uid) === write) last.delete(uid);
        return undefined;
      }
      write.since = clock.monotonic() - LONGEST_MS;
      return LONGEST_MS;
    },
    forget: uid => void last.delete(uid),
  };
}
