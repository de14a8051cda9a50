import type { PlanInput } from './plan.ts';
import type { PlannedNode } from './plan-node.ts';
import type { Step } from './step.ts';

/**
 * Why writes that come after these nodes cannot start: something is not there yet, or is being changed. What only a person or
 * AWS can get on holds up nothing that uses it as it is: rights would else stay open for as long. `isThere`: what waits is there
 * already. Pure.
 */
export function holdUp(
  { isStuck = () => false }: Pick<PlanInput, 'isStuck'>,
  nodes: readonly string[],
  earlier: ReadonlyMap<string, PlannedNode>,
  isThere: boolean,
): string | undefined {
  for (const id of nodes) {
    const before = earlier.get(id);
    if (before === undefined) continue;
    const { state, awaitsDependants, usable, serves } = before.view;
    const goesOn = before.goesOn === true;
    const changes = before.steps.filter(
      step => step.duplicate !== true && !isRetry(step) && (step.known || !goesOn),
    );
    const isUsed = usable === true && (changes.length > 0 || goesOn);
    const isEnough = state === 'Ready' || awaitsDependants === true || isUsed || (isThere && serves === true);
    if (!isEnough || !changes.every(isStuck)) return `waits for ${id}`;
  }
  return undefined;
}

function isRetry({ action, changes }: Step): boolean {
  if (action !== 'update' && action !== 'replace') return false;
  return changes.length > 0 && changes.every(change => change.retry === true);
}
