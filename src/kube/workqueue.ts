import type { Clock } from '../engine/clock.ts';
import { createLanes, type Lane } from './lanes.ts';

export type { Lane } from './lanes.ts';

/** Keys that need a worker. A key has one worker at a time, and is looked at again if it was added meanwhile. */
export interface WorkQueue {
  add(key: string, lane?: Lane): void;
  /** Adds the key when `ms` have passed. Of several delays the earliest counts. */
  addAfter(key: string, ms: number, lane?: Lane): void;
  /** Adds the key after its back-off, which doubles each time until `forget`, or after `atLeastMs`. Returns the wait in ms. */
  addAfterFailure(key: string, atLeastMs?: number): number;
  /** Ends a key's back-off: its work went well. */
  forget(key: string): void;
  /** The next key, when there is one; undefined once the queue is shut down. `done` must follow. */
  get(): Promise<Work | undefined>;
  done(key: string): void;
  /** How often the key failed in a row. */
  failuresOf(key: string): number;
  /** Keys that wait for a worker, delayed ones not counted. */
  readonly depth: number;
  /** Keys that are being worked on. */
  readonly running: number;
  /** Gives out and takes in nothing more; resolves when the running workers are done. */
  shutDown(): Promise<void>;
}

/** A key given to a worker, and how long it had waited. */
export interface Work {
  key: string;
  lane: Lane;
  waitedMs: number;
}

interface WorkQueueOptions {
  clock: Clock;
  random?: () => number;
  /** What takes turns: the namespace of a `namespace/name` key unless told. */
  groupOf?: (key: string) => string;
}

/** After a first failure. */
const firstWaitMs = 1_000;
/** After many: so two minutes after the end of an outage all is as before, with time left for the passes themselves. */
const longestWaitMs = 90_000;

interface Delayed {
  at: number;
  lane: Lane;
  cancel: () => void;
}

function namespaceOf(key: string): string {
  const slash = key.indexOf('/');
  return slash < 0 ? '' : key.slice(0, slash);
}

/** An empty queue (after client-go's util/workqueue: dirty and processing sets). */
export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  const { clock, random = Math.random, groupOf = namespaceOf } = options;
  const waiting = createLanes(groupOf);
  const addedAt = new Map<string, number>();
  const processing = new Set<string>();
  /** Added while being worked on. */
  const again = new Map<string, Lane>();
  const delayed = new Map<string, Delayed>();
  const failures = new Map<string, number>();
  const idle: ((work: Work | undefined) => void)[] = [];
  const drained = Promise.withResolvers<void>();
  let isShutDown = false;

  function add(key: string, lane: Lane = 'user'): void {
    if (isShutDown) return;
    if (!addedAt.has(key)) addedAt.set(key, clock.monotonic());
    if (processing.has(key)) {
      if (again.get(key) !== 'user') again.set(key, lane);
      return;
    }
    waiting.add(key, lane);
    const worker = idle.shift();
    if (worker) worker(take());
  }

  function take(): Work | undefined {
    const taken = waiting.take();
    if (!taken) return undefined;
    processing.add(taken.key);
    const waitedMs = clock.monotonic() - (addedAt.get(taken.key) ?? clock.monotonic());
    addedAt.delete(taken.key);
    return { ...taken, waitedMs };
  }

  function addAfter(key: string, ms: number, lane: Lane = 'resync'): void {
    if (isShutDown) return;
    if (ms <= 0) {
      add(key, lane);
      return;
    }
    const at = clock.monotonic() + ms;
    const former = delayed.get(key);
    const fasterLane = lane === 'user' || former?.lane === 'user' ? 'user' : 'resync';
    if (former && former.at <= at) {
      former.lane = fasterLane;
      return;
    }
    former?.cancel();
    const entry: Delayed = {
      at,
      lane: fasterLane,
      cancel: clock.setTimeout(() => {
        delayed.delete(key);
        add(key, entry.lane);
      }, ms),
    };
    delayed.set(key, entry);
  }

  return {
    add,
    addAfter,
    addAfterFailure(key, atLeastMs = 0) {
      const failed = failures.get(key) ?? 0;
      failures.set(key, failed + 1);
      const full = Math.min(firstWaitMs * 2 ** Math.min(failed, 30), longestWaitMs);
      // Half of it by chance, so that what failed together does not come back together.
      const wait = Math.max(full / 2 + (random() * full) / 2, atLeastMs);
      addAfter(key, wait);
      return wait;
    },
    forget(key) {
      failures.delete(key);
    },
    get() {
      if (isShutDown) return Promise.resolve(undefined);
      const work = take();
      if (work) return Promise.resolve(work);
      return new Promise(resolve => idle.push(resolve));
    },
    done(key) {
      processing.delete(key);
      const lane = again.get(key);
      again.delete(key);
      if (lane) add(key, lane);
      if (isShutDown && processing.size === 0) drained.resolve();
    },
    failuresOf: key => failures.get(key) ?? 0,
    get depth() {
      return waiting.size + again.size;
    },
    get running() {
      return processing.size;
    },
    shutDown() {
      if (!isShutDown) {
        isShutDown = true;
        for (const { cancel } of delayed.values()) cancel();
        delayed.clear();
        for (const worker of idle.splice(0)) worker(undefined);
        if (processing.size === 0) drained.resolve();
      }
      return drained.promise;
    },
  };
}
