import { type Limits, PUBLISHED_LIMITS } from '../../src/aws/limits.ts';

/** The emulator has no rates, and virtual time does not pass while calls wait. */
export function unlimited(): Limits {
  return Object.fromEntries(Object.keys(PUBLISHED_LIMITS).map(operation => [operation, 100_000]));
}
