import {
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateRouteCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DeleteSecurityGroupCommand,
  DescribeRouteTablesCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { CreateClusterCommand, DeleteClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  IAMClient,
} from '@aws-sdk/client-iam';
import {
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  ListResourceRecordSetsCommand,
  ListTagsForResourceCommand,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { observerOptions } from './aws-view.ts';
import { ACCOUNT, REGION } from './manifests.ts';
import type { TestWorld } from './world.ts';

const AN_HOUR_MS = 60 * 60_000;

/** What people of the account make by hand. */
export interface ByHand {
  readonly ec2: EC2Client;
  readonly eks: EKSClient;
  role(name: string, service?: string): Promise<string>;
  deleteRole(name: string): Promise<void>;
  /** With private subnets in two zones; those without a way to the internet. */
  network(): Promise<{ readonly vpcId: string; readonly privateSubnetIds: readonly string[] }>;
  /** Gives the VPC's main table, and with it all subnets without one of their own, a way to the internet. */
  openToInternet(vpcId: string): Promise<void>;
  /** Active when it returns. */
  cluster(name: string, subnetIds: readonly string[]): Promise<void>;
  /** Gone when it returns, as far as EKS goes: what its controllers made stays. */
  deleteCluster(name: string): Promise<void>;
  securityGroup(vpcId: string, name: string, tags?: Readonly<Record<string, string>>): Promise<string>;
  /** Public, with one record, `www`; answers its id. */
  zone(name: string): Promise<string>;
  /** Names and types, beside those of the zone itself. */
  records(zoneId: string): Promise<readonly string[]>;
  tagsOfZone(zoneId: string): Promise<readonly unknown[]>;
  deleteSecurityGroup(id: string): Promise<void>;
  close(): void;
}

export function byHand({ world }: { readonly world: TestWorld }): ByHand {
  const options = observerOptions(world.bench.gateway, ACCOUNT, REGION);
  const [ec2, eks, iam] = [new EC2Client(options), new EKSClient(options), new IAMClient(options)];
  const route53 = new Route53Client(options);

  async function role(RoleName: string, service?: string): Promise<string> {
    const Principal = service === undefined ? { AWS: `arn:aws:iam::${ACCOUNT}:root` } : { Service: service };
    const Statement = [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }];
    const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
    const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    return Role?.Arn ?? '';
  }

  return {
    ec2,
    eks,
    role,
    async deleteRole(RoleName) {
      await iam.send(new DeleteRoleCommand({ RoleName }));
    },
    async network() {
      const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.9.0.0/16' }));
      const vpcId = Vpc?.VpcId ?? '';
      const privateSubnetIds: string[] = [];
      for (const [index, zone] of ['a', 'b'].entries()) {
        const CidrBlock = `10.9.${index}.0/24`;
        const AvailabilityZone = `${REGION}${zone}`;
        const made = await ec2.send(new CreateSubnetCommand({ VpcId: vpcId, CidrBlock, AvailabilityZone }));
        privateSubnetIds.push(made.Subnet?.SubnetId ?? '');
      }
      return { vpcId, privateSubnetIds };
    },
    async openToInternet(vpcId) {
      const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}));
      const GatewayId = InternetGateway?.InternetGatewayId ?? '';
      await ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId: GatewayId, VpcId: vpcId }));
      const Filters = [{ Name: 'vpc-id', Values: [vpcId] }];
      const { RouteTables = [] } = await ec2.send(new DescribeRouteTablesCommand({ Filters }));
      const RouteTableId = RouteTables[0]?.RouteTableId;
      await ec2.send(new CreateRouteCommand({ RouteTableId, GatewayId, DestinationCidrBlock: '0.0.0.0/0' }));
    },
    async cluster(name, subnetIds) {
      const roleArn = await role(`${name}-cluster`, 'eks.amazonaws.com');
      const PolicyArn = 'arn:aws:iam::aws:policy/AmazonEKSClusterPolicy';
      await iam.send(new AttachRolePolicyCommand({ RoleName: `${name}-cluster`, PolicyArn }));
      // The emulator gives the role the machine's time, which virtual time is behind.
      world.clock.advance(AN_HOUR_MS);
      const resourcesVpcConfig = { subnetIds: [...subnetIds] };
      await eks.send(new CreateClusterCommand({ name, roleArn, resourcesVpcConfig, version: '1.35' }));
      world.clock.advance(AN_HOUR_MS);
    },
    async deleteCluster(name) {
      await eks.send(new DeleteClusterCommand({ name }));
      world.clock.advance(AN_HOUR_MS);
    },
    async securityGroup(VpcId, GroupName, tags = {}) {
      const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
      const TagSpecifications = Tags.length === 0 ? [] : [{ ResourceType: 'security-group' as const, Tags }];
      const command = new CreateSecurityGroupCommand({
        VpcId,
        GroupName,
        Description: GroupName,
        TagSpecifications,
      });
      return (await ec2.send(command)).GroupId ?? '';
    },
    async deleteSecurityGroup(GroupId) {
      await ec2.send(new DeleteSecurityGroupCommand({ GroupId }));
    },
    async zone(Name) {
      const { HostedZone } = await route53.send(new CreateHostedZoneCommand({ Name, CallerReference: Name }));
      const HostedZoneId = (HostedZone?.Id ?? '').replace('/hostedzone/', '');
      const ResourceRecords = [{ Value: '192.0.2.1' }];
      const ResourceRecordSet = { Name: `www.${Name}`, Type: 'A' as const, TTL: 60, ResourceRecords };
      const ChangeBatch = { Changes: [{ Action: 'CREATE' as const, ResourceRecordSet }] };
      await route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch }));
      return HostedZoneId;
    },
    async records(HostedZoneId) {
      const command = new ListResourceRecordSetsCommand({ HostedZoneId });
      const { ResourceRecordSets = [] } = await route53.send(command);
      return ResourceRecordSets.filter(one => one.Type !== 'NS' && one.Type !== 'SOA')
        .map(one => `${one.Name} ${one.Type}`)
        .sort();
    },
    async tagsOfZone(ResourceId) {
      const command = new ListTagsForResourceCommand({ ResourceType: 'hostedzone', ResourceId });
      return (await route53.send(command)).ResourceTagSet?.Tags ?? [];
    },
    close() {
      for (const client of [ec2, eks, iam, route53]) client.destroy();
    },
  };
}
