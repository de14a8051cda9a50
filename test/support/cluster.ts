import { adminTransport, applyObject, install, resourceOfKind } from '../../hack/bench/install.ts';
import { remove } from '../../hack/bench/kubernetes/objects.ts';
import { serviceAccountKubeconfig } from '../../hack/bench/kubernetes/serviceaccount.ts';
import type { ControlPlane } from '../../hack/bench/kubernetes/start.ts';
import { systemClock } from '../../src/engine/clock.ts';
import { get, list } from '../../src/kube/apply.ts';
import { isConflict, isNotFound } from '../../src/kube/errors.ts';
import { loadKubeContext } from '../../src/kube/kubeconfig.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { pathOf, type Resource, whereIs } from '../../src/kube/resources.ts';
import { createTransport, type Transport } from '../../src/kube/transport.ts';
import type { OptaObject } from '../../src/operator/objects.ts';
import type { ConfigMap } from '../../src/operator/world.ts';
import { ENVIRONMENT, KIND_NAMES, type Manifest, NAMESPACE } from './manifests.ts';
import { createNews, type News } from './news.ts';
import { createSharedWatches } from './watches.ts';

const CONFIG_MAPS: Resource = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
};
const EVENTS: Resource = {
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
};
const NAMESPACES = resourceOfKind('Namespace');

/** Of all that the operator watches, in all namespaces. */
const KIND_OF_PATH: ReadonlyMap<string, string> = new Map(
  [...KIND_NAMES.map(resourceOfKind), CONFIG_MAPS, NAMESPACES].map(one => [pathOf(one, {}), one.kind]),
);

/** An Event as a person reads it. */
export interface Told {
  readonly type: string;
  readonly reason: string;
  readonly note: string;
  /** `Queue shop/orders`. */
  readonly about: string;
  readonly count: number;
}

interface EventObject extends KubeObject {
  readonly type: string;
  readonly reason: string;
  readonly note: string;
  readonly regarding: { readonly kind: string; readonly name: string; readonly namespace?: string };
  readonly series?: { readonly count: number };
}

/** What people and other controllers do in one cluster, with the administrator's rights. `at`: `name` or `namespace/name`. */
export interface Cluster {
  readonly controlPlane: ControlPlane;
  readonly transport: Transport;
  /** With the operator's own. Its watches are shared by all operators. */
  readonly operatorTransport: Transport;
  /** Of what was written by either. */
  readonly news: News;
  /** UID of kube-system, as in tags. */
  readonly uid: string;
  apply(...manifests: readonly Manifest[]): Promise<void>;
  get(kind: string, at: string): Promise<OptaObject>;
  find(kind: string, at: string): Promise<OptaObject | undefined>;
  patch(kind: string, at: string, body: object): Promise<OptaObject>;
  annotate(kind: string, at: string, annotations: Record<string, string | null>): Promise<OptaObject>;
  delete(kind: string, at: string): Promise<void>;
  /** `kinds`: no other is asked for. */
  objects(kinds?: ReadonlySet<string>): Promise<readonly OptaObject[]>;
  configMaps(): Promise<readonly ConfigMap[]>;
  configMap(at: string): Promise<ConfigMap | undefined>;
  /** One that is nobody's. */
  makeConfigMap(at: string, data: Record<string, string>): Promise<void>;
  deleteConfigMap(at: string): Promise<void>;
  patchConfigMap(at: string, body: object): Promise<void>;
  /** Of all objects, or of one. */
  events(kind?: string, at?: string): Promise<readonly Told[]>;
  namespace(name: string, labels?: Record<string, string | null>): Promise<void>;
  deleteNamespace(name: string): Promise<void>;
  /** Every object, ConfigMap and Event with its resourceVersion: equal when nobody wrote anything. */
  versions(): Promise<Readonly<Record<string, string>>>;
  /** Takes away every object, whatever finalizers say. */
  clear(): Promise<void>;
  close(): void;
}

