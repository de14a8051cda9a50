import { type Clock, sleep } from '../engine/clock.ts';
import { StaleObject } from '../engine/errors.ts';
import { type Entry, entryAt, type Inventory, mergeInventories } from '../engine/inventory.ts';
import type { EngineState } from '../engine/pass.ts';
import { get } from '../kube/apply.ts';
import { isConflict, isNotFound, retryAfterMsOf } from '../kube/errors.ts';
import type { Log } from '../kube/log.ts';
import { messageOf } from '../kube/log.ts';
import type { Resource } from '../kube/resources.ts';
import { applyStatus } from '../kube/status.ts';
import type { Transport } from '../kube/transport.ts';
import { FIELD_MANAGER, label, type OptaObject, type Status } from './objects.ts';

/**
 * The status protocol of one pass: each write is the whole status, with the resourceVersion that it was computed from. A
 * pass that is aborted writes nothing more but what AWS has made.
 */
export interface StatusWriter {
  /** The object as last read or written. */
  current(): OptaObject;
  /** Another write of this pass gave the object this form. */
  moved(object: OptaObject): void;
  /** Stores the engine's part beside what the status says otherwise. */
  save(state: EngineState, how: 'guarded' | 'must'): Promise<void>;
  /** Stores the whole status, unless it says the same already. */
  publish(status: Status): Promise<void>;
}

/** Tries to record an id in AWS's own time to be found again by its tags; in ms. */
const RECORD_RETRIES_MS = [50, 200, 500, 1_000, 2_000, 4_000];

export function createStatusWriter(of: {
  transport: Transport;
  resource: Resource;
  object: OptaObject;
  clock: Clock;
  log: Log;
  /** Of this operator. */
  installation: string;
  onWrite: (object: OptaObject) => void;
  /** The object vanished while this was made: on no record of it that anybody else has seen. */
  onGone: (object: OptaObject, made: Inventory) => void;
  signal?: AbortSignal;
}): StatusWriter {
  const { transport, resource, clock, log } = of;
  let object = of.object;

  /**
   * With what is on record of an object it says who made it. What was on record before and does not say so, as from an older
   * version, is only signed where a name shows that it is this one's: signed by mistake it could be served by nobody.
   */
  function signed(status: Status): Status {
    const { installation = object.status?.installation, ...unsigned } = status;
    const { resources = [] } = status;
    if (resources.length === 0) return unsigned;
    if (installation !== undefined) return { ...unsigned, installation };
    const before = of.object.status?.resources ?? [];
    const isOurs = before.length === 0 || before.some(one => isNamedBy(one, of.installation));
    return isOurs ? { ...status, installation: of.installation } : status;
  }

  async function write(base: OptaObject, told: Status): Promise<void> {
    const status = signed(told);
    object = await applyStatus(transport, resource, base, status, { fieldManager: FIELD_MANAGER });
    of.onWrite(object);
  }

  /** An id that AWS made is lost with us unless it is stored: read again, merged, written until it is there. */
  async function record(state: EngineState): Promise<void> {
    let base = object;
    let inventory = state.resources;
    let stale = false;
    let outdated = false;
    for (const [attempt, waitMs] of [
      ...RECORD_RETRIES_MS.entries(),
      [RECORD_RETRIES_MS.length, 0] as const,
    ]) {
      try {
        if (outdated) {
          base = await readAgain(base, state);
          inventory = mergeInventories(base.status?.resources ?? [], state.resources);
          stale = true;
          outdated = false;
        }
        await write(base, { ...base.status, ...state, resources: inventory });
        if (stale) throw new StaleObject();
        return;
      } catch (error) {
        if (error instanceof StaleObject) throw error;
        if (attempt === RECORD_RETRIES_MS.length) throw error;
        log.warn(
          { object: label(base), error: messageOf(error) },
          'recording what was made failed; trying again',
        );
        if (isConflict(error) || isNotFound(error)) outdated = true;
        else await sleep(clock, Math.max(waitMs, retryAfterMsOf(error)));
      }
    }
  }

  async function readAgain(base: OptaObject, state: EngineState): Promise<OptaObject> {
    const { namespace, name, uid } = base.metadata;
    const now = await get<OptaObject>(transport, resource, { namespace, name });
    if (now?.metadata.uid === uid) return now;
    const known = base.status?.resources ?? [];
    of.onGone(
      base,
      state.resources.filter(entry => entryAt(known, entry.node, entry.epoch)?.id !== entry.id),
    );
    throw new StaleObject('the object is gone');
  }

  return {
    current: () => object,
    moved(now) {
      object = now;
    },
    async save(state, how) {
      if (how === 'must') return record(state);
      of.signal?.throwIfAborted();
      try {
        await write(object, { ...object.status, ...state });
      } catch (error) {
        if (isConflict(error) || isNotFound(error)) throw new StaleObject();
        throw error;
      }
    },
    async publish(status) {
      of.signal?.throwIfAborted();
      if (sameStatus(object.status, signed(status))) return;
      try {
        await write(object, status);
      } catch (error) {
        if (isConflict(error) || isNotFound(error)) throw new StaleObject();
        throw error;
      }
    },
  };
}

/** `acme-dev-orders`, `alias/acme-dev-orders-key`: as the operator names what it makes. */
function isNamedBy({ name = '', arn = '' }: Entry, installation: string): boolean {
  return [name, arn].some(one => one.split(/[/:]/).some(part => part.startsWith(`${installation}-`)));
}

/** Compares by meaning: the API server gives members back in its own order, and none that is undefined. */
export function sameStatus(a: Status | undefined, b: Status): boolean {
  return isSame(a ?? {}, b);
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  const told = Object.keys(b).filter(key => b[key] !== undefined);
  const known = Object.keys(a).filter(key => a[key] !== undefined);
  return told.length === known.length && told.every(key => isSame(a[key], b[key]));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
