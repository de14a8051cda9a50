/**
 * What the world outside says about a domain: which name servers its parent zone names. Part of the bench's set-up: a reset
 * keeps it.
 */
import type { BenchContext } from '../overlay.ts';

interface HasBench {
  bench: BenchContext;
}

const delegations = new WeakMap<BenchContext, Map<string, readonly string[]>>();

/**
 * Before the first word about a domain, and after `undefined`, every hosted zone of its name is taken to be delegated to. An
 * empty list: to nobody.
 */
export function delegate(
  { bench }: HasBench,
  domain: string,
  nameServers: readonly string[] | undefined,
): void {
  const known = delegations.get(bench) ?? new Map<string, readonly string[]>();
  if (nameServers === undefined) known.delete(domain);
  else known.set(domain, nameServers);
  delegations.set(bench, known);
}

/** What was said last; undefined: nothing. */
export function delegationOf(bench: BenchContext, domain: string): readonly string[] | undefined {
  return delegations.get(bench)?.get(domain);
}

/** Whether a zone of that name with these name servers is the one that resolvers ask. */
export function isAsked(bench: BenchContext, domain: string, nameServers: readonly string[]): boolean {
  const named = delegationOf(bench, domain);
  return named === undefined || named.some(server => nameServers.includes(server));
}
