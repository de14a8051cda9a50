import { ACMClient } from '@aws-sdk/client-acm';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { EC2Client } from '@aws-sdk/client-ec2';
import { EKSClient } from '@aws-sdk/client-eks';
import { ElasticLoadBalancingClient } from '@aws-sdk/client-elastic-load-balancing';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { ElastiCacheClient } from '@aws-sdk/client-elasticache';
import { RDSClient } from '@aws-sdk/client-rds';
import { Route53Client } from '@aws-sdk/client-route-53';
import type { Adaptor } from '../engine/adaptor.ts';
import type { Clock } from '../engine/clock.ts';
import { certificateAdaptor } from './acm/certificate.ts';
import { elasticAddressAdaptor } from './ec2/elastic-address.ts';
import { encryptedDisksAdaptor } from './ec2/encrypted-disks.ts';
import { existingNetworkAdaptor } from './ec2/existing-network.ts';
import { exposureAdaptor } from './ec2/exposure.ts';
import { flowLogAdaptor } from './ec2/flow-log.ts';
import { gatewayEndpointAdaptor } from './ec2/gateway-endpoint.ts';
import { internetGatewayAdaptor } from './ec2/internet-gateway.ts';
import { launchTemplateAdaptor } from './ec2/launch-template.ts';
import { leftDisksAdaptor } from './ec2/left-disks.ts';
import { leftInterfacesAdaptor } from './ec2/left-interfaces.ts';
import { leftSecurityGroupsAdaptor } from './ec2/left-security-groups.ts';
import { natGatewayAdaptor } from './ec2/nat-gateway.ts';
import { routeAdaptor } from './ec2/route.ts';
import { routeTableAdaptor } from './ec2/route-table.ts';
import { routeTableAssociationAdaptor } from './ec2/route-table-association.ts';
import { securityGroupAdaptor } from './ec2/security-group.ts';
import { subnetAdaptor } from './ec2/subnet.ts';
import { subnetMarkAdaptor } from './ec2/subnet-mark.ts';
import { vpcAdaptor } from './ec2/vpc.ts';
import { createVpcDns, type VpcDns } from './ec2/vpc-dns.ts';
import { zonesAdaptor } from './ec2/zones.ts';
import { accessEntryAdaptor } from './eks/access-entry.ts';
import { addonAdaptor } from './eks/addon.ts';
import { createEksCatalog, type EksCatalog } from './eks/catalog.ts';
import { clusterAdaptor } from './eks/cluster.ts';
import { existingClusterAdaptor } from './eks/existing-cluster.ts';
import { createInsightsRefresh, type InsightsRefresh } from './eks/insights-refresh.ts';
import { nodeImageAdaptor } from './eks/node-image.ts';
import { nodegroupAdaptor } from './eks/nodegroup.ts';
import { podIdentityAdaptor } from './eks/pod-identity.ts';
import { reachAdaptor } from './eks/reach-check.ts';
import { createUpdateWatch, type UpdateWatch } from './eks/update-watch.ts';
import { cacheSubnetGroupAdaptor } from './elasticache/subnet-group.ts';
import { leftClassicLoadBalancersAdaptor, leftLoadBalancersAdaptor } from './elb/left-load-balancers.ts';
import { leftTargetGroupsAdaptor } from './elb/left-target-groups.ts';
import { oidcProviderAdaptor } from './iam/oidc-provider.ts';
import { principalAdaptor } from './iam/principal.ts';
import { serviceLinkedRoleAdaptor } from './iam/service-linked-role.ts';
import { logGroupAdaptor } from './logs/log-group.ts';
import type { MakeClient } from './make-client.ts';
import { dbSubnetGroupAdaptor } from './rds/subnet-group.ts';
import { delegationAdaptor } from './route53/delegation-check.ts';
import { existingZoneAdaptor } from './route53/existing-zone.ts';
import { hostedZoneAdaptor } from './route53/hosted-zone.ts';
import { leftRecordsAdaptor } from './route53/left-records.ts';
import { markedRecordAdaptor } from './route53/marked-record.ts';
import { recordSetAdaptor } from './route53/record-set.ts';
import { parameterReader } from './ssm/parameter.ts';

