/** A rule in the Common Expression Language (Kubernetes documentation, "CEL in Kubernetes"). */
export interface Rule {
  rule: string;
  /** A sentence that one can act on. */
  message: string;
  reason?: 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueRequired';
  fieldPath?: string;
}

/** What a schema carries besides JSON Schema's own words, as `.meta()` takes it. */
export interface Extension {
  'x-kubernetes-validations': Rule[];
  [key: string]: unknown;
}

/** Meta of a schema with cross-field rules. */
export function rules(...list: Rule[]): Extension {
  return { 'x-kubernetes-validations': list };
}

/**
 * A field of spec, by its path, that cannot change. `self == oldSelf` alone would let an optional field be taken away and
 * set anew; from absent to present is judged by the reconciler.
 */
export function immutable(field: string, message: string): Rule {
  return {
    rule: `!${present('oldSelf', field)} || (${present('self', field)} && self.${field} == oldSelf.${field})`,
    message,
    reason: 'FieldValueForbidden',
    fieldPath: `.${field}`,
  };
}

/**
 * A field of spec, by its path, that cannot be made another one. It may be left out and written again: the reconciler has on
 * record what things were made with (`kinds/fixed.ts`) and refuses another value, which then has to be taken back.
 */
export function fixed(field: string, message: string): Rule {
  return {
    rule: `!${present('oldSelf', field)} || !${present('self', field)} || self.${field} == oldSelf.${field}`,
    message,
    reason: 'FieldValueForbidden',
    fieldPath: `.${field}`,
  };
}

/** A part of spec, by its path, that is there from the beginning or never. */
export function alwaysOrNever(field: string, message: string): Rule {
  return {
    rule: `${present('self', field)} == ${present('oldSelf', field)}`,
    message,
    reason: 'FieldValueForbidden',
    fieldPath: `.${field}`,
  };
}

/** True where the field is there, with all that it is in. */
export function present(root: string, field: string): string {
  const parts = field.split('.');
  const tests = parts.map((_, at) => `has(${[root, ...parts.slice(0, at + 1)].join('.')})`);
  return tests.length === 1 ? tests.join('') : `(${tests.join(' && ')})`;
}

/** The expression's source for RE2, which needs no escape of the slash. */
function re2({ source, ignoreCase }: RegExp): string {
  return `${ignoreCase ? '(?i)' : ''}${source.replaceAll('\\/', '/')}`;
}

/** True where `subject` matches: a raw string, so that backslashes stay as they are. */
export function celMatches(subject: string, pattern: RegExp): string {
  const source = re2(pattern);
  if (source.includes("'")) throw new Error(`a pattern in CEL cannot have a single quote: ${source}`);
  return `${subject}.matches(r'${source}')`;
}
