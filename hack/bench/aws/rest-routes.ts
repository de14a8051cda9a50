/** Which operation a REST request is, from lists of `Operation METHOD /path/{label}`, one a line. */

export interface Route {
  operation: string;
  /** Path labels, decoded. */
  labels: Record<string, string>;
}

export interface Pattern {
  operation: string;
  method: string;
  path: RegExp;
  names: string[];
}

export function patternsOf(list: string): Pattern[] {
  return list
    .split('\n')
    .map(line => line.trim().split(' '))
    .filter(words => words.length === 3)
    .map(([operation = '', method = '', path = '']) => ({
      operation,
      method,
      path: new RegExp(`^${path.replace(/\{\w+\}/g, '([^/]+)')}/?$`),
      names: [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name),
    }));
}

/** Undefined where the service has no such path. */
export function routeIn(patterns: readonly Pattern[], method: string, path: string): Route | undefined {
  for (const { operation, method: wanted, path: pattern, names } of patterns) {
    if (wanted !== method) continue;
    const found = pattern.exec(path);
    if (found === null) continue;
    const labels = names.map((name, index) => [name, decodeURIComponent(found[index + 1] ?? '')]);
    return { operation, labels: Object.fromEntries(labels) };
  }
  return undefined;
}
