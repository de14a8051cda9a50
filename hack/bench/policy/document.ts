/**
 * A policy document in one shape, whatever short forms it was written in.
 * Source: IAM user guide, "Grammar of the IAM JSON policy language".
 */

export type PolicyKind = 's3' | 'sqs' | 'sns' | 'kms' | 'iam-role' | 'iam-identity';

/** What may be handed in as a policy: its JSON text or the parsed document. */
export type PolicyInput = string | Record<string, unknown>;

export interface PrincipalSet {
  everyone: boolean;
  aws: string[];
  service: string[];
  federated: string[];
  canonicalUser: string[];
}

export interface Condition {
  /** As written: `ForAnyValue:StringLikeIfExists`. */
  operator: string;
  key: string;
  values: string[];
}

export interface Statement {
  sid?: string;
  effect: 'Allow' | 'Deny';
  principal?: PrincipalSet;
  notPrincipal?: PrincipalSet;
  actions?: string[];
  notActions?: string[];
  resources?: string[];
  notResources?: string[];
  conditions: Condition[];
}

export interface PolicyDocument {
  version: string;
  statements: Statement[];
}

/**
 * Reads a policy; throws SyntaxError on bad JSON and TypeError where a statement has no effect. Anything else that is
 * odd is kept as it is: `validate` says what AWS would refuse.
 */
export function parsePolicy(input: PolicyInput): PolicyDocument {
  const document: unknown = typeof input === 'string' ? JSON.parse(input) : input;
  if (!isObject(document)) throw new TypeError('a policy document is a JSON object');
  return {
    // "If you do not include a Version element, the value defaults to 2008-10-17" (IAM JSON policy elements: Version).
    version: typeof document.Version === 'string' ? document.Version : '2008-10-17',
    statements: statementsOf(document).map(parseStatement),
  };
}

/** The raw statements: `Statement` may be one object or a list. */
export function statementsOf(document: Record<string, unknown>): unknown[] {
  const { Statement } = document;
  if (Statement === undefined) return [];
  return Array.isArray(Statement) ? Statement : [Statement];
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** One value or a list of values, as strings (JSON numbers and booleans are allowed in conditions). */
export function listOf(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).map(String);
}

function parseStatement(raw: unknown): Statement {
  if (!isObject(raw)) throw new TypeError('a statement is a JSON object');
  const effect = raw.Effect;
  if (effect !== 'Allow' && effect !== 'Deny') throw new TypeError(`Effect is Allow or Deny, not ${effect}`);
  return {
    effect,
    ...(typeof raw.Sid === 'string' && { sid: raw.Sid }),
    ...(raw.Principal !== undefined && { principal: parsePrincipal(raw.Principal) }),
    ...(raw.NotPrincipal !== undefined && { notPrincipal: parsePrincipal(raw.NotPrincipal) }),
    ...(raw.Action !== undefined && { actions: listOf(raw.Action) }),
    ...(raw.NotAction !== undefined && { notActions: listOf(raw.NotAction) }),
    ...(raw.Resource !== undefined && { resources: listOf(raw.Resource) }),
    ...(raw.NotResource !== undefined && { notResources: listOf(raw.NotResource) }),
    conditions: parseConditions(raw.Condition),
  };
}

function parsePrincipal(raw: unknown): PrincipalSet {
  const none: PrincipalSet = { everyone: false, aws: [], service: [], federated: [], canonicalUser: [] };
  if (raw === '*') return { ...none, everyone: true };
  if (!isObject(raw)) return none;
  const aws = raw.AWS === undefined ? [] : listOf(raw.AWS);
  return {
    // "Principal": "*" and "Principal": {"AWS": "*"} are the same (AWS JSON policy elements: Principal).
    everyone: aws.includes('*'),
    aws: aws.filter(arn => arn !== '*'),
    service: raw.Service === undefined ? [] : listOf(raw.Service),
    federated: raw.Federated === undefined ? [] : listOf(raw.Federated),
    canonicalUser: raw.CanonicalUser === undefined ? [] : listOf(raw.CanonicalUser),
  };
}

function parseConditions(raw: unknown): Condition[] {
  if (!isObject(raw)) return [];
  const conditions: Condition[] = [];
  for (const [operator, keys] of Object.entries(raw)) {
    if (!isObject(keys)) continue;
    for (const [key, values] of Object.entries(keys))
      conditions.push({ operator, key, values: listOf(values) });
  }
  return conditions;
}
