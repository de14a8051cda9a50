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

export function policyOf(statements: readonly Statement[]): PolicyDocument {
  return { Version: '2012-10-17', Statement: statements };
}

/**
 * AWS may give a document back with other spacing, order, and one-element lists as single values (IAM User Guide,
 * "Grammar of the IAM JSON policy language"). Equal text here means equal meaning; other texts are compared as they are.
 */
export function canonicalPolicy(document: PolicyDocument | string | undefined): string {
  if (document === undefined || document === '') return '';
  if (typeof document !== 'string') return JSON.stringify(canonical(document));
  try {
    return JSON.stringify(canonical(JSON.parse(document)));
  } catch {
    return document;
  }
}

export function samePolicy(
  a: PolicyDocument | string | undefined,
  b: PolicyDocument | string | undefined,
): boolean {
  return canonicalPolicy(a) === canonicalPolicy(b);
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) {
    if (value.length === 1) return canonical(value[0]);
    return value.map(canonical).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(entries.map(([key, one]) => [key, canonical(one)]));
  }
  return value;
}

/** The Sids of a document, for messages: which statements differ. */
export function statementNames(document: PolicyDocument | string | undefined): string {
  if (document === undefined || document === '') return '(none)';
  try {
    const parsed: unknown = typeof document === 'string' ? JSON.parse(document) : document;
    const statements = [(parsed as { Statement?: unknown }).Statement ?? []].flat();
    return statements.map(one => (one as { Sid?: string }).Sid ?? '(no Sid)').join(', ');
  } catch {
    return '(not JSON)';
  }
}
