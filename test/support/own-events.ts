import type { Cluster, Told } from './cluster.ts';
import { KIND_NAMES } from './manifests.ts';

/** Events about our objects: the control plane has some of its own to tell. */
export async function ownEvents(cluster: Pick<Cluster, 'events'>): Promise<readonly Told[]> {
  const events = await cluster.events();
  return events.filter(({ about }) => KIND_NAMES.some(kind => about.startsWith(`${kind} `)));
}
