import type { SpecOf } from '../kinds/kind.ts';
import { get } from '../kube/apply.ts';
import type { Transport } from '../kube/transport.ts';
import { type OptaObject, type Referrer, resourceOf, specOf } from './objects.ts';
import type { World } from './world.ts';

/** Kubernetes documentation, "Object Names and IDs": DNS subdomain names. No other can be asked for. */
const OBJECT_NAME = /^[a-z0-9][-a-z0-9.]{0,252}$/;

/**
 * The objects of the namespace that name this one and so may send to it. Rights are narrowed only when the other
 * object is known to be gone, or to name this one no more, by a live look: never because a watch was blank for a moment.
 */
export async function referrersOf(
  world: World,
  transport: Transport,
  object: OptaObject,
): Promise<readonly SpecOf[]> {
  const { namespace = '', name } = object.metadata;
  if (namespace === '') return [];
  const known = world
    .referrers(object.kind, namespace, name)
    .filter(other => other.spec.environment === object.spec.environment);
  const missing = (object.status?.referrers ?? []).filter(
    one => !known.some(other => other.kind === one.kind && other.metadata.name === one.name),
  );
  const live = await Promise.all(missing.map(one => stillRefers(world, transport, object, one)));
  const all = [...known, ...live.filter(one => one !== undefined)];
  return all.map(specOf).sort((a, b) => (`${a.kind} ${a.name}` < `${b.kind} ${b.name}` ? -1 : 1));
}

async function stillRefers(
  world: World,
  transport: Transport,
  object: OptaObject,
  referrer: Referrer,
): Promise<OptaObject | undefined> {
  // A status may be written by others: what it names is looked at only where an object can be.
  const kind = world.kinds.find(one => one.api.kind === referrer.kind && one.api.namespaced);
  if (kind === undefined || !OBJECT_NAME.test(referrer.name)) return undefined;
  const { namespace } = object.metadata;
  const now = await get<OptaObject>(transport, resourceOf(kind), { namespace, name: referrer.name });
  if (now === undefined || (referrer.uid !== undefined && now.metadata.uid !== referrer.uid))
    return undefined;
  if (now.spec.environment !== object.spec.environment) return undefined;
  const names = kind
    .references(now.spec)
    .some(one => one.kind === object.kind && one.name === object.metadata.name);
  return names ? now : undefined;
}

/** As the status keeps them, to notice who has gone. */
export function recordOf(referrers: readonly SpecOf[]): readonly Referrer[] {
  return referrers.map(({ kind, name, uid }) => ({ kind, name, uid }));
}
