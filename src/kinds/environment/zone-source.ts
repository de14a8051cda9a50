import type { OptaEnvironmentSpec } from '../../api/environment.ts';
import type { ExistingZoneDesired, ExistingZoneState } from '../../aws/route53/existing-zone.ts';
import type { HostedZoneDesired } from '../../aws/route53/hosted-zone.ts';
import type { GraphNode, Observations } from '../../engine/graph.ts';
import { descriptionOf, type Input, node } from './node.ts';

export const EXISTING_ZONE = 'existing-zone';

/** What can be told of a zone, made here or there already. */
export interface ZoneState {
  /** Its own name: the domain, or one above it. */
  readonly domain: string;
  readonly nameServers: readonly string[];
}

/** The node of the zone that the domain is in: one that is there already is another node, so that ours is not forgotten for it. */
export function zoneId({ dns }: OptaEnvironmentSpec): string {
  return dns?.existingZoneId === undefined ? 'zone' : EXISTING_ZONE;
}

/** Undefined: it is not there yet, or cannot be used. */
export function zoneState(spec: OptaEnvironmentSpec, seen: Observations): ZoneState | undefined {
  if (zoneId(spec) === 'zone') return seen.state<ZoneState>('zone');
  const state = seen.state<ExistingZoneState>(EXISTING_ZONE);
  return state === undefined || state.problems.length > 0 ? undefined : state;
}

export function zoneNode(
  input: Input,
  domain: string,
): GraphNode<HostedZoneDesired> | GraphNode<ExistingZoneDesired> {
  const existing = input.spec.dns?.existingZoneId;
  if (existing === undefined) {
    const comment = descriptionOf(input);
    return node<HostedZoneDesired>(input, 'zone', 'route53/hosted-zone', [], () => ({ domain, comment }));
  }
  const desired = () => ({ zoneId: existing, domain });
  return { id: EXISTING_ZONE, type: 'route53/existing-zone', role: 'watched', dependsOn: [], desired };
}
