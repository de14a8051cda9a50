import { isAtLeast, type KubeObject } from '../../src/kube/object.ts';
import type { Call, Transport } from '../../src/kube/transport.ts';
import { KIND_LABEL, type World } from '../../src/operator/world.ts';

/** What was written to the API server, so that a test knows when an operator's watches have brought it. */
export interface News {
  /** The same transport, whose writes are noted. */
  listen<T extends Pick<Transport, 'request'>>(transport: T): T;
  /** True when everything that was written so far is in these stores. */
  isKnownTo(world: World): boolean;
}

interface Answer extends Partial<KubeObject> {
  readonly status?: unknown;
  readonly details?: { readonly uid?: string };
}

export function createNews(): News {
  /** Newest resourceVersion by kind. */
  const newest = new Map<string, string>();
  const gone = new Set<string>();

  function note(call: Call, answer: Answer | undefined): void {
    // DELETE of what has no finalizer answers with a Status that names it.
    if (call.method === 'DELETE' && answer?.details?.uid !== undefined) gone.add(answer.details.uid);
    const { kind, metadata } = answer ?? {};
    if (kind === undefined || metadata?.resourceVersion === undefined) return;
    if (kind === 'ConfigMap' && metadata.labels?.[KIND_LABEL] === undefined) return;
    const before = newest.get(kind);
    if (before === undefined || isAtLeast(metadata.resourceVersion, before))
      newest.set(kind, metadata.resourceVersion);
    const last = metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length === 0;
    if (last) gone.add(metadata.uid);
  }

  return {
    listen: transport => ({
      ...transport,
      async request<T>(call: Call): Promise<T> {
        const answer = await transport.request<T>(call);
        if (call.method !== 'GET') note(call, answer as Answer | undefined);
        return answer;
      },
    }),
    isKnownTo(world) {
      const stores = [
        ...world.kinds.map(kind => [kind.api.kind, world.objects(kind.api.kind)] as const),
        ['ConfigMap', world.configMaps] as const,
        ['Namespace', world.namespaces] as const,
      ];
      return stores.every(([kind, store]) => {
        if (!store.isSynced) return false;
        const wanted = newest.get(kind);
        if (wanted !== undefined && !isAtLeast(store.resourceVersion, wanted)) return false;
        for (const object of store.all()) if (gone.has(object.metadata.uid)) return false;
        return true;
      });
    },
  };
}
