import {
  DescribeLoadBalancersCommand as DescribeClassicCommand,
  DescribeTagsCommand as DescribeClassicTagsCommand,
} from '@aws-sdk/client-elastic-load-balancing';
import {
  DescribeLoadBalancersCommand,
  DescribeTagsCommand,
  DescribeTargetGroupsCommand,
  type TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Tags } from '../../engine/owner.ts';
import { orAbsent } from '../errors.ts';
import type { AwsScope } from '../scope.ts';

/** A load balancer of either API. */
export interface LoadBalancer {
  /** ARN; the name of a classic one, which has no ARN in its API. */
  readonly id: string;
  readonly name: string;
  readonly vpcId: string;
  /** As its network interfaces are described: `ELB net/web/50dc6c495c0c9188`, `ELB web` of a classic one. */
  readonly interfaces: string;
}

// Elastic Load Balancing API References, PageSize: "between 1 and 400"; DescribeTags: "up to 20 load balancers".
const PAGE = 400;
const TAGS_OF = 20;

/** Application, network and gateway load balancers of the region, whoever made them. */
export async function listLoadBalancers({ elbv2 }: AwsScope): Promise<readonly LoadBalancer[]> {
  const found: LoadBalancer[] = [];
  let Marker: string | undefined;
  do {
    const page = await elbv2.send(new DescribeLoadBalancersCommand({ PageSize: PAGE, Marker }));
    for (const {
      LoadBalancerArn: id = '',
      LoadBalancerName: name = '',
      VpcId: vpcId = '',
    } of page.LoadBalancers ?? [])
      found.push({ id, name, vpcId, interfaces: `ELB ${id.slice(id.indexOf('/') + 1)}` });
    Marker = page.NextMarker || undefined;
  } while (Marker !== undefined);
  return found;
}

/** Classic load balancers: what a Service has whose cluster has no load balancer controller. */
export async function listClassicLoadBalancers({ elb }: AwsScope): Promise<readonly LoadBalancer[]> {
  const found: LoadBalancer[] = [];
  let Marker: string | undefined;
  do {
    const page = await elb.send(new DescribeClassicCommand({ PageSize: PAGE, Marker }));
    for (const { LoadBalancerName: name = '', VPCId: vpcId = '' } of page.LoadBalancerDescriptions ?? [])
      found.push({ id: name, name, vpcId, interfaces: `ELB ${name}` });
    Marker = page.NextMarker || undefined;
  } while (Marker !== undefined);
  return found;
}

/** Their target groups; those of Lambda functions are in no VPC. */
export async function listTargetGroups({ elbv2 }: AwsScope): Promise<readonly TargetGroup[]> {
  const found: TargetGroup[] = [];
  let Marker: string | undefined;
  do {
    const page = await elbv2.send(new DescribeTargetGroupsCommand({ PageSize: PAGE, Marker }));
    found.push(...(page.TargetGroups ?? []));
    Marker = page.NextMarker || undefined;
  } while (Marker !== undefined);
  return found;
}

/** Of load balancers and target groups by ARN; without those that went meanwhile. */
export function tagsOfArns({ elbv2 }: AwsScope, arns: readonly string[]): Promise<ReadonlyMap<string, Tags>> {
  return gather(arns, async ResourceArns => {
    const { TagDescriptions = [] } = await elbv2.send(new DescribeTagsCommand({ ResourceArns }));
    return TagDescriptions.map(one => [one.ResourceArn, one.Tags] as const);
  });
}

/** Of classic load balancers by name. */
export function tagsOfNames({ elb }: AwsScope, names: readonly string[]): Promise<ReadonlyMap<string, Tags>> {
  return gather(names, async LoadBalancerNames => {
    const { TagDescriptions = [] } = await elb.send(new DescribeClassicTagsCommand({ LoadBalancerNames }));
    return TagDescriptions.map(one => [one.LoadBalancerName, one.Tags] as const);
  });
}

type Tagged = readonly (readonly [
  id: string | undefined,
  tags: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined,
])[];

async function gather(
  ids: readonly string[],
  read: (ids: string[]) => Promise<Tagged>,
): Promise<ReadonlyMap<string, Tags>> {
  const all = new Map<string, Tags>();
  for (let at = 0; at < ids.length; at += TAGS_OF) {
    const some = ids.slice(at, at + TAGS_OF);
    // One that does not exist refuses the others with it.
    const tagged = (await orAbsent(read(some))) ?? (await oneByOne(some, read));
    for (const [id = '', tags = []] of tagged)
      all.set(id, Object.fromEntries(tags.map(tag => [tag.Key ?? '', tag.Value ?? ''])));
  }
  return all;
}

async function oneByOne(ids: readonly string[], read: (ids: string[]) => Promise<Tagged>): Promise<Tagged> {
  const all = await Promise.all(ids.map(id => orAbsent(read([id]))));
  return all.flatMap(one => one ?? []);
}
