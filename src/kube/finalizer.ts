import { isSurelyNotFound } from './errors.ts';
import { type KubeObject, strip } from './object.ts';
import { pathOf, type Resource, whereIs } from './resources.ts';
import type { Transport } from './transport.ts';

type Requests = Pick<Transport, 'request'>;

/**
 * Puts a finalizer on. Returns the object as stored, or the same object when it had it already.
 * @throws ApiError Conflict when the object was changed since it was read; NotFound when it is gone.
 */
export async function addFinalizer<T extends KubeObject>(
  transport: Requests,
  resource: Resource,
  object: T,
  finalizer: string,
): Promise<T> {
  const present = object.metadata.finalizers ?? [];
  if (present.includes(finalizer)) return object;
  return patchFinalizers(transport, resource, object, [...present, finalizer]);
}

/**
 * Takes a finalizer off. Returns the object as the server answered, which may be its last sight, or undefined when it was
 * gone already.
 * @throws ApiError Conflict when the object was changed since it was read.
 */
export async function removeFinalizer<T extends KubeObject>(
  transport: Requests,
  resource: Resource,
  object: T,
  finalizer: string,
): Promise<T | undefined> {
  const present = object.metadata.finalizers ?? [];
  if (!present.includes(finalizer)) return object;
  const rest = present.filter(name => name !== finalizer);
  try {
    return await patchFinalizers(transport, resource, object, rest);
  } catch (error) {
    if (isSurelyNotFound(error)) return undefined;
    throw error;
  }
}

/**
 * A merge patch replaces the list, so resourceVersion must be in it or a finalizer of somebody else could get lost. It is no
 * server-side apply, because that would make the object again when it is gone.
 */
async function patchFinalizers<T extends KubeObject>(
  transport: Requests,
  resource: Resource,
  object: T,
  finalizers: string[],
): Promise<T> {
  const { resourceVersion } = object.metadata;
  const stored = await transport.request<T>({
    method: 'PATCH',
    path: pathOf(resource, whereIs(resource, object)),
    contentType: 'application/merge-patch+json',
    body: { metadata: { resourceVersion, finalizers } },
  });
  return strip(stored);
}
