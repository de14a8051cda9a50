import { isOfRequest } from '../engine/error-class.ts';
import { CloudError, havingWritten } from '../engine/errors.ts';
import { inOne } from '../engine/errors-in-one.ts';

/** AWS judged who calls and what is called for, not whether the caller is who it says. */
const MAY_NOT = /AccessDenied|UnauthorizedOperation|AuthorizationError|NotAuthorized/;

/**
 * Writes one part after the other. What is refused for what it asks holds up none of the others, or a right could not be
 * taken back because of a mistake elsewhere in the spec; when all are tried it is thrown, all of them in one. An error that
 * says nothing of the part (nobody answers, too many calls, wrong credentials) ends the work at once.
 */
export async function partByPart<T>(
  parts: Iterable<T>,
  fieldOf: (part: T) => string,
  write: (part: T) => Promise<unknown>,
): Promise<void> {
  const refused: CloudError[] = [];
  const written: string[] = [];
  for (const part of parts) {
    try {
      await write(part);
      written.push(fieldOf(part));
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
      if (!isOfPart(error)) throw havingWritten(error, written);
      refused.push(error);
    }
  }
  const told = inOne(refused);
  if (told !== undefined) throw havingWritten(told, written);
}

/** What AWS says of what was asked for, and would not say of something else. */
export function isOfPart(error: unknown): error is CloudError {
  if (!(error instanceof CloudError) || !isOfRequest(error)) return false;
  return error.class !== 'Denied' || MAY_NOT.test(error.code);
}
