/** Versions that EKS offers: of Kubernetes, of add-ons, of node images. */
import {
  compareVersions,
  KUBERNETES_VERSIONS,
  minorOf,
  supportAt,
} from '../../../../src/aws/eks/versions.ts';
import { calendarDay, type EksCall, type Handler } from './call.ts';
import { flag, type Json, text, texts } from './input.ts';
import { page } from './pages.ts';
import type { EksSettings } from './settings.ts';
import { seconds } from './state.ts';

const STATUS = { Standard: 'STANDARD_SUPPORT', Extended: 'EXTENDED_SUPPORT', Ended: 'UNSUPPORTED' } as const;

/**
 * Newest first. Source: Amazon EKS User Guide, "Understand the Kubernetes version lifecycle on EKS": after the end of
 * extended support "you can no longer create new Amazon EKS clusters with the unsupported version".
 */
function releasedVersions(now: number): { version: string; status: string; wire: Json }[] {
  const released = KUBERNETES_VERSIONS.filter(one => Date.parse(one.released) <= now).toReversed();
  const standard = released.filter(one => supportAt(one, now) === 'Standard');
  return released.map(one => {
    const support = supportAt(one, now);
    return {
      version: one.version,
      status: STATUS[support],
      wire: {
        clusterVersion: one.version,
        clusterType: 'eks',
        defaultPlatformVersion: 'eks.9',
        // "The default version might not be the latest version available": CreateCluster.
        defaultVersion: one === (standard[1] ?? standard[0] ?? released[0]),
        releaseDate: seconds(Date.parse(one.released)),
        endOfStandardSupportDate: seconds(Date.parse(one.standardSupportEnds)),
        endOfExtendedSupportDate: seconds(Date.parse(one.extendedSupportEnds)),
        status: STATUS[support].toLowerCase().replace('_', '-'),
        versionStatus: STATUS[support],
        kubernetesPatchVersion: `${one.version}.4`,
      },
    };
  });
}

export function isOffered(call: EksCall, version: string): boolean {
  return releasedVersions(calendarDay(call)).some(
    one => one.version === version && one.status !== 'UNSUPPORTED',
  );
}

export function defaultOffer(call: EksCall): string {
  const all = releasedVersions(calendarDay(call));
  return (all.find(one => one.wire.defaultVersion === true) ?? all[0])?.version ?? '';
}

export function isInExtendedSupport(call: EksCall, version: string): boolean {
  return releasedVersions(calendarDay(call)).some(
    one => one.version === version && one.status === 'EXTENDED_SUPPORT',
  );
}

const describeClusterVersions: Handler = call => {
  const { input } = call;
  const wanted = texts(input, 'clusterVersions');
  const status = text(input, 'versionStatus');
  const shown = releasedVersions(calendarDay(call)).filter(one => {
    if (wanted !== undefined && !wanted.includes(one.version)) return false;
    if (status !== undefined && status !== one.status) return false;
    if (flag(input, 'defaultOnly') === true && one.wire.defaultVersion !== true) return false;
    return flag(input, 'includeAll') === true || one.status !== 'UNSUPPORTED';
  });
  return page(
    input,
    'clusterVersions',
    shown.map(one => one.wire),
  );
};

/**
 * Images of nodes by date, oldest first: `1.34.2-20261101`, `1.47.0-6154605b` of Bottlerocket. Source: Amazon EKS User Guide, "Retrieve Amazon Linux AMI
 * version information" for the form; the dates are the bench's own.
 */
export function imageReleases(version: string, amiType: string, { newImages = 0 }: EksSettings): string[] {
  const later = Array.from({ length: newImages }, (_, index) => index + 1);
  if (amiType.startsWith('BOTTLEROCKET'))
    return ['1.46.0-0a1b2c3d', '1.47.0-6154605b', ...later.map(one => `1.${47 + one}.0-7265716c`)];
  const days = later.map(one => `${version}.4-202612${String(one).padStart(2, '0')}`);
  return [`${version}.2-20260801`, `${version}.4-20261101`, ...days];
}

interface AddonOffer {
  /** Needs nodes to run on before it is ACTIVE: a Deployment, not a DaemonSet. */
  deployment: boolean;
  namespace: string;
  /** Whether another minor version than the next or the one before is refused. */
  byMinors: boolean;
  /** Oldest first. `from` and `to` are minors that it serves. */
  versions: { version: string; from: number; to: number; isDefault: boolean }[];
}

