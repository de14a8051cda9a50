import { randomBytes } from 'node:crypto';
import { type Clock, sleep } from '../engine/clock.ts';
import { isAlreadyExists, isNamespaceEnding, isNotFound, isTransient, retryAfterMsOf } from './errors.ts';
import { type Log, messageOf, silentLog } from './log.ts';
import { microTime } from './micro-time.ts';
import type { KubeObject } from './object.ts';
import { apiVersionOf, pathOf, type Resource } from './resources.ts';
import { createTokenBucket, type TokenBucket } from './token-bucket.ts';
import type { Call, Transport } from './transport.ts';

const eventResource: Resource = {
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
};

/** What to tell about an object. */
export interface EventNote {
  type: 'Normal' | 'Warning';
  /** Why, in one word of a closed set: `Drifted`. */
  reason: string;
  /** What was done or failed, in one word: `Update`. */
  action: string;
  /** A sentence; cut to 1 kB, in its middle. */
  note: string;
  /** Nothing will say it again: it is written however much was told of the object before, and tried for longer. */
  isLastWord?: boolean;
}

export interface EventRecorder {
  /** Notes an event and returns at once. It never fails: an event that cannot be written is dropped, and logged. */
  record(object: KubeObject, event: EventNote): void;
  /** Writes what waits, for at most `graceMs`, and then no more. */
  stop(graceMs: number): Promise<void>;
}

interface RecorderOptions {
  transport: Pick<Transport, 'request'>;
  clock: Clock;
  /** Who reports: a qualified name such as `opta.dev/operator`. */
  controller: string;
  /** Which of its processes: the pod's name. */
  instance: string;
  log?: Log;
}

/** The same thing said of the same object again and again: one Event with a count. */
interface Series {
  namespace: string;
  name: string;
  count: number;
  /** The count that the API server knows; 0 before it knows the event. */
  written: number;
  lastAt: number;
  lastMonotonic: number;
  /** `owed`: it was never written, and waits until its object may have another event. */
  stands: 'idle' | 'queued' | 'owed';
  attempts: number;
  body: EventBody;
}

interface EventBody {
  readonly reason: string;
  readonly regarding: { readonly kind: string; readonly name: string; readonly namespace?: string };
}

/** client-go's figures (tools/events and tools/record): a series ends after 6 min of silence, 25 events and then one in 5 min. */
const seriesEndsMs = 360_000;
const burst = 25;
const refillMs = 300_000;
/** Of the 25, not for what was told before and is only counted. */
const forNew = 10;
/** More than these many known series, or those to be written, and the oldest are forgotten. Of one object as many may wait as may come at once. */
const most = 4_096;
/** Longest note (Kubernetes API, Event of events.k8s.io/v1). */
export const longestNoteBytes = 1_024;
/** So much of its end is told of one that is longer: room for a command that approves. */
const endBytes = 300;
const attempts = 3;
/** A minute: what is said once outlasts an API server that starts anew. */
const lastWordAttempts = 30;
const retryMs = 2_000;
const writers = 4;

