import { ACMClient, DescribeCertificateCommand, ListCertificatesCommand } from '@aws-sdk/client-acm';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  DescribeFlowLogsCommand,
  DescribeInternetGatewaysCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  EC2Client,
  type SecurityGroup,
} from '@aws-sdk/client-ec2';
import {
  DescribeClusterCommand,
  DescribeNodegroupCommand,
  EKSClient,
  ListNodegroupsCommand,
} from '@aws-sdk/client-eks';
import {
  GetOpenIDConnectProviderCommand,
  GetRoleCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListOpenIDConnectProvidersCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
} from '@aws-sdk/client-iam';
import { GetKeyPolicyCommand, GetKeyRotationStatusCommand, KMSClient } from '@aws-sdk/client-kms';
import { observerOptions } from '../../support/aws-view.ts';
import { ACCOUNT, REGION } from '../../support/manifests.ts';
import type { Stage } from '../../support/stage.ts';

/** Clients of somebody with all rights, past the operator's own code. */
export interface Eyes {
  readonly ec2: EC2Client;
  readonly eks: EKSClient;
  readonly iam: IAMClient;
  readonly logs: CloudWatchLogsClient;
  readonly kms: KMSClient;
  readonly acm: ACMClient;
  close(): void;
}

export function eyesOn(stage: Stage): Eyes {
  const options = observerOptions(stage.world.bench.gateway.url, ACCOUNT, REGION);
  const all = {
    ec2: new EC2Client(options),
    eks: new EKSClient(options),
    iam: new IAMClient(options),
    logs: new CloudWatchLogsClient(options),
    kms: new KMSClient(options),
    acm: new ACMClient(options),
  };
  return {
    ...all,
    close() {
      for (const client of Object.values(all)) client.destroy();
    },
  };
}

/** What the environment's key and cluster are, as its status says. */
export interface Expected {
  readonly keyArn: string;
  readonly cluster: string;
  readonly domain: string;
}

/** SECURITY.md, the rows that are about an environment: each that does not hold in AWS, as `S3: …`. */
export async function broken(eyes: Eyes, expected: Expected): Promise<readonly string[]> {
  const all = await Promise.all([
    network(eyes),
    stores(eyes),
    cluster(eyes, expected),
    roles(eyes),
    logging(eyes, expected),
    key(eyes, expected),
    certificate(eyes, expected),
  ]);
  return all.flat().sort();
}

function unless(isSo: boolean, says: string): readonly string[] {
  return isSo ? [] : [says];
}

async function network({ ec2 }: Eyes): Promise<readonly string[]> {
  const { Vpcs = [] } = await ec2.send(new DescribeVpcsCommand({}));
  const made = Vpcs.filter(one => one.IsDefault !== true);
  const Filters = [{ Name: 'vpc-id', Values: made.map(one => one.VpcId ?? '') }];
  const [{ Subnets = [] }, { RouteTables = [] }, { NetworkInterfaces = [] }, { InternetGateways = [] }] =
    await Promise.all([
      ec2.send(new DescribeSubnetsCommand({ Filters })),
      ec2.send(new DescribeRouteTablesCommand({ Filters })),
      ec2.send(new DescribeNetworkInterfacesCommand({ Filters })),
      ec2.send(new DescribeInternetGatewaysCommand({})),
    ]);
  const main = RouteTables.find(table => table.Associations?.some(one => one.Main === true));
  const wayOf = (subnet: string | undefined) => {
    const own = RouteTables.find(table => table.Associations?.some(one => one.SubnetId === subnet));
    const route = (own ?? main)?.Routes?.find(one => one.DestinationCidrBlock === '0.0.0.0/0');
    return route?.GatewayId ?? route?.NatGatewayId ?? '';
  };
  const isPublic = (id: string | undefined) => wayOf(id).startsWith('igw-');
  const open = Subnets.filter(one => isPublic(one.SubnetId));
  const closed = Subnets.filter(one => !isPublic(one.SubnetId));
  const zones = (of: typeof Subnets) => new Set(of.map(one => one.AvailabilityZoneId)).size;
  const inPublic = NetworkInterfaces.filter(one => isPublic(one.SubnetId));
  return [
    ...unless(made.length === 1, `S2: ${made.length} VPCs beside the default one`),
    ...unless(
      open.length === 3 && zones(open) === 3,
      `S2: ${open.length} public subnets in ${zones(open)} zones`,
    ),
    ...unless(
      closed.length === 3 && zones(closed) === 3,
      `S2: ${closed.length} private subnets in ${zones(closed)} zones`,
    ),
    ...Subnets.filter(one => one.MapPublicIpOnLaunch === true).map(
      one => `S3: ${one.SubnetId} gives public addresses`,
    ),
    ...inPublic
      .filter(one => !['nat_gateway', 'network_load_balancer'].includes(one.InterfaceType ?? ''))
      .map(one => `S3: ${one.NetworkInterfaceId} (${one.Description}) is in a public subnet`),
    ...closed
      .filter(one => !wayOf(one.SubnetId).startsWith('nat-'))
      .map(one => `S4: the way of ${one.SubnetId} is ${wayOf(one.SubnetId)}`),
    ...unless(
      InternetGateways.filter(one => one.Attachments?.[0]?.VpcId === made[0]?.VpcId).length === 1,
      'S2: not one internet gateway',
    ),
  ];
}

