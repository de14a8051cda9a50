import { asCloudError, type CloudError } from './errors.ts';
import { nodeAt, onLeaving } from './graph.ts';
import { observationKey } from './observation.ts';
import { adaptorOf, type Pass, seenIn } from './pass-state.ts';
import type { Plan } from './plan.ts';
import { type Step, stepKey } from './step.ts';
import { madeAfter } from './uses.ts';

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
  const holding = new Set([...unknownGuards(pass), ...unseenGuards(pass, plan)]);
  for (const step of plan.steps) {
    const { found } = step;
    const mayGo = adaptorOf(pass, step.node, step.epoch)?.mayGo;
    // Where nothing else goes it asks itself.
    const isAlone = removals.every(one => stepKey(one) === stepKey(step));
    if (mayGo === undefined || found === undefined || isAlone || !isLeaving(pass, step)) continue;
    try {
      await mayGo(pass.ports.scope, found, { desired: desiredOf(pass, step.node), whole });
    } catch (error) {
      refused.push({ step, error: asCloudError(error) });
      holding.add(step.node);
    }
  }
  const leading = madeAfter(pass.state.resources, holding);
  const stopped = removals.filter(step => holding.size > 0 && (whole || leading.has(step.node)));
  return { stopped, refused: stopped.length === 0 ? [] : refused };
}

/** It is to go, now or once it is taken up. */
function isLeaving(pass: Pass, { node, action, duplicate }: Step): boolean {
  const whole = pass.subject.deletion !== 'None';
  return duplicate !== true && (action === 'remove' || (whole && action === 'take up')) && guards(pass, node);
}

/** An old epoch holds up nothing but itself: what uses the node has another one, or waits for it. */
function guards(pass: Pass, id: string): boolean {
  const node = nodeAt(pass.graph, id);
  if (pass.subject.deletion === 'None') return node === undefined;
  return node === undefined || (node.asksLast !== true && node.keepOnDelete === undefined);
}

function desiredOf(pass: Pass, id: string): unknown {
  const { left = {} } = pass.subject;
  return onLeaving({ graph: pass.graph, left }, id, seenIn(pass));
}

/** What is to go, may say no, and of which AWS did not tell. Where somebody else has its name, there is nothing of ours to lose. */
function unknownGuards(pass: Pass): readonly string[] {
  return [...pass.observations.values()].flatMap(({ node, epoch, error }) => {
    if (error === undefined || error.class === 'Conflict' || !guards(pass, node)) return [];
    return adaptorOf(pass, node, epoch)?.mayGo === undefined ? [] : [node];
  });
}

/** What is to go, may say no, and may be there though AWS does not show it, or not yet. */
function unseenGuards(pass: Pass, plan: Plan): readonly string[] {
  return plan.nodes.flatMap(({ node, epoch, againInMs }) => {
    const look = pass.observations.get(observationKey(node, epoch));
    const unseen = look !== undefined && (look.notYet === true || look.found.length === 0);
    if (againInMs === undefined || !unseen || !guards(pass, node)) return [];
    return adaptorOf(pass, node, epoch)?.mayGo === undefined ? [] : [node];
  });
}
