import {
  type Address,
  DescribeAddressesCommand,
  DescribeFlowLogsCommand,
  DescribeInternetGatewaysCommand,
  DescribeLaunchTemplatesCommand,
  DescribeNatGatewaysCommand,
  DescribeNetworkAclsCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSnapshotsCommand,
  DescribeSubnetsCommand,
  DescribeVolumesCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
  type EC2Client,
  type Filter,
  type FlowLog,
  type InternetGateway,
  type LaunchTemplate,
  type NatGateway,
  type NetworkAcl,
  type ResourceType,
  type RouteTable,
  type SecurityGroup,
  type Snapshot,
  type Subnet,
  type Tag,
  type Volume,
  type Vpc,
  type VpcEndpoint,
} from '@aws-sdk/client-ec2';

/** What is asked for: by ids, or by filters page after page. */
export interface Query {
  readonly ids?: string[];
  readonly filters?: Filter[];
  readonly token?: string | undefined;
}

interface Page<T> {
  readonly items: readonly T[] | undefined;
  readonly next?: string | undefined;
}

/** How one type of EC2 is read; all are tagged. */
export interface Ec2Type<T> {
  /** In the tags of a create, and in ARNs. */
  readonly name: ResourceType;
  readonly idPrefix: string;
  idOf(item: T): string | undefined;
  tagsOf(item: T): readonly Tag[] | undefined;
  page(ec2: EC2Client, query: Query): Promise<Page<T>>;
  /** What a shared list asks for, where that is not all that has the installation's tag. */
  sharedBy?(installation: string): Filter[];
  /** False: AWS still shows it, and it is no more. */
  exists?(item: T): boolean;
}

// Amazon EC2 API Reference, MaxResults of each Describe: not together with ids.
function limit(query: Query, MaxResults: number): { MaxResults?: number } {
  return query.ids === undefined ? { MaxResults } : {};
}

export const VPC: Ec2Type<Vpc> = {
  name: 'vpc',
  idPrefix: 'vpc-',
  idOf: item => item.VpcId,
  tagsOf: item => item.Tags,
  async page(ec2, query) {
    const { ids: VpcIds, filters: Filters, token: NextToken } = query;
    const answer = await ec2.send(
      new DescribeVpcsCommand({ VpcIds, Filters, NextToken, ...limit(query, 1000) }),
    );
    return { items: answer.Vpcs, next: answer.NextToken };
  },
};

export const SUBNET: Ec2Type<Subnet> = {
  name: 'subnet',
  idPrefix: 'subnet-',
  idOf: item => item.SubnetId,
  tagsOf: item => item.Tags,
  async page(ec2, query) {
    const { ids: SubnetIds, filters: Filters, token: NextToken } = query;
    const answer = await ec2.send(
      new DescribeSubnetsCommand({ SubnetIds, Filters, NextToken, ...limit(query, 1000) }),
    );
    return { items: answer.Subnets, next: answer.NextToken };
  },
};

export const INTERNET_GATEWAY: Ec2Type<InternetGateway> = {
  name: 'internet-gateway',
  idPrefix: 'igw-',
  idOf: item => item.InternetGatewayId,
  tagsOf: item => item.Tags,
  async page(ec2, query) {
    const { ids: InternetGatewayIds, filters: Filters, token: NextToken } = query;
    const answer = await ec2.send(
      new DescribeInternetGatewaysCommand({ InternetGatewayIds, Filters, NextToken, ...limit(query, 1000) }),
    );
    return { items: answer.InternetGateways, next: answer.NextToken };
  },
};

/** All in one page: DescribeAddresses has no others. */
export const ELASTIC_ADDRESS: Ec2Type<Address> = {
  name: 'elastic-ip',
  idPrefix: 'eipalloc-',
  idOf: item => item.AllocationId,
  tagsOf: item => item.Tags,
  async page(ec2, { ids: AllocationIds, filters: Filters }) {
    const answer = await ec2.send(new DescribeAddressesCommand({ AllocationIds, Filters }));
    return { items: answer.Addresses };
  },
};

export const NAT_GATEWAY: Ec2Type<NatGateway> = {
  name: 'natgateway',
  idPrefix: 'nat-',
  idOf: item => item.NatGatewayId,
  tagsOf: item => item.Tags,
  // VPC User Guide, "Troubleshoot NAT gateways": a deleted one stays visible for about an hour.
  exists: item => item.State !== 'deleted',
  async page(ec2, query) {
    const { ids: NatGatewayIds, filters: Filter, token: NextToken } = query;
    const answer = await ec2.send(
      new DescribeNatGatewaysCommand({ NatGatewayIds, Filter, NextToken, ...limit(query, 1000) }),
    );
    return { items: answer.NatGateways, next: answer.NextToken };
  },
};

export const ROUTE_TABLE: Ec2Type<RouteTable> = {
  name: 'route-table',
  idPrefix: 'rtb-',
  idOf: item => item.RouteTableId,
  tagsOf: item => item.Tags,
  async page(ec2, query) {
    const { ids: RouteTableIds, filters: Filters, token: NextToken } = query;
    const answer = await ec2.send(
      new DescribeRouteTablesCommand({ RouteTableIds, Filters, NextToken, ...limit(query, 100) }),
    );
    return { items: answer.RouteTables, next: answer.NextToken };
  },
};

