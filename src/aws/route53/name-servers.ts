import { Resolver } from 'node:dns/promises';
import type { NameServerAnswer, NameServerLookup } from './delegation.ts';

export interface LookupOptions {
  /** `127.0.0.1:5353`; default those of the machine. */
  readonly servers?: readonly string[];
  /** For the whole question, in ms. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 5_000;
/** The whole time is divided among them. */
const TRIES = 2;

// Node.js documentation, DNS, "Error codes".
const NONE = new Set(['ENOTFOUND', 'ENODATA']);

/** By the machine's resolvers, since a pod often reaches no other: what they remember of the past is theirs. */
export function createNameServerLookup({
  servers,
  timeoutMs = TIMEOUT_MS,
}: LookupOptions = {}): NameServerLookup {
  return async domain => {
    // One for each question: giving up cancels nobody else's, and the machine's servers are read anew.
    const resolver = new Resolver({ timeout: Math.floor(timeoutMs / TRIES), tries: TRIES });
    if (servers !== undefined) resolver.setServers([...servers]);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<NameServerAnswer>(resolve => {
      timer = setTimeout(
        () => resolve({ is: 'unknown', why: `no answer within ${timeoutMs} ms` }),
        timeoutMs,
      );
    });
    try {
      return await Promise.race([ask(resolver, domain), late]);
    } finally {
      clearTimeout(timer);
      resolver.cancel();
    }
  };
}

async function ask(resolver: Resolver, domain: string): Promise<NameServerAnswer> {
  try {
    const nameServers = await resolver.resolveNs(domain);
    return nameServers.length === 0 ? { is: 'none' } : { is: 'named', nameServers };
  } catch (error) {
    const code = error instanceof Error ? String(Reflect.get(error, 'code') ?? error.message) : String(error);
    if (NONE.has(code)) return { is: 'none' };
    return code === 'ESERVFAIL' ? { is: 'failed' } : { is: 'unknown', why: code };
  }
}
