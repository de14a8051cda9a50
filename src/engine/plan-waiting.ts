import type { Waiting } from './graph.ts';
import { holdUp } from './hold-up.ts';
import type { NodeView } from './plan.ts';
import { waitingView } from './plan-absent.ts';
import type { PlannedNode } from './plan-node.ts';
import { type Present, planPresent } from './plan-present.ts';
import type { Step } from './step.ts';

type WaitingNode = Omit<Present, 'desired'>;

/**
 * A node that AWS has, and of which something is not known yet; `later`: its steps as far as they can be told. Where what it
 * waits for does not come by itself, all else of it is looked after meanwhile: rights would else stay open for as long. Pure.
 */
export function planWaiting(of: WaitingNode, waiting: Waiting, later: readonly Step[]): PlannedNode {
  const { input, node, adaptor, at, found, action, earlier } = of;
  const usable = adaptor.readiness(found.state).is === 'ready' ? ({ usable: true } as const) : {};
  const view: NodeView = { ...waitingView(at, waiting), ...usable };
  const { meanwhile: desired } = waiting;
  if (desired === undefined || action === 'adopt' || isComing(of, waiting)) return { view, steps: later };
  // What waits like it is used as it is.
  const others = node.dependsOn.filter(
    id => id !== waiting.node && earlier.get(id)?.view.state !== 'Waiting',
  );
  const { steps } = planPresent({ ...of, desired, held: holdUp(input, others, earlier, true) });
  // Another one in its place is made by all that is wanted.
  const now = steps.filter(step => step.action === action);
  return { view, steps: [...now, ...later], goesOn: true };
}

/** By a step of this plan that nobody has to see to. */
function isComing({ input, earlier }: WaitingNode, { node = '' }: Waiting): boolean {
  const { isStuck = () => false } = input;
  return earlier.get(node)?.steps.every(isStuck) === false;
}