const PORTS: Readonly<Record<string, number>> = { postgres: 5432, redis: 6379, documentdb: 27017 };

async function stores({ ec2 }: Eyes): Promise<readonly string[]> {
  const { Vpcs = [] } = await ec2.send(new DescribeVpcsCommand({}));
  const vpc = Vpcs.find(one => one.IsDefault !== true);
  const Filters = [{ Name: 'vpc-id', Values: [vpc?.VpcId ?? ''] }];
  const { SecurityGroups = [] } = await ec2.send(new DescribeSecurityGroupsCommand({ Filters }));
  const own = SecurityGroups.find(one => one.GroupName === 'default');
  const rulesOf = (group: SecurityGroup | undefined) =>
    [...(group?.IpPermissions ?? []), ...(group?.IpPermissionsEgress ?? [])].length;
  return [
    ...unless(own !== undefined && rulesOf(own) === 0, 'S20: the VPC’s own group has rules'),
    ...Object.entries(PORTS).flatMap(([store, port]) => {
      const group = SecurityGroups.find(one => one.GroupName?.includes(`security-group-${store}`));
      const [rule, ...more] = group?.IpPermissions ?? [];
      const ranges = rule?.IpRanges?.map(one => one.CidrIp).join();
      const isSo = rule?.FromPort === port && rule.ToPort === port && ranges === vpc?.CidrBlock;
      return [
        ...unless(isSo && more.length === 0, `S20: ${store} lets in more than the VPC to ${port}`),
        ...unless(group?.IpPermissionsEgress?.length === 0, `S20: ${store} has ways out`),
      ];
    }),
  ];
}

async function cluster({ ec2, eks }: Eyes, expected: Expected): Promise<readonly string[]> {
  const name = expected.cluster;
  const { cluster: one } = await eks.send(new DescribeClusterCommand({ name }));
  const { nodegroups = [] } = await eks.send(new ListNodegroupsCommand({ clusterName: name }));
  const nodegroupName = nodegroups[0];
  const { nodegroup } = await eks.send(new DescribeNodegroupCommand({ clusterName: name, nodegroupName }));
  const { id: LaunchTemplateId, version = '' } = nodegroup?.launchTemplate ?? {};
  const { LaunchTemplateVersions = [] } = await ec2.send(
    new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId, Versions: [version] }),
  );
  const { MetadataOptions, BlockDeviceMappings = [] } = LaunchTemplateVersions[0]?.LaunchTemplateData ?? {};
  const SubnetIds = nodegroup?.subnets ?? [];
  const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({ SubnetIds }));
  const tier = Subnets.every(subnet =>
    subnet.Tags?.some(tag => tag.Key === 'kubernetes.io/role/internal-elb'),
  );
  const access = one?.resourcesVpcConfig;
  const [encryption] = one?.encryptionConfig ?? [];
  const logged =
    one?.logging?.clusterLogging?.filter(log => log.enabled).flatMap(log => log.types ?? []) ?? [];
  return [
    ...unless(nodegroups.length === 1, `S6: ${nodegroups.length} node groups`),
    ...unless(SubnetIds.length === 3 && tier, 'S6: nodes are not in the three private subnets'),
    ...unless(
      MetadataOptions?.HttpTokens === 'required' && MetadataOptions.HttpPutResponseHopLimit === 1,
      'S6: pods can get at the instance metadata',
    ),
    ...unless(
      BlockDeviceMappings.every(({ Ebs }) => Ebs?.Encrypted === true && Ebs.KmsKeyId === expected.keyArn),
      'S6: disks are not encrypted with the environment’s key',
    ),
    ...unless(access?.endpointPrivateAccess === true, 'S8: no private endpoint'),
    ...unless(access?.endpointPublicAccess === false, 'S8: a public endpoint'),
    ...unless(
      encryption?.provider?.keyArn === expected.keyArn && encryption.resources?.join() === 'secrets',
      'S9: secrets are not encrypted with the environment’s key',
    ),
    ...unless(logged.length === 5, `S29: of the control plane only ${logged.join(', ')} is logged`),
    ...unless(one?.deletionProtection === true, 'S31: no deletion protection'),
    ...unless(one?.accessConfig?.authenticationMode === 'API', 'S21: access by more than entries'),
    ...unless(one?.upgradePolicy?.supportType === 'STANDARD', 'S7: extended support, at six times the price'),
  ];
}

