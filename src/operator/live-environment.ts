import { coalesced } from '../engine/coalesce.ts';
import { get } from '../kube/apply.ts';
import { isAtLeast } from '../kube/object.ts';
import type { Resource } from '../kube/resources.ts';
import type { Transport } from '../kube/transport.ts';
import { hasFinalizer, isDeleting, type OptaObject } from './objects.ts';

/**
 * The environment as it is after now: an object that has just put its finalizer on reads it once, and an environment
 * that is being deleted lists its objects, so neither misses the other. Objects that ask together share one request,
 * which starts after the last of them asked.
 */
export interface LiveEnvironments {
  read(name: string): Promise<OptaObject | undefined>;
  /** The same, by `hold` where it has no finalizer of ours yet and may get one; for who asks together only once, too. */
  held(name: string, hold: Hold): Promise<OptaObject | undefined>;
  /** What a watch shows of it, or the last answer where the watch is still behind that. */
  latest(name: string): OptaObject | undefined;
  /** Of how many environments an answer is kept. */
  readonly size: number;
}

/** Puts our finalizer on; undefined: it is gone. */
export type Hold = (environment: OptaObject) => Promise<OptaObject | undefined>;

interface Answer {
  readonly object: OptaObject | undefined;
  /** What the watch showed when it was asked for. */
  readonly watched: OptaObject | undefined;
}

export function createLiveEnvironments(
  transport: Transport,
  resource: Resource,
  watched: (name: string) => OptaObject | undefined,
): LiveEnvironments {
  /** Answers that the watch is behind of; of no others anything is to be learnt. */
  const last = new Map<string, Answer>();
  const together = coalesced<OptaObject | undefined>();
  const holding = coalesced<OptaObject | undefined>();

  async function ask(name: string, before: OptaObject | undefined): Promise<OptaObject | undefined> {
    return remember(name, await get<OptaObject>(transport, resource, { name }), before);
  }

  async function askToHold(name: string, before: OptaObject | undefined, hold: Hold) {
    const object = await ask(name, before);
    if (object === undefined || isDeleting(object) || hasFinalizer(object)) return object;
    return remember(name, await hold(object), before);
  }

  function remember(name: string, object: OptaObject | undefined, before: OptaObject | undefined) {
    last.set(name, { object, watched: before });
    for (const [other, answer] of last) if (!isAhead(other, answer)) last.delete(other);
    return object;
  }

  function isAhead(name: string, answer: Answer): boolean {
    const shown = watched(name);
    if (shown === undefined) return false;
    // An object that is gone has no version to compare: the watch is behind until it shows another one.
    if (answer.object === undefined) return answer.watched?.metadata.uid === shown.metadata.uid;
    return !isAtLeast(shown.metadata.resourceVersion, answer.object.metadata.resourceVersion);
  }

  return {
    get size() {
      return last.size;
    },
    read: name => together(name, () => ask(name, watched(name))),
    held: (name, hold) => holding(name, () => askToHold(name, watched(name), hold)),
    latest(name) {
      const answer = last.get(name);
      if (answer !== undefined && isAhead(name, answer)) return answer.object;
      // The watch may go back behind it: after a restore of etcd it is what was before.
      last.delete(name);
      return watched(name);
    },
  };
}
