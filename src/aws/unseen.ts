import { CloudError } from '../engine/errors.ts';

/** How a service refuses what names something that was made a moment ago and that it does not see yet. */
export interface Unseen {
  /** Absent: the text alone tells. */
  readonly code?: string;
  readonly says: RegExp;
  /** For people, who may have named what is missing. */
  readonly hint: string;
  readonly retryAfterMs: number;
}

/** Such a refusal passes by itself: it is "not yet", never the spec's fault. Undefined for any other error. */
export function unseenYet(
  error: unknown,
  { code, says, hint, retryAfterMs }: Unseen,
): CloudError | undefined {
  if (!(error instanceof CloudError) || !says.test(error.message)) return undefined;
  if (code !== undefined && error.code !== code) return undefined;
  return new CloudError('NotYet', `${error.message} (${hint})`, {
    code: error.code,
    retryAfterMs,
    cause: error,
  });
}

export async function onceSeen<T>(call: Promise<T>, unseen: Unseen): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw unseenYet(error, unseen) ?? error;
  }
}
