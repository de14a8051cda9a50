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
import { type SubnetGroup, subnetGroupAdaptor } from '../subnet-group.ts';

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
  async create({ elasticache }, CacheSubnetGroupName, { description, subnetIds }, tags) {
    const { CacheSubnetGroup: group } = await elasticache.send(
      new CreateCacheSubnetGroupCommand({
        CacheSubnetGroupName,
        CacheSubnetGroupDescription: description,
        SubnetIds: [...subnetIds],
        Tags: tagList(tags),
      }),
    );
    return groupOf(group ?? {});
  },
  async modify({ elasticache }, CacheSubnetGroupName, { description, subnetIds }) {
    const command = new ModifyCacheSubnetGroupCommand({
      CacheSubnetGroupName,
      CacheSubnetGroupDescription: description,
      SubnetIds: [...subnetIds],
    });
    await onceVisible(`subnet group ${CacheSubnetGroupName}`, elasticache.send(command));
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
