import type { KubeObject } from '../../src/kube/object.ts';

export type { OptaObject } from '../../src/operator/objects.ts';

/** The uid of what controls it; undefined: nothing does. */
export function controllerOf(object: KubeObject): string | undefined {
  const owners = object.metadata.ownerReferences ?? [];
  return owners.length === 1 && owners[0]?.controller === true ? owners[0].uid : undefined;
}
