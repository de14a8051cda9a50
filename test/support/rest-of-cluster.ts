import type { KubeObject } from '../../src/kube/object.ts';
import type { Transport } from '../../src/kube/transport.ts';

/** Where a test may leave what is none of the operator's objects and changes what the next one sees. */
const PATHS = [
  '/api/v1/namespaces',
  '/api/v1/configmaps',
  '/api/v1/secrets',
  '/api/v1/resourcequotas',
  '/api/v1/serviceaccounts',
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
  '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies',
  '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations',
  '/apis/coordination.k8s.io/v1/leases',
  '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
  '/apis/rbac.authorization.k8s.io/v1/roles',
  '/apis/rbac.authorization.k8s.io/v1/rolebindings',
];

/** Controllers make them in each namespace, some time after it. */
const LATE = new Set(['default', 'kube-root-ca.crt']);

type Item = KubeObject & { readonly rules?: unknown; readonly subjects?: unknown };

/** All that is in a cluster besides the operator's objects: equal for two looks between which nobody changed it. */
export async function restOf(transport: Pick<Transport, 'request'>): Promise<string> {
  const lists = await Promise.all(
    PATHS.map(path => transport.request<{ readonly items: readonly Item[] }>({ method: 'GET', path })),
  );
  const all = lists.map(({ items }, at) => [
    PATHS[at],
    ...items.filter(({ metadata }) => !LATE.has(metadata.name)).map(pictureOf),
  ]);
  return JSON.stringify(all);
}

function pictureOf({ metadata, rules, subjects }: Item): unknown {
  const { namespace, name, uid, generation, labels, deletionTimestamp } = metadata;
  return [namespace, name, uid, generation, labels, deletionTimestamp, rules, subjects];
}