export const NETWORK_ACL: Ec2Type<NetworkAcl> = {
  name: 'network-acl',
  idPrefix: 'acl-',
  idOf: item => item.NetworkAclId,
  tagsOf: item => item.Tags,
  async page(ec2, query) {
    const { ids: NetworkAclIds, filters: Filters, token: NextToken } = query;
    const answer = await ec2.send(
      new DescribeNetworkAclsCommand({ NetworkAclIds, Filters, NextToken, ...limit(query, 1000) }),
    );
    return { items: answer.NetworkAcls, next: answer.NextToken };
  },
};

/**
 * A shared list is by name, so that it also has the default groups of VPCs and those of clusters, which AWS makes without our
 * tags ("View Amazon EKS security group requirements for clusters": `eks-cluster-sg-my-cluster-uniqueID`). Names of ours
 * begin with the installation's (`names.ts`); a group that is not among them is looked for by its id.
 */
export const SECURITY_GROUP: Ec2Type<SecurityGroup> = {
  name: 'security-group',
  sharedBy: installation => [
    { Name: 'group-name', Values: ['default', `${installation}-*`, `eks-cluster-sg-${installation}-*`] },
  ],
  idPrefix: 'sg-',
  idOf: item => item.GroupId,
  tagsOf: item => item.Tags,
  async page(ec2, query) {
    const { ids: GroupIds, filters: Filters, token: NextToken } = query;
    const answer = await ec2.send(
      new DescribeSecurityGroupsCommand({ GroupIds, Filters, NextToken, ...limit(query, 1000) }),
    );
    return { items: answer.SecurityGroups, next: answer.NextToken };
  },
};

export const FLOW_LOG: Ec2Type<FlowLog> = {
  name: 'vpc-flow-log',
  idPrefix: 'fl-',
  idOf: item => item.FlowLogId,
  tagsOf: item => item.Tags,
  async page(ec2, query) {
    const { ids: FlowLogIds, filters: Filter, token: NextToken } = query;
    const answer = await ec2.send(
      new DescribeFlowLogsCommand({ FlowLogIds, Filter, NextToken, ...limit(query, 1000) }),
    );
    return { items: answer.FlowLogs, next: answer.NextToken };
  },
};

export const VPC_ENDPOINT: Ec2Type<VpcEndpoint> = {
  name: 'vpc-endpoint',
  idPrefix: 'vpce-',
  idOf: item => item.VpcEndpointId,
  tagsOf: item => item.Tags,
  exists: item => item.State?.toLowerCase() !== 'deleted',
  async page(ec2, query) {
    const { ids: VpcEndpointIds, filters: Filters, token: NextToken } = query;
    const answer = await ec2.send(
      new DescribeVpcEndpointsCommand({ VpcEndpointIds, Filters, NextToken, ...limit(query, 1000) }),
    );
    return { items: answer.VpcEndpoints, next: answer.NextToken };
  },
};

export const LAUNCH_TEMPLATE: Ec2Type<LaunchTemplate> = {
  name: 'launch-template',
  idPrefix: 'lt-',
  idOf: item => item.LaunchTemplateId,
  tagsOf: item => item.Tags,
  async page(ec2, query) {
    const { ids: LaunchTemplateIds, filters: Filters, token: NextToken } = query;
    const answer = await ec2.send(
      new DescribeLaunchTemplatesCommand({ LaunchTemplateIds, Filters, NextToken, ...limit(query, 200) }),
    );
    return { items: answer.LaunchTemplates, next: answer.NextToken };
  },
};

export const VOLUME: Ec2Type<Volume> = {
  name: 'volume',
  idPrefix: 'vol-',
  idOf: item => item.VolumeId,
  tagsOf: item => item.Tags,
  // On its way out, whatever becomes of what it needs.
  exists: item => item.State !== 'deleting' && item.State !== 'deleted',
  async page(ec2, query) {
    const { ids: VolumeIds, filters: Filters, token: NextToken } = query;
    const answer = await ec2.send(
      new DescribeVolumesCommand({ VolumeIds, Filters, NextToken, ...limit(query, 500) }),
    );
    return { items: answer.Volumes, next: answer.NextToken };
  },
};

/** The account's own: public ones of others would be listed too. */
export const SNAPSHOT: Ec2Type<Snapshot> = {
  name: 'snapshot',
  idPrefix: 'snap-',
  idOf: item => item.SnapshotId,
  tagsOf: item => item.Tags,
  async page(ec2, query) {
    const { ids: SnapshotIds, filters: Filters, token: NextToken } = query;
    const answer = await ec2.send(
      new DescribeSnapshotsCommand({
        SnapshotIds,
        Filters,
        NextToken,
        OwnerIds: ['self'],
        ...limit(query, 1000),
      }),
    );
    return { items: answer.Snapshots, next: answer.NextToken };
  },
};
