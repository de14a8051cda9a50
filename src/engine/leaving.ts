import type { Adaptor, Found } from './adaptor.ts';
import { few } from './few.ts';
import type { TaggedObservations } from './graph.ts';
import type { Entry } from './inventory.ts';
import { epochOf } from './observe-rank.ts';
import { isKeptBy, judge, type Verdict } from './owner.ts';
import type { NodeView, PlanInput } from './plan.ts';
import type { PlannedNode } from './plan-node.ts';
import type { Step } from './step.ts';

/** What is not wanted any more, and what is known of it. */
export interface Leaving {
  readonly input: PlanInput;
  readonly planned: ReadonlyMap<string, PlannedNode>;
  readonly seen: TaggedObservations;
  readonly entry: Entry;
  readonly adaptor: Adaptor;
  readonly at: { readonly node: string; readonly epoch: number };
  readonly users: readonly string[];
  readonly kept: boolean;
  /** It is kept if what uses it is there. */
  readonly perhaps: boolean;
  /** Something is lost with it, or with what leaves after it: who agrees to that agrees to both. */
  readonly leadsToLoss: boolean;
}

/** What comes of it, as far as there is anything to tell or to do. */
export interface Removal {
  readonly view?: NodeView;
  readonly steps?: readonly Step[];
  readonly forget?: boolean;
}

export function verdictOf(of: Leaving, found: Found): Verdict {
  const { input, entry } = of;
  return found.tags === 'inherited'
    ? { is: 'ours' }
    : judge(found.tags, input.owner, entry.node, input.takeOver);
}

/** What is another's, or another epoch's, is not: it is not touched, whatever the status says of it. */
export function isOwn(of: Leaving, found: Found): boolean {
  const { input, entry } = of;
  if (found.tags === 'inherited') return true;
  const verdict = verdictOf(of, found).is;
  if (verdict === 'retained') return input.deletion !== 'None' && isKeptBy(found.tags, input.owner);
  if (verdict === 'foreign') return false;
  const epoch = epochOf(found) ?? entry.epoch;
  if (verdict === 'previous' || epoch === entry.epoch) return true;
  // Its epoch was changed by hand, and is no other one on record.
  return (
    found.id === entry.id && input.inventory.every(one => one.node !== entry.node || one.epoch !== epoch)
  );
}

/** Of another's, which stays, and which somebody may have to see to. */
export function keptOfOthers(at: Leaving['at'], named: readonly string[]): NodeView {
  return { ...at, state: 'Kept', message: `left in AWS: ${few(named)}`, named, isOthers: true };
}
