import type { Adaptor, FindContext, Found, Freshness, Identity, Scope } from './adaptor.ts';
import { asCloudError } from './errors.ts';
import { type GraphNode, hasNameByEpoch, isWaiting, nodeAt, type TaggedObservations } from './graph.ts';
import { currentEpoch, type Entry, entryAt, type Inventory, isReserved } from './inventory.ts';
import type { Memory } from './memory.ts';
import { type Observation, type ObservationMap, observationKey } from './observation.ts';
import { byRank, epochOf, isMine, onlyOwnEpochs } from './observe-rank.ts';
import { judge, type Owner } from './owner.ts';
import { isYoung } from './settling.ts';

export interface ObserveInput {
  readonly owner: Owner;
  readonly takeOver: readonly string[];
  readonly scope: Scope;
  readonly adaptor: (type: string) => Adaptor;
  readonly graph: readonly GraphNode[];
  readonly inventory: Inventory;
  readonly seen: TaggedObservations;
  /** Swept nodes that are to be looked at; the others are left alone. */
  readonly sweeps?: ReadonlySet<string>;
  /** Nodes of the graph that need no look now. */
  readonly spared?: ReadonlySet<string>;
  /** Before the object goes: what is on record may be older than AWS, and nobody looks afterwards. */
  readonly everyEpoch?: boolean;
  /** See `FindContext`. */
  readonly requested?: string;
  readonly memory: Pick<Memory, 'startedAt' | 'firstSeen' | 'looked'>;
  /** When AWS was first looked at, by the memory's time, in ms. */
  readonly now: number;
}

interface Target {
  readonly node: string;
  readonly epoch: number;
  readonly type: string;
  readonly graphNode: GraphNode | undefined;
  readonly entry: Entry | undefined;
}

/**
 * Looks at nodes of the graph and of the inventory that `known` does not hold yet, all at once. What exists and is
 * compared with the id of another one is left for the next call, so that it is looked at once, and whole. Undefined:
 * everything is known.
 */
export async function observe(
  input: ObserveInput,
  known: ObservationMap,
  freshness?: Freshness,
): Promise<ObservationMap | undefined> {
  const open = targetsOf(input).filter(target => !known.has(observationKey(target.node, target.epoch)));
  if (open.length === 0) return undefined;
  const unseen = new Set(open.map(target => target.node));
  const ripe = open.filter(target => !isEarly(input, target, unseen));
  const targets = ripe.length > 0 ? ripe : open;
  const looked = await Promise.all(targets.map(target => look(input, target, freshness)));
  const result = new Map(known);
  for (const observation of looked)
    result.set(observationKey(observation.node, observation.epoch), observation);
  return onlyOwnEpochs(input, result);
}

/**
 * What it should be depends on a node that this pass has not seen yet. Some is found by that alone: an identity provider by
 * its issuer, a node group of an unknown epoch by its cluster.
 */
function isEarly(input: ObserveInput, { graphNode }: Target, unseen: ReadonlySet<string>): boolean {
  if (graphNode === undefined) return false;
  const desired = graphNode.desired(input.seen);
  return isWaiting(desired) && desired.node !== undefined && unseen.has(desired.node);
}

