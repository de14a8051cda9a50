import { type KubeObject, keyOf } from '../../src/kube/object.ts';
import type { Call, StreamCall, Transport } from '../../src/kube/transport.ts';
import type { Heard } from './news.ts';

/**
 * Real watches that outlive the operators: each new one hears what came since its list, over the same connection. What they
 * brought answers lists too, where nothing newer was written: they are nearly all that a new operator asks of the API server.
 */
export interface SharedWatches extends Pick<Transport, 'request' | 'stream'> {
  /** Forgets what came so far: who listens from now on has listed later. */
  forget(): void;
  close(): void;
}

interface Watch {
  /** Nothing older can be told. */
  since: bigint;
  readonly heard: { readonly version: bigint; readonly line: string }[];
  readonly listeners: Set<(line: string) => void>;
  readonly ended: Promise<void>;
  /** Undefined where it began at no list of ours. */
  readonly kept: Kept | undefined;
}

/** All that a list would tell. */
interface Kept extends Heard {
  resourceVersion: string;
  readonly objects: Map<string, KeptObject>;
}

/** As text: who asks has objects of its own. */
interface KeptObject {
  readonly uid: string;
  readonly text: string;
}

interface ListAnswer {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly KubeObject[] | null;
}

interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: KubeObject;
}

/** `hasAll`: whether everything that was written of what is at a path was heard. */
export function createSharedWatches(
  transport: Pick<Transport, 'request' | 'stream'>,
  hasAll: (path: string, heard: Heard) => boolean,
): SharedWatches {
  const closing = new AbortController();
  const watches = new Map<string, Watch>();
  /** The last one of each, for the watch that goes on from it. */
  const lists = new Map<string, Kept>();

  function open(key: string, call: StreamCall): Watch {
    const { timeoutSeconds: _, ...query } = call.query ?? {};
    const from = String(query.resourceVersion ?? 0);
    const list = lists.get(key);
    const kept = list?.resourceVersion === from ? list : undefined;
    lists.delete(key);
    const heard: Watch['heard'] = [];
    const listeners: Watch['listeners'] = new Set();
    const ended = transport.stream({ path: call.path, query, signal: closing.signal }, line => {
      const event: WatchEvent = JSON.parse(line);
      if (kept !== undefined) take(kept, event);
      heard.push({ version: BigInt(event.object.metadata?.resourceVersion ?? 0), line });
      for (const listener of listeners) listener(line);
    });
    const watch = { since: BigInt(from), heard, listeners, ended, kept };
    const drop = () => {
      if (watches.get(key) === watch) watches.delete(key);
    };
    ended.then(drop, drop);
    watches.set(key, watch);
    return watch;
  }

  return {
    async request<T>(call: Call): Promise<T> {
      if (!isFirstList(call)) return transport.request<T>(call);
      const key = keyOfWatch(call);
      const kept = watches.get(key)?.kept;
      if (kept !== undefined && hasAll(call.path, kept)) return told(kept) as T;
      const answer = await transport.request<ListAnswer>(call);
      if (!answer.metadata.continue) lists.set(key, keptOf(answer));
      return answer as T;
    },
    stream(call, onLine) {
      const from = BigInt(String(call.query?.resourceVersion ?? 0));
      const key = keyOfWatch(call);
      const known = watches.get(key);
      if (known !== undefined && from < known.since) return transport.stream(call, onLine);
      const watch = known ?? open(key, call);
      return new Promise((resolve, reject) => {
        const { signal } = call;
        function end(settle: () => void): void {
          watch.listeners.delete(listen);
          signal.removeEventListener('abort', abort);
          settle();
        }
        function listen(line: string): void {
          try {
            onLine(line);
          } catch (error) {
            end(() => reject(error));
          }
        }
        const abort = () => end(() => reject(signal.reason));
        if (signal.aborted) return abort();
        signal.addEventListener('abort', abort);
        watch.ended.then(
          () => end(resolve),
          (error: unknown) => end(() => reject(error)),
        );
        watch.listeners.add(listen);
        for (const { version, line } of [...watch.heard]) if (version > from) listen(line);
      });
    },
    forget() {
      for (const watch of watches.values()) {
        watch.since = watch.heard.at(-1)?.version ?? watch.since;
        watch.heard.length = 0;
      }
    },
    close: () => closing.abort(new Error('the test is over')),
  };
}

function keyOfWatch({ path, query = {} }: Pick<Call, 'path' | 'query'>): string {
  const { labelSelector = '', fieldSelector = '' } = query;
  return [path, labelSelector, fieldSelector].join(' ');
}

/** One that wants the newest there is. */
function isFirstList({ method, query = {} }: Call): boolean {
  return (
    method === 'GET' &&
    query.limit !== undefined &&
    query.resourceVersion === undefined &&
    query.continue === undefined
  );
}

function keptOf({ metadata, items }: ListAnswer): Kept {
  const objects = new Map((items ?? []).map(one => [keyOf(one), keptObject(one)]));
  return { resourceVersion: metadata.resourceVersion, objects };
}

function keptObject(object: KubeObject): KeptObject {
  return { uid: object.metadata.uid, text: JSON.stringify(object) };
}

function take(kept: Kept, { type, object }: WatchEvent): void {
  if (type === 'ERROR') return;
  kept.resourceVersion = object.metadata.resourceVersion;
  if (type === 'BOOKMARK') return;
  if (type === 'DELETED') kept.objects.delete(keyOf(object));
  else kept.objects.set(keyOf(object), keptObject(object));
}

/** In the order of a list. */
function told({ resourceVersion, objects }: Kept): ListAnswer {
  const sorted = [...objects].sort(([a], [b]) => (a < b ? -1 : 1));
  const items = sorted.map(([, { text }]) => JSON.parse(text) as KubeObject);
  return { metadata: { resourceVersion }, items };
}
