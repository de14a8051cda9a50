import { STALLING } from './error-class.ts';
import { CloudError } from './errors.ts';

/** What a part that passes by itself is given where AWS names no time and another keeps the whole from backing off. */
const AGAIN_MS = 5_000;

/** What a person has to do something about is told first; what passes by itself says when to try again. */
export function inOne(errors: readonly CloudError[]): CloudError | undefined {
  const first = errors.find(one => STALLING.has(one.class)) ?? errors[0];
  if (first === undefined || errors.length === 1) return first;
  const others = errors.filter(one => one !== first);
  const retryAfterMs = soonest(errors);
  return new CloudError(first.class, [first, ...others].map(one => one.message).join('; '), {
    code: first.code,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    blockers: errors.flatMap(one => one.blockers),
    refused: true,
    cause: first,
  });
}

/** Where nobody has to do anything, and none names a time, it backs off as one alone does. */
function soonest(errors: readonly CloudError[]): number | undefined {
  const isStalling = errors.some(one => STALLING.has(one.class));
  const times = errors.flatMap(one => one.retryAfterMs ?? (isStalling && passes(one) ? AGAIN_MS : []));
  return times.length === 0 ? undefined : Math.min(...times);
}

function passes(error: CloudError): boolean {
  return error.class === 'Busy' || error.class === 'NotYet';
}
