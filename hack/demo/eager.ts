import { setTimeout as delay } from 'node:timers/promises';
import type { KubeObject } from '../../src/kube/object.ts';
import { pathOf } from '../../src/kube/resources.ts';
import type { Transport } from '../../src/kube/transport.ts';
import { ANNOTATION, annotation } from '../../src/operator/objects.ts';
import { resourceOfKind } from '../bench/install.ts';
import { readAgain } from './samples.ts';
import { isReady } from './table.ts';

type Requests = Pick<Transport, 'request'>;

const EVERY_MS = 1_000;

/**
 * Asks the operator to look again, each time as soon as it did, until the object is Ready, as an impatient person does: it
 * comes back by itself when AWS usually has something new, and the demo's AWS is far quicker. What fails is tried again.
 * Ends with the signal, and never rejects.
 */
export async function lookOften(transport: Requests, object: KubeObject, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await delay(EVERY_MS, undefined, { signal }).catch(() => {});
    // Without it the demo is slower: who follows the object says what is wrong with it, or with the API server.
    if (!signal.aborted && (await isDone(transport, object).catch(() => false))) return;
  }
}

async function isDone(transport: Requests, object: KubeObject): Promise<boolean> {
  const path = pathOf(resourceOfKind(object.kind), { name: object.metadata.name });
  const [now] = await readAgain(transport, [object]);
  if (now === undefined || isReady(now)) return true;
  const asked = annotation(now, ANNOTATION.reconcileRequestedAt);
  // What is not carried out yet would be begun anew.
  if (now.status?.conditions === undefined || asked !== now.status.lastHandledReconcileAt) return false;
  const annotations = { [ANNOTATION.reconcileRequestedAt]: new Date().toISOString() };
  const body = { metadata: { annotations } };
  await transport.request({ method: 'PATCH', path, contentType: 'application/merge-patch+json', body });
  return false;
}
