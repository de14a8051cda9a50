import type { Found } from './adaptor.ts';
import { nodeAt } from './graph.ts';
import type { Entry } from './inventory.ts';
import { judge } from './owner.ts';
import type { PlanInput } from './plan.ts';
import type { PlannedNode } from './plan-node.ts';
import { doubtOfSecond, leftAlone } from './second-one.ts';
import { duplicateField, makeStep, type Step } from './step.ts';

/**
 * A create that seemed lost showed up after another attempt was made. What is surely one of our own attempts, and holds
 * no data, is removed (AWS refuses if something uses it); anything else is named, and left to a person. Pure.
 */
export function planDuplicates(
  input: PlanInput,
  planned: PlannedNode,
  { first, others }: { readonly first: Found; readonly others: readonly Found[] },
  entry: Entry | undefined,
): PlannedNode {
  const { node, epoch } = planned.view;
  const type = nodeAt(input.graph, node)?.type;
  if (others.length === 0 || type === undefined) return planned;
  const adaptor = input.adaptor(type);
  const steps: Step[] = [];
  const left: string[] = [];
  for (const found of others) {
    if (adaptor.isRemoved?.(found.state)) continue;
    const what = found.arn ?? found.id;
    if (found.tags === 'inherited' || judge(found.tags, input.owner, node, input.takeOver).is !== 'ours') {
      left.push(`${what} has the same tags and is not this object's`);
      continue;
    }
    const why = doubtOfSecond(entry, first, found) ?? (adaptor.holdsData ? 'it may hold data' : undefined);
    if (why !== undefined) {
      left.push(leftAlone(found, why));
      continue;
    }
    steps.push(
      makeStep({
        node,
        epoch,
        action: 'remove',
        changes: [{ field: duplicateField(what), from: what, to: undefined, risk: 'High' }],
        risk: 'High',
        consent: 'high',
        drift: input.wasSynced,
        found,
        duplicate: true,
        // The one that stays must be in the inventory before the other goes.
        held: entry?.id === undefined ? `waits until the id of ${node} is recorded` : undefined,
      }),
    );
  }
  if (left.length === 0) return { ...planned, steps: [...planned.steps, ...steps] };
  const note = [planned.view.note, ...left].filter(text => text !== undefined).join('; ');
  const view = { ...planned.view, note, ...(planned.view.state === 'Ready' ? { message: note } : {}) };
  return { ...planned, view, steps: [...planned.steps, ...steps] };
}
