import { domainName } from './names.ts';

/** What DNS answers to the question for a domain's name servers. */
export type NameServerAnswer =
  | { readonly is: 'named'; readonly nameServers: readonly string[] }
  /** The domain does not exist, or has no name servers of its own. */
  | { readonly is: 'none' }
  /** No answer, or none to rely on. */
  | { readonly is: 'unknown'; readonly why: string };

/** Asks DNS itself, each time anew, and answers within bounded time. Never throws. */
export type NameServerLookup = (domain: string) => Promise<NameServerAnswer>;

export interface Delegation {
  readonly verdict: 'Delegated' | 'NotDelegated' | 'Elsewhere' | 'Partly' | 'Unknown';
  /** What DNS names, sorted. */
  readonly nameServers: readonly string[];
  /** For a condition: what is the case, and what to do. */
  readonly message: string;
}

/** Whether the domain is in the hands of the zone with these name servers. Pure. */
export function judgeDelegation(
  domain: string,
  ownServers: readonly string[],
  answer: NameServerAnswer,
): Delegation {
  const own = sorted(ownServers);
  const todo = `set the name servers of ${domain}, at its registrar or in the zone above it, to ${own.join(', ')}`;
  if (answer.is === 'unknown') {
    const message = `DNS gives no answer about ${domain}: ${answer.why}. If it was never delegated, ${todo}`;
    return { verdict: 'Unknown', nameServers: [], message };
  }
  const named = answer.is === 'none' ? [] : sorted(answer.nameServers);
  const others = named.filter(server => !own.includes(server));
  if (named.length === 0) {
    const message = `${domain} is delegated to nobody: ${todo}`;
    return { verdict: 'NotDelegated', nameServers: named, message };
  }
  if (others.length === named.length) {
    const message = `${domain} is delegated to ${others.join(', ')}: ${todo}. Resolvers may remember the old ones for two days`;
    return { verdict: 'Elsewhere', nameServers: named, message };
  }
  if (others.length > 0) {
    const message = `${domain} is delegated to this zone and to ${others.join(', ')}, which may answer differently: take these out`;
    return { verdict: 'Partly', nameServers: named, message };
  }
  return {
    verdict: 'Delegated',
    nameServers: named,
    message: `${domain} is delegated to ${named.join(', ')}`,
  };
}

function sorted(servers: readonly string[]): readonly string[] {
  return [...new Set(servers.map(domainName))].sort();
}
