import { type Clock, sleep } from '../engine/clock.ts';
import { isAlreadyExists, isConflict, isNotFound } from './errors.ts';
import { type Log, messageOf, silentLog } from './log.ts';
import { microTime } from './micro-time.ts';
import { apiVersionOf, pathOf, type Resource } from './resources.ts';
import type { Call, Transport } from './transport.ts';

const leases: Resource = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
};

interface LeaseSpec {
  holderIdentity?: string | null;
  leaseDurationSeconds?: number;
  acquireTime?: string;
  renewTime?: string;
  leaseTransitions?: number;
}

interface LeaseObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace: string; resourceVersion?: string };
  spec?: LeaseSpec;
}

/** A write was stopped because it could end after the lease: another operator may lead by then. */
export class NotLeader extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NotLeader';
  }
}

class NoNamespace extends Error {
  constructor(namespace: string, cause: unknown) {
    super(
      `the lease cannot be made, as its namespace ${namespace} does not exist: make it, as by kubectl apply -k deploy/kustomize`,
      { cause },
    );
    this.name = 'NoNamespace';
  }
}

export interface LeaseOptions {
  transport: Pick<Transport, 'request'>;
  clock: Clock;
  namespace: string;
  name: string;
  /** Who we are: the pod's uid. The same identity takes its lease up again at once, after a restart. */
  identity: string;
  /** How long a lease is good without being renewed, in ms. */
  durationMs?: number;
  /** After so long without a renewal we stop leading, in ms. What is left of the duration is for calls under way. */
  renewDeadlineMs?: number;
  /** Between two attempts, in ms. */
  retryMs?: number;
  /**
   * Asked where no lease was ever seen: true when nothing is begun that another process could be at work on. Then nobody is
   * waited for. Default: somebody may be at work, and not know yet that the lease was deleted.
   */
  isUnused?: () => Promise<boolean>;
  log?: Log;
  random?: () => number;
}

export interface Lease {
  /** Resolves when we lead; never when the lease is released before. */
  readonly acquired: Promise<void>;
  /** Resolves with the reason when we had led and do not any more. The process then ends: nothing else is safe. */
  readonly lost: Promise<string>;
  readonly isHeld: boolean;
  /**
   * @throws NotLeader unless a call that starts now and takes at most `maxCallMs` ends before the lease does, by the
   * monotonic clock (wall time may be set back) and by wall time (the monotonic clock may stand still while a machine sleeps).
   */
  guard(maxCallMs: number): void;
  /** Stops trying, and gives the lease back if it is ours. Only after the last worker has ended. */
  release(): Promise<void>;
}

/** An attempt must leave time for another one before the deadline. */
const attemptTimeoutMs = 10_000;

/**
 * Tries to become and to remain the one leader (after client-go's tools/leaderelection, with a longer lease: AWS accepts no
 * fencing token, so calls must end before the lease does). Others' leases are timed by our own clock from when we saw them
 * change, never by the times written in them.
 */