/** What a network, a cluster and their names are made with: `on-demand.ts` says why it is apart. */
export interface EnvironmentClients {
  readonly eks: EKSClient;
  readonly eksCatalog: EksCatalog;
  readonly eksUpdates: UpdateWatch;
  readonly eksInsights: InsightsRefresh;
  readonly ec2: EC2Client;
  readonly vpcDns: VpcDns;
  readonly logs: CloudWatchLogsClient;
  readonly acm: ACMClient;
  readonly rds: RDSClient;
  readonly elasticache: ElastiCacheClient;
  /** Classic load balancers. */
  readonly elb: ElasticLoadBalancingClient;
  readonly elbv2: ElasticLoadBalancingV2Client;
  readonly route53: Route53Client;
}

export function createEnvironmentClients(make: MakeClient, clock: Clock): EnvironmentClients {
  const ec2 = make(config => new EC2Client(config), { service: 'ec2', sdkName: 'EC2' });
  const eks = make(config => new EKSClient(config), { service: 'eks', sdkName: 'EKS' });
  const eksInsights = createInsightsRefresh(eks, clock);
  return {
    eks,
    eksCatalog: createEksCatalog(eks, parameterReader(make), clock),
    eksUpdates: createUpdateWatch(clock, clusterName => eksInsights.changed(clusterName)),
    eksInsights,
    ec2,
    vpcDns: createVpcDns(ec2, clock),
    logs: make(config => new CloudWatchLogsClient(config), { service: 'logs', sdkName: 'CloudWatch Logs' }),
    acm: make(config => new ACMClient(config), { service: 'acm', sdkName: 'ACM' }),
    rds: make(config => new RDSClient(config), { service: 'rds', sdkName: 'RDS' }),
    elasticache: make(config => new ElastiCacheClient(config), {
      service: 'elasticache',
      sdkName: 'ElastiCache',
    }),
    elb: make(config => new ElasticLoadBalancingClient(config), {
      service: 'elasticloadbalancing',
      sdkName: 'Elastic Load Balancing',
    }),
    elbv2: make(config => new ElasticLoadBalancingV2Client(config), {
      service: 'elasticloadbalancing',
      sdkName: 'Elastic Load Balancing v2',
    }),
    route53: make(config => new Route53Client(config), {
      service: 'route53',
      sdkName: 'Route 53',
      isGlobal: true,
    }),
  };
}

export const environmentAdaptors: readonly Adaptor[] = [
  clusterAdaptor,
  existingClusterAdaptor,
  nodegroupAdaptor,
  nodeImageAdaptor,
  addonAdaptor,
  accessEntryAdaptor,
  podIdentityAdaptor,
  reachAdaptor,
  existingNetworkAdaptor,
  subnetMarkAdaptor,
  zonesAdaptor,
  exposureAdaptor,
  vpcAdaptor,
  subnetAdaptor,
  internetGatewayAdaptor,
  elasticAddressAdaptor,
  natGatewayAdaptor,
  routeTableAdaptor,
  routeAdaptor,
  routeTableAssociationAdaptor,
  securityGroupAdaptor,
  flowLogAdaptor,
  gatewayEndpointAdaptor,
  launchTemplateAdaptor,
  logGroupAdaptor,
  hostedZoneAdaptor,
  existingZoneAdaptor,
  delegationAdaptor,
  certificateAdaptor,
  dbSubnetGroupAdaptor,
  cacheSubnetGroupAdaptor,
  recordSetAdaptor,
  markedRecordAdaptor,
  principalAdaptor,
  leftLoadBalancersAdaptor,
  leftClassicLoadBalancersAdaptor,
  leftTargetGroupsAdaptor,
  leftInterfacesAdaptor,
  leftSecurityGroupsAdaptor,
  leftDisksAdaptor,
  encryptedDisksAdaptor,
  leftRecordsAdaptor,
  oidcProviderAdaptor,
  serviceLinkedRoleAdaptor,
] as readonly Adaptor[];
