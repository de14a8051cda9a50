import {
  DescribeCacheSubnetGroupsCommand,
  type ElastiCacheClient,
  ListTagsForResourceCommand as ListTagsOfCacheCommand,
} from '@aws-sdk/client-elasticache';
import {
  DescribeDBSubnetGroupsCommand,
  ListTagsForResourceCommand as ListTagsOfDBCommand,
  type RDSClient,
} from '@aws-sdk/client-rds';
import { type Part, part, tagMap } from './part.ts';

export async function dbSubnetGroupParts(rds: RDSClient): Promise<readonly Part[]> {
  const { DBSubnetGroups = [] } = await rds.send(new DescribeDBSubnetGroupsCommand({}));
  return Promise.all(
    DBSubnetGroups.map(async group => {
      const ResourceName = group.DBSubnetGroupArn;
      const { TagList } = await rds.send(new ListTagsOfDBCommand({ ResourceName }));
      return part('subnet group', group.DBSubnetGroupName, group, tagMap(TagList));
    }),
  );
}

export async function cacheSubnetGroupParts(elasticache: ElastiCacheClient): Promise<readonly Part[]> {
  const { CacheSubnetGroups = [] } = await elasticache.send(new DescribeCacheSubnetGroupsCommand({}));
  return Promise.all(
    CacheSubnetGroups.map(async group => {
      const { TagList } = await elasticache.send(new ListTagsOfCacheCommand({ ResourceName: group.ARN }));
      return part('subnet group', group.CacheSubnetGroupName, group, tagMap(TagList));
    }),
  );
}
