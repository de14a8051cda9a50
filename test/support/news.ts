import { isAtLeast, type KubeObject, keyOf } from '../../src/kube/object.ts';
import type { Call, Transport } from '../../src/kube/transport.ts';
import { KIND_LABEL, type World } from '../../src/operator/world.ts';

/** What a watch of one kind has brought. */
export interface Heard {
  readonly resourceVersion: string;
  /** What is there, by namespace and name. */
  readonly objects: ReadonlyMap<string, { readonly uid: string }>;
}

/** What was written to the API server, so that a test knows when an operator's watches have brought it. */
export interface News {
  /** The same transport, whose writes are noted. */
  listen<T extends Pick<Transport, 'request'>>(transport: T): T;
  /** True when everything that was written so far, and that `watches` picks, is in these stores. */
  isKnownTo(world: World, watches: (object: KubeObject) => boolean): boolean;
  /** True when everything that was written of a kind was heard. */
  hasAll(kind: string, heard: Heard): boolean;
  /** What is not known to be gone, as it was last written. */
  lastWritten(): readonly KubeObject[];
  /** Kinds of which something was written since everything was taken away. */
  kinds(): ReadonlySet<string>;
  /** Everything was taken away. */
  forget(): void;
}

interface Answer extends Partial<KubeObject> {
  readonly details?: { readonly uid?: string };
}

export function createNews(): News {
  /** As last written, by kind and key. */
  const written = new Map<string, Map<string, KubeObject>>();
  /** Resource version of what was written last, by kind: all objects need not be asked at each look. */
  const newest = new Map<string, string>();
  const gone = new Set<string>();
  const kinds = new Set<string>();

  function note(call: Call, answer: Answer | undefined): void {
    // DELETE of what has no finalizer answers with a Status that names it.
    if (call.method === 'DELETE' && answer?.details?.uid !== undefined) gone.add(answer.details.uid);
    const { apiVersion, kind, metadata } = answer ?? {};
    if (apiVersion === undefined || kind === undefined || metadata?.resourceVersion === undefined) return;
    if (kind === 'ConfigMap' && metadata.labels?.[KIND_LABEL] === undefined) return;
    kinds.add(kind);
    const object = { apiVersion, kind, metadata };
    const ofKind = written.get(kind) ?? new Map<string, KubeObject>();
    written.set(kind, ofKind.set(keyOf(object), object));
    const { resourceVersion } = metadata;
    if (!isAtLeast(newest.get(kind) ?? '0', resourceVersion)) newest.set(kind, resourceVersion);
    // A namespace has its finalizer in its spec, and goes when all in it is gone.
    const last = metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length === 0;
    if (last && kind !== 'Namespace') gone.add(metadata.uid);
  }

  function isNewest(kind: string, resourceVersion: string): boolean {
    return isAtLeast(resourceVersion, newest.get(kind) ?? '0');
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
    isKnownTo(world, watches) {
      const stores = [
        ...world.kinds.map(kind => [kind.api.kind, world.objects(kind.api.kind)] as const),
        ['ConfigMap', world.configMaps] as const,
        ['Namespace', world.namespaces] as const,
      ];
      return stores.every(([kind, store]) => {
        if (!store.isSynced) return false;
        if (!isNewest(kind, store.resourceVersion)) {
          for (const object of written.get(kind)?.values() ?? []) {
            const { resourceVersion } = object.metadata;
            if (!isAtLeast(store.resourceVersion, resourceVersion) && watches(object)) return false;
          }
        }
        for (const object of store.all()) if (gone.has(object.metadata.uid)) return false;
        return true;
      });
    },
    hasAll: (kind, { resourceVersion, objects }) =>
      isNewest(kind, resourceVersion) && [...objects.values()].every(({ uid }) => !gone.has(uid)),
    lastWritten() {
      const all = [...written.values()].flatMap(ofKind => [...ofKind.values()]);
      return all.filter(object => !gone.has(object.metadata.uid));
    },
    kinds: () => kinds,
    forget: () => kinds.clear(),
  };
}
