import type { GraphNode } from '../graph.ts';

/**
 * Checks ids and dependencies; throws on a graph that no order can serve. For the tests of kinds. What is swept may hold what
 * left the spec.
 */
export function checkGraph(nodes: readonly GraphNode[]): void {
  const byId = new Map<string, GraphNode>();
  for (const node of nodes) {
    if (byId.has(node.id)) throw new Error(`two nodes have the id ${node.id}`);
    byId.set(node.id, node);
  }
  const done = new Set<string>();
  function visit(id: string, path: readonly string[]): void {
    if (path.includes(id)) throw new Error(`the graph has a cycle: ${[...path, id].join(' → ')}`);
    if (done.has(id)) return;
    const node = byId.get(id);
    if (node === undefined && byId.get(path.at(-1) ?? '')?.role === 'swept') return;
    if (node === undefined) throw new Error(`${path.at(-1)} depends on ${id}, which is not in the graph`);
    const left = nodes.filter(one => one.leftBy?.includes(id) === true).map(one => one.id);
    for (const next of [...node.dependsOn, ...left]) visit(next, [...path, id]);
    done.add(id);
    for (const later of node.goesBefore ?? [])
      if (!byId.has(later)) throw new Error(`${id} goes before ${later}, which is not in the graph`);
  }
  for (const node of nodes) visit(node.id, []);
}
