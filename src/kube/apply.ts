import { isGone, isNotFound, isSurelyNotFound } from './errors.ts';
import { type KubeObject, type ObjectToSend, strip } from './object.ts';
import { pagesOf } from './pages.ts';
import { pathOf, type Resource, whereIs } from './resources.ts';
import { isServed } from './served.ts';
import type { Transport } from './transport.ts';

type Requests = Pick<Transport, 'request'>;

/** Makes an object. @throws ApiError AlreadyExists when there is one of that name. */
export async function create<T extends KubeObject>(
  transport: Requests,
  resource: Resource,
  object: ObjectToSend,
  options: { fieldManager: string },
): Promise<T> {
  const stored = await transport.request<T>({
    method: 'POST',
    path: pathOf(resource, resource.namespaced ? { namespace: object.metadata.namespace } : {}),
    query: { fieldManager: options.fieldManager },
    body: object,
  });
  return strip(stored);
}

/**
 * Changes what the body names (RFC 7386: lists are replaced, others' members stay), only while the object is as it was read.
 * @throws ApiError Conflict when it was changed since; NotFound when it is gone.
 */
export async function patchAsRead<T extends KubeObject>(
  transport: Requests,
  resource: Resource,
  read: KubeObject,
  body: { metadata?: object; [member: string]: unknown },
  options: { fieldManager: string },
): Promise<T> {
  const { resourceVersion } = read.metadata;
  const stored = await transport.request<T>({
    method: 'PATCH',
    path: pathOf(resource, whereIs(resource, read)),
    query: { fieldManager: options.fieldManager },
    contentType: 'application/merge-patch+json',
    body: { ...body, metadata: { ...body.metadata, resourceVersion } },
  });
  return strip(stored);
}

/** The object as it is now, past every cache; undefined when there is none, by the API server's own word. */
export async function get<T extends KubeObject>(
  transport: Requests,
  resource: Resource,
  where: { namespace?: string | undefined; name: string },
): Promise<T | undefined> {
  try {
    const path = pathOf(resource, where);
    return strip(await transport.request<T>({ method: 'GET', path }));
  } catch (error) {
    if (isSurelyNotFound(error)) return undefined;
    // Of a type that is not installed the API server gives no reason, as a proxy does.
    if (isNotFound(error) && !(await isServed(transport, resource))) return undefined;
    throw error;
  }
}

/** All objects of a type as they are now, past every cache, in pages. Without a namespace: of all namespaces. */
export async function list<T extends KubeObject>(
  transport: Requests,
  resource: Resource,
  options: { namespace?: string; labelSelector?: string } = {},
): Promise<T[]> {
  const { namespace, labelSelector } = options;
  const path = pathOf(resource, namespace === undefined ? {} : { namespace });
  for (let attempt = 0; ; attempt += 1) {
    try {
      const found: T[] = [];
      for await (const page of pagesOf<T>(transport, { path, selectors: { labelSelector } })) {
        for (const item of page.items ?? []) found.push(strip(item));
      }
      return found;
    } catch (error) {
      // The pages are of one moment; when that is too long ago the list starts again.
      if (!isGone(error) || attempt > 0) throw error;
    }
  }
}

/** The same; none where the type is not installed, since none can exist then. */
export async function listIfServed<T extends KubeObject>(
  transport: Requests,
  resource: Resource,
  options: { namespace?: string } = {},
): Promise<readonly T[]> {
  try {
    return await list<T>(transport, resource, options);
  } catch (error) {
    if (isNotFound(error) && !(await isServed(transport, resource))) return [];
    throw error;
  }
}
