import type { WorkQueue } from '../kube/workqueue.ts';
import type { OptaObject } from './objects.ts';
import { type World, workKey } from './world.ts';

/**
 * Who lets an object in until it has unsubscribed looks again when that is on record, or the object is gone: it is not
 * named any more, and so not among those that a change of the object concerns otherwise.
 */
export function wakeReceivers(world: World, queue: Pick<WorkQueue, 'add'>): void {
  for (const kind of world.kinds) {
    if (kind.linkTo === undefined) continue;
    world.objects(kind.api.kind).onChange(({ before, after }) => {
      if (before === undefined || sends(before) === sends(after)) return;
      const named = after === undefined ? [] : world.referred(after);
      for (const other of world.receivers(before)) {
        const isNamed = named.some(one => one.kind === other.kind && one.name === other.metadata.name);
        if (!isNamed) queue.add(workKey(other), 'user');
      }
    });
  }
}

/** What its record tells of whom it sends to. */
function sends(object: OptaObject | undefined): string {
  const { syncedGeneration, resources } = object?.status ?? {};
  return JSON.stringify([object?.metadata.uid, syncedGeneration, resources?.map(one => one.node)]);
}
