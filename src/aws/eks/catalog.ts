import {
  type AddonVersionInfo,
  type ClusterVersionInformation,
  DescribeAddonVersionsCommand,
  type DescribeAddonVersionsCommandInput,
  DescribeClusterVersionsCommand,
  type EKSClient,
} from '@aws-sdk/client-eks';
import type { Clock } from '../../engine/clock.ts';
import { createExpiringMap } from '../expiring-map.ts';
import type { ReadParameter } from '../ssm/parameter.ts';
import { compareVersions } from './versions.ts';

/** Versions of an add-on that go with a version of Kubernetes, newest first. */
export interface AddonOffer {
  readonly default: string | undefined;
  readonly versions: readonly string[];
}

export interface VersionSupport {
  /** RFC 3339. */
  readonly standardSupportEnds: string | undefined;
  readonly extendedSupportEnds: string | undefined;
  /** True once standard support has ended. */
  readonly isExtended: boolean;
}

/** What EKS offers, asked of AWS and kept: it changes by the week. */
export interface EksCatalog {
  addon(kubernetesVersion: string, addonName: string): Promise<AddonOffer>;
  /** Versions of Kubernetes that a version of an add-on goes with, by one answer for all of them; none where EKS does not list it. */
  goesWith(addonName: string, version: string): Promise<readonly string[]>;
  /** Undefined: AWS does not know the version. */
  version(kubernetesVersion: string): Promise<VersionSupport | undefined>;
  /** Those that a cluster can have, oldest first. */
  versions(): Promise<readonly string[]>;
  /** The release of an image that AWS recommends for nodes of this version; undefined: none. */
  image(kubernetesVersion: string, amiType: string): Promise<string | undefined>;
}

const KEPT_MS = 60 * 60_000;

/**
 * Public parameters of AWS. Amazon EKS User Guide, "Retrieve recommended Amazon Linux AMI IDs" and "Retrieve recommended
 * Bottlerocket AMI IDs"; the members beside `image_id` are those that node groups name their image by.
 */
const IMAGE_PARAMETERS: Readonly<Record<string, (version: string) => string>> = {
  AL2023_x86_64_STANDARD: version =>
    `/aws/service/eks/optimized-ami/${version}/amazon-linux-2023/x86_64/standard/recommended/release_version`,
  AL2023_ARM_64_STANDARD: version =>
    `/aws/service/eks/optimized-ami/${version}/amazon-linux-2023/arm64/standard/recommended/release_version`,
  BOTTLEROCKET_x86_64: version => `/aws/service/bottlerocket/aws-k8s-${version}/x86_64/latest/image_version`,
  BOTTLEROCKET_ARM_64: version => `/aws/service/bottlerocket/aws-k8s-${version}/arm64/latest/image_version`,
};

export function createEksCatalog(eks: EKSClient, parameter: ReadParameter, clock: Clock): EksCatalog {
  const kept = createExpiringMap<Promise<unknown>>(clock, KEPT_MS);

  function keep<T>(key: string, ask: () => Promise<T>): Promise<T> {
    const known = kept.get(key);
    if (known !== undefined) return known as Promise<T>;
    const value = ask();
    kept.set(key, value);
    value.catch(() => {
      if (kept.get(key) === value) kept.delete(key);
    });
    return value;
  }

  async function askAddon(kubernetesVersion: string, addonName: string): Promise<AddonOffer> {
    const versions: string[] = [];
    let preferred: string | undefined;
    for (const { addonVersion, compatibilities } of await listed({ kubernetesVersion, addonName })) {
      const fit = compatibilities?.find(one => one.clusterVersion === kubernetesVersion);
      if (addonVersion === undefined || fit === undefined) continue;
      versions.push(addonVersion);
      if (fit.defaultVersion === true) preferred = addonVersion;
    }
    return { default: preferred, versions };
  }

  async function askMinors(addonName: string): Promise<ReadonlyMap<string, readonly string[]>> {
    const found = (await listed({ addonName })).map(({ addonVersion = '', compatibilities = [] }) => {
      return [addonVersion, compatibilities.flatMap(one => one.clusterVersion ?? [])] as const;
    });
    return new Map(found);
  }

  async function listed(of: DescribeAddonVersionsCommandInput): Promise<readonly AddonVersionInfo[]> {
    const found: AddonVersionInfo[] = [];
    let nextToken: string | undefined;
    do {
      const page = await eks.send(new DescribeAddonVersionsCommand({ ...of, nextToken }));
      found.push(...(page.addons ?? []).flatMap(one => one.addonVersions ?? []));
      nextToken = page.nextToken || undefined;
    } while (nextToken !== undefined);
    return found;
  }

  async function askVersion(kubernetesVersion: string): Promise<VersionSupport | undefined> {
    const page = await eks.send(
      new DescribeClusterVersionsCommand({ clusterVersions: [kubernetesVersion], includeAll: true }),
    );
    const found = page.clusterVersions?.find(one => one.clusterVersion === kubernetesVersion);
    return found && supportOf(found);
  }

  async function askVersions(): Promise<readonly string[]> {
    const found: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await eks.send(new DescribeClusterVersionsCommand({ nextToken }));
      found.push(...(page.clusterVersions ?? []).flatMap(one => one.clusterVersion ?? []));
      nextToken = page.nextToken || undefined;
    } while (nextToken !== undefined);
    return [...new Set(found)].sort(compareVersions);
  }

  return {
    addon: (kubernetesVersion, addonName) =>
      keep(`addon ${kubernetesVersion} ${addonName}`, () => askAddon(kubernetesVersion, addonName)),
    async goesWith(addonName, version) {
      const minors = await keep(`minors ${addonName}`, () => askMinors(addonName));
      return minors.get(version) ?? [];
    },
    version: kubernetesVersion => keep(`version ${kubernetesVersion}`, () => askVersion(kubernetesVersion)),
    versions: () => keep('versions', askVersions),
    async image(kubernetesVersion, amiType) {
      const name = IMAGE_PARAMETERS[amiType]?.(kubernetesVersion);
      return name === undefined ? undefined : keep(name, () => parameter(name));
    },
  };
}

function supportOf(of: ClusterVersionInformation): VersionSupport {
  return {
    standardSupportEnds: of.endOfStandardSupportDate?.toISOString(),
    extendedSupportEnds: of.endOfExtendedSupportDate?.toISOString(),
    isExtended: of.versionStatus === 'EXTENDED_SUPPORT',
  };
}