export function holdLease(options: LeaseOptions): Lease {
  const { transport, clock, namespace, name, identity, log = silentLog, random = Math.random } = options;
  const { durationMs = 60_000, renewDeadlineMs = 40_000, retryMs = 5_000 } = options;
  const path = pathOf(leases, { namespace, name });
  const acquired = Promise.withResolvers<void>();
  const lost = Promise.withResolvers<string>();
  const stop = new AbortController();
  /** The lease as last seen, and since when it has been so. */
  let seen: LeaseObject | undefined;
  let seenAt = 0;
  /** When it was first found missing; undefined while it is there. */
  let missingSince: number | undefined;
  let isLost = false;
  /** When the request of our last successful renewal was sent. */
  let held: { monotonic: number; wall: number } | undefined;
  let cancelWatchdog: () => void = () => {};
  /** Whom it was told last that it waits for; '' for one who may not know that the lease is gone. */
  let toldOf: string | undefined;

  function note(lease: LeaseObject): void {
    missingSince = undefined;
    if (seen?.metadata.resourceVersion === lease.metadata.resourceVersion) return;
    seen = lease;
    seenAt = clock.monotonic();
  }

  function lose(reason: string): void {
    if (!held) return;
    held = undefined;
    isLost = true;
    cancelWatchdog();
    stop.abort();
    log.error({ lease: name, identity, reason }, 'leadership is lost');
    lost.resolve(reason);
  }

  function hold(start: { monotonic: number; wall: number }): void {
    if (isLost) return;
    const isNew = held === undefined;
    held = start;
    cancelWatchdog();
    const left = renewDeadlineMs - (clock.monotonic() - start.monotonic);
    cancelWatchdog = clock.setTimeout(() => lose(`not renewed for ${renewDeadlineMs / 1_000} s`), left);
    if (!isNew || stop.signal.aborted) return;
    log.info({ lease: name, identity }, 'leadership is acquired');
    acquired.resolve();
  }

  async function write(holderIdentity: string, start: { wall: number }): Promise<void> {
    const now = microTime(start.wall);
    const before = seen?.spec;
    const isOurs = before?.holderIdentity === identity;
    const spec: LeaseSpec = {
      ...before,
      holderIdentity,
      leaseDurationSeconds: Math.ceil(durationMs / 1_000),
      acquireTime: (isOurs && before?.acquireTime) || now,
      renewTime: now,
      leaseTransitions: (before?.leaseTransitions ?? 0) + (before && !isOurs ? 1 : 0),
    };
    const call: Call =
      seen && missingSince === undefined
        ? { method: 'PUT', path, body: { ...seen, spec } }
        : {
            method: 'POST',
            path: pathOf(leases, { namespace }),
            body: {
              apiVersion: apiVersionOf(leases),
              kind: leases.kind,
              metadata: { name, namespace },
              spec,
            },
          };
    try {
      note(await transport.request<LeaseObject>({ ...call, timeoutMs: attemptTimeoutMs, unguarded: true }));
    } catch (error) {
      // What is made anew is not missing itself: where it is to stand is.
      if (call.method === 'POST' && isNotFound(error)) throw new NoNamespace(namespace, error);
      throw error;
    }
  }

  /**
   * How long somebody else may lead still, in ms. Who holds a lease that was deleted does not know that yet: it goes on, for
   * as long as the lease that it renewed just before, or makes it again.
   */
  function othersFor(): number {
    if (held) return 0;
    const holder = seen?.spec?.holderIdentity;
    if (missingSince === undefined && (!holder || holder === identity)) return 0;
    const theirs = (seen?.spec?.leaseDurationSeconds ?? 0) * 1_000;
    return Math.max(0, (missingSince ?? seenAt) + Math.max(theirs, durationMs) - clock.monotonic());
  }

  async function attempt(): Promise<void> {
    // Whoever leads knows the lease.
    if (!held) await refresh();
    if (othersFor() > 0 && !(await isUnused())) return tellWaiting();
    const start = { monotonic: clock.monotonic(), wall: clock.now() };
    await write(identity, start);
    hold(start);
  }

  /** Once of each: a standby waits for as long as the leader is well. */
  function tellWaiting(): void {
    const holder = missingSince === undefined ? (seen?.spec?.holderIdentity ?? '') : '';
    if (stop.signal.aborted || toldOf === holder) return;
    toldOf = holder;
    const waitMs = Math.round(othersFor());
    if (holder === '')
      log.info({ lease: name, waitMs }, 'waits: there is no lease, and who held it before may lead still');
    else log.info({ lease: name, holder, waitMs }, 'waits for the lease: another process holds it');
  }

  async function refresh(): Promise<void> {
    try {
      const call: Call = { method: 'GET', path, timeoutMs: attemptTimeoutMs, unguarded: true };
      note(await transport.request<LeaseObject>(call));
    } catch (error) {
      // While nobody could look it may have been made, renewed and deleted.
      if (isNotFound(error)) missingSince ??= clock.monotonic();
      else if (missingSince !== undefined) missingSince = clock.monotonic();
      if (!isNotFound(error)) throw error;
    }
    const holder = seen?.spec?.holderIdentity;
    if (held && missingSince === undefined && holder !== identity)
      lose(`${holder || 'nobody'} holds the lease now`);
  }

  /** No lease was ever seen, and nothing is begun: a fresh installation, where nobody is to be waited for. */
  async function isUnused(): Promise<boolean> {
    if (seen !== undefined || options.isUnused === undefined) return false;
    const answered = new AbortController();
    const signal = AbortSignal.any([stop.signal, answered.signal]);
    try {
      return await Promise.race([options.isUnused(), sleep(clock, durationMs, signal).then(() => false)]);
    } finally {
      answered.abort();
    }
  }

  async function turn(): Promise<void> {
    try {
      await attempt();
    } catch (error) {
      if (stop.signal.aborted) return;
      const changed = isConflict(error) || isNotFound(error) || isAlreadyExists(error);
      if (!changed) log.warn({ lease: name, error: messageOf(error) }, 'the lease cannot be read or written');
      // Somebody wrote it, deleted it, or our last answer got lost: what is there now decides.
      if (changed) await refresh().catch(() => {});
    }
  }

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      await turn();
      // A little earlier by chance, so that standbys do not all come at once; and not later than their lease ends.
      const wait = retryMs * (1 - random() * 0.2);
      await sleep(clock, Math.min(wait, othersFor() || wait), stop.signal);
    }
  }

  const running = run();
  return {
    acquired: acquired.promise,
    lost: lost.promise,
    get isHeld() {
      return held !== undefined;
    },
    guard(maxCallMs) {
      if (!held) throw new NotLeader('this operator does not hold the lease');
      const left = Math.min(
        held.monotonic + durationMs - clock.monotonic(),
        held.wall + durationMs - clock.now(),
      );
      if (left < maxCallMs) {
        throw new NotLeader(
          `the lease ends in ${Math.round(left / 1_000)} s, a call may take ${maxCallMs / 1_000} s`,
        );
      }
    },
    async release() {
      stop.abort();
      await running;
      cancelWatchdog();
      if (!held) return;
      held = undefined;
      try {
        await write('', { wall: clock.now() });
        log.info({ lease: name, identity }, 'leadership is released');
      } catch (error) {
        log.warn(
          { lease: name, error: messageOf(error) },
          'the lease could not be released, it runs out by itself',
        );
      }
    },
  };
}
