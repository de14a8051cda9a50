import { STALLING } from '../engine/error-class.ts';
import { CloudError } from '../engine/errors.ts';

/** AWS judged who calls and what is called for, not whether the caller is who it says. */
const MAY_NOT = /AccessDenied|UnauthorizedOperation|AuthorizationError|NotAuthorized/;

/**
 * Writes one part after the other. What is refused for what it asks holds up none of the others, or a right could not be
 * taken back because of a mistake elsewhere in the spec; when all are tried it is thrown, all of them in one. An error that
 * says nothing of the part (nobody answers, too many calls, wrong credentials) ends the work at once.
 */
export async function partByPart<T>(parts: Iterable<T>, write: (part: T) => Promise<unknown>): Promise<void> {
  const refused: CloudError[] = [];
  for (const part of parts) {
    try {
      await write(part);
    } catch (error) {
      if (!isOfPart(error)) throw error;
      refused.push(error);
    }
  }
  const told = inOne(refused);
  if (told !== undefined) throw told;
}

/** What AWS says of what was asked for, and would not say of something else. */
export function isOfPart(error: unknown): error is CloudError {
  if (!(error instanceof CloudError)) return false;
  switch (error.class) {
    case 'Invalid':
    case 'Conflict':
    case 'Quota':
    case 'Blocked':
    case 'Busy':
    case 'NotYet':
      return true;
    case 'Denied':
      return MAY_NOT.test(error.code);
    case 'Unknown':
      return error.refused;
    default:
      return false;
  }
}

/** What a part that passes by itself is given where AWS names no time and another part keeps the whole from backing off. */
const AGAIN_MS = 5_000;

/** What a person has to do something about is told first; what passes by itself says when to try again. */
function inOne(errors: readonly CloudError[]): CloudError | undefined {
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
