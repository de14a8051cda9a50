import type { AwsAdaptor } from '../aws-adaptor.ts';
import { onlyRead } from '../only-read.ts';
import type { AwsScope } from '../scope.ts';
import { type Delegation, heldHere, judgeDelegation, type NameServerAnswer } from './delegation.ts';
import { holdingZone } from './holding-zone.ts';

/** How long resolvers may fail before it is taken for more than a bad moment, in ms. */
const FAILING_MS = 10 * 60_000;

export interface DelegationDesired {
  readonly domain: string;
  /** Of the hosted zone that is to have the domain. */
  readonly nameServers: readonly string[];
}

/**
 * What the world outside says about a domain: nobody's resource, only looked at. It is ready whatever it says, for the zone
 * serves its purpose as soon as somebody delegates to it; the verdict is in its state.
 */
export const delegationAdaptor: AwsAdaptor<DelegationDesired, Delegation> = {
  type: 'route53/delegation',
  createBy: 'name',
  nameScope: 'global',
  holdsData: false,
  settleMs: 0,
  sharesReads: true,
  async find(scope, _identity, { desired, freshness }) {
    if (desired === undefined) return [];
    const { domain, nameServers } = desired;
    const ask = () => scope.nameServersOf(domain);
    const answer = toldAsLasting(scope, domain, await scope.listings.get(`dns/${domain}`, freshness, ask));
    const judged = judgeDelegation(domain, nameServers, answer);
    // Asked only then: most domains are delegated to nobody, or to their zone.
    const holder =
      judged.verdict === 'Elsewhere' ? await holdingZone(scope, domain, judged.nameServers) : undefined;
    const state = holder === undefined ? judged : heldHere(domain, judged, holder);
    return [{ id: domain, tags: 'inherited', state }];
  },
  ...onlyRead('a delegation is made at a registrar or in the zone above, and only looked at here'),
  readiness: () => ({ is: 'ready' }),
};

function toldAsLasting({ patience }: AwsScope, domain: string, answer: NameServerAnswer): NameServerAnswer {
  const what = `answers about ${domain}`;
  if (answer.is === 'failed') return { ...answer, lasts: !patience.lasts(what, FAILING_MS) };
  // No answer at all ends no failing.
  if (answer.is !== 'unknown') patience.done(what);
  return answer;
}
