/**
 * Whether AWS would allow a request. Sources: IAM user guide, "Policy evaluation logic", "Cross-account policy
 * evaluation logic", "Permissions boundaries for IAM entities"; KMS developer guide, "Key policies in AWS KMS".
 * Not here: service and resource control policies, session policies, ACLs, KMS grants.
 */
import { conditionHolds } from './condition.ts';
import {
  type PolicyDocument,
  type PolicyInput,
  type PolicyKind,
  parsePolicy,
  type Statement,
} from './document.ts';
import { actionMatches, type Context, likePattern } from './pattern.ts';
import { type Match, type Principal, principalContext, principalMatch } from './principal.ts';

export interface PolicyRequest {
  principal: Principal;
  /** `sqs:SendMessage` */
  action: string;
  /** ARN. */
  resource: string;
  /** Account of the resource where its ARN has none (S3); default: the account in the ARN, then the principal's. */
  resourceAccountId?: string;
  /** Condition keys, of any case: `aws:SourceArn`. What follows from the principal and the resource is added. */
  context?: Context;
}

export interface PolicyQuestion {
  /** Identity policies of the principal; the services and anonymous callers have none. */
  policies?: PolicyInput[];
  resourcePolicy?: PolicyInput;
  boundary?: PolicyInput;
  kind: PolicyKind;
  request: PolicyRequest;
}

export interface PolicyAnswer {
  decision: 'Allow' | 'ExplicitDeny' | 'ImplicitDeny';
  /** The statement that decided it; an implicit deny has none. */
  statement?: Statement;
}

interface Hit {
  statement: Statement;
  match: Match;
}

/** Decides one request. Throws where a policy is not JSON or has a bad Effect: validate first. */
export function evaluate({
  policies = [],
  resourcePolicy,
  boundary,
  kind,
  request,
}: PolicyQuestion): PolicyAnswer {
  const identity = policies.flatMap(policy => hits(policy, request));
  const resource = resourcePolicy === undefined ? [] : hits(resourcePolicy, request);
  const bounds = boundary === undefined ? undefined : hits(boundary, request);

  const deny = [...identity, ...resource, ...(bounds ?? [])].find(
    ({ statement }) => statement.effect === 'Deny',
  );
  if (deny) return { decision: 'ExplicitDeny', statement: deny.statement };

  const { principal } = request;
  const granted = closest(resource);
  if (principal.type !== 'aws') return allowBy(granted);

  // "Denied by default with the exception of the AWS account root user, which has full access."
  if (principal.arn?.endsWith(':root') && mayDelegate(kind, granted, request)) return { decision: 'Allow' };
  const byIdentity = identity.find(({ statement }) => statement.effect === 'Allow');
  const inBounds = bounds === undefined || bounds.some(({ statement }) => statement.effect === 'Allow');
  // "The intersection of both" limits what identity policies grant.
  const identityGrant = inBounds ? byIdentity : undefined;

  // A policy that names the user or the session grants directly, whatever the boundary leaves out; a role's ARN (or
  // everyone) is limited by an implicit deny in the boundary.
  const direct = granted?.match === 'identity' || (granted?.match === 'role' && inBounds);
  if (direct && isSameAccount(request)) return allowBy(granted);
  return mayDelegate(kind, granted, request) ? allowBy(identityGrant) : allowBy(undefined);
}

/**
 * Whether identity policies count at all: across accounts both sides must agree, and "IAM role trust policies and KMS
 * key policies are exceptions: they must explicitly allow access for principals".
 */
function mayDelegate(kind: PolicyKind, granted: Hit | undefined, request: PolicyRequest): boolean {
  if (granted) return true;
  return kind !== 'kms' && kind !== 'iam-role' && isSameAccount(request);
}

function allowBy(hit: Hit | undefined): PolicyAnswer {
  return hit ? { decision: 'Allow', statement: hit.statement } : { decision: 'ImplicitDeny' };
}

function closest(resource: Hit[]): Hit | undefined {
  const allows = resource.filter(({ statement }) => statement.effect === 'Allow');
  for (const match of ['identity', 'role', 'account'] as const) {
    const hit = allows.find(allow => allow.match === match);
    if (hit) return hit;
  }
  return undefined;
}

function isSameAccount(request: PolicyRequest): boolean {
  return (accountOf(request) ?? request.principal.accountId) === request.principal.accountId;
}

function accountOf({ resource, resourceAccountId }: PolicyRequest): string | undefined {
  return resourceAccountId ?? (resource.split(':')[4] || undefined);
}

/** "AWS global condition context keys"; S3 has a key of its own for it (Service Authorization Reference, Amazon S3). */
function resourceContext(request: PolicyRequest): Context {
  const account = accountOf(request);
  if (account === undefined) return {};
  return {
    'aws:ResourceAccount': account,
    ...(request.action.startsWith('s3:') && { 's3:ResourceAccount': account }),
  };
}

function hits(policy: PolicyInput, request: PolicyRequest): Hit[] {
  const document = parsePolicy(policy);
  const found: Hit[] = [];
  for (const statement of document.statements) {
    const match = statementMatch(statement, document, request);
    if (match !== 'none') found.push({ statement, match });
  }
  return found;
}

function statementMatch(statement: Statement, { version }: PolicyDocument, request: PolicyRequest): Match {
  const { actions, notActions, resources, notResources, conditions } = statement;
  const { context: given, principal } = request;
  const context = { ...given, ...principalContext(principal), ...resourceContext(request) };
  const scope = { context, version };
  const isAction = (pattern: string) => actionMatches(pattern, request.action);
  const isResource = (pattern: string) => likePattern(pattern, scope)?.test(request.resource) ?? false;
  if (actions ? !actions.some(isAction) : notActions?.some(isAction)) return 'none';
  if (resources ? !resources.some(isResource) : notResources?.some(isResource)) return 'none';
  if (!conditions.every(condition => conditionHolds(condition, scope))) return 'none';
  return principalMatch(statement, request.principal);
}
