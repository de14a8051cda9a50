import { type Bench, startBench } from '../../hack/bench/bench.ts';
import { adminTransport, applyObject, install, resourceOfKind } from '../../hack/bench/install.ts';
import { get, list, remove } from '../../src/kube/apply.ts';
import { isConflict, isNotFound } from '../../src/kube/errors.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { pathOf, whereIs } from '../../src/kube/resources.ts';
import type { Transport } from '../../src/kube/transport.ts';
import type { OptaObject } from '../../src/operator/objects.ts';
import { type AwsView, createAwsView } from './aws-view.ts';
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts';

export const KIND_NAMES = ['OptaEnvironment', 'Queue', 'Topic', 'Bucket'] as const;
export const NAMESPACE = 'shop';
export const ENVIRONMENT = 'dev';
/** A 12-digit access key is the account, for the emulator. */
export const ACCOUNT = '111111111111';
export const REGION = 'eu-central-1';

/** A bench, virtual time for operator and gateway alike, and what a person would do by hand. */
export interface TestWorld {
  readonly bench: Bench;
  readonly clock: VirtualClock;
  /** With the administrator's rights. */
  readonly transport: Transport;
  readonly aws: AwsView;
  apply(object: Manifest): Promise<OptaObject>;
  delete(kind: string, name: string): Promise<void>;
  annotate(kind: string, name: string, annotations: Record<string, string | null>): Promise<OptaObject>;
  get(kind: string, name: string): Promise<OptaObject | undefined>;
  objects(): Promise<readonly OptaObject[]>;
  configMaps(): Promise<readonly (KubeObject & { data?: Record<string, string> })[]>;
  /** As it began: no objects, an empty AWS, no faults. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

export interface Manifest {
  readonly kind: string;
  readonly name: string;
  readonly spec: object;
  readonly annotations?: Record<string, string>;
  readonly namespace?: string;
}

export async function startWorld(log: (line: string) => void = () => {}): Promise<TestWorld> {
  const clock = createVirtualClock();
  const bench = await startBench({ log, clock: () => clock.now() });
  const transport = await adminTransport(bench.controlPlane.kubeconfig);
  await install(transport);
  await applyObject(transport, namespaceManifest());
  const aws = createAwsView(bench.gateway.url, ACCOUNT, REGION);
  const where = (kind: string, name: string) =>
    kind === 'OptaEnvironment' ? { name } : { name, namespace: NAMESPACE };

  async function objects(): Promise<readonly OptaObject[]> {
    const all = await Promise.all(KIND_NAMES.map(kind => list<OptaObject>(transport, resourceOfKind(kind))));
    return all.flat();
  }
  const configMaps = async () => {
    const all = await list<KubeObject & { data?: Record<string, string> }>(transport, CONFIG_MAPS, {
      namespace: NAMESPACE,
    });
    return all.filter(one => one.metadata.name !== 'kube-root-ca.crt');
  };

  async function patch(object: KubeObject, body: object): Promise<OptaObject> {
    const resource = resourceOfKind(object.kind);
    return transport.request<OptaObject>({
      method: 'PATCH',
      path: pathOf(resource, whereIs(resource, object)),
      contentType: 'application/merge-patch+json',
      body,
    });
  }

  return {
    bench,
    clock,
    transport,
    aws,
    apply: ({ kind, name, spec, annotations, namespace }) =>
      applyObject<OptaObject>(transport, {
        apiVersion: 'opta.dev/v1alpha1',
        kind,
        metadata: {
          ...(kind === 'OptaEnvironment' ? { name } : { name, namespace: namespace ?? NAMESPACE }),
          ...(annotations === undefined ? {} : { annotations }),
        },
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
    get: (kind, name) => get<OptaObject>(transport, resourceOfKind(kind), where(kind, name)),
    objects,
    configMaps,
    async reset() {
      for (const object of await objects()) {
        const resource = resourceOfKind(object.kind);
        try {
          if (object.metadata.finalizers !== undefined)
            await patch(object, { metadata: { finalizers: null } });
          await remove(transport, resource, object);
        } catch (error) {
          if (!isNotFound(error) && !isConflict(error)) throw error;
        }
      }
      for (const configMap of await configMaps()) await remove(transport, CONFIG_MAPS, configMap);
      await bench.gateway.reset();
    },
    async stop() {
      aws.close();
      await bench.stop();
    },
  };
}

const CONFIG_MAPS = { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true };

function namespaceManifest() {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: NAMESPACE, labels: { 'opta.dev/environment': ENVIRONMENT } },
  };
}

/** An environment that everything else of a test is in. */
export function environment(spec: object = {}): Manifest {
  return {
    kind: 'OptaEnvironment',
    name: ENVIRONMENT,
    spec: { region: REGION, accountId: ACCOUNT, ...spec },
  };
}

export function queue(name: string, spec: object = {}): Manifest {
  return { kind: 'Queue', name, spec };
}

export function topic(name: string, spec: object = {}): Manifest {
  return { kind: 'Topic', name, spec };
}

export function bucket(name: string, spec: object = {}): Manifest {
  return { kind: 'Bucket', name, spec };
}
