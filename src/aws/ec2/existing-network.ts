import type { RouteTable, Subnet, Vpc } from '@aws-sdk/client-ec2';
import type { Freshness } from '../../engine/adaptor.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { onlyRead } from '../only-read.ts';
import type { AwsScope } from '../scope.ts';
import { rangesOf } from './cidr.ts';
import { listInExisting } from './existing-lists.ts';
import { listWhere } from './read.ts';
import { REFUSED_BY_EKS } from './refused-zones.ts';
import { defaultRouteOf, internetRouteOf, routesOf } from './subnet-routes.ts';
import { ROUTE_TABLE, SUBNET, VPC } from './types.ts';
import type { Dns } from './vpc-dns.ts';
import { EC2_SETTLE_MS, ec2Arn } from './write.ts';

/** A network that somebody else keeps. */
export interface ExistingNetworkDesired {
  readonly vpcId: string;
  readonly privateSubnetIds: readonly string[];
  readonly publicSubnetIds: readonly string[];
  /** A cluster is made in it, which asks for more. */
  readonly forCluster: boolean;
}

export interface ExistingSubnet {
  readonly id: string;
  readonly zoneId: string;
  readonly cidr: string;
  readonly freeAddresses: number;
  /** Where its default route leads: id of a gateway, or ARN; undefined: nowhere. */
  readonly defaultRoute: string | undefined;
}

export interface ExistingNetworkState {
  /** Empty where the VPC does not exist. */
  readonly cidr: string;
  /** With those that it was given later. */
  readonly cidrs: readonly string[];
  readonly privateSubnets: readonly ExistingSubnet[];
  readonly publicSubnets: readonly ExistingSubnet[];
  /** Of all subnets of the VPC by id, listed or not: a cluster that was made in it may be in others. */
  readonly zones: Readonly<Record<string, string>>;
  /** Why it cannot be used, each for a person to put right. */
  readonly problems: readonly string[];
  /** What somebody is making still. */
  readonly coming: readonly string[];
  /** What is wrong is of public subnets alone, and none is missing: what is there already runs in the private ones. */
  readonly serves: boolean;
}

/** Only reads: a node of this type is `watched`. */
export const existingNetworkAdaptor: AwsAdaptor<ExistingNetworkDesired, ExistingNetworkState> = {
  type: 'ec2/existing-network',
  createBy: 'name',
  nameScope: 'region',
  holdsData: false,
  sharesReads: true,
  settleMs: EC2_SETTLE_MS,
  async find(scope, _identity, { desired, freshness }) {
    if (desired === undefined) return [];
    const seen = await look(scope, desired, freshness);
    const state = stateOf(desired, seen);
    return [{ id: desired.vpcId, arn: ec2Arn(scope, 'vpc', desired.vpcId), tags: 'inherited', state }];
  },
  ...onlyRead('an existing network is only read'),
  readiness({ problems, coming, serves }) {
    if (problems.length > 0) {
      const message = `the existing network cannot be used: ${problems.join('; ')}`;
      return serves ? { is: 'failed', message, serves: true } : { is: 'failed', message };
    }
    if (coming.length === 0) return { is: 'ready' };
    const message = `the existing network is not there yet: ${coming.join(', ')}`;
    return { is: 'in progress', message, againInMs: LOOK_AGAIN_MS };
  },
};

/** AWS has a VPC and a subnet in seconds. */
const LOOK_AGAIN_MS = 5_000;

interface Seen {
  readonly vpc: Vpc | undefined;
  readonly subnets: readonly Subnet[];
  readonly tables: readonly RouteTable[];
  /** Undefined: nobody asked. */
  readonly dns: Dns | undefined;
}

async function look(scope: AwsScope, desired: ExistingNetworkDesired, freshness: Freshness): Promise<Seen> {
  const { vpcId, privateSubnetIds, publicSubnetIds, forCluster } = desired;
  const [vpcs, subnets, tables, dns] = await Promise.all([
    listInExisting(scope, VPC, vpcId, freshness),
    subnetsOf(scope, vpcId, [...privateSubnetIds, ...publicSubnetIds], freshness),
    listInExisting(scope, ROUTE_TABLE, vpcId, freshness),
    forCluster ? dnsOf(scope, vpcId, freshness) : undefined,
  ]);
  const vpc = vpcs.find(one => one.VpcId === vpcId);
  return { vpc, subnets, tables: tables.filter(one => one.VpcId === vpcId), dns };
}

