import { expect } from 'vitest';
import type { Acting, Stage } from '../../support/stage.ts';

/** One look at everything: nothing is written, to AWS or to Kubernetes. Answers how often each operation was called. */
export async function callsOfOnePass(
  stage: Stage,
  acting: Acting,
): Promise<Readonly<Record<string, number>>> {
  const before = await stage.cluster.versions();
  const mark = stage.mark();
  await acting.driftPasses(1);
  expect(stage.writesSince(mark)).toEqual([]);
  expect(await stage.cluster.versions()).toEqual(before);
  const calls: Record<string, number> = {};
  for (const { service, operation } of stage.world.bench.gateway.journalSince(mark)) {
    const name = `${service}:${operation}`;
    calls[name] = (calls[name] ?? 0) + 1;
  }
  return calls;
}
