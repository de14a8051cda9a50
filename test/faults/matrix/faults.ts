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
  /** By how much one of it may hold a story up. */
  readonly longerMs?: number;
}

/** Less than until the next drift check, which would come to the same end without anybody trying again. In ms. */
export const SOON_MS = 4 * 60_000;
/** What was perhaps applied has shown by then, in the services that take the longest (`settleMs` of the adaptors). In ms. */
export const SETTLED_MS = 6 * 60_000;
const SLOW_TO_SHOW = new Set(['kms']);
/** What is refused is tried again after a quarter of an hour. */
const REFUSED_MS = 16 * 60_000;

export const CALL_FAULTS: readonly CallFault[] = [
  { name: 'applied, its answer lost', rule: { fault: { kind: 'resetAfter' } } },
  { name: 'refused', rule: { fault: { kind: 'accessDenied' } }, longerMs: REFUSED_MS },
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

export interface PlantedCall {
  readonly site: CallSite;
  readonly fault: CallFault;
}

export function pairOf({ site, fault }: PlantedCall): string {
  return `${site.operation} ${fault.name}`;
}

/** Of each operation. */
export function firstCalls({ calls }: Reference): readonly CallSite[] {
  return calls.filter(site => site.nth === 1);
}

/**
 * A story in which each of these calls meets its fault. One alone must come to it if it is a write. Of several it need not:
 * where others fail the operator learns the same from another read, or finds a made thing that is as it should be.
 */
export async function disturbed(
  world: TestWorld,
  reference: Reference,
  planted: readonly PlantedCall[],
): Promise<FaultResult> {
  const [first] = planted;
  // Many failures in a row wait longer and longer.
  const shownMs = SLOW_TO_SHOW.has(first?.site.service ?? '') ? SETTLED_MS : 0;
  const within =
    planted.length === 1 ? { longerMs: Math.max(first?.fault.longerMs ?? SOON_MS, shownMs) } : {};
  return watched(world, reference, {}, () => plantCalls(world, planted), within);
}

/** From now on these calls fail. Returns the way to end that, which tells how many met each. */
export function plantCalls({ bench }: TestWorld, planted: readonly PlantedCall[]): () => readonly Met[] {
  const { gateway } = bench;
  for (const { site, fault } of planted) {
    const { service, operation, nth } = site;
    gateway.addFault({ service, operation, nth, ...fault.rule });
  }
  return () => {
    const fired = gateway.faults().map(one => one.fired);
    gateway.clearFaults();
    return planted.map(({ site, fault }, n) => ({
      what: pairOf({ site, fault }),
      times: fired[n] ?? 0,
      mustMeet: site.mutating && planted.length === 1,
    }));
  };
}

export interface Met {
  readonly what: string;
  readonly times: number;
  readonly mustMeet: boolean;
}

/**
 * A story in a world in which faults are planted: what was called ready was so, and the end is that of the undisturbed run.
 * `plant` returns the way to take them away again, which tells how many calls met each.
 * `longerMs`: by how much it may take longer than undisturbed, in virtual time. `restMs`: the operator goes on for so long after the story is carried out.
 */
export async function watched(
  world: TestWorld,
  reference: Reference,
  options: Partial<LifeOptions>,
  plant: () => () => readonly Met[],
  { longerMs = Number.POSITIVE_INFINITY, restMs = 0 } = {},
): Promise<FaultResult> {
  const run = await begin(world, reference.story);
  const harvest = plant();
  const witness = await createWitness(
    world,
    reference,
    run,
    () => !life.isUpToDate || life.operator.queue.depth > 0,
  );
  const isPatientAgain = timeOutAtOnce(world.bench.gateway);
  let lastedMs = 0;
  const begun = world.clock.monotonic();
  const passes: string[] = [];
  const life = world.live({
    ...options,
    onKubeWrite: witness.see,
    around: witness.sending,
    onPass: ({ key, outcome }) =>
      passes.push(`${Math.round((world.clock.monotonic() - begun) / 1_000)} ${key} ${outcome}`),
  });
  try {
    await goOn(world, run, life);
    lastedMs = world.clock.monotonic() - begun;
    await pass(world, life, restMs);
  } finally {
    await life.end();
    isPatientAgain();
  }
  const met = new Map<string, number>();
  const problems = [...witness.lies];
  if (lastedMs > reference.lastedMs + longerMs)
    problems.push(
      `took ${lastedMs / 1_000} s, undisturbed ${reference.lastedMs / 1_000} s; passes, at so many s: ${passes.join(', ')}`,
    );
  for (const { what, times, mustMeet } of harvest()) {
    if (times > 0) met.set(what, (met.get(what) ?? 0) + times);
    else if (mustMeet) problems.push(`${what} met no fault`);
  }
  problems.push(...[(await verdict(world, reference, run)) ?? []].flat());
  return { met, looks: witness.looks, difference: problems.length === 0 ? undefined : problems.join('\n') };
}