/** Those of the VPC, and what is listed and in another one. */
async function subnetsOf(
  scope: AwsScope,
  vpcId: string,
  ids: readonly string[],
  freshness: Freshness,
): Promise<readonly Subnet[]> {
  const listed = await listInExisting(scope, SUBNET, vpcId, freshness);
  const subnets = listed.filter(one => one.VpcId === vpcId || ids.includes(one.SubnetId ?? ''));
  const Values = ids.filter(id => subnets.every(one => one.SubnetId !== id)).toSorted();
  if (Values.length === 0) return subnets;
  // By filter: one id that does not exist would refuse the others with it.
  const others = await scope.listings.get(`ec2/subnets ${Values.join()}`, freshness, () =>
    listWhere(scope, SUBNET, [{ Name: 'subnet-id', Values }]),
  );
  return [...subnets, ...others];
}

function dnsOf(scope: AwsScope, vpcId: string, freshness: Freshness): Promise<Dns | undefined> {
  return scope.listings.get(`ec2/dns of ${vpcId}`, freshness, () => scope.vpcDns.of(vpcId, [], 'fresh'));
}

function stateOf(desired: ExistingNetworkDesired, seen: Seen): ExistingNetworkState {
  const { vpc } = seen;
  if (vpc === undefined) {
    const problems = [
      `${desired.vpcId} does not exist in this account and region. spec.network.existing.vpcId cannot be changed: delete this OptaEnvironment and make it again with the id of a VPC that does`,
    ];
    const nothing = { cidr: '', cidrs: [], privateSubnets: [], publicSubnets: [], zones: {} };
    return { ...nothing, problems, coming: [], serves: false };
  }
  const problems: string[] = [];
  const coming: string[] = [];
  notAvailable(desired.vpcId, vpc.State, { problems, coming });
  problems.push(...dnsProblems(desired.vpcId, seen.dns));
  const find = (field: SubnetField) =>
    desired[field].flatMap(id => subnetOf(id, field, desired.vpcId, seen, { problems, coming }));
  const privateSubnets = find('privateSubnetIds');
  const publicSubnets = find('publicSubnetIds');
  // Of one that is missing nobody knows the zone.
  if (privateSubnets.length === desired.privateSubnetIds.length) problems.push(...oneZone(privateSubnets));
  problems.push(...privateSubnets.flatMap(subnet => opennessOf(subnet, seen)));
  if (desired.forCluster) problems.push(...privateSubnets.flatMap(subnet => refusedByEks(subnet, seen)));
  const serves = problems.length === 0;
  problems.push(...publicSubnets.flatMap(nowhere));
  const zones = Object.fromEntries(
    seen.subnets.map(one => [one.SubnetId ?? '', one.AvailabilityZoneId ?? '']),
  );
  const [cidr, cidrs] = [vpc.CidrBlock ?? '', rangesOf(vpc)];
  return { cidr, cidrs, privateSubnets, publicSubnets, zones, problems, coming, serves };
}

type SubnetField = 'privateSubnetIds' | 'publicSubnetIds';

const inSpec = (field: SubnetField) => `spec.network.existing.${field}`;
/** They alone change an existing network. */
const KEEPERS = "the network's keepers";

/** Amazon EKS User Guide, "Amazon EKS networking requirements for VPC and subnets": at least two zones. */
function oneZone(subnets: readonly ExistingSubnet[]): readonly string[] {
  const [zone, ...others] = new Set(subnets.map(subnet => subnet.zoneId));
  if (zone === undefined || others.length > 0) return [];
  const ids = subnets.map(subnet => subnet.id).join(', ');
  return [
    `the private subnets ${ids} are all in ${zone}: add one of another zone to ${inSpec('privateSubnetIds')}`,
  ];
}

