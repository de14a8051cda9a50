import type { Adaptor } from '../engine/adaptor.ts';
import { certificateAdaptor } from './acm/certificate.ts';
import { elasticAddressAdaptor } from './ec2/elastic-address.ts';
import { existingNetworkAdaptor } from './ec2/existing-network.ts';
import { flowLogAdaptor } from './ec2/flow-log.ts';
import { gatewayEndpointAdaptor } from './ec2/gateway-endpoint.ts';
import { internetGatewayAdaptor } from './ec2/internet-gateway.ts';
import { launchTemplateAdaptor } from './ec2/launch-template.ts';
import { natGatewayAdaptor } from './ec2/nat-gateway.ts';
import { routeAdaptor } from './ec2/route.ts';
import { routeTableAdaptor } from './ec2/route-table.ts';
import { routeTableAssociationAdaptor } from './ec2/route-table-association.ts';
import { securityGroupAdaptor } from './ec2/security-group.ts';
import { subnetAdaptor } from './ec2/subnet.ts';
import { vpcAdaptor } from './ec2/vpc.ts';
import { zonesAdaptor } from './ec2/zones.ts';
import { accessEntryAdaptor } from './eks/access-entry.ts';
import { addonAdaptor } from './eks/addon.ts';
import { clusterAdaptor } from './eks/cluster.ts';
import { existingClusterAdaptor } from './eks/existing-cluster.ts';
import { nodegroupAdaptor } from './eks/nodegroup.ts';
import { podIdentityAdaptor } from './eks/pod-identity.ts';
import { cacheSubnetGroupAdaptor } from './elasticache/subnet-group.ts';
import { oidcProviderAdaptor } from './iam/oidc-provider.ts';
import { policyAdaptor } from './iam/policy.ts';
import { principalAdaptor } from './iam/principal.ts';
import { roleAdaptor } from './iam/role.ts';
import { serviceLinkedRoleAdaptor } from './iam/service-linked-role.ts';
import { aliasAdaptor } from './kms/alias.ts';
import { keyAdaptor } from './kms/key.ts';
import { logGroupAdaptor } from './logs/log-group.ts';
import { dbSubnetGroupAdaptor } from './rds/subnet-group.ts';
import { delegationAdaptor } from './route53/delegation-check.ts';
import { hostedZoneAdaptor } from './route53/hosted-zone.ts';
import { recordSetAdaptor } from './route53/record-set.ts';
import { bucketAdaptor } from './s3/bucket.ts';
import { notificationsAdaptor } from './s3/notifications.ts';
import { publisherAccessAdaptor } from './sns/publisher-access.ts';
import { subscriptionAdaptor } from './sns/subscription.ts';
import { topicAdaptor } from './sns/topic.ts';
import { queueAdaptor } from './sqs/queue.ts';
import { senderAccessAdaptor } from './sqs/sender-access.ts';

const ADAPTORS: readonly Adaptor[] = [
  clusterAdaptor,
  existingClusterAdaptor,
  nodegroupAdaptor,
  addonAdaptor,
  accessEntryAdaptor,
  podIdentityAdaptor,
  keyAdaptor,
  aliasAdaptor,
  queueAdaptor,
  senderAccessAdaptor,
  topicAdaptor,
  publisherAccessAdaptor,
  subscriptionAdaptor,
  bucketAdaptor,
  notificationsAdaptor,
  existingNetworkAdaptor,
  zonesAdaptor,
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
  delegationAdaptor,
  certificateAdaptor,
  dbSubnetGroupAdaptor,
  cacheSubnetGroupAdaptor,
  recordSetAdaptor,
  policyAdaptor,
  principalAdaptor,
  roleAdaptor,
  oidcProviderAdaptor,
  serviceLinkedRoleAdaptor,
] as readonly Adaptor[];

const byType = new Map(ADAPTORS.map(adaptor => [adaptor.type, adaptor]));

/** The adaptor of a resource type; a type that is not listed is a mistake of a kind. */
export function adaptorOf(type: string): Adaptor {
  const adaptor = byType.get(type);
  if (adaptor === undefined) throw new Error(`no adaptor serves the type ${type}`);
  return adaptor;
}
