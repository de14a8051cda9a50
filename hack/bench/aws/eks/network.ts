/**
 * Where a cluster's network interfaces go. Source: Amazon EKS User Guide, "View Amazon EKS networking requirements for
 * VPC and subnets".
 */
import { isSpread } from '../overlays/iam/propagation.ts';
import type { EksCall } from './call.ts';
import type { Subnet } from './neighbours.ts';
import { invalid, Refusal } from './refusal.ts';

/** "The subnets can't reside in the following Availability Zones." */
const REFUSED_ZONES = ['use1-az3', 'usw1-az2', 'cac1-az3'];
const ROLE_SERVICE = 'eks.amazonaws.com';

/** Each exists, they are of one VPC; subnets that nobody can be asked about are left out of the answer. */
export async function findSubnets(call: EksCall, ids: readonly string[]): Promise<Subnet[]> {
  const subnets: Subnet[] = [];
  for (const id of ids) {
    const subnet = await call.neighbours.subnet(call.place, id);
    if (subnet === undefined) throw invalid(`The subnet ID '${id}' does not exist`);
    if (subnet !== 'unknown') subnets.push(subnet);
  }
  if (new Set(subnets.map(one => one.vpcId)).size > 1)
    throw invalid('Subnets specified must belong to the same VPC.');
  return subnets;
}

/** "You must specify at least two subnets that are in different Availability Zones." */
export async function clusterSubnets(call: EksCall, ids: readonly string[]): Promise<Subnet[]> {
  const subnets = await findSubnets(call, ids);
  const refused = subnets.filter(one => REFUSED_ZONES.includes(one.zoneId));
  if (refused.length > 0) {
    const zones = refused.map(one => one.zone).join(', ');
    throw new Refusal(
      'UnsupportedAvailabilityZoneException',
      `Cannot create cluster because ${zones}, the targeted availability zone, does not currently have sufficient capacity to support the cluster.`,
      { validZones: subnets.filter(one => !refused.includes(one)).map(one => one.zone) },
    );
  }
  const zones = new Set(subnets.map(one => one.zoneId));
  if (new Set(ids).size < 2 || (subnets.length === ids.length && zones.size < 2))
    throw invalid('Subnets specified must be in at least two different AZs');
  return subnets;
}

/** "You can specify up to five security groups." */
export async function checkGroups(
  call: EksCall,
  ids: readonly string[],
  vpcId: string | undefined,
): Promise<void> {
  if (ids.length > 5) throw invalid('The number of security groups cannot exceed 5.');
  for (const id of ids) {
    const group = await call.neighbours.securityGroup(call.place, id);
    if (group === undefined) throw invalid(`The security group '${id}' does not exist`);
    if (group !== 'unknown' && vpcId !== undefined && group.vpcId !== vpcId)
      throw invalid(`Security group ${id} is not in the same VPC as the subnets.`);
  }
}

/**
 * "2-4 elastic network interfaces" in the subnets given, with "Amazon EKS cluster-name" as description, and with the
 * cluster's group ("View Amazon EKS security group requirements for clusters").
 */
export async function makeInterfaces(
  call: EksCall,
  of: { cluster: string; subnets: readonly Subnet[]; groupIds: readonly string[] },
): Promise<string[]> {
  const made: string[] = [];
  for (const { id } of of.subnets.slice(0, 4)) {
    const description = `Amazon EKS ${of.cluster}`;
    made.push(
      await call.neighbours.makeInterface(call.place, { subnetId: id, groupIds: of.groupIds, description }),
    );
  }
  return made;
}

/**
 * Texts as the Terraform provider waits for (internal/service/eks/cluster.go, resourceClusterCreate): a role that is
 * not there, or not visible yet, and one that EKS may not assume.
 */
export async function checkClusterRole(call: EksCall, arn: string): Promise<void> {
  const role = await roleNow(call, arn);
  if (role === undefined) throw invalid(`roleArn, ${arn}, does not exist`);
  if (role !== 'unknown' && !role.trusts.includes(ROLE_SERVICE))
    throw invalid(`Role could not be assumed because the trusted entity is not correct: ${arn}`);
}

/**
 * A key that the cluster's role may not use yet, as people quote it (terraform-provider-aws issue 49247). Whether EKS looks at
 * the key or the role first nobody says.
 */
export async function checkKeyAccess(call: EksCall, roleArn: string, keyArn: string): Promise<void> {
  const role = await call.neighbours.role(call.place, roleArn);
  if (role === undefined || role === 'unknown' || isSpread(call.bench, role.createdAt)) return;
  throw invalid(`Access denied to KMS key ${keyArn} due to explicit deny policy or revoked grant`);
}

/** A role as EKS sees it: IAM shows it to other services some time after it was made. */
export async function roleNow(call: EksCall, arn: string) {
  const role = await call.neighbours.role(call.place, arn);
  if (role === undefined || role === 'unknown') return role;
  return isSpread(call.bench, role.createdAt) ? role : undefined;
}
