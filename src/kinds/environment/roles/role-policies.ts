import type { Place } from '../../../aws/arn.ts';
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

/**
 * ARNs of S3 name no account, and who deletes a bucket frees its name for anybody. Service Authorization Reference, Amazon S3:
 * reading, writing and replicating objects and listing buckets all have this key.
 */
export function ofThisAccount({ accountId }: Place): NonNullable<IdentityStatement['Condition']> {
  return { StringEquals: { 's3:ResourceAccount': accountId } };
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
