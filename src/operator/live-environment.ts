import { get } from '../kube/apply.ts';
import type { Resource } from '../kube/resources.ts';
import type { Transport } from '../kube/transport.ts';
import type { OptaObject } from './objects.ts';

/**
 * The environment as it is after now: an object that has just put its finalizer on reads it once, and an environment
 * that is being deleted lists its objects, so neither misses the other. Objects that ask together share one request,
 * which starts after the last of them asked.
 */
export interface LiveEnvironments {
  read(name: string): Promise<OptaObject | undefined>;
}

export function createLiveEnvironments(transport: Transport, resource: Resource): LiveEnvironments {
  const running = new Map<string, Promise<OptaObject | undefined>>();
  const queued = new Map<string, Promise<OptaObject | undefined>>();

  function begin(name: string): Promise<OptaObject | undefined> {
    const answer = get<OptaObject>(transport, resource, { name }).finally(() => {
      if (running.get(name) === answer) running.delete(name);
    });
    running.set(name, answer);
    return answer;
  }

  return {
    read(name) {
      const current = running.get(name);
      if (current === undefined) return begin(name);
      const waiting = queued.get(name);
      if (waiting !== undefined) return waiting;
      const next = current
        .catch(() => undefined)
        .then(() => {
          queued.delete(name);
          return begin(name);
        });
      queued.set(name, next);
      return next;
    },
  };
}
