import type { Adaptor, Freshness, Identity, Scope } from './adaptor.ts';
import { asCloudError } from './errors.ts';
import { type GraphNode, isWaiting, type Observations } from './graph.ts';
import { currentEpoch, type Entry, entriesOf, entryAt, type Inventory } from './inventory.ts';
import { type Observation, type ObservationMap, observationKey } from './observation.ts';
import type { Owner } from './owner.ts';

export interface ObserveInput {
  readonly owner: Owner;
  readonly scope: Scope;
  readonly adaptor: (type: string) => Adaptor;
  readonly graph: readonly GraphNode[];
  readonly inventory: Inventory;
  readonly seen: Observations;
}

interface Target {
  readonly node: string;
  readonly epoch: number;
  readonly type: string;
  readonly graphNode: GraphNode | undefined;
  readonly entry: Entry | undefined;
}

/** Looks at every node of the graph and of the inventory that `known` does not hold yet; all at once. */
export async function observe(input: ObserveInput, known: ObservationMap): Promise<ObservationMap> {
  const targets = targetsOf(input).filter(target => !known.has(observationKey(target.node, target.epoch)));
  const looked = await Promise.all(targets.map(target => look(input, target)));
  const result = new Map(known);
  for (const observation of looked)
    result.set(observationKey(observation.node, observation.epoch), observation);
  return withoutForeignEpochs(input.inventory, result);
}

/** One node again, from AWS itself. */
export async function observeAgain(
  input: ObserveInput,
  node: string,
  epoch: number,
): Promise<Observation | undefined> {
  const target = targetsOf(input).find(one => one.node === node && one.epoch === epoch);
  return target === undefined ? undefined : look(input, target, 'fresh');
}

function targetsOf(input: ObserveInput): readonly Target[] {
  const targets = new Map<string, Target>();
  for (const entry of input.inventory) {
    const graphNode = input.graph.find(node => node.id === entry.node);
    targets.set(observationKey(entry.node, entry.epoch), { ...entry, graphNode, entry });
  }
  for (const node of input.graph) {
    const epoch = currentEpoch(input.inventory, node.id);
    const entry = entryAt(input.inventory, node.id, epoch);
    targets.set(observationKey(node.id, epoch), {
      node: node.id,
      epoch,
      type: node.type,
      graphNode: node,
      entry,
    });
  }
  return [...targets.values()];
}

export function identityOf(input: Pick<ObserveInput, 'owner'>, target: Omit<Target, 'type'>): Identity {
  return {
    owner: input.owner,
    node: target.node,
    epoch: target.epoch,
    name: target.graphNode?.adopt ?? target.entry?.name ?? target.graphNode?.name?.(target.epoch),
    id: target.entry?.id,
    arn: target.entry?.arn,
  };
}

async function look(input: ObserveInput, target: Target, asked?: Freshness): Promise<Observation> {
  const { node, epoch } = target;
  const desired = target.graphNode?.desired(input.seen);
  // What was never recorded is looked for in AWS itself: the answer may decide a create.
  const freshness = asked ?? (target.entry?.id === undefined ? 'fresh' : 'shared');
  try {
    const found = await input.adaptor(target.type).find(input.scope, identityOf(input, target), {
      desired: isWaiting(desired) ? undefined : desired,
      recorded: target.entry?.keys ?? [],
      freshness,
    });
    return {
      node,
      epoch,
      found,
      fresh: freshness === 'fresh',
      ...(isWaiting(desired) ? { blind: true } : {}),
    };
  } catch (error) {
    return { node, epoch, found: [], fresh: false, error: asCloudError(error) };
  }
}

/** A resource of an older epoch that shares the newer one's name is the older one's, not the newer one's. */
function withoutForeignEpochs(inventory: Inventory, map: ReadonlyMap<string, Observation>): ObservationMap {
  const result = new Map(map);
  for (const [key, observation] of map) {
    const others = new Set(
      entriesOf(inventory, observation.node)
        .filter(entry => entry.epoch !== observation.epoch)
        .map(entry => String(entry.epoch)),
    );
    if (others.size === 0) continue;
    const found = observation.found.filter(
      one => one.tags === 'inherited' || !others.has(one.tags['opta.dev/epoch'] ?? ''),
    );
    result.set(key, { ...observation, found });
  }
  return result;
}
