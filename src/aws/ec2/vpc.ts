import {
  CreateVpcCommand,
  DeleteVpcCommand,
  ModifyVpcAttributeCommand,
  type SecurityGroup,
  type Vpc,
} from '@aws-sdk/client-ec2';
import type { Change, Found, Freshness } from '../../engine/adaptor.ts';
import { type Blocker, CloudError } from '../../engine/errors.ts';
import type { Tags } from '../../engine/owner.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { replacing } from '../replacing.ts';
import type { AwsScope } from '../scope.ts';
import { interfaceBlockers, namingBlockers } from './blockers.ts';
import { defaultGroupOf, emptyGroup, rulesOfGroup } from './default-group.ts';
import { findOwn } from './find.ts';
import { groupBlocker } from './group-users.ts';
import { listOwn, listWhere, tagsOf } from './read.ts';
import {
  type Ec2Type,
  INTERNET_GATEWAY,
  NETWORK_ACL,
  ROUTE_TABLE,
  SECURITY_GROUP,
  SUBNET,
  VPC,
  VPC_ENDPOINT,
} from './types.ts';
import { EC2_SETTLE_MS, ec2Arn, idOf, onVisible, tagResource, tagSpecification } from './write.ts';

export interface VpcDesired {
  readonly cidr: string;
  readonly dnsSupport: boolean;
  /** Needs dnsSupport. */
  readonly dnsHostnames: boolean;
}

export interface VpcState {
  readonly cidr: string;
  readonly state: string;
  readonly dnsSupport: boolean;
  readonly dnsHostnames: boolean;
  /** Rules of its default security group, which comes with it, cannot be deleted, and is to have none. */
  readonly defaultGroupRules: readonly string[];
}

export const vpcAdaptor: AwsAdaptor<VpcDesired, VpcState> = {
  type: 'ec2/vpc',
  createBy: 'intent',
  holdsData: false,
  sharesReads: true,
  settleMs: EC2_SETTLE_MS,
  async find(scope, identity, context) {
    const items = await findOwn(scope, VPC, identity, context);
    const found = await Promise.all(items.map(item => foundOf(scope, item, context.freshness)));
    return found.filter(one => one !== undefined);
  },
  diff,
  create: (scope, _identity, desired, tags) => create(scope, desired, tags),
  update: (scope, found, desired, changes) => update(scope, found, desired, changes),
  tag: tagResource,
  async remove(scope, { id }) {
    await namingBlockers(
      scope.ec2.send(new DeleteVpcCommand({ VpcId: id })),
      () => blockersOf(scope, id),
      whatElse(id),
    );
  },
  readiness: ({ state }) =>
    state === 'available'
      ? { is: 'ready' }
      : { is: 'in progress', message: `the VPC is ${state}`, againInMs: 5_000 },
};

async function foundOf(
  scope: AwsScope,
  item: Vpc,
  freshness: Freshness,
): Promise<Found<VpcState> | undefined> {
  const id = item.VpcId ?? '';
  const [dns, group] = await Promise.all([dnsOf(scope, id, freshness), defaultGroupOf(scope, id, freshness)]);
  if (dns === undefined) {
    throw new CloudError('NotYet', `EC2 does not show the attributes of ${id} yet`, { retryAfterMs: 5_000 });
  }
  return {
    id,
    arn: ec2Arn(scope, 'vpc', id),
    tags: tagsOf(VPC, item),
    state: {
      cidr: item.CidrBlock ?? '',
      state: item.State ?? 'pending',
      ...dns,
      defaultGroupRules: group === undefined ? [] : rulesOfGroup(group),
    },
  };
}

async function dnsOf(scope: AwsScope, id: string, freshness: Freshness) {
  const all = freshness === 'shared' ? await listOwn(scope, VPC, 'shared') : [];
  return scope.vpcDns.of(
    id,
    all.flatMap(item => item.VpcId ?? []),
    freshness,
  );
}

function diff(desired: VpcDesired, state: VpcState): readonly Change[] {
  const changes = replacing(['cidr'], desired, state);
  for (const field of ['dnsSupport', 'dnsHostnames'] as const) {
    if (state[field] !== desired[field])
      changes.push({ field, from: state[field], to: desired[field], risk: 'Low' });
  }
  if (state.defaultGroupRules.length > 0) {
    changes.push({ field: 'defaultGroupRules', from: state.defaultGroupRules, to: [], risk: 'Low' });
  }
  return changes;
}

async function create(scope: AwsScope, desired: VpcDesired, tags: Tags): Promise<Found<VpcState>> {
  const { Vpc: vpc } = await scope.ec2.send(
    new CreateVpcCommand({ CidrBlock: desired.cidr, TagSpecifications: tagSpecification('vpc', tags) }),
  );
  const id = idOf(vpc?.VpcId, 'CreateVpc');
  return {
    id,
    arn: ec2Arn(scope, 'vpc', id),
    tags,
    // Amazon VPC User Guide, "View and update DNS attributes" and "Default security groups": what a new VPC has.
    state: {
      cidr: desired.cidr,
      state: vpc?.State ?? 'pending',
      dnsSupport: true,
      dnsHostnames: false,
      defaultGroupRules: ['ingress -1 all self', 'egress -1 all 0.0.0.0/0'],
    },
  };
}

