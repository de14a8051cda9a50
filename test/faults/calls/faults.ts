import type { FaultRule } from '../../../hack/bench/aws/faults.ts';
import type { LifeOptions } from '../../support/life.ts';
import { createWitness } from '../../support/readiness.ts';
import { timeOutAtOnce } from '../../support/sdk-requests.ts';
import { pass } from '../../support/settle.ts';
import { begin, type CallSite, goOn, type Reference, verdict } from '../../support/story.ts';
import type { TestWorld } from '../../support/world.ts';

/** What can become of one call. */
export interface CallFault {
  readonly name: string;
  readonly rule: Pick<FaultRule, 'fault' | 'times'>;
  /** For a read it is the same as another. */
  readonly writesOnly?: true;
}

export const CALL_FAULTS: readonly CallFault[] = [
  { name: 'applied, its answer lost', rule: { fault: { kind: 'resetAfter' } } },
  { name: 'refused', rule: { fault: { kind: 'accessDenied' } } },
  { name: 'failed three times', rule: { fault: { kind: 'serverError' }, times: 3 } },
  { name: 'throttled', rule: { fault: { kind: 'throttle' } } },
  { name: 'hanging', rule: { fault: { kind: 'hang' } } },
  { name: 'hanging, applied', rule: { fault: { kind: 'hang', applied: true } }, writesOnly: true },
  { name: 'cut off in its answer', rule: { fault: { kind: 'resetInBody' } } },
];

export function meets({ writesOnly }: CallFault, { mutating }: CallSite): boolean {
  return mutating || writesOnly === undefined;
}

export interface FaultResult {
  /** How many calls met which fault, by the names of both. */
  readonly met: ReadonlyMap<string, number>;
  /** How often an object's readiness was checked against AWS at the moment it was told. */
  readonly looks: number;
  /** What differs from the undisturbed run, or undefined. */
  readonly difference: string | undefined;
}

/**
 * A story in which each of these calls meets the fault. A write must come to it; a read need not, for where other calls fail
 * the operator may learn the same from another one.
 */
export async function disturbed(
  world: TestWorld,
  reference: Reference,
  sites: readonly CallSite[],
  { name, rule }: CallFault,
): Promise<FaultResult> {
  const { gateway } = world.bench;
  return watched(world, reference, {}, () => {
    for (const { service, operation, nth } of sites) gateway.addFault({ service, operation, nth, ...rule });
    return () => {
      const fired = gateway.faults().map(one => one.fired);
      gateway.clearFaults();
      return sites.map((site, n) => ({
        what: `${site.operation} ${name}`,
        times: fired[n] ?? 0,
        mustMeet: site.mutating,
      }));
    };
  });
}

interface Met {
  readonly what: string;
  readonly times: number;
  readonly mustMeet: boolean;
}

/**
 * A story in a world in which faults are planted: what was called ready was so, and the end is that of the undisturbed run.
 * `plant` returns the way to take them away again, which tells how many calls met each.
 * `restMs`: the operator goes on for so long after the story is carried out.
 */
export async function watched(
  world: TestWorld,
  reference: Reference,
  options: Partial<LifeOptions>,
  plant: () => () => readonly Met[],
  restMs = 0,
): Promise<FaultResult> {
  const run = await begin(world, reference.story);
  const harvest = plant();
  const witness = await createWitness(world, reference, run);
  const isPatientAgain = timeOutAtOnce(world.bench.gateway);
  const life = world.live({ ...options, onKubeWrite: witness.see });
  try {
    await goOn(world, run, life);
    await pass(world, life, restMs);
  } finally {
    await life.end();
    isPatientAgain();
  }
  const met = new Map<string, number>();
  const problems = [...witness.lies];
  for (const { what, times, mustMeet } of harvest()) {
    if (times > 0) met.set(what, (met.get(what) ?? 0) + times);
    else if (mustMeet) problems.push(`${what} met no fault`);
  }
  problems.push(...[(await verdict(world, reference, run)) ?? []].flat());
  return { met, looks: witness.looks, difference: problems.length === 0 ? undefined : problems.join('\n') };
}
