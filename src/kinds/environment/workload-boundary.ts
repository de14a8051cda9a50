import type { PolicyDesired } from '../../aws/iam/policy.ts';
import { POLICY_NAME } from '../../aws/names.ts';
import type { GraphNode } from '../../engine/graph.ts';
import { type Input, named, node } from './node.ts';
import { workloadBoundary } from './roles/boundaries.ts';

export const WORKLOAD_BOUNDARY = 'boundary/workload';

/**
 * What no role or user of the environment's teams can do more than, whatever is attached to it. There with or without a
 * cluster, before the first of them: one made without it would be unbounded for a while.
 */
export function workloadBoundaryNode(input: Input): GraphNode<PolicyDesired> {
  const { place, installation } = input;
  // No grant lets a workload assume a role.
  const document = workloadBoundary(place, { installation, assumableRoles: [] });
  return node(input, WORKLOAD_BOUNDARY, 'iam/policy', [], () => ({ document }), {
    name: () => named(input, WORKLOAD_BOUNDARY, POLICY_NAME),
  });
}