async function update(
  scope: AwsScope,
  found: Found<VpcState>,
  desired: VpcDesired,
  changes: readonly Change[],
): Promise<Found<VpcState>> {
  const VpcId = found.id;
  scope.vpcDns.forget(VpcId);
  const fields = new Set(changes.map(change => change.field));
  // Amazon EC2 API Reference, ModifyVpcAttribute: one attribute a call, and host names need support.
  const support = new ModifyVpcAttributeCommand({ VpcId, EnableDnsSupport: { Value: desired.dnsSupport } });
  const hostnames = new ModifyVpcAttributeCommand({
    VpcId,
    EnableDnsHostnames: { Value: desired.dnsHostnames },
  });
  const inOrder = desired.dnsSupport
    ? ([
        ['dnsSupport', support],
        ['dnsHostnames', hostnames],
      ] as const)
    : ([
        ['dnsHostnames', hostnames],
        ['dnsSupport', support],
      ] as const);
  for (const [field, command] of inOrder) {
    if (fields.has(field)) await onVisible(scope.ec2.send(command));
  }
  if (fields.has('defaultGroupRules')) await emptyDefaultGroup(scope, VpcId);
  const { dnsSupport, dnsHostnames } = desired;
  return { ...found, state: { ...found.state, dnsSupport, dnsHostnames, defaultGroupRules: [] } };
}

async function emptyDefaultGroup(scope: AwsScope, vpcId: string): Promise<void> {
  const group: SecurityGroup | undefined = await defaultGroupOf(scope, vpcId, 'fresh');
  if (group === undefined) {
    throw new CloudError('NotYet', `EC2 does not show the default security group of ${vpcId} yet`, {
      retryAfterMs: 5_000,
    });
  }
  await emptyGroup(scope, group);
}

/** Whatever holds a VPC; what belongs to its own network goes before it, so others' is what is left. */
async function blockersOf(scope: AwsScope, vpcId: string): Promise<readonly Blocker[]> {
  const within = [{ Name: 'vpc-id', Values: [vpcId] }];
  const attached = [{ Name: 'attachment.vpc-id', Values: [vpcId] }];
  const [interfaces, subnets, groups, gateways, endpoints, tables, acls] = await Promise.all([
    interfaceBlockers(scope, within),
    listWhere(scope, SUBNET, within),
    listWhere(scope, SECURITY_GROUP, within),
    listWhere(scope, INTERNET_GATEWAY, attached),
    listWhere(scope, VPC_ENDPOINT, within),
    listWhere(scope, ROUTE_TABLE, within),
    listWhere(scope, NETWORK_ACL, within),
  ]);
  const reason = 'still in the VPC';
  return [
    ...interfaces,
    ...subnets.map(one => ({ resource: `subnet ${one.SubnetId}`, reason })),
    ...groups.filter(one => one.GroupName !== 'default').map(one => groupBlocker(one, reason)),
    ...gateways.map(one => ({ resource: `internet gateway ${one.InternetGatewayId}`, reason: 'attached' })),
    ...endpoints.map(one => ({ resource: `endpoint ${one.VpcEndpointId}`, reason })),
    // "When you delete the VPC, it deletes the default security group, network ACL, and route table": DeleteVpc.
    ...tables
      .filter(one => one.Associations?.some(use => use.Main === true) !== true)
      .map(one => ({
        resource: `route table ${one.RouteTableId}`,
        reason: withName(ROUTE_TABLE, one, reason),
      })),
    ...acls
      .filter(one => one.IsDefault !== true)
      .map(one => ({
        resource: `network ACL ${one.NetworkAclId}`,
        reason: withName(NETWORK_ACL, one, reason),
      })),
  ];
}

function withName<T>(type: Ec2Type<T>, item: T, reason: string): string {
  const name = tagsOf(type, item).Name;
  return name === undefined ? reason : `${name}, ${reason}`;
}

/** Amazon VPC User Guide, "Delete your VPC": what this operator never makes and has no right to look for. */
function whatElse(id: string): string {
  const of = (what: string, filter: string) => `aws ec2 ${what} --filters Name=${filter},Values=${id}`;
  return [
    'Nothing that this operator can list is in it. Else a VPC is held by a VPN gateway',
    `(${of('describe-vpn-gateways', 'attachment.vpc-id')}), an egress-only internet gateway`,
    `(aws ec2 describe-egress-only-internet-gateways), a peering connection (${of('describe-vpc-peering-connections', 'requester-vpc-info.vpc-id')};`,
    'accepter-vpc-info.vpc-id), a carrier gateway, an endpoint service, or endpoints that another account or a service such as a firewall',
    'made: delete or detach what is found, and the VPC goes by itself',
  ].join(' ');
}
