import { type Log, messageOf, silentLog } from './log.ts';
import { isAtLeast, type KubeObject, keyOf } from './object.ts';

/** What became of one object. Both sides are there when it changed; a uid that differs means deleted and made anew. */
export interface Change<T> {
  key: string;
  before?: T;
  after?: T;
}

/** The objects of one type as the API server last told them. They are shared: nobody changes them. */
export interface Store<T extends KubeObject> {
  get(key: string): T | undefined;
  all(): Iterable<T>;
  readonly size: number;
  /** The newest resourceVersion heard of, '' before the first list. */
  readonly resourceVersion: string;
  /** Makes an index: `keysOf` gives the index keys under which an object is found. It must be pure. */
  index(name: string, keysOf: (object: T) => string[]): void;
  /** The objects under a key of an index. @throws when there is no such index. */
  byIndex(name: string, key: string): T[];
  /** Hears of every real difference (uid or resourceVersion), after the store has it. Returns how to stop. */
  onChange(listener: (change: Change<T>) => void): () => void;
  /** Resolves once the first full list is in and listeners have heard of it. */
  readonly synced: Promise<void>;
  readonly isSynced: boolean;
}

/** The side of the reflector. */
export interface WritableStore<T extends KubeObject> extends Store<T> {
  put(object: T): void;
  remove(object: T): void;
  /** Takes a full list (of one namespace, or of everything) at once: what is not in it is gone. */
  replace(objects: T[], resourceVersion: string, namespace?: string): void;
  /** Notes a resourceVersion that came without an object. */
  advance(resourceVersion: string): void;
}

interface Index<T> {
  keysOf: (object: T) => string[];
  keys: Map<string, Set<string>>;
}

interface StoreOptions {
  log?: Log;
  /** The namespaces whose lists make it complete, when there is a reflector for each instead of one for all. */
  namespaces?: readonly string[];
}

/** An empty store. Listeners run as microtasks, never inside the caller's loop, and what they throw is logged. */
export function createStore<T extends KubeObject>(options: StoreOptions = {}): WritableStore<T> {
  const { log = silentLog } = options;
  const missing = new Set(options.namespaces);
  const objects = new Map<string, T>();
  const indexes = new Map<string, Index<T>>();
  const listeners = new Set<(change: Change<T>) => void>();
  const { promise: synced, resolve: resolveSynced } = Promise.withResolvers<void>();
  let isSynced = false;
  let resourceVersion = '';
  let changes: Change<T>[] = [];

  function tell(change: Change<T>): void {
    changes.push(change);
    if (changes.length === 1) queueMicrotask(deliver);
  }

  function deliver(): void {
    const heard = changes;
    changes = [];
    for (const change of heard) {
      for (const listener of listeners) {
        try {
          listener(change);
        } catch (error) {
          log.error({ key: change.key, error: messageOf(error) }, 'a listener of the object store failed');
        }
      }
    }
  }

  function set(key: string, after: T | undefined): void {
    const before = objects.get(key);
    for (const index of indexes.values()) reindex(index, key, before, after);
    if (after) objects.set(key, after);
    else objects.delete(key);
    if (before && after && isSame(before, after)) return;
    if (before || after) tell({ key, ...(before ? { before } : {}), ...(after ? { after } : {}) });
  }

  function advance(version: string): void {
    if (version !== '' && (resourceVersion === '' || isAtLeast(version, resourceVersion)))
      resourceVersion = version;
  }

  return {
    get: key => objects.get(key),
    all: () => objects.values(),
    get size() {
      return objects.size;
    },
    get resourceVersion() {
      return resourceVersion;
    },
    index(name, keysOf) {
      const index: Index<T> = { keysOf, keys: new Map() };
      for (const [key, object] of objects) reindex(index, key, undefined, object);
      indexes.set(name, index);
    },
    byIndex(name, key) {
      const index = indexes.get(name);
      if (!index) throw new Error(`the object store has no index ${name}`);
      const found: T[] = [];
      for (const objectKey of index.keys.get(key) ?? []) {
        const object = objects.get(objectKey);
        if (object) found.push(object);
      }
      return found;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    synced,
    get isSynced() {
      return isSynced;
    },
    put(object) {
      set(keyOf(object), object);
      advance(object.metadata.resourceVersion);
    },
    remove(object) {
      set(keyOf(object), undefined);
      advance(object.metadata.resourceVersion);
    },
    replace(list, version, namespace) {
      const listed = new Set(list.map(keyOf));
      for (const [key, { metadata }] of objects) {
        if (!listed.has(key) && (namespace === undefined || metadata.namespace === namespace))
          set(key, undefined);
      }
      for (const object of list) set(keyOf(object), object);
      // Also backwards: the list may come from another storage than before.
      if (namespace === undefined) resourceVersion = version;
      else advance(version);
      if (namespace !== undefined) missing.delete(namespace);
      if (isSynced || missing.size > 0) return;
      isSynced = true;
      queueMicrotask(resolveSynced);
    },
    advance,
  };
}

function isSame(a: KubeObject, b: KubeObject): boolean {
  return a.metadata.uid === b.metadata.uid && a.metadata.resourceVersion === b.metadata.resourceVersion;
}

function reindex<T>(index: Index<T>, key: string, before: T | undefined, after: T | undefined): void {
  for (const old of before ? index.keysOf(before) : []) {
    const keys = index.keys.get(old);
    keys?.delete(key);
    if (keys?.size === 0) index.keys.delete(old);
  }
  for (const current of after ? index.keysOf(after) : []) {
    const keys = index.keys.get(current);
    if (keys) keys.add(key);
    else index.keys.set(current, new Set([key]));
  }
}
