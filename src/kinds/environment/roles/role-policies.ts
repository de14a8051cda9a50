import type { RoleDesired } from '../../../aws/iam/role.ts';
import type { IdentityPolicy, IdentityStatement, TrustPolicy } from '../../../aws/policy.ts';

/** What a role may do and who may be it. Its path, boundary and tags are the same for all. */
export interface RolePolicies {
  readonly trust: TrustPolicy;
  readonly managedPolicyArns: readonly string[];
  readonly inlinePolicies: Readonly<Record<string, IdentityPolicy>>;
}

export function inlinePolicy(...statements: readonly IdentityStatement[]): IdentityPolicy {
  return { Version: '2012-10-17', Statement: statements };
}

/** One of AWS's own: `service-role/AmazonEBSCSIDriverPolicy`. */
export function awsPolicyArn(partition: string, name: string): string {
  return `arn:${partition}:iam::aws:policy/${name}`;
}

/** The role itself, by which every role of ours is made. */
export function roleDesired(role: RolePolicies, permissionsBoundary: string): RoleDesired {
  const { trust, managedPolicyArns, inlinePolicies } = role;
  return { trust, managedPolicies: managedPolicyArns, inlinePolicies, permissionsBoundary };
}