/**
 * Names and forms are AWS's ("Available Amazon EKS add-ons from AWS"); the numbers are the bench's own. "You can only update
 * one minor version at a time" there of the VPC CNI and of the Pod Identity Agent.
 */
function offers(): Map<string, AddonOffer> {
  const minors = KUBERNETES_VERSIONS.map(one => minorOf(one.version) ?? 0);
  const offer = (deployment: boolean, versions: AddonOffer['versions'], byMinors = false): AddonOffer => ({
    deployment,
    namespace: 'kube-system',
    byMinors,
    versions,
  });
  const two = (old: string, current: string) => [
    { version: old, from: 30, to: 34, isDefault: false },
    { version: current, from: 30, to: 99, isDefault: true },
  ];
  return new Map([
    [
      'vpc-cni',
      offer(
        false,
        two('v1.19.6-eksbuild.1', 'v1.21.1-eksbuild.3').toSpliced(1, 0, {
          version: 'v1.20.4-eksbuild.2',
          from: 30,
          to: 99,
          isDefault: false,
        }),
        true,
      ),
    ],
    // One minor of Kubernetes each: never ahead of the control plane.
    [
      'kube-proxy',
      offer(
        false,
        minors.flatMap(minor => [
          { version: `v1.${minor}.2-eksbuild.1`, from: minor, to: minor + 3, isDefault: false },
          { version: `v1.${minor}.4-eksbuild.2`, from: minor, to: minor + 3, isDefault: true },
        ]),
      ),
    ],
    [
      'coredns',
      offer(true, [
        { version: 'v1.11.4-eksbuild.2', from: 30, to: 33, isDefault: true },
        { version: 'v1.12.4-eksbuild.1', from: 32, to: 99, isDefault: true },
      ]),
    ],
    ['eks-pod-identity-agent', offer(false, two('v1.3.5-eksbuild.2', 'v1.3.10-eksbuild.1'), true)],
    ['aws-ebs-csi-driver', offer(true, two('v1.48.0-eksbuild.1', 'v1.55.0-eksbuild.1'))],
    ['metrics-server', offer(true, two('v0.7.2-eksbuild.4', 'v0.8.0-eksbuild.6'))],
  ]);
}

const OFFERS = offers();

export function addonOffer(name: string): AddonOffer | undefined {
  return OFFERS.get(name);
}

/** Versions of an add-on for a cluster's version, newest first, as DescribeAddonVersions lists them. */
export function addonVersions(name: string, kubernetes: string): { version: string; isDefault: boolean }[] {
  const minor = minorOf(kubernetes) ?? 0;
  const fitting = (OFFERS.get(name)?.versions ?? [])
    .filter(({ from, to }) => from <= minor && minor <= to)
    .toReversed();
  const best = fitting.find(one => one.isDefault) ?? fitting[0];
  return fitting.map(one => ({ version: one.version, isDefault: one === best }));
}

function addonWire(name: string, offer: AddonOffer, kubernetes: string | undefined): Json | undefined {
  const asked = kubernetes === undefined ? KUBERNETES_VERSIONS.map(one => one.version) : [kubernetes];
  const fits = (version: string, cluster: string) =>
    addonVersions(name, cluster).find(one => one.version === version);
  const versions = offer.versions.toReversed().flatMap(({ version }) => {
    const compatibilities = asked
      .toSorted(compareVersions)
      .toReversed()
      .flatMap(cluster => {
        const fit = fits(version, cluster);
        return fit === undefined
          ? []
          : [{ clusterVersion: cluster, platformVersions: ['*'], defaultVersion: fit.isDefault }];
      });
    if (compatibilities.length === 0) return [];
    return [
      { addonVersion: version, architecture: ['amd64', 'arm64'], computeTypes: ['ec2'], compatibilities },
    ];
  });
  if (versions.length === 0) return undefined;
  return {
    addonName: name,
    type: 'networking',
    addonVersions: versions,
    publisher: 'eks',
    owner: 'aws',
    defaultNamespace: offer.namespace,
  };
}

const describeAddonVersions: Handler = ({ input }: EksCall) => {
  const name = text(input, 'addonName');
  const chosen = [...OFFERS].filter(([one]) => name === undefined || one === name);
  const addons = chosen
    .map(([one, offer]) => addonWire(one, offer, text(input, 'kubernetesVersion')))
    .filter(one => one !== undefined);
  return page(input, 'addons', addons);
};

export const catalogueHandlers: Record<string, Handler> = {
  DescribeClusterVersions: describeClusterVersions,
  DescribeAddonVersions: describeAddonVersions,
};