function targetsOf(input: ObserveInput): readonly Target[] {
  const targets = new Map<string, Target>();
  for (const entry of input.inventory) {
    if (isReserved(entry)) continue;
    const graphNode = nodeAt(input.graph, entry.node);
    targets.set(observationKey(entry.node, entry.epoch), { ...entry, graphNode, entry });
  }
  for (const node of input.graph) {
    if (node.role === 'swept' && input.sweeps?.has(node.id) !== true) continue;
    if (input.spared?.has(node.id) === true) continue;
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
  const freshness = asked ?? (isOnRecord(target) ? 'shared' : 'fresh');
  const context: FindContext<unknown> = {
    desired: isWaiting(desired) ? undefined : desired,
    recorded: target.entry?.keys ?? [],
    freshness,
    ...(input.requested === undefined ? {} : { requested: input.requested }),
  };
  try {
    const found = await findWhole(input, target, context);
    const isThere = found.some(one => one.id === target.entry?.id);
    if (target.entry?.id !== undefined) input.memory.looked(node, epoch, isThere);
    const young = isYoung(input, input.adaptor(target.type), target.entry);
    return {
      node,
      epoch,
      found: byRank(input, target, found),
      fresh: freshness === 'fresh',
      ...(young && !isThere ? { notYet: true } : {}),
      ...(isWaiting(desired) ? { blind: true } : {}),
    };
  } catch (error) {
    return { node, epoch, found: [], fresh: false, error: asCloudError(error) };
  }
}

/**
 * What was never recorded is looked for in AWS itself: the answer may decide a create. What others keep is never recorded;
 * where it is to be made after all, it is looked for again.
 */
function isOnRecord({ graphNode, entry }: Target): boolean {
  return entry?.id !== undefined || graphNode?.role === 'watched' || graphNode?.role === 'shared';
}

/**
 * By what the status recorded, and, where that leads to nothing or to somebody else's, by what the status cannot
 * forge: the natural key and the tags.
 */
async function findWhole(
  input: ObserveInput,
  target: Target,
  context: FindContext<unknown>,
): Promise<readonly Found[]> {
  const { entry, graphNode } = target;
  const adaptor = input.adaptor(target.type);
  const identity = identityOf(input, target);
  const found = await adaptor.find(input.scope, identity, context);
  if ((graphNode?.role ?? 'owned') !== 'owned') return found;
  function andMine(others: readonly Found[]): readonly Found[] {
    const unseen = others.filter(other => found.every(one => one.id !== other.id));
    return [...found, ...unseen.filter(one => isMine(one, input.owner, target.node, input.takeOver))];
  }
  if (entry === undefined) {
    if (!hasNameByEpoch(graphNode)) return [...found, ...(await findFormer(input, target, context, found))];
    // Each epoch has its own name, and none is on record after a rebuild: only the tags tell which one there is.
    return andMine(await adaptor.find(input.scope, { ...identity, name: undefined }, context));
  }

  const name = graphNode === undefined ? entry.name : (graphNode.adopt ?? graphNode.name?.(entry.epoch));
  const sameName = name === identity.name;
  const byTags = { ...identity, name, id: undefined, arn: undefined };
  const proved = found.some(one =>
    one.tags === 'inherited' ? sameName : isMine(one, input.owner, target.node, input.takeOver),
  );
  const nameless = { ...byTags, name: undefined };
  if (proved) {
    if (input.everyEpoch === true && mayHaveOthers(adaptor, graphNode))
      return andMine(await adaptor.find(input.scope, nameless, context));
    // Several attempts were begun: one that was given up may show up at any time, and would be a second one.
    if (adaptor.createBy !== 'intent' || entry.id === undefined || (entry.attempts ?? 0) < 2) return found;
    return andMine(await adaptor.find(input.scope, byTags, context));
  }
  if (entry.id === undefined && sameName) return found;
  const again = await adaptor.find(input.scope, byTags, { ...context, freshness: 'fresh' });
  if (name === undefined) return andRecorded(input, target, entry, { found, again });
  const mine = again.some(one => isMine(one, input.owner, target.node, input.takeOver));
  if (mine || !hasNameByEpoch(graphNode)) return mine || sameName ? again : [];
  const others = await adaptor.find(input.scope, nameless, { ...context, freshness: 'fresh' });
  const unseen = others.filter(other => again.every(one => one.id !== other.id));
  const ours = unseen.filter(one => isMine(one, input.owner, target.node, input.takeOver));
  return [...(sameName ? again : []), ...ours];
}

/**
 * What stands under a name of an earlier spec and is on no record. What was kept there on purpose is left, and so is what another
 * one of its epoch has taken the place of.
 */
async function findFormer(
  input: ObserveInput,
  target: Target,
  context: FindContext<unknown>,
  found: readonly Found[],
): Promise<readonly Found[]> {
  const { node, type, graphNode } = target;
  // What was adopted has but one name.
  if (graphNode?.formerNames === undefined || graphNode.adopt !== undefined) return [];
  const identity = identityOf(input, target);
  const looks = graphNode.formerNames.map(name =>
    input.adaptor(type).find(input.scope, { ...identity, name }, context),
  );
  const mine = found.filter(one => isMine(one, input.owner, node, input.takeOver));
  const taken = mine.map(one => epochOf(one) ?? 1);
  return (await Promise.all(looks)).flat().filter(one => {
    if (one.tags === 'inherited' || taken.includes(epochOf(one) ?? 1)) return false;
    const { is } = judge(one.tags, input.owner, node, input.takeOver);
    return is === 'ours' || is === 'previous';
  });
}

/**
 * What has no name is found by its tags alone, and somebody may have taken one of them: the one on record that is there and does
 * not prove itself is no other one's place, and is not gone. An id that somebody forged leads to ours where there is one.
 */
function andRecorded(
  { owner, takeOver }: ObserveInput,
  { node }: Target,
  { id, epoch }: Entry,
  { found, again }: { readonly found: readonly Found[]; readonly again: readonly Found[] },
): readonly Found[] {
  const isHere = (one: Found) => isMine(one, owner, node, takeOver) && (epochOf(one) ?? epoch) === epoch;
  if (again.some(one => isHere(one) || one.id === id)) return again;
  return [...again, ...found.filter(one => one.id === id)];
}

/** What bears the same name in every epoch is there once, and what was adopted has but one. */
function mayHaveOthers(adaptor: Adaptor, node: GraphNode | undefined): boolean {
  if (node === undefined || node.adopt !== undefined || adaptor.tag === undefined) return false;
  return node.name === undefined || hasNameByEpoch(node);
}
