import type { Clock } from '../engine/clock.ts';

/** What was set that long ago is not answered any more, and let go of with the next that is set. */
export interface ExpiringMap<T> {
  readonly size: number;
  get(key: string): T | undefined;
  set(key: string, value: T): void;
  delete(key: string): void;
}

export function createExpiringMap<T>(clock: Pick<Clock, 'monotonic'>, keptMs: number): ExpiringMap<T> {
  /** Those set first stand first. */
  const kept = new Map<string, { readonly at: number; readonly value: T }>();

  function isOver(at: number): boolean {
    return clock.monotonic() - at >= keptMs;
  }

  return {
    get size() {
      return kept.size;
    },
    get(key) {
      const one = kept.get(key);
      return one === undefined || isOver(one.at) ? undefined : one.value;
    },
    set(key, value) {
      kept.delete(key);
      kept.set(key, { at: clock.monotonic(), value });
      for (const [old, { at }] of kept) {
        if (!isOver(at)) return;
        kept.delete(old);
      }
    },
    delete: key => void kept.delete(key),
  };
}
