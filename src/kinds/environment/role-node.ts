import type { PolicyDesired } from '../../aws/iam/policy.ts';
import type { RoleDesired } from '../../aws/iam/role.ts';
import { POLICY_NAME, ROLE_NAME } from '../../aws/names.ts';
import { type GraphNode, isWaiting, type Observations, type Waiting } from '../../engine/graph.ts';
import { type AnyInput, named, node, withArn } from './node.ts';
import { systemBoundary } from './roles/boundaries.ts';
import { type RolePolicies, roleDesired } from './roles/role-policies.ts';

export function roleId(component: string): string {
  return `role/${component}`;
}

/** A role with exactly these policies, and a boundary that allows no more than they do, whatever is attached to it later. */
export function roleNodes(
  input: AnyInput,
  component: string,
  policies: (seen: Observations) => RolePolicies | Waiting,
  dependsOn: readonly string[] = [],
): readonly GraphNode[] {
  const id = roleId(component);
  const boundary = `boundary/${component}`;
  return [
    node<PolicyDesired>(
      input,
      boundary,
      'iam/policy',
      dependsOn,
      seen => {
        const role = policies(seen);
        return isWaiting(role) ? role : { document: systemBoundary(role) };
      },
      { name: () => named(input, boundary, POLICY_NAME) },
    ),
    node<RoleDesired>(
      input,
      id,
      'iam/role',
      [boundary, ...dependsOn],
      seen => {
        const role = policies(seen);
        if (isWaiting(role)) return role;
        return withArn(seen, boundary, permissionsBoundary => roleDesired(role, permissionsBoundary));
      },
      { name: () => named(input, id, ROLE_NAME) },
    ),
  ];
}
