import type { Adaptor, Found } from './adaptor.ts';
import { entryAt, type Inventory } from './inventory.ts';
import type { Memory } from './memory.ts';
import type { ObservationMap } from './observation.ts';
import { isAdoptable } from './owner.ts';
import { believedTags } from './settling-fields.ts';

/**
 * What was adopted a moment ago may be shown with the tags from before, as nobody's: it has those that AWS accepted from
 * us, or a person is asked for an adoption that is done. Tags of somebody else count as they are read.
 */
export function believeAdopted(
  of: {
    readonly adaptor: (type: string) => Adaptor;
    readonly inventory: Inventory;
    readonly memory: Memory;
    readonly now: number;
  },
  map: ObservationMap,
): ObservationMap {
  const result = new Map(map);
  for (const [key, observation] of map) {
    const entry = entryAt(of.inventory, observation.node, observation.epoch);
    if (entry?.id === undefined) continue;
    const tags = believedTags(of, of.adaptor(entry.type), entry);
    if (tags === undefined) continue;
    const believe = (one: Found) =>
      one.id === entry.id && one.tags !== 'inherited' && isAdoptable(one.tags) ? { ...one, tags } : one;
    result.set(key, { ...observation, found: observation.found.map(believe) });
  }
  return result;
}
