import { nameOfArn } from '../aws/arn.ts';
import type { Kind, ReferrerOf, SpecOf } from '../kinds/kind.ts';
import { get } from '../kube/apply.ts';
import type { Transport } from '../kube/transport.ts';
import { type OptaObject, type Referrer, resourceOf, specOf } from './objects.ts';
import type { World } from './world.ts';

/** Kubernetes documentation, "Object Names and IDs": DNS subdomain names. No other can be asked for. */
const OBJECT_NAME = /^[a-z0-9][-a-z0-9.]{0,252}$/;

/**
 * The objects of the namespace that name this one and so may send to it. Rights are narrowed only when the other
 * object is known to be gone, or to name this one no more and to send to it no more, by a live look: never because a watch was
 * blank for a moment, or while an unsubscription waits for somebody's yes.
 */
export async function referrersOf(
  world: World,
  transport: Transport,
  object: OptaObject,
): Promise<readonly ReferrerOf[]> {
  const { namespace = '', name } = object.metadata;
  if (namespace === '') return [];
  const known = world
    .referrers(object.kind, namespace, name)
    .filter(other => other.spec.environment === object.spec.environment);
  const recorded = (object.status?.referrers ?? []).map(one => claimantOf(world, object, one) ?? one);
  const missing = recorded.filter(
    one =>
      one.arn === undefined &&
      !known.some(other => other.kind === one.kind && other.metadata.name === one.name),
  );
  const looked = await Promise.all(missing.map(one => lookFor(world, transport, object, one)));
  const live = looked.filter(one => one !== undefined);
  const lingering = live.filter(other => !names(world.kind(other.kind), other, object));
  const all = [
    ...[...known, ...live.filter(other => !lingering.includes(other))].map(other => referrerOf(world, other)),
    ...lingering.map(other => ({ ...referrerOf(world, other), lingers: true as const })),
  ];
  return all.sort((a, b) => (`${a.kind} ${a.name}` < `${b.kind} ${b.name}` ? -1 : 1));
}

/**
 * The sources that stay let in without an object of theirs, by the record; undefined: there is none. One whose object is here by
 * now goes by that.
 */
export function unclaimedOf(world: World, object: OptaObject): readonly string[] | undefined {
  const unclaimed = object.status?.referrers?.filter(one => claimantOf(world, object, one) === undefined);
  return unclaimed?.flatMap(one => one.arn ?? []);
}

/** The object that by its own record has what is let in. */
function claimantOf(world: World, { metadata, spec }: OptaObject, { arn }: Referrer): Referrer | undefined {
  if (arn === undefined) return undefined;
  const claimant = world.inEnvironment(spec.environment ?? '').find(other => {
    const node = world.kind(other.kind).adopting?.node;
    const entries = other.status?.resources ?? [];
    return (
      other.metadata.namespace === metadata.namespace &&
      entries.some(one => one.node === node && one.arn === arn)
    );
  });
  return claimant && { kind: claimant.kind, name: claimant.metadata.name };
}

/** Whoever bears the name now: one that was made anew sends as the one before did. */
async function lookFor(
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
  if (now === undefined || now.spec.environment !== object.spec.environment) return undefined;
  return names(kind, now, object) || lingers(kind, now, object) ? now : undefined;
}

function names(kind: Kind, other: OptaObject, { kind: to, metadata }: OptaObject): boolean {
  return kind.references(other.spec).some(one => one.kind === to && one.name === metadata.name);
}

/** By its own record it has what it sends by, and not all of its spec is carried out. */
function lingers(kind: Kind, { metadata, status }: OptaObject, to: OptaObject): boolean {
  const link = kind.linkTo?.({ kind: to.kind, name: to.metadata.name });
  const isLinked = link !== undefined && status?.resources?.some(one => one.node === link) === true;
  return isLinked && status.syncedGeneration !== metadata.generation;
}

function referrerOf(world: World, object: OptaObject): ReferrerOf {
  const node = world.kind(object.kind).adopting?.node;
  const entries = object.status?.resources?.filter(one => one.node === node) ?? [];
  const names = entries.flatMap(one => one.name ?? []);
  return { ...specOf(object), ...(names.length === 0 ? {} : { names }) };
}

/** As the status keeps them, to notice who has gone. */
export function recordOf(
  referrers: readonly SpecOf[],
  unclaimed: readonly string[] = [],
): readonly Referrer[] {
  return [
    ...referrers.map(({ kind, name, uid }) => ({ kind, name, uid })),
    ...unclaimed.map(arn => ({
      kind: arn.includes(':sns:') ? 'Topic' : 'Bucket',
      name: nameOfArn(arn),
      arn,
    })),
  ];
}
