import { ApiError, isUndeclared } from '../kube/errors.ts';
import { messageOf } from '../kube/log.ts';

/**
 * An error that no retry of the same mends by itself: a fault of ours, or the API server's refusal of what we ask. Broken
 * connections, lost leases and everything of AWS are none: those have their own words.
 */
export function isFault(error: unknown): boolean {
  if (error instanceof ApiError) return REFUSED.has(error.status) || isUndeclared(error);
  if (FAULTS.some(one => error instanceof one)) return true;
  // Node's system errors are plain errors with a code: a connection broke.
  return error instanceof Error && error.constructor === Error && !('code' in error);
}

/** A fault for a person who reads the status: what is to be done, where that is known. */
export function faultMessage(error: unknown): string {
  const said = messageOf(error);
  return isUndeclared(error)
    ? `${OLDER_CRD}; ${said}`
    : `the operator failed on this object and tries again: ${said}`;
}

/** A newer operator is started before its custom resource definitions are there. */
const OLDER_CRD =
  'the custom resource definition in the cluster is older than the operator: kubectl apply --server-side -f crds/';

const REFUSED: ReadonlySet<number> = new Set([400, 403, 404, 405, 413, 422]);
const FAULTS = [TypeError, RangeError, ReferenceError, SyntaxError] as const;
