import type { Adaptor, Found, Readiness } from './adaptor.ts';
import type { CloudError } from './errors.ts';
import type { Observations } from './graph.ts';
import { currentEpoch, type Inventory } from './inventory.ts';

/** What one look at AWS gave for one epoch of a node. */
export interface Observation {
  readonly node: string;
  readonly epoch: number;
  /** None, one, or more after a lost answer. */
  readonly found: readonly Found[];
  /** Read from AWS itself, not from a batched read of a moment ago. */
  readonly fresh: boolean;
  /** Looked at before its desired state was known, so optional parts may not have been read. */
  readonly blind?: boolean;
  readonly error?: CloudError;
}

/** All looks of a pass; replaced, never changed. */
export type ObservationMap = ReadonlyMap<string, Observation>;

export function observationKey(node: string, epoch: number): string {
  return `${node}@${epoch}`;
}

/**
 * The one that counts among several: the one in the inventory, else the lowest attempt that we recorded.
 * The others are duplicates.
 */
export function choose(
  observation: Observation | undefined,
  recordedId: string | undefined,
): Found | undefined {
  if (observation === undefined) return undefined;
  return observation.found.find(found => found.id === recordedId) ?? observation.found[0];
}

/** What `desired` may read: present resources only, of the newest epoch. */
export function observationsOf(
  map: ObservationMap,
  inventory: Inventory,
  adaptorOf: (node: string) => Adaptor | undefined,
): Observations {
  function present(node: string): Found | undefined {
    const epoch = currentEpoch(inventory, node);
    const recordedId = inventory.find(entry => entry.node === node && entry.epoch === epoch)?.id;
    const found = choose(map.get(observationKey(node, epoch)), recordedId);
    if (found === undefined || adaptorOf(node)?.isRemoved?.(found.state)) return undefined;
    return found;
  }
  return {
    state: <S>(node: string) => present(node)?.state as S | undefined,
    id: node => present(node)?.id,
    arn: node => present(node)?.arn,
  };
}

export function isReady(readiness: Readiness): boolean {
  return readiness.is === 'ready';
}
