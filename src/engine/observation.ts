import type { Adaptor, Found } from './adaptor.ts';
import type { CloudError } from './errors.ts';
import { adoptedTag, type GraphNode, type TaggedObservations } from './graph.ts';
import { currentEpoch, entryAt, type Inventory, isReserved, typeAt } from './inventory.ts';
import { onceFor } from './once-for.ts';
import { isAdoptable, isKeptBy, judge, type Owner, type Verdict } from './owner.ts';

/** What one look at AWS gave for one epoch of a node. */
export interface Observation {
  readonly node: string;
  readonly epoch: number;
  /** None, one, or more after a lost answer; the one that counts first. */
  readonly found: readonly Found[];
  /** This very object's, of epochs that are not on record: they count for nothing before they are (`takeUpStrays`). */
  readonly strays?: readonly Found[];
  /** Read from AWS itself, not from a batched read of a moment ago. */
  readonly fresh: boolean;
  /** Looked at before its desired state was known, so optional parts may not have been read. */
  readonly blind?: boolean;
  /** The one on record was made a moment ago and is not visible yet: none of what was found is it. */
  readonly notYet?: boolean;
  readonly error?: CloudError;
}

/** All looks of a pass; replaced, never changed. */
export type ObservationMap = ReadonlyMap<string, Observation>;

export function observationKey(node: string, epoch: number): string {
  return `${node}@${epoch}`;
}

const byNode = onceFor((observations: ObservationMap) => Map.groupBy(observations.values(), one => one.node));

/** What was found of all epochs of a node. */
export function foundOf(observations: ObservationMap, node: string): readonly Found[] {
  return (byNode(observations).get(node) ?? []).flatMap(one => one.found);
}

/** The one that counts among several: the one on record, else the first. The others are duplicates. */
export function choose(
  observation: Observation | undefined,
  recordedId: string | undefined,
): Found | undefined {
  if (observation === undefined || observation.notYet === true) return undefined;
  return observation.found.find(found => found.id === recordedId) ?? observation.found[0];
}

/** True when the spec names this existing resource as the one to take into care. */
export function isNamed(adopt: string | undefined, found: Found): boolean {
  return adopt !== undefined && (adopt === found.id || adopt === found.name || adopt === found.arn);
}

/**
 * Named, or left by an earlier object of this name, and free to be taken: what another object has stays with it,
 * however many specs name it.
 */
export function mayAdopt(
  node: Pick<GraphNode, 'adopt' | 'adoptsKept'>,
  found: Found,
  verdict: Verdict['is'],
): boolean {
  if (verdict === 'retained' && node.adoptsKept === true) return true;
  return isNamed(node.adopt, found) && (found.tags === 'inherited' || isAdoptable(found.tags));
}

/**
 * What `desired` and the outputs may read: present resources of the newest epoch, and none of somebody else's. What the
 * object keeps as it goes is its own to the end, and so is what left the spec before and is on record: what is still to be
 * removed may be a function of it.
 */
export function observationsOf(of: {
  readonly observations: ObservationMap;
  readonly inventory: Inventory;
  readonly graph: readonly GraphNode[];
  readonly adaptor: (type: string) => Adaptor;
  readonly owner: Owner;
  readonly takeOver: readonly string[];
  readonly deletion: 'None' | 'Remove' | 'Retain';
}): TaggedObservations {
  const nodes = new Map(of.graph.map(node => [node.id, node]));
  const owned = new Map<string, Found | undefined>();
  const looked = (id: string) => of.observations.get(observationKey(id, currentEpoch(of.inventory, id)));
  /** Asked again and again, by every node that depends on it. */
  function own(id: string): Found | undefined {
    if (!owned.has(id)) owned.set(id, ownOf(id));
    return owned.get(id);
  }
  function ownOf(id: string): Found | undefined {
    const node = nodes.get(id);
    const epoch = currentEpoch(of.inventory, id);
    const recordedId = entryAt(of.inventory, id, epoch)?.id;
    const found = choose(looked(id), recordedId);
    if (found === undefined || (node === undefined && of.deletion === 'None')) return undefined;
    if (found.tags === 'inherited' || (node?.role ?? 'owned') !== 'owned') return found;
    const { is } = judge(found.tags, of.owner, id, of.takeOver);
    const kept = of.deletion !== 'None' && isKeptBy(found.tags, of.owner);
    const isOwn = is === 'ours' || is === 'previous' || (is === 'retained' && kept);
    return isOwn || mayAdopt(node ?? {}, found, is) ? found : undefined;
  }
  function present(id: string): Found | undefined {
    const found = own(id);
    const type = typeAt(of, id, currentEpoch(of.inventory, id));
    return type === undefined || (found && of.adaptor(type).isRemoved?.(found.state)) ? undefined : found;
  }
  return {
    state: <S>(node: string) => present(node)?.state as S | undefined,
    id: node => present(node)?.id,
    arn: node => present(node)?.arn,
    isKnown(node) {
      const observation = looked(node);
      return observation !== undefined && observation.error === undefined && observation.notYet !== true;
    },
    isLeaving: node =>
      !nodes.has(node) && of.inventory.some(entry => entry.node === node && !isReserved(entry)),
    tags(node) {
      // Of what is pending deletion too: they say what it was once made with, and it may be brought back.
      const tags = own(node)?.tags ?? 'inherited';
      if (tags === 'inherited') return {};
      const entry = entryAt(of.inventory, node, currentEpoch(of.inventory, node));
      return { ...tags, ...adoptedTag(undefined, entry) };
    },
  };
}
