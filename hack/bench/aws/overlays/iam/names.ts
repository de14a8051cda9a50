/** Names exist once in an account, whatever their case and path. */
import { type Overlay, textField } from '../../overlay.ts';
import { textAt } from '../../xml-tree.ts';
import { alone } from '../alone.ts';
import { listAll, refuse } from './ask.ts';

interface Kind {
  field: string;
  list: string;
  items: string;
  noun: string;
  only?: Record<string, string>;
}

const KINDS: Readonly<Record<string, Kind>> = {
  CreateRole: { field: 'RoleName', list: 'ListRoles', items: 'Roles', noun: 'Role with name' },
  CreateUser: { field: 'UserName', list: 'ListUsers', items: 'Users', noun: 'User with name' },
  CreatePolicy: {
    field: 'PolicyName',
    list: 'ListPolicies',
    items: 'Policies',
    noun: 'A policy called',
    only: { Scope: 'Local' },
  },
};

const unique: Overlay = {
  service: 'iam',
  operation: Object.keys(KINDS),
  source:
    'IAM API, CreateRole: "Names are not distinguished by case"; IAM user guide, "IAM and AWS STS quotas", Name requirements: unique within the account regardless of paths',
  around(call, bench, next) {
    const kind = KINDS[call.operation];
    const name = textField(call, kind?.field ?? '');
    if (kind === undefined) return next();
    const { accountId, operation } = call;
    return alone(bench, `iam:${accountId}:${operation}:${name.toLowerCase()}`, async () => {
      const existing = await listAll(bench, accountId, kind.list, kind.items, kind.only);
      const taken = existing.some(one => textAt(one, kind.field).toLowerCase() === name.toLowerCase());
      if (!taken) return next();
      const message = `${kind.noun} ${name} already exists.`;
      return refuse(call, bench, 409, 'EntityAlreadyExists', message);
    });
  },
};

export const nameOverlays: Overlay[] = [unique];
