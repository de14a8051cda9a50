import { GetRoleCommand, GetUserCommand } from '@aws-sdk/client-iam';
import type { Freshness } from '../../engine/adaptor.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { orAbsent } from '../errors.ts';
import { onlyRead } from '../only-read.ts';
import type { AwsScope } from '../scope.ts';
import { listedRole } from './account-details.ts';

export interface PrincipalDesired {
  /** Of a role or user. */
  readonly arn: string;
}

export interface PrincipalState {
  /** `AROA…`, `AIDA…`: another one when it is deleted and made again. Undefined: of another account, which is not asked. */
  readonly uniqueId: string | undefined;
}

/** Somebody whom others keep. Only reads: a node of this type is `watched`. */
export const principalAdaptor: AwsAdaptor<PrincipalDesired, PrincipalState> = {
  type: 'iam/principal',
  createBy: 'name',
  nameScope: 'global',
  holdsData: false,
  sharesReads: true,
  settleMs: 0,
  async find(scope, _identity, { desired, freshness }) {
    if (desired === undefined) return [];
    const { arn } = desired;
    const uniqueId = await uniqueIdOf(scope, arn, freshness);
    return uniqueId === 'absent' ? [] : [{ id: arn, arn, tags: 'inherited', state: { uniqueId } }];
  },
  ...onlyRead('a principal is only read'),
  readiness: () => ({ is: 'ready' }),
};

async function uniqueIdOf(
  scope: AwsScope,
  arn: string,
  freshness: Freshness,
): Promise<string | undefined | 'absent'> {
  const { iam, accountId } = scope;
  const [, account, sort, name] = /^arn:[^:]+:iam::(\d{12}):(role|user)\/(?:.*\/)?([^/]+)$/.exec(arn) ?? [];
  if (account !== accountId) return undefined;
  if (sort === 'user') {
    const answer = await orAbsent(iam.send(new GetUserCommand({ UserName: name })));
    return answer?.User?.Arn === arn ? answer.User.UserId : 'absent';
  }
  const listed = freshness === 'shared' && name !== undefined ? await listedRole(scope, name) : undefined;
  if (listed?.Arn === arn) return listed.RoleId;
  const answer = await orAbsent(iam.send(new GetRoleCommand({ RoleName: name })));
  return answer?.Role?.Arn === arn ? answer.Role.RoleId : 'absent';
}
