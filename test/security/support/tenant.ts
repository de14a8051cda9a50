import { join } from 'node:path';
import { applyObject, resourceOfKind } from '../../../hack/bench/install.ts';
import { serviceAccountKubeconfig } from '../../../hack/bench/kubernetes/serviceaccount.ts';
import { systemClock } from '../../../src/engine/clock.ts';
import { loadKubeContext } from '../../../src/kube/kubeconfig.ts';
import { pathOf } from '../../../src/kube/resources.ts';
import { createTransport, type Transport } from '../../../src/kube/transport.ts';
import type { OptaObject, Status } from '../../../src/operator/objects.ts';
import { ENVIRONMENT, NAMESPACE, type TestWorld } from '../../support/world.ts';

/** Somebody who may do everything with the namespaced kinds of one namespace, and nothing else. */
export interface Tenant {
  readonly transport: Transport;
  create(kind: string, name: string, spec: object): Promise<OptaObject>;
  /** A merge patch of the spec. */
  change(kind: string, name: string, spec: object): Promise<OptaObject>;
  annotate(kind: string, name: string, annotations: Record<string, string | null>): Promise<OptaObject>;
  /** Writes the status past the operator. */
  forge(kind: string, name: string, status: Partial<Status> | Record<string, unknown>): Promise<OptaObject>;
  request(method: string, kind: string, where: object, body?: object): Promise<OptaObject>;
  delete(kind: string, name: string): Promise<unknown>;
  close(): void;
}

const KINDS = ['queues', 'topics', 'buckets'];
const NAME = 'mallory';

export async function tenant(world: TestWorld): Promise<Tenant> {
  const { controlPlane, directory } = world.bench;
  const inNamespace = (kind: string, apiVersion: string, body: object) =>
    applyObject(world.cluster.transport, {
      apiVersion,
      kind,
      metadata: { name: NAME, namespace: NAMESPACE },
      ...body,
    });
  await inNamespace('ServiceAccount', 'v1', {});
  await inNamespace('Role', 'rbac.authorization.k8s.io/v1', {
    rules: [
      {
        apiGroups: ['opta.dev'],
        resources: [...KINDS, ...KINDS.map(kind => `${kind}/status`)],
        verbs: ['*'],
      },
      { apiGroups: [''], resources: ['configmaps', 'secrets'], verbs: ['*'] },
    ],
  });
  await inNamespace('RoleBinding', 'rbac.authorization.k8s.io/v1', {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: NAME },
    subjects: [{ kind: 'ServiceAccount', name: NAME, namespace: NAMESPACE }],
  });
  const access = await serviceAccountKubeconfig(controlPlane, {
    namespace: NAMESPACE,
    name: NAME,
    directory: join(directory, NAME),
  });
  const transport = createTransport({
    context: await loadKubeContext({ path: access.kubeconfig }),
    clock: systemClock,
  });

  function send(method: string, kind: string, where: object, body?: object): Promise<OptaObject> {
    const contentType = method === 'PATCH' ? { contentType: 'application/merge-patch+json' } : {};
    const path = pathOf(resourceOfKind(kind), where);
    return transport.request<OptaObject>({
      method,
      path,
      ...contentType,
      ...(body === undefined ? {} : { body }),
    } as never);
  }
  const own = (name: string) => ({ name, namespace: NAMESPACE });
  return {
    transport,
    create: (kind, name, spec) =>
      send(
        'POST',
        kind,
        { namespace: NAMESPACE },
        {
          apiVersion: 'opta.dev/v1alpha1',
          kind,
          metadata: { name, namespace: NAMESPACE },
          spec: { environment: ENVIRONMENT, ...spec },
        },
      ),
    change: (kind, name, spec) => send('PATCH', kind, own(name), { spec }),
    annotate: (kind, name, annotations) => send('PATCH', kind, own(name), { metadata: { annotations } }),
    forge: (kind, name, status) => send('PATCH', kind, { ...own(name), subresource: 'status' }, { status }),
    request: send,
    delete: (kind, name) => send('DELETE', kind, own(name)),
    close() {
      access.stop();
      transport.close();
    },
  };
}
