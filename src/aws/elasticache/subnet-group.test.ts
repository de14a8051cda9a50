import {
  CreateCacheSubnetGroupCommand,
  DescribeCacheSubnetGroupsCommand,
  ModifyCacheSubnetGroupCommand,
} from '@aws-sdk/client-elasticache';
import { expect } from 'vitest';
import { subnetGroupConformance } from '../conformance/subnet-groups.ts';
import { cacheSubnetGroupAdaptor } from './subnet-group.ts';

subnetGroupConformance(cacheSubnetGroupAdaptor, {
  createdBy: 'CreateCacheSubnetGroup',
  unseen: { class: 'NotYet', retryAfterMs: 5_000 },
  missing: { class: 'Invalid', message: expect.stringMatching(/these subnets do not exist$/) },
  async modify({ scope }, CacheSubnetGroupName, { description, subnetIds }) {
    const { CacheSubnetGroups: [group] = [] } = await scope.elasticache.send(
      new DescribeCacheSubnetGroupsCommand({ CacheSubnetGroupName }),
    );
    const current = (group?.Subnets ?? []).flatMap(one => one.SubnetIdentifier ?? []);
    await scope.elasticache.send(
      new ModifyCacheSubnetGroupCommand({
        CacheSubnetGroupName,
        CacheSubnetGroupDescription: description,
        SubnetIds: [...(subnetIds ?? current)],
      }),
    );
  },
  async make({ scope }, CacheSubnetGroupName, tags, subnetIds) {
    await scope.elasticache.send(
      new CreateCacheSubnetGroupCommand({
        CacheSubnetGroupName,
        CacheSubnetGroupDescription: 'of somebody',
        SubnetIds: [...subnetIds],
        Tags: Object.entries(tags ?? {}).map(([Key, Value]) => ({ Key, Value })),
      }),
    );
  },
});
