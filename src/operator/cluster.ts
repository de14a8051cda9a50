import { type Clock, sleep } from '../engine/clock.ts';
import { get } from '../kube/apply.ts';
import { createBackOff } from '../kube/backoff.ts';
import { isTransient } from '../kube/errors.ts';
import { type Log, messageOf } from '../kube/log.ts';
import type { KubeObject } from '../kube/object.ts';
import type { Resource } from '../kube/resources.ts';
import type { Transport } from '../kube/transport.ts';

export const NAMESPACES: Resource = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
};

/**
 * UID of kube-system, which stands for the cluster in tags. Asked for until the API server answers: a leader that ended
 * here because of one lost answer would be held up longer by every restart. Undefined: the signal aborted.
 */
export async function clusterUid(of: {
  readonly transport: Pick<Transport, 'request'>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly signal: AbortSignal;
}): Promise<string | undefined> {
  const backOff = createBackOff(of);
  while (!of.signal.aborted) {
    try {
      const found = await get<KubeObject>(of.transport, NAMESPACES, { name: 'kube-system' });
      if (found === undefined) throw new Error('the cluster has no namespace kube-system');
      return found.metadata.uid;
    } catch (error) {
      if (!isTransient(error)) throw error;
      const waitMs = backOff.next();
      of.log.warn({ error: messageOf(error), waitMs }, 'the namespace kube-system cannot be read');
      await sleep(of.clock, waitMs, of.signal);
    }
  }
  return undefined;
}
