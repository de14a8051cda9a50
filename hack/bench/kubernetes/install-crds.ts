import { type Clock, sleep } from '../../../src/engine/clock.ts';
import { get } from '../../../src/kube/apply.ts';
import { findCondition } from '../../../src/kube/conditions.ts';
import { TimeoutError } from '../../../src/kube/errors.ts';
import type { KubeObject, ObjectToSend } from '../../../src/kube/object.ts';
import type { Resource } from '../../../src/kube/resources.ts';
import type { Transport } from '../../../src/kube/transport.ts';
import { apply } from './objects.ts';

export const customResourceDefinitions: Resource = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
};

interface CrdObject extends KubeObject {
  status?: { conditions?: { type: string; status: string; message?: string }[] };
}

interface InstallOptions {
  fieldManager: string;
  clock: Clock;
}

/** For all of them to be served. */
const timeoutMs = 60_000;
const pollMs = 200;

/**
 * Installs custom resource definitions by server-side apply and waits until the API server serves them.
 * @throws ApiError when one is refused; TimeoutError that says what the API server thinks of it.
 */
export async function installCrds(
  transport: Pick<Transport, 'request'>,
  crds: readonly ObjectToSend[],
  options: InstallOptions,
): Promise<void> {
  const { fieldManager, clock } = options;
  const deadline = clock.monotonic() + timeoutMs;
  for (const crd of crds)
    await apply(transport, customResourceDefinitions, crd, { fieldManager, force: true });
  for (const { metadata } of crds) {
    for (;;) {
      const stored = await get<CrdObject>(transport, customResourceDefinitions, metadata);
      const conditions = stored?.status?.conditions;
      if (findCondition(conditions, 'Established')?.status === 'True') break;
      if (clock.monotonic() > deadline) {
        const said = conditions
          ?.map(({ type, status, message }) => `${type}=${status} ${message ?? ''}`.trim())
          .join('; ');
        throw new TimeoutError(
          `${metadata.name} is not served after ${timeoutMs / 1_000} s: ${said || 'no condition yet'}`,
        );
      }
      await sleep(clock, pollMs);
    }
  }
}
