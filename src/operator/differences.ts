import { TAG_PREFIX } from '../engine/owner.ts';
import { fieldsOf, mostWeightyFirst, type Step } from '../engine/step.ts';

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

/** Who reads only that a node is to be removed thinks that there will be none. */
function whichOne({ found }: Step): string {
  return `(${found?.name ?? found?.id}: another takes its place)`;
}

/** So much leaves room in an event for how to approve it, in characters. */
const LONGEST_PLAN = 600;

/** What an event has room for; all of it is in `status.plan`. */
export function foremost(steps: readonly Step[]): string {
  const all = differences(steps);
  if (all.length <= LONGEST_PLAN) return all;
  const parts = eachOnce(steps).flat();
  let told = 0;
  for (let length = 0; told < parts.length; told += 1) {
    length += (parts[told]?.length ?? 0) + '; '.length;
    if (length > LONGEST_PLAN && told > 0) break;
  }
  const rest = parts.length - told;
  return `${parts.slice(0, told).join('; ')}${rest === 0 ? '' : `; and ${rest} more in status.plan`}`;
}

/** One by one, for events: each has room for its own note only. What is more than an update is named first. */
export function differencesOf(step: Step): readonly string[] {
  const { node, action } = step;
  const taken = action === 'adopt' || action === 'take up';
  // That it becomes this object's is what the action says already.
  const fields = fieldsOf(step).filter(({ field }) => !taken || !field.startsWith(`tags[${TAG_PREFIX}`));
  const all = fields.map(({ field, from, to }) => `${node}.${field}: ${from} → ${to}`);
  const loss = step.loss === undefined ? '' : ` (${step.loss})`;
  const what = step.replaced === true ? `${node} ${whichOne(step)}` : node;
  return action === 'update' && all.length > 0 ? all : [`${action} ${what}${loss}`, ...all];
}
