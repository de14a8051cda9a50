/** A network, and what a cluster left in it as controllers, plugins and EKS leave it. */
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateNetworkInterfaceCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupsCommand,
  DescribeVpcsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import {
  CreateLoadBalancerCommand as CreateClassicCommand,
  DescribeLoadBalancersCommand as DescribeClassicCommand,
  ElasticLoadBalancingClient,
} from '@aws-sdk/client-elastic-load-balancing';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { OptaEnvironmentSpec } from '../../api/environment.ts';
import type { NetworkBench, NetworkObject } from '../../aws/ec2/testing-network.ts';
import type { GraphNode } from '../../engine/graph.ts';
import type { Tags } from '../../engine/owner.ts';
import type { PassResult } from '../../engine/pass.ts';
import { clusterName } from './cluster.ts';
import { leftoverNodes } from './leftovers.ts';
import type { Input } from './node.ts';

export function inputOf({ accountId, region }: NetworkObject['place'], zones: number): Input {
  const place = { partition: 'aws', region, accountId };
  const spec = OptaEnvironmentSpec.parse({ region, accountId });
  const environment = {
    name: 'shop',
    tags: {},
    keyArn: undefined,
    keyDeletionWindowDays: 30,
    logBucket: undefined,
    grants: {},
  };
  return {
    kind: 'OptaEnvironment',
    namespace: '',
    name: 'shop',
    uid: 'u',
    spec: { ...spec, network: { availabilityZones: zones } },
    installation: 'opta-test',
    place,
    environment,
    referred: () => undefined,
    written: {},
    referrers: [],
  };
}

/** What a cluster left has to do with; the rest of a network only takes its time. */
const NEEDED = /^(vpc|internet-gateway|group|subnet\/.*)$/;

export interface Around {
  readonly network: NetworkObject;
  readonly config: ConstructorParameters<typeof EC2Client>[0] & object;
  readonly cluster: string;
  readonly vpcId: string;
  readonly subnetIds: string[];
  readonly ec2: EC2Client;
  readonly elb: ElasticLoadBalancingClient;
  readonly elbv2: ElasticLoadBalancingV2Client;
}

/** A network that is up, and clients of somebody else in its account. `whole`: with all that a network has. */
export async function around(bench: NetworkBench, zones = 1, whole = false): Promise<Around> {
  const graph = (all: readonly GraphNode[], place: NetworkObject['place']) => [
    ...all.filter(node => whole || NEEDED.test(node.id)),
    ...leftoverNodes(inputOf(place, zones)),
  ];
  const network = await bench.object({ zones, graph });
  await network.converge();
  const { accountId, region } = network.place;
  const credentials = { accessKeyId: accountId, secretAccessKey: 'bench' };
  const config = { endpoint: bench.gateway.url, region, credentials, maxAttempts: 1 };
  const publicSubnets = Array.from({ length: zones }, (_, index) => `subnet/public/${index + 1}`);
  return {
    network,
    config,
    cluster: clusterName(inputOf(network.place, zones)),
    vpcId: network.idOf('vpc') ?? '',
    subnetIds: publicSubnets.map(node => network.idOf(node) ?? ''),
    ec2: new EC2Client(config),
    elb: new ElasticLoadBalancingClient(config),
    elbv2: new ElasticLoadBalancingV2Client(config),
  };
}

const list = (tags: Tags) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

type Where = Pick<Around, 'ec2' | 'elbv2' | 'elb' | 'vpcId' | 'subnetIds'>;

export async function makeGroup({ ec2, vpcId }: Where, GroupName: string, tags: Tags = {}): Promise<string> {
  const TagSpecifications =
    Object.keys(tags).length === 0 ? [] : [{ ResourceType: 'security-group' as const, Tags: list(tags) }];
  const command = new CreateSecurityGroupCommand({
    VpcId: vpcId,
    GroupName,
    Description: 'made by somebody',
    TagSpecifications,
  });
  return (await ec2.send(command)).GroupId ?? '';
}

/** A rule of one group that names another. */
export function naming(GroupId: string | undefined, named: string | undefined) {
  return { GroupId, IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: named }] }] };
}

export async function makeBalancer(
  of: Where,
  Name: string,
  tags: Tags,
  groupIds: string[] = [],
): Promise<string> {
  const command = new CreateLoadBalancerCommand({
    Name,
    Subnets: of.subnetIds,
    SecurityGroups: groupIds,
    Type: 'network',
    ...(Object.keys(tags).length === 0 ? {} : { Tags: list(tags) }),
  });
  return (await of.elbv2.send(command)).LoadBalancers?.[0]?.LoadBalancerArn ?? '';
}

export async function makeTargets({ elbv2, vpcId: VpcId }: Where, Name: string, tags: Tags): Promise<string> {
  const command = new CreateTargetGroupCommand({ Name, Protocol: 'TCP', Port: 80, VpcId, Tags: list(tags) });
  return (await elbv2.send(command)).TargetGroups?.[0]?.TargetGroupArn ?? '';
}