/** Of the components whose role has nothing but these. */
const ATTACHED: Readonly<Record<string, readonly string[]>> = {
  'role-cluster': ['AmazonEKSClusterPolicy'],
  'role-node': ['AmazonEC2ContainerRegistryPullOnly', 'AmazonEKSWorkerNodePolicy'],
  'role-vpc-cni': ['AmazonEKS_CNI_Policy'],
};

async function roles({ iam }: Eyes): Promise<readonly string[]> {
  const { Roles = [] } = await iam.send(new ListRolesCommand({ PathPrefix: '/opta/', MaxItems: 1000 }));
  const said = await Promise.all(
    Roles.map(async ({ RoleName = '' }) => {
      const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
      const { AttachedPolicies = [] } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
      const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
      const trust = decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '');
      const expected = Object.entries(ATTACHED).find(([part]) =>
        new RegExp(`-${part}-[a-z2-7]{6}$`).test(RoleName),
      );
      const attached = AttachedPolicies.map(one => one.PolicyName ?? '').sort();
      const boundary = Role?.PermissionsBoundary?.PermissionsBoundaryArn ?? '';
      return [
        ...unless(boundary.includes(':policy/opta/test/'), `S24: ${RoleName} has no boundary`),
        ...unless(
          !trust.includes('StringLike') && !trust.includes('"*"'),
          `S22: ${RoleName} trusts too many`,
        ),
        ...unless(
          !trust.includes('Federated') || (trust.includes(':sub"') && trust.includes(':aud"')),
          `S22: ${RoleName} trusts any service account`,
        ),
        ...(expected === undefined
          ? []
          : unless(
              attached.join() === expected[1].join() && PolicyNames.length === 0,
              `S21: ${RoleName} has ${[...attached, ...PolicyNames].join(', ')}`,
            )),
      ];
    }),
  );
  const { OpenIDConnectProviderList = [] } = await iam.send(new ListOpenIDConnectProvidersCommand({}));
  const [provider] = OpenIDConnectProviderList;
  const { ClientIDList } = await iam.send(
    new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: provider?.Arn }),
  );
  return [...said.flat(), ...unless(ClientIDList?.join() === 'sts.amazonaws.com', 'S22: tokens for others')];
}

async function logging({ ec2, logs }: Eyes, { keyArn }: Expected): Promise<readonly string[]> {
  const { FlowLogs = [] } = await ec2.send(new DescribeFlowLogsCommand({}));
  const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({}));
  return [
    ...unless(FlowLogs.length === 1 && FlowLogs[0]?.TrafficType === 'ALL', 'S29: not all traffic is logged'),
    ...logGroups.flatMap(({ logGroupName, kmsKeyId, retentionInDays }) => [
      ...unless(kmsKeyId === keyArn, `S29: ${logGroupName} is not encrypted with the environment’s key`),
      ...unless(retentionInDays === 90, `S29: ${logGroupName} is kept ${retentionInDays ?? 'for ever'}`),
    ]),
  ];
}

async function key({ kms }: Eyes, { keyArn: KeyId }: Expected): Promise<readonly string[]> {
  const { Policy = '{}' } = await kms.send(new GetKeyPolicyCommand({ KeyId, PolicyName: 'default' }));
  const { KeyRotationEnabled } = await kms.send(new GetKeyRotationStatusCommand({ KeyId }));
  const { Statement = [] } = JSON.parse(Policy) as { Statement?: Record<string, unknown>[] };
  const ofServices = Statement.filter(one => Object.hasOwn(Object(one.Principal), 'Service'));
  const unbound = ofServices.filter(
    one => !/aws:SourceAccount|aws:SourceArn|EncryptionContext/.test(JSON.stringify(one)),
  );
  return [
    ...unless(KeyRotationEnabled === true, 'S30: the key is not rotated'),
    ...unbound.map(one => `S30: ${one.Sid} lets a service in for anybody`),
    ...unless(!Statement.some(one => one.Principal === '*'), 'S30: the key is everybody’s'),
  ];
}

async function certificate({ acm }: Eyes, { domain }: Expected): Promise<readonly string[]> {
  const { CertificateSummaryList = [] } = await acm.send(new ListCertificatesCommand({}));
  const CertificateArn = CertificateSummaryList[0]?.CertificateArn;
  const { Certificate } = await acm.send(new DescribeCertificateCommand({ CertificateArn }));
  const names = Certificate?.SubjectAlternativeNames?.toSorted().join();
  return [
    ...unless(CertificateSummaryList.length === 1, `S26: ${CertificateSummaryList.length} certificates`),
    ...unless(Certificate?.Status === 'ISSUED', `S26: the certificate is ${Certificate?.Status}`),
    ...unless(names === [`*.${domain}`, domain].sort().join(), `S26: the certificate is for ${names}`),
  ];
}
