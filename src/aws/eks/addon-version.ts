/** Negative where `a` is the older one: `v1.21.1-eksbuild.3`. By their numbers in turn; without any, nothing is decided on them. */
export function compareAddonVersions(a: string, b: string): number {
  const [first, second] = [numbersOf(a), numbersOf(b)];
  if (first.length === 0 || second.length === 0) return 0;
  for (let at = 0; at < Math.max(first.length, second.length); at++) {
    const difference = (first[at] ?? 0) - (second[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function numbersOf(version: string): readonly number[] {
  return (version.match(/\d+/g) ?? []).map(Number);
}
