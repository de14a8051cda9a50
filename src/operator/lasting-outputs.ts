import type { GraphNode, Observations } from '../engine/graph.ts';
import type { Status } from './objects.ts';

type CommonField = keyof { [Key in keyof Status as string extends Key ? never : Key]: true };

/** What the status has besides a kind's outputs. */
const COMMON: Readonly<Record<CommonField, true>> = {
  observedGeneration: true,
  syncedGeneration: true,
  lastHandledReconcileAt: true,
  conditions: true,
  resources: true,
  plan: true,
  defaults: true,
  blockedBy: true,
  binding: true,
  referrers: true,
};

type Outputs = Readonly<Record<string, unknown>>;

/**
 * What `outputs` makes of what was seen. Where AWS did not tell of something that it asked for, what the status told before
 * stays: others build upon it, and that a read failed does not mean that a resource is gone. Pure.
 */
export function lastingOutputs(
  outputs: (seen: Observations) => Outputs,
  of: {
    readonly seen: Observations;
    readonly graph: readonly Pick<GraphNode, 'id'>[];
    readonly told: Status | undefined;
  },
): Outputs {
  const { seen, graph, told = {} } = of;
  let isUnsure = false;
  function noting<T>(node: string, value: T): T {
    if (value === undefined && !seen.isKnown(node) && graph.some(one => one.id === node)) isUnsure = true;
    return value;
  }
  const now = outputs({
    state: <S>(node: string) => noting(node, seen.state<S>(node)),
    id: node => noting(node, seen.id(node)),
    arn: node => noting(node, seen.arn(node)),
    isKnown: node => seen.isKnown(node),
    isLeaving: node => seen.isLeaving(node),
  });
  if (!isUnsure) return now;
  const before = Object.entries(told).filter(([key]) => !(key in COMMON));
  return filledUp(now, Object.fromEntries(before));
}

function filledUp(now: Outputs, before: Outputs): Outputs {
  const both = Object.entries(now).map(([key, value]) => {
    const former = before[key];
    return [key, isRecord(value) && isRecord(former) ? filledUp(value, former) : value];
  });
  return { ...before, ...Object.fromEntries(both) };
}

function isRecord(value: unknown): value is Outputs {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
