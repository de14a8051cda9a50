/** What a role may do and who may take it, as IAM has it: for services that act as a role past any client's call. */
import type { PolicyInput } from '../../../policy/document.ts';
import type { BenchContext } from '../../overlay.ts';
import { itemsOf, textAt } from '../../xml-tree.ts';
import type { Place } from '../questions.ts';
import { ask } from './ask.ts';

export interface RoleAccess {
  trust: PolicyInput;
  policies: PolicyInput[];
  boundary?: PolicyInput;
}

/** Undefined where there is no such role. */
export async function roleAccess(
  bench: BenchContext,
  place: Place,
  roleArn: string,
): Promise<RoleAccess | undefined> {
  const RoleName = roleArn.slice(roleArn.lastIndexOf('/') + 1);
  const found = await ask(bench, place, 'GetRole', { RoleName });
  if (found === undefined || textAt(found, 'Role', 'Arn') !== roleArn) return undefined;
  const inline = itemsOf(await ask(bench, place, 'ListRolePolicies', { RoleName }), 'PolicyNames');
  const policies: PolicyInput[] = [];
  for (const { text: PolicyName } of inline) {
    const policy = await ask(bench, place, 'GetRolePolicy', { RoleName, PolicyName });
    policies.push(decodeURIComponent(textAt(policy, 'PolicyDocument')));
  }
  const attached = await ask(bench, place, 'ListAttachedRolePolicies', { RoleName });
  for (const one of itemsOf(attached, 'AttachedPolicies'))
    policies.push(await managedPolicy(bench, place, textAt(one, 'PolicyArn')));
  const boundary = textAt(found, 'Role', 'PermissionsBoundary', 'PermissionsBoundaryArn');
  return {
    trust: decodeURIComponent(textAt(found, 'Role', 'AssumeRolePolicyDocument')),
    policies,
    ...(boundary && { boundary: await managedPolicy(bench, place, boundary) }),
  };
}

async function managedPolicy(bench: BenchContext, place: Place, PolicyArn: string): Promise<PolicyInput> {
  const policy = await ask(bench, place, 'GetPolicy', { PolicyArn });
  const VersionId = textAt(policy, 'Policy', 'DefaultVersionId');
  const version = await ask(bench, place, 'GetPolicyVersion', { PolicyArn, VersionId });
  return decodeURIComponent(textAt(version, 'PolicyVersion', 'Document'));
}
