import type { Kind, Reference } from '../kinds/kind.ts';
import { findCondition } from '../kube/conditions.ts';
import type { Log } from '../kube/log.ts';
import { type KubeObject, keyOf } from '../kube/object.ts';
import { createStore, type WritableStore } from '../kube/store.ts';
import type { OptaObject } from './objects.ts';

/** A label of everything that we make in Kubernetes for users, and what our watch of ConfigMaps selects by. */
export const KIND_LABEL = 'opta.dev/kind';

export interface ConfigMap extends KubeObject {
  data?: Record<string, string>;
}

/** The objects of the cluster that reconciling reads: as fresh as their watches. */
export interface World {
  readonly kinds: readonly Kind[];
  kind(name: string): Kind;
  objects(kind: string): WritableStore<OptaObject>;
  readonly namespaces: WritableStore<KubeObject>;
  readonly configMaps: WritableStore<ConfigMap>;
  /** Objects that use the environment. */
  inEnvironment(name: string): readonly OptaObject[];
  /** Objects of the namespace that name this one. */
  referrers(kind: string, namespace: string, name: string): readonly OptaObject[];
  /** Objects of the namespace that have this one on record as one who may send to them, whatever it names by now. */
  receivers(object: OptaObject): readonly OptaObject[];
  /** Objects of the kind that want what somebody else has in AWS. */
  contending(kind: string): readonly OptaObject[];
  /** Objects that this one names. */
  referred(object: OptaObject): readonly Reference[];
  readonly environmentKind: string;
}

/** The one kind that is in no namespace: all others are in an environment. */
export function isEnvironment({ api }: Kind): boolean {
  return !api.namespaced;
}

/** Work is done by `Kind:namespace/name`. */
export function workKey(object: KubeObject): string {
  return `${object.kind}:${keyOf(object)}`;
}

/** The object itself, not another one of its name. */
export function isThere(world: Pick<World, 'objects'>, { kind, metadata }: OptaObject): boolean {
  return world.objects(kind).get(keyOf({ metadata }))?.metadata.uid === metadata.uid;
}

export function createWorld(kinds: readonly Kind[], log: Log, namespaces: readonly string[]): World {
  const environment = kinds.find(isEnvironment);
  if (environment === undefined) throw new Error('no kind is the environment');
  const byName = new Map(kinds.map(kind => [kind.api.kind, kind]));
  const stores = new Map(
    kinds.map(kind => {
      const complete = kind.api.namespaced && namespaces.length > 0 ? { namespaces } : {};
      return [kind.api.kind, createStore<OptaObject>({ log, ...complete })] as const;
    }),
  );
  const namespaceStore = createStore<KubeObject>({ log });
  const configMaps = createStore<ConfigMap>({ log, ...(namespaces.length > 0 ? { namespaces } : {}) });

  function kindOf(name: string): Kind {
    const kind = byName.get(name);
    if (kind === undefined) throw new Error(`no kind is called ${name}`);
    return kind;
  }
  function storeOf(name: string): WritableStore<OptaObject> {
    const store = stores.get(name);
    if (store === undefined) throw new Error(`no kind is called ${name}`);
    return store;
  }
  function referred(object: OptaObject): readonly Reference[] {
    return kindOf(object.kind).references(object.spec);
  }

  for (const kind of kinds) {
    if (isEnvironment(kind)) continue;
    storeOf(kind.api.kind).index('environment', object => [object.spec.environment ?? '']);
    storeOf(kind.api.kind).index('references', object =>
      referred(object).map(one => `${one.kind}:${object.metadata.namespace}/${one.name}`),
    );
    storeOf(kind.api.kind).index('contends', ({ status }) =>
      findCondition(status?.conditions, 'Ready')?.reason === 'Conflict' ? ['yes'] : [],
    );
    storeOf(kind.api.kind).index('senders', ({ metadata, status }) =>
      (status?.referrers ?? []).map(one => `${one.kind}:${metadata.namespace}/${one.name}`),
    );
  }
  const namespaced = kinds.filter(kind => kind.api.namespaced);
  return {
    kinds,
    kind: kindOf,
    objects: storeOf,
    namespaces: namespaceStore,
    configMaps,
    inEnvironment: name => namespaced.flatMap(kind => storeOf(kind.api.kind).byIndex('environment', name)),
    referrers: (kind, namespace, name) =>
      namespaced.flatMap(one => storeOf(one.api.kind).byIndex('references', `${kind}:${namespace}/${name}`)),
    contending: kind => storeOf(kind).byIndex('contends', 'yes'),
    receivers: object => namespaced.flatMap(one => storeOf(one.api.kind).byIndex('senders', workKey(object))),
    referred,
    environmentKind: environment.api.kind,
  };
}
