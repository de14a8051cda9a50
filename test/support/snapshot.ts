import type { OptaObject } from '../../src/operator/objects.ts';
import type { TestWorld } from './world.ts';

/**
 * AWS and Kubernetes as they stand, in words that two runs of one story share: ids that AWS makes, uids and times are
 * named by what they belong to.
 */
export async function snapshot(world: TestWorld): Promise<string> {
  const [state, objects, configMaps] = await Promise.all([
    world.aws.state(),
    world.objects(),
    world.configMaps(),
  ]);
  const names = new Map<string, string>();
  for (const object of objects) names.set(object.metadata.uid, `uid(${object.kind} ${object.metadata.name})`);
  const keys = Object.entries(state.keys).map(([id, key]) => {
    const { tags } = key;
    const owner = `${tags['opta.dev/kind']} ${tags['opta.dev/name']} ${tags['opta.dev/node']} ${key.state === 'PendingDeletion' ? 'gone' : tags['opta.dev/epoch']}`;
    names.set(id, `key(${owner})`);
    return { id, ...key };
  });
  const told = {
    aws: { ...state, keys: keys.map(({ tags, ...key }) => ({ ...key, tags: withoutAttempt(tags) })) },
    objects: objects.map(told1),
    configMaps: configMaps.map(one => ({
      name: one.metadata.name,
      data: one.data,
      owners: one.metadata.ownerReferences,
    })),
  };
  return masked(JSON.stringify(ordered(told), null, 1), names);
}

function told1(object: OptaObject): object {
  const { status = {}, metadata } = object;
  const { plan, conditions = [], resources = [], ...outputs } = status;
  return {
    kind: object.kind,
    name: metadata.name,
    finalizers: metadata.finalizers ?? [],
    generation: metadata.generation,
    outputs,
    openPlan: plan?.steps,
    conditions: conditions.map(({ type, status: value, reason }) => `${type}=${value} ${reason}`),
    resources: resources.map(({ createdAt: _c, attempts: _a, epoch: _e, ...entry }) => entry),
  };
}

function withoutAttempt(tags: Readonly<Record<string, string>>): object {
  return Object.fromEntries(
    Object.entries(tags).filter(([key]) => key !== 'opta.dev/attempt' && key !== 'opta.dev/epoch'),
  );
}

/** Keys sorted; lists of objects sorted too, for neither side promises an order. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value))
    return value.map(ordered).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, one]) => [key, ordered(one)]),
  );
}

function masked(text: string, names: ReadonlyMap<string, string>): string {
  let result = text;
  for (const [id, name] of names) result = result.replaceAll(id, name);
  return result
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'uuid')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'time');
}
