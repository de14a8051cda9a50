import { type Clock, sleep } from '../engine/clock.ts';
import { createBackOff } from './backoff.ts';
import {
  ApiError,
  isGone,
  isNotFound,
  isTooLargeResourceVersion,
  isTransient,
  retryAfterMsOf,
} from './errors.ts';
import { type Log, messageOf, silentLog } from './log.ts';
import { type KubeObject, strip } from './object.ts';
import { pagesOf } from './pages.ts';
import { apiVersionOf, pathOf, type Resource } from './resources.ts';
import { isServed } from './served.ts';
import { errorOfEvent } from './status-body.ts';
import type { WritableStore } from './store.ts';
import type { Query, Transport } from './transport.ts';

export interface ReflectorOptions<T extends KubeObject> {
  transport: Pick<Transport, 'request' | 'stream'>;
  clock: Clock;
  resource: Resource;
  store: WritableStore<T>;
  /** The only way to end it. */
  signal: AbortSignal;
  /** One namespace instead of all. */
  namespace?: string;
  labelSelector?: string;
  /** What the store has of an object: all of it unless told. */
  keep?: (object: T) => T;
  log?: Log;
  random?: () => number;
}

export interface Reflector {
  /** Resolves after the signal has aborted and the last request has ended. It never rejects. */
  readonly ended: Promise<void>;
  /**
   * Monotonic time in ms when the API server was last heard, also saying no: a watchdog asks. That a watch ends is no word, but
   * a silent one is followed by a list.
   */
  readonly lastHeardAt: number;
  /** Why there is no list that a watch goes on from; undefined when there is one. */
  readonly unlisted: string | undefined;
  /**
   * Lists anew at once, whatever it is at: a watch may be behind without knowing. Resolves when the store is as new as the
   * API server was when this was called, or when the reflector ends.
   */
  relist(): Promise<void>;
}

interface WatchEvent<T> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: T;
}

/** A full page of large objects takes longer than other requests. */
const listTimeoutMs = 60_000;
/** A watch is renewed after 5 to 10 minutes (client-go, tools/cache/reflector.go). */
const shortestWatchSeconds = 300;
/** When the server does not end the watch itself, we do, so much later. */
const graceMs = 5_000;
/**
 * A watch of which nothing was heard for so long, though it may have a bookmark each minute (apiserver, storage/cacher), is not
 * gone on from. An API server whose storage was restored to an older state accepts a watch from a version that is yet to come,
 * and is silent until then, for hours (kubernetes/kubernetes#107457); asked for a list that is as new it says so. One that
 * sends no bookmarks, as it need not (Kubernetes API Concepts, "Watch bookmarks"), is asked for a list after each quiet watch.
 */
const longestSilenceMs = 180_000;
/** A watch that ends so soon without an event is a failure, else a broken proxy would make us spin. */
const veryShortMs = 1_000;

/** We ended a watch because the server had not. */
class WatchOverdue extends Error {}

/**
 * Keeps a store equal to the API server: a list in pages, then a watch from there, for as long as the signal lets it, whatever
 * fails (a port of client-go's tools/cache/reflector.go). A type that is not installed has no objects, so its store is empty
 * and complete; it is looked for further on.
 */
