import type { PolicyKind } from '../../../hack/bench/policy/document.ts';
import { evaluate } from '../../../hack/bench/policy/evaluate.ts';
import type { Context } from '../../../hack/bench/policy/pattern.ts';
import type { Principal } from '../../../hack/bench/policy/principal.ts';
import { ACCOUNT } from '../../support/world.ts';

/** Who asks, and what a policy answers. */
export const FOREIGN = '999999999999';
export const ANYONE: Principal = { type: 'anonymous' };
export const OWNER: Principal = {
  type: 'aws',
  accountId: ACCOUNT,
  arn: `arn:aws:iam::${ACCOUNT}:role/app`,
};
export const STRANGER: Principal = {
  type: 'aws',
  accountId: FOREIGN,
  arn: `arn:aws:iam::${FOREIGN}:role/app`,
};
const EVERYTHING = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } };

/** Of a resource's policy; people of any account have all rights there. */
export function decision(
  kind: PolicyKind,
  resourcePolicy: string | undefined,
  principal: Principal,
  action: string,
  resource: string,
  context: Context,
): string {
  return evaluate({
    kind,
    policies: principal.type === 'aws' ? [EVERYTHING] : [],
    ...(resourcePolicy === undefined || resourcePolicy === '' ? {} : { resourcePolicy }),
    request: { principal, action, resource, resourceAccountId: ACCOUNT, context },
  }).decision;
}

export function when(fails: boolean, problem: string): readonly string[] {
  return fails ? [problem] : [];
}
