import type { Adaptor } from './adaptor.ts';
import type { GraphNode } from './graph.ts';
import { type Entry, entriesOf } from './inventory.ts';
import { choose, observationKey } from './observation.ts';
import { judge } from './owner.ts';
import type { PlanInput } from './plan.ts';

interface Newer {
  readonly input: PlanInput;
  readonly node: GraphNode;
  readonly adaptor: Adaptor;
  readonly at: { readonly epoch: number };
}

export function olderEpochs({ input, node, at }: Newer): readonly Entry[] {
  return entriesOf(input.inventory, node.id).filter(other => other.epoch < at.epoch);
}

/** The epoch before this one where it is there, ours and ready, and the spec asks for nothing that it cannot become. Pure. */
export function servingOlder(of: Newer, desired: unknown): Entry | undefined {
  const { input, node, adaptor } = of;
  const old = olderEpochs(of).findLast(entry => entry.setAside !== true);
  if (old === undefined || old.type !== node.type) return undefined;
  const observation = input.observations.get(observationKey(node.id, old.epoch));
  const found = observation?.error === undefined ? choose(observation, old.id) : undefined;
  if (found === undefined || adaptor.isRemoved?.(found.state)) return undefined;
  if (input.memory.removedAt(node.id, old.epoch) !== undefined) return undefined;
  if (found.tags !== 'inherited' && judge(found.tags, input.owner, node.id, input.takeOver).is !== 'ours')
    return undefined;
  if (adaptor.readiness(found.state).is !== 'ready') return undefined;
  const isOther = adaptor.diff(desired, found.state, old.keys ?? []).some(change => change.replace === true);
  return isOther ? undefined : old;
}
