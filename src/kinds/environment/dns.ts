import type { CertificateDesired, CertificateState } from '../../aws/acm/certificate.ts';
import type { Delegation } from '../../aws/route53/delegation.ts';
import type { DelegationDesired } from '../../aws/route53/delegation-check.ts';
import type { HostedZoneDesired, HostedZoneState } from '../../aws/route53/hosted-zone.ts';
import type { RecordSetDesired } from '../../aws/route53/record-set.ts';
import type { GraphNode, Observations } from '../../engine/graph.ts';
import { type Input, node, unique } from './node.ts';

// Route 53 Developer Guide: five minutes, so that a mistake does not last.
const TTL_SECONDS = 300;
const RECORD = 'record/validation';

/** One zone for the domain, a look at who it is delegated to, and a certificate that is validated in the zone. */
export function dnsNodes(input: Input): readonly GraphNode[] {
  const { dns } = input.spec;
  if (dns === undefined) return [];
  const { domain } = dns;
  const checked = dns.delegationCheck !== 'Skip';
  return [
    node<HostedZoneDesired>(input, 'zone', 'route53/hosted-zone', [], () => ({
      domain,
      comment: `OptaEnvironment ${input.name}`,
    })),
    ...(checked ? [delegationNode(domain)] : []),
    ...(dns.certificate === false ? [] : [certificateNode(input, domain, checked), recordNode(input)]),
  ];
}

function delegationNode(domain: string): GraphNode<DelegationDesired> {
  return {
    id: 'delegation',
    type: 'route53/delegation',
    role: 'watched',
    dependsOn: ['zone'],
    desired(seen) {
      const zone = seen.state<HostedZoneState>('zone');
      return zone === undefined
        ? { waitingFor: 'zone', node: 'zone' }
        : { domain, nameServers: zone.nameServers };
    },
  };
}

/** Asked for once the domain is delegated, since ACM looks for its records for 72 hours only; and kept whatever comes then. */
function certificateNode(input: Input, domain: string, checked: boolean): GraphNode<CertificateDesired> {
  const desired = (seen: Observations) =>
    !checked || isDelegated(seen) || seen.id('certificate') !== undefined
      ? { domain, alternativeNames: [`*.${domain}`] }
      : { waitingFor: `the delegation of ${domain}`, node: 'delegation' };
  const dependsOn = ['zone', ...(checked ? ['delegation'] : [])];
  return { ...node(input, 'certificate', 'acm/certificate', dependsOn, desired), aside: true };
}

/** It comes after the zone alone: the certificate is ready only when this record is there. */
function recordNode(input: Input): GraphNode<RecordSetDesired> {
  return {
    id: RECORD,
    type: 'route53/record-set',
    name: unique(input, RECORD),
    dependsOn: ['zone'],
    optional: true,
    aside: true,
    desired(seen) {
      const zoneId = seen.id('zone');
      // The domain and all names below it have the same one.
      const record = seen.state<CertificateState>('certificate')?.validationRecords[0];
      if (zoneId === undefined || record === undefined)
        return { waitingFor: 'the validation record of the certificate', node: 'certificate' };
      return {
        zoneId,
        name: record.name,
        type: record.type,
        ttlSeconds: TTL_SECONDS,
        values: [record.value],
      };
    },
  };
}

function isDelegated(seen: Observations): boolean {
  return seen.state<Delegation>('delegation')?.verdict === 'Delegated';
}
