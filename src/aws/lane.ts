import { AsyncLocalStorage } from 'node:async_hooks';

/** Who waits first when calls have to wait: deletions, then what a person changed, then drift checks. */
export type Lane = 'delete' | 'change' | 'drift';

const current = new AsyncLocalStorage<Lane>();

export function inLane<T>(lane: Lane, run: () => Promise<T>): Promise<T> {
  return current.run(lane, run);
}

export function currentLane(): Lane {
  return current.getStore() ?? 'change';
}

export const LANE_ORDER: Readonly<Record<Lane, number>> = { delete: 0, change: 1, drift: 2 };
