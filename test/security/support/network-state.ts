import {
  type Address,
  DescribeAddressesCommand,
  DescribeFlowLogsCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeNatGatewaysCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
  type EC2Client,
  type FlowLog,
  type LaunchTemplateVersion,
  type NatGateway,
  type NetworkInterface,
  type RouteTable,
  type SecurityGroup,
  type Subnet,
  type Tag,
  type Vpc,
  type VpcEndpoint,
} from '@aws-sdk/client-ec2';

export interface NetworkSecurity {
  /** Without those that are no environment's: every account has a default one. */
  readonly vpcs: readonly Vpc[];
  readonly subnets: readonly Subnet[];
  readonly tables: readonly RouteTable[];
  readonly nats: readonly NatGateway[];
  readonly addresses: readonly Address[];
  readonly interfaces: readonly NetworkInterface[];
  readonly groups: readonly SecurityGroup[];
  readonly endpoints: readonly VpcEndpoint[];
  readonly flowLogs: readonly FlowLog[];
  /** All versions of all launch templates. */
  readonly templates: readonly LaunchTemplateVersion[];
}

interface Tagged {
  readonly Tags?: readonly Tag[] | undefined;
}

/** `subnet/private/1` */
export function nodeOf({ Tags = [] }: Tagged): string {
  return Tags.find(tag => tag.Key === 'opta.dev/node')?.Value ?? '';
}

export async function readNetwork(ec2: EC2Client): Promise<NetworkSecurity> {
  const [vpcs, subnets, tables, nats, addresses, interfaces, groups, endpoints, flowLogs, templates] =
    await Promise.all([
      ec2.send(new DescribeVpcsCommand({})),
      ec2.send(new DescribeSubnetsCommand({})),
      ec2.send(new DescribeRouteTablesCommand({})),
      ec2.send(new DescribeNatGatewaysCommand({})),
      ec2.send(new DescribeAddressesCommand({})),
      ec2.send(new DescribeNetworkInterfacesCommand({})),
      ec2.send(new DescribeSecurityGroupsCommand({})),
      ec2.send(new DescribeVpcEndpointsCommand({})),
      ec2.send(new DescribeFlowLogsCommand({})),
      ec2.send(new DescribeLaunchTemplateVersionsCommand({ Versions: ['$Latest', '$Default'] })),
    ]);
  const ours = (vpcs.Vpcs ?? []).filter(vpc => nodeOf(vpc) === 'vpc');
  const ids = new Set(ours.map(vpc => vpc.VpcId));
  const isIn = ({ VpcId }: { VpcId?: string | undefined }) => ids.has(VpcId);
  return {
    vpcs: ours,
    subnets: (subnets.Subnets ?? []).filter(isIn),
    tables: (tables.RouteTables ?? []).filter(isIn),
    nats: (nats.NatGateways ?? []).filter(isIn).filter(nat => nat.State !== 'deleted'),
    addresses: addresses.Addresses ?? [],
    interfaces: (interfaces.NetworkInterfaces ?? []).filter(isIn),
    groups: (groups.SecurityGroups ?? []).filter(isIn),
    endpoints: (endpoints.VpcEndpoints ?? []).filter(isIn),
    flowLogs: flowLogs.FlowLogs ?? [],
    templates: templates.LaunchTemplateVersions ?? [],
  };
}
