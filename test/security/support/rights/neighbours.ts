import { ACMClient, RequestCertificateCommand } from '@aws-sdk/client-acm';
import { CloudWatchLogsClient, CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  AllocateAddressCommand,
  AssociateRouteTableCommand,
  CreateFlowLogsCommand,
  CreateLaunchTemplateCommand,
  CreateNatGatewayCommand,
  CreateRouteTableCommand,
  CreateVolumeCommand,
  CreateVpcEndpointCommand,
} from '@aws-sdk/client-ec2';
import { CreateAddonCommand, CreateNodegroupCommand } from '@aws-sdk/client-eks';
import {
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { CreateCacheSubnetGroupCommand, ElastiCacheClient } from '@aws-sdk/client-elasticache';
import {
  AttachRolePolicyCommand,
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreateServiceLinkedRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { CreateAliasCommand, CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { CreateDBSubnetGroupCommand, RDSClient } from '@aws-sdk/client-rds';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { observerOptions } from '../../../support/aws-view.ts';
import type { ByHand } from '../../../support/by-hand.ts';
import { ACCOUNT, REGION } from '../../../support/manifests.ts';
import type { TestWorld } from '../../../support/world.ts';

const DOCUMENT = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::billing/*' }],
});

export interface Neighbours {
  readonly vpcId: string;
  readonly privateSubnetIds: readonly string[];
  readonly zoneId: string;
}

/** What others have in the same account: one at least of every type that the operator lists or looks for by tags. */
export async function makeNeighbours(
  { world }: { readonly world: TestWorld },
  hand: ByHand,
): Promise<Neighbours> {
  const options = observerOptions(world.bench.gateway, ACCOUNT, REGION);
  const clients = {
    acm: new ACMClient(options),
    elasticache: new ElastiCacheClient(options),
    elb: new ElasticLoadBalancingV2Client(options),
    iam: new IAMClient(options),
    kms: new KMSClient(options),
    logs: new CloudWatchLogsClient(options),
    rds: new RDSClient(options),
    s3: new S3Client({ ...options, forcePathStyle: true }),
    sns: new SNSClient(options),
    sqs: new SQSClient({ ...options, useQueueUrlAsEndpoint: false }),
  };
  await makeIdentities(hand, clients);
  const network = await makeNetwork(hand);
  await makeStores(clients, network.privateSubnetIds);
  await makeMessaging(clients);
  await makeCluster(hand, network.privateSubnetIds);
  for (const client of Object.values(clients)) client.destroy();
  return { ...network, zoneId: await hand.zone('example.com') };
}

interface Clients {
  readonly acm: ACMClient;
  readonly elasticache: ElastiCacheClient;
  readonly elb: ElasticLoadBalancingV2Client;
  readonly iam: IAMClient;
  readonly kms: KMSClient;
  readonly logs: CloudWatchLogsClient;
  readonly rds: RDSClient;
  readonly s3: S3Client;
  readonly sns: SNSClient;
  readonly sqs: SQSClient;
}

async function makeIdentities(hand: ByHand, { iam }: Clients): Promise<void> {
  await hand.role('billing', 'lambda.amazonaws.com');
  const policy = { PolicyName: 'billing', PolicyDocument: DOCUMENT };
  const { Policy } = await iam.send(new CreatePolicyCommand(policy));
  await iam.send(new AttachRolePolicyCommand({ RoleName: 'billing', PolicyArn: Policy?.Arn }));
  await iam.send(new PutRolePolicyCommand({ RoleName: 'billing', ...policy }));
  for (const Url of [
    'https://token.actions.githubusercontent.com',
    `https://oidc.eks.${REGION}.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF`,
  ])
    await iam.send(
      new CreateOpenIDConnectProviderCommand({
        Url,
        ClientIDList: ['sts.amazonaws.com'],
        ThumbprintList: ['6938fd4d98bab03faadb97b34396831e3780aea1'],
      }),
    );
}

/** Private subnets, and everything else that a network may have. */
async function makeNetwork(hand: ByHand): Promise<Omit<Neighbours, 'zoneId'>> {
  const { ec2 } = hand;
  const { vpcId: VpcId, privateSubnetIds } = await hand.network();
  const [SubnetId = ''] = privateSubnetIds;
  await hand.openToInternet(VpcId);
  // What is private has a table of its own.
  const { RouteTable } = await ec2.send(new CreateRouteTableCommand({ VpcId }));
  const RouteTableId = RouteTable?.RouteTableId ?? '';
  for (const id of privateSubnetIds)
    await ec2.send(new AssociateRouteTableCommand({ RouteTableId, SubnetId: id }));
  const { AllocationId } = await ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
  await ec2.send(new CreateNatGatewayCommand({ SubnetId, AllocationId }));
  const ServiceName = `com.amazonaws.${REGION}.s3`;
  await ec2.send(new CreateVpcEndpointCommand({ VpcId, ServiceName, RouteTableIds: [RouteTableId] }));
  const LogDestination = 'arn:aws:s3:::billing';
  await ec2.send(
    new CreateFlowLogsCommand({
      ResourceIds: [VpcId],
      ResourceType: 'VPC',
      TrafficType: 'ALL',
      LogDestinationType: 's3',
      LogDestination,
    }),
  );
  await ec2.send(new CreateLaunchTemplateCommand({ LaunchTemplateName: 'billing', LaunchTemplateData: {} }));
  await ec2.send(new CreateVolumeCommand({ AvailabilityZone: `${REGION}a`, Size: 1 }));
  await hand.securityGroup(VpcId, 'billing');
  return { vpcId: VpcId, privateSubnetIds };
}

async function makeStores(
  { acm, elasticache, elb, iam, kms, logs, rds, s3 }: Clients,
  subnetIds: readonly string[],
): Promise<void> {
  const SubnetIds = [...subnetIds];
  for (const service of ['rds', 'elasticache'])
    await iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName: `${service}.amazonaws.com` }));
  const db = { DBSubnetGroupName: 'default-vpc-0a', DBSubnetGroupDescription: 'Created from the console' };
  await rds.send(new CreateDBSubnetGroupCommand({ ...db, SubnetIds }));
  const cache = { CacheSubnetGroupName: 'main', CacheSubnetGroupDescription: 'Managed by Terraform' };
  await elasticache.send(new CreateCacheSubnetGroupCommand({ ...cache, SubnetIds }));
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  await kms.send(new CreateAliasCommand({ AliasName: 'alias/billing', TargetKeyId: KeyMetadata?.KeyId }));
  for (const logGroupName of ['/aws/lambda/billing', '/aws/eks/billing/cluster'])
    await logs.send(new CreateLogGroupCommand({ logGroupName }));
  const CreateBucketConfiguration = { LocationConstraint: REGION } as const;
  await s3.send(new CreateBucketCommand({ Bucket: 'billing', CreateBucketConfiguration }));
  await acm.send(new RequestCertificateCommand({ DomainName: 'example.com', ValidationMethod: 'DNS' }));
  await elb.send(new CreateLoadBalancerCommand({ Name: 'billing', Type: 'network', Subnets: SubnetIds }));
  await elb.send(new CreateTargetGroupCommand({ Name: 'billing', TargetType: 'lambda' }));
}

async function makeMessaging({ sns, sqs }: Clients): Promise<void> {
  await sqs.send(new CreateQueueCommand({ QueueName: 'billing' }));
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'billing' }));
  const Endpoint = `arn:aws:sqs:${REGION}:${ACCOUNT}:billing`;
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }));
}

async function makeCluster(hand: ByHand, subnetIds: readonly string[]): Promise<void> {
  await hand.cluster('billing', subnetIds);
  await hand.eks.send(new CreateAddonCommand({ clusterName: 'billing', addonName: 'kube-proxy' }));
  const nodeRole = await hand.role('billing-nodes', 'ec2.amazonaws.com');
  await hand.eks.send(
    new CreateNodegroupCommand({
      clusterName: 'billing',
      nodegroupName: 'billing',
      subnets: [...subnetIds],
      nodeRole,
    }),
  );
}
