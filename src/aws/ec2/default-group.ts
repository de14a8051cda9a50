import {
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  type SecurityGroup,
} from '@aws-sdk/client-ec2';
import type { Freshness } from '../../engine/adaptor.ts';
import { orAbsent } from '../errors.ts';
import type { AwsScope } from '../scope.ts';
import { listOwn, listWhere } from './read.ts';
import { permissionOf, ruleKeys, rulesOf } from './rules.ts';
import { SECURITY_GROUP } from './types.ts';

/** The default group of a VPC. */
export async function defaultGroupOf(
  scope: AwsScope,
  vpcId: string,
  freshness: Freshness,
): Promise<SecurityGroup | undefined> {
  const isIt = (group: SecurityGroup) => group.VpcId === vpcId && group.GroupName === 'default';
  if (freshness === 'shared') {
    const shared = (await listOwn(scope, SECURITY_GROUP, 'shared')).find(isIt);
    if (shared !== undefined) return shared;
  }
  const own = [
    { Name: 'group-name', Values: ['default'] },
    { Name: 'vpc-id', Values: [vpcId] },
  ];
  return (await listWhere(scope, SECURITY_GROUP, own)).find(isIt);
}

/** `ingress tcp 22-22 0.0.0.0/0` */
export function rulesOfGroup(group: SecurityGroup): readonly string[] {
  const id = group.GroupId ?? '';
  const ingress = ruleKeys(rulesOf(group.IpPermissions, id)).map(key => `ingress ${key}`);
  return [...ingress, ...ruleKeys(rulesOf(group.IpPermissionsEgress, id)).map(key => `egress ${key}`)];
}

export async function emptyGroup({ ec2 }: AwsScope, group: SecurityGroup): Promise<void> {
  const GroupId = group.GroupId ?? '';
  const permissions = (of: SecurityGroup['IpPermissions']) =>
    rulesOf(of, GroupId).map(rule => permissionOf(rule, GroupId));
  for (const permission of permissions(group.IpPermissions)) {
    await orAbsent(ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions: [permission] })));
  }
  for (const permission of permissions(group.IpPermissionsEgress)) {
    await orAbsent(ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: [permission] })));
  }
}