export async function makeInterface(
  { ec2, subnetIds: [SubnetId] }: Where,
  tags: Tags,
  groupIds?: string[],
): Promise<string> {
  const command = new CreateNetworkInterfaceCommand({
    SubnetId,
    Description: 'aws-K8S-i-0123456789abcdef0',
    ...(groupIds === undefined ? {} : { Groups: groupIds }),
    ...(Object.keys(tags).length === 0
      ? {}
      : { TagSpecifications: [{ ResourceType: 'network-interface' as const, Tags: list(tags) }] }),
  });
  return (await ec2.send(command)).NetworkInterface?.NetworkInterfaceId ?? '';
}

/** As the load balancer controller, the cloud provider, the network plugin and EKS leave them. */
export async function leave(of: Where, cluster: string): Promise<void> {
  const made = { 'elbv2.k8s.aws/cluster': cluster, 'service.k8s.aws/stack': 'shop/web' };
  const owned = { [`kubernetes.io/cluster/${cluster}`]: 'owned' };
  const front = await makeGroup(of, 'k8s-shop-web', made);
  const back = await makeGroup(of, 'k8s-traffic', made);
  const nodes = await makeGroup(of, 'eks-cluster-sg', owned);
  await of.ec2.send(new AuthorizeSecurityGroupIngressCommand(naming(nodes, back)));
  await of.ec2.send(new AuthorizeSecurityGroupIngressCommand(naming(back, nodes)));
  const LoadBalancerArn = await makeBalancer(of, `k8s-shop-web-${of.vpcId.slice(-6)}`, made, [front, back]);
  const TargetGroupArn = await makeTargets(of, `k8s-shop-web-${of.vpcId.slice(-6)}`, made);
  const DefaultActions = [{ Type: 'forward' as const, TargetGroupArn }];
  await of.elbv2.send(
    new CreateListenerCommand({ LoadBalancerArn, Protocol: 'TCP', Port: 80, DefaultActions }),
  );
  await of.elb.send(
    new CreateClassicCommand({
      LoadBalancerName: `a-${of.vpcId.slice(-8)}`,
      Listeners: [{ Protocol: 'tcp', LoadBalancerPort: 80, InstancePort: 30080 }],
      Subnets: of.subnetIds,
      SecurityGroups: [front],
      Tags: list({ ...owned, 'kubernetes.io/service-name': 'shop/old' }),
    }),
  );
  await makeInterface(of, { 'cluster.k8s.amazonaws.com/name': cluster }, [nodes]);
}

/** Another VPC of the account, and what has the cluster's tags in it. */
export async function elsewhere(of: Around): Promise<Where> {
  const { ec2 } = of;
  const vpcId = (await ec2.send(new CreateVpcCommand({ CidrBlock: '10.9.0.0/16' }))).Vpc?.VpcId ?? '';
  const subnets = ['euc1-az1', 'euc1-az2'].map((AvailabilityZoneId, index) =>
    ec2.send(new CreateSubnetCommand({ VpcId: vpcId, AvailabilityZoneId, CidrBlock: `10.9.${index}.0/24` })),
  );
  const subnetIds = (await Promise.all(subnets)).map(one => one.Subnet?.SubnetId ?? '');
  return { ...of, vpcId, subnetIds };
}

/** How many of each there are in a VPC. */
export async function counts({ ec2, elb, elbv2, vpcId }: Where) {
  const Filters = [{ Name: 'vpc-id', Values: [vpcId] }];
  const [vpcs, balancers, classic, targets, interfaces, groups] = await Promise.all([
    ec2.send(new DescribeVpcsCommand({ Filters })),
    elbv2.send(new DescribeLoadBalancersCommand({})),
    elb.send(new DescribeClassicCommand({})),
    elbv2.send(new DescribeTargetGroupsCommand({})),
    ec2.send(new DescribeNetworkInterfacesCommand({ Filters })),
    ec2.send(new DescribeSecurityGroupsCommand({ Filters })),
  ]);
  const here = <T extends { VpcId?: string | undefined }>(all: readonly T[] | undefined) =>
    all?.filter(one => one.VpcId === vpcId).length ?? 0;
  return {
    vpcs: vpcs.Vpcs?.length ?? 0,
    balancers: here(balancers.LoadBalancers),
    classic: classic.LoadBalancerDescriptions?.filter(one => one.VPCId === vpcId).length ?? 0,
    targets: here(targets.TargetGroups),
    interfaces: interfaces.NetworkInterfaces?.length ?? 0,
    groups: groups.SecurityGroups?.filter(one => one.GroupName !== 'default').length ?? 0,
  };
}

export const nothing = { vpcs: 0, balancers: 0, classic: 0, targets: 0, interfaces: 0, groups: 0 };
/** Of `leave`: each load balancer has an interface in each subnet. */
export const left = (zones: number) => ({
  balancers: 1,
  classic: 1,
  targets: 1,
  interfaces: 2 * zones + 1,
  groups: 3,
});

export const messages = (result: PassResult) =>
  result.errors.map(one => `${one.node}: ${one.error.message}`).join('\n');
export const blockers = (result: PassResult) => result.errors.flatMap(one => one.error.blockers);
