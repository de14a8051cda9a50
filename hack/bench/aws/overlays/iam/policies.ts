/** Managed policies: which can be deleted, what can be a boundary, how many a role bears. */
import { type BenchContext, type Call, type Overlay, textField } from '../../overlay.ts';
import { childOf, element, itemsOf, parseXml, putChild, textAt, writeXml } from '../../xml-tree.ts';
import { withBody } from '../questions.ts';
import { ask, listAll, memory, noSuchEntity, refuse } from './ask.ts';

const POLICIES_PER_ROLE = 10;

/** Boundaries of users, which the emulator has not, by account and name. */
const userBoundaries = (bench: BenchContext) => memory<string>(bench, 'user-boundaries');

function userKey({ accountId }: Call, name: string): string {
  return `${accountId}/${name}`;
}

const conflicts: Overlay = {
  service: 'iam',
  operation: 'DeletePolicy',
  source:
    'IAM API, DeletePolicy: "you must first detach the policy from all users, groups, and roles that it is attached to. In addition, you must delete all the policy\'s versions"; DeleteConflict',
  async before(call, bench) {
    const PolicyArn = textField(call, 'PolicyArn');
    const { accountId } = call;
    const entities = await ask(bench, accountId, 'ListEntitiesForPolicy', { PolicyArn });
    const attached = ['PolicyGroups', 'PolicyUsers', 'PolicyRoles'].some(
      list => itemsOf(entities, list).length > 0,
    );
    if (attached || (await isBoundary(call, bench, PolicyArn)))
      return refuse(call, bench, 409, 'DeleteConflict', 'Cannot delete a policy attached to entities.');
    const versions = await listAll(bench, accountId, 'ListPolicyVersions', 'Versions', { PolicyArn });
    if (versions.length < 2) return undefined;
    const message =
      "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.";
    return refuse(call, bench, 409, 'DeleteConflict', message);
  },
};

async function isBoundary(call: Call, bench: BenchContext, arn: string): Promise<boolean> {
  const ofUsers = [...userBoundaries(bench)].some(
    ([user, boundary]) => user.startsWith(`${call.accountId}/`) && boundary === arn,
  );
  if (ofUsers) return true;
  for (const role of await listAll(bench, call.accountId, 'ListRoles', 'Roles')) {
    const found = await ask(bench, call.accountId, 'GetRole', { RoleName: textAt(role, 'RoleName') });
    if (textAt(found, 'Role', 'PermissionsBoundary', 'PermissionsBoundaryArn') === arn) return true;
  }
  return false;
}

const boundaryExists: Overlay = {
  service: 'iam',
  operation: ['CreateRole', 'PutRolePermissionsBoundary', 'CreateUser', 'PutUserPermissionsBoundary'],
  source: 'IAM API, PutRolePermissionsBoundary: NoSuchEntity',
  async before(call, bench) {
    const PolicyArn = textField(call, 'PermissionsBoundary');
    if (PolicyArn === '') return undefined;
    const found = await ask(bench, call.accountId, 'GetPolicy', { PolicyArn });
    if (found !== undefined) return undefined;
    return noSuchEntity(call, bench, `Scope ARN: ${PolicyArn} does not exist or is not attachable.`);
  },
};

const userBoundary: Overlay = {
  service: 'iam',
  operation: ['PutUserPermissionsBoundary', 'DeleteUserPermissionsBoundary'],
  source: 'IAM API, PutUserPermissionsBoundary, DeleteUserPermissionsBoundary',
  async before(call, bench) {
    const UserName = textField(call, 'UserName');
    const user = await ask(bench, call.accountId, 'GetUser', { UserName });
    if (user === undefined)
      return noSuchEntity(call, bench, `The user with name ${UserName} cannot be found.`);
    const boundary = textField(call, 'PermissionsBoundary');
    if (boundary === '') userBoundaries(bench).delete(userKey(call, UserName));
    else userBoundaries(bench).set(userKey(call, UserName), boundary);
    return bench.success(call, '');
  },
};

const users: Overlay = {
  service: 'iam',
  operation: ['CreateUser', 'GetUser', 'DeleteUser'],
  source: 'IAM API, User: PermissionsBoundary',
  after(call, answer, bench) {
    if (answer.status !== 200) return undefined;
    const name = textField(call, 'UserName');
    const key = userKey(call, name);
    const given = textField(call, 'PermissionsBoundary');
    if (call.operation === 'CreateUser' && given !== '') userBoundaries(bench).set(key, given);
    if (call.operation === 'DeleteUser') userBoundaries(bench).delete(key);
    const boundary = userBoundaries(bench).get(key);
    const root = parseXml(answer.body.toString('utf8'));
    const user = childOf(childOf(root, `${call.operation}Result`), 'User');
    if (user === undefined) return undefined;
    user.children = user.children.filter(child => child.name !== 'PermissionsBoundary');
    if (boundary !== undefined) {
      const type = element('PermissionsBoundaryType', 'Policy');
      putChild(user, element('PermissionsBoundary', [type, element('PermissionsBoundaryArn', boundary)]));
    }
    return withBody(answer, writeXml(root));
  },
};

const attachments: Overlay = {
  service: 'iam',
  operation: 'AttachRolePolicy',
  source: 'IAM user guide, "IAM and AWS STS quotas": managed policies attached to an IAM role, 10',
  async before(call, bench) {
    const RoleName = textField(call, 'RoleName');
    const bears = await listAll(bench, call.accountId, 'ListAttachedRolePolicies', 'AttachedPolicies', {
      RoleName,
    });
    const known = bears.some(one => textAt(one, 'PolicyArn') === textField(call, 'PolicyArn'));
    if (known || bears.length < POLICIES_PER_ROLE) return undefined;
    const message = `Cannot exceed quota for PoliciesPerRole: ${POLICIES_PER_ROLE}`;
    return refuse(call, bench, 409, 'LimitExceeded', message);
  },
};

export const policyOverlays: Overlay[] = [conflicts, boundaryExists, userBoundary, users, attachments];
