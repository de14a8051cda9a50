import {
  CreateSubnetCommand,
  DeleteSubnetCommand,
  ModifySubnetAttributeCommand,
  type Subnet,
} from '@aws-sdk/client-ec2';
import type { Change, Found, Identity } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import type { Tags } from '../../engine/owner.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { replacing } from '../replacing.ts';
import type { AwsScope } from '../scope.ts';
import { interfaceBlockers, namingBlockers } from './blockers.ts';
import { overlap } from './cidr.ts';
import { findOwn } from './find.ts';
import { listWhere, tagsOf } from './read.ts';
import { SUBNET } from './types.ts';
import { EC2_SETTLE_MS, ec2Arn, idOf, nameOf, onVisible, tagResource, tagSpecification } from './write.ts';

export interface SubnetDesired {
  readonly vpcId: string;
  /** `euc1-az1`: the same place in every account, which a zone's name is not. */
  readonly zoneId: string;
  readonly cidr: string;
}

export interface SubnetState {
  readonly vpcId: string;
  readonly zoneId: string;
  readonly cidr: string;
  readonly state: string;
  /** Instances would get public addresses by themselves; never wanted. */
  readonly autoPublicAddress: boolean;
}

/** Its range exists once in a VPC: that is its natural key. `identity.name` only has to be unique. */
export const subnetAdaptor: AwsAdaptor<SubnetDesired, SubnetState> = {
  type: 'ec2/subnet',
  createBy: 'name',
  nameScope: 'region',
  holdsData: false,
  sharesReads: true,
  settleMs: EC2_SETTLE_MS,
  async find(scope, identity, context) {
    const { desired } = context;
    const natural = desired === undefined ? undefined : rangeFilter(desired);
    const items = await findOwn(scope, SUBNET, identity, context, natural);
    return items.map(item => foundOf(scope, identity, item));
  },
  diff,
  create: (scope, identity, desired, tags) => create(scope, identity, desired, tags),
  async update({ ec2 }, found) {
    const off = { Value: false };
    await onVisible(
      ec2.send(new ModifySubnetAttributeCommand({ SubnetId: found.id, MapPublicIpOnLaunch: off })),
    );
    return { ...found, state: { ...found.state, autoPublicAddress: false } };
  },
  tag: tagResource,
  async remove(scope, { id }) {
    await namingBlockers(
      scope.ec2.send(new DeleteSubnetCommand({ SubnetId: id })),
      () => interfaceBlockers(scope, [{ Name: 'subnet-id', Values: [id] }]),
      elseOf(scope, id),
    );
  },
  readiness({ state }) {
    if (state === 'available') return { is: 'ready' };
    if (state === 'pending') return { is: 'in progress', message: 'the subnet is pending', againInMs: 5_000 };
    return { is: 'failed', message: `the subnet is ${state}` };
  },
};

/** Amazon VPC User Guide, "Share your VPC subnets with other accounts": what participants made in it holds it. */
function elseOf({ partition, region, accountId }: AwsScope, id: string): string {
  const arn = `arn:${partition}:ec2:${region}:${accountId}:subnet/${id}`;
  return `EC2 shows no network interface in it. If it is shared (aws ram list-resources --resource-owner SELF --resource-arns ${arn}), what other accounts have in it may hold it: have that deleted, and the subnet goes by itself`;
}

function rangeFilter({ vpcId, cidr }: SubnetDesired) {
  return [
    { Name: 'vpc-id', Values: [vpcId] },
    { Name: 'cidr-block', Values: [cidr] },
  ];
}

function foundOf(scope: AwsScope, identity: Identity, item: Subnet): Found<SubnetState> {
  const id = item.SubnetId ?? '';
  return {
    id,
    arn: ec2Arn(scope, 'subnet', id),
    ...nameOf(identity),
    tags: tagsOf(SUBNET, item),
    state: {
      vpcId: item.VpcId ?? '',
      zoneId: item.AvailabilityZoneId ?? '',
      cidr: item.CidrBlock ?? '',
      state: item.State ?? 'pending',
      autoPublicAddress: item.MapPublicIpOnLaunch === true,
    },
  };
}

function diff(desired: SubnetDesired, state: SubnetState): readonly Change[] {
  const changes = replacing(['vpcId', 'zoneId', 'cidr'], desired, state);
  if (state.autoPublicAddress)
    changes.push({ field: 'autoPublicAddress', from: true, to: false, risk: 'Low' });
  return changes;
}

async function create(
  scope: AwsScope,
  identity: Identity,
  desired: SubnetDesired,
  tags: Tags,
): Promise<Found<SubnetState>> {
  const { vpcId, zoneId, cidr } = desired;
  try {
    const { Subnet: subnet } = await onVisible(
      scope.ec2.send(
        new CreateSubnetCommand({
          VpcId: vpcId,
          AvailabilityZoneId: zoneId,
          CidrBlock: cidr,
          TagSpecifications: tagSpecification('subnet', tags),
        }),
      ),
    );
    idOf(subnet?.SubnetId, 'CreateSubnet');
    const made = foundOf(scope, identity, subnet ?? {});
    return { ...made, tags, state: { ...desired, state: made.state.state, autoPublicAddress: false } };
  } catch (error) {
    if (!(error instanceof CloudError) || error.code !== 'InvalidSubnet.Conflict') throw error;
    return inTheWay(scope, identity, desired, error);
  }
}

/** Ours of a lost answer, or somebody else's: its tags tell. Another range that overlaps is none of ours. */
async function inTheWay(
  scope: AwsScope,
  identity: Identity,
  { vpcId, cidr }: SubnetDesired,
  cause: CloudError,
): Promise<Found<SubnetState>> {
  const subnets = await listWhere(scope, SUBNET, [{ Name: 'vpc-id', Values: [vpcId] }]);
  const same = subnets.find(one => one.CidrBlock === cidr);
  if (same !== undefined) return foundOf(scope, identity, same);
  const other = subnets.find(one => one.CidrBlock !== undefined && overlap(one.CidrBlock, cidr));
  if (other === undefined) {
    throw new CloudError('NotYet', `a subnet ${cidr} exists in ${vpcId} and EC2 does not show it yet`, {
      cause,
      retryAfterMs: 5_000,
    });
  }
  throw new CloudError(
    'Conflict',
    `the range ${cidr} overlaps with ${other.CidrBlock} of subnet ${other.SubnetId} in ${vpcId}, which is not this object's`,
    { code: cause.code, cause },
  );
}
