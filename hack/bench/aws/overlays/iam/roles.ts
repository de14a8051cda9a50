/** What AWS refuses of a role that moto takes. */
import { parsePolicy } from '../../../policy/document.ts';
import { validate } from '../../../policy/validate.ts';
import type { BenchContext, Call, Overlay } from '../../overlay.ts';
import { textField } from '../../overlay.ts';
import { textAt } from '../../xml-tree.ts';
import { ask, listAll, refuse } from './ask.ts';

const caseless: Overlay = {
  service: 'iam',
  operation: 'CreateRole',
  source:
    'IAM API, CreateRole, RoleName: "names must be unique within the account. Role names are not distinguished by case"',
  async before(call, bench) {
    const name = textField(call, 'RoleName');
    const roles = await listAll(bench, call, 'Roles');
    if (!roles.some(role => textAt(role, 'RoleName').toLowerCase() === name.toLowerCase())) return undefined;
    return refuse(call, bench, 'EntityAlreadyExistsException', `Role with name ${name} already exists.`);
  },
};

const trust: Overlay = {
  service: 'iam',
  operation: ['CreateRole', 'UpdateAssumeRolePolicy'],
  source:
    'IAM API, CreateRole, MalformedPolicyDocument; IAM user guide, "Troubleshoot IAM policies": a principal must exist',
  async before(call, bench) {
    const field = call.operation === 'CreateRole' ? 'AssumeRolePolicyDocument' : 'PolicyDocument';
    const policy = textField(call, field);
    const [problem] = validate(policy, { kind: 'iam-role' });
    const message = problem ?? (await invisiblePrincipal(call, bench, policy));
    return message === undefined
      ? undefined
      : refuse(call, bench, 'MalformedPolicyDocumentException', message);
  },
};

/** Roles and users of this account only: whether another's exist is not for us to see. */
async function invisiblePrincipal(
  call: Call,
  bench: BenchContext,
  policy: string,
): Promise<string | undefined> {
  const arns = parsePolicy(policy).statements.flatMap(statement => statement.principal?.aws ?? []);
  for (const arn of arns) {
    const [, accountId, kind, name] = /^arn:aws:iam::(\d{12}):(role|user)\/(?:.*\/)?([^/]+)$/.exec(arn) ?? [];
    if (accountId !== call.accountId || name === undefined) continue;
    const [operation, field] = kind === 'role' ? ['GetRole', 'RoleName'] : ['GetUser', 'UserName'];
    const found = await ask(bench, call, operation, { [field]: name });
    const shown = textAt(found, kind === 'role' ? 'Role' : 'User', 'Arn');
    if (shown !== arn) return `Invalid principal in policy: "AWS":"${arn}"`;
  }
  return undefined;
}

const boundary: Overlay = {
  service: 'iam',
  operation: ['CreateRole', 'CreateUser', 'PutRolePermissionsBoundary'],
  source:
    'IAM API, CreateRole, PutRolePermissionsBoundary: NoSuchEntity, "resource entity that does not exist"',
  async before(call, bench) {
    const arn = textField(call, 'PermissionsBoundary');
    if (arn === '' || (await ask(bench, call, 'GetPolicy', { PolicyArn: arn })) !== undefined)
      return undefined;
    const message = `Scope ARN: ${arn} does not exist or is not attachable.`;
    return refuse(call, bench, 'NoSuchEntityException', message);
  },
};

export const roleOverlays: Overlay[] = [caseless, trust, boundary];
