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

/**
 * "You can only update one minor version at a time": Amazon EKS User Guide, "AWS add-ons", of these two; down as well, in the
 * words of EKS: "can only go up or down 1 minor version at a time" (awsdocs/amazon-eks-user-guide pull request 672).
 */
const BY_MINORS: ReadonlySet<string> = new Set(['vpc-cni', 'eks-pod-identity-agent']);

/**
 * The version to ask EKS for on the way to another one: that itself, where EKS takes it at once or offers none in between.
 * Undefined while it is not known what EKS offers.
 */
export function versionTowards(
  name: string,
  of: { readonly from: string; readonly to: string; readonly offered: readonly string[] | undefined },
): string | undefined {
  const { from, to, offered } = of;
  const [major, minor] = numbersOf(from);
  const [toMajor, toMinor] = numbersOf(to);
  if (!BY_MINORS.has(name) || minor === undefined || toMinor === undefined || major !== toMajor) return to;
  if (Math.abs(toMinor - minor) <= 1) return to;
  const next = minor + Math.sign(toMinor - minor);
  if (offered === undefined) return undefined;
  const between = offered.filter(one => numbersOf(one)[0] === major && numbersOf(one)[1] === next);
  return between.toSorted(compareAddonVersions).at(-1) ?? to;
}

function numbersOf(version: string): readonly number[] {
  return (version.match(/\d+/g) ?? []).map(Number);
}
