import type { GraphNode, Observations } from '../../engine/graph.ts';
import { unsetOf, withDefaults } from '../defaults.ts';
import type { EnvironmentFacts, Kind, KindInput, SpecOf } from '../kind.ts';

export const ACCOUNT = '111122223333';
export const PLACE = { partition: 'aws', region: 'eu-central-1', accountId: ACCOUNT } as const;
export const ENVIRONMENT_KEY = `arn:aws:kms:eu-central-1:${ACCOUNT}:key/environment`;

/** What a graph is built from; all but the spec has a usual value. */
export interface Given {
  readonly spec: object;
  readonly namespace?: string;
  readonly name?: string;
  readonly environment?: Partial<EnvironmentFacts>;
  /** Other objects of the namespace. */
  readonly objects?: readonly SpecOf[];
  readonly referrers?: readonly SpecOf[];
}

/** A node with its desired state (or what it waits for) as if everything before it existed; policies as documents. */
export interface Resolved extends Omit<GraphNode, 'desired' | 'name'> {
  readonly name: string | undefined;
  readonly desired: unknown;
}

export function objectOf(kind: string, name: string, spec: object = {}, namespace = 'shop'): SpecOf {
  return { kind, name, namespace, uid: `uid-${name}`, spec: { ...spec } };
}

export function inputOf(kind: Kind, given: Given): KindInput<unknown> {
  const table = unsetOf(given.spec, kind.defaults(given.spec)).map(one => [one.field, one.value]);
  const namespace = kind.api.namespaced ? (given.namespace ?? 'shop') : '';
  return {
    kind: kind.api.kind,
    namespace,
    name: given.name ?? 'orders',
    uid: 'uid-1',
    spec: withDefaults(given.spec, Object.fromEntries(table)),
    installation: 'opta',
    place: PLACE,
    environment: {
      name: 'dev',
      tags: {},
      keyArn: ENVIRONMENT_KEY,
      keyDeletionWindowDays: 30,
      logBucket: 'opta-dev-logs',
      grants: {},
      ...given.environment,
    },
    referrers: given.referrers ?? [],
    referred: ({ kind: other, name }) => given.objects?.find(one => one.kind === other && one.name === name),
  };
}

/** Everything that a graph names exists and is as it should be. */
export function allThere(graph: readonly GraphNode[]): Observations {
  const has = (id: string) => graph.some(node => node.id === id);
  return {
    state: <S>(id: string) => (has(id) ? ({ queueAllows: true, keyAllows: true } as S) : undefined),
    id: id => (has(id) ? `${id}-id` : undefined),
    arn: id => (has(id) ? `arn:aws:test:eu-central-1:${ACCOUNT}:${id}` : undefined),
  };
}

export function resolved(kind: Kind, given: Given): Readonly<Record<string, Resolved>> {
  const graph = kind.graph(inputOf(kind, given));
  const seen = allThere(graph);
  return Object.fromEntries(
    graph.map(node => [node.id, { ...node, name: node.name?.(1), desired: readable(node.desired(seen)) }]),
  );
}

/** JSON texts inside a desired state as what they say. */
function readable(value: unknown): unknown {
  if (typeof value === 'string') return parsed(value);
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, readable(one)]));
}

function parsed(text: string): unknown {
  if (!text.startsWith('{')) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** `queue.desired.attributes.DelaySeconds`; a name with dots stands in brackets: `[subscription/a.b].desired`. */
export function at(nodes: unknown, path: string): unknown {
  let value = nodes;
  for (const part of path.match(/\[[^\]]+\]|[^.[\]]+/g) ?? []) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, part.replace(/^\[|\]$/g, ''));
  }
  return value;
}
