import type { Found } from './adaptor.ts';
import type { GraphNode } from './graph.ts';
import { type Entry, entriesOf, newEntry, nextEpoch, putEntry } from './inventory.ts';
import { type Observation, observationKey } from './observation.ts';
import { epochOf } from './observe-rank.ts';
import { judge } from './owner.ts';
import type { Pass } from './pass-state.ts';
import { isTrusted } from './settling.ts';

/**
 * Another epoch of this object's that is not on record, while one is: a later one where the status was restored from before it was
 * made, an earlier one that somebody restored when another was to take its place. It goes on the record, or it would neither be
 * used nor removed, and the object would go without a word of it. Repeatable: once on record it is none any more.
 */
export function takeUpStrays(pass: Pass): void {
  if (pass.undecided) return;
  for (const node of pass.graph) {
    if ((node.role ?? 'owned') !== 'owned') continue;
    const looks = [...pass.observations.values()].filter(one => one.node === node.id);
    for (const look of looks) takeUp(pass, node, look);
  }
}

function takeUp(pass: Pass, node: GraphNode, look: Observation): void {
  if (look.strays === undefined) return;
  // Judged once: what is removed after this look is not taken up again by it.
  const { strays: all, ...known } = look;
  const strays = all.filter(one => isStray(pass, node, one));
  pass.observations = new Map(pass.observations).set(observationKey(look.node, look.epoch), known);
  const { fresh, blind } = look;
  recordEpochs(
    pass,
    node,
    strays,
    { node: node.id, fresh, ...(blind === true ? { blind } : {}) },
    { stray: true },
  );
}

/** Puts what was found on record, each epoch with a look of its own, which is `look` otherwise. */
export function recordEpochs(
  pass: Pass,
  node: GraphNode,
  all: readonly Found[],
  look: Omit<Observation, 'epoch' | 'found'>,
  mark: Pick<Entry, 'stray'> = {},
): void {
  const observations = new Map(pass.observations);
  let { resources } = pass.state;
  for (const epoch of new Set(all.map(one => epochOf(one) ?? 1))) {
    const found = all.filter(one => (epochOf(one) ?? 1) === epoch);
    observations.set(observationKey(node.id, epoch), { ...look, epoch, found });
    const name = node.name === undefined ? undefined : found[0]?.name;
    const entry = { ...newEntry(node, epoch), ...mark };
    resources = putEntry(resources, name === undefined ? entry : { ...entry, name });
  }
  pass.observations = observations;
  pass.state = { ...pass.state, resources };
}

function isStray(pass: Pass, node: GraphNode, found: Found): boolean {
  if (found.tags === 'inherited') return false;
  if (judge(found.tags, pass.subject.owner, node.id, pass.ports.takeOver).is !== 'ours') return false;
  const { resources } = pass.state;
  const epoch = epochOf(found) ?? 1;
  if (entriesOf(resources, node.id).length === 0) return false;
  const { memory } = pass.ports;
  const adaptor = pass.ports.adaptor(node.type);
  if (adaptor.isRemoved?.(found.state) === true) return false;
  const removedAt = memory.removedAt(node.id, epoch);
  const isRead = isTrusted({ memory, now: pass.startedAt }, adaptor);
  if (epoch < nextEpoch(resources, node.id)) {
    // It was on record, and seen to be gone. Only under its own name, or as the very one, is it again: tags are copied.
    const isNamed = found.name !== undefined && found.name === node.name?.(epoch);
    const isFormer = entriesOf(resources, node.id).some(one => one.former?.includes(found.id) === true);
    const isShownYet = removedAt !== undefined && removedAt + adaptor.settleMs > pass.startedAt;
    return (isNamed || isFormer) && isRead && !isShownYet;
  }
  // While the object lives, what an earlier process removed may be shown still.
  return removedAt === undefined && (isRead || pass.subject.deletion !== 'None');
}
