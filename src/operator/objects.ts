import type { StoredPlan } from '../engine/approval.ts';
import type { ManagementPolicy } from '../engine/gate.ts';
import type { Entry, Inventory } from '../engine/inventory.ts';
import { TAG_PREFIX } from '../engine/owner.ts';
import type { Kind, SpecOf } from '../kinds/kind.ts';
import type { Condition } from '../kube/conditions.ts';
import type { KubeObject } from '../kube/object.ts';
import type { Resource } from '../kube/resources.ts';

export const FINALIZER = 'opta.dev/aws';
export const FIELD_MANAGER = 'opta-operator';

export const ANNOTATION = {
  paused: 'opta.dev/paused',
  approve: 'opta.dev/approve',
  reconcileRequestedAt: 'opta.dev/reconcile-requested-at',
  driftInterval: 'opta.dev/drift-interval',
  abandon: 'opta.dev/abandon',
} as const;

const KNOWN_ANNOTATIONS: ReadonlySet<string> = new Set(Object.values(ANNOTATION));

/** What looks like an annotation of the operator, and is none. */
export function unknownAnnotations({ metadata }: KubeObject): readonly string[] {
  const all = Object.keys(metadata.annotations ?? {});
  return all.filter(key => key.startsWith(TAG_PREFIX) && !KNOWN_ANNOTATIONS.has(key)).sort();
}

export interface Status {
  readonly observedGeneration?: number;
  /** The newest generation that was carried out in full. */
  readonly syncedGeneration?: number;
  readonly lastHandledReconcileAt?: string;
  readonly conditions?: readonly Condition[];
  readonly resources?: Inventory;
  /** Of the operator that made them. */
  readonly installation?: string;
  readonly plan?: StoredPlan;
  readonly defaults?: Readonly<Record<string, unknown>>;
  readonly blockedBy?: readonly BlockedBy[];
  readonly binding?: { readonly name: string };
  readonly referrers?: readonly Referrer[];
  readonly [output: string]: unknown;
}

export interface BlockedBy {
  readonly node: string;
  readonly resource: string;
  readonly reason: string;
}

export interface Referrer {
  readonly kind: string;
  readonly name: string;
  readonly uid?: string;
  /** What is let in though no object here is known to be it; the name is then that in AWS. */
  readonly arn?: string;
}

/** What every spec has, whatever its kind. */
export interface CommonSpec {
  readonly environment?: string;
  readonly managementPolicy?: ManagementPolicy;
  readonly deletionPolicy?: 'Delete' | 'Retain';
  readonly adopt?: object;
  readonly [field: string]: unknown;
}

/** A custom resource as the API server sends it. */
export interface OptaObject extends KubeObject {
  spec: CommonSpec;
  status?: Status;
}

export function resourceOf(kind: Kind): Resource {
  const { group, version, plural, namespaced } = kind.api;
  return { group, version, plural, kind: kind.api.kind, namespaced };
}

export function annotation(object: KubeObject, name: string): string | undefined {
  return object.metadata.annotations?.[name];
}

/** However it is spelled, and if it is empty: who writes `yes` means it, and must not find out that nothing was paused. */
export function isPaused(object: KubeObject): boolean {
  const said = annotation(object, ANNOTATION.paused);
  return said !== undefined && said.trim().toLowerCase() !== 'false';
}

export function isDeleting(object: KubeObject): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}

export function hasFinalizer(object: KubeObject): boolean {
  return object.metadata.finalizers?.includes(FINALIZER) ?? false;
}

export function specOf(object: OptaObject): SpecOf {
  const { namespace = '', name, uid } = object.metadata;
  return { kind: object.kind, namespace, name, uid, spec: { ...object.spec } };
}

/** `-n shop queue.opta.dev/orders`, for commands that people copy. */
export function kubectlTarget({ apiVersion, kind, metadata }: KubeObject): string {
  const type = `${kind.toLowerCase()}.${apiVersion.slice(0, apiVersion.indexOf('/'))}`;
  return `${metadata.namespace === undefined ? '' : `-n ${metadata.namespace} `}${type}/${metadata.name}`;
}

/** What an entry stands for in AWS, for people; nothing where no more than the intent is on record. */
export function namesOf({ arn, id, name, node, pending, type }: Entry): readonly string[] {
  const named = name === undefined ? undefined : `${type} ${name}`;
  // It may exist all the same, and nobody else would look for it.
  const begun =
    pending === undefined
      ? undefined
      : `${type} of ${node} (begun, its answer is not known: look for the tag ${TAG_PREFIX}node=${node})`;
  return [arn ?? id ?? named ?? begun].filter(one => one !== undefined);
}

/** `Queue shop/orders`, for people. */
export function label(object: KubeObject): string {
  const { namespace, name } = object.metadata;
  return `${object.kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}
