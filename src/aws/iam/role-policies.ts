import {
  GetRolePolicyCommand,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
} from '@aws-sdk/client-iam';
import { orAbsent } from '../errors.ts';
import type { AwsScope } from '../scope.ts';

/** ARNs of the managed policies that are attached; undefined where the role is no more. */
export async function attachedTo(
  { iam }: AwsScope,
  RoleName: string,
): Promise<readonly string[] | undefined> {
  const arns: string[] = [];
  let Marker: string | undefined;
  do {
    const page = await orAbsent(iam.send(new ListAttachedRolePoliciesCommand({ RoleName, Marker })));
    if (page === undefined) return undefined;
    arns.push(...(page.AttachedPolicies ?? []).flatMap(one => one.PolicyArn ?? []));
    Marker = page.IsTruncated === true ? page.Marker : undefined;
  } while (Marker !== undefined);
  return arns.sort();
}

/** Names of the inline policies; undefined where the role is no more. */
export async function inlineNamesOf(
  { iam }: AwsScope,
  RoleName: string,
): Promise<readonly string[] | undefined> {
  const names: string[] = [];
  let Marker: string | undefined;
  do {
    const page = await orAbsent(iam.send(new ListRolePoliciesCommand({ RoleName, Marker })));
    if (page === undefined) return undefined;
    names.push(...(page.PolicyNames ?? []));
    Marker = page.IsTruncated === true ? page.Marker : undefined;
  } while (Marker !== undefined);
  return names.sort();
}

/** Documents of the inline policies, by name; undefined where the role is no more. */
export async function inlineOf(
  scope: AwsScope,
  RoleName: string,
): Promise<Readonly<Record<string, string>> | undefined> {
  const names = await inlineNamesOf(scope, RoleName);
  if (names === undefined) return undefined;
  const documents = await Promise.all(
    names.map(PolicyName => orAbsent(scope.iam.send(new GetRolePolicyCommand({ RoleName, PolicyName })))),
  );
  return Object.fromEntries(
    documents.flatMap(one =>
      one === undefined ? [] : [[one.PolicyName ?? '', decoded(one.PolicyDocument)]],
    ),
  );
}

/** IAM API Reference: documents come "URL-encoded compliant with RFC 3986". */
export function decoded(document: string | undefined): string {
  return decodeURIComponent(document ?? '');
}
