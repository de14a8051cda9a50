/**
 * Kubernetes versions on EKS, as data. What is not in the table is looked up at run time (`catalog.ts`), never guessed;
 * default versions of add-ons change weekly and are always looked up.
 */

export interface KubernetesVersion {
  readonly version: string;
  /** Days, UTC. */
  readonly released: string;
  readonly standardSupportEnds: string;
  readonly extendedSupportEnds: string;
}

/**
 * Amazon EKS User Guide, "Understand the Kubernetes version lifecycle on EKS", release calendar: 1.30 to 1.34 from its
 * source (awsdocs/amazon-eks-user-guide, kubernetes-versions.adoc, of October 2025), 1.35 and 1.36 from the copy of the
 * same table that endoflife.date keeps (products/amazon-eks.md, of August 2026).
 */
export const KUBERNETES_VERSIONS: readonly KubernetesVersion[] = [
  version('1.30', '2024-05-23', '2025-07-23', '2026-07-23'),
  version('1.31', '2024-09-26', '2025-11-26', '2026-11-26'),
  version('1.32', '2025-01-23', '2026-03-23', '2027-03-23'),
  version('1.33', '2025-05-29', '2026-07-29', '2027-07-29'),
  version('1.34', '2025-10-02', '2026-12-02', '2027-12-02'),
  version('1.35', '2026-01-27', '2027-03-27', '2028-03-27'),
  version('1.36', '2026-06-02', '2027-08-02', '2028-08-02'),
];

function version(
  name: string,
  released: string,
  standardSupportEnds: string,
  extendedSupportEnds: string,
): KubernetesVersion {
  return { version: name, released, standardSupportEnds, extendedSupportEnds };
}

export type Support = 'Standard' | 'Extended' | 'Ended';

/** `now` in ms since 1970. Billing for extended support starts with the day that the table names. */
export function supportAt(of: KubernetesVersion, now: number): Support {
  if (now < Date.parse(of.standardSupportEnds)) return 'Standard';
  return now < Date.parse(of.extendedSupportEnds) ? 'Extended' : 'Ended';
}

/** Undefined: the table does not know it. */
export function kubernetesVersion(name: string): KubernetesVersion | undefined {
  return KUBERNETES_VERSIONS.find(one => one.version === name);
}

/** The newest but one in standard support; undefined when the table is too old to name one. */
export function defaultVersion(now: number): string | undefined {
  const supported = KUBERNETES_VERSIONS.filter(
    one => supportAt(one, now) === 'Standard' && Date.parse(one.released) <= now,
  );
  return (supported.at(-2) ?? supported.at(-1))?.version;
}

/** 33 of `1.33`; undefined for what is no version. */
export function minorOf(name: string): number | undefined {
  const minor = /^1\.(\d+)$/.exec(name)?.[1];
  return minor === undefined ? undefined : Number(minor);
}

/** Negative where `a` is the older one. Versions that cannot be read are equal: nothing is decided on them. */
export function compareVersions(a: string, b: string): number {
  const [first, second] = [minorOf(a), minorOf(b)];
  return first === undefined || second === undefined ? 0 : first - second;
}

/**
 * The version to ask for next on the way from one to another: EKS takes one minor at a time, and this operator never
 * goes down. Equal to `from` where there is no way.
 */
export function nextVersion(from: string, to: string): string {
  const [at, target] = [minorOf(from), minorOf(to)];
  return at === undefined || target === undefined || target <= at ? from : `1.${at + 1}`;
}
