import { nameOfArn } from '../aws/arn.ts';
import type { Kind, KindInput, ReferrerOf, SpecOf } from '../kinds/kind.ts';
import { get, listIfServed } from '../kube/apply.ts';
import type { Transport } from '../kube/transport.ts';
import { type OptaObject, type Referrer, resourceOf, specOf } from './objects.ts';
import type { World } from './world.ts';

/** Kubernetes documentation, "Object Names and IDs": DNS subdomain names. No other can be asked for. */
const OBJECT_NAME = /^[a-z0-9][-a-z0-9.]{0,252}$/;

/** A record may be long, by whoever wrote it: that many are asked for one by one, and more by one list of each kind. */
const MOST_ASKED = 20;

/** Who may send to an object. */
export type Senders = Pick<KindInput<unknown>, 'referrers' | 'unclaimed'>;

/** By one view of the watches. */
export async function sendersOf(world: World, transport: Transport, object: OptaObject): Promise<Senders> {
  const claimants = claimantsIn(world, object);
  const unclaimed = unclaimedOf(object, claimants);
  const referrers = await referrersOf(world, transport, object, claimants);
  return unclaimed === undefined ? { referrers } : { referrers, unclaimed };
}

/**
 * The objects of the namespace that name this one and so may send to it. Rights are narrowed only when the other
 * object is known to be gone, or to name this one no more and to send to it no more, by a live look: never because a watch was
 * blank for a moment, or while an unsubscription waits for somebody's yes.
 */
async function referrersOf(
  world: World,
  transport: Transport,
  object: OptaObject,
  claimants: Claimants,
): Promise<readonly ReferrerOf[]> {
  const { namespace = '', name } = object.metadata;
  if (namespace === '') return [];
  const known = world
    .referrers(object.kind, namespace, name)
    .filter(other => other.spec.environment === object.spec.environment);
  const here = new Set(known.map(other => `${other.kind} ${other.metadata.name}`));
  const recorded = (object.status?.referrers ?? []).map(one => claimants.get(one.arn) ?? one);
  const missing = recorded.filter(one => one.arn === undefined && !here.has(`${one.kind} ${one.name}`));
  const looked = await lookFor(world, transport, object, missing);
  const live = looked.filter(one => mayRefer(world, one, object));
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
function unclaimedOf({ status }: OptaObject, claimants: Claimants): readonly string[] | undefined {
  const unclaimed = status?.referrers?.filter(one => !claimants.has(one.arn));
  return unclaimed?.flatMap(one => one.arn ?? []);
}

/** By ARN of what is let in, the object that by its own record has it. */
type Claimants = ReadonlyMap<string | undefined, Referrer>;

function claimantsIn(world: World, { metadata, spec, status }: OptaObject): Claimants {
  const claimants = new Map<string | undefined, Referrer>();
  if (status?.referrers?.some(one => one.arn !== undefined) !== true) return claimants;
  for (const other of world.inEnvironment(spec.environment ?? '')) {
    if (other.metadata.namespace !== metadata.namespace) continue;
    const node = world.kind(other.kind).adopting?.node;
    for (const entry of other.status?.resources ?? []) {
      if (entry.node !== node || entry.arn === undefined || claimants.has(entry.arn)) continue;
      claimants.set(entry.arn, { kind: other.kind, name: other.metadata.name });
    }
  }
  return claimants;
}

/** Whoever bears the names now: one that was made anew sends as the one before did. */
async function lookFor(
  world: World,
  transport: Transport,
  { metadata: { namespace = '' } }: OptaObject,
  referrers: readonly Referrer[],
): Promise<readonly OptaObject[]> {
  const looks = world.kinds.flatMap(kind => {
    const names = referrers.filter(one => one.kind === kind.api.kind).map(one => one.name);
    // A status may be written by others: what it names is looked at only where an object can be.
    const possible = new Set(kind.api.namespaced ? names.filter(name => OBJECT_NAME.test(name)) : []);
    const resource = resourceOf(kind);
    if (possible.size > MOST_ASKED) {
      const all = listIfServed<OptaObject>(transport, resource, { namespace });
      return [all.then(objects => objects.filter(one => possible.has(one.metadata.name)))];
    }
    return [...possible].map(async name => {
      const now = await get<OptaObject>(transport, resource, { namespace, name });
      return now === undefined ? [] : [now];
    });
  });
  return (await Promise.all(looks)).flat();
}

function mayRefer(world: World, other: OptaObject, object: OptaObject): boolean {
  if (other.spec.environment !== object.spec.environment) return false;
  const kind = world.kind(other.kind);
  return names(kind, other, object) || lingers(kind, other, object);
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
