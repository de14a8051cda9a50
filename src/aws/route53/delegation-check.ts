import type { AwsAdaptor } from '../aws-adaptor.ts';
import { onlyRead } from '../only-read.ts';
import { type Delegation, judgeDelegation } from './delegation.ts';

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
  async find({ listings, nameServersOf }, _identity, { desired, freshness }) {
    if (desired === undefined) return [];
    const { domain, nameServers } = desired;
    const answer = await listings.get(`dns/${domain}`, freshness, () => nameServersOf(domain));
    return [{ id: domain, tags: 'inherited', state: judgeDelegation(domain, nameServers, answer) }];
  },
  ...onlyRead('a delegation is made at a registrar or in the zone above, and only looked at here'),
  readiness: () => ({ is: 'ready' }),
};
