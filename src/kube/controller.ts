import type { Clock } from '../engine/clock.ts';
import { retryAfterMsOf } from './errors.ts';
import { type Log, messageOf, silentLog } from './log.ts';
import type { Lane, WorkQueue } from './workqueue.ts';

/** When to look at the object again; without `requeueAfterMs` only when something changes. */
export interface ReconcileResult {
  requeueAfterMs?: number;
  lane?: Lane;
  /** It was not looked at: what is newer than what the watch has brought is waited for. */
  isWaiting?: true;
}

/** One pass over one object. What it throws means: again, after a back-off. It must end soon after its signal aborts. */
export type Reconcile = (key: string, context: { signal: AbortSignal }) => Promise<ReconcileResult>;

/** How a pass ended, for metrics. */
export interface Pass {
  key: string;
  lane: Lane;
  outcome: 'done' | 'requeued' | 'waits' | 'failed' | 'timed-out';
  /** From being added to being taken, in ms. */
  waitedMs: number;
  durationMs: number;
}

interface RunOptions {
  queue: WorkQueue;
  /** Objects worked on at once. */
  concurrency: number;
  reconcile: Reconcile;
  clock: Clock;
  /** Longest pass, in ms; then its signal aborts. Its key stays taken until it really ends. */
  timeoutMs?: number;
  log?: Log;
  onPass?: (pass: Pass) => void;
}

export interface Workers {
  /** Takes no more work and aborts the passes under way; resolves when the last has ended. */
  stop(): Promise<void>;
}

class ReconcileTimeout extends Error {
  constructor(timeoutMs: number) {
    super(`the reconcile took longer than ${timeoutMs / 1_000} s`);
    this.name = 'ReconcileTimeout';
  }
}

/** Starts the workers of a queue (after controller-runtime's reconcileHandler). */
export function runWorkers(options: RunOptions): Workers {
  const { queue, reconcile, clock, timeoutMs = 120_000, log = silentLog } = options;
  const stopping = new AbortController();

  async function pass(key: string): Promise<ReconcileResult> {
    const timedOut = new AbortController();
    const cancel = clock.setTimeout(() => {
      log.warn({ key, timeoutMs }, 'a reconcile takes too long and is aborted');
      timedOut.abort(new ReconcileTimeout(timeoutMs));
    }, timeoutMs);
    try {
      return await reconcile(key, { signal: AbortSignal.any([stopping.signal, timedOut.signal]) });
    } finally {
      cancel();
    }
  }

  async function work(key: string): Promise<Pass['outcome']> {
    try {
      const { requeueAfterMs, lane, isWaiting } = await pass(key);
      queue.forget(key);
      if (requeueAfterMs === undefined) return 'done';
      queue.addAfter(key, requeueAfterMs, lane ?? 'resync');
      return isWaiting ? 'waits' : 'requeued';
    } catch (error) {
      if (stopping.signal.aborted) return 'failed';
      const waitMs = queue.addAfterFailure(key, retryAfterMsOf(error));
      log.warn({ key, error: messageOf(error), failures: queue.failuresOf(key), waitMs }, 'reconcile failed');
      return error instanceof ReconcileTimeout ? 'timed-out' : 'failed';
    }
  }

  async function worker(): Promise<void> {
    for (let taken = await queue.get(); taken; taken = await queue.get()) {
      const { key, lane, waitedMs } = taken;
      const startedAt = clock.monotonic();
      const outcome = await work(key);
      queue.done(key);
      options.onPass?.({ key, lane, outcome, waitedMs, durationMs: clock.monotonic() - startedAt });
    }
  }

  const workers = Array.from({ length: options.concurrency }, () => worker());
  return {
    async stop() {
      stopping.abort(new Error('the operator is stopping'));
      await queue.shutDown();
      await Promise.all(workers);
    },
  };
}
