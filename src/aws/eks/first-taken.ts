import { CloudError } from '../../engine/errors.ts';

const REFUSALS: readonly string[] = ['Invalid', 'Denied', 'Quota', 'Conflict', 'Blocked'];

/**
 * EKS makes one update at a time: the first of these that it takes. What it refuses, or could not do a short while ago, holds up
 * none of the others, and is told once nothing else is left to ask for.
 */
export async function firstTaken<S, T>(
  steps: readonly S[],
  take: (step: S) => Promise<T>,
): Promise<T | undefined> {
  let refused: unknown;
  for (const step of steps) {
    try {
      return await take(step);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      refused ??= error;
    }
  }
  if (refused !== undefined) throw refused;
  return undefined;
}

/** Amazon EKS API Reference, InvalidRequestException: "The request is invalid given the state of the cluster"; another may not be. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof CloudError)) return false;
  return REFUSALS.includes(error.class) || ['UpdateFailed', 'InvalidRequestException'].includes(error.code);
}
