/** Who a Principal element means. Source: IAM user guide, "AWS JSON policy elements: Principal". */
import type { PrincipalSet, Statement } from './document.ts';
import type { Context } from './pattern.ts';

export interface Principal {
  type: 'aws' | 'service' | 'federated' | 'anonymous';
  /** `arn:aws:iam::111122223333:role/x`, `:user/x`, `:root`, or `arn:aws:sts::111122223333:assumed-role/x/session`. */
  arn?: string;
  accountId?: string;
  /** `sns.amazonaws.com` */
  service?: string;
  /** Of a web identity: ARN of its OpenID Connect provider. */
  provider?: string;
}

/**
 * How directly a statement names the principal, the closest first:
 * `identity` the user, the role session or the root user itself; `role` the role behind a session, or everyone;
 * `account` only the account, which "delegates authority to the account": its IAM policies must agree.
 */
export type Match = 'identity' | 'role' | 'account' | 'none';

/** Whether the statement is about this principal; a statement without a principal element (identity policy) always is. */
export function principalMatch(statement: Statement, principal: Principal): Match {
  if (statement.principal) return matchSet(statement.principal, principal);
  if (statement.notPrincipal)
    return matchSet(statement.notPrincipal, principal) === 'none' ? 'identity' : 'none';
  return 'identity';
}

function matchSet(set: PrincipalSet, principal: Principal): Match {
  if (principal.type === 'service') {
    if (principal.service && set.service.includes(principal.service)) return 'identity';
    return set.everyone ? 'role' : 'none';
  }
  if (principal.type === 'federated') {
    if (principal.provider && set.federated.includes(principal.provider)) return 'identity';
    return set.everyone ? 'role' : 'none';
  }
  if (principal.type === 'aws') {
    const matches = set.aws.map(written => matchAws(written, principal));
    for (const closest of ['identity', 'role'] as const) if (matches.includes(closest)) return closest;
    if (set.everyone) return 'role';
    return matches.includes('account') ? 'account' : 'none';
  }
  return set.everyone ? 'role' : 'none';
}

function matchAws(written: string, { arn = '', accountId }: Principal): Match {
  if (written === arn) return arn.includes(':role/') ? 'role' : 'identity';
  if (accountId && (written === accountId || new RegExp(`^arn:[^:]+:iam::${accountId}:root$`).test(written)))
    return arn.endsWith(':root') ? 'identity' : 'account';
  return roleOfSession(arn) !== undefined && roleOfSession(arn) === roleKey(written) ? 'role' : 'none';
}

/** `account/name` of the role behind a session; the session's ARN does not have the role's path. */
function roleOfSession(arn: string): string | undefined {
  const [, account, name] = /^arn:[^:]+:sts::(\d{12}):assumed-role\/([^/]+)\//.exec(arn) ?? [];
  return name && `${account}/${name}`;
}

function roleKey(arn: string): string | undefined {
  const [, account, name] = /^arn:[^:]+:iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/.exec(arn) ?? [];
  return name && `${account}/${name}`;
}

/** The global condition keys that follow from the principal. Source: "AWS global condition context keys". */
export function principalContext({ type, arn, accountId, service, provider }: Principal): Context {
  if (type === 'federated')
    return { 'aws:PrincipalIsAWSService': 'false', ...(provider && { 'aws:FederatedProvider': provider }) };
  if (type === 'service')
    return { 'aws:PrincipalIsAWSService': 'true', ...(service && { 'aws:PrincipalServiceName': service }) };
  const [, user] = /:user\/(?:.*\/)?([^/]+)$/.exec(arn ?? '') ?? [];
  // "For IAM roles, the request context returns the ARN of the role, not the ARN of the user that assumed the role."
  const principalArn = arn?.replace(/:sts:(:\d{12}:)assumed-role\/([^/]+)\/.*$/, ':iam:$1role/$2');
  return {
    'aws:PrincipalIsAWSService': 'false',
    ...(accountId && { 'aws:PrincipalAccount': accountId }),
    ...(principalArn && { 'aws:PrincipalArn': principalArn }),
    ...(user && { 'aws:username': user }),
  };
}
