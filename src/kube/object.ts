/** Metadata as the API server sends it, without what the store strips (Kubernetes API, ObjectMeta). */
export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  /** Who wrote each annotation last, as the API server knows them: `kubectl-annotate`. Ours, out of managedFields. */
  annotatedBy?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
}

/** Who an object belongs to, for the garbage collector. */
export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** Any object that the API server has sent: raw JSON. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

/** Any object on its way to the API server: no uid or resourceVersion needed yet. */
export interface ObjectToSend {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string } & Partial<ObjectMeta>;
}

/** `namespace/name`, or `name` for what has no namespace. */
export function keyOf(object: { metadata: { name: string; namespace?: string } }): string {
  const { namespace, name } = object.metadata;
  return namespace ? `${namespace}/${name}` : name;
}

/** The two parts of a key. */
export function splitKey(key: string): { namespace?: string; name: string } {
  const slash = key.indexOf('/');
  if (slash < 0) return { name: key };
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/**
 * Takes off what nobody reads and what fills memory: managedFields, but for who wrote the annotations, and kubectl's copy of the
 * whole object. Changes the object in place: it is ours, fresh from the parser.
 */
export function strip<T extends KubeObject>(object: T): T {
  const metadata: ObjectMeta & { managedFields?: readonly ManagedFields[] } = object.metadata;
  if (metadata.annotations) {
    delete metadata.annotations['kubectl.kubernetes.io/last-applied-configuration'];
    const annotatedBy = managersOf(metadata.annotations, metadata.managedFields ?? []);
    if (Object.keys(annotatedBy).length > 0) metadata.annotatedBy = annotatedBy;
  }
  delete metadata.managedFields;
  return object;
}

/** Kubernetes API, ManagedFieldsEntry; `fieldsV1` has `f:` before each name. */
interface ManagedFields {
  readonly manager?: string;
  readonly time?: string;
  readonly fieldsV1?: { readonly 'f:metadata'?: { readonly 'f:annotations'?: object } };
}

/** Of several that wrote the same value the last one. */
function managersOf(
  annotations: Readonly<Record<string, string>>,
  managed: readonly ManagedFields[],
): Record<string, string> {
  const byTime = managed.toSorted((a, b) => ((a.time ?? '') < (b.time ?? '') ? -1 : 1));
  const wrote = byTime.flatMap(({ manager, fieldsV1 }) =>
    Object.keys(fieldsV1?.['f:metadata']?.['f:annotations'] ?? {}).map(field => [
      field.slice(2),
      manager ?? '',
    ]),
  );
  return Object.fromEntries(wrote.filter(([name = '']) => annotations[name] !== undefined));
}

/**
 * Whether resourceVersion `a` is as new as `b` or newer. Both must be of the same resource type and API server;
 * ordering them is documented since Kubernetes 1.35 (KEP-5504, comparable resource versions).
 */
export function isAtLeast(a: string, b: string): boolean {
  return BigInt(a) >= BigInt(b);
}
