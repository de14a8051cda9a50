/** Whether SNS takes a filter policy. Source: SNS developer guide, "Amazon SNS subscription filter policies". */
import { isObject } from '../../policy/document.ts';

const keywords = new Set(
  'anything-but prefix suffix equals-ignore-case numeric exists cidr wildcard'.split(' '),
);

/** What is wrong with it; undefined for a good one. @param onBody scope MessageBody, which may nest objects */
export function filterPolicyProblem(text: string, onBody: boolean): string | undefined {
  let policy: unknown;
  try {
    policy = JSON.parse(text);
  } catch {
    return 'failed to parse JSON';
  }
  return isObject(policy) ? objectProblem(policy, onBody) : 'Filter policy must be a JSON object';
}

function objectProblem(policy: Record<string, unknown>, onBody: boolean): string | undefined {
  for (const [key, rules] of Object.entries(policy)) {
    if (key === '$or' && Array.isArray(rules)) {
      for (const member of rules) {
        const problem = isObject(member) ? objectProblem(member, onBody) : '$or must hold objects';
        if (problem) return problem;
      }
    } else if (isObject(rules)) {
      if (!onBody) return 'Filter policy scope MessageAttributes does not support nested filter policy';
      const problem = objectProblem(rules, onBody);
      if (problem) return problem;
    } else if (!Array.isArray(rules)) return `"${key}" must be an object or an array`;
    else if (rules.length === 0) return `Empty arrays are not allowed: "${key}"`;
    else if (!rules.every(isRule)) return `Unrecognized match type in "${key}"`;
  }
  return undefined;
}

function isRule(rule: unknown): boolean {
  if (!isObject(rule)) return rule === null || ['string', 'number', 'boolean'].includes(typeof rule);
  const [keyword, ...more] = Object.keys(rule);
  return keyword !== undefined && more.length === 0 && keywords.has(keyword);
}
