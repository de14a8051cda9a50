/**
 * Wildcards and policy variables.
 * Sources: IAM user guide, "IAM JSON policy elements: Resource" and "IAM policy elements: Variables and tags".
 */

export type Context = Record<string, string | string[]>;

export interface PatternScope {
  context: Context;
  /** Variables exist since 2012-10-17; before they are literal text. */
  version: string;
}

/** Looks a context key up; "key names are case-insensitive" ("Variables and tags"). */
export function contextValues(context: Context, key: string): string[] | undefined {
  const wanted = key.toLowerCase();
  for (const [name, value] of Object.entries(context)) {
    if (name.toLowerCase() === wanted) return Array.isArray(value) ? value : [value];
  }
  return undefined;
}

/** `*` and `?` match as in a Resource element; undefined where a variable has no value, which matches nothing. */
export function likePattern(pattern: string, scope: PatternScope): RegExp | undefined {
  const source = translate(pattern, scope, text =>
    text
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.'),
  );
  return source === undefined ? undefined : new RegExp(`^${source}$`, 's');
}

/** The text with its variables filled in; undefined where one has no value. */
export function fillVariables(text: string, scope: PatternScope): string | undefined {
  return translate(
    text,
    scope,
    literal => literal,
    value => value,
  );
}

/** Action names ignore case and know both wildcards ("IAM JSON policy elements: Action"). */
export function actionMatches(pattern: string, action: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'i').test(action);
}

/** What `${...}` stands for is plain text: a `*` in a tag's value is no wildcard. */
function translate(
  pattern: string,
  { context, version }: PatternScope,
  plain: (text: string) => string,
  filled: (value: string) => string = value => value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
): string | undefined {
  if (version !== '2012-10-17') return plain(pattern);
  let result = '';
  let from = 0;
  for (const found of pattern.matchAll(/\$\{([^}]+)\}/g)) {
    const value = variable(found[1] ?? '', context);
    if (value === undefined) return undefined;
    result += plain(pattern.slice(from, found.index)) + filled(value);
    from = found.index + found[0].length;
  }
  return result + plain(pattern.slice(from));
}

function variable(expression: string, context: Context): string | undefined {
  // ${*}, ${?} and ${$} are the characters themselves ("Variables and tags", special characters).
  if (expression === '*' || expression === '?' || expression === '$') return expression;
  const [name = '', fallback] = expression.split(/,\s*/, 2);
  const values = contextValues(context, name.trim());
  // A key with several values is no variable: there is nothing to choose one by.
  if (values?.length === 1 && values[0] !== undefined) return values[0];
  return fallback?.trim().replace(/^'(.*)'$/, '$1');
}