/** A direct route to an internet gateway, with which it is none that is private. */
function opennessOf({ id, zoneId }: ExistingSubnet, { tables }: Seen): readonly string[] {
  const open = internetRouteOf(routesOf(id, tables));
  if (open === undefined) return [];
  const { destination, gateway } = open;
  const route = destination === '0.0.0.0/0' ? 'its default route' : `its route to ${destination}`;
  return [
    `${id} in ${zoneId} is to be private, and ${route} leads to the internet gateway ${gateway}: list another one in ${inSpec('privateSubnetIds')}, or have ${KEEPERS} lead that route to a NAT gateway or take it away`,
  ];
}

/** Where else it leads is told beside: a firewall may be between it and the gateway. */
function nowhere({ id, zoneId, defaultRoute }: ExistingSubnet): readonly string[] {
  if (defaultRoute !== undefined) return [];
  return [
    `${id} in ${zoneId} is to be public, and its default route leads to nowhere: take it out of ${inSpec('publicSubnetIds')}, or have ${KEEPERS} give it a route to an internet gateway`,
  ];
}

function refusedByEks({ id, zoneId }: ExistingSubnet, { subnets }: Seen): readonly string[] {
  const outpost = subnets.find(one => one.SubnetId === id)?.OutpostArn;
  const where = outpost === undefined ? zoneId : `${zoneId}, on the Outpost ${outpost}`;
  if (outpost === undefined && isZoneOfRegion(zoneId) && !REFUSED_BY_EKS.has(zoneId)) return [];
  return [
    `${id} is in ${where}, where EKS takes no subnets of a cluster: list one of another zone in ${inSpec('privateSubnetIds')}`,
  ];
}

/**
 * Local Zones are `usw2-lax1-az1`, Wavelength Zones `use1-wl1-bos-wlz1` (Amazon EC2 User Guide, "Regions and Zones"): EKS takes them
 * for no cluster ("Learn about Amazon EKS and AWS Local Zones").
 */
function isZoneOfRegion(zoneId: string): boolean {
  return /^[a-z]+\d+-az\d+$/.test(zoneId);
}

interface Told {
  readonly problems: string[];
  readonly coming: string[];
}

function notAvailable(id: string, state: string | undefined, { problems, coming }: Told): void {
  if (state === 'pending') coming.push(`${id} is pending`);
  else if (state !== 'available') problems.push(`${id} is ${state}`);
}

/**
 * Amazon EKS User Guide, "View Amazon EKS networking requirements for VPC and subnets": "The VPC must have DNS hostname and
 * DNS resolution support. Otherwise, nodes can't register to your cluster."
 */
function dnsProblems(vpcId: string, dns: Dns | undefined): readonly string[] {
  if (dns === undefined) return [];
  const attributes: [string, boolean, string][] = [
    ['enableDnsSupport', dns.dnsSupport, '--enable-dns-support'],
    ['enableDnsHostnames', dns.dnsHostnames, '--enable-dns-hostnames'],
  ];
  return attributes
    .filter(([, isOn]) => !isOn)
    .map(
      ([name, , flag]) =>
        `${name} of ${vpcId} is off, without which nodes do not find their cluster: have ${KEEPERS} turn it on (aws ec2 modify-vpc-attribute --vpc-id ${vpcId} ${flag} Value=true)`,
    );
}

function subnetOf(
  id: string,
  field: SubnetField,
  vpcId: string,
  seen: Seen,
  told: Told,
): readonly ExistingSubnet[] {
  const { problems } = told;
  const item = seen.subnets.find(one => one.SubnetId === id);
  if (item === undefined) {
    problems.push(`${id} does not exist in this account and region: list one that does in ${inSpec(field)}`);
    return [];
  }
  if (item.VpcId !== vpcId) {
    problems.push(
      `${id} is in ${item.VpcId}, not in ${vpcId}: list subnets of the latter alone in ${inSpec(field)}`,
    );
    return [];
  }
  notAvailable(id, item.State, told);
  // What EC2 says of such a subnet: no range, and no addresses that could ever be free.
  if (item.Ipv6Native === true)
    problems.push(`${id} has addresses of IPv6 alone: list one with IPv4 in ${inSpec(field)}`);
  return [
    {
      id,
      zoneId: item.AvailabilityZoneId ?? '',
      cidr: item.CidrBlock ?? '',
      freeAddresses: item.AvailableIpAddressCount ?? 0,
      defaultRoute: defaultRouteOf(routesOf(id, seen.tables)),
    },
  ];
}
