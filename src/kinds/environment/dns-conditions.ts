import type { OptaEnvironmentSpec } from '../../api/environment.ts';
import { type CertificateState, renewalProblem } from '../../aws/acm/certificate-state.ts';
import type { Delegation } from '../../aws/route53/delegation.ts';
import type { ConditionsOf, KindCondition } from '../kind.ts';
import { isInTrouble, troubleOf } from './trouble.ts';
import { EXISTING_ZONE } from './zone-source.ts';

/** Whether the world asks the zone, and whether there is a certificate. */
export function dnsConditions({ dns }: OptaEnvironmentSpec, of: ConditionsOf): readonly KindCondition[] {
  if (dns === undefined) return [];
  return [delegated(dns.delegationCheck === 'Skip', of), ...(dns.certificate === false ? [] : [issued(of)])];
}

function delegated(isSkipped: boolean, { seen, nodes }: ConditionsOf): KindCondition {
  const type = 'DomainDelegated';
  const unusable = nodes.find(one => one.node === EXISTING_ZONE && one.state === 'Failed');
  if (unusable !== undefined)
    return { type, status: 'False', reason: 'ZoneUnusable', message: unusable.message ?? '' };
  const zone = nodes.find(one => one.node === 'zone' && isInTrouble(one));
  const why = seen.state('zone') === undefined ? zone?.message : undefined;
  // One that was not read may be there.
  if (zone !== undefined && why !== undefined && seen.isKnown('zone'))
    return { type, status: 'False', reason: troubleOf(zone), message: why };
  if (isSkipped) {
    const message = 'not checked, because spec.dns.delegationCheck is Skip';
    return { type, status: 'True', reason: 'NotChecked', message };
  }
  const state = seen.state<Delegation>('delegation');
  if (state === undefined)
    return { type, status: 'Unknown', reason: 'ZonePending', message: why ?? 'the zone is not there yet' };
  const { verdict, message } = state;
  if (verdict === 'Delegated') return { type, status: 'True', reason: 'Delegated', message };
  // Nothing is said to be amiss because DNS did not answer once.
  if (verdict === 'Unknown') return { type, status: 'Unknown', reason: 'NoAnswer', message };
  const reason = 'DelegationPending';
  return { type, status: 'False', reason, message, readyReason: reason };
}

function issued({ seen, nodes, now }: ConditionsOf): KindCondition {
  const type = 'CertificateIssued';
  const state = seen.state<CertificateState>('certificate');
  if (state?.status === 'ISSUED') {
    const problem = renewalProblem(state, now);
    if (problem === undefined) return { type, status: 'True', reason: 'Issued', message: '' };
    const { renewal } = state;
    const reason = renewal?.status === 'FAILED' ? 'RenewalFailed' : 'RenewalPending';
    const of = { type, status: 'True', message: problem, warns: true } as const;
    return { ...of, reason: renewal === undefined ? 'NotRenewed' : reason };
  }
  const open = nodes.find(one => one.node === 'certificate');
  const message = open?.message ?? 'it is not asked for yet';
  // Nobody waits for it, and Ready would say that everything is as the spec says.
  const readyReason = open?.state === 'Waiting' ? 'DelegationPending' : 'ValidationPending';
  const asked = { type, status: 'False', message, readyReason } as const;
  if (open?.state === 'Failed') return { ...asked, reason: 'Failed' };
  if (open?.trouble !== undefined) return { ...asked, reason: open.trouble };
  // Nobody knows whether it was asked for.
  if (open?.state === 'Pending') return { ...asked, reason: 'Progressing' };
  return { ...asked, reason: readyReason };
}
