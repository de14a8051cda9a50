import {
  DeleteSecurityGroupCommand,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2';
import { type Blocker, CloudError } from '../../engine/errors.ts';
import { orAbsent } from '../errors.ts';
import { isLeftOf, madeFor } from '../leftovers/proof.ts';
import { type LeftoversDesired, sweptAdaptor } from '../leftovers/swept.ts';
import type { AwsScope } from '../scope.ts';
import { namingBlockers } from './blockers.ts';
import { elseOfGroup, groupsNaming, groupUsers } from './group-users.ts';
import { listWhere, tagsOf } from './read.ts';
import { permissionOf, type Rule, rulesOf } from './rules.ts';
import { SECURITY_GROUP } from './types.ts';

interface LeftSecurityGroup {
  /** Rules about other groups, by which two groups can hold each other. */
  readonly ingress: readonly Rule[];
  readonly egress: readonly Rule[];
}

/** Security groups of a cluster's load balancers, and the cluster's own where something held it. */
export const leftSecurityGroupsAdaptor = sweptAdaptor<LeftSecurityGroup>({
  type: 'ec2/left-security-groups',
  async find(scope, { vpcId, clusterName }) {
    const groups = await listWhere(scope, SECURITY_GROUP, [{ Name: 'vpc-id', Values: [vpcId] }]);
    return groups.flatMap(group => {
      const tags = tagsOf(SECURITY_GROUP, group);
      // A VPC's default group cannot be deleted.
      if (group.VpcId !== vpcId || group.GroupName === 'default' || !isLeftOf(clusterName, tags)) return [];
      const id = group.GroupId ?? '';
      const object = madeFor(tags);
      const about = (rule: Rule) => rule.peer.startsWith('sg-');
      return {
        id,
        name: `security group ${id} (${group.GroupName}${object === undefined ? '' : ` of ${object}`})`,
        state: {
          ingress: rulesOf(group.IpPermissions, id).filter(about),
          egress: rulesOf(group.IpPermissionsEgress, id).filter(about),
        },
      };
    });
  },
  async remove(scope, { id, name = id, state }, desired) {
    await dropRules(scope, id, state);
    const remove = orAbsent(scope.ec2.send(new DeleteSecurityGroupCommand({ GroupId: id })));
    async function users(): Promise<readonly Blocker[]> {
      const found = await groupUsers(scope, id, desired.vpcId);
      if (found.length > 0 && (await isHeldByLeftOnly(scope, id, desired, found.length)))
        throw new CloudError('Busy', `${name} waits for groups that go too`, { retryAfterMs: 5_000 });
      return found;
    }
    await namingBlockers(remove, users, elseOfGroup(id));
  },
});

async function dropRules({ ec2 }: AwsScope, GroupId: string, { ingress, egress }: LeftSecurityGroup) {
  for (const rule of ingress) {
    const IpPermissions = [permissionOf(rule, GroupId)];
    await orAbsent(ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions })));
  }
  for (const rule of egress) {
    const IpPermissions = [permissionOf(rule, GroupId)];
    await orAbsent(ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions })));
  }
}

/** All its users are groups of the cluster, which drop their rules about others before they go. */
async function isHeldByLeftOnly(
  scope: AwsScope,
  id: string,
  { vpcId, clusterName }: LeftoversDesired,
  users: number,
): Promise<boolean> {
  const naming = await groupsNaming(scope, id, vpcId);
  return naming.length === users && naming.every(one => isLeftOf(clusterName, tagsOf(SECURITY_GROUP, one)));
}
