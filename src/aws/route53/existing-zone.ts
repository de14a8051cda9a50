import {
  GetHostedZoneCommand,
  type GetHostedZoneResponse,
  type ResourceRecordSet,
} from '@aws-sdk/client-route-53';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { orAbsent } from '../errors.ts';
import { onlyRead } from '../only-read.ts';
import type { AwsScope } from '../scope.ts';
import { ROUTE53_SETTLE_MS } from './hosted-zone.ts';
import { domainName } from './names.ts';
import { readRecord } from './records.ts';

/** A zone that somebody else keeps, and the domain that is to be in it. */
export interface ExistingZoneDesired {
  readonly zoneId: string;
  readonly domain: string;
}

export interface ExistingZoneState {
  /** The zone's own name: the domain, or one above it. */
  readonly domain: string;
  /**
   * Those that AWS gave it, and those that its own NS record names: the same under names of its keepers (Amazon Route 53
   * Developer Guide, "Configuring white-label name servers").
   */
  readonly nameServers: readonly string[];
  /** Why it cannot be used, each for a person to put right. */
  readonly problems: readonly string[];
}

/** Only reads: a node of this type is `watched`. */
export const existingZoneAdaptor: AwsAdaptor<ExistingZoneDesired, ExistingZoneState> = {
  type: 'route53/existing-zone',
  createBy: 'name',
  nameScope: 'global',
  holdsData: false,
  sharesReads: true,
  settleMs: ROUTE53_SETTLE_MS,
  async find(scope, _identity, { desired, freshness }) {
    if (desired === undefined) return [];
    const { zoneId, domain } = desired;
    const read = () => look(scope, desired);
    const state = await scope.listings.get(`route53/existing ${zoneId} ${domain}`, freshness, read);
    const arn = `arn:${scope.partition}:route53:::hostedzone/${zoneId}`;
    return [{ id: zoneId, arn, tags: 'inherited', state }];
  },
  ...onlyRead('an existing zone is only read'),
  readiness({ problems }) {
    if (problems.length === 0) return { is: 'ready' };
    const way =
      'Take spec.dns away and set it again with the id of another zone, or without it for a new zone';
    const message = `the existing zone cannot be used: spec.dns.existingZoneId ${problems.join('; ')}. ${way}`;
    return { is: 'failed', message };
  },
};

async function look(scope: AwsScope, desired: ExistingZoneDesired): Promise<ExistingZoneState> {
  const { zoneId, domain } = desired;
  const answer = await orAbsent(scope.route53.send(new GetHostedZoneCommand({ Id: zoneId })));
  if (answer?.HostedZone === undefined) {
    const problem = `${zoneId} does not exist in the account ${scope.accountId}`;
    return { domain: '', nameServers: [], problems: [problem] };
  }
  const zone = domainName(answer.HostedZone.Name ?? '');
  const problems = problemsOf(zone, desired, answer);
  const given = (answer.DelegationSet?.NameServers ?? []).map(domainName);
  if (problems.length > 0) return { domain: zone, nameServers: given, problems };
  const names = [zone, ...namesBelow(zone, domain)];
  const [own, ...below] = await Promise.all(
    names.map(name => readRecord(scope, { zoneId, name, type: 'NS' })),
  );
  for (const set of below.filter(one => one !== undefined)) {
    problems.push(
      `${zoneId} of ${zone} delegates ${domainName(set.Name ?? '')} to ${serversOf(set).join(', ')}, so that nobody asks it for ${domain}: name the zone that those serve`,
    );
  }
  return { domain: zone, nameServers: [...new Set([...given, ...serversOf(own)])], problems };
}

function serversOf(set: ResourceRecordSet | undefined): readonly string[] {
  return (set?.ResourceRecords ?? []).map(one => domainName(one.Value ?? '')).sort();
}

function problemsOf(
  zone: string,
  { zoneId, domain }: ExistingZoneDesired,
  { HostedZone }: GetHostedZoneResponse,
): string[] {
  const problems: string[] = [];
  // AWS Certificate Manager User Guide, "DNS validation": in a public zone, which ACM can ask.
  if (HostedZone?.Config?.PrivateZone === true)
    problems.push(
      `${zoneId} of ${zone} is a private zone, in which neither ACM nor the world finds a record`,
    );
  if (domain !== zone && !domain.endsWith(`.${zone}`))
    problems.push(
      `${zoneId} is the zone of ${zone}, and spec.dns.domain ${domain} is neither that nor below it`,
    );
  return problems;
}

/** `a.b.example.com` and `b.example.com`, of a zone `example.com`: at each of them it may be delegated elsewhere. */
function namesBelow(zone: string, domain: string): readonly string[] {
  const labels = domain.split('.');
  return labels.slice(0, labels.length - zone.split('.').length).map((_, at) => labels.slice(at).join('.'));
}
