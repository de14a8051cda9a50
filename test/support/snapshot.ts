import type { OptaObject } from '../../src/operator/objects.ts';
import type { ConfigMap } from '../../src/operator/world.ts';
import type { AwsState, KeyView } from './aws-view.ts';
import type { Part } from './parts/part.ts';
import type { TestWorld } from './world.ts';

/** AWS and Kubernetes as they stand. */
export interface Standing {
  readonly aws: AwsState;
  /** Of networks, clusters and domains. */
  readonly parts: readonly Part[];
  readonly subscriptionArns: readonly string[];
  readonly objects: readonly OptaObject[];
  readonly configMaps: readonly ConfigMap[];
}

export async function standing(world: TestWorld): Promise<Standing> {
  const services = writtenTo(world);
  const [aws, parts, subscriptionArns, objects, all] = await Promise.all([
    world.aws.state(services),
    world.aws.parts(services),
    services.has('sns') ? world.aws.subscriptionArns() : [],
    world.objects(world.cluster.news.kinds()),
    world.configMaps(),
  ]);
  // Those of owners that are gone are Kubernetes' to collect, in its own time.
  const uids = new Set(objects.map(object => object.metadata.uid));
  const configMaps = all.filter(one =>
    (one.metadata.ownerReferences ?? []).every(owner => uids.has(owner.uid)),
  );
  return { aws, parts, subscriptionArns, objects, configMaps };
}

/** Nothing can be there of other services: a world begins with an empty AWS. */
function writtenTo({ bench }: TestWorld): ReadonlySet<string> {
  return new Set(bench.gateway.journal.filter(one => one.mutating).map(one => one.service));
}

/**
 * What stands, in words that two runs of one story share: ids that AWS makes, uids and times are named by what they
 * belong to, and how many attempts there were is left out.
 */
export function told(of: Standing): string {
  const { aws, parts, objects, configMaps } = of;
  const text = {
    aws: { ...aws, keys: Object.entries(aws.keys).map(([id, key]) => ({ id, ...key })), parts },
    objects: objects.map(objectTold),
    configMaps: configMaps.map(({ metadata, data }) => {
      const { name, labels, ownerReferences } = metadata;
      return { name, labels, ownerReferences, data };
    }),
  };
  return JSON.stringify(ordered(masked(text, namesOf(of))), null, 1);
}

/** What AWS has of one object, and what its users read of it, a line each, in the same words. What is on its way out is left out. */
export function toldOf(of: Standing, { kind, name }: { kind: string; name: string }): readonly string[] {
  const mine = (tags: unknown) =>
    Reflect.get(Object(tags), 'opta.dev/kind') === kind &&
    Reflect.get(Object(tags), 'opta.dev/name') === name;
  const { queues, topics, buckets, roles, keys, aliases, subscriptions } = of.aws;
  const tagged = (all: Readonly<Record<string, object>>) =>
    Object.entries(all).filter(([, one]) => mine(Reflect.get(one, 'tags')));
  const ownTopics = tagged(topics);
  const things = [
    ...tagged(queues),
    ...ownTopics,
    ...tagged(buckets),
    ...tagged(roles),
    ...of.parts.filter(part => mine(part.tags)),
    ...Object.entries(keys).filter(([, key]) => mine(key.tags) && key.state !== 'PendingDeletion'),
    ...Object.entries(aliases).filter(([, target]) => mine(keys[target]?.tags)),
    ...Object.entries(subscriptions).filter(([ends]) =>
      ownTopics.some(([topic]) => ends.split(' ')[0]?.endsWith(`:${topic}`)),
    ),
    ...of.configMaps
      .filter(({ metadata }) => metadata.ownerReferences?.some(one => one.kind === kind && one.name === name))
      .map(({ metadata, data }) => ({ configMap: metadata.name, data })),
  ];
  const names = namesOf(of);
  return things.map(thing => JSON.stringify(ordered(masked(thing, names)))).sort();
}

