import {
  type AccessEntry,
  type AssociatedAccessPolicy,
  type Cluster,
  type ClusterVersionInformation,
  DescribeAccessEntryCommand,
  DescribeClusterCommand,
  DescribeClusterVersionsCommand,
  DescribeNodegroupCommand,
  DescribePodIdentityAssociationCommand,
  type EKSClient,
  ListAccessEntriesCommand,
  ListAssociatedAccessPoliciesCommand,
  ListClustersCommand,
  ListNodegroupsCommand,
  ListPodIdentityAssociationsCommand,
  type Nodegroup,
  type PodIdentityAssociation,
} from '@aws-sdk/client-eks';

export interface AccessSecurity {
  readonly entry: AccessEntry;
  readonly policies: readonly AssociatedAccessPolicy[];
}

export interface ClusterSecurity {
  readonly cluster: Cluster;
  readonly nodegroups: readonly Nodegroup[];
  readonly access: readonly AccessSecurity[];
  readonly podIdentities: readonly PodIdentityAssociation[];
  /** What EKS says of the versions that it has. */
  readonly versions: readonly ClusterVersionInformation[];
}

export async function readClusters(eks: EKSClient): Promise<readonly ClusterSecurity[]> {
  const { clusters = [] } = await eks.send(new ListClustersCommand({}));
  return Promise.all(clusters.map(name => readCluster(eks, name)));
}

async function readCluster(eks: EKSClient, clusterName: string): Promise<ClusterSecurity> {
  const [{ cluster = {} }, { nodegroups = [] }, { accessEntries = [] }, { associations = [] }, versions] =
    await Promise.all([
      eks.send(new DescribeClusterCommand({ name: clusterName })),
      eks.send(new ListNodegroupsCommand({ clusterName })),
      eks.send(new ListAccessEntriesCommand({ clusterName })),
      eks.send(new ListPodIdentityAssociationsCommand({ clusterName })),
      eks.send(new DescribeClusterVersionsCommand({})),
    ]);
  const [groups, access, podIdentities] = await Promise.all([
    Promise.all(
      nodegroups.map(nodegroupName => eks.send(new DescribeNodegroupCommand({ clusterName, nodegroupName }))),
    ),
    Promise.all(accessEntries.map(principalArn => readAccess(eks, clusterName, principalArn))),
    Promise.all(
      associations.map(({ associationId }) =>
        eks.send(new DescribePodIdentityAssociationCommand({ clusterName, associationId })),
      ),
    ),
  ]);
  return {
    cluster,
    nodegroups: groups.flatMap(({ nodegroup }) => nodegroup ?? []),
    access,
    podIdentities: podIdentities.flatMap(({ association }) => association ?? []),
    versions: versions.clusterVersions ?? [],
  };
}

async function readAccess(
  eks: EKSClient,
  clusterName: string,
  principalArn: string,
): Promise<AccessSecurity> {
  const of = { clusterName, principalArn };
  const [{ accessEntry: entry = {} }, { associatedAccessPolicies: policies = [] }] = await Promise.all([
    eks.send(new DescribeAccessEntryCommand(of)),
    eks.send(new ListAssociatedAccessPoliciesCommand(of)),
  ]);
  return { entry, policies };
}
