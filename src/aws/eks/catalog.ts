import {
  type ClusterVersionInformation,
  DescribeAddonVersionsCommand,
  DescribeClusterVersionsCommand,
  type EKSClient,
} from '@aws-sdk/client-eks';
import type { Clock } from '../../engine/clock.ts';
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
}

/** What EKS offers, asked of AWS and kept: it changes by the week. */
export interface EksCatalog {
  addon(kubernetesVersion: string, addonName: string): Promise<AddonOffer>;
  /** Undefined: AWS does not know the version. */
  version(kubernetesVersion: string): Promise<VersionSupport | undefined>;
  /** Those that a cluster can have, oldest first. */
  versions(): Promise<readonly string[]>;
}

const KEPT_MS = 60 * 60_000;

interface Kept {
  readonly at: number;
  readonly value: Promise<unknown>;
}

export function createEksCatalog(eks: EKSClient, clock: Clock): EksCatalog {
  const kept = new Map<string, Kept>();

  function keep<T>(key: string, ask: () => Promise<T>): Promise<T> {
    const known = kept.get(key);
    if (known !== undefined && clock.monotonic() - known.at < KEPT_MS) return known.value as Promise<T>;
    const value = ask();
    kept.set(key, { at: clock.monotonic(), value });
    value.catch(() => {
      if (kept.get(key)?.value === value) kept.delete(key);
    });
    return value;
  }

  async function askAddon(kubernetesVersion: string, addonName: string): Promise<AddonOffer> {
    const versions: string[] = [];
    let preferred: string | undefined;
    let nextToken: string | undefined;
    do {
      const page = await eks.send(
        new DescribeAddonVersionsCommand({ kubernetesVersion, addonName, nextToken }),
      );
      for (const { addonVersion, compatibilities } of page.addons?.flatMap(one => one.addonVersions ?? []) ??
        []) {
        const fit = compatibilities?.find(one => one.clusterVersion === kubernetesVersion);
        if (addonVersion === undefined || fit === undefined) continue;
        versions.push(addonVersion);
        if (fit.defaultVersion === true) preferred = addonVersion;
      }
      nextToken = page.nextToken || undefined;
    } while (nextToken !== undefined);
    return { default: preferred, versions };
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
    version: kubernetesVersion => keep(`version ${kubernetesVersion}`, () => askVersion(kubernetesVersion)),
    versions: () => keep('versions', askVersions),
  };
}

function supportOf(of: ClusterVersionInformation): VersionSupport {
  return {
    standardSupportEnds: of.endOfStandardSupportDate?.toISOString(),
    extendedSupportEnds: of.endOfExtendedSupportDate?.toISOString(),
  };
}
