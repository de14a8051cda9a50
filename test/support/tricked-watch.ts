import type { Transport } from '../../src/kube/transport.ts';
import type { OptaObject } from '../../src/operator/objects.ts';

/** A transport whose watch of one collection, or each, does not say what is true. */
export interface TrickedWatch {
  readonly transport: Pick<Transport, 'request' | 'stream'>;
  readonly isHeld: boolean;
  /** Paths of all GETs so far. */
  readonly gets: readonly string[];
  /** Says that an object was deleted. */
  forget(object: OptaObject): void;
  /** Says nothing any more. */
  hold(): void;
  /** Says what it has held back, and goes on. */
  goOn(): void;
}

export function trickWatch(transport: Pick<Transport, 'request' | 'stream'>, path?: string): TrickedWatch {
  const lines = new Set<(line: string) => void>();
  const gets: string[] = [];
  const unsaid: (() => void)[] = [];
  let held = false;
  return {
    get isHeld() {
      return held;
    },
    gets,
    forget(object) {
      for (const say of lines) say(JSON.stringify({ type: 'DELETED', object }));
    },
    hold() {
      held = true;
    },
    goOn() {
      held = false;
      for (const say of unsaid.splice(0)) say();
    },
    transport: {
      request<T>(call: Parameters<Transport['request']>[0]): Promise<T> {
        if (call.method === 'GET') gets.push(call.path);
        return transport.request<T>(call);
      },
      async stream(call, onLine) {
        if (path !== undefined && call.path !== path) return transport.stream(call, onLine);
        lines.add(onLine);
        try {
          await transport.stream(call, line => {
            if (held) unsaid.push(() => onLine(line));
            else onLine(line);
          });
        } finally {
          lines.delete(onLine);
        }
      },
    },
  };
}
