import type { Adaptor, Change, Readiness } from './adaptor.ts';
import type { PlanInput } from './plan.ts';
import type { Consent } from './step.ts';

/** Another one in its place, and the end of the old one, need no yes of their own. Those that use it would have to move, too. */
export function movesFreely({ graph }: Pick<PlanInput, 'graph'>, adaptor: Adaptor, node: string): boolean {
  return adaptor.movesFreely === true && !graph.some(other => other.dependsOn.includes(node));
}

/** Another one takes its place only because AWS gave up making it: nothing that ever was is lost by that. */
export function isTriedAnew(changes: readonly Change[]): boolean {
  const fixed = changes.filter(change => change.replace === true);
  return fixed.length > 0 && fixed.every(change => change.retry === true);
}

/** What keeps it from ever coming right by itself; undefined: nothing. */
export function failureForGood(readiness: Readiness): string | undefined {
  return readiness.is === 'failed' && readiness.remedy === 'replace' ? readiness.message : undefined;
}

/** `changes`: how the one that is there differs; `failed`: it never comes right by itself. */
export function consentToReplace(
  { input, adaptor, node }: { input: Pick<PlanInput, 'graph'>; adaptor: Adaptor; node: string },
  { changes, failed }: { changes: readonly Change[]; failed: boolean },
): Consent {
  const isUnasked = movesFreely(input, adaptor, node) || (!failed && isTriedAnew(changes));
  return isUnasked ? 'high' : 'critical';
}