/** Writes events.k8s.io/v1 Events in the background. */
export function createEventRecorder(options: RecorderOptions): EventRecorder {
  const { transport, clock, log = silentLog } = options;
  const known = new Map<string, Series>();
  const buckets = new Map<string, TokenBucket>();
  const waiting: Series[] = [];
  /** By uid of their object, the one first told first. */
  const owed = new Map<string, { readonly series: Series[]; cancel: () => void }>();
  const active = new Set<Promise<void>>();
  const stopping = new AbortController();
  let isStopped = false;

  function record(object: KubeObject, { isLastWord = false, ...event }: EventNote): void {
    if (isStopped) return;
    const { uid } = object.metadata;
    const note = cut(event.note);
    const identity = [uid, event.type, event.reason, event.action, note].join('\n');
    const series = seriesOf(identity, object, { ...event, note });
    series.count += 1;
    series.lastAt = clock.now();
    series.lastMonotonic = clock.monotonic();
    if (isLastWord) series.attempts = lastWordAttempts;
    if (series.stands !== 'idle') return;
    const isNew = series.written === 0;
    if (isLastWord || mayWrite(uid, isNew)) queue(series);
    else if (isNew) owe(uid, series);
  }

  function queue(series: Series): void {
    series.stands = 'queued';
    waiting.push(series);
    if (waiting.length > most) drop(waiting.shift(), 'too many wait');
    startWriter();
  }

  function drop(series: Series | undefined, error: string): void {
    if (series === undefined) return;
    series.stands = 'idle';
    const { reason, regarding } = series.body;
    const { kind, namespace, name } = regarding;
    const about = `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
    log.warn({ about, reason, error }, 'an event was dropped');
  }

  /** What was never told is told when its object may have another event: a count can wait for its next time, this has none. */
  function owe(uid: string, series: Series): void {
    const due = owed.get(uid) ?? { series: [], cancel: payLater(uid) };
    owed.set(uid, due);
    series.stands = 'owed';
    due.series.push(series);
    if (due.series.length > burst) drop(due.series.shift(), 'too many wait');
  }

  function payLater(uid: string): () => void {
    return clock.setTimeout(() => pay(uid), refillMs);
  }

  function pay(uid: string): void {
    const due = owed.get(uid);
    if (due === undefined) return;
    while (due.series.length > 0 && takeToken(uid)) {
      const series = due.series.shift();
      if (series !== undefined) queue(series);
    }
    if (due.series.length > 0) due.cancel = payLater(uid);
    else owed.delete(uid);
  }

  function seriesOf(identity: string, object: KubeObject, event: EventNote): Series {
    const former = known.get(identity);
    known.delete(identity);
    const isSilent = former && clock.monotonic() - former.lastMonotonic > seriesEndsMs;
    const isOver = !former || (isSilent && former.stands === 'idle');
    const series = isOver ? newSeries(object, event) : former;
    known.set(identity, series);
    forgetOldest(known);
    return series;
  }

  function newSeries(object: KubeObject, event: EventNote): Series {
    const { name, namespace: itsNamespace, uid, resourceVersion } = object.metadata;
    // The API server wants events about cluster-scoped objects in the namespace default.
    const namespace = itsNamespace ?? 'default';
    const eventName = `${name.slice(0, 230).replace(/[^a-z0-9]+$/, '')}.${randomBytes(8).toString('hex')}`;
    const regarding = { apiVersion: object.apiVersion, kind: object.kind, name, uid, resourceVersion };
    const body = {
      apiVersion: apiVersionOf(eventResource),
      kind: eventResource.kind,
      metadata: { name: eventName, namespace },
      eventTime: microTime(clock.now()),
      reportingController: options.controller,
      reportingInstance: options.instance,
      regarding: itsNamespace === undefined ? regarding : { ...regarding, namespace: itsNamespace },
      ...event,
    };
    const lastMonotonic = clock.monotonic();
    return {
      namespace,
      name: eventName,
      count: 0,
      written: 0,
      lastAt: 0,
      lastMonotonic,
      stands: 'idle',
      attempts,
      body,
    };
  }

  /** Who waits already comes first. */
  function mayWrite(uid: string, isNew: boolean): boolean {
    return !owed.has(uid) && takeToken(uid, isNew ? 0 : forNew);
  }

  function takeToken(uid: string, leaving = 0): boolean {
    const bucket = buckets.get(uid) ?? createTokenBucket(clock, burst, refillMs);
    buckets.delete(uid);
    buckets.set(uid, bucket);
    forgetOldest(buckets);
    return bucket.take(leaving);
  }

  function startWriter(): void {
    if (active.size >= writers) return;
    const writer = writeAll().finally(() => active.delete(writer));
    active.add(writer);
  }

  async function writeAll(): Promise<void> {
    for (let series = waiting.shift(); series; series = waiting.shift()) {
      const { count } = series;
      const isWritten = await write(series);
      if (isWritten && series.count > count) waiting.push(series);
      else series.stands = 'idle';
    }
  }

  async function write(series: Series): Promise<boolean> {
    for (let attempt = 1; ; attempt += 1) {
      const { count } = series;
      try {
        await transport.request({ ...callFor(series), signal: stopping.signal });
        series.written = count;
        return true;
      } catch (error) {
        const isOver = attempt >= series.attempts || stopping.signal.aborted;
        // Only ours has its name: it was written, and the answer was lost.
        if (isAlreadyExists(error) && series.written === 0) {
          series.written = 1;
          if (count === 1) return true;
          continue;
        }
        // Events live an hour; a series may outlive its own.
        if (isNotFound(error) && series.written > 0) series.written = 0;
        // It would go with its object, whose status says the same.
        else if (isNamespaceEnding(error)) return false;
        else if (!isTransient(error) || isOver) {
          drop(series, messageOf(error));
          return false;
        }
        const waitMs = Math.max(retryMs, retryAfterMsOf(error));
        await sleep(clock, isNotFound(error) ? 0 : waitMs, stopping.signal);
      }
    }
  }

  function callFor({ namespace, name, written, count, lastAt, body }: Series): Call {
    const series = { count, lastObservedTime: microTime(lastAt) };
    if (written === 0) {
      const path = pathOf(eventResource, { namespace });
      return { method: 'POST', path, body: count > 1 ? { ...body, series } : body };
    }
    const path = pathOf(eventResource, { namespace, name });
    return { method: 'PATCH', path, contentType: 'application/merge-patch+json', body: { series } };
  }

  return {
    record,
    async stop(graceMs) {
      isStopped = true;
      for (const due of owed.values()) {
        due.cancel();
        waiting.push(...due.series);
      }
      owed.clear();
      for (const series of known.values()) {
        if (series.written > 0 && series.count > series.written && series.stands === 'idle')
          waiting.push(series);
      }
      if (waiting.length > 0) startWriter();
      const cancel = clock.setTimeout(() => stopping.abort(new Error('the operator is stopping')), graceMs);
      while (active.size > 0) await Promise.all(active);
      cancel();
      stopping.abort();
    },
  };
}

function forgetOldest<T>(entries: Map<string, T>): void {
  if (entries.size <= most) return;
  const oldest = entries.keys().next();
  if (!oldest.done) entries.delete(oldest.value);
}

/** In the middle: its beginning says what there is, and its end what to do. */
function cut(note: string): string {
  const bytes = Buffer.from(note);
  if (bytes.length <= longestNoteBytes) return note;
  const beginning = bytes.subarray(0, longestNoteBytes - endBytes - 6).toString('utf8');
  const end = bytes.subarray(-endBytes).toString('utf8');
  // What a cut left of a character decodes to U+FFFD.
  return `${beginning.replace(/\uFFFD$/, '')}…${end.replace(/^\uFFFD+/, '')}`;
}
