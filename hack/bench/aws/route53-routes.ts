/** Which operation a request to Route 53 is. Source: Amazon Route 53 API Reference, "Request Syntax" of each operation. */

import { patternsOf, type Route, routeIn } from './rest-routes.ts';

const SERVED = `
  CreateHostedZone POST /2013-04-01/hostedzone
  ListHostedZones GET /2013-04-01/hostedzone
  ListHostedZonesByName GET /2013-04-01/hostedzonesbyname
  GetHostedZone GET /2013-04-01/hostedzone/{Id}
  UpdateHostedZoneComment POST /2013-04-01/hostedzone/{Id}
  DeleteHostedZone DELETE /2013-04-01/hostedzone/{Id}
  ChangeResourceRecordSets POST /2013-04-01/hostedzone/{Id}/rrset
  ListResourceRecordSets GET /2013-04-01/hostedzone/{Id}/rrset
  GetChange GET /2013-04-01/change/{ChangeId}
  ChangeTagsForResource POST /2013-04-01/tags/{ResourceType}/{ResourceId}
  ListTagsForResource GET /2013-04-01/tags/{ResourceType}/{ResourceId}`;

/** Known by name only, so that a call is refused by its name. */
const LACKING = `
  GetHostedZoneCount GET /2013-04-01/hostedzonecount
  ListTagsForResources POST /2013-04-01/tags/{ResourceType}
  AssociateVPCWithHostedZone POST /2013-04-01/hostedzone/{Id}/associatevpc
  DisassociateVPCFromHostedZone POST /2013-04-01/hostedzone/{Id}/disassociatevpc
  GetDNSSEC GET /2013-04-01/hostedzone/{Id}/dnssec
  EnableHostedZoneDNSSEC POST /2013-04-01/hostedzone/{Id}/enable-dnssec
  DisableHostedZoneDNSSEC POST /2013-04-01/hostedzone/{Id}/disable-dnssec`;

const PATTERNS = [...patternsOf(SERVED), ...patternsOf(LACKING)];

const namesOf = (list: string) => patternsOf(list).map(({ operation }) => operation);
export const ROUTE53_SERVED: readonly string[] = namesOf(SERVED);
export const ROUTE53_LACKING: readonly string[] = namesOf(LACKING);

/** Undefined where Route 53 has no such path. */
export function route53Route(method: string, path: string): Route | undefined {
  return routeIn(PATTERNS, method, path);
}

/** What a request is about: the id of a hosted zone; '' for a create and for a search. */
export function route53Resource({ labels }: Route): string {
  return labels.Id ?? labels.ResourceId ?? '';
}
