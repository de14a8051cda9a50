import type { Found } from './adaptor.ts';
import type { Entry } from './inventory.ts';
import { attemptOf } from './observe-rank.ts';

/**
 * Why it is not sure that a second one with the object's tags is of our making; undefined: it is. Somebody may have copied the
 * tags onto it. Only creates whose attempts are recorded can make a second one, and one attempt is one call, which makes one:
 * `first` is the one on record, as far as AWS shows it. Where it lost its tags and was given them again, any attempt may have
 * made it.
 */
export function doubtOfSecond(
  entry: Entry | undefined,
  first: Found | undefined,
  second: Found,
): string | undefined {
  const attempt = attemptOf(second);
  const attempts = entry?.attempts ?? 0;
  if (attempt === undefined || attempt > attempts) return 'no attempt to make it is recorded';
  const another = first === undefined ? undefined : (attemptOf(first) ?? attempt);
  const isMade = attempts < 2 || another === attempt;
  return isMade ? 'the attempt in its tags may have made another one' : undefined;
}

/** How it is told. */
export function leftAlone({ arn, id }: Found, why: string): string {
  return `${arn ?? id} is a second one; it is left alone because ${why}`;
}
