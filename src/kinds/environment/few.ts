const NAMED_AT_MOST = 5;

/** For a condition, which has no room for all of many. */
export function few(all: readonly string[]): string {
  const more = all.length > NAMED_AT_MOST ? `; and ${all.length - NAMED_AT_MOST} more` : '';
  return `${all.slice(0, NAMED_AT_MOST).join('; ')}${more}`;
}
