import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  type SecurityGroup,
} from '@aws-sdk/client-ec2';
import type { Change, Found, Identity } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import type { Tags } from '../../engine/owner.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { orAbsent } from '../errors.ts';
import { replacing } from '../replacing.ts';
import type { AwsScope } from '../scope.ts';
import { namingBlockers } from './blockers.ts';
import { findOwn } from './find.ts';
import { elseOfGroup, groupUsers } from './group-users.ts';
import { listWhere, tagsOf } from './read.ts';
import { permissionOf, type Rule, ruleKeys, rulesOf, without } from './rules.ts';
import { SECURITY_GROUP } from './types.ts';
import { EC2_SETTLE_MS, ec2Arn, idOf, onVisible, tagResource, tagSpecification } from './write.ts';

export interface SecurityGroupDesired {
  readonly vpcId: string;
  /** Cannot be changed, and is not compared: no wording is worth a new group. */
  readonly description: string;
  readonly ingress: readonly Rule[];
  readonly egress: readonly Rule[];
}

export interface SecurityGroupState {
  readonly vpcId: string;
  readonly ingress: readonly Rule[];
  readonly egress: readonly Rule[];
}

/** `identity.name` is the group's name, which exists once in a VPC. */
export const securityGroupAdaptor: AwsAdaptor<SecurityGroupDesired, SecurityGroupState> = {
  type: 'ec2/security-group',
  createBy: 'name',
  nameScope: 'region',
  holdsData: false,
  sharesReads: true,
  settleMs: EC2_SETTLE_MS,
  async find(scope, identity, context) {
    const { desired } = context;
    const natural = desired === undefined ? undefined : nameFilter(desired.vpcId, identity);
    const items = await findOwn(scope, SECURITY_GROUP, identity, context, natural);
    return items.map(item => foundOf(scope, item));
  },
  diff,
  create: (scope, identity, desired, tags) => create(scope, identity, desired, tags),
  update: (scope, found, desired, changes) => update(scope, found, desired, changes),
  tag: tagResource,
  async remove(scope, { id, state }) {
    await namingBlockers(
      scope.ec2.send(new DeleteSecurityGroupCommand({ GroupId: id })),
      () => groupUsers(scope, id, state.vpcId),
      elseOfGroup(id),
    );
  },
  readiness: () => ({ is: 'ready' }),
};

function nameFilter(vpcId: string, { name }: Identity) {
  return [
    { Name: 'vpc-id', Values: [vpcId] },
    { Name: 'group-name', Values: [name ?? ''] },
  ];
}

function foundOf(scope: AwsScope, item: SecurityGroup): Found<SecurityGroupState> {
  const id = item.GroupId ?? '';
  return {
    id,
    arn: ec2Arn(scope, 'security-group', id),
    ...(item.GroupName === undefined ? {} : { name: item.GroupName }),
    tags: tagsOf(SECURITY_GROUP, item),
    state: {
      vpcId: item.VpcId ?? '',
      ingress: rulesOf(item.IpPermissions, id),
      egress: rulesOf(item.IpPermissionsEgress, id),
    },
  };
}

function diff(desired: SecurityGroupDesired, state: SecurityGroupState): readonly Change[] {
  const changes = replacing(['vpcId'], desired, state);
  for (const field of ['ingress', 'egress'] as const) {
    const [from, to] = [ruleKeys(state[field]), ruleKeys(desired[field])];
    if (from.join() !== to.join()) changes.push({ field, from, to, risk: 'Low' });
  }
  return changes;
}

async function create(
  scope: AwsScope,
  identity: Identity,
  { vpcId, description }: SecurityGroupDesired,
  tags: Tags,
): Promise<Found<SecurityGroupState>> {
  const GroupName = identity.name ?? '';
  try {
    const { GroupId } = await onVisible(
      scope.ec2.send(
        new CreateSecurityGroupCommand({
          GroupName,
          Description: description,
          VpcId: vpcId,
          TagSpecifications: tagSpecification('security-group', tags),
        }),
      ),
    );
    const id = idOf(GroupId, 'CreateSecurityGroup');
    // Amazon EC2 API Reference, CreateSecurityGroup: all outbound traffic is allowed; the update that follows ends that.
    const egress = [{ protocol: '-1', peer: '0.0.0.0/0' }];
    const arn = ec2Arn(scope, 'security-group', id);
    return { id, arn, name: GroupName, tags, state: { vpcId, ingress: [], egress } };
  } catch (error) {
    if (!(error instanceof CloudError) || error.code !== 'InvalidGroup.Duplicate') throw error;
    // Ours of a lost answer, or somebody else's: its tags tell.
    const [existing] = await listWhere(scope, SECURITY_GROUP, nameFilter(vpcId, identity));
    if (existing !== undefined) return foundOf(scope, existing);
    const message = `a security group ${GroupName} exists in ${vpcId} and EC2 does not show it yet`;
    throw new CloudError('NotYet', message, { cause: error });
  }
}

async function update(
  scope: AwsScope,
  found: Found<SecurityGroupState>,
  desired: SecurityGroupDesired,
  changes: readonly Change[],
): Promise<Found<SecurityGroupState>> {
  const { ec2 } = scope;
  const GroupId = found.id;
  const fields = new Set(changes.map(change => change.field));
  const one = (rule: Rule) => ({ GroupId, IpPermissions: [permissionOf(rule, GroupId)] });
  const { state } = found;
  // All that is new before anything goes, so that nothing is shut that stays open. One rule a call: one that is there
  // already, of a call whose answer was lost, would refuse the others with it.
  if (fields.has('ingress')) {
    for (const rule of without(desired.ingress, state.ingress))
      await orThere(onVisible(ec2.send(new AuthorizeSecurityGroupIngressCommand(one(rule)))));
  }
  if (fields.has('egress')) {
    for (const rule of without(desired.egress, state.egress))
      await orThere(onVisible(ec2.send(new AuthorizeSecurityGroupEgressCommand(one(rule)))));
  }
  if (fields.has('ingress')) {
    for (const rule of without(state.ingress, desired.ingress))
      await orAbsent(ec2.send(new RevokeSecurityGroupIngressCommand(one(rule))));
  }
  if (fields.has('egress')) {
    for (const rule of without(state.egress, desired.egress))
      await orAbsent(ec2.send(new RevokeSecurityGroupEgressCommand(one(rule))));
  }
  return { ...found, state: { ...state, ingress: desired.ingress, egress: desired.egress } };
}

async function orThere(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof CloudError) || error.code !== 'InvalidPermission.Duplicate') throw error;
  }
}
