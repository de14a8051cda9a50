import type { BenchContext } from '../overlay.ts';

/** Work on one thing, one after the other: what is looked at still holds when it is acted on. */
export async function alone<T>(bench: BenchContext, thing: string, work: () => Promise<T>): Promise<T> {
  const lock = `lock:${thing}`;
  const before = bench.state.get(lock);
  const mine = Promise.resolve(before).then(work, work);
  bench.state.set(
    lock,
    mine.catch(() => undefined),
  );
  return await mine;
}
