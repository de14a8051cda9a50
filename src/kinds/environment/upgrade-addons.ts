import type { AddonState } from '../../aws/eks/addon-state.ts';
import { compareAddonVersions, versionTowards } from '../../aws/eks/addon-version.ts';
import type { AddonOffer } from '../../aws/eks/catalog.ts';
import { compareVersions } from '../../aws/eks/versions.ts';

/** What the versions of add-ons are decided on. */
export interface AddonsView {
  /** By name; undefined: not there. */
  readonly addons: Readonly<Record<string, AddonState | undefined>>;
  /** Versions that the spec names. */
  readonly pinned: Readonly<Record<string, string | undefined>>;
}

export type AddonVersions = Readonly<Record<string, string | undefined>>;

/**
 * Those that were not seen to when the control plane was raised, whatever the nodes are by now: a node group that was made anew
 * in the middle of an upgrade has the new version at once. Only where that is certain, since nobody may have asked for an
 * upgrade: EKS has their version, an older one than the default, for earlier minors alone, or it is that of Kubernetes itself.
 * A version that EKS does not list says nothing: EKS takes old ones off, and a new one may not be in our list yet.
 */
export function laggingAddons({ addons, pinned }: AddonsView, plane: string): readonly string[] {
  return Object.keys(addons).filter(name => {
    const addon = addons[name];
    const preferred = addon?.offer?.default;
    if (addon === undefined || preferred === undefined || pinned[name] !== undefined) return false;
    if (name === 'kube-proxy') return isOlderKubernetes(addon.version, preferred, plane);
    return isOfEarlierMinors(addon, plane) && compareAddonVersions(addon.version, preferred) < 0;
  });
}

function isOfEarlierMinors({ goesWith = [] }: AddonState, plane: string): boolean {
  return goesWith.length > 0 && goesWith.every(minor => compareVersions(minor, plane) < 0);
}

/** Versions of kube-proxy are those of Kubernetes: `v1.34.4-eksbuild.2`. */
function isOlderKubernetes(version: string, preferred: string, plane: string): boolean {
  const ofKubernetes = (name: string) => /^v(1\.\d+)\./.exec(name)?.[1] ?? '';
  return ofKubernetes(preferred) === plane && compareVersions(ofKubernetes(version), plane) < 0;
}

/**
 * As they are; of those to be raised the default of the control plane's version, undefined until that is known. What the spec
 * names goes before both, once a minor on the way has it. What EKS raises by one minor version at a time is asked for the next
 * one, which differs from what is there until all is reached.
 */
export function wantedAddons(
  { addons, pinned }: AddonsView,
  of: { readonly upgrading: boolean; raises(name: string): boolean },
): AddonVersions {
  return Object.fromEntries(
    Object.entries(addons).map(([name, addon]) => {
      const pin = pinned[name];
      if (pin !== undefined && !(of.upgrading && isLater(addon, pin)))
        return [name, onTheWay(name, addon, pin)];
      return [name, of.raises(name) ? onTheWay(name, addon, raised(addon)) : addon?.version];
    }),
  );
}

function onTheWay(name: string, addon: AddonState | undefined, to: string | undefined): string | undefined {
  if (addon === undefined || to === undefined) return to;
  const { version: from, offer } = addon;
  // Nothing is begun towards what EKS does not have.
  if (offer !== undefined && !offer.versions.includes(to)) return to;
  return versionTowards(name, { from, to, offered: offer?.versions });
}

/** Not lowered, since somebody may have taken a newer one that goes with this minor too, unless EKS has it for other minors alone. */
function raised(addon: AddonState | undefined): string | undefined {
  if (addon?.offer === undefined) return undefined;
  const { version, offer, goesWith = [] } = addon;
  if (offer.default === undefined) return offer.versions.includes(version) ? version : undefined;
  return compareAddonVersions(version, offer.default) >= 0 && goesWith.length === 0 ? version : offer.default;
}

/** A minor after this one brings the version, or may: that is not known before this minor's are. */
function isLater(addon: AddonState | undefined, pin: string): boolean {
  if (addon === undefined || addon.version === pin) return false;
  if (addon.offer === undefined) return true;
  return !addon.offer.versions.includes(pin) && (addon.pinnedFor ?? '') !== '';
}

const NAMED_AT_MOST = 5;

/** EKS names no default of some add-ons for some versions: the choice is a person's. */
export function withoutDefault({ addons, pinned }: AddonsView, plane: string): readonly string[] {
  return Object.entries(addons).flatMap(([name, addon]) => {
    if (pinned[name] !== undefined || addon?.offer === undefined || raised(addon) !== undefined) return [];
    const offered = someOf(addon.offer);
    const ways = [
      ...(offered === '' ? [] : [`name one that EKS offers (${offered})`]),
      'where nothing needs it, set its mode to Disabled',
    ].join(', or ');
    return [
      `add-on ${name} has no default version for Kubernetes ${plane}: in spec.kubernetes.addons ${ways}`,
    ];
  });
}

/** What the spec names, and EKS has for no minor from here to the end: the last step would fail, after all others. */
export function unfitPins({ addons, pinned }: AddonsView, plane: string, target: string): readonly string[] {
  return Object.entries(addons).flatMap(([name, addon]) => {
    const pin = pinned[name];
    if (pin === undefined || addon?.offer === undefined || addon.version === pin) return [];
    if (addon.offer.versions.includes(pin) || isLater(addon, pin)) return [];
    const offered = someOf(addon.offer);
    const has = offered === '' ? '' : ` (for ${plane} it has ${offered})`;
    const minors = compareVersions(target, plane) > 0 ? `${plane} to ${target}` : plane;
    return [
      `add-on ${name}, of which EKS has no version ${pin} for Kubernetes ${minors}${has}: in spec.kubernetes.addons name another version, or none, which takes the default`,
    ];
  });
}

function someOf({ versions }: AddonOffer): string {
  return versions.slice(0, NAMED_AT_MOST).join(', ');
}
