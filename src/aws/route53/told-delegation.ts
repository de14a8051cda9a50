import type { Found } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import type { AwsScope } from '../scope.ts';
import { judgeDelegation } from './delegation.ts';
import type { HostedZoneState } from './hosted-zone.ts';

/** How long a zone stays once it was told that it is still delegated to, in ms: so that it is read, and may be stopped. */
const TOLD_MS = 60_000;

/**
 * Who makes zones until one has the same name server answers for a domain that is delegated to it still: Amazon Route 53
 * Developer Guide, "Protection from dangling delegation records in Route 53". It is in nobody's hands here but to say so.
 * `inTheWay`: what else holds the zone, which is told first.
 */
export async function tellDelegation(
  scope: AwsScope,
  { id, state }: Found<HostedZoneState>,
  inTheWay: () => Promise<CloudError | undefined>,
): Promise<void> {
  const { domain, nameServers } = state;
  const answer = await scope.nameServersOf(domain);
  const { verdict, nameServers: named } = judgeDelegation(domain, nameServers, answer);
  if (verdict !== 'Delegated' && verdict !== 'Partly') return;
  const before = await inTheWay();
  if (before !== undefined) throw before;
  if (!scope.patience.lasts(`delegation of ${id}`, TOLD_MS)) return;
  const todo = `remove the NS records of ${domain} in the zone above it, or at its registrar`;
  const message = `hosted zone ${id} is going, and ${domain} is still delegated to it (${named.join(', ')}): whoever gets a zone on one of these name servers then answers for the domain, and gets certificates for it. First of all ${todo}; or set spec.deletionPolicy to Retain, which keeps the zone. It is deleted in a minute all the same`;
  const blockers = [
    { resource: `delegation of ${domain}`, reason: `it names the zone that is going: ${todo}` },
  ];
  throw new CloudError('Blocked', message, { code: 'StillDelegated', retryAfterMs: TOLD_MS, blockers });
}
