import { isConflict, isNotFound } from '../../../src/kube/errors.ts';
import { type KubeObject, type ObjectToSend, strip } from '../../../src/kube/object.ts';
import { pathOf, type Resource, whereIs } from '../../../src/kube/resources.ts';
import type { Transport } from '../../../src/kube/transport.ts';

interface ApplyOptions {
  fieldManager: string;
  /** Takes over fields that another manager owns, instead of a Conflict. */
  force?: boolean;
}

/**
 * Server-side apply of a whole object: makes it or changes it, and takes away the fields that this manager set before and
 * leaves out now. Returns the object as stored.
 */
export async function apply<T extends KubeObject>(
  transport: Pick<Transport, 'request'>,
  resource: Resource,
  object: ObjectToSend,
  options: ApplyOptions,
): Promise<T> {
  const { fieldManager, force = false } = options;
  const stored = await transport.request<T>({
    method: 'PATCH',
    path: pathOf(resource, whereIs(resource, object)),
    query: { fieldManager, force },
    contentType: 'application/apply-patch+yaml',
    body: object,
  });
  return strip(stored);
}

/**
 * Deletes exactly this object: another one of the same name is left alone. Returns false when it, or its like, was not there.
 * Its finalizers may keep it a while.
 */
export async function remove(
  transport: Pick<Transport, 'request'>,
  resource: Resource,
  object: Pick<KubeObject, 'metadata'>,
): Promise<boolean> {
  try {
    await transport.request({
      method: 'DELETE',
      path: pathOf(resource, whereIs(resource, object)),
      body: {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        preconditions: { uid: object.metadata.uid },
        propagationPolicy: 'Background',
      },
    });
    return true;
  } catch (error) {
    if (isNotFound(error) || isConflict(error)) return false;
    throw error;
  }
}
