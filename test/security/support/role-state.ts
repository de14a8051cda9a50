import {
  GetOpenIDConnectProviderCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  type IAMClient,
  ListAttachedRolePoliciesCommand,
  ListOpenIDConnectProvidersCommand,
  ListPoliciesCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
} from '@aws-sdk/client-iam';

export interface RoleSecurity {
  readonly name: string;
  readonly arn: string;
  /** `role/node` */
  readonly node: string;
  readonly trust: string;
  readonly managed: readonly string[];
  /** Names of inline policies. */
  readonly inline: readonly string[];
  /** Documents of both. */
  readonly policies: readonly string[];
  /** Its permissions boundary, with its document. */
  readonly boundary: { readonly arn: string; readonly document: string } | undefined;
}

/** A managed policy of the environment itself. */
export interface PolicySecurity {
  /** `boundary/node` */
  readonly node: string;
  readonly arn: string;
  readonly document: string;
}

export interface ProviderSecurity {
  readonly arn: string;
  readonly url: string;
  readonly audiences: readonly string[];
}

/** Documents of AWS's own policies, which no test changes. */
const managedDocuments = new Map<string, Promise<string>>();

/** Those of the environment. */
export async function readRoles(iam: IAMClient): Promise<readonly RoleSecurity[]> {
  const { Roles = [] } = await iam.send(new ListRolesCommand({ MaxItems: 1000 }));
  const roles = await Promise.all(Roles.map(({ RoleName = '' }) => readRole(iam, RoleName)));
  return roles.filter(role => role.node !== '');
}

async function readRole(iam: IAMClient, RoleName: string): Promise<RoleSecurity> {
  const [{ Role: role }, { AttachedPolicies = [] }, { PolicyNames = [] }] = await Promise.all([
    iam.send(new GetRoleCommand({ RoleName })),
    iam.send(new ListAttachedRolePoliciesCommand({ RoleName })),
    iam.send(new ListRolePoliciesCommand({ RoleName })),
  ]);
  const managed = AttachedPolicies.map(one => one.PolicyArn ?? '');
  const documents = await Promise.all([
    ...managed.map(arn => managedDocument(iam, arn)),
    ...PolicyNames.map(async PolicyName => {
      const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
      return decodeURIComponent(PolicyDocument ?? '');
    }),
  ]);
  const boundary = role?.PermissionsBoundary?.PermissionsBoundaryArn;
  return {
    name: RoleName,
    arn: role?.Arn ?? '',
    // Not from what is known of AWS's own policies: this one may be changed by hand.
    boundary:
      boundary === undefined ? undefined : { arn: boundary, document: await readDocument(iam, boundary) },
    node: role?.Tags?.find(tag => tag.Key === 'opta.dev/node')?.Value ?? '',
    trust: decodeURIComponent(role?.AssumeRolePolicyDocument ?? ''),
    managed,
    inline: PolicyNames,
    policies: documents,
  };
}

function managedDocument(iam: IAMClient, PolicyArn: string): Promise<string> {
  const known = managedDocuments.get(PolicyArn) ?? readDocument(iam, PolicyArn);
  managedDocuments.set(PolicyArn, known);
  return known;
}

async function readDocument(iam: IAMClient, PolicyArn: string): Promise<string> {
  const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
  const VersionId = Policy?.DefaultVersionId;
  const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId }));
  return decodeURIComponent(PolicyVersion?.Document ?? '');
}

/** Those of the environment. */
export async function readPolicies(iam: IAMClient): Promise<readonly PolicySecurity[]> {
  const { Policies = [] } = await iam.send(new ListPoliciesCommand({ Scope: 'Local', MaxItems: 1000 }));
  const policies = await Promise.all(
    Policies.map(async ({ Arn = '' }) => {
      const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn: Arn }));
      const node = Policy?.Tags?.find(tag => tag.Key === 'opta.dev/node')?.Value ?? '';
      return { node, arn: Arn, document: await readDocument(iam, Arn) };
    }),
  );
  return policies.filter(policy => policy.node !== '');
}

export async function readProviders(iam: IAMClient): Promise<readonly ProviderSecurity[]> {
  const { OpenIDConnectProviderList = [] } = await iam.send(new ListOpenIDConnectProvidersCommand({}));
  return Promise.all(
    OpenIDConnectProviderList.map(async ({ Arn = '' }) => {
      const { Url = '', ClientIDList = [] } = await iam.send(
        new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: Arn }),
      );
      return { arn: Arn, url: Url, audiences: ClientIDList };
    }),
  );
}
