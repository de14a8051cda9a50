import { z } from 'zod';

/**
 * An SNS filter policy as AWS writes it: lists of strings, numbers and matchers by field, nested for MessageBody.
 * A structural schema cannot say more than this, nor can CEL look inside; `filterPolicyProblem` says the rest.
 */
export const FilterPolicy = z.record(z.string(), z.unknown()).meta({ maxProperties: 5 });
export type FilterPolicy = z.infer<typeof FilterPolicy>;

// Amazon SNS Developer Guide, "Filter policy constraints"; of a nested policy: "multiplying the number of nested keys with the
// values in each array".
const longestBytes = 256 * 1024;
const mostCombinations = 150;
/** Ours: no message is built so, and what walks a value level by level has an end. */
const deepest = 100;

/**
 * What SNS would refuse, as a sentence; undefined when nothing is known to be wrong.
 * Pure, and linear in the policy's size.
 */
export function filterPolicyProblem(
  policy: FilterPolicy,
  scope: 'MessageAttributes' | 'MessageBody' = 'MessageAttributes',
): string | undefined {
  let combinations = 1;
  const open: { path: string; value: unknown; level: number }[] = [{ path: '', value: policy, level: 1 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const [key, value] of entriesOf(next.value)) {
      const path = next.path === '' ? key : `${next.path}.${key}`;
      if (Array.isArray(value)) {
        if (value.length === 0)
          return `${path} is an empty list, which matches nothing: give values or leave it out`;
        // Alternatives are counted apart by SNS, so they are left to it.
        if (key !== '$or') combinations *= value.length * next.level;
        if (isDeep(value)) return `${path} is nested more than ${deepest} levels deep`;
        continue;
      }
      if (typeof value !== 'object' || value === null) {
        return `${path} must be a list of values, such as [${JSON.stringify(value)}]`;
      }
      if (scope === 'MessageAttributes') {
        return `${path} must be a list of values: nested fields need filterPolicyScope MessageBody`;
      }
      if (next.level === deepest) return `${path} is nested more than ${deepest} levels deep`;
      open.push({ path, value, level: next.level + 1 });
    }
  }
  if (combinations > mostCombinations)
    return `its lists make ${combinations} combinations (their lengths multiplied, each by how deep it is nested), and SNS takes ${mostCombinations} at most`;
  const bytes = Buffer.byteLength(JSON.stringify(policy));
  return bytes > longestBytes ? `it has ${bytes} bytes, and SNS takes ${longestBytes} at most` : undefined;
}

/** Matchers hold lists, and alternatives hold policies: nobody needs many of them in each other. */
function isDeep(value: unknown): boolean {
  const open: { value: unknown; level: number }[] = [{ value, level: 1 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next.value !== 'object' || next.value === null) continue;
    if (next.level > deepest) return true;
    for (const inner of Object.values(next.value)) open.push({ value: inner, level: next.level + 1 });
  }
  return false;
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}
