import type { GraphNode, Observations } from '../engine/graph.ts';
import type { NodeView } from '../engine/plan.ts';

/** What others build upon, by the field of the status, each from what was seen; undefined: there is none (yet). */
export type Outputs = Readonly<Record<string, (seen: Observations) => unknown>>;

type Values = Readonly<Record<string, unknown>>;

/**
 * Outputs as they are to be told. Where AWS did not tell of something that one of them is made of, what `told` has of that one
 * stays: others build upon it, and that a read failed, or that somebody removed its tags, does not mean that a resource is gone.
 * Pure.
 */
export function lastingOutputs(
  outputs: Outputs,
  of: {
    readonly seen: Observations;
    readonly graph: readonly Pick<GraphNode, 'id'>[];
    readonly nodes?: readonly Pick<NodeView, 'node' | 'lacksTags'>[];
    readonly told?: Values | undefined;
  },
): Values {
  const { seen, graph, nodes = [], told = {} } = of;
  const isDoubtful = (node: string) =>
    nodes.some(one => one.node === node && one.lacksTags === true) ||
    (!seen.isKnown(node) && graph.some(one => one.id === node));
  const values = Object.entries(outputs).map(([field, output]) => {
    let isUnsure = false;
    function noting<T>(node: string, value: T): T {
      if (value === undefined && isDoubtful(node)) isUnsure = true;
      return value;
    }
    const value = output({
      state: <S>(node: string) => noting(node, seen.state<S>(node)),
      id: node => noting(node, seen.id(node)),
      arn: node => noting(node, seen.arn(node)),
      isKnown: node => seen.isKnown(node),
      isLeaving: node => seen.isLeaving(node),
    });
    return [field, isUnsure ? filledUp(value, told[field]) : value] as const;
  });
  return Object.fromEntries(values.filter(([, value]) => value !== undefined && !isEmpty(value)));
}

function filledUp(now: unknown, before: unknown): unknown {
  if (now === undefined) return before;
  if (!isRecord(now) || !isRecord(before)) return now;
  const both = Object.entries(now).map(([key, value]) => [key, filledUp(value, before[key])]);
  return { ...before, ...Object.fromEntries(both) };
}

function isRecord(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmpty(value: unknown): boolean {
  return isRecord(value) && Object.keys(value).length === 0;
}
