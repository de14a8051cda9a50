import {
  AddTagsToResourceCommand,
  type CacheSubnetGroup,
  CreateCacheSubnetGroupCommand,
  DeleteCacheSubnetGroupCommand,
  DescribeCacheSubnetGroupsCommand,
  ListTagsForResourceCommand,
  ModifyCacheSubnetGroupCommand,
  RemoveTagsFromResourceCommand,
} from '@aws-sdk/client-elasticache';
import type { Tags } from '../../engine/owner.ts';
import { orAbsent } from '../errors.ts';
import { onceVisible } from '../existing.ts';
import type { AwsScope } from '../scope.ts';
import { type SubnetGroup, subnetGroupAdaptor } from '../subnet-group.ts';
import { onceSeen, refusing, type Unseen } from '../unseen.ts';

export const cacheSubnetGroupAdaptor = subnetGroupAdaptor({
  type: 'elasticache/subnet-group',
  taggedType: 'elasticache:subnetgroup',
  existsCode: 'CacheSubnetGroupAlreadyExistsFault',
  inUseCode: 'CacheSubnetGroupInUse',
  async list({ elasticache }, CacheSubnetGroupName) {
    const groups: CacheSubnetGroup[] = [];
    let Marker: string | undefined;
    do {
      const page = await orAbsent(
        elasticache.send(new DescribeCacheSubnetGroupsCommand({ CacheSubnetGroupName, Marker })),
      );
      groups.push(...(page?.CacheSubnetGroups ?? []));
      Marker = page?.Marker || undefined;
    } while (Marker !== undefined);
    return groups.map(groupOf);
  },
  async readTags({ elasticache }, ResourceName) {
    const answer = await orAbsent(elasticache.send(new ListTagsForResourceCommand({ ResourceName })));
    if (answer === undefined) return undefined;
    return Object.fromEntries((answer.TagList ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
  },
  async create(scope, CacheSubnetGroupName, { description, subnetIds }, tags) {
    const command = new CreateCacheSubnetGroupCommand({
      CacheSubnetGroupName,
      CacheSubnetGroupDescription: description,
      SubnetIds: [...subnetIds],
      Tags: tagList(tags),
    });
    const call = scope.elasticache.send(command);
    const { CacheSubnetGroup: group } = await onceTheyAreSeen(scope, CacheSubnetGroupName, subnetIds, call);
    return groupOf(group ?? {});
  },
  async modify(scope, CacheSubnetGroupName, { description, subnetIds }) {
    const command = new ModifyCacheSubnetGroupCommand({
      CacheSubnetGroupName,
      CacheSubnetGroupDescription: description,
      SubnetIds: [...subnetIds],
    });
    const call = onceVisible(`subnet group ${CacheSubnetGroupName}`, scope.elasticache.send(command));
    await onceTheyAreSeen(scope, CacheSubnetGroupName, subnetIds, call);
  },
  async remove({ elasticache }, CacheSubnetGroupName) {
    await elasticache.send(new DeleteCacheSubnetGroupCommand({ CacheSubnetGroupName }));
  },
  async tag({ elasticache }, ResourceName, set, unset) {
    const Tags = tagList(set);
    if (Tags.length > 0) await elasticache.send(new AddTagsToResourceCommand({ ResourceName, Tags }));
    if (unset.length > 0)
      await elasticache.send(new RemoveTagsFromResourceCommand({ ResourceName, TagKeys: [...unset] }));
  },
});

/**
 * Subnets that were made a moment ago, as ElastiCache answered in an account: "Some input subnets in :[subnet-…] are
 * invalid.", which it says as well of what does not exist. InvalidSubnet is of subnets of two VPCs.
 */
const UNSEEN_SUBNETS: Unseen = {
  is: refusing(/input subnets .* are invalid/i),
  hint: 'subnets that were made a moment ago are not visible to ElastiCache yet; otherwise they are missing',
  missing: 'these subnets do not exist',
  retryAfterMs: 5_000,
  patienceMs: 120_000,
};

function onceTheyAreSeen<T>(
  scope: AwsScope,
  group: string,
  subnetIds: readonly string[],
  call: Promise<T>,
): Promise<T> {
  return onceSeen(scope, `subnets of cache subnet group ${group}: ${subnetIds.join()}`, call, UNSEEN_SUBNETS);
}

function groupOf(group: CacheSubnetGroup): SubnetGroup {
  const subnetIds = (group.Subnets ?? []).map(one => one.SubnetIdentifier ?? '').sort();
  return {
    name: group.CacheSubnetGroupName ?? '',
    arn: group.ARN ?? '',
    state: { vpcId: group.VpcId ?? '', description: group.CacheSubnetGroupDescription ?? '', subnetIds },
  };
}

function tagList(tags: Tags) {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
