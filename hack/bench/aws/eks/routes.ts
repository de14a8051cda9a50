/** Which operation a REST request to EKS is. Source: Amazon EKS API Reference, "Request Syntax" of each operation. */

import { patternsOf, type Route, routeIn } from '../rest-routes.ts';

/** The model in this folder answers them. */
const SERVED = `
  CreateCluster POST /clusters
  ListClusters GET /clusters
  DescribeCluster GET /clusters/{name}
  DeleteCluster DELETE /clusters/{name}
  UpdateClusterConfig POST /clusters/{name}/update-config
  UpdateClusterVersion POST /clusters/{name}/updates
  ListUpdates GET /clusters/{name}/updates
  DescribeUpdate GET /clusters/{name}/updates/{updateId}
  AssociateEncryptionConfig POST /clusters/{clusterName}/encryption-config/associate
  CreateNodegroup POST /clusters/{clusterName}/node-groups
  ListNodegroups GET /clusters/{clusterName}/node-groups
  DescribeNodegroup GET /clusters/{clusterName}/node-groups/{nodegroupName}
  DeleteNodegroup DELETE /clusters/{clusterName}/node-groups/{nodegroupName}
  UpdateNodegroupConfig POST /clusters/{clusterName}/node-groups/{nodegroupName}/update-config
  UpdateNodegroupVersion POST /clusters/{clusterName}/node-groups/{nodegroupName}/update-version
  ListFargateProfiles GET /clusters/{clusterName}/fargate-profiles
  CreateAddon POST /clusters/{clusterName}/addons
  ListAddons GET /clusters/{clusterName}/addons
  DescribeAddon GET /clusters/{clusterName}/addons/{addonName}
  DeleteAddon DELETE /clusters/{clusterName}/addons/{addonName}
  UpdateAddon POST /clusters/{clusterName}/addons/{addonName}/update
  DescribeAddonVersions GET /addons/supported-versions
  DescribeClusterVersions GET /cluster-versions
  CreateAccessEntry POST /clusters/{clusterName}/access-entries
  ListAccessEntries GET /clusters/{clusterName}/access-entries
  DescribeAccessEntry GET /clusters/{clusterName}/access-entries/{principalArn}
  DeleteAccessEntry DELETE /clusters/{clusterName}/access-entries/{principalArn}
  UpdateAccessEntry POST /clusters/{clusterName}/access-entries/{principalArn}
  AssociateAccessPolicy POST /clusters/{clusterName}/access-entries/{principalArn}/access-policies
  ListAssociatedAccessPolicies GET /clusters/{clusterName}/access-entries/{principalArn}/access-policies
  DisassociateAccessPolicy DELETE /clusters/{clusterName}/access-entries/{principalArn}/access-policies/{policyArn}
  ListAccessPolicies GET /access-policies
  CreatePodIdentityAssociation POST /clusters/{clusterName}/pod-identity-associations
  ListPodIdentityAssociations GET /clusters/{clusterName}/pod-identity-associations
  DescribePodIdentityAssociation GET /clusters/{clusterName}/pod-identity-associations/{associationId}
  DeletePodIdentityAssociation DELETE /clusters/{clusterName}/pod-identity-associations/{associationId}
  UpdatePodIdentityAssociation POST /clusters/{clusterName}/pod-identity-associations/{associationId}
  ListInsights POST /clusters/{clusterName}/insights
  DescribeInsight GET /clusters/{clusterName}/insights/{id}
  DescribeInsightsRefresh GET /clusters/{clusterName}/insights-refresh
  StartInsightsRefresh POST /clusters/{clusterName}/insights-refresh
  TagResource POST /tags/{resourceArn}
  UntagResource DELETE /tags/{resourceArn}
  ListTagsForResource GET /tags/{resourceArn}`;

/** Known by name only, so that a call is refused by its name. */
const LACKING = `
  CancelUpdate POST /clusters/{name}/updates/{updateId}/cancel-update
  AssociateIdentityProviderConfig POST /clusters/{clusterName}/identity-provider-configs/associate
  DescribeIdentityProviderConfig POST /clusters/{clusterName}/identity-provider-configs/describe
  DisassociateIdentityProviderConfig POST /clusters/{clusterName}/identity-provider-configs/disassociate
  ListIdentityProviderConfigs GET /clusters/{clusterName}/identity-provider-configs
  CreateFargateProfile POST /clusters/{clusterName}/fargate-profiles
  DescribeFargateProfile GET /clusters/{clusterName}/fargate-profiles/{fargateProfileName}
  DeleteFargateProfile DELETE /clusters/{clusterName}/fargate-profiles/{fargateProfileName}
  CreateCapability POST /clusters/{clusterName}/capabilities
  ListCapabilities GET /clusters/{clusterName}/capabilities
  DescribeCapability GET /clusters/{clusterName}/capabilities/{capabilityName}
  DeleteCapability DELETE /clusters/{clusterName}/capabilities/{capabilityName}
  UpdateCapability POST /clusters/{clusterName}/capabilities/{capabilityName}
  DescribeAddonConfiguration GET /addons/configuration-schemas
  RegisterCluster POST /cluster-registrations
  DeregisterCluster DELETE /cluster-registrations/{name}`;

const PATTERNS = [...patternsOf(SERVED), ...patternsOf(LACKING)];

export const EKS_OPERATIONS: readonly string[] = PATTERNS.map(({ operation }) => operation);

/** Undefined where EKS has no such path. */
export function routeOf(method: string, path: string): Route | undefined {
  return routeIn(PATTERNS, method, path);
}

/** What a request is about, in the journal and for faults: `prod`, `prod/nodegroup/main`, `prod/addon/coredns`... */
export function resourceOf(route: Route, input: Record<string, unknown>): string {
  const field = (name: string) => route.labels[name] ?? (typeof input[name] === 'string' ? input[name] : '');
  if (route.labels.resourceArn !== undefined) return resourceOfArn(route.labels.resourceArn);
  const cluster = field('clusterName') || field('name');
  const children: readonly (readonly [string, string])[] = [
    ['nodegroup', field('nodegroupName')],
    ['addon', field('addonName')],
    ['access-entry', field('principalArn')],
    ['pod-identity', field('associationId')],
    ['update', field('updateId')],
  ];
  const child = children.find(([, name]) => name !== '');
  return child === undefined || cluster === '' ? cluster : `${cluster}/${child[0]}/${child[1]}`;
}

function resourceOfArn(arn: string): string {
  const [kind = '', cluster = '', ...rest] = arn.split(':').slice(5).join(':').split('/');
  const [first = ''] = rest;
  if (kind === 'nodegroup' || kind === 'addon') return `${cluster}/${kind}/${first}`;
  if (kind === 'podidentityassociation') return `${cluster}/pod-identity/${first}`;
  return kind === 'cluster' ? cluster : arn;
}
