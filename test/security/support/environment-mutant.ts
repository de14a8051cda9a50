import type { Observations } from '../../../src/engine/graph.ts';
import type { EnvironmentAsked, EnvironmentCheck } from './environment-checks.ts';
import type { Mutant } from './mutants.ts';
import { type Desired, desired, type Mutation } from './mutate.ts';

/** A mistake in an environment that has everything. */
export interface EnvironmentMutant extends Mutant<EnvironmentCheck> {
  readonly mistake: Mutation;
  /** What the spec does not ask for, that it may be missed. */
  readonly asked?: Partial<EnvironmentAsked>;
}

export const set = (node: string, values: Desired) => desired(node, wanted => ({ ...wanted, ...values }));

export const idsOf = (seen: Observations, ...nodes: readonly string[]) =>
  nodes.flatMap(node => seen.id(node) ?? []);

/** In the texts of all that a node is to be. */
export function inText(node: string, edit: (text: string) => string): Mutation {
  return desired(node, wanted => JSON.parse(edit(JSON.stringify(wanted))) as Desired);
}
