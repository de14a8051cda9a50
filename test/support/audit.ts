import { controllerOf, type OptaObject } from './objects.ts';
import type { Part } from './parts/part.ts';
import type { Standing } from './snapshot.ts';

/** A thing in AWS with tags of its own. */
interface Thing {
  readonly what: string;
  /** As the inventory of its object has it. */
  readonly id: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly isGoing: boolean;
}

const RETAINED = 'opta.dev/retained';
const USED_BY = 'opta.dev/used-by/';

/**
 * What must hold whenever an operator has come to rest, told from AWS and the API server alone: nothing twice, nothing
 * that nobody owns, nothing owned that is not there, nothing half begun. Gives what does not hold, one line each.
 */
export function audit(standing: Standing): readonly string[] {
  const { objects } = standing;
  const things = thingsOf(standing);
  const living = things.filter(thing => !thing.isGoing);
  return [
    ...living.flatMap(thing => ownership(thing, objects)),
    ...twice(living),
    ...dangling(standing, things),
    ...objects.flatMap(object => inventory(object, standing, living)),
    ...configMaps(standing),
  ];
}

function thingsOf({ aws, parts }: Standing): readonly Thing[] {
  const tagged = (service: string, all: Readonly<Record<string, object>>) =>
    Object.entries(all).map(([name, one]) => ({
      what: `${service} ${name}`,
      id: name,
      tags: { ...(Reflect.get(one, 'tags') as Record<string, string>) },
      isGoing: false,
    }));
  return [
    ...tagged('queue', aws.queues),
    ...tagged('topic', aws.topics),
    ...tagged('bucket', aws.buckets),
    ...tagged('role', aws.roles),
    ...parts
      .filter(isOurs)
      .map(({ sort, id, tags }) => ({ what: `${sort} ${id}`, id, tags, isGoing: false })),
    ...Object.entries(aws.keys).map(([id, key]) => ({
      what: `key ${id}`,
      id,
      tags: key.tags,
      isGoing: key.state === 'PendingDeletion',
    })),
  ];
}

/**
 * What AWS makes beside ours has no tags of ours: the main table of a VPC, the group of a cluster. What is somebody else's and
 * used by us has a tag that says so.
 */
export function isOurs({ tags }: Part): boolean {
  return Object.keys(tags).some(tag => tag.startsWith('opta.dev/') && !tag.startsWith(USED_BY));
}

function ownership({ what, tags }: Thing, objects: readonly OptaObject[]): readonly string[] {
  const missing = ['installation', 'cluster', 'environment', 'kind', 'name', 'uid', 'node', 'epoch'].filter(
    tag => tags[`opta.dev/${tag}`] === undefined,
  );
  if (missing.length > 0) return [`${what} lacks the tags ${missing.join(', ')}`];
  if (tags[RETAINED] !== undefined) return [];
  const owner = objects.find(object => object.metadata.uid === tags['opta.dev/uid']);
  if (owner === undefined)
    return [`${what} is orphaned: its ${tags['opta.dev/kind']} ${tags['opta.dev/name']} is gone`];
  const right =
    owner.kind === tags['opta.dev/kind'] &&
    owner.metadata.name === tags['opta.dev/name'] &&
    (owner.metadata.namespace ?? undefined) === tags['opta.dev/namespace'];
  return right ? [] : [`${what} has the uid of ${owner.kind} ${owner.metadata.name} and another name`];
}

function twice(things: readonly Thing[]): readonly string[] {
  const seen = new Map<string, string>();
  return things.flatMap(({ what, tags }) => {
    if (tags[RETAINED] !== undefined) return [];
    const identity = ['kind', 'namespace', 'name', 'node'].map(tag => tags[`opta.dev/${tag}`]).join(' ');
    const other = seen.get(identity);
    seen.set(identity, what);
    return other === undefined ? [] : [`${identity} exists twice: ${other} and ${what}`];
  });
}

/** Things without tags belong with others, which must be there. */
function dangling({ aws }: Standing, things: readonly Thing[]): readonly string[] {
  const living = new Set(things.filter(thing => !thing.isGoing).map(thing => thing.id));
  const lost = Object.entries(aws.aliases)
    .filter(([, target]) => !living.has(target))
    .map(([alias, target]) => `${alias} is left for the key ${target}, which is gone or going`);
  const subscriptions = Object.entries(aws.subscriptions).flatMap(([ends, all]) => {
    const missing = ends.split(' ').filter(arn => !living.has(arn.slice(arn.lastIndexOf(':') + 1)));
    return [
      ...missing.map(arn => `a subscription is left for ${arn}, which is gone`),
      ...(Array.isArray(all) && all.length > 1 ? [`${ends} is subscribed ${all.length} times`] : []),
    ];
  });
  return [...lost, ...subscriptions];
}

/** An object's inventory names what AWS has of it, no more and no less. */
function inventory(
  object: OptaObject,
  { aws, parts, subscriptionArns }: Standing,
  living: readonly Thing[],
): readonly string[] {
  const who = `${object.kind} ${object.metadata.name}`;
  const recorded = object.status?.resources ?? [];
  const known = new Set([...living.map(thing => thing.id), ...Object.keys(aws.aliases), ...subscriptionArns]);
  const short = (id: string) =>
    known.has(id) ? id : id.slice(Math.max(id.lastIndexOf('/'), id.lastIndexOf(':')) + 1);
  const open = recorded.flatMap(entry => [
    ...(entry.pending === undefined ? [] : [`${who}: the creation of ${entry.node} is still open`]),
    ...(entry.id !== undefined && !known.has(short(entry.id)) && !isWithin(parts, entry.id)
      ? [`${who}: ${entry.node} is recorded as ${entry.id}, which AWS does not have`]
      : []),
  ]);
  const ids = new Set(recorded.flatMap(entry => (entry.id === undefined ? [] : [entry.id, short(entry.id)])));
  const mine = living.filter(
    ({ tags }) => tags['opta.dev/uid'] === object.metadata.uid && tags[RETAINED] === undefined,
  );
  const unknown = mine
    .filter(thing => !ids.has(thing.id))
    .map(({ what }) => `${who}: ${what} is not recorded`);
  const finalizers = object.metadata.finalizers ?? [];
  const unguarded = mine.length > 0 && !finalizers.includes('opta.dev/aws');
  return [...open, ...unknown, ...(unguarded ? [`${who} has resources and no finalizer`] : [])];
}

/** A part of a part has no line of its own: a route, an association, a record. Its id names what it is made of. */
function isWithin(parts: readonly Part[], id: string): boolean {
  const text = JSON.stringify(parts);
  return id.split(/[|/ ]/).every(word => text.includes(word));
}

/** Each belongs to a living object, which names it, so that Kubernetes takes it away with the object. */
function configMaps({ configMaps: all, objects }: Standing): readonly string[] {
  return all.flatMap(one => {
    const owner = objects.find(object => object.metadata.uid === controllerOf(one));
    const who = `ConfigMap ${one.metadata.name}`;
    if (owner === undefined) return [`${who} belongs to nobody`];
    const named = owner.status?.binding?.name === one.metadata.name;
    return named ? [] : [`${who} is not named by ${owner.kind} ${owner.metadata.name}`];
  });
}
