import type { Found } from '../engine/adaptor.ts';
import { CloudError } from '../engine/errors.ts';

/**
 * What a create gives that finds its name taken (`code`): ours of a lost answer, perhaps with other values, or somebody
 * else's; its tags tell. Every other error passes.
 */
export async function orExisting<S>(
  error: unknown,
  code: string,
  what: string,
  find: () => Promise<readonly Found<S>[]>,
): Promise<Found<S>> {
  if (!(error instanceof CloudError) || error.code !== code) throw error;
  const [existing] = await find();
  if (existing !== undefined) return existing;
  throw new CloudError('NotYet', `${what} exists and AWS does not show it yet`, { cause: error });
}

/** A write to what is known to be there: NotFound means that AWS does not show it everywhere yet. */
export function onceVisible<T>(what: string, call: Promise<T>): Promise<T> {
  return notYetFor(call, `AWS does not show ${what} everywhere yet`);
}

/** The same in other words. */
export async function notYetFor<T>(call: Promise<T>, why: string): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof CloudError) || error.class !== 'NotFound') throw error;
    throw new CloudError('NotYet', `${why}: ${error.message}`, {
      code: error.code,
      retryAfterMs: 5_000,
      cause: error,
    });
  }
}
