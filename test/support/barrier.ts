import type { AwsCall, CallHooks } from '../../src/aws/client.ts';

/** Holds answers back until so many of them are there: all have looked before any of them goes on. */
export interface Barrier {
  readonly around: NonNullable<CallHooks['around']>;
  /** How many answers it has let go. */
  readonly passed: number;
}

/** For the first `count` calls that `holds` picks; later ones pass. */
export function createBarrier(count: number, holds: (call: AwsCall) => boolean): Barrier {
  const open = Promise.withResolvers<void>();
  let arrived = 0;
  return {
    get passed() {
      return arrived;
    },
    async around(call, send) {
      const held = arrived < count && holds(call);
      try {
        return await send();
      } finally {
        if (held) {
          arrived += 1;
          if (arrived >= count) open.resolve();
          await open.promise;
        }
      }
    },
  };
}
