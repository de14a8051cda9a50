import { asCloudError, type CloudError } from './errors.ts';
import type { Entry } from './inventory.ts';
import { observationKey } from './observation.ts';
import { adaptorOf, executeInput, type Pass } from './pass-state.ts';
import type { Plan } from './plan.ts';
import { usesInTheEnd } from './removal-users.ts';
import { type Step, stepKey } from './step.ts';

export interface Guarded {
  /** Removals that may not begin: something they lead up to may not go, or it is not known whether it may. */
  readonly stopped: readonly Step[];
  /** What says no, and why. */
  readonly refused: readonly { readonly step: Step; readonly error: CloudError }[];
}

/**
 * Who uses something is removed before it. Whether that may go itself is asked first: else all that made it useful is gone
 * when it turns out that it stays. With the object all of it leads up to that; otherwise what uses it does.
 */
export async function guardRemovals(pass: Pass, plan: Plan, runnable: readonly Step[]): Promise<Guarded> {
  const removals = runnable.filter(step => step.action === 'remove' && step.duplicate !== true);
  const whole = pass.subject.deletion !== 'None';
  const refused: { readonly step: Step; readonly error: CloudError }[] = [];
  const holding = new Set(unknownGuards(pass));
  for (const step of plan.steps) {
    if (step.action !== 'remove' || step.duplicate === true || step.found === undefined) continue;
    const adaptor = adaptorOf(pass, step.node, step.epoch);
    const isAlone = removals.every(one => stepKey(one) === stepKey(step));
    // It asks itself.
    if (adaptor?.mayGo === undefined || isAlone) continue;
    try {
      await adaptor.mayGo(executeInput(pass).scope, step.found, { desired: step.desired, whole });
    } catch (error) {
      refused.push({ step, error: asCloudError(error) });
      holding.add(step.node);
    }
  }
  const stopped = removals.filter(
    step =>
      holding.size > 0 &&
      (whole || [...holding].some(guard => usesInTheEnd(pass.state.resources, step.node, guard))),
  );
  return { stopped, refused: stopped.length === 0 ? [] : refused };
}

/** What is to go, may say no, and of which AWS did not tell. */
function unknownGuards(pass: Pass): readonly string[] {
  const leaving = pass.state.resources.filter(
    ({ node }) => pass.subject.deletion !== 'None' || !pass.graph.some(one => one.id === node),
  );
  return leaving.filter(entry => isUnknown(pass, entry)).map(entry => entry.node);
}

function isUnknown(pass: Pass, { node, epoch }: Entry): boolean {
  if (adaptorOf(pass, node, epoch)?.mayGo === undefined) return false;
  return pass.observations.get(observationKey(node, epoch))?.error !== undefined;
}
