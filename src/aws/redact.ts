/**
 * Credentials may come back in words of AWS (an error that quotes the request) or of what hands them out. Whoever obtains
 * some tells them here, and every text from outside goes through `redacted` before it becomes an error.
 */
const hidden = new Set<string>();

/** Credentials change every hour: what is this far back is no longer valid anywhere. */
const MOST = 256;
/** IAM User Guide: access key ids have 16 characters at least. A shorter text would hide words that mean something. */
const SHORTEST = 16;

export function hide(values: readonly (string | undefined)[]): void {
  for (const value of values) {
    if (value === undefined || value.length < SHORTEST) continue;
    for (const form of [value, encodeURIComponent(value)]) {
      hidden.delete(form);
      hidden.add(form);
    }
  }
  for (const oldest of hidden) {
    if (hidden.size <= MOST) return;
    hidden.delete(oldest);
  }
}

export function redacted(text: string): string {
  let result = text;
  for (const value of hidden) result = result.replaceAll(value, '(hidden)');
  return result;
}
