import type { OptaEnvironmentSpec } from '../../api/environment.ts';
import type { TaggedObservations } from '../../engine/graph.ts';
import { TAG_PREFIX, type Tags } from '../../engine/owner.ts';
import { madeNetwork } from './network-spec.ts';

/**
 * Which parts an environment was decided to have, on the resource that those parts come after: what is not there may be
 * left out, or not be made yet, and after a rebuild of the cluster nothing else tells which. Not part of who owns it.
 */
const LAYOUT_TAG = `${TAG_PREFIX}layout`;

/** Parts that a default decides about, and what may stand of each in the tag. */
interface Layout {
  readonly logBucket: 'Enabled' | 'Disabled';
  readonly zones: number;
  readonly nat: 'PerZone' | 'Single' | 'None';
  readonly flowLogs: 'Enabled' | 'Disabled';
  readonly endpoints: readonly string[];
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
export function keyLayout({ logBucket }: OptaEnvironmentSpec): Tags {
  return written({ logBucket: logBucket?.mode ?? 'Enabled' });
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
  zones: text => (/^[2-6]$/.test(text) ? Number(text) : undefined),
  nat: text => oneOf(text, ['PerZone', 'Single', 'None']),
  flowLogs: text => oneOf(text, ['Enabled', 'Disabled']),
  endpoints: text => (/^((s3|dynamodb)(\+|$))*$/.test(text) ? text.split('+').filter(Boolean) : undefined),
};

function oneOf<T extends string>(text: string, values: readonly T[]): T | undefined {
  return values.find(one => one === text);
}

/** As the tag of that node's resource has it; undefined where it says nothing. */
export function layoutOf<K extends keyof Layout>(
  seen: TaggedObservations,
  node: 'key' | 'vpc',
  part: K,
): Layout[K] | undefined {
  const parts = seen.tags(node)[LAYOUT_TAG]?.split(' ') ?? [];
  const text = parts.find(one => one.startsWith(`${part}=`))?.slice(part.length + 1);
  return text === undefined ? undefined : READ[part](text);
}
