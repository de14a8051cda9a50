import { PASSING } from '../../engine/error-class.ts';
import { CloudError } from '../../engine/errors.ts';

/**
 * EKS makes one update at a time: the first of these that it takes. What it refuses, or could not do a short while ago, holds up
 * none of the others, and is told once nothing else is left to ask for. But what comes `last` is not begun while something before it stays as
 * it is.
 */
export async function firstTaken<S, T>(
  steps: readonly S[],
  take: (step: S) => Promise<T>,
  last: (step: S) => boolean = () => false,
): Promise<T | undefined> {
  let refused: unknown;
  for (const step of steps) {
    if (refused !== undefined && last(step)) continue;
    try {
      return await take(step);
    } catch (error) {
      if (!holdsUpNoOther(error)) throw error;
      refused ??= error;
    }
  }
  if (refused !== undefined) throw refused;
  return undefined;
}

/** Amazon EKS API Reference, InvalidRequestException: "The request is invalid given the state of the cluster"; another may not be. */
export function holdsUpNoOther(error: unknown): error is CloudError {
  if (!(error instanceof CloudError)) return false;
  return !PASSING.has(error.class) || ['UpdateFailed', 'InvalidRequestException'].includes(error.code);
}
