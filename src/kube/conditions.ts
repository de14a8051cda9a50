/** One condition of a status (Kubernetes API, metav1.Condition). */
export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason: string;
  message: string;
  lastTransitionTime: string;
  observedGeneration?: number;
}

/** A condition as the operator sees it now; its time follows from the former ones. */
export type ConditionNow = Omit<Condition, 'lastTransitionTime'>;

/** Longest message (metav1.Condition, maxLength). */
const longestMessage = 32_768;

/**
 * The conditions with `current` merged in, by type and sorted by it. lastTransitionTime moves to `now` (RFC 3339) only where the
 * status is another; what is not in `current` stays. Where nothing differs the result is equal to `former`.
 */
export function mergeConditions(
  former: readonly Condition[],
  current: readonly ConditionNow[],
  now: string,
): Condition[] {
  const merged = new Map(former.map(condition => [condition.type, condition]));
  for (const condition of current) {
    const before = merged.get(condition.type);
    const lastTransitionTime = before?.status === condition.status ? before.lastTransitionTime : now;
    merged.set(condition.type, { ...condition, message: capped(condition.message), lastTransitionTime });
  }
  return [...merged.values()].sort((a, b) => (a.type < b.type ? -1 : a.type > b.type ? 1 : 0));
}

/** The condition of a type. */
export function findCondition<T extends { type: string }>(
  conditions: readonly T[] | undefined,
  type: string,
): T | undefined {
  return conditions?.find(condition => condition.type === type);
}

/** A message as it stands in a status. */
export function capped(message: string): string {
  if (message.length <= longestMessage) return message;
  const cut = message.slice(0, longestMessage - 1);
  // Never half of a character outside the basic plane.
  return `${/[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}
