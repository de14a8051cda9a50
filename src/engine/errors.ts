import type { ErrorClass } from './error-class.ts';

export interface Blocker {
  /** The thing that holds up, with its id: `12 objects`, `network interface eni-0b…`. */
  readonly resource: string;
  readonly reason: string;
}

/** AWS's lists come in any order: the same blockers read the same, or every pass would write and announce them anew. */
export function inOrder(blockers: readonly Blocker[]): readonly Blocker[] {
  return blockers.toSorted((a, b) => compareText(a.resource, b.resource) || compareText(a.reason, b.reason));
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** A failure of the cloud in words for a condition. Never holds a response body or a secret value. */
export class CloudError extends Error {
  readonly class: ErrorClass;
  readonly code: string;
  readonly retryAfterMs: number | undefined;
  readonly blockers: readonly Blocker[];
  /** AWS answered and said no, whatever the class makes of it: nothing was done. */
  readonly refused: boolean;
  /** A create was refused because its token has made something before, which may be there still or be gone. */
  readonly tokenUsed: boolean;
  /** Of a write in parts that failed: the fields that were written all the same. Undefined: that is not told. */
  readonly written: readonly string[] | undefined;

  constructor(
    errorClass: ErrorClass,
    message: string,
    options: {
      code?: string;
      retryAfterMs?: number | undefined;
      blockers?: readonly Blocker[];
      refused?: boolean;
      tokenUsed?: boolean;
      written?: readonly string[] | undefined;
      cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CloudError';
    this.class = errorClass;
    this.code = options.code ?? errorClass;
    this.retryAfterMs = options.retryAfterMs;
    this.blockers = options.blockers ?? [];
    const { cause } = options;
    this.refused = options.refused ?? (cause instanceof CloudError && cause.refused);
    this.tokenUsed = options.tokenUsed ?? (cause instanceof CloudError && cause.tokenUsed);
    this.written = options.written ?? (cause instanceof CloudError ? cause.written : undefined);
  }
}

/** The same of a write in parts, of which these were written. */
export function havingWritten(error: CloudError, written: readonly string[]): CloudError {
  return new CloudError(error.class, error.message, { ...error, written, cause: error });
}

/** The pass was computed from an object that has changed meanwhile: drop it, the change wakes the next one. */
export class StaleObject extends Error {
  constructor(message = 'the object changed while it was being reconciled') {
    super(message);
    this.name = 'StaleObject';
  }
}

/** Every failure as a CloudError; what is no CloudError is a bug or a broken connection, and is retried. */
export function asCloudError(error: unknown): CloudError {
  if (error instanceof CloudError) return error;
  return new CloudError('Unknown', error instanceof Error ? error.message : String(error), { cause: error });
}
