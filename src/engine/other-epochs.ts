import type { Adaptor, Found } from './adaptor.ts';
import type { GraphNode } from './graph.ts';
import { type Entry, entriesOf } from './inventory.ts';
import { choose, observationKey } from './observation.ts';
import { judge } from './owner.ts';
import type { PlanInput } from './plan.ts';
import { LOOK_AGAIN_MS } from './settling.ts';

interface Newer {
  readonly input: PlanInput;
  readonly node: GraphNode;
  readonly adaptor: Adaptor;
  readonly at: { readonly epoch: number };
}

/** What another epoch is to what the spec asks for now. */
export type Other =
  /** There, ours and usable, and the spec asks for nothing that it cannot become. */
  | { readonly is: 'serving'; readonly entry: Entry }
  /** The same, but not well, which another one in its place is no cure for. */
  | { readonly is: 'failing' }
  /** AWS did not say, or is busy with it. `againInMs` is left out where an error says when to look again. */
  | { readonly is: 'unknown'; readonly why: string; readonly againInMs?: number }
  /** Gone, not ours, or not what the spec asks for. */
  | { readonly is: 'unfit' };

export function olderEpochs({ input, node, at }: Newer): readonly Entry[] {
  return entriesOf(input.inventory, node.id).filter(other => other.epoch < at.epoch);
}

/** The one that serves, whichever it is, so that nothing is made that is there; else what the one before is. Pure. */
export function olderOf(of: Newer, desired: unknown): Other {
  const olds = olderEpochs(of).filter(entry => entry.setAside !== true);
  const all = olds.reverse().map(entry => judgeOther(of, entry, desired));
  return all.find(one => one.is === 'serving') ?? all.find(one => one.is === 'unknown') ?? all[0] ?? UNFIT;
}

/** One that was not wanted any more, is there still, and is what the spec asks for now. Pure. */
export function servingAside(of: Newer, desired: unknown): Entry | undefined {
  const { input, node, at } = of;
  return entriesOf(input.inventory, node.id).find(
    other =>
      other.epoch > at.epoch && other.setAside === true && judgeOther(of, other, desired).is === 'serving',
  );
}

/**
 * What is there and is replaced by making it. What is made anew after a loss comes in the place of the lost one, which is off the
 * record, whatever else is to go. Pure.
 */
export function replacedBy(of: Newer): { readonly entry: Entry; readonly found: Found } | undefined {
  const olds = olderEpochs(of);
  if (olds.at(-1)?.epoch !== of.at.epoch - 1) return undefined;
  for (const entry of olds.toReversed()) {
    const found = entry.setAside === true ? undefined : standing(of, entry);
    if (found !== undefined) return { entry, found };
  }
  return undefined;
}

const UNFIT = { is: 'unfit' } as const;

/** As AWS shows it, where it is there and ours. */
function standing({ input, node, adaptor }: Newer, entry: Entry): Found | undefined {
  if (input.memory.removedAt(node.id, entry.epoch) !== undefined) return undefined;
  const found = choose(input.observations.get(observationKey(node.id, entry.epoch)), entry.id);
  if (found === undefined || adaptor.isRemoved?.(found.state) === true) return undefined;
  const isOurs =
    found.tags === 'inherited' || judge(found.tags, input.owner, node.id, input.takeOver).is === 'ours';
  return isOurs ? found : undefined;
}

function judgeOther(of: Newer, entry: Entry, desired: unknown): Other {
  const { input, node, adaptor } = of;
  if (entry.type !== node.type || input.memory.removedAt(node.id, entry.epoch) !== undefined) return UNFIT;
  const observation = input.observations.get(observationKey(node.id, entry.epoch));
  const { error } = observation ?? {};
  // Somebody else has its name: it is gone.
  if (error !== undefined) return error.class === 'Conflict' ? UNFIT : { is: 'unknown', why: error.message };
  if (observation?.notYet === true)
    return { is: 'unknown', why: 'AWS does not show it yet', againInMs: LOOK_AGAIN_MS };
  const found = standing(of, entry);
  if (found === undefined) return UNFIT;
  const changes = adaptor.diff(desired, found.state, entry.keys ?? []);
  if (changes.some(change => change.replace === true)) return UNFIT;
  const readiness = adaptor.readiness(found.state, changes);
  switch (readiness.is) {
    case 'ready':
      return { is: 'serving', entry };
    case 'in progress':
      // What brings it the rest depends on it, and does not wait for it.
      if (readiness.awaitsDependants === true) return { is: 'serving', entry };
      return { is: 'unknown', why: readiness.message, againInMs: readiness.againInMs };
    case 'failed':
      return readiness.remedy === 'replace' ? UNFIT : { is: 'failing' };
  }
}
