import {
  DescribeAccessEntryCommand,
  DescribeAddonCommand,
  DescribeClusterCommand,
  DescribeNodegroupCommand,
  DescribePodIdentityAssociationCommand,
  type EKSClient,
  ListAccessEntriesCommand,
  ListAddonsCommand,
  ListAssociatedAccessPoliciesCommand,
  ListClustersCommand,
  ListNodegroupsCommand,
  ListPodIdentityAssociationsCommand,
} from '@aws-sdk/client-eks';
import { type Part, part } from './part.ts';

export async function clusterParts(eks: EKSClient): Promise<readonly Part[]> {
  const { clusters = [] } = await eks.send(new ListClustersCommand({}));
  return (await Promise.all(clusters.map(name => partsOf(eks, name)))).flat();
}

async function partsOf(eks: EKSClient, clusterName: string): Promise<readonly Part[]> {
  const [{ cluster }, { nodegroups = [] }, { addons = [] }, { accessEntries = [] }, { associations = [] }] =
    await Promise.all([
      eks.send(new DescribeClusterCommand({ name: clusterName })),
      eks.send(new ListNodegroupsCommand({ clusterName })),
      eks.send(new ListAddonsCommand({ clusterName })),
      eks.send(new ListAccessEntriesCommand({ clusterName })),
      eks.send(new ListPodIdentityAssociationsCommand({ clusterName })),
    ]);
  const [groups, managed, entries, identities] = await Promise.all([
    Promise.all(
      nodegroups.map(async nodegroupName => {
        const { nodegroup } = await eks.send(new DescribeNodegroupCommand({ clusterName, nodegroupName }));
        return part('node group', `${clusterName}/${nodegroupName}`, nodegroup);
      }),
    ),
    Promise.all(
      addons.map(async addonName => {
        const { addon } = await eks.send(new DescribeAddonCommand({ clusterName, addonName }));
        return part('add-on', `${clusterName}/${addonName}`, addon);
      }),
    ),
    Promise.all(
      accessEntries.map(async principalArn => {
        const [{ accessEntry }, { associatedAccessPolicies }] = await Promise.all([
          eks.send(new DescribeAccessEntryCommand({ clusterName, principalArn })),
          eks.send(new ListAssociatedAccessPoliciesCommand({ clusterName, principalArn })),
        ]);
        const policies = associatedAccessPolicies?.map(one => [one.policyArn, one.accessScope]);
        return part('access entry', `${clusterName}/${principalArn}`, { ...accessEntry, policies });
      }),
    ),
    Promise.all(
      associations.map(async ({ associationId }) => {
        const { association } = await eks.send(
          new DescribePodIdentityAssociationCommand({ clusterName, associationId }),
        );
        return part('association', associationId, association);
      }),
    ),
  ]);
  return [part('cluster', clusterName, cluster), ...groups, ...managed, ...entries, ...identities];
}
