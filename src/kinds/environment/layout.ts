import type { Cluster } from '../../api/cluster.ts';
import type { OptaEnvironmentSpec } from '../../api/environment.ts';
import type { TaggedObservations } from '../../engine/graph.ts';
import { TAG_PREFIX, type Tags } from '../../engine/owner.ts';
import { madeNetwork } from './network-spec.ts';

/**
 * What was decided about an environment and nothing else in AWS tells, on the resource that comes first of what it is about:
 * a part that is not there may be left out, or not be made yet. After a rebuild of the cluster this is what defaults are
 * taken from. It is no part of who owns the resource.
 */
const LAYOUT_TAG = `${TAG_PREFIX}layout`;

/** What defaults decide, and what may stand of each in the tag. */
interface Layout {
  readonly logBucket: 'Enabled' | 'Disabled';
  readonly onDelete: 'Keep' | 'Schedule';
  readonly deletionWindowDays: number;
  readonly zones: number;
  readonly nat: 'PerZone' | 'Single' | 'None';
  readonly flowLogs: 'Enabled' | 'Disabled';
  readonly endpoints: readonly string[];
  readonly image: 'Pinned' | 'Latest';
}

/** On the VPC. */
export function networkLayout(spec: OptaEnvironmentSpec): Tags {
  const network = madeNetwork(spec);
  if (network === undefined) return {};
  return written({
    zones: String(network.availabilityZones ?? 3),
    nat: network.natGateways ?? 'PerZone',
    flowLogs: network.flowLogs?.mode ?? 'Enabled',
    endpoints: [...(network.gatewayEndpoints ?? ['s3'])].sort().join('+'),
  });
}

/** On the environment's key. */
export function keyLayout({ logBucket, encryption }: OptaEnvironmentSpec): Tags {
  return written({
    logBucket: logBucket?.mode ?? 'Enabled',
    onDelete: encryption?.onDelete ?? 'Keep',
    deletionWindowDays: String(encryption?.deletionWindowDays ?? 30),
  });
}

/** On the node group. */
export function nodesLayout({ nodeGroup }: Cluster): Tags {
  return written({ image: nodeGroup?.image ?? 'Pinned' });
}

// AWS KMS Developer Guide, "Tags in AWS KMS": letters, digits, spaces and _ . / = + - : @.
function written(parts: Readonly<Partial<Record<keyof Layout, string>>>): Tags {
  return {
    [LAYOUT_TAG]: Object.entries(parts)
      .map(([name, value]) => `${name}=${value}`)
      .join(' '),
  };
}

/** A tag may be written by others: what cannot be in a spec is not there. */
const READ: { readonly [K in keyof Layout]: (text: string) => Layout[K] | undefined } = {
  logBucket: text => oneOf(text, ['Enabled', 'Disabled']),
  onDelete: text => oneOf(text, ['Keep', 'Schedule']),
  deletionWindowDays: text => wholeIn(text, 7, 30),
  zones: text => wholeIn(text, 2, 6),
  nat: text => oneOf(text, ['PerZone', 'Single', 'None']),
  flowLogs: text => oneOf(text, ['Enabled', 'Disabled']),
  image: text => oneOf(text, ['Pinned', 'Latest']),
  endpoints: text => (/^((s3|dynamodb)(\+|$))*$/.test(text) ? text.split('+').filter(Boolean) : undefined),
};

function oneOf<T extends string>(text: string, values: readonly T[]): T | undefined {
  return values.find(one => one === text);
}

function wholeIn(text: string, least: number, most: number): number | undefined {
  const value = /^[1-9][0-9]?$/.test(text) ? Number(text) : 0;
  return value >= least && value <= most ? value : undefined;
}

/** As the tag of that node's resource has it; undefined where it says nothing. */
export function layoutOf<K extends keyof Layout>(
  seen: TaggedObservations,
  node: 'key' | 'vpc' | 'node-group',
  part: K,
): Layout[K] | undefined {
  const parts = seen.tags(node)[LAYOUT_TAG]?.split(' ') ?? [];
  const text = parts.find(one => one.startsWith(`${part}=`))?.slice(part.length + 1);
  return text === undefined ? undefined : READ[part](text);
}
