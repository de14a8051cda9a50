import type { NetworkAcl, NetworkInterface, SecurityGroup } from '@aws-sdk/client-ec2';
import type { Freshness } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { onlyRead } from '../only-read.ts';
import type { AwsScope } from '../scope.ts';
import { rangesOf } from './cidr.ts';
import { isInternal, openRulesOf, publicAddressOf, type WayIn } from './exposed.ts';
import { listInterfaces } from './interfaces.ts';
import { restrictionsOf } from './network-acl.ts';
import { listOwn, listWhere } from './read.ts';
import { NETWORK_ACL, SECURITY_GROUP, VPC } from './types.ts';

export interface ExposureDesired {
  readonly vpcId: string;
  /** As far as it is known here; what a VPC that is ours was given beside is read. */
  readonly cidrs: readonly string[];
  /** False: others are in the VPC too, who decide for themselves. Looked at is then what has the cluster's group. */
  readonly isOurs: boolean;
  /** Of a cluster of ours: EKS makes a group for its control plane and nodes. */
  readonly clusterName?: string;
}

export interface Exposure {
  readonly waysIn: readonly WayIn[];
  /** Network ACLs that let less pass than AWS's default one does. */
  readonly restricted: readonly string[];
  /** Why it could not be looked at. */
  readonly unknown?: string;
}

/** Amazon EC2 API Reference, Filter: values of one filter. */
const MOST_VALUES = 200;

/**
 * What people and controllers in a cluster do to a network beside its own groups: rules of the group that EKS makes, groups and
 * public addresses on nodes, network ACLs. Nobody's here to change, and often meant, as rules for a load balancer that passes
 * clients' addresses through are: so it is looked at and told, and is ready whatever comes of it.
 */
export const exposureAdaptor: AwsAdaptor<ExposureDesired, Exposure> = {
  type: 'ec2/exposure',
  createBy: 'name',
  nameScope: 'region',
  holdsData: false,
  settleMs: 0,
  sharesReads: true,
  async find(scope, _identity, { desired, freshness }) {
    if (desired === undefined) return [];
    const state = await look(scope, desired, freshness);
    return [{ id: desired.vpcId, tags: 'inherited', state }];
  },
  ...onlyRead('how far a network is open is only looked at'),
  readiness: () => ({ is: 'ready' }),
};

async function look(scope: AwsScope, desired: ExposureDesired, freshness: Freshness): Promise<Exposure> {
  try {
    return await exposureOf(scope, desired, freshness);
  } catch (error) {
    // Nothing waits for it: it is told as unknown.
    if (!(error instanceof CloudError)) throw error;
    return { waysIn: [], restricted: [], unknown: error.message };
  }
}

async function exposureOf(
  scope: AwsScope,
  desired: ExposureDesired,
  freshness: Freshness,
): Promise<Exposure> {
  const { vpcId, isOurs, clusterName } = desired;
  const vpcs = isOurs ? await listOwn(scope, VPC, 'shared') : [];
  const vpc = vpcs.find(one => one.VpcId === vpcId);
  const more = vpc === undefined ? [] : rangesOf(vpc);
  const ours = vpcs.flatMap(one => one.VpcId ?? []);
  const [known, { interfaces, acls }] = await Promise.all([
    listOwn(scope, SECURITY_GROUP, 'shared'),
    listed(scope, ours, desired, freshness),
  ]);
  const ofCluster = known.filter(one => one.VpcId === vpcId && isGroupOf(one, clusterName));
  const clusterIds = ofCluster.flatMap(one => one.GroupId ?? []);
  const here = interfaces.filter(one => {
    const isMeant = isOurs || groupsOn(one).some(id => clusterIds.includes(id));
    return one.VpcId === vpcId && isMeant && isInternal(one);
  });
  const groups = await groupsOf(scope, known, new Set([...clusterIds, ...here.flatMap(groupsOn)]));
  const waysIn = [
    ...here.flatMap(publicAddressOf),
    ...groups.flatMap(group => openRulesOf(group, [...desired.cidrs, ...more])),
  ];
  const restricted = acls.filter(one => one.VpcId === vpcId).flatMap(tellRestricted);
  return { waysIn: waysIn.toSorted((a, b) => (a.text < b.text ? -1 : 1)), restricted: restricted.sort() };
}

/** "View Amazon EKS security group requirements for clusters": `eks-cluster-sg-my-cluster-uniqueID`. */
function isGroupOf({ GroupName = '' }: SecurityGroup, clusterName: string | undefined): boolean {
  return clusterName !== undefined && GroupName.startsWith(`eks-cluster-sg-${clusterName}-`);
}

function groupsOn({ Groups = [] }: NetworkInterface): readonly string[] {
  return Groups.flatMap(one => one.GroupId ?? []);
}

function tellRestricted(acl: NetworkAcl): readonly string[] {
  const subnets = (acl.Associations ?? []).flatMap(one => one.SubnetId ?? []).sort();
  const words = subnets.length === 0 ? [] : restrictionsOf(acl);
  return words.length === 0 ? [] : [`${acl.NetworkAclId} of ${subnets.join(', ')}: ${words.join(', ')}`];
}

/** One list of each type, for all networks of ours. */
function listed(
  scope: AwsScope,
  ours: readonly string[],
  { vpcId, isOurs }: ExposureDesired,
  freshness: Freshness,
): Promise<{ readonly interfaces: readonly NetworkInterface[]; readonly acls: readonly NetworkAcl[] }> {
  const all = [...new Set([...ours, vpcId])].sort();
  const ids = isOurs && all.length <= MOST_VALUES ? all : [vpcId];
  const filters = [{ Name: 'vpc-id', Values: ids }];
  return scope.listings.get(`ec2/exposure ${ids.join()}`, freshness, async () => {
    const [interfaces, acls] = await Promise.all([
      listInterfaces(scope, filters),
      isOurs ? listWhere(scope, NETWORK_ACL, filters) : [],
    ]);
    return { interfaces, acls };
  });
}

/** `known`: ours and EKS's, which are listed already; others are asked for. */
async function groupsOf(
  scope: AwsScope,
  known: readonly SecurityGroup[],
  ids: ReadonlySet<string>,
): Promise<readonly SecurityGroup[]> {
  const used = known.filter(one => ids.has(one.GroupId ?? ''));
  const found = new Set(used.map(one => one.GroupId));
  const missing = [...ids].filter(id => !found.has(id)).sort();
  if (missing.length === 0) return used;
  const others = await scope.listings.get(`ec2/groups ${missing.join()}`, 'shared', () =>
    listWhere(scope, SECURITY_GROUP, [{ Name: 'group-id', Values: missing.slice(0, MOST_VALUES) }]),
  );
  return [...used, ...others];
}
