import { readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';
import { customResourceDefinitions } from '../../src/api/crds.ts';
import { systemClock } from '../../src/engine/clock.ts';
import { loadKubeContext } from '../../src/kube/kubeconfig.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import type { Resource } from '../../src/kube/resources.ts';
import { createTransport, type Transport } from '../../src/kube/transport.ts';
import { installCrds } from './kubernetes/install-crds.ts';
import { apply } from './kubernetes/objects.ts';

const MANIFESTS = ['../../deploy/kustomize/namespace.yaml', '../../deploy/kustomize/rbac.yaml'];
const MANAGER = 'opta-install';

/** Types that the shipped manifests and the samples have. */
const RESOURCES: Readonly<Record<string, Omit<Resource, 'kind'>>> = {
  Namespace: { group: '', version: 'v1', plural: 'namespaces', namespaced: false },
  ServiceAccount: { group: '', version: 'v1', plural: 'serviceaccounts', namespaced: true },
  ClusterRole: {
    group: 'rbac.authorization.k8s.io',
    version: 'v1',
    plural: 'clusterroles',
    namespaced: false,
  },
  ClusterRoleBinding: {
    group: 'rbac.authorization.k8s.io',
    version: 'v1',
    plural: 'clusterrolebindings',
    namespaced: false,
  },
  Role: { group: 'rbac.authorization.k8s.io', version: 'v1', plural: 'roles', namespaced: true },
  RoleBinding: {
    group: 'rbac.authorization.k8s.io',
    version: 'v1',
    plural: 'rolebindings',
    namespaced: true,
  },
  OptaEnvironment: { group: 'opta.dev', version: 'v1alpha1', plural: 'optaenvironments', namespaced: false },
  Queue: { group: 'opta.dev', version: 'v1alpha1', plural: 'queues', namespaced: true },
  Topic: { group: 'opta.dev', version: 'v1alpha1', plural: 'topics', namespaced: true },
  Bucket: { group: 'opta.dev', version: 'v1alpha1', plural: 'buckets', namespaced: true },
};

/** A transport with the administrator's rights of a kubeconfig. */
export async function adminTransport(kubeconfig: string): Promise<Transport & { close(): void }> {
  return createTransport({ context: await loadKubeContext({ path: kubeconfig }), clock: systemClock });
}

/** Custom resources, namespace and rights of the operator, as shipped, by server-side apply. */
export async function install(transport: Transport): Promise<void> {
  await installCrds(transport, customResourceDefinitions(), { fieldManager: MANAGER, clock: systemClock });
  for (const manifest of MANIFESTS) await applyFile(transport, new URL(manifest, import.meta.url));
}

export async function applyFile(transport: Transport, file: URL): Promise<readonly KubeObject[]> {
  const applied: KubeObject[] = [];
  for (const document of parseAllDocuments(await readFile(file, 'utf8'))) {
    applied.push(await applyObject(transport, document.toJS()));
  }
  return applied;
}

export async function applyObject<T extends KubeObject = KubeObject>(
  transport: Transport,
  object: {
    apiVersion: string;
    kind: string;
    metadata: { name: string; namespace?: string; [member: string]: unknown };
    [member: string]: unknown;
  },
): Promise<T> {
  return apply<T>(transport, resourceOfKind(object.kind), object, { fieldManager: MANAGER, force: true });
}

export function resourceOfKind(kind: string): Resource {
  const known = RESOURCES[kind];
  if (known === undefined) throw new Error(`no resource is known for the kind ${kind}`);
  return { ...known, kind };
}
