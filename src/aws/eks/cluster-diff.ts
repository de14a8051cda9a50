import type { Change, Risk } from '../../engine/adaptor.ts';
import type { ClusterDesired, ClusterState } from './cluster-state.ts';
import { compareVersions, nextVersion } from './versions.ts';

/** Amazon EKS User Guide, "Set Cluster Authentication Mode": one step at a time, and never back. */
const MODES = ['CONFIG_MAP', 'API_AND_CONFIG_MAP', 'API'];

/** Pure. */
export function clusterDiff(
  desired: ClusterDesired,
  state: ClusterState,
  recorded: readonly string[],
): readonly Change[] {
  const changes: Change[] = [];
  function differ(field: string, from: unknown, to: unknown, risk: Risk, replace = false): void {
    changes.push({ field, from, to, risk, ...(replace ? { replace: true } : {}) });
  }
  // A cluster that is newer than the spec was upgraded by AWS or by hand: there is no way back.
  if (compareVersions(desired.version, state.version) > 0) {
    differ('version', state.version, nextVersion(state.version, desired.version), 'High');
  }
  // The role cannot be changed (UpdateClusterConfig has no such member).
  if (state.roleArn !== desired.roleArn) differ('roleArn', state.roleArn, desired.roleArn, 'High', true);
  // Network interfaces of the control plane are made anew.
  if (!sameSet(state.subnetIds, desired.subnetIds))
    differ('subnetIds', state.subnetIds, desired.subnetIds, 'High');
  if (!sameSet(state.securityGroupIds, desired.securityGroupIds))
    differ('securityGroupIds', state.securityGroupIds, desired.securityGroupIds, 'High');
  if (!state.privateAccess) differ('privateAccess', false, true, 'Low');
  if (!sameSet(state.publicCidrs, desired.publicCidrs))
    differ('publicCidrs', state.publicCidrs, desired.publicCidrs, 'Low');
  // "Once enabled, encryption cannot be disabled", nor its key changed: AssociateEncryptionConfig is for clusters without.
  if (state.keyArn !== desired.keyArn)
    differ('keyArn', state.keyArn, desired.keyArn, 'High', state.keyArn !== undefined);
  if (!sameSet(state.logTypes, desired.logTypes))
    differ('logTypes', [...state.logTypes].sort(), [...desired.logTypes].sort(), 'Low');
  const mode = MODES.indexOf(state.authenticationMode);
  // The step to API ends the rights of everybody in the aws-auth ConfigMap.
  if (mode >= 0 && mode < MODES.length - 1)
    differ('authenticationMode', state.authenticationMode, MODES[mode + 1], mode === 0 ? 'Low' : 'High');
  // "You cannot disable extended support once it starts" (UpgradePolicyRequest): a newer version ends it.
  if (state.supportType !== desired.supportType && state.inExtendedSupport !== true)
    differ('supportType', state.supportType, desired.supportType, 'Low');
  if (state.deletionProtection !== desired.deletionProtection)
    differ('deletionProtection', state.deletionProtection, desired.deletionProtection, 'Low');
  if (desired.serviceCidr !== undefined && state.serviceCidr !== desired.serviceCidr)
    differ('serviceCidr', state.serviceCidr, desired.serviceCidr, 'High', true);
  const zonalShift = desired.zonalShift ?? (recorded.includes('zonalShift') ? false : state.zonalShift);
  if (state.zonalShift !== zonalShift) differ('zonalShift', state.zonalShift, zonalShift, 'Low');
  return changes;
}

export function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return [...new Set(a)].sort().join('\n') === [...new Set(b)].sort().join('\n');
}
