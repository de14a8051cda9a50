import type { RoleDesired } from '../../aws/iam/role.ts';
import { ROLE_NAME } from '../../aws/names.ts';
import type { GraphNode, Observations, Waiting } from '../../engine/graph.ts';
import { isWaiting } from '../../engine/graph.ts';
import { type Input, named, node } from './node.ts';
import type { RolePolicies } from './roles/role-policies.ts';

export function roleId(component: string): string {
  return `role/${component}`;
}

/** A role with exactly these policies. */
export function roleNode(
  input: Input,
  component: string,
  policies: (seen: Observations) => RolePolicies | Waiting,
  dependsOn: readonly string[] = [],
): GraphNode<RoleDesired> {
  const id = roleId(component);
  return node<RoleDesired>(
    input,
    id,
    'iam/role',
    dependsOn,
    seen => {
      const role = policies(seen);
      if (isWaiting(role)) return role;
      const { trust, managedPolicyArns, inlinePolicies } = role;
      return { trust, managedPolicies: managedPolicyArns, inlinePolicies };
    },
    { name: () => named(input, id, ROLE_NAME) },
  );
}
