import { CloudError } from './errors.ts';

/**
 * Creates of one natural key go one after the other, and an object that looked the name up before somebody else made
 * it looks again: S3 in us-east-1, SQS and SNS answer a repeated create with success on another's resource.
 */
export interface Claims {
  /** Runs `create` alone for this name; throws Busy when another object made it after `lookedAt` (ms, monotonic). */
  run<T>(name: string, uid: string, lookedAt: number, create: () => Promise<T>): Promise<T>;
}

/** Every pass that looked before the create has ended by then: none lasts longer than half an hour. */
const REMEMBERED_MS = 40 * 60_000;

export function createClaims(monotonic: () => number): Claims {
  const tails = new Map<string, Promise<unknown>>();
  const made = new Map<string, { uid: string; at: number }>();

  function forgetOld(now: number): void {
    for (const [name, one] of made) {
      if (now - one.at < REMEMBERED_MS) return;
      made.delete(name);
    }
  }

  return {
    run(name, uid, lookedAt, create) {
      const before = tails.get(name) ?? Promise.resolve();
      const mine = before
        .catch(() => undefined)
        .then(async () => {
          const other = made.get(name);
          if (other !== undefined && other.uid !== uid && other.at >= lookedAt) {
            throw new CloudError('Busy', `${name} was made by another object a moment ago; looking again`, {
              retryAfterMs: 1_000,
            });
          }
          try {
            return await create();
          } finally {
            const now = monotonic();
            made.delete(name);
            made.set(name, { uid, at: now });
            forgetOld(now);
          }
        });
      tails.set(name, mine);
      void mine
        .catch(() => undefined)
        .finally(() => {
          if (tails.get(name) === mine) tails.delete(name);
        });
      return mine;
    },
  };
}