/** Custom resources, rights and a namespace in an empty control plane. `directory` is for the operator's identity. */
export async function openCluster(controlPlane: ControlPlane, directory: string): Promise<Cluster> {
  const news = createNews();
  const admin = await adminTransport(controlPlane.kubeconfig);
  const transport = news.listen(admin);
  await install(transport);
  const access = await serviceAccountKubeconfig(controlPlane, {
    namespace: 'opta-system',
    name: 'opta-operator',
    directory,
  });
  const own = createTransport({
    context: await loadKubeContext({ path: access.kubeconfig }),
    clock: systemClock,
  });
  const watches = createSharedWatches(own, (path, heard) => {
    const kind = KIND_OF_PATH.get(path);
    return kind !== undefined && news.hasAll(kind, heard);
  });
  const kubeSystem = await get<KubeObject>(transport, NAMESPACES, { name: 'kube-system' });

  function where(kind: string, at: string): { namespace?: string; name: string } {
    if (!resourceOfKind(kind).namespaced) return { name: at };
    const [namespace, name] = at.includes('/') ? at.split('/') : [NAMESPACE, at];
    return { namespace: namespace ?? '', name: name ?? '' };
  }
  const find = (kind: string, at: string) =>
    get<OptaObject>(transport, resourceOfKind(kind), where(kind, at));
  async function objects(kinds: ReadonlySet<string> = new Set(KIND_NAMES)): Promise<readonly OptaObject[]> {
    const asked = KIND_NAMES.filter(kind => kinds.has(kind));
    const all = await Promise.all(asked.map(kind => list<OptaObject>(transport, resourceOfKind(kind))));
    return all.flat();
  }
  async function configMaps(): Promise<readonly ConfigMap[]> {
    const all = await list<ConfigMap>(transport, CONFIG_MAPS, { labelSelector: 'opta.dev/kind' });
    return all.map(one => ({ ...one, apiVersion: 'v1', kind: 'ConfigMap' }));
  }
  const rawEvents = () => list<EventObject>(transport, EVENTS);
  async function patch(kind: string, at: string, body: object): Promise<OptaObject> {
    return transport.request<OptaObject>({
      method: 'PATCH',
      path: pathOf(resourceOfKind(kind), where(kind, at)),
      contentType: 'application/merge-patch+json',
      body,
    });
  }
  async function namespace(name: string, labels: Record<string, string | null> = {}): Promise<void> {
    await applyObject(transport, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
  }
  /** All of a namespace by one request. */
  async function removeEvents(): Promise<void> {
    const spaces = new Set((await rawEvents()).flatMap(one => one.metadata.namespace ?? []));
    const paths = [...spaces].map(space => pathOf(EVENTS, { namespace: space }));
    await Promise.all(paths.map(path => admin.request({ method: 'DELETE', path })));
  }
  async function removeAnyway(object: OptaObject): Promise<void> {
    const resource = resourceOfKind(object.kind);
    const { namespace: space, name } = object.metadata;
    const at = space === undefined ? name : `${space}/${name}`;
    try {
      if (object.metadata.finalizers !== undefined)
        await patch(object.kind, at, { metadata: { finalizers: null } });
      await remove(transport, resource, object);
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
  }

  await namespace(NAMESPACE, { 'opta.dev/environment': ENVIRONMENT });
  return {
    controlPlane,
    transport,
    operatorTransport: news.listen({ ...own, request: watches.request, stream: watches.stream }),
    news,
    uid: kubeSystem?.metadata.uid ?? '',
    async apply(...manifests) {
      for (const { kind, name, spec, annotations, namespace: space } of manifests) {
        const environment = kind === 'OptaEnvironment';
        await applyObject<OptaObject>(transport, {
          apiVersion: 'opta.dev/v1alpha1',
          kind,
          metadata: {
            ...(environment ? { name } : { name, namespace: space ?? NAMESPACE }),
            ...(annotations === undefined ? {} : { annotations }),
          },
          spec: environment ? spec : { environment: ENVIRONMENT, ...spec },
        });
      }
    },
    async get(kind, at) {
      const found = await find(kind, at);
      if (found === undefined) throw new Error(`${kind} ${at} does not exist`);
      return found;
    },
    find,
    patch,
    annotate: (kind, at, annotations) => patch(kind, at, { metadata: { annotations } }),
    async delete(kind, at) {
      const object = await find(kind, at);
      if (object !== undefined) await remove(transport, resourceOfKind(kind), object);
    },
    objects,
    configMaps,
    configMap: at => get<ConfigMap>(transport, CONFIG_MAPS, where('Queue', at)),
    async makeConfigMap(at, data) {
      const { namespace: space = '', name } = where('Queue', at);
      const metadata = { name, namespace: space };
      const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data };
      await transport.request({ method: 'POST', path: pathOf(CONFIG_MAPS, { namespace: space }), body });
    },
    async deleteConfigMap(at) {
      const found = await get<ConfigMap>(transport, CONFIG_MAPS, where('Queue', at));
      if (found !== undefined) await remove(transport, CONFIG_MAPS, found);
    },
    async patchConfigMap(at, body) {
      const path = pathOf(CONFIG_MAPS, where('Queue', at));
      await transport.request({ method: 'PATCH', path, contentType: 'application/merge-patch+json', body });
    },
    async events(kind, at) {
      const wanted = kind === undefined ? undefined : where(kind, at ?? '');
      return (await rawEvents())
        .filter(
          ({ regarding }) => wanted === undefined || (regarding.kind === kind && isAt(regarding, wanted)),
        )
        .map(({ type, reason, note, regarding, series }) => ({
          type,
          reason,
          note,
          about: `${regarding.kind} ${regarding.namespace === undefined ? '' : `${regarding.namespace}/`}${regarding.name}`,
          count: series?.count ?? 1,
        }));
    },
    namespace,
    async deleteNamespace(name) {
      const found = await get<KubeObject>(transport, NAMESPACES, { name });
      if (found !== undefined) await remove(transport, NAMESPACES, found);
    },
    async versions() {
      const all = [...(await objects()), ...(await configMaps()), ...(await rawEvents())];
      return Object.fromEntries(
        all.map(one => [
          `${one.kind} ${whereIs({ ...NAMESPACES, namespaced: true }, one).namespace ?? ''}/${one.metadata.name}`,
          one.metadata.resourceVersion,
        ]),
      );
    },
    async clear() {
      await Promise.all((await objects()).map(removeAnyway));
      await Promise.all((await configMaps()).map(one => remove(transport, CONFIG_MAPS, one)));
      await removeEvents();
      watches.forget();
      news.forget();
    },
    close() {
      access.stop();
      watches.close();
      own.close();
      admin.close();
    },
  };
}

function isAt(
  regarding: { readonly name: string; readonly namespace?: string },
  wanted: { readonly name: string; readonly namespace?: string },
): boolean {
  return regarding.name === wanted.name && regarding.namespace === wanted.namespace;
}
