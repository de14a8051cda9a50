import { CloudError } from '../engine/errors.ts';
import type { Patience } from './patience.ts';

/** How a service refuses what names something that was made a moment ago and that it does not see yet. */
export interface Unseen {
  readonly is: (error: CloudError) => boolean;
  /** For people, as long as it is waited for. */
  readonly hint: string;
  /** For people, when it did not come: what is missing. */
  readonly missing: string;
  readonly retryAfterMs: number;
  /** The service says the same of what never comes: how long it is waited for, from the first refusal. */
  readonly patienceMs: number;
}

/** What a refusal is known by: its text, and its code where there is one of its own. */
export function refusing(says: RegExp, code?: string): Unseen['is'] {
  return error => says.test(error.message) && (code === undefined || error.code === code);
}

/**
 * Such a refusal passes by itself: it is "not yet". What has not come after a while is named, and asked for as seldom as all
 * that is refused. `what`: the write, so that another one is waited for anew.
 */
export async function onceSeen<T>(
  { patience }: { readonly patience: Patience },
  what: string,
  call: Promise<T>,
  { is, hint, missing, retryAfterMs, patienceMs }: Unseen,
): Promise<T> {
  try {
    const answer = await call;
    patience.done(what);
    return answer;
  } catch (error) {
    if (!(error instanceof CloudError) || !is(error)) throw error;
    const of = { code: error.code, cause: error };
    if (patience.lasts(what, patienceMs))
      throw new CloudError('NotYet', `${error.message} (${hint})`, { ...of, retryAfterMs });
    throw new CloudError('Invalid', `${error.message}: ${missing}`, of);
  }
}
