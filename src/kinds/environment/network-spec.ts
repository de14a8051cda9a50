import type { OptaEnvironmentSpec } from '../../api/environment.ts';
import type { Network } from '../../api/network.ts';

/** The part of the spec about a network that is made here; undefined where there is none, or an existing one is used. */
export function madeNetwork(spec: OptaEnvironmentSpec): Network | undefined {
  const { network = {} } = spec;
  return network.enabled === false || network.existing !== undefined ? undefined : network;
}
