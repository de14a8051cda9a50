/** How fast time-consuming work of AWS goes on the bench. Part of its set-up: a reset keeps it. */
import type { BenchContext } from '../overlay.ts';

interface HasBench {
  bench: BenchContext;
}

const paces = new WeakMap<BenchContext, number>();

/** 1: as long as AWS takes, by the gateway's clock. 0.02: a fiftieth of it, for people who look on. */
export function setPace({ bench }: HasBench, pace: number): void {
  paces.set(bench, pace);
}

/** What takes AWS so many seconds takes the bench so many milliseconds. */
export function pacedMs(bench: BenchContext, seconds: number): number {
  return seconds * 1000 * (paces.get(bench) ?? 1);
}
