import { readdir } from 'node:fs/promises';
import { get } from '../../src/kube/apply.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import type { Transport } from '../../src/kube/transport.ts';
import type { OptaObject } from '../../src/operator/objects.ts';
import { applyFile, resourceOfKind } from '../bench/install.ts';

const DIRECTORY = new URL('../../deploy/samples/', import.meta.url);

/** Applies deploy/samples in the order of the file names; returns the objects that the operator serves. */
export async function applySamples(transport: Transport): Promise<readonly KubeObject[]> {
  const files = (await readdir(DIRECTORY)).filter(name => name.endsWith('.yaml')).sort();
  const applied: KubeObject[] = [];
  for (const file of files) applied.push(...(await applyFile(transport, new URL(file, DIRECTORY))));
  return applied.filter(object => object.apiVersion.startsWith('opta.dev/'));
}

/** The objects as they are now. Throws if one is gone. */
export function readAgain(
  transport: Pick<Transport, 'request'>,
  objects: readonly KubeObject[],
): Promise<readonly OptaObject[]> {
  return Promise.all(
    objects.map(async ({ kind, metadata: { namespace, name } }) => {
      const object = await get<OptaObject>(transport, resourceOfKind(kind), { namespace, name });
      if (object === undefined) throw new Error(`${kind} ${name} is gone`);
      return object;
    }),
  );
}
