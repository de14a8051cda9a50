import { createHash } from 'node:crypto';
import { CloudError } from '../engine/errors.ts';
import { create, get, patchAsRead } from '../kube/apply.ts';
import { isAlreadyExists, isConflict, isForbidden, isNotFound } from '../kube/errors.ts';
import type { ObjectToSend, OwnerReference } from '../kube/object.ts';
import type { Resource } from '../kube/resources.ts';
import type { Transport } from '../kube/transport.ts';
import { FIELD_MANAGER, type OptaObject } from './objects.ts';
import { type ConfigMap, KIND_LABEL, type World } from './world.ts';

export const CONFIG_MAPS: Resource = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
};

/** Kubernetes documentation, "Recommended Labels". */
const MANAGER_LABEL = 'app.kubernetes.io/managed-by';
const LABELS: readonly string[] = [MANAGER_LABEL, KIND_LABEL];

/** Longest data and owner that are kept, in characters of JSON: what we write has some 400. */
const LONGEST_KEPT = 2_048;

/**
 * What the store has of a ConfigMap: enough to know whether it is as we would write it, and that it was changed. Anybody may put
 * our label on anything, and a megabyte into each, and all of them are kept.
 */
export function inBrief({ apiVersion, kind, metadata, data }: ConfigMap): ConfigMap {
  const { name, namespace, uid, resourceVersion, labels = {}, ownerReferences = [] } = metadata;
  const text = JSON.stringify(data ?? {});
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      uid,
      resourceVersion,
      labels: Object.fromEntries(Object.entries(labels).filter(([key]) => LABELS.includes(key))),
      // At most one (Kubernetes API, OwnerReference), whose name may have any length.
      ownerReferences: ownerReferences.filter(
        owner => owner.controller === true && JSON.stringify(owner).length <= LONGEST_KEPT,
      ),
    },
    // No key is empty, so the hash is nobody's value.
    data:
      text.length <= LONGEST_KEPT ? (data ?? {}) : { '': createHash('sha256').update(text).digest('hex') },
  };
}

// Kubernetes documentation, "Object Names and IDs": DNS subdomain names.
const LONGEST_NAME = 253;

