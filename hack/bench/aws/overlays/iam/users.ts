/** Boundaries of users, which moto has not. */
import { type BenchContext, type Call, type Overlay, textField } from '../../overlay.ts';
import { childOf, element, parseXml, putChild, writeXml } from '../../xml-tree.ts';
import { ask, refuse } from './ask.ts';

const source =
  'IAM API, PutUserPermissionsBoundary, DeleteUserPermissionsBoundary; User, PermissionsBoundary';

/** By account and user. */
function boundaries({ state }: BenchContext): Map<string, string> {
  const known = state.get('iam:user-boundaries');
  if (known instanceof Map) return known;
  const fresh = new Map<string, string>();
  state.set('iam:user-boundaries', fresh);
  return fresh;
}

function keyOf(call: Call): string {
  return `${call.accountId}/${textField(call, 'UserName')}`;
}

const change: Overlay = {
  service: 'iam',
  operation: ['PutUserPermissionsBoundary', 'DeleteUserPermissionsBoundary'],
  source: `${source}: NoSuchEntity`,
  async before(call, bench) {
    const UserName = textField(call, 'UserName');
    const PolicyArn = textField(call, 'PermissionsBoundary');
    if ((await ask(bench, call, 'GetUser', { UserName })) === undefined)
      return refuse(call, bench, 'NoSuchEntityException', `The user with name ${UserName} cannot be found.`);
    if (PolicyArn === '') boundaries(bench).delete(keyOf(call));
    else if ((await ask(bench, call, 'GetPolicy', { PolicyArn })) !== undefined)
      boundaries(bench).set(keyOf(call), PolicyArn);
    else {
      const message = `Scope ARN: ${PolicyArn} does not exist or is not attachable.`;
      return refuse(call, bench, 'NoSuchEntityException', message);
    }
    return bench.success(call, '');
  },
};

const show: Overlay = {
  service: 'iam',
  operation: ['CreateUser', 'GetUser', 'DeleteUser'],
  source,
  after(call, answer, bench) {
    if (answer.status !== 200) return undefined;
    const given = textField(call, 'PermissionsBoundary');
    if (given !== '') boundaries(bench).set(keyOf(call), given);
    if (call.operation === 'DeleteUser') boundaries(bench).delete(keyOf(call));
    const root = parseXml(answer.body.toString('utf8'));
    const user = childOf(childOf(root, `${call.operation}Result`), 'User');
    if (user === undefined) return undefined;
    user.children = user.children.filter(({ name }) => name !== 'PermissionsBoundary');
    const boundary = boundaries(bench).get(keyOf(call));
    if (boundary !== undefined) {
      const type = element('PermissionsBoundaryType', 'Policy');
      putChild(user, element('PermissionsBoundary', [type, element('PermissionsBoundaryArn', boundary)]));
    }
    return { ...answer, body: Buffer.from(writeXml(root), 'utf8') };
  },
};

const inUse: Overlay = {
  service: 'iam',
  operation: 'DeletePolicy',
  source: 'IAM API, DeletePolicy: DeleteConflict; a boundary is in use too',
  before(call, bench) {
    const arn = textField(call, 'PolicyArn');
    const users = [...boundaries(bench)].filter(
      ([key, boundary]) => key.startsWith(`${call.accountId}/`) && boundary === arn,
    );
    if (users.length === 0) return undefined;
    return refuse(call, bench, 'DeleteConflictException', 'Cannot delete a policy attached to entities.');
  },
};

export const userOverlays: Overlay[] = [change, show, inUse];
