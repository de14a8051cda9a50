/** What a Status of the API server may add (Kubernetes API, StatusDetails). */
export interface ApiErrorDetails {
  name?: string;
  group?: string;
  kind?: string;
  causes?: { reason?: string; message?: string; field?: string }[];
  retryAfterSeconds?: number;
}

interface ApiErrorFields {
  status: number;
  reason: string;
  message: string;
  path?: string | undefined;
  details?: ApiErrorDetails | undefined;
  retryAfterSeconds?: number | undefined;
}

/** The API server answered, and said no. `reason` is a word of metav1.StatusReason, or '' when it gave none. */
export class ApiError extends Error {
  readonly status: number;
  readonly reason: string;
  /** What was asked for, where that is known. */
  readonly path: string | undefined;
  readonly details: ApiErrorDetails | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(fields: ApiErrorFields) {
    super(fields.message);
    this.name = 'ApiError';
    this.status = fields.status;
    this.reason = fields.reason;
    this.path = fields.path;
    this.details = fields.details;
    this.retryAfterSeconds = fields.retryAfterSeconds;
  }
}

/** The API server did not answer in time: what was asked may have been done or not. */
export class TimeoutError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TimeoutError';
  }
}

/** The answer is longer than any that is read; who asked for many objects may ask for fewer. */
export class AnswerTooLongError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AnswerTooLongError';
  }
}

function isApiError(error: unknown, status: number, reason?: string): boolean {
  return (
    error instanceof ApiError && error.status === status && (reason === undefined || error.reason === reason)
  );
}

/** The object, or the resource type itself, is not there. */
export function isNotFound(error: unknown): boolean {
  return isApiError(error, 404);
}

/** By the API server's own word. A proxy in between answers with 404 as well, and says nothing of the object. */
export function isSurelyNotFound(error: unknown): boolean {
  return isApiError(error, 404, 'NotFound');
}

/**
 * What was asked was surely not done. Of a write that was answered with 5xx or 408 nothing is known: the API server, its
 * storage or a load balancer waited no longer, and it may be stored all the same.
 */
export function isRefusal(error: unknown): boolean {
  return error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 408;
}

/** Somebody wrote in between, or the uid is another. AlreadyExists is 409 too and is not meant. */
export function isConflict(error: unknown): boolean {
  return isApiError(error, 409) && !isAlreadyExists(error);
}

export function isAlreadyExists(error: unknown): boolean {
  return isApiError(error, 409, 'AlreadyExists');
}

/** The resourceVersion or continue token is too old: list again. */
export function isGone(error: unknown): boolean {
  return isApiError(error, 410);
}

export function isUnauthorized(error: unknown): boolean {
  return isApiError(error, 401);
}

export function isForbidden(error: unknown): boolean {
  return isApiError(error, 403);
}

/**
 * Nothing new is taken in a namespace that is being deleted, and what is there goes with it (apiserver, admission plugin
 * NamespaceLifecycle; core/v1, NamespaceTerminatingCause).
 */
export function isNamespaceEnding(error: unknown): boolean {
  const causes = error instanceof ApiError ? (error.details?.causes ?? []) : [];
  return isForbidden(error) && causes.some(cause => cause.reason === 'NamespaceTerminating');
}

/**
 * A server-side apply names a field that the custom resource definition does not have. It comes as an internal error, though no
 * retry mends it (structured-merge-diff, typed/validate.go: "field not declared in schema").
 */
export function isUndeclared(error: unknown): boolean {
  return error instanceof ApiError && error.message.includes('field not declared in schema');
}

/**
 * The server has not yet seen the resourceVersion that was asked for. It lags behind, or its storage is another one
 * (apimachinery, StatusReasonTimeout with cause ResourceVersionTooLarge; older servers say it in the message only).
 */
export function isTooLargeResourceVersion(error: unknown): boolean {
  if (!(error instanceof ApiError) || error.reason !== 'Timeout') return false;
  const causes = error.details?.causes ?? [];
  return (
    causes.some(cause => cause.reason === 'ResourceVersionTooLarge') ||
    error.message.includes('Too large resource version')
  );
}

const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** The code of a network error of Node, or ''. */
export function networkCodeOf(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return '';
  return networkCodes.has(error.code) ? error.code : '';
}

/** What asks for more is not the API server but something between, whose word holds up nothing for long. */
const longestRetryAfterMs = 60_000;

/** How long the server wants to be left alone, in ms; 0 where it does not say. */
export function retryAfterMsOf(error: unknown): number {
  const seconds = error instanceof ApiError ? (error.retryAfterSeconds ?? 0) : 0;
  return Math.min(Math.max(0, seconds) * 1_000, longestRetryAfterMs);
}

/** Worth trying again without any change: the network, a restarting or overloaded server. */
export function isTransient(error: unknown): boolean {
  if (error instanceof TimeoutError || networkCodeOf(error) !== '') return true;
  return error instanceof ApiError && (error.status >= 500 || error.status === 429);
}
