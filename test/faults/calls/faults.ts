import type { FaultRule } from '../../../hack/bench/aws/faults.ts';

import { createWitness } from '../../support/readiness.ts';
import { timeOutAtOnce } from '../../support/sdk-requests.ts';
import { begin, liveOn, type Operation, type Reference, verdict } from '../../support/story.ts';
import type { TestWorld } from '../../support/world.ts';

/** What can become of one call. */
export interface CallFault {
  readonly name: string;
  readonly rule: Pick<FaultRule, 'fault' | 'times'>;
}

export const CALL_FAULTS: readonly CallFault[] = [
  { name: 'applied, its answer lost', rule: { fault: { kind: 'resetAfter' } } },
  { name: 'refused', rule: { fault: { kind: 'accessDenied' } } },
  { name: 'failed three times', rule: { fault: { kind: 'serverError' }, times: 3 } },
  { name: 'throttled', rule: { fault: { kind: 'throttle' }, times: 3 } },
  { name: 'hanging', rule: { fault: { kind: 'hang' } } },
  { name: 'hanging, applied', rule: { fault: { kind: 'hang', applied: true } } },
  { name: 'cut off in its answer', rule: { fault: { kind: 'resetInBody' } } },
];

export interface FaultResult {
  /** Calls that met the fault. */
  readonly met: number;
  /** How often an object's readiness was checked against AWS at the moment it was told. */
  readonly looks: number;
  /** What differs from the undisturbed run, or undefined. */
  readonly difference: string | undefined;
}

/** A story in which the first call of each of these operations meets the fault. */
export async function disturbed(
  world: TestWorld,
  reference: Reference,
  operations: readonly Operation[],
  { rule }: CallFault,
): Promise<FaultResult> {
  const run = await begin(world, reference.story);
  const { gateway } = world.bench;
  for (const operation of operations) gateway.addFault({ ...operation, ...rule });
  const witness = createWitness(world, reference, run);
  const isPatientAgain = timeOutAtOnce(gateway);
  try {
    await liveOn(world, run, { onKubeWrite: witness.see });
  } finally {
    isPatientAgain();
  }
  const rules = gateway.faults();
  const unmet = rules.filter(one => one.fired === 0).map(one => `${one.rule.operation} met no fault`);
  gateway.clearFaults();
  const problems = [...unmet, ...witness.lies, (await verdict(world, reference, run)) ?? []].flat();
  return {
    met: rules.reduce((sum, one) => sum + one.fired, 0),
    looks: witness.looks,
    difference: problems.length === 0 ? undefined : problems.join('\n'),
  };
}
