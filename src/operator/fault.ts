import { ApiError } from '../kube/errors.ts';

/**
 * An error that no retry of the same mends by itself: a fault of ours, or the API server's refusal of what we ask. Broken
 * connections, lost leases and everything of AWS are none: those have their own words.
 */
export function isFault(error: unknown): boolean {
  if (error instanceof ApiError) return REFUSED.has(error.status);
  if (FAULTS.some(one => error instanceof one)) return true;
  // Node's system errors are plain errors with a code: a connection broke.
  return error instanceof Error && error.constructor === Error && !('code' in error);
}

const REFUSED: ReadonlySet<number> = new Set([400, 403, 404, 405, 413, 422]);
const FAULTS = [TypeError, RangeError, ReferenceError, SyntaxError] as const;
