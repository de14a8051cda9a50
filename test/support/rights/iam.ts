import { jsonInput, textField } from '../../../hack/bench/aws/overlay.ts';
import { requestTags } from '../../../hack/bench/aws/request-tags.ts';
import type { Context } from '../../../hack/bench/policy/pattern.ts';
import { ACCOUNT } from '../manifests.ts';
import { type Asked, type Asks, listed, ofTagKeys, ofTags, type Question } from './question.ts';

const arn = (rest: string) => `arn:aws:iam::${ACCOUNT}:${rest}`;
/** "iam:PermissionsBoundary": of the request where it names one, else of the role. */
const bounded = (boundary: string | undefined): Context =>
  boundary === undefined || boundary === '' ? {} : { 'iam:PermissionsBoundary': boundary };

/** A role that is not there has no path that IAM could know. */
async function onRole(asked: Asked, more: Context = {}): Promise<readonly Question[]> {
  const { call, account } = asked;
  const name = textField(call, 'RoleName');
  const role = await account.role(name);
  const context = { ...bounded(role?.boundary), ...more };
  return [{ action: `iam:${call.operation}`, resource: role?.arn ?? arn(`role/${name}`), context }];
}

/** What a create makes, and the tags on it. */
function making({ call }: Asked, resource: string, tag: string, more: Context = {}): readonly Question[] {
  const context = { ...ofTags(requestTags(call) ?? {}), ...more };
  return [
    { action: `iam:${call.operation}`, resource, context },
    ...(requestTags(call) === undefined ? [] : [{ action: tag, resource, context }]),
  ];
}

const onPolicy = ({ call }: Asked): readonly Question[] => [
  { action: `iam:${call.operation}`, resource: textField(call, 'PolicyArn') },
];

function onProvider(asked: Asked): readonly Question[] {
  const { call } = asked;
  const context = {
    ...ofTags(requestTags(call) ?? {}),
    ...ofTagKeys(listed(asked, /^TagKeys\.member\.\d+$/)),
  };
  return [
    { action: `iam:${call.operation}`, resource: textField(call, 'OpenIDConnectProviderArn'), context },
  ];
}

const row = (names: string, ask: Asks[string]): Asks =>
  Object.fromEntries(names.split(/\s+/).map(name => [name, ask]));

export const IAM: Asks = {
  CreateRole: asked => {
    const { call } = asked;
    const resource = arn(`role${pathOf(asked)}${textField(call, 'RoleName')}`);
    return making(asked, resource, 'iam:TagRole', bounded(textField(call, 'PermissionsBoundary')));
  },
  AttachRolePolicy: asked => onRole(asked, { 'iam:PolicyARN': textField(asked.call, 'PolicyArn') }),
  PutRolePermissionsBoundary: asked => onRole(asked, bounded(textField(asked.call, 'PermissionsBoundary'))),
  ...row(
    `DeleteRole DeleteRolePolicy DetachRolePolicy GetRole GetRolePolicy ListAttachedRolePolicies
    ListInstanceProfilesForRole ListRolePolicies PutRolePolicy TagRole UntagRole UpdateAssumeRolePolicy`,
    asked => onRole(asked),
  ),
  CreatePolicy: asked =>
    making(asked, arn(`policy${pathOf(asked)}${textField(asked.call, 'PolicyName')}`), 'iam:TagPolicy'),
  ...row(
    `CreatePolicyVersion DeletePolicy DeletePolicyVersion GetPolicy GetPolicyVersion ListEntitiesForPolicy
    ListPolicyVersions TagPolicy UntagPolicy`,
    onPolicy,
  ),
  CreateOpenIDConnectProvider: asked =>
    making(
      asked,
      arn(`oidc-provider/${textField(asked.call, 'Url').replace(/^https:\/\//, '')}`),
      'iam:TagOpenIDConnectProvider',
    ),
  ...row(
    `AddClientIDToOpenIDConnectProvider DeleteOpenIDConnectProvider GetOpenIDConnectProvider
    RemoveClientIDFromOpenIDConnectProvider TagOpenIDConnectProvider UntagOpenIDConnectProvider`,
    onProvider,
  ),
  CreateServiceLinkedRole: ({ call }) => {
    const service = textField(call, 'AWSServiceName');
    const context = { 'iam:AWSServiceName': service };
    return [
      { action: 'iam:CreateServiceLinkedRole', resource: arn(`role/aws-service-role/${service}/*`), context },
    ];
  },
  GetUser: ({ call }) => [{ action: 'iam:GetUser', resource: arn(`user/${textField(call, 'UserName')}`) }],
  GetAccountAuthorizationDetails: () => [{ action: 'iam:GetAccountAuthorizationDetails', resource: '*' }],
};

function pathOf({ call }: Asked): string {
  return String(jsonInput(call).Path ?? '/');
}
