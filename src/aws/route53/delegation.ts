import { domainName } from './names.ts';

/** What DNS answers to the question for a domain's name servers. */
export type NameServerAnswer =
  | { readonly is: 'named'; readonly nameServers: readonly string[] }
  /** The domain does not exist, or has no name servers of its own. */
  | { readonly is: 'none' }
  /** Resolvers that answer say that they cannot tell: who they asked does not serve it. `lasts`: not only for a moment. */
  | { readonly is: 'failed'; readonly lasts?: boolean }
  /** No answer, or none to rely on. */
  | { readonly is: 'unknown'; readonly why: string };

/** Asks DNS itself, each time anew, and answers within bounded time. Never throws. */
export type NameServerLookup = (domain: string) => Promise<NameServerAnswer>;

export interface Delegation {
  readonly verdict: 'Delegated' | 'NotDelegated' | 'Elsewhere' | 'Partly' | 'NotServed' | 'Unknown';
  /** What DNS names, sorted. */
  readonly nameServers: readonly string[];
  /** For a condition: what is the case, and what to do. */
  readonly message: string;
}

/**
 * Those of every private zone: Amazon Route 53 Developer Guide, "Working with private hosted zones". A resolver in a VPC
 * that has one of a domain answers by it, and says nothing of what the internet sees.
 */
const OF_PRIVATE_ZONES = [
  'ns-0.awsdns-00.com',
  'ns-512.awsdns-00.net',
  'ns-1024.awsdns-00.org',
  'ns-1536.awsdns-00.co.uk',
];

/** Whether the domain is in the hands of the zone with these name servers. Pure. */
export function judgeDelegation(
  domain: string,
  ownServers: readonly string[],
  answer: NameServerAnswer,
): Delegation {
  const own = sorted(ownServers);
  const todo = `set the name servers of ${domain}, at its registrar or in the zone above it, to ${own.join(', ')}`;
  const skip =
    'If that is done, and the operator does not see it since its network has a private zone of this name or of one above it, set spec.dns.delegationCheck to Skip';
  if (answer.is === 'unknown') {
    const message = `DNS gives no answer about ${domain}: ${answer.why}. If it was never delegated, ${todo}. ${skip}`;
    return { verdict: 'Unknown', nameServers: [], message };
  }
  if (answer.is === 'failed') {
    // RFC 1912, 2.8: a lame delegation. RFC 4035, 5.5: what a DS record says is signed, and is not, is answered alike.
    const message = `DNS fails to answer about ${domain} (SERVFAIL). Mostly it is delegated to name servers that do not serve it, as those of a zone that is gone: ${todo}. If a DS record of it (DNSSEC) stands there, of keys that this zone does not have, remove it. ${skip}`;
    return { verdict: answer.lasts === true ? 'NotServed' : 'Unknown', nameServers: [], message };
  }
  const named = answer.is === 'none' ? [] : sorted(answer.nameServers);
  const others = named.filter(server => !own.includes(server));
  if (named.length === 0) {
    const message = `${domain} is delegated to nobody: ${todo}. ${skip}`;
    return { verdict: 'NotDelegated', nameServers: named, message };
  }
  if (others.length > 0 && named.every(server => OF_PRIVATE_ZONES.includes(server))) {
    const message = `the operator's network has a private zone of ${domain} (${named.join(', ')}), which hides what the internet sees: ${todo}, where that was not done. ${skip}`;
    return { verdict: 'Unknown', nameServers: [], message };
  }
  if (others.length === named.length) {
    const message = `${domain} is delegated to ${others.join(', ')}: ${todo}. Resolvers may remember the old ones for two days. ${skip}`;
    return { verdict: 'Elsewhere', nameServers: named, message };
  }
  if (others.length > 0) {
    const message = `${domain} is delegated to this zone and to ${others.join(', ')}, which may answer differently: take these out. ${skip}`;
    return { verdict: 'Partly', nameServers: named, message };
  }
  return {
    verdict: 'Delegated',
    nameServers: named,
    message: `${domain} is delegated to ${named.join(', ')}`,
  };
}

/** A zone of the account that has the domain instead: who goes by the message alone would take it from there. Pure. */
export function heldHere(
  domain: string,
  delegation: Delegation,
  zone: { readonly id: string; readonly of: string | undefined },
): Delegation {
  const owner = zone.of === undefined ? '' : `, of ${zone.of}`;
  const message = `${domain} is delegated to hosted zone ${zone.id} of this account${owner}: to use that, take spec.dns away and set it again with existingZoneId ${zone.id}; or with a domain below ${domain}, and no existingZoneId. Only where the domain is to leave that zone, with all that it answers: ${delegation.message}`;
  return { ...delegation, message };
}

function sorted(servers: readonly string[]): readonly string[] {
  return [...new Set(servers.map(domainName))].sort();
}