function objectTold(object: OptaObject): object {
  const { status = {}, metadata } = object;
  const { plan, conditions = [], resources = [], ...outputs } = status;
  return {
    kind: object.kind,
    name: metadata.name,
    finalizers: metadata.finalizers ?? [],
    deleting: metadata.deletionTimestamp !== undefined,
    generation: metadata.generation,
    outputs,
    plan: plan === undefined ? undefined : { risk: plan.risk, steps: plan.steps, approved: plan.approval },
    conditions: conditions.map(({ lastTransitionTime: _, ...rest }) => rest),
    resources: resources.map(({ createdAt: _c, attempts: _a, ...entry }) => entry),
  };
}

function namesOf({ aws, parts, objects }: Standing): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { kind, metadata } of objects) names.set(metadata.uid, `uid(${kind} ${metadata.name})`);
  for (const [id, key] of Object.entries(aws.keys)) names.set(id, keyName(key));
  for (const part of parts) for (const id of chosenByAws(part)) names.set(id, partName(part));
  for (const object of objects) {
    const hash = object.status?.plan?.hash;
    if (hash !== undefined) names.set(hash, 'plan-hash');
  }
  // One may begin with another: 198.51.100.2 and 198.51.100.20.
  return new Map([...names].sort(([a], [b]) => b.length - a.length));
}

/** Ids and addresses of a part that differ from run to run. */
function chosenByAws({ id, of }: Part): readonly string[] {
  const { PublicIp } = Object(of) as { PublicIp?: string };
  return [id, PublicIp ?? ''].filter(one =>
    /^[a-z]+-[0-9a-f]+$|^[0-9.]+$|^Z[0-9A-Z]+$|[0-9a-f]{8}-/.test(one),
  );
}

function partName({ sort, tags }: Part): string {
  const tag = (name: string) => tags[`opta.dev/${name}`] ?? '-';
  return `${sort}(${['kind', 'namespace', 'name', 'node', 'epoch'].map(tag).join(' ')})`;
}

function keyName({ tags, state }: KeyView): string {
  const tag = (name: string) => tags[`opta.dev/${name}`] ?? '-';
  const where = ['kind', 'namespace', 'name', 'node', 'epoch'].map(tag).join(' ');
  return `key(${where}${state === 'PendingDeletion' ? ' going' : ''})`;
}

const UNTOLD = new Set(['opta.dev/attempt']);

/** Masked before it is sorted, or the order would be that of the ids. */
function masked(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return maskedText(value, names);
  if (Array.isArray(value)) return value.map(one => masked(one, names));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !UNTOLD.has(key))
      .map(([key, one]) => [maskedText(key, names), masked(one, names)]),
  );
}

function maskedText(text: string, names: ReadonlyMap<string, string>): string {
  let result = text;
  for (const [id, name] of names) if (result.includes(id)) result = result.replaceAll(id, name);
  return result
    .replace(/\b([a-z]+)-[0-9a-f]{8}(?:[0-9a-f]{9})?\b/g, '$1-id')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'uuid')
    .replace(/\b_?[0-9a-fA-F]{32}\b/g, 'hex')
    .replace(/\bA[A-Z]{2}A[A-Z0-9]{12,}\b/g, 'principal-id')
    .replace(/(eks-cluster-sg-.*)-[0-9a-f]+$/, '$1')
    .replace(/\bLS0tLS1CRUdJTi[\w+/=]+/g, 'certificate-authority')
    .replace(/\bns-\d[\w.-]*/g, 'name-server')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'time');
}

/** Keys sorted; lists of objects sorted too, for neither side promises an order. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) {
    const all = value.map(ordered);
    return all.every(one => typeof one === 'object')
      ? all
          .map(one => ({ one, text: JSON.stringify(one) }))
          .sort((a, b) => (a.text < b.text ? -1 : 1))
          .map(({ one }) => one)
      : all;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, one]) => [key, ordered(one)]),
  );
}

/** Undefined: the same. */
export function firstDifference(expected: string, actual: string): string | undefined {
  if (expected === actual) return undefined;
  const [a, b] = [expected.split('\n'), actual.split('\n')];
  const at = a.findIndex((line, index) => line !== b[index]);
  const around = (lines: readonly string[]) =>
    lines
      .slice(Math.max(0, at - 6), at + 6)
      .map(line => line.slice(0, 400))
      .join('\n');
  return `expected\n${around(a)}\nbut it is\n${around(b)}`;
}
