import type { Resource } from './resources.ts';
import type { Transport } from './transport.ts';

type Requests = Pick<Transport, 'request'>;

interface GroupList {
  readonly kind: 'APIGroupList';
  readonly groups: readonly { readonly name: string; readonly versions: readonly { version: string }[] }[];
}

interface ResourceList {
  readonly kind: 'APIResourceList';
  readonly resources: readonly { readonly name: string }[];
}

/**
 * Whether the API server has the type, by its own discovery documents, which whoever is logged in may read (the ClusterRole
 * system:discovery). Asked where a read was answered with 404: alone that may be the word of a proxy in between.
 * @throws where they do not tell.
 */
export async function isServed(
  transport: Requests,
  { group, version, plural }: Resource,
  signal?: AbortSignal,
): Promise<boolean> {
  if (group !== '') {
    const { groups } = await document<GroupList>(transport, '/apis', 'APIGroupList', signal);
    const ours = groups.find(one => one.name === group);
    if (ours?.versions.some(one => one.version === version) !== true) return false;
  }
  const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const { resources } = await document<ResourceList>(transport, path, 'APIResourceList', signal);
  return resources.some(one => one.name === plural);
}

async function document<T extends { readonly kind: string }>(
  transport: Requests,
  path: string,
  kind: T['kind'],
  signal: AbortSignal | undefined,
): Promise<T> {
  const found = await transport.request<T>({ method: 'GET', path, signal });
  if (found?.kind !== kind) throw new Error(`GET ${path}: the answer is no ${kind}`);
  return found;
}
