import type { AddonDesired, AddonState } from './addon-state.ts';
import type { AddonOffer, EksCatalog } from './catalog.ts';
import { nextVersion } from './versions.ts';

/** What EKS lists for one that has this version: what goes with the cluster's, and from which minor on the pinned one does. */
export async function addonOffer(
  catalog: EksCatalog,
  name: string,
  version: string,
  kubernetesVersion: string,
  pin: AddonDesired['pin'],
): Promise<Pick<AddonState, 'offer' | 'goesWith' | 'pinnedFor'>> {
  const offer = await catalog.addon(kubernetesVersion, name);
  const known = offer.versions.includes(version)
    ? { offer }
    : fitting(offer, version, kubernetesVersion, await catalog.goesWith(name, version));
  if (pin === undefined || offer.versions.includes(pin.version)) return known;
  let minor = kubernetesVersion;
  for (;;) {
    const next = nextVersion(minor, pin.upTo);
    if (next === minor) return { ...known, pinnedFor: '' };
    minor = next;
    if ((await catalog.addon(minor, name)).versions.includes(pin.version))
      return { ...known, pinnedFor: minor };
  }
}

/** The two answers are kept from different times: a new version may be in the one and not in the other. */
function fitting(
  offer: AddonOffer,
  version: string,
  kubernetesVersion: string,
  goesWith: readonly string[],
): Pick<AddonState, 'offer' | 'goesWith'> {
  if (!goesWith.includes(kubernetesVersion)) return { offer, goesWith };
  return { offer: { ...offer, versions: [version, ...offer.versions] } };
}
