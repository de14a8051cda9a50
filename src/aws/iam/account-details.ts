import {
  GetAccountAuthorizationDetailsCommand,
  type ManagedPolicyDetail,
  type RoleDetail,
} from '@aws-sdk/client-iam';
import type { AwsScope } from '../scope.ts';
import { listed, noteWrite, type Whole } from '../whole.ts';
import { IAM_SETTLE_MS } from './iam-errors.ts';
import { iamPath } from './path.ts';

interface AccountDetails {
  /** By name. Those outside the installation's path say who they are, and nothing of what they may do. */
  readonly roles: ReadonlyMap<string, RoleDetail>;
  /** Those of the installation's path, by ARN. IAM tells no tags of them here. */
  readonly policies: ReadonlyMap<string, ManagedPolicyDetail>;
}

const KEY = 'iam/account-details';
// IAM API Reference, GetAccountAuthorizationDetails, MaxItems: 1 to 1000; IAM may answer fewer.
const PAGE = 1000;

/** Undefined: it is to be read by itself. */
export async function listedRole(scope: AwsScope, name: string): Promise<RoleDetail | undefined> {
  return (await listed(scope.global.listings, accountDetails(scope), name))?.roles.get(name);
}

/** Undefined: it is to be read by itself. */
export async function listedPolicy(scope: AwsScope, arn: string): Promise<ManagedPolicyDetail | undefined> {
  return (await listed(scope.global.listings, accountDetails(scope), arn))?.policies.get(arn);
}

/** Of a role by its name, of a policy by its ARN. */
export function noteIamWrite({ global }: AwsScope, nameOrArn: string): void {
  noteWrite(global.listings, { key: KEY }, nameOrArn);
}

/** All roles and customer managed policies of the account by one call, page after page. IAM throttles it early. */
function accountDetails(scope: AwsScope): Whole<AccountDetails> {
  return { key: KEY, settleMs: IAM_SETTLE_MS, read: () => read(scope) };
}

async function read({ iam, installation }: AwsScope) {
  const path = iamPath(installation);
  const roles = new Map<string, RoleDetail>();
  const policies = new Map<string, ManagedPolicyDetail>();
  let pages = 0;
  let singles = 0;
  let Marker: string | undefined;
  do {
    const page = await iam.send(
      new GetAccountAuthorizationDetailsCommand({
        Filter: ['Role', 'LocalManagedPolicy'],
        MaxItems: PAGE,
        Marker,
      }),
    );
    pages += 1;
    for (const role of page.RoleDetailList ?? []) {
      const isOurs = role.Path === path;
      roles.set(role.RoleName ?? '', isOurs ? role : nameOnly(role));
      if (isOurs) singles += 3 + (role.RolePolicyList?.length ?? 0);
    }
    for (const policy of page.Policies ?? []) {
      if (policy.Path !== path) continue;
      policies.set(policy.Arn ?? '', policy);
      singles += 2;
    }
    Marker = page.IsTruncated === true ? page.Marker : undefined;
  } while (Marker !== undefined);
  return { items: { roles, policies }, pages, singles };
}

/** An account may have megabytes of policies that are not ours. */
function nameOnly({ RoleName, RoleId, Arn, Path }: RoleDetail): RoleDetail {
  return { RoleName, RoleId, Arn, Path };
}
