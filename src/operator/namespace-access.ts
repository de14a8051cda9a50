import type { OptaObject } from './objects.ts';

type Labels = Readonly<Record<string, string>>;

interface Selector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly { key: string; operator: string; values?: readonly string[] }[];
}

interface AllowedNamespaces {
  readonly from?: 'Selector' | 'All';
  readonly selector?: Selector;
}

export const ENVIRONMENT_LABEL = 'opta.dev/environment';

/** Why objects of this namespace may not use the environment, with the way out; undefined: they may. Pure. */
export function namespaceProblem(
  environment: OptaObject,
  namespace: string,
  labels: Labels | undefined,
): string | undefined {
  const allowed = (environment.spec.allowedNamespaces ?? {}) as AllowedNamespaces;
  if (allowed.from === 'All') return undefined;
  const { name } = environment.metadata;
  const selector = allowed.selector ?? { matchLabels: { [ENVIRONMENT_LABEL]: name } };
  const missing = unmet(selector, labels ?? {});
  if (missing === undefined) return undefined;
  return (
    `OptaEnvironment ${name} does not allow namespace ${namespace}: ${missing.why}. ` +
    `An administrator can allow it: ${missing.command?.(namespace) ?? 'by spec.allowedNamespaces of the OptaEnvironment'}`
  );
}

function unmet(
  selector: Selector,
  labels: Labels,
): { why: string; command?: (namespace: string) => string } | undefined {
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    if (labels[key] === value) continue;
    const why = `the namespace needs the label ${key}=${value}`;
    const present = labels[key];
    // A label has one value: kubectl refuses another one, and by force the namespace would leave whoever picks it by this one.
    if (present !== undefined) return { why: `${why}, and it has ${key}=${present}` };
    return { why, command: namespace => `kubectl label namespace ${namespace} ${key}=${value}` };
  }
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
    const value = labels[key];
    const met =
      operator === 'In'
        ? value !== undefined && values.includes(value)
        : operator === 'NotIn'
          ? value === undefined || !values.includes(value)
          : operator === 'Exists'
            ? value !== undefined
            : value === undefined;
    if (!met) return { why: `its label ${key} must be ${operator} ${values.join(', ')}`.trim() };
  }
  return undefined;
}