/** `orders-queue`: what users mount or read. A name that is too long for that is cut, and ends in a hash of it. */
export function bindingName(object: OptaObject): string {
  const { name } = object.metadata;
  const suffix = `-${object.kind.toLowerCase()}`;
  if (name.length + suffix.length <= LONGEST_NAME) return `${name}${suffix}`;
  const hash = `-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
  const cut = name.slice(0, LONGEST_NAME - suffix.length - hash.length).replace(/[^a-z0-9]+$/, '');
  return `${cut}${hash}${suffix}`;
}

/**
 * The ConfigMap with an object's outputs, written only where it differs. One that the object does not own is never
 * written, but what an earlier object of its name left until the garbage collector comes, and what we made and has lost its
 * owner. Throws a Conflict CloudError, and a Busy one where it is another by now.
 */
export async function publishBinding(
  world: World,
  transport: Transport,
  object: OptaObject,
  data: Readonly<Record<string, string>>,
): Promise<string> {
  const name = bindingName(object);
  const { namespace } = object.metadata;
  const wanted = configMapOf(object, name, data);
  const known = world.configMaps.get(`${namespace}/${name}`);
  if (known !== undefined && isPublished(known, object, data)) return name;
  if (known === undefined) {
    try {
      await create(transport, CONFIG_MAPS, wanted, { fieldManager: FIELD_MANAGER });
      return name;
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  }
  // The store has not all of it; none of one that is new, or lost the label that we watch by.
  const existing = await get<ConfigMap>(transport, CONFIG_MAPS, { namespace, name });
  if (existing === undefined) throw overtaken(namespace, name);
  if (known !== undefined && isPublished(existing, object, data)) return name;
  const owner = ownerOf(existing, object);
  if (owner === undefined && !isLeft(existing, object.kind)) {
    throw new CloudError(
      'Conflict',
      `ConfigMap ${namespace}/${name} exists and does not belong to this object, so it is not written: delete or rename it`,
    );
  }
  const { labels, ownerReferences = [] } = wanted.metadata;
  // Others may have it kept as long as something of theirs.
  const others = (existing.metadata.ownerReferences ?? []).filter(one => one !== owner);
  const body = { metadata: { labels, ownerReferences: [...others, ...ownerReferences] }, data };
  try {
    await patchAsRead(transport, CONFIG_MAPS, existing, body, { fieldManager: FIELD_MANAGER });
  } catch (error) {
    if (isConflict(error) || isNotFound(error)) throw overtaken(namespace, name);
    // Who changes owners must be allowed to delete where the admission plugin OwnerReferencesPermissionEnforcement is on. The
    // garbage collector is; no right to delete ConfigMaps of others is asked for.
    if (isForbidden(error) && owner === undefined) {
      throw new CloudError(
        'Conflict',
        `ConfigMap ${namespace}/${name} was made by this operator and has no owner any more, and the operator may not take it up: delete it, and it is made again`,
      );
    }
    if (isForbidden(error) && owner?.uid !== object.metadata.uid) {
      throw new CloudError(
        'Busy',
        `ConfigMap ${namespace}/${name} is still that of the object of this name before: it is made when the garbage collector has removed that`,
      );
    }
    throw error;
  }
  return name;
}

function overtaken(namespace: string | undefined, name: string): CloudError {
  return new CloudError(
    'Busy',
    `ConfigMap ${namespace}/${name} was changed meanwhile, and is looked at again`,
  );
}

function isPublished(
  configMap: ConfigMap,
  object: OptaObject,
  data: Readonly<Record<string, string>>,
): boolean {
  return ownerOf(configMap, object)?.uid === object.metadata.uid && holds(configMap.data, data);
}

/** This object, or one of its kind and name before it. */
function ownerOf(
  configMap: ConfigMap,
  { apiVersion, kind, metadata }: OptaObject,
): OwnerReference | undefined {
  // Other projects have kinds of the same names.
  const isOfOurGroup = (owner: OwnerReference) => groupOf(owner.apiVersion) === groupOf(apiVersion);
  return configMap.metadata.ownerReferences?.find(
    owner =>
      isOfOurGroup(owner) && owner.kind === kind && owner.name === metadata.name && owner.controller === true,
  );
}

/**
 * Made by us, and of no object by now: `kubectl delete --cascade=orphan` takes owners away (Kubernetes documentation, "Use
 * Cascading Deletion in a Cluster"), and so does a restore from a backup, since objects have other uids then (Velero,
 * pkg/restore, resetMetadata).
 */
export function isLeft({ metadata }: ConfigMap, kind: string): boolean {
  const { labels, ownerReferences = [] } = metadata;
  const isOurs = Object.entries(labelsOf(kind)).every(([key, value]) => labels?.[key] === value);
  return isOurs && !ownerReferences.some(owner => owner.controller === true);
}

function labelsOf(kind: string): Readonly<Record<string, string>> {
  return { [MANAGER_LABEL]: FIELD_MANAGER, [KIND_LABEL]: kind };
}

function groupOf(apiVersion = ''): string | undefined {
  return apiVersion.split('/')[0];
}

function configMapOf(
  object: OptaObject,
  name: string,
  data: Readonly<Record<string, string>>,
): ObjectToSend & { data: object } {
  const { apiVersion, kind, metadata } = object;
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name,
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      labels: labelsOf(kind),
      ownerReferences: [{ apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true }],
    },
    data,
  };
}

/** Keys that others put beside ours are theirs, as in a server-side apply. */
function holds(
  data: Readonly<Record<string, string>> | undefined,
  ours: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(ours).every(([key, value]) => data?.[key] === value);
}
