import {
  AddTagsToResourceCommand,
  CreateDBSubnetGroupCommand,
  type DBSubnetGroup,
  DeleteDBSubnetGroupCommand,
  DescribeDBSubnetGroupsCommand,
  ListTagsForResourceCommand,
  ModifyDBSubnetGroupCommand,
  RemoveTagsFromResourceCommand,
} from '@aws-sdk/client-rds';
import type { Tags } from '../../engine/owner.ts';
import { orAbsent } from '../errors.ts';
import { onceVisible } from '../existing.ts';
import { type SubnetGroup, subnetGroupAdaptor } from '../subnet-group.ts';

/** Of Aurora and of DocumentDB: they share it. */
export const dbSubnetGroupAdaptor = subnetGroupAdaptor({
  type: 'rds/subnet-group',
  taggedType: 'rds:subgrp',
  existsCode: 'DBSubnetGroupAlreadyExistsFault',
  inUseCode: 'InvalidDBSubnetGroupStateFault',
  async list({ rds }, DBSubnetGroupName) {
    const groups: DBSubnetGroup[] = [];
    let Marker: string | undefined;
    do {
      const page = await orAbsent(rds.send(new DescribeDBSubnetGroupsCommand({ DBSubnetGroupName, Marker })));
      groups.push(...(page?.DBSubnetGroups ?? []));
      Marker = page?.Marker || undefined;
    } while (Marker !== undefined);
    return groups.map(groupOf);
  },
  async readTags({ rds }, ResourceName) {
    const answer = await orAbsent(rds.send(new ListTagsForResourceCommand({ ResourceName })));
    if (answer === undefined) return undefined;
    return Object.fromEntries((answer.TagList ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
  },
  async create({ rds }, DBSubnetGroupName, { description, subnetIds }, tags) {
    const { DBSubnetGroup: group } = await rds.send(
      new CreateDBSubnetGroupCommand({
        DBSubnetGroupName,
        DBSubnetGroupDescription: description,
        SubnetIds: [...subnetIds],
        Tags: tagList(tags),
      }),
    );
    return groupOf(group ?? {});
  },
  async modify({ rds }, DBSubnetGroupName, { description, subnetIds }) {
    const command = new ModifyDBSubnetGroupCommand({
      DBSubnetGroupName,
      DBSubnetGroupDescription: description,
      SubnetIds: [...subnetIds],
    });
    await onceVisible(`subnet group ${DBSubnetGroupName}`, rds.send(command));
  },
  async remove({ rds }, DBSubnetGroupName) {
    await rds.send(new DeleteDBSubnetGroupCommand({ DBSubnetGroupName }));
  },
  async tag({ rds }, ResourceName, set, unset) {
    const Tags = tagList(set);
    if (Tags.length > 0) await rds.send(new AddTagsToResourceCommand({ ResourceName, Tags }));
    if (unset.length > 0)
      await rds.send(new RemoveTagsFromResourceCommand({ ResourceName, TagKeys: [...unset] }));
  },
});

function groupOf(group: DBSubnetGroup): SubnetGroup {
  const subnetIds = (group.Subnets ?? []).map(one => one.SubnetIdentifier ?? '').sort();
  return {
    name: group.DBSubnetGroupName ?? '',
    arn: group.DBSubnetGroupArn ?? '',
    state: { vpcId: group.VpcId ?? '', description: group.DBSubnetGroupDescription ?? '', subnetIds },
  };
}

function tagList(tags: Tags) {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
