import {
  CreateDBSubnetGroupCommand,
  DescribeDBSubnetGroupsCommand,
  ModifyDBSubnetGroupCommand,
} from '@aws-sdk/client-rds';
import { subnetGroupConformance } from '../conformance/subnet-groups.ts';
import { dbSubnetGroupAdaptor } from './subnet-group.ts';

subnetGroupConformance(dbSubnetGroupAdaptor, {
  createdBy: 'CreateDBSubnetGroup',
  unseen: { class: 'Unknown', code: 'InvalidSubnet' },
  missing: { class: 'Unknown', code: 'InvalidSubnet' },
  async modify({ scope }, DBSubnetGroupName, { description, subnetIds }) {
    const { DBSubnetGroups: [group] = [] } = await scope.rds.send(
      new DescribeDBSubnetGroupsCommand({ DBSubnetGroupName }),
    );
    const current = (group?.Subnets ?? []).flatMap(one => one.SubnetIdentifier ?? []);
    await scope.rds.send(
      new ModifyDBSubnetGroupCommand({
        DBSubnetGroupName,
        DBSubnetGroupDescription: description,
        SubnetIds: [...(subnetIds ?? current)],
      }),
    );
  },
  async make({ scope }, DBSubnetGroupName, tags, subnetIds) {
    await scope.rds.send(
      new CreateDBSubnetGroupCommand({
        DBSubnetGroupName,
        DBSubnetGroupDescription: 'of somebody',
        SubnetIds: [...subnetIds],
        Tags: Object.entries(tags ?? {}).map(([Key, Value]) => ({ Key, Value })),
      }),
    );
  },
});
