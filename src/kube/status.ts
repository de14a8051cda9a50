import { type KubeObject, strip } from './object.ts';
import { pathOf, type Resource, whereIs } from './resources.ts';
import type { Transport } from './transport.ts';

/**
 * Writes the whole status of the object by server-side apply: what this manager wrote before and leaves out now goes away.
 * resourceVersion goes along, so nothing is written when the object was changed since it was read, or is another one by now
 * (uid would not do: the API server ignores it in an apply to a subresource).
 * Returns the object as stored; `object` is left as it is.
 * @throws ApiError Conflict, and NotFound when it is gone (an apply to a subresource never makes an object).
 */
export async function applyStatus<T extends KubeObject>(
  transport: Pick<Transport, 'request'>,
  resource: Resource,
  object: T,
  status: object,
  options: { fieldManager: string },
): Promise<T> {
  const { resourceVersion } = object.metadata;
  const where = whereIs(resource, object);
  const stored = await transport.request<T>({
    method: 'PATCH',
    path: pathOf(resource, { ...where, subresource: 'status' }),
    // Else the whole body is read once more, for members that stand twice in it, of which JSON made here has none
    // (apiserver, pkg/endpoints/handlers/patch.go, applyPatchToCurrentObject); unknown ones are refused all the same.
    query: { fieldManager: options.fieldManager, force: true, fieldValidation: 'Ignore' },
    contentType: 'application/apply-patch+yaml',
    body: {
      apiVersion: object.apiVersion,
      kind: object.kind,
      metadata: { ...where, resourceVersion },
      status,
    },
  });
  return strip(stored);
}
