import type { Adaptor } from './adaptor.ts';
import type { CloudError } from './errors.ts';
import type { GraphNode, TaggedObservations } from './graph.ts';
import type { Entry, EntryState, Inventory } from './inventory.ts';
import type { Memory } from './memory.ts';
import { type ObservationMap, observationsOf } from './observation.ts';
import type { Owner } from './owner.ts';
import { type PlannedNode, planNode } from './plan-node.ts';
import { planRemovals } from './plan-removal.ts';
import type { Step } from './step.ts';

/** What planning knows. Everything in it is a value, so that a plan is a function of it. */
export interface PlanInput {
  readonly owner: Owner;
  /** Cluster UIDs that the administrator declared gone. */
  readonly takeOver: readonly string[];
  /** When AWS was first looked at, by the memory's time, in ms. */
  readonly now: number;
  readonly graph: readonly GraphNode[];
  /** What the spec says still of nodes that it has no more. */
  readonly left?: Readonly<Record<string, unknown>>;
  readonly adaptor: (type: string) => Adaptor;
  readonly inventory: Inventory;
  readonly observations: ObservationMap;
  /** `Remove` and `Retain` when the object is being deleted. */
  readonly deletion: 'None' | 'Remove' | 'Retain';
  /** True when the spec has not changed since everything was last as desired: differences are drift. */
  readonly wasSynced: boolean;
  readonly memory: Pick<
    Memory,
    | 'startedAt'
    | 'firstSeen'
    | 'wasShown'
    | 'missingSince'
    | 'neverCreated'
    | 'believed'
    | 'doubt'
    | 'removedAt'
    | 'removedId'
  >;
  /** Nodes whose resource was seen to be gone, while the object is deleted. */
  readonly gone?: ReadonlySet<string>;
  /** A change, or what is to be made, that does not come now: it waits for a yes, or AWS refused it in this pass. */
  readonly isStuck?: (step: Step) => boolean;
}

/** One node as it stands, for the status. */
export interface NodeView {
  readonly node: string;
  readonly epoch: number;
  readonly state: EntryState;
  readonly message?: string;
  /** Of what others made and left, each that stays in AWS. */
  readonly named?: readonly string[];
  /** What is told of it is not this object's: nothing of its own is there. */
  readonly isOthers?: true;
  /** Not ready, and yet nothing that depends on it waits for it. */
  readonly awaitsDependants?: true;
  /** What it waits for does not come by itself. */
  readonly needsPerson?: true;
  /** Failed, and of use to what is there already. */
  readonly serves?: true;
  /** It is ready as it is, whatever is to be changed in it. */
  readonly usable?: true;
  /** The one on record is there, not this object's by its tags, and nobody else's: it may have lost some of them by hand. */
  readonly lacksTags?: true;
  /** Its removal begins when other nodes are gone, or changed: nothing is done about it now. */
  readonly leavesLater?: true;
  /** When to look again, in ms. */
  readonly againInMs?: number;
  readonly error?: CloudError;
  /** What is reported and never planned: an immutable field of an adopted resource, why something is left behind. */
  readonly note?: string;
}

export interface Plan {
  readonly steps: readonly Step[];
  readonly nodes: readonly NodeView[];
  /** Entries whose resources were observed to be gone, or are not ours: they leave the inventory. */
  readonly forget: readonly Entry[];
  /** Entries as they are to be: another epoch is the current one then. */
  readonly marked: readonly Entry[];
}

/** Of a deletion: all is gone, or kept on purpose. */
export function isOver({ steps, nodes }: Plan): boolean {
  return steps.length === 0 && nodes.every(view => view.state === 'Kept');
}

/** Desired × observed ─► steps. Pure; called again after every wave of writes of a pass. */
export function makePlan(input: PlanInput): Plan {
  const seen = seenBy(input);
  const planned = new Map<string, PlannedNode>();
  if (input.deletion === 'None') {
    for (const node of inDependencyOrder(input.graph)) {
      if (node.role !== 'swept') planned.set(node.id, planNode(input, node, seen, planned));
    }
  }
  const removals = planRemovals(input, planned, seen);
  const all = [...planned.values()];
  return {
    steps: [...all.flatMap(one => one.steps), ...removals.steps],
    nodes: [...all.map(one => one.view), ...removals.nodes],
    forget: [...all.flatMap(one => one.forget ?? []), ...removals.forget],
    marked: all.flatMap(one => one.marked ?? []),
  };
}

export function seenBy(
  input: Pick<
    PlanInput,
    'observations' | 'inventory' | 'graph' | 'adaptor' | 'owner' | 'takeOver' | 'deletion'
  >,
): TaggedObservations {
  return observationsOf(input);
}

function inDependencyOrder(graph: readonly GraphNode[]): readonly GraphNode[] {
  const byId = new Map(graph.map(node => [node.id, node]));
  const ordered = new Set<GraphNode>();
  function visit(node: GraphNode): void {
    if (ordered.has(node)) return;
    for (const id of node.dependsOn) {
      const next = byId.get(id);
      if (next !== undefined) visit(next);
    }
    ordered.add(node);
  }
  for (const node of graph) visit(node);
  return [...ordered];
}
