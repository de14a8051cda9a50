import { ACMClient, ListCertificatesCommand } from '@aws-sdk/client-acm';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  DescribeAddressesCommand,
  DescribeFlowLogsCommand,
  DescribeInternetGatewaysCommand,
  DescribeLaunchTemplatesCommand,
  DescribeNatGatewaysCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSnapshotsCommand,
  DescribeSubnetsCommand,
  DescribeVolumesCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { EKSClient, ListClustersCommand } from '@aws-sdk/client-eks';
import { DescribeCacheSubnetGroupsCommand, ElastiCacheClient } from '@aws-sdk/client-elasticache';
import {
  IAMClient,
  ListOpenIDConnectProvidersCommand,
  ListPoliciesCommand,
  ListRolesCommand,
} from '@aws-sdk/client-iam';
import { DescribeDBSubnetGroupsCommand, RDSClient } from '@aws-sdk/client-rds';
import { ListHostedZonesCommand, Route53Client } from '@aws-sdk/client-route-53';
import { observerOptions } from '../../support/aws-view.ts';
import { ACCOUNT, REGION } from '../../support/manifests.ts';
import type { Stage } from '../../support/stage.ts';

/** What an account holds beyond what every account has, one line each; read past the operator's own code. */
export async function census(stage: Stage): Promise<readonly string[]> {
  const options = observerOptions(stage.world.bench.gateway, ACCOUNT, REGION);
  const ec2 = new EC2Client(options);
  const eks = new EKSClient(options);
  const iam = new IAMClient(options);
  const logs = new CloudWatchLogsClient(options);
  const route53 = new Route53Client(options);
  const acm = new ACMClient(options);
  const rds = new RDSClient(options);
  const elasticache = new ElastiCacheClient(options);
  try {
    const all = await Promise.all([
      network(ec2),
      eks.send(new ListClustersCommand({})).then(({ clusters = [] }) => told('cluster', clusters)),
      roles(iam),
      logs.send(new DescribeLogGroupsCommand({})).then(({ logGroups = [] }) =>
        told(
          'log group',
          logGroups.map(one => one.logGroupName),
        ),
      ),
      route53.send(new ListHostedZonesCommand({})).then(({ HostedZones = [] }) =>
        told(
          'zone',
          HostedZones.map(one => one.Name),
        ),
      ),
      acm.send(new ListCertificatesCommand({})).then(({ CertificateSummaryList = [] }) =>
        told(
          'certificate',
          CertificateSummaryList.map(one => one.DomainName),
        ),
      ),
      rds.send(new DescribeDBSubnetGroupsCommand({})).then(({ DBSubnetGroups = [] }) =>
        told(
          'subnet group',
          DBSubnetGroups.map(one => one.DBSubnetGroupName),
        ),
      ),
      elasticache.send(new DescribeCacheSubnetGroupsCommand({})).then(({ CacheSubnetGroups = [] }) =>
        told(
          'subnet group',
          CacheSubnetGroups.map(one => one.CacheSubnetGroupName),
        ),
      ),
    ]);
    const { keys, buckets, queues, topics } = await stage.world.aws.state();
    const living = Object.entries(keys).filter(([, key]) => key.state !== 'PendingDeletion');
    return [
      ...all.flat(),
      ...told(
        'key',
        living.map(([id]) => id),
      ),
      ...told('bucket', Object.keys(buckets)),
      ...told('queue', Object.keys(queues)),
      ...told('topic', Object.keys(topics)),
    ].sort();
  } finally {
    for (const client of [ec2, eks, iam, logs, route53, acm, rds, elasticache]) client.destroy();
  }
}

/** How many there are of each sort. */
export function counted(lines: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const line of lines) {
    const sort = line.slice(0, line.indexOf(': '));
    counts[sort] = (counts[sort] ?? 0) + 1;
  }
  return counts;
}

function told(sort: string, names: readonly (string | undefined)[]): readonly string[] {
  return names.map(name => `${sort}: ${name}`);
}

