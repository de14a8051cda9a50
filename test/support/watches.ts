import type { StreamCall, Transport } from '../../src/kube/transport.ts';

/** Real watches that outlive the operators: each new one hears what came since its list, over the same connection. */
export interface SharedWatches {
  stream: Transport['stream'];
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
}

export function createSharedWatches(transport: Pick<Transport, 'stream'>): SharedWatches {
  const closing = new AbortController();
  const watches = new Map<string, Watch>();

  function open(key: string, call: StreamCall): Watch {
    const { timeoutSeconds: _, ...query } = call.query ?? {};
    const heard: Watch['heard'] = [];
    const listeners: Watch['listeners'] = new Set();
    const ended = transport.stream({ path: call.path, query, signal: closing.signal }, line => {
      heard.push({ version: versionOf(line), line });
      for (const listener of listeners) listener(line);
    });
    const watch = { since: BigInt(String(query.resourceVersion ?? 0)), heard, listeners, ended };
    const drop = () => {
      if (watches.get(key) === watch) watches.delete(key);
    };
    ended.then(drop, drop);
    watches.set(key, watch);
    return watch;
  }

  return {
    stream(call, onLine) {
      const { resourceVersion = '0', labelSelector = '', fieldSelector = '' } = call.query ?? {};
      const from = BigInt(String(resourceVersion));
      const key = [call.path, labelSelector, fieldSelector].join(' ');
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

function versionOf(line: string): bigint {
  const event: { object?: { metadata?: { resourceVersion?: string } } } = JSON.parse(line);
  return BigInt(event.object?.metadata?.resourceVersion ?? 0);
}
