import { TAG_PREFIX } from '../engine/owner.ts';
import { fieldsOf, headOf, mostWeightyFirst, type Step } from '../engine/step.ts';

/** `queue.VisibilityTimeout: 30 → 45`, for conditions; most weighty first. */
export function differences(steps: readonly Step[]): string {
  return eachOnce(steps)
    .map(parts => parts.join(', '))
    .join('; ');
}

/** By step. What is done now while something else of it waits is in the step that waits as well. */
function eachOnce(steps: readonly Step[]): readonly (readonly string[])[] {
  const told = new Set<string>();
  const all = mostWeightyFirst(steps).map(step => {
    const parts = differencesOf(step).filter(part => !told.has(part));
    for (const part of parts) told.add(part);
    return parts;
  });
  return all.filter(parts => parts.length > 0);
}

/** With more fields than that nobody finds what matters, in characters. */
const LONGEST_PLAN = 600;

/**
 * All steps, with what is lost by each, and of their fields as many as there is room for; all of these are in `status.plan`. Who
 * reads only this and agrees has read the worst of it.
 */
export function foremost(steps: readonly Step[]): string {
  const all = differences(steps);
  if (all.length <= LONGEST_PLAN) return all;
  const heads = [...new Set(mostWeightyFirst(steps).map(headOf))];
  const fields = eachOnce(steps)
    .flat()
    .filter(part => !heads.includes(part));
  let length = heads.join('; ').length;
  let told = 0;
  for (; told < fields.length; told += 1) {
    length += '; '.length + (fields[told]?.length ?? 0);
    if (length > LONGEST_PLAN) break;
  }
  const rest = fields.length - told;
  const more = rest === 0 ? [] : [`and ${rest} more in status.plan`];
  return [...heads, ...fields.slice(0, told), ...more].join('; ');
}

/** One by one, for events: each has room for its own note only. What is more than an update is named first. */
export function differencesOf(step: Step): readonly string[] {
  const { node, action } = step;
  const taken = action === 'adopt' || action === 'take up';
  // That it becomes this object's is what the action says already.
  const fields = fieldsOf(step).filter(({ field }) => !taken || !field.startsWith(`tags[${TAG_PREFIX}`));
  const all = fields.map(({ field, from, to }) => `${node}.${field}: ${from} → ${to}`);
  return action === 'update' && all.length > 0 ? all : [headOf(step), ...all];
}
