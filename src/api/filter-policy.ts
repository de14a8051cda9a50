import { z } from 'zod';

/**
 * An SNS filter policy as AWS writes it: lists of strings, numbers and matchers by field, nested for MessageBody.
 * A structural schema cannot say more than this, nor can CEL look inside; `filterPolicyProblem` says the rest.
 */
export const FilterPolicy = z.record(z.string(), z.unknown()).meta({ maxProperties: 5 });
export type FilterPolicy = z.infer<typeof FilterPolicy>;

// Amazon SNS Developer Guide, "Filter policy constraints".
const longestBytes = 256 * 1024;
const mostCombinations = 150;

/**
 * What SNS would refuse, as a sentence; undefined when nothing is known to be wrong.
 * Pure, and linear in the policy's size.
 */
export function filterPolicyProblem(
  policy: FilterPolicy,
  scope: 'MessageAttributes' | 'MessageBody' = 'MessageAttributes',
): string | undefined {
  const bytes = Buffer.byteLength(JSON.stringify(policy));
  if (bytes > longestBytes) return `it has ${bytes} bytes, and SNS takes ${longestBytes} at most`;
  let combinations = 1;
  const open: { path: string; value: unknown }[] = [{ path: '', value: policy }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const [key, value] of entriesOf(next.value)) {
      const path = next.path === '' ? key : `${next.path}.${key}`;
      if (Array.isArray(value)) {
        if (value.length === 0)
          return `${path} is an empty list, which matches nothing: give values or leave it out`;
        // Alternatives are counted apart by SNS, so they are left to it.
        if (key !== '$or') combinations *= value.length;
        continue;
      }
      if (typeof value !== 'object' || value === null) {
        return `${path} must be a list of values, such as [${JSON.stringify(value)}]`;
      }
      if (scope === 'MessageAttributes') {
        return `${path} must be a list of values: nested fields need filterPolicyScope MessageBody`;
      }
      open.push({ path, value });
    }
  }
  if (combinations <= mostCombinations) return undefined;
  return `its lists make ${combinations} combinations (their lengths multiplied), and SNS takes ${mostCombinations} at most`;
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}
