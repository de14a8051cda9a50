/**
 * Credentials may come back in words of AWS (an error that quotes the request) or of what hands them out. Whoever obtains
 * some tells them here, and every text from outside goes through `redacted` before it becomes an error.
 */
const hidden = new Set<string>();

/** IAM User Guide: access key ids have 16 characters at least. A shorter text would hide words that mean something. */
const SHORTEST = 16;

/**
 * For one who obtains credentials again and again. What it tells is hidden until it has told others twice: calls that were
 * signed with those before may be under way.
 */
export function hiding(): (values: readonly (string | undefined)[]) => void {
  let previous: readonly string[] = [];
  let current: readonly string[] = [];
  return values => {
    const told = values.flatMap(formsOf);
    if (told.join() === current.join()) return;
    for (const form of previous) hidden.delete(form);
    previous = current;
    current = told;
    for (const form of [...previous, ...current]) hidden.add(form);
  };
}

function formsOf(value: string | undefined): readonly string[] {
  return value === undefined || value.length < SHORTEST ? [] : [value, encodeURIComponent(value)];
}

export function redacted(text: string): string {
  let result = text;
  for (const value of hidden) result = result.replaceAll(value, '(hidden)');
  return result;
}
