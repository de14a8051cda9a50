import type { CertificateDesired } from '../../aws/acm/certificate.ts';
import type { CertificateState } from '../../aws/acm/certificate-state.ts';
import type { Delegation } from '../../aws/route53/delegation.ts';
import type { DelegationDesired } from '../../aws/route53/delegation-check.ts';
import type { RecordSetDesired, RecordSetState } from '../../aws/route53/record-set.ts';
import type { GraphNode, Observations } from '../../engine/graph.ts';
import { type Input, node, unique } from './node.ts';
import { EXISTING_ZONE, zoneId, zoneNode, zoneState } from './zone-source.ts';

// Route 53 Developer Guide: five minutes, so that a mistake does not last.
const TTL_SECONDS = 300;

/** One zone for the domain, a look at who it is delegated to, and a certificate that is validated in the zone. */
export function dnsNodes(input: Input): readonly GraphNode[] {
  const { dns } = input.spec;
  if (dns === undefined) return [];
  const { domain } = dns;
  const checked = dns.delegationCheck !== 'Skip';
  return [
    zoneNode(input, domain),
    ...(checked ? [delegationNode(input)] : []),
    ...(dns.certificate === false
      ? keptRecordNodes(input)
      : [certificateNode(input, domain, checked), recordNode(input)]),
  ];
}

/** Of the zone's own name, since that is what is delegated: the domain may be below it. */
function delegationNode({ spec }: Input): GraphNode<DelegationDesired> {
  const zone = zoneId(spec);
  return {
    id: 'delegation',
    type: 'route53/delegation',
    role: 'watched',
    dependsOn: [zone],
    desired(seen) {
      const state = zoneState(spec, seen);
      if (state === undefined) return { waitingFor: zone, node: zone };
      return { domain: state.domain, nameServers: state.nameServers };
    },
  };
}

/** Asked for once the domain is delegated, since ACM looks for its records for 72 hours only; and kept whatever comes then. */
function certificateNode(input: Input, domain: string, checked: boolean): GraphNode<CertificateDesired> {
  const desired = (seen: Observations) =>
    !checked || isDelegated(seen) || seen.id('certificate') !== undefined
      ? { domain, alternativeNames: [`*.${domain}`] }
      : { waitingFor: `the delegation of ${domain}`, node: 'delegation' };
  const dependsOn = [zoneId(input.spec), ...(checked ? ['delegation'] : [])];
  // ACM renews only what still has its validation record, and a load balancer may hold the certificate for long.
  const goesBefore = [recordId(input)];
  return { ...node(input, 'certificate', 'acm/certificate', dependsOn, desired), goesBefore, aside: true };
}

/** In a zone of somebody else's it is another node, so that one in a zone of ours goes with that. */
function recordId({ spec }: Input): string {
  return zoneId(spec) === EXISTING_ZONE ? `record/${EXISTING_ZONE}` : 'record/validation';
}

/**
 * It comes after the zone alone: the certificate is ready only when this record is there, and goes before it. In a zone of
 * somebody else's it bears a mark of its own.
 */
function recordNode(input: Input): GraphNode<RecordSetDesired> {
  const zone = zoneId(input.spec);
  return recordOf(input, seen => {
    const zoneId = seen.id(zone);
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
  });
}

/**
 * In a zone of ours it stays as it is till that goes: the account has one for all certificates of the domain, in every region,
 * and somebody else's may renew by it (AWS Certificate Manager User Guide, "DNS validation").
 */
function keptRecordNodes(input: Input): readonly GraphNode<RecordSetDesired>[] {
  if (zoneId(input.spec) === EXISTING_ZONE) return [];
  const kept = recordOf(input, seen => {
    const zone = seen.id('zone');
    const { Name, Type, TTL, ResourceRecords = [] } = seen.state<RecordSetState>(recordId(input))?.set ?? {};
    if (zone === undefined || Name === undefined || Type === undefined || TTL === undefined)
      return { waitingFor: 'a certificate: without one it is not made' };
    const values = ResourceRecords.flatMap(({ Value }) => Value ?? []);
    return { zoneId: zone, name: Name, type: Type, ttlSeconds: TTL, values };
  });
  return [kept];
}

function recordOf(
  input: Input,
  desired: GraphNode<RecordSetDesired>['desired'],
): GraphNode<RecordSetDesired> {
  const zone = zoneId(input.spec);
  const id = recordId(input);
  return {
    id,
    type: zone === EXISTING_ZONE ? 'route53/marked-record' : 'route53/record-set',
    name: unique(input, id),
    dependsOn: [zone],
    optional: true,
    aside: true,
    desired,
  };
}

function isDelegated(seen: Observations): boolean {
  return seen.state<Delegation>('delegation')?.verdict === 'Delegated';
}