/** Without the default VPC, which every account has, and what came with it. */
async function network(ec2: EC2Client): Promise<readonly string[]> {
  const { Vpcs = [] } = await ec2.send(new DescribeVpcsCommand({}));
  const defaults = new Set(Vpcs.filter(one => one.IsDefault === true).map(one => one.VpcId));
  const isMade = (one: { VpcId?: string | undefined }) => !defaults.has(one.VpcId);
  const [subnets, gateways, nats, addresses, tables, groups, endpoints, flowLogs, templates, interfaces] =
    await Promise.all([
      ec2.send(new DescribeSubnetsCommand({})),
      ec2.send(new DescribeInternetGatewaysCommand({})),
      ec2.send(new DescribeNatGatewaysCommand({})),
      ec2.send(new DescribeAddressesCommand({})),
      ec2.send(new DescribeRouteTablesCommand({})),
      ec2.send(new DescribeSecurityGroupsCommand({})),
      ec2.send(new DescribeVpcEndpointsCommand({})),
      ec2.send(new DescribeFlowLogsCommand({})),
      ec2.send(new DescribeLaunchTemplatesCommand({})),
      ec2.send(new DescribeNetworkInterfacesCommand({})),
    ]);
  const nat = nats.NatGateways?.filter(one => one.State !== 'deleted');
  const attached = gateways.InternetGateways?.filter(one => !defaults.has(one.Attachments?.[0]?.VpcId));
  const [{ Volumes = [] }, { Snapshots = [] }] = await Promise.all([
    ec2.send(new DescribeVolumesCommand({})),
    ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ['self'] })),
  ]);
  return [
    ...told(
      'volume',
      Volumes.map(one => one.VolumeId),
    ),
    ...told(
      'snapshot',
      Snapshots.map(one => one.SnapshotId),
    ),
    ...told(
      'VPC',
      Vpcs.filter(isMade).map(one => one.VpcId),
    ),
    ...told(
      'subnet',
      (subnets.Subnets ?? []).filter(isMade).map(one => one.SubnetId),
    ),
    ...told(
      'internet gateway',
      (attached ?? []).map(one => one.InternetGatewayId),
    ),
    ...told(
      'NAT gateway',
      (nat ?? []).map(one => one.NatGatewayId),
    ),
    ...told(
      'address',
      (addresses.Addresses ?? []).map(one => one.AllocationId),
    ),
    ...told(
      'route table',
      (tables.RouteTables ?? []).filter(isMade).map(one => one.RouteTableId),
    ),
    ...told(
      'security group',
      (groups.SecurityGroups ?? []).filter(isMade).map(one => one.GroupId),
    ),
    ...told(
      'endpoint',
      (endpoints.VpcEndpoints ?? []).filter(isMade).map(one => one.VpcEndpointId),
    ),
    ...told(
      'flow log',
      (flowLogs.FlowLogs ?? []).map(one => one.FlowLogId),
    ),
    ...told(
      'launch template',
      (templates.LaunchTemplates ?? []).map(one => one.LaunchTemplateName),
    ),
    ...told(
      'interface',
      (interfaces.NetworkInterfaces ?? []).filter(isMade).map(one => one.NetworkInterfaceId),
    ),
  ];
}

/** Service-linked roles are the account's: made once, and never removed. */
async function roles(iam: IAMClient): Promise<readonly string[]> {
  const [{ Roles = [] }, { Policies = [] }, { OpenIDConnectProviderList = [] }] = await Promise.all([
    iam.send(new ListRolesCommand({ MaxItems: 1000 })),
    iam.send(new ListPoliciesCommand({ Scope: 'Local', MaxItems: 1000 })),
    iam.send(new ListOpenIDConnectProvidersCommand({})),
  ]);
  return [
    ...told(
      'role',
      Roles.filter(one => !one.Path?.startsWith('/aws-service-role/')).map(one => one.RoleName),
    ),
    ...told(
      'policy',
      Policies.map(one => one.PolicyName),
    ),
    ...told(
      'OIDC provider',
      OpenIDConnectProviderList.map(one => one.Arn),
    ),
  ];
}
