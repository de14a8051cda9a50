import type { Found } from './adaptor.ts';
import { type GraphNode, nodeAt } from './graph.ts';
import { entriesOf, type Inventory } from './inventory.ts';
import { foundOf, type ObservationMap } from './observation.ts';
import { isKeptBy, judge, type Owner, type Tags, tagsOfParent } from './owner.ts';

/**
 * What has no tags of its own belongs to whom the resource belongs to that it hangs on: the subscription of somebody
 * else's topic is somebody else's, although its name is the one that we would give it.
 */
export function inheritOwners(
  input: {
    readonly owner: Owner;
    readonly takeOver: readonly string[];
    readonly graph: readonly GraphNode[];
    readonly inventory: Inventory;
  },
  map: ObservationMap,
): ObservationMap {
  const result = new Map(map);
  for (const [key, observation] of map) {
    if (!observation.found.some(found => found.tags === 'inherited')) continue;
    const node = nodeAt(input.graph, observation.node);
    if (node !== undefined && (node.role ?? 'owned') !== 'owned') continue;
    const parents = node?.dependsOn ?? entriesOf(input.inventory, observation.node).flatMap(one => one.after);
    const tags = parents.flatMap(parent => foreignTags(input, map, parent)).at(0);
    if (tags === undefined) continue;
    const inherited = tagsOfParent(tags, observation.node);
    const found = observation.found.map(one =>
      one.tags === 'inherited' ? { ...one, tags: inherited } : one,
    );
    result.set(key, { ...observation, found });
  }
  return result;
}

/** The tags of the parent as AWS has it, where no epoch of it is this object's. */
function foreignTags(
  input: Parameters<typeof inheritOwners>[0],
  map: ObservationMap,
  parent: string,
): readonly Tags[] {
  const node = nodeAt(input.graph, parent);
  if ((node?.role ?? 'owned') !== 'owned') return [];
  const found = foundOf(map, parent);
  function isOurs(one: Found): boolean {
    if (one.tags === 'inherited') return true;
    const verdict = judge(one.tags, input.owner, parent, input.takeOver).is;
    return verdict === 'retained' ? isKeptBy(one.tags, input.owner) : verdict !== 'foreign';
  }
  if (found.some(isOurs)) return [];
  return found.map(one => one.tags).filter(tags => tags !== 'inherited');
}
