/** Calls and resets one after the other: what was asked of the old world must not come to pass in the new one. */

export interface Turns {
  /** Carries a call out, after a reset that is under way. The signal ends when a reset begins. */
  call(work: (reset: AbortSignal) => Promise<void>): Promise<void>;
  /** Carries a reset out once the calls under way have ended; calls that come meanwhile wait for it. */
  reset(work: () => Promise<void>): Promise<void>;
}

export function createTurns(): Turns {
  const calls = new Set<Promise<void>>();
  let begun = new AbortController();
  let resetting: Promise<void> | undefined;

  async function call(work: (reset: AbortSignal) => Promise<void>): Promise<void> {
    while (resetting !== undefined) await resetting.catch(() => {});
    const carriedOut = work(begun.signal);
    calls.add(carriedOut);
    try {
      await carriedOut;
    } finally {
      calls.delete(carriedOut);
    }
  }

  async function carryOut(work: () => Promise<void>): Promise<void> {
    begun.abort();
    await Promise.allSettled(calls);
    await work();
  }

  async function reset(work: () => Promise<void>): Promise<void> {
    while (resetting !== undefined) await resetting.catch(() => {});
    resetting = carryOut(work).finally(() => {
      begun = new AbortController();
      resetting = undefined;
    });
    await resetting;
  }

  return { call, reset };
}