export function startReflector<T extends KubeObject>(options: ReflectorOptions<T>): Reflector {
  const {
    transport,
    clock,
    resource,
    store,
    signal,
    namespace,
    keep = object => object,
    log = silentLog,
    random = Math.random,
  } = options;
  const path = pathOf(resource, namespace === undefined ? {} : { namespace });
  const selectors: Query = { labelSelector: options.labelSelector };
  const backOff = createBackOff({ clock, random });
  const apiVersion = apiVersionOf(resource);
  let lastHeardAt = clock.monotonic();
  /**
   * How new a list must be: '' for the newest there is, as the first must be. With '0', whatever the answering server has
   * cached, a restarted operator may see the past on a lagging API server (Sieve's time travel) and make what was deleted
   * since. Later lists are at least as new as what was seen. API servers serve '' from memory since 1.31.
   */
  let listFrom = '';
  /** Where the watch goes on, undefined when a list must come first. */
  let watchFrom: string | undefined;
  let unlisted: string | undefined = `${path}: the first list is not in yet`;
  let hasBegun = false;
  /** Aborts when what is under way is to make room for a list. */
  let interrupt = new AbortController();
  let relisted: PromiseWithResolvers<void> | undefined;

  function relist(): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    relisted ??= Promise.withResolvers<void>();
    if (hasBegun) interrupt.abort();
    return relisted.promise;
  }

  function complete(): void {
    relisted?.resolve();
    relisted = undefined;
  }

  async function list(until: AbortSignal): Promise<void> {
    const items: T[] = [];
    let listed = '';
    const call = { path, selectors, from: atLeast(listFrom), signal: until, timeoutMs: listTimeoutMs };
    for await (const page of pagesOf<T>(transport, call)) {
      lastHeardAt = clock.monotonic();
      for (const item of page.items ?? []) items.push(tidy(item));
      listed = page.metadata.resourceVersion;
    }
    until.throwIfAborted();
    store.replace(items, listed, namespace);
    watchFrom = listed;
    listFrom = listed;
    unlisted = undefined;
    complete();
  }

  /**
   * With a limit and no word how to match, a version means exactly that one, which may be forgotten; the word is refused
   * without a version and beside a continue token (Kubernetes API Concepts, "Semantics for get and list").
   */
  function atLeast(resourceVersion: string): Query {
    return resourceVersion === '' ? {} : { resourceVersion, resourceVersionMatch: 'NotOlderThan' };
  }

  /** Items of built-in types come without kind and apiVersion in a list. */
  function tidy(object: T): T {
    object.apiVersion ??= apiVersion;
    object.kind ??= resource.kind;
    return keep(strip(object));
  }

  function take(line: string): void {
    const event: WatchEvent<T> = JSON.parse(line);
    lastHeardAt = clock.monotonic();
    if (event.type === 'ERROR') throw errorOfEvent(path, event.object);
    const { resourceVersion } = event.object.metadata;
    if (event.type === 'BOOKMARK') store.advance(resourceVersion);
    else if (event.type === 'DELETED') store.remove(tidy(event.object));
    else store.put(tidy(event.object));
    watchFrom = resourceVersion;
    listFrom = resourceVersion;
  }

  async function watch(from: string, until: AbortSignal): Promise<void> {
    const timeoutSeconds = Math.round(shortestWatchSeconds * (1 + random()));
    const kill = new AbortController();
    const ending = AbortSignal.any([until, kill.signal]);
    const cancelKill = clock.setTimeout(
      () => kill.abort(new WatchOverdue()),
      timeoutSeconds * 1_000 + graceMs,
    );
    const startedAt = clock.monotonic();
    let events = 0;
    try {
      const query = {
        ...selectors,
        watch: true,
        allowWatchBookmarks: true,
        timeoutSeconds,
        resourceVersion: from,
      };
      await transport.stream({ path, query, signal: ending }, line => {
        // It would be older than the list that comes instead.
        if (ending.aborted) return;
        events += 1;
        take(line);
      });
    } catch (error) {
      if (!(error instanceof WatchOverdue)) throw error;
      log.warn(
        { path, timeoutSeconds },
        'a watch was not ended by the API server in time, it is opened anew',
      );
    } finally {
      cancelKill();
    }
    if (events === 0 && clock.monotonic() - startedAt < veryShortMs)
      throw new Error('the watch ended at once without an event');
  }

  async function turn(until: AbortSignal): Promise<void> {
    if (watchFrom === undefined) await list(until);
    else await watch(watchFrom, until);
  }

  /** What a failure means for the next turn. */
  function learn(error: unknown): void {
    if (isGone(error) || isTooLargeResourceVersion(error)) {
      watchFrom = undefined;
      listFrom = '';
      return;
    }
    if (!isTransient(error)) watchFrom = undefined;
  }

  /** Only where the API server itself says so: everything known of the type would be forgotten at a proxy's word. */
  async function isUninstalled(error: unknown, until: AbortSignal): Promise<boolean> {
    return isNotFound(error) && !(await isServed(transport, resource, until).catch(() => true));
  }

  /** Returns what goes wrong, for the log. */
  async function cannotList(error: unknown, until: AbortSignal): Promise<string> {
    const isEmpty = await isUninstalled(error, until);
    unlisted = isEmpty ? `${resource.plural}.${resource.group} is not installed` : messageOf(error);
    if (!isEmpty || until.aborted) return 'list failed';
    store.replace([], store.resourceVersion, namespace);
    listFrom = '';
    complete();
    return 'the type is not installed';
  }

  /** As when nothing was heard yet. */
  function forget(): void {
    interrupt = new AbortController();
    watchFrom = undefined;
    listFrom = '';
  }

  async function run(): Promise<void> {
    // What starts it may ask for a list first, which is then the first one.
    await Promise.resolve();
    hasBegun = true;
    while (!signal.aborted) {
      if (interrupt.signal.aborted) forget();
      if (clock.monotonic() - lastHeardAt > longestSilenceMs) watchFrom = undefined;
      const until = AbortSignal.any([signal, interrupt.signal]);
      const listing = watchFrom === undefined;
      try {
        await turn(until);
      } catch (error) {
        if (until.aborted) continue;
        if (error instanceof ApiError) lastHeardAt = clock.monotonic();
        learn(error);
        const problem = listing ? await cannotList(error, until) : 'watch failed';
        const waitMs = Math.max(backOff.next(), retryAfterMsOf(error));
        log.warn({ path, error: messageOf(error), waitMs }, problem);
        await sleep(clock, waitMs, until);
      }
    }
    complete();
  }

  return {
    ended: run(),
    get lastHeardAt() {
      return lastHeardAt;
    },
    get unlisted() {
      return unlisted;
    },
    relist,
  };
}
