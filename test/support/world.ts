import { type Bench, startBench } from '../../hack/bench/bench.ts';
import { adminTransport, applyObject, install, resourceOfKind } from '../../hack/bench/install.ts';
import { registerRole } from '../../hack/bench/aws/overlays/roles.ts';
import { operatorAccess } from '../../hack/bench/operator.ts';
import { get, list, remove } from '../../src/kube/apply.ts';
import { systemClock } from '../../src/kube/clock.ts';
import { isConflict, isNotFound } from '../../src/kube/errors.ts';
import { loadKubeContext } from '../../src/kube/kubeconfig.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { pathOf, whereIs } from '../../src/kube/resources.ts';
import { createTransport, type Transport } from '../../src/kube/transport.ts';
import type { OptaObject } from '../../src/operator/objects.ts';
import type { ConfigMap } from '../../src/operator/world.ts';
import { type AwsView, createAwsView } from './aws-view.ts';
import { type Life, type LifeOptions, startLife } from './life.ts';
import { ACCOUNT, ENVIRONMENT, KIND_NAMES, type Manifest, NAMESPACE, REGION } from './manifests.ts';
import { createNews, type News } from './news.ts';
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts';

/** A bench, virtual time for operator and gateway alike, and what a person would do by hand. */
export interface TestWorld {
  readonly bench: Bench;
  readonly clock: VirtualClock;
  /** With the administrator's rights. */
  readonly transport: Transport;
  /** With the operator's. */
  readonly operatorTransport: Transport;
  readonly news: News;
  readonly aws: AwsView;
  /** An operator of this world. */
  live(options?: Partial<LifeOptions>): Life;
  apply(object: Manifest): Promise<OptaObject>;
  delete(kind: string, name: string): Promise<void>;
  annotate(kind: string, name: string, annotations: Record<string, string | null>): Promise<OptaObject>;
  /** Takes the finalizer off, as an impatient person does. */
  force(kind: string, name: string): Promise<void>;
  get(kind: string, name: string): Promise<OptaObject | undefined>;
  objects(): Promise<readonly OptaObject[]>;
  configMaps(): Promise<readonly ConfigMap[]>;
  /** Deletes the ConfigMaps of owners that are gone, as Kubernetes does after a while. */
  collectGarbage(): Promise<void>;
  /** As it began: no objects, an empty AWS, no faults. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

const CONFIG_MAPS = { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true };

export async function startWorld(log: (line: string) => void = () => {}): Promise<TestWorld> {
  const clock = createVirtualClock();
  const bench = await startBench({ log, clock: () => clock.now() });
  // Trust policies are judged elsewhere.
  registerRole(bench.gateway, { arn: '*' });
  const news = createNews();
  const admin = await adminTransport(bench.controlPlane.kubeconfig);
  const transport = news.listen(admin);
  await install(transport);
  await applyObject(transport, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: NAMESPACE, labels: { 'opta.dev/environment': ENVIRONMENT } },
  });
  const access = await operatorAccess(bench, log);
  const context = await loadKubeContext({ path: access.kubeconfig });
  const own = createTransport({ context, clock: systemClock });
  const operatorTransport = news.listen(own);
  const aws = createAwsView(bench.gateway.url, ACCOUNT, REGION);
  const where = (kind: string, name: string) =>
    kind === 'OptaEnvironment' ? { name } : { name, namespace: NAMESPACE };

  async function objects(): Promise<readonly OptaObject[]> {
    const all = await Promise.all(KIND_NAMES.map(kind => list<OptaObject>(transport, resourceOfKind(kind))));
    return all.flat();
  }
  async function configMaps(): Promise<readonly ConfigMap[]> {
    const all = await list<ConfigMap>(transport, CONFIG_MAPS, { namespace: NAMESPACE });
    return all
      .filter(one => one.metadata.name !== 'kube-root-ca.crt')
      .map(one => ({ ...one, apiVersion: 'v1', kind: 'ConfigMap' }));
  }
  function patch(object: KubeObject, body: object): Promise<OptaObject> {
    const resource = resourceOfKind(object.kind);
    return transport.request<OptaObject>({
      method: 'PATCH',
      path: pathOf(resource, whereIs(resource, object)),
      contentType: 'application/merge-patch+json',
      body,
    });
  }
  async function removeObject(object: OptaObject): Promise<void> {
    const resource = resourceOfKind(object.kind);
    try {
      if (object.metadata.finalizers !== undefined) await patch(object, { metadata: { finalizers: null } });
      await remove(transport, resource, object);
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
  }

  return {
    bench,
    clock,
    transport,
    operatorTransport,
    news,
    aws,
    live: (options = {}) =>
      startLife({
        transport: operatorTransport,
        awsEndpoint: bench.gateway.url,
        accessKeyId: ACCOUNT,
        clock,
        ...options,
      }),
    apply: ({ kind, name, spec, annotations }) =>
      applyObject<OptaObject>(transport, {
        apiVersion: 'opta.dev/v1alpha1',
        kind,
        metadata: { ...where(kind, name), ...(annotations === undefined ? {} : { annotations }) },
        spec: kind === 'OptaEnvironment' ? spec : { environment: ENVIRONMENT, ...spec },
      }),
    async delete(kind, name) {
      const object = await get<OptaObject>(transport, resourceOfKind(kind), where(kind, name));
      if (object !== undefined) await remove(transport, resourceOfKind(kind), object);
    },
    async annotate(kind, name, annotations) {
      const object = await get<OptaObject>(transport, resourceOfKind(kind), where(kind, name));
      if (object === undefined) throw new Error(`${kind} ${name} does not exist`);
      return patch(object, { metadata: { annotations } });
    },
    async force(kind, name) {
      const object = await get<OptaObject>(transport, resourceOfKind(kind), where(kind, name));
      if (object !== undefined) await patch(object, { metadata: { finalizers: null } });
    },
    get: (kind, name) => get<OptaObject>(transport, resourceOfKind(kind), where(kind, name)),
    objects,
    configMaps,
    async collectGarbage() {
      const [owners, owned] = await Promise.all([objects(), configMaps()]);
      const uids = new Set(owners.map(object => object.metadata.uid));
      for (const one of owned) {
        const orphaned = one.metadata.ownerReferences?.every(owner => !uids.has(owner.uid)) ?? false;
        if (orphaned) await remove(transport, CONFIG_MAPS, one);
      }
    },
    async reset() {
      const [all, owned] = await Promise.all([objects(), configMaps()]);
      await Promise.all(all.map(removeObject));
      await Promise.all(owned.map(one => remove(transport, CONFIG_MAPS, one)));
      await bench.gateway.reset();
    },
    async stop() {
      aws.close();
      access.stop();
      own.close();
      admin.close();
      await bench.stop();
    },
  };
}
