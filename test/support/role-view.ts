import {
  GetRoleCommand,
  GetRolePolicyCommand,
  type IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
} from '@aws-sdk/client-iam';

/** Who may take a role and what it may do; documents as texts. */
export interface RoleView {
  readonly arn: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly trust: string;
  readonly boundary: string | undefined;
  readonly attached: readonly string[];
  readonly inline: Readonly<Record<string, string>>;
}

/** Roles of installations, by name. */
export async function readRoles(iam: IAMClient): Promise<Record<string, RoleView>> {
  const { Roles = [] } = await iam.send(new ListRolesCommand({ PathPrefix: '/opta/', MaxItems: 1000 }));
  const rows = await Promise.all(
    Roles.map(async ({ RoleName = '' }) => [RoleName, await readRole(iam, RoleName)] as const),
  );
  return Object.fromEntries(rows);
}

async function readRole(iam: IAMClient, RoleName: string): Promise<RoleView> {
  const [{ Role }, { AttachedPolicies = [] }, { PolicyNames = [] }] = await Promise.all([
    iam.send(new GetRoleCommand({ RoleName })),
    iam.send(new ListAttachedRolePoliciesCommand({ RoleName })),
    iam.send(new ListRolePoliciesCommand({ RoleName })),
  ]);
  const documents = await Promise.all(
    PolicyNames.map(async PolicyName => {
      const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
      return [PolicyName, decodeURIComponent(PolicyDocument ?? '')] as const;
    }),
  );
  return {
    arn: Role?.Arn ?? '',
    tags: Object.fromEntries((Role?.Tags ?? []).map(tag => [tag.Key ?? '', tag.Value ?? ''])),
    trust: decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''),
    boundary: Role?.PermissionsBoundary?.PermissionsBoundaryArn,
    attached: AttachedPolicies.map(one => one.PolicyArn ?? '').sort(),
    inline: Object.fromEntries(documents),
  };
}
