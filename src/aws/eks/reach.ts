import type { Clock } from '../../engine/clock.ts';
import { createExpiringMap } from '../expiring-map.ts';

/** What a request to the API server of a cluster came to. */
export type ReachAnswer =
  /** Any answer in HTTP, also one that refuses us. */
  | { readonly is: 'answered' }
  /** `why`: a code of Node.js. */
  | { readonly is: 'silent'; readonly at: 'name' | 'connection' | 'certificate'; readonly why: string };

export interface ReachOf {
  readonly endpoint: string;
  /** PEM in base64. */
  readonly certificateAuthority: string;
}

/** Asks the API server itself, and answers within bounded time. Never throws. */
export type ReachProbe = (of: ReachOf) => Promise<ReachAnswer>;

export interface Reach {
  readonly verdict: 'Reachable' | 'NameUnknown' | 'NoConnection' | 'OtherCertificate';
  /** For a condition: what is the case, and what to do. */
  readonly message: string;
}

export interface ReachDesired extends ReachOf {
  /** Empty: no public endpoint. */
  readonly publicCidrs: readonly string[];
  /** The spec decides who is let in; else its keepers do. */
  readonly isOurs: boolean;
}

/** Shorter than the time between two looks for drift (5 minutes, less a tenth), so that each of them asks. */
const ASKED_AGAIN_MS = 4 * 60_000;

/** Whether the operator reaches the cluster. Pure. */
export function judgeReach({ endpoint, publicCidrs, isOurs }: ReachDesired, answer: ReachAnswer): Reach {
  if (answer.is === 'answered') return { verdict: 'Reachable', message: '' };
  const { at, why } = answer;
  if (at === 'certificate') {
    const message = `the certificate at ${endpoint} is not of the cluster's own authority (${why}): something between the operator and the cluster, such as a proxy, answers in its place; let the operator connect directly`;
    return { verdict: 'OtherCertificate', message };
  }
  const opened = isOurs
    ? 'open it to the address with which the operator leaves its network, in spec.kubernetes.endpoint'
    : 'have its keepers open it to the address with which the operator leaves its network';
  const way =
    publicCidrs.length === 0
      ? `It is private, so only hosts in its VPC or in a network that is connected to it get there: run the operator in such a network, or ${opened}`
      : `From outside of its VPC it lets in ${publicCidrs.join(', ')}: see that the operator's network lets it out to port 443, and ${opened}`;
  if (at === 'name')
    return {
      verdict: 'NameUnknown',
      message: `DNS does not know ${endpoint} from where the operator runs (${why}). ${way}`,
    };
  return { verdict: 'NoConnection', message: `the operator does not reach ${endpoint} (${why}). ${way}` };
}

/** Asks of one cluster no more than once in a while, and at once when its endpoint was changed. */
export function seldom(probe: ReachProbe, clock: Clock): (of: ReachDesired) => Promise<ReachAnswer> {
  const last = createExpiringMap<Promise<ReachAnswer>>(clock, ASKED_AGAIN_MS);
  return of => {
    const key = JSON.stringify([of.endpoint, of.certificateAuthority, of.publicCidrs]);
    const known = last.get(key);
    if (known !== undefined) return known;
    const answer = probe(of);
    last.set(key, answer);
    return answer;
  };
}
