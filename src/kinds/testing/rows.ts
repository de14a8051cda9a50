import type { Given } from './graph.ts';

/** Where a field of a spec ends up: its value, in which place of the graph, as what. */
export interface Row {
  readonly spec: object;
  readonly at: string;
  readonly is: unknown;
  readonly given?: Partial<Given>;
}

/** By field. A text: no graph is made of it, and where else it is told. */
export type Rows = Readonly<Record<string, Row | string>>;
