import type { Adaptor } from './adaptor.ts';
import type { PlanInput } from './plan.ts';

/** Another one in its place, and the end of the old one, need no yes of their own. Those that use it would have to move, too. */
export function movesFreely({ graph }: Pick<PlanInput, 'graph'>, adaptor: Adaptor, node: string): boolean {
  return adaptor.movesFreely === true && !graph.some(other => other.dependsOn.includes(node));
}
