import { type GraphNode, isWaiting, nodeAt, type TaggedObservations } from './graph.ts';
import { entriesOf, type Inventory, isReserved } from './inventory.ts';

interface Deleting {
  readonly graph: readonly GraphNode[];
  readonly inventory: Inventory;
  readonly deletion: 'None' | 'Remove' | 'Retain';
  /** Nodes whose resource was seen to be gone. */
  readonly gone: ReadonlySet<string>;
  readonly seen: TaggedObservations;
}

/** The swept nodes that stand for what a node's resource may have left: they go after it. */
export function leftBy(graph: readonly GraphNode[], node: string): readonly string[] {
  return graph.filter(one => one.leftBy?.includes(node) === true).map(one => one.id);
}

/**
 * The swept nodes that are to be looked at: the object is being deleted, and all that leaves or uses such things is gone.
 * Before that they are in use, and not left.
 */
export function dueSweeps(of: Deleting): ReadonlySet<string> {
  if (of.deletion !== 'Remove') return new Set();
  const due = of.graph.filter(node => node.role === 'swept' && isDue(of, node));
  return new Set(due.map(node => node.id));
}

function isDue(of: Deleting, node: GraphNode): boolean {
  const users = of.graph.filter(one => one.dependsOn.includes(node.id)).map(one => one.id);
  if (![...(node.leftBy ?? []), ...users].every(id => isGone(of, id))) return false;
  const desired = node.desired(of.seen);
  // What it is looked for in was not seen, and may be there all the same.
  return !isWaiting(desired) || desired.node === undefined || isGone(of, desired.node);
}

function isGone({ graph, inventory, gone }: Deleting, id: string): boolean {
  if (entriesOf(inventory, id).some(entry => !isReserved(entry))) return false;
  const node = nodeAt(graph, id);
  return node === undefined || node.role === 'shared' || node.role === 'watched' || gone.has(id);
}
