/** What resolvers of the world outside say of a domain, in place of DNS. */
import type { BenchContext } from './overlay.ts';
import { delegationOf } from './overlays/delegations.ts';
import { plainId, zonesOf } from './overlays/route53/ask.ts';
import { nameServers } from './overlays/route53/zones.ts';
import { textAt } from './xml-tree.ts';

interface HasBench {
  bench: BenchContext;
}

export type BenchAnswer = { is: 'named'; nameServers: readonly string[] } | { is: 'none' };

/** Without a word about the domain, the name servers of all hosted zones of its name in the account. */
export function benchNameServers(
  { bench }: HasBench,
  accountId: string,
): (domain: string) => Promise<BenchAnswer> {
  return async domain => {
    const named = delegationOf(bench, domain) ?? (await serversOfZones(bench, accountId, domain));
    return named.length === 0 ? { is: 'none' } : { is: 'named', nameServers: named };
  };
}

async function serversOfZones(
  bench: BenchContext,
  accountId: string,
  domain: string,
): Promise<readonly string[]> {
  const zones = await zonesOf(bench, { region: 'us-east-1', accountId });
  return zones
    .filter(zone => textAt(zone, 'Name') === `${domain}.`)
    .flatMap(zone => nameServers(plainId(textAt(zone, 'Id'))));
}
