/** Subnet groups of RDS (and DocumentDB, which shares its API) and of ElastiCache: the gateway keeps them itself. */
import type { AwsError, BenchContext, Call } from '../../overlay.ts';
import { textField } from '../../overlay.ts';
import { itemsOf, parseXml, textAt } from '../../xml-tree.ts';
import type { Place } from '../questions.ts';

export interface Subnet {
  id: string;
  zone: string;
  vpcId: string;
}

export interface Group {
  name: string;
  arn: string;
  description: string;
  subnets: Subnet[];
  tags: Record<string, string>;
  /** What uses it; it cannot be deleted then. */
  users: readonly string[];
}

/** Where the two services differ. */
export interface Dialect {
  service: 'rds' | 'elasticache';
  /** `DBSubnetGroup`: begins all names of operations, fields and elements. */
  noun: 'DBSubnetGroup' | 'CacheSubnetGroup';
  arnType: string;
  arnElement: string;
  /** API Reference, "Must contain no more than". */
  namePattern: RegExp;
  zones: number;
  notFoundStatus: number;
  inUseCode: string;
  /** The service-linked role, and what it says without. */
  role: string;
  withoutRole: Pick<AwsError, 'code' | 'message'>;
  /** What it says of subnets that do not exist. */
  noSubnets(ids: readonly string[]): Pick<AwsError, 'code' | 'message'>;
}

/** RDS API and ElastiCache API, Create…SubnetGroup, Errors. */
export const INVALID_SUBNET = {
  code: 'InvalidSubnet',
  message:
    'The requested subnet is invalid, or multiple subnets were requested that are not all in a common VPC.',
};

export const DIALECTS: readonly Dialect[] = [
  {
    service: 'rds',
    noun: 'DBSubnetGroup',
    arnType: 'subgrp',
    arnElement: 'DBSubnetGroupArn',
    namePattern: /^(?!default$)[a-z][a-z0-9._ -]{0,254}$/,
    zones: 2,
    notFoundStatus: 404,
    inUseCode: 'InvalidDBSubnetGroupStateFault',
    role: 'AWSServiceRoleForRDS',
    // As people quote it: terraform-aws-modules/terraform-aws-rds issue 364.
    withoutRole: {
      code: 'InvalidParameterValue',
      message: 'Missing necessary credentials. Try creating a service linked role for RDS and try again.',
    },
    noSubnets: () => INVALID_SUBNET,
  },
  {
    service: 'elasticache',
    noun: 'CacheSubnetGroup',
    arnType: 'subnetgroup',
    arnElement: 'ARN',
    namePattern: /^(?!default$)[a-z0-9-]{1,255}$/,
    zones: 1,
    notFoundStatus: 400,
    inUseCode: 'CacheSubnetGroupInUse',
    role: 'AWSServiceRoleForElastiCache',
    // As people quote it: aws-controllers-k8s/community issue 367.
    withoutRole: {
      code: 'ServiceLinkedRoleNotFoundFault',
      message: 'A service linked role was not found. Create one for ElastiCache.',
    },
    // As an account of AWS answered.
    noSubnets: ids => ({
      code: 'InvalidParameterValue',
      message: `Some input subnets in :[${ids.join(', ')}] are invalid.`,
    }),
  },
];

/** By ARN. */
export function groups({ state }: BenchContext): Map<string, Group> {
  const known = state.get('subnet-groups');
  if (known instanceof Map) return known;
  const fresh = new Map<string, Group>();
  state.set('subnet-groups', fresh);
  return fresh;
}

/** "This value is stored as a lowercase string." */
export function nameIn(call: Call, { noun }: Dialect): string {
  return textField(call, `${noun}Name`).toLowerCase();
}

export function arnOf({ region, accountId }: Place, { service, arnType }: Dialect, name: string): string {
  return `arn:aws:${service}:${region}:${accountId}:${arnType}:${name}`;
}

export function notFound({ noun, notFoundStatus }: Dialect, name: string): AwsError {
  const message = `Subnet group '${name}' not found.`;
  return { status: notFoundStatus, code: `${noun}NotFoundFault`, message };
}

/** Subnets as EC2 has them; undefined where one does not exist. */
export async function subnetsOf(
  bench: BenchContext,
  { region, accountId }: Place,
  ids: readonly string[],
): Promise<Subnet[] | undefined> {
  const input = Object.fromEntries(ids.map((id, index) => [`SubnetId.${index + 1}`, id]));
  const answer = await bench.forward({
    service: 'ec2',
    region,
    accountId,
    operation: 'DescribeSubnets',
    input,
  });
  if (answer.status !== 200 || ids.length === 0) return undefined;
  return itemsOf(parseXml(answer.body.toString('utf8')), 'subnetSet').map(item => ({
    id: textAt(item, 'subnetId'),
    zone: textAt(item, 'availabilityZone'),
    vpcId: textAt(item, 'vpcId'),
  }));
}

interface HasBench {
  bench: BenchContext;
}

/** As a database cluster would. */
export function useSubnetGroup({ bench }: HasBench, arn: string, users: readonly string[]): void {
  const group = groups(bench).get(arn);
  if (group === undefined) throw new Error(`there is no subnet group ${arn}`);
  group.users = users;
}
