import {
  DescribeAddressesCommand,
  DescribeFlowLogsCommand,
  DescribeInternetGatewaysCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeNatGatewaysCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
  type EC2Client,
} from '@aws-sdk/client-ec2';
import { type Part, part } from './part.ts';

interface InVpc {
  readonly VpcId?: string | undefined;
}

/** Without the VPC that every account has, and what came with it. What is gone and still shown is gone. */
export async function networkParts(ec2: EC2Client): Promise<readonly Part[]> {
  const { Vpcs = [] } = await ec2.send(new DescribeVpcsCommand({}));
  const defaults = new Set(Vpcs.filter(one => one.IsDefault === true).map(one => one.VpcId));
  const isMade = ({ VpcId }: InVpc) => !defaults.has(VpcId);
  const all = await Promise.all([
    Promise.all(Vpcs.filter(isMade).map(async one => part('VPC', one.VpcId, await withNames(ec2, one)))),
    ec2
      .send(new DescribeSubnetsCommand({}))
      .then(({ Subnets = [] }) => Subnets.filter(isMade).map(one => part('subnet', one.SubnetId, one))),
    ec2
      .send(new DescribeInternetGatewaysCommand({}))
      .then(({ InternetGateways = [] }) =>
        InternetGateways.filter(one => !defaults.has(one.Attachments?.[0]?.VpcId)).map(one =>
          part('internet gateway', one.InternetGatewayId, one),
        ),
      ),
    ec2
      .send(new DescribeNatGatewaysCommand({}))
      .then(({ NatGateways = [] }) =>
        NatGateways.filter(one => one.State !== 'deleted').map(one =>
          part('NAT gateway', one.NatGatewayId, one),
        ),
      ),
    ec2
      .send(new DescribeAddressesCommand({}))
      .then(({ Addresses = [] }) => Addresses.map(one => part('address', one.AllocationId, one))),
    ec2
      .send(new DescribeRouteTablesCommand({}))
      .then(({ RouteTables = [] }) =>
        RouteTables.filter(isMade).map(one => part('route table', one.RouteTableId, one)),
      ),
    ec2
      .send(new DescribeSecurityGroupsCommand({}))
      .then(({ SecurityGroups = [] }) =>
        SecurityGroups.filter(isMade).map(one => part('security group', one.GroupId, one)),
      ),
    ec2
      .send(new DescribeVpcEndpointsCommand({}))
      .then(({ VpcEndpoints = [] }) =>
        VpcEndpoints.filter(one => isMade(one) && !/^delet/i.test(one.State ?? '')).map(one =>
          part('endpoint', one.VpcEndpointId, one),
        ),
      ),
    ec2
      .send(new DescribeFlowLogsCommand({}))
      .then(({ FlowLogs = [] }) => FlowLogs.map(one => part('flow log', one.FlowLogId, one))),
    templateParts(ec2),
  ]);
  return all.flat();
}

async function withNames(ec2: EC2Client, vpc: InVpc): Promise<object> {
  const { VpcId } = vpc;
  const [names, support] = await Promise.all([
    ec2.send(new DescribeVpcAttributeCommand({ VpcId, Attribute: 'enableDnsHostnames' })),
    ec2.send(new DescribeVpcAttributeCommand({ VpcId, Attribute: 'enableDnsSupport' })),
  ]);
  return { ...vpc, dns: [names.EnableDnsHostnames?.Value, support.EnableDnsSupport?.Value] };
}

/** Of a template, what its default version says. */
async function templateParts(ec2: EC2Client): Promise<readonly Part[]> {
  const { LaunchTemplates = [] } = await ec2.send(new DescribeLaunchTemplatesCommand({}));
  return Promise.all(
    LaunchTemplates.map(async ({ LaunchTemplateId, LaunchTemplateName, Tags }) => {
      const { LaunchTemplateVersions = [] } = await ec2.send(
        new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId, Versions: ['$Default'] }),
      );
      const [version] = LaunchTemplateVersions;
      return part('launch template', LaunchTemplateId, {
        LaunchTemplateName,
        Tags,
        data: version?.LaunchTemplateData,
      });
    }),
  );
}
