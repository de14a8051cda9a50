import type { Adaptor } from '../engine/adaptor.ts';
import { type GraphNode, isWaiting, nodeAt, type TaggedObservations, writtenTags } from '../engine/graph.ts';
import { entryAt } from '../engine/inventory.ts';
import type { Done, PassResult } from '../engine/pass.ts';
import type { Step } from '../engine/step.ts';

/**
 * Nodes as they were wanted when AWS was last seen to have them so, by id. Kept in memory only: after a restart nothing is
 * known of it, and every difference is told as drift, since the hand of somebody else is what a person must not miss.
 */
export type Met = Map<string, Wish>;

interface Wish {
  readonly generation: number;
  readonly node: GraphNode;
  /** The one that had it so: another one in its place is still to be given what its create does not set. */
  readonly epoch: number;
  /**
   * What came of it then, as long as this generation is not carried out whole: what goes by AWS moves on meanwhile, as the
   * version of an upgrade does. Undefined: something else was written since.
   */
  readonly wanted?: unknown;
}

interface Of {
  readonly met: Met;
  readonly generation: number;
  readonly adaptor: (type: string) => Adaptor;
}

/** What a pass changed in AWS although the spec stayed as it is. */
export interface Corrections {
  /** Nobody asked for the difference: AWS was changed, or lost something. */
  readonly drift: readonly Step[];
  /** Another object or the environment asks for something else than before. */
  readonly asked: readonly Step[];
}

/**
 * Tells the one from the other, field by field, by what was wanted when AWS last had it so: both may be in one write.
 * Pure; what was wanted is computed only where something was corrected.
 */
export function correctionsIn(result: Done, of: Of): Corrections {
  const corrected = result.done.filter(step => step.found !== undefined || step.action === 'recreate');
  const parts = corrected.filter(step => step.drift).map(step => partsOf(step, result, of));
  // Before all of the spec is carried out, most of what is written is its; of these steps only the drift is told.
  const early = corrected.filter(step => wasMet(step, of)).map(step => partsOf(step, result, of));
  return {
    drift: [...parts, ...early].flatMap(({ drift }) => drift ?? []),
    asked: parts.flatMap(({ asked }) => asked ?? []),
  };
}

/** To be called after every pass. */
export function rememberMet(
  met: Met,
  of: { readonly generation: number; readonly isSynced: boolean },
  { done, graph, plan, seen }: Pick<PassResult, 'done' | 'plan' | 'graph' | 'seen'>,
): void {
  const { generation, isSynced } = of;
  for (const { node } of done) {
    const before = met.get(node);
    if (before !== undefined) met.set(node, { ...before, wanted: undefined });
  }
  const ready = new Map(
    plan.nodes.filter(view => view.state === 'Ready').map(view => [view.node, view.epoch]),
  );
  for (const node of graph) {
    const epoch = ready.get(node.id);
    if (epoch === undefined) continue;
    met.set(node.id, { generation, node, epoch, ...(isSynced ? {} : { wanted: node.desired(seen) }) });
  }
}

/** AWS had it as this very generation wants it. What is removed is a second one, or has one in its place: by our own hand. */
function wasMet({ action, drift, duplicate, node }: Step, { met, generation }: Of): boolean {
  const before = met.get(node);
  const isOurs = duplicate === true || action === 'remove' || action === 'retain';
  return !drift && !isOurs && before?.generation === generation && before.wanted !== undefined;
}

interface Parts {
  readonly drift?: Step;
  readonly asked?: Step;
}

function partsOf(step: Step, result: Done, { met, generation, adaptor }: Of): Parts {
  const before = met.get(step.node);
  if (before?.generation !== generation || step.duplicate === true || step.found === undefined)
    return { drift: step };
  if (step.action === 'update' && before.epoch !== step.epoch) return {};
  const node = nodeAt(result.graph, step.node);
  // It left the graph, and not by the spec.
  if (node === undefined) return { asked: step };
  if (step.action === 'recreate' || step.action === 'remove') return { drift: step };
  const [was, is] = [writtenTags(before.node), writtenTags(node)];
  const wasWanted = wantedBefore(step, before, result, adaptor(node.type));
  const changes = step.changes.map(change => ({ part: change, drift: wasWanted(change.field, change.to) }));
  const set = Object.entries(step.setTags).map(part => ({ part, drift: was[part[0]] === is[part[0]] }));
  const unset = step.unsetTags.map(part => ({ part, drift: was[part] === is[part] }));
  function only(drift: boolean): Step {
    const of = <P>(parts: readonly { part: P; drift: boolean }[]) =>
      parts.filter(one => one.drift === drift).map(({ part }) => part);
    return { ...step, changes: of(changes), setTags: Object.fromEntries(of(set)), unsetTags: of(unset) };
  }
  const all = [...changes, ...set, ...unset].map(one => one.drift);
  if (!all.includes(false)) return { drift: step };
  return { asked: only(false), ...(all.includes(true) ? { drift: only(true) } : {}) };
}

/** Whether this was wanted of a field before, too. */
function wantedBefore(
  { node, epoch, desired, drift, found }: Step,
  before: Wish,
  { seen, state }: Done,
  adaptor: Adaptor,
): (field: string, to: unknown) => boolean {
  if (found === undefined) return () => true;
  // As AWS had it when this pass began: what is wanted may go by it.
  const then: TaggedObservations = {
    state: <S>(id: string) => (id === node ? (found.state as S) : seen.state<S>(id)),
    id: id => seen.id(id),
    arn: id => seen.arn(id),
    isKnown: id => seen.isKnown(id),
    isLeaving: id => seen.isLeaving(id),
    tags: id => (id === node && found.tags !== 'inherited' ? found.tags : seen.tags(id)),
  };
  const wanted = drift ? before.node.desired(then) : before.wanted;
  const was = isWaiting(wanted) ? wanted.meanwhile : wanted;
  if (JSON.stringify(was) === JSON.stringify(desired)) return () => true;
  if (was === undefined) return () => false;
  const changes = adaptor.diff(was, found.state, entryAt(state.resources, node, epoch)?.keys ?? []);
  return (field, to) =>
    changes.some(one => one.field === field && JSON.stringify(one.to) === JSON.stringify(to));
}
