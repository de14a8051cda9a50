import type { EntryState } from '../engine/inventory.ts';
import type { PassResult } from '../engine/pass.ts';
import type { NodeView } from '../engine/plan.ts';
import type { Step } from '../engine/step.ts';

/** What comes by itself, sooner or later. */
export const OPEN: ReadonlySet<EntryState> = new Set(['Waiting', 'InProgress', 'Pending']);

/** What is not done now: it waits for a yes (`approve`), or is only shown (`show`). */
export function gatedSteps({ gated }: PassResult, by: 'approve' | 'show'): readonly Step[] {
  return gated.filter(({ gate }) => gate === by).map(({ step }) => step);
}

/** Ready, or only different in what waits for approval or is only shown. */
export function isUsable(view: NodeView, result: PassResult): boolean {
  if (view.state === 'Ready') return true;
  if (view.usable !== true) return false;
  const gated = [...gatedSteps(result, 'approve'), ...gatedSteps(result, 'show')];
  const isOfIt = (step: Step) => step.node === view.node && step.epoch === view.epoch;
  const steps = result.plan.steps.filter(isOfIt);
  return steps.length > 0 && steps.every(step => gated.includes(step) && step.found !== undefined);
}
