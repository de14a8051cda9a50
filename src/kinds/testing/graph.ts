import type { GraphNode, TaggedObservations } from '../../engine/graph.ts';
import { unsetOf, withDefaults } from '../defaults.ts';
import type { EnvironmentFacts, Kind, KindInput, ReferrerOf, SpecOf } from '../kind.ts';

export const ACCOUNT = '111122223333';
/** Of the table of versions of Kubernetes. */
export const TODAY = Date.parse('2026-11-25');
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
  readonly referrers?: readonly ReferrerOf[];
  readonly unclaimed?: readonly string[];
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
  const table = unsetOf(given.spec, kind.defaults(given.spec, TODAY)).map(one => [one.field, one.value]);
  const namespace = kind.api.namespaced ? (given.namespace ?? 'shop') : '';
  return {
    kind: kind.api.kind,
    namespace,
    name: given.name ?? 'orders',
    uid: 'uid-1',
    spec: withDefaults(given.spec, Object.fromEntries(table)),
    written: given.spec,
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
    ...(given.unclaimed === undefined ? {} : { unclaimed: given.unclaimed }),
    referred: ({ kind: other, name }) => given.objects?.find(one => one.kind === other && one.name === name),
  };
}

const CLUSTER = {
  version: '1.35',
  issuer: 'https://oidc.example/id/X',
  vpcId: 'vpc-0a1b2c3d',
  status: 'ACTIVE',
  endpoint: 'https://X.eks.example',
  certificateAuthority: 'Y2E=',
  insights: [],
  subnetIds: ['subnet-0a1b2c3d', 'subnet-1a1b2c3d'],
};

/** What graphs read of the state of their resources, by type. */
const STATES: Readonly<Record<string, object>> = {
  'ec2/existing-network': {
    cidr: '10.9.0.0/16',
    cidrs: ['10.9.0.0/16', '100.64.0.0/16'],
    privateSubnets: [
      { id: 'subnet-0a1b2c3d', freeAddresses: 251 },
      { id: 'subnet-1a1b2c3d', freeAddresses: 251 },
    ],
    publicSubnets: [],
    zones: { 'subnet-0a1b2c3d': 'euc1-az1', 'subnet-1a1b2c3d': 'euc1-az2' },
    problems: [],
  },
  'route53/hosted-zone': { domain: 'dev.example.com', nameServers: ['ns-1.example', 'ns-2.example'] },
  'route53/existing-zone': { domain: 'example.com', nameServers: ['ns-1.example'], problems: [] },
  'route53/delegation': { verdict: 'Delegated', nameServers: [], message: 'it is' },
  'acm/certificate': {
    status: 'ISSUED',
    names: [],
    validationRecords: [{ name: '_a.dev.example.com', type: 'CNAME', value: '_b.acm.example' }],
  },
  'route53/record-set': {
    set: {
      Name: '_a.dev.example.com.',
      Type: 'CNAME',
      TTL: 60,
      ResourceRecords: [{ Value: '_b.acm.example' }],
    },
  },
  'ec2/exposure': { waysIn: [], restricted: [] },
  'ec2/zones': { zoneIds: ['a', 'b', 'c', 'd', 'e', 'f'] },
  'ec2/launch-template': { defaultVersion: 3, data: {} },
  'iam/principal': { uniqueId: 'AROAEXAMPLE' },
  'eks/cluster': CLUSTER,
  'eks/existing-cluster': CLUSTER,
  's3/bucket': { settings: {} },
  'eks/reach': { verdict: 'Reachable', message: '' },
  'eks/nodegroup': { version: '1.35', status: 'ACTIVE' },
  'eks/node-image': { version: '1.35', newest: '1.35.4-20261101' },
  'eks/addon': { version: 'v1.0.0-eksbuild.1', status: 'ACTIVE' },
};

/** Everything that a graph names exists and is as it should be. */
export function allThere(graph: readonly GraphNode[]): TaggedObservations {
  const has = (id: string) => graph.some(node => node.id === id);
  return {
    state: <S>(id: string) => {
      const node = graph.find(one => one.id === id);
      return node && ({ policyAllows: true, keyAllows: true, ...STATES[node.type] } as S);
    },
    id: id => (has(id) ? `${id}-id` : undefined),
    arn: id => (has(id) ? `arn:aws:test:eu-central-1:${ACCOUNT}:${id}` : undefined),
    isKnown: () => true,
    isLeaving: () => false,
    tags: () => ({}),
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
