/** A resource type of the API server. The core group is ''. */
export interface Resource {
  group: string;
  version: string;
  plural: string;
  kind: string;
  namespaced: boolean;
}

/** Which object, or without `name` which collection; without `namespace` a namespaced type means all namespaces. */
export interface Where {
  namespace?: string | undefined;
  name?: string | undefined;
  subresource?: 'status' | undefined;
}

/** `apps/v1`, or `v1` for the core group. */
export function apiVersionOf(resource: Resource): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/**
 * The URL path of an object or a collection.
 * @throws when one object of a namespaced type is asked for without its namespace, or the reverse.
 */
export function pathOf(resource: Resource, where: Where = {}): string {
  const { namespace, name, subresource } = where;
  if (resource.namespaced && name !== undefined && !namespace) {
    throw new Error(`${resource.kind} ${name} is namespaced: its path needs a namespace`);
  }
  if (!resource.namespaced && namespace) {
    throw new Error(`${resource.kind} is not namespaced: its path cannot have the namespace ${namespace}`);
  }
  const parts = [resource.group === '' ? '/api' : `/apis/${resource.group}`, resource.version];
  if (namespace) parts.push('namespaces', encodeURIComponent(namespace));
  parts.push(resource.plural);
  if (name !== undefined) parts.push(encodeURIComponent(name));
  if (subresource) parts.push(subresource);
  return parts.join('/');
}

/** Where an object is. */
export function whereIs(
  resource: Resource,
  object: { metadata: { name: string; namespace?: string } },
): { name: string; namespace?: string } {
  const { name, namespace } = object.metadata;
  return resource.namespaced && namespace ? { name, namespace } : { name };
}
