import type { OptaObject } from '../../src/operator/objects.ts';
import type { ConfigMap } from '../../src/operator/world.ts';
import type { AwsState, KeyView } from './aws-view.ts';
import type { TestWorld } from './world.ts';

/** AWS and Kubernetes as they stand. */
export interface Standing {
  readonly aws: AwsState;
  readonly subscriptionArns: readonly string[];
  readonly objects: readonly OptaObject[];
  readonly configMaps: readonly ConfigMap[];
}

export async function standing(world: TestWorld): Promise<Standing> {
  const [aws, subscriptionArns, objects, all] = await Promise.all([
    world.aws.state(),
    world.aws.subscriptionArns(),
    world.objects(),
    world.configMaps(),
  ]);
  // Those of owners that are gone are Kubernetes' to collect, in its own time.
  const uids = new Set(objects.map(object => object.metadata.uid));
  const configMaps = all.filter(one =>
    (one.metadata.ownerReferences ?? []).every(owner => uids.has(owner.uid)),
  );
  return { aws, subscriptionArns, objects, configMaps };
}

/**
 * What stands, in words that two runs of one story share: ids that AWS makes, uids and times are named by what they
 * belong to, and how many attempts there were is left out.
 */
export function told(of: Standing): string {
  const { aws, objects, configMaps } = of;
  const text = {
    aws: { ...aws, keys: Object.entries(aws.keys).map(([id, key]) => ({ id, ...key })) },
    objects: objects.map(objectTold),
    configMaps: configMaps.map(({ metadata, data }) => {
      const { name, labels, ownerReferences } = metadata;
      return { name, labels, ownerReferences, data };
    }),
  };
  return JSON.stringify(ordered(masked(text, namesOf(of))), null, 1);
}

/** What AWS has of one object, a line each, in the same words. What is on its way out is left out. */
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
    ...Object.entries(keys).filter(([, key]) => mine(key.tags) && key.state !== 'PendingDeletion'),
    ...Object.entries(aliases).filter(([, target]) => mine(keys[target]?.tags)),
    ...Object.entries(subscriptions).filter(([ends]) =>
      ownTopics.some(([topic]) => ends.split(' ')[0]?.endsWith(`:${topic}`)),
    ),
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

function namesOf({ aws, objects }: Standing): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { kind, metadata } of objects) names.set(metadata.uid, `uid(${kind} ${metadata.name})`);
  for (const [id, key] of Object.entries(aws.keys)) names.set(id, keyName(key));
  for (const object of objects) {
    const hash = object.status?.plan?.hash;
    if (hash !== undefined) names.set(hash, 'plan-hash');
  }
  return names;
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
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'uuid')
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
