import { setTimeout as delay } from 'node:timers/promises';
import type { KubeObject } from '../../src/kube/object.ts';
import { pathOf } from '../../src/kube/resources.ts';
import type { Transport } from '../../src/kube/transport.ts';
import { ANNOTATION, annotation } from '../../src/operator/objects.ts';
import { resourceOfKind } from '../bench/install.ts';
import { readAgain } from './samples.ts';
import { isReady } from './table.ts';

const EVERY_MS = 1_000;

/**
 * Asks the operator to look again, each time as soon as it did, until the object is Ready, as an impatient person does: it
 * comes back by itself when AWS usually has something new, and the demo's AWS is far quicker. Ends with the signal.
 */
export async function lookOften(
  transport: Transport,
  object: KubeObject,
  signal: AbortSignal,
): Promise<void> {
  const path = pathOf(resourceOfKind(object.kind), { name: object.metadata.name });
  try {
    for (;;) {
      await delay(EVERY_MS, undefined, { signal });
      const [now] = await readAgain(transport, [object]);
      if (now === undefined || isReady(now)) return;
      const asked = annotation(now, ANNOTATION.reconcileRequestedAt);
      // What is not carried out yet would be begun anew.
      if (now.status?.conditions === undefined || asked !== now.status.lastHandledReconcileAt) continue;
      const annotations = { [ANNOTATION.reconcileRequestedAt]: new Date().toISOString() };
      const body = { metadata: { annotations } };
      await transport.request({ method: 'PATCH', path, contentType: 'application/merge-patch+json', body });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
