import type { Entry } from './inventory.ts';

type User = Pick<Entry, 'node' | 'after'>;
type Edges = ReadonlyMap<string, ReadonlySet<string>>;

/*
 * The order on record is read from a status, which others may have written: as many entries as it holds, each after many others,
 * in chains and circles. So each way through it is gone once for all of them, and not by recursion.
 */

/**
 * By node, the others that are recorded as made after it, and go before it. Two specs in turn may have asked for opposite orders:
 * neither waits for the other then, and AWS says which goes first.
 */
export function usersByNode(entries: readonly User[]): (node: string) => readonly string[] {
  const { uses, users } = edgesOf(entries);
  const circles = circlesOf(uses, users);
  return node =>
    [...(users.get(node) ?? [])].filter(user => user !== node && circles.get(user) !== circles.get(node));
}

/** These, and all that is recorded as made after one of them, directly or not. */
export function madeAfter(entries: readonly User[], nodes: Iterable<string>): ReadonlySet<string> {
  const reached = new Set<string>();
  const wanted = [...nodes];
  // Most plans ask for none.
  if (wanted.length === 0) return reached;
  const { users } = edgesOf(entries);
  for (const node of wanted) for (const one of reachedFrom(node, users, reached)) reached.add(one);
  return reached;
}

/** In the order of the record. */
function edgesOf(entries: readonly User[]): { readonly uses: Edges; readonly users: Edges } {
  const uses = new Map<string, Set<string>>();
  const users = new Map<string, Set<string>>();
  function add(to: Map<string, Set<string>>, from: string, node: string): void {
    const known = to.get(from) ?? new Set();
    to.set(from, known.add(node));
  }
  for (const { node, after } of entries) {
    for (const one of after) {
      add(uses, node, one);
      add(users, one, node);
    }
  }
  return { uses, users };
}

/** Nodes that lead to each other have the same number (Kosaraju's algorithm). */
function circlesOf(uses: Edges, users: Edges): ReadonlyMap<string, number> {
  const left = new Set<string>();
  const inOrder: string[] = [];
  for (const node of new Set([...uses.keys(), ...users.keys()]))
    for (const one of reachedFrom(node, uses, left)) {
      left.add(one);
      inOrder.push(one);
    }
  const circles = new Map<string, number>();
  for (const [number, node] of inOrder.reverse().entries())
    for (const one of reachedFrom(node, users, circles)) circles.set(one, number);
  return circles;
}

/** What has not been reached before, each after all that is reached from it first. */
function reachedFrom(start: string, edges: Edges, before: { has(node: string): boolean }): readonly string[] {
  if (before.has(start)) return [];
  const seen = new Set([start]);
  const reached: string[] = [];
  const path = [{ node: start, open: (edges.get(start) ?? []).values() }];
  for (let last = path.at(-1); last !== undefined; last = path.at(-1)) {
    const { value: next, done } = last.open.next();
    if (done === true) {
      reached.push(last.node);
      path.pop();
    } else if (!seen.has(next) && !before.has(next)) {
      seen.add(next);
      path.push({ node: next, open: (edges.get(next) ?? []).values() });
    }
  }
  return reached;
}
