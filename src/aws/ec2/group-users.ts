import type { SecurityGroup } from '@aws-sdk/client-ec2';
import type { Blocker } from '../../engine/errors.ts';
import { madeFor } from '../leftovers/proof.ts';
import type { AwsScope } from '../scope.ts';
import { interfaceBlockers } from './blockers.ts';
import { listWhere, tagsOf } from './read.ts';
import { rulesOf } from './rules.ts';
import { SECURITY_GROUP } from './types.ts';

/** Interfaces that have the group, and groups whose rules name it. */
export async function groupUsers(scope: AwsScope, id: string, vpcId: string): Promise<readonly Blocker[]> {
  const [interfaces, naming] = await Promise.all([
    interfaceBlockers(scope, [{ Name: 'group-id', Values: [id] }]),
    groupsNaming(scope, id, vpcId),
  ]);
  return [...interfaces, ...naming.map(group => groupBlocker(group, 'a rule of it names this one'))];
}

export async function groupsNaming(
  scope: AwsScope,
  id: string,
  vpcId: string,
): Promise<readonly SecurityGroup[]> {
  const groups = await listWhere(scope, SECURITY_GROUP, [{ Name: 'vpc-id', Values: [vpcId] }]);
  return groups.filter(group => {
    const own = group.GroupId ?? '';
    const rules = [...rulesOf(group.IpPermissions, own), ...rulesOf(group.IpPermissionsEgress, own)];
    return own !== id && rules.some(rule => rule.peer === id);
  });
}

/** Amazon EC2 API Reference, DeleteSecurityGroup: an association is what else holds it, and is in nothing that is listed here. */
export function elseOfGroup(id: string): string {
  return [
    'No network interface has it, and no rule of a group in its VPC names it. Else a security group is held by its association',
    `with another VPC (aws ec2 describe-security-group-vpc-associations --filters Name=group-id,Values=${id}):`,
    `end that (aws ec2 disassociate-security-group-vpc --group-id ${id} --vpc-id …), and the group goes by itself`,
  ].join(' ');
}

export function groupBlocker(group: SecurityGroup, why: string): Blocker {
  const object = madeFor(tagsOf(SECURITY_GROUP, group));
  const owner = object === undefined ? `of account ${group.OwnerId ?? 'unknown'}` : `of ${object}`;
  const { GroupId, GroupName = '', Description = '' } = group;
  const words = Description === '' ? GroupName : `${GroupName}: ${Description}`;
  return { resource: `security group ${GroupId}`, reason: `${words}, ${owner}, ${why}` };
}
