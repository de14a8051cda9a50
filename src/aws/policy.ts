/** Policy documents as values: written from statements, compared by meaning and not by text. */

export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal: '*' | Readonly<Record<string, string | readonly string[]>>;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

/** A document of any kind: those of IAM's identities name no principal, those of trust no resource. */
export interface AnyPolicy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly object[];
}

export type IdentityStatement = Omit<Statement, 'Principal'>;

export interface IdentityPolicy extends AnyPolicy {
  readonly Statement: readonly IdentityStatement[];
}

export type TrustStatement = Omit<Statement, 'Resource'>;

export interface TrustPolicy extends AnyPolicy {
  readonly Statement: readonly TrustStatement[];
}

export function policyOf(statements: readonly Statement[]): PolicyDocument {
  return { Version: '2012-10-17', Statement: statements };
}

/**
 * AWS may give a document back with other spacing, order, and one-element lists as single values (IAM User Guide,
 * "Grammar of the IAM JSON policy language"). Equal text here means equal meaning; other texts are compared as they are.
 */
export function canonicalPolicy(document: AnyPolicy | string | undefined): string {
  if (document === undefined || document === '') return '';
  if (typeof document !== 'string') return JSON.stringify(canonical(document));
  try {
    return JSON.stringify(canonical(JSON.parse(document)));
  } catch {
    return document;
  }
}

export function samePolicy(a: AnyPolicy | string | undefined, b: AnyPolicy | string | undefined): boolean {
  // As AWS gives back what was just written.
  return textOf(a) === textOf(b) || canonicalPolicy(a) === canonicalPolicy(b);
}

function textOf(document: AnyPolicy | string | undefined): string | undefined {
  return typeof document === 'object' ? JSON.stringify(document) : document;
}

/** Lists are sets, `true` and `"true"` are one value, and `"*"` is everybody in either form of a principal. */
function canonical(value: unknown, key?: string): unknown {
  if (Array.isArray(value)) {
    const texts = new Set(value.map(one => JSON.stringify(canonical(one, key))));
    const list: unknown[] = [...texts].sort().map(text => JSON.parse(text));
    return list.length === 1 ? list[0] : list;
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(entries.map(([name, one]) => [name, canonical(one, name)]));
  }
  if (key === 'Principal' && value === '*') return { AWS: '*' };
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}

/** The statements of a document as AWS gives it; none where it cannot be read. */
export function statementsOf(document: AnyPolicy | string | undefined): readonly object[] {
  if (document === undefined || document === '') return [];
  const parsed: unknown = typeof document === 'string' ? jsonOf(document) : document;
  if (typeof parsed !== 'object' || parsed === null) return [];
  const statements: unknown[] = [Reflect.get(parsed, 'Statement')].flat();
  return statements.filter(one => typeof one === 'object' && one !== null);
}

/** True where a document, as AWS gives it, has this very statement, name included. */
export function hasStatement(document: AnyPolicy | string | undefined, statement: Statement): boolean {
  return hasStatements(document, policyOf([statement]));
}

/** True where a document has all statements of another one, names included; both may be as AWS gives them. */
export function hasStatements(
  document: AnyPolicy | string | undefined,
  of: AnyPolicy | string | undefined,
): boolean {
  const texts = (one: typeof of) => statementsOf(canonicalPolicy(one)).map(each => JSON.stringify(each));
  const has = new Set(texts(document));
  return texts(of).every(text => has.has(text));
}

/** The Sids of a document, for messages: which statements differ. */
export function statementNames(document: AnyPolicy | string | undefined): string {
  if (document === undefined || document === '') return '(none)';
  if (typeof document === 'string' && jsonOf(document) === undefined) return '(not JSON)';
  const names = statementsOf(document).map(one => Reflect.get(one, 'Sid') ?? '(no Sid)');
  return names.length === 0 ? '(no statements)' : names.join(', ');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Equal JSON, whatever the order of keys; lists keep their order (a subscription's filter means something by it). */
export function sameJson(a: string | undefined, b: string | undefined): boolean {
  return a === b || (!!a && !!b && jsonOf(a) !== undefined && sorted(jsonOf(a)) === sorted(jsonOf(b)));
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([x], [y]) => (x < y ? -1 : 1)))
      : one,
  );
}
